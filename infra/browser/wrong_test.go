package browser

import "testing"

// Forms that are filled in wrongly say so where it is wrong.
func TestFilledInWrongly(t *testing.T) {
	t.Parallel()
	for name, fills := range map[string]func(*person){
		"invite": invitesNobody(places[0]), "brand-invite": invitesNobody(places[1]), "resend": resendsUnconfirmed, "edit": editsWrongly,
		"workspace-new": createsNameless, "workspace-delete": deletesMistyped,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := somebody(t)
			fills(p)
			p.look("wrong-" + name)
		})
	}
}

func invitesNobody(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		at(s.ada, in.path(s)+"/users", "Ada").show(p)
		p.click("link", "Invite users")
		p.sees("Invite users to " + in.name(s))
		p.click("button", "Check and continue")
		p.sees("Enter at least one address.")
	}
}

func resendsUnconfirmed(p *person) {
	s := newScene(p.t)
	s.invites(s.path, nina, "admin")
	at(s.ada, s.path+"/users?tab=invited", nina).show(p)
	p.chooses("Resend", nina)
	p.sees("Resend to " + nina)
	p.click("button", "Resend")
	p.sees(`Type "admin" to confirm.`)
}

func editsWrongly(p *person) {
	s := newScene(p.t)
	s.invites(s.path, nina, "viewer")
	at(s.ada, s.path+"/users?tab=invited", nina).show(p)
	p.chooses("Edit", nina)
	p.sees("Edit the invitation of " + nina)
	p.click("checkbox", "Globex")
	p.click("button", "Save and resend")
	p.sees("A Member needs at least one brand.")
}

func createsNameless(p *person) {
	at(newWorkshop(p.t).ada, "/workspaces").show(p)
	p.click("link", "Create workspace")
	p.seesIn(inDialog, "You become its Admin.")
	p.click("button", "Create workspace")
	p.seesIn(inDialog, "Enter a name.")
}

func deletesMistyped(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/settings").show(p)
	p.click("link", "Delete workspace")
	p.fill("Type "+w.called+" to confirm", "Something else")
	p.click("button", "Delete workspace")
	p.seesIn(inDialog, "Type its name to confirm.")
}
