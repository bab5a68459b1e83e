package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// house is what the pages of workspaces show: one with nothing in it, one with a hundred of everything, one that is disabled, and one that cannot be
// read.
type house struct {
	bare, full, shut, broken *workshop

	vic             account // Viewer of the full one, who sees nobody else
	newcomer        account // is in nothing
	hal             account // in a hundred workspaces, and invited to a hundred
	gus             account // invited to the full one as Admin, and to the disabled one
	asAdmin, toShut string  // Gus's links
	offers          string  // id of an invitation to the full one

	named      *workshop
	nora, nina account // in the named one with a long role, and invited to it
	long       string  // id of a role with the longest name that there can be
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{bare: newWorkshop(t), full: newWorkshop(t), shut: newWorkshop(t), broken: newWorkshop(t)}
	bed := testbed.New(t)
	h.vic, _ = h.full.seats("Vic Viewer", h.full.viewer)

	h.full.analysts(bed)
	_, at := h.full.invitesNina()
	h.offers = at[strings.LastIndexByte(at, '/')+1:]
	bed.Copies(bed.Item("WORKSPACE#"+h.full.wsp(), "INVITATION#"+h.offers), hundred, []string{h.offers, "Nina"}, func(n int) []string {
		return []string{copied("inv_", n), fmt.Sprint("Nina Number ", n)}
	})

	h.named = newWorkshop(t)
	makes := func(name string) string {
		return h.named.api.post(http.StatusCreated, h.named.workspace+"/roles", object{"name": name, "permissions": []string{"view_role_users"}}).text("id")
	}
	makes("Computation Manager (Zurich)") // of 28 characters, as people use
	makes(strings.Repeat("Computation Manager ", 5)[:99] + "s")
	h.long = makes(strings.Repeat("Donaudampfschiff", 6) + "fahr")
	h.nora, _ = h.named.seats("Nora Named", h.long)
	var username string
	h.nina, _, username = h.named.knows("Nina Named")
	h.named.asksIn(username, h.long)

	h.newcomer, _, _ = h.bare.account("Nora Newcomer")
	h.everywhere(bed)
	var gus string
	h.gus, _, gus = h.full.knows("Gus Guest")
	h.asAdmin, h.toShut = h.full.link(h.full.asksIn(gus, "admin")), h.shut.link(h.shut.asksIn(gus, h.shut.viewer))
	h.shut.api.post(http.StatusOK, h.shut.workspace+"/disable", object{})

	here.items(t, h.broken.wsp()) // all is published
	here.excuse(h.broken.wsp())
	bed.Spoil("WORKSPACE#"+h.broken.wsp(), "WORKSPACE", "version")
	return h
}

// analysts has a hundred people in the workspace as Data Analysts.
func (w *workshop) analysts(bed *testbed.Bed) {
	w.t.Helper()
	_, cora := w.seats("Cora Copied", w.analyst)
	member := bed.Item("WORKSPACE#"+w.wsp(), "MEMBER#"+cora)
	bed.Copies(member, hundred, []string{cora, "Cora Copied", "cora copied", testbed.Text(member, "username")}, func(n int) []string {
		called := fmt.Sprint("Cora Number ", n)
		return []string{copied("usr_", n), called, strings.ToLower(called), fmt.Sprint("cora", n)}
	})
}

// wsp is the id of the workspace.
func (w *workshop) wsp() string { return strings.TrimPrefix(w.workspace, "/workspaces/") }

// pages is the table of the pages about the people of workspaces in all states.
func (h *house) pages() map[string]states {
	bare, full, broken := h.bare, h.full, h.broken
	const nothing, mayNot = "There is nothing here", "You may not do this"
	invitation := full.workspace + "/users/invitations/"
	return map[string]states{
		"workspace-current": {
			Routes:       []string{ofWorkspace + "/users", ofWorkspace + "/users/{u}/role"},
			NothingYet:   at(bare.ada, bare.workspace+"/users", "1 person", "Nobody changes their own role."),
			NothingFound: at(bare.ada, bare.workspace+"/users?q=xyz", "Nobody here is found by “xyz”."),
			Forbidden:    at(h.vic, full.workspace+"/users", mayNot, "the right to see who has which role"),
			Conflict:     after(changesRoleTooLateInAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users"),
			Hundred:      at(full.ada, full.workspace+"/users", "50 people on this page", "Cora Number 20", "Next page"),
		},
		"workspace-invited": {
			Routes:       []string{ofWorkspace + "/users", ofWorkspace + "/users/invitations/{i}/delete"},
			NothingYet:   at(bare.ada, bare.workspace+"/users?tab=invited", "Nobody has been invited to "+bare.called+" yet."),
			NothingFound: at(bare.ada, bare.workspace+"/users?tab=invited&status=rejected", "No invitation is “Declined”."),
			Forbidden:    at(h.vic, full.workspace+"/users?tab=invited", mayNot),
			Conflict:     after(deletesTooLateInAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users?tab=invited"),
			Hundred:      at(full.ada, full.workspace+"/users?tab=invited", "50 invitations on this page", "Next page"),
		},
		"workspace-profile": {
			Routes:       []string{ofWorkspace + "/users/{u}", ofWorkspace + "/users/{u}/remove"},
			NothingYet:   left("single"),
			NothingFound: at(full.ada, full.workspace+"/users/"+copied("usr_", 999), nothing),
			Forbidden:    at(h.vic, full.workspace+"/users/"+copied("usr_", 1), mayNot),
			Conflict:     after(removesTooLateFromAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users/"+copied("usr_", 1)),
			Hundred:      at(full.ada, full.workspace+"/users/"+copied("usr_", 1), "Cora Number 1", "Run computations"),
		},
		"workspace-invite": {
			Routes:       []string{ofWorkspace + "/users/invite", ofWorkspace + "/users/find"},
			NothingYet:   at(bare.ada, bare.workspace+"/users/invite", "Invite users to "+bare.called, "Find somebody by username"),
			NothingFound: at(bare.ada, bare.workspace+"/users/find?username=nobody-at-all", "No Prism user has this username."),
			Forbidden:    at(h.vic, full.workspace+"/users/invite", mayNot),
			Conflict:     after(invitesTooLateToAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users/invite"),
			Hundred:      after(invitesHundredUsernames(full)),
		},
		"workspace-resend": {
			Routes:       []string{ofWorkspace + "/users/invitations/{i}/resend"},
			NothingYet:   left("single"),
			NothingFound: at(full.ada, invitation+copied("inv_", 999)+"/resend", nothing),
			Forbidden:    at(h.vic, invitation+h.offers+"/resend", mayNot),
			Conflict:     after(resendsTooLateToAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users/invitations/"+copied("inv_", 1)+"/resend"),
			Hundred:      at(full.ada, invitation+h.offers+"/resend", "Resend to Nina", "Data Analyst"),
		},
	}
}

// longNames is the table of the pages that show roles, in a workspace whose roles have long names. What else they can be in is elsewhere.
func (h *house) longNames() map[string]states {
	of, pages := h.named.workspace, map[string]states{}
	for name, long := range map[string]cell{
		"members":       at(h.named.ada, of+"/users", "Nora Named", "Computation Manager (Zurich)"),
		"members-fixed": at(h.nora, of+"/users", "Nora Named", "Your role does not allow this."),
		"invited":       at(h.named.ada, of+"/users?tab=invited", "Nina Named"),
		"invite":        at(h.named.ada, of+"/users/invite", "Computation Manager (Zurich)"),
		"roles":         at(h.named.ada, of+"/roles", "Computation Manager (Zurich)"),
		"role":          at(h.named.ada, of+"/roles/"+h.long, "Donaudampfschiff", "Nora Named"),
		"role-delete":   at(h.named.ada, of+"/roles/"+h.long+"/delete", "Role in its place"),
		"role-edit":     at(h.named.ada, of+"/roles/"+h.long+"/edit", "Donaudampfschiff"),
		"home":          at(h.nora, "/", "Donaudampfschiff"),
		"overview":      at(h.nora, of, "Donaudampfschiff"),
		"invitations":   at(h.nina, "/workspaces/invitations", "Donaudampfschiff"),
	} {
		other := left("elsewhere")
		pages["long-"+name] = states{NothingYet: other, NothingFound: other, Forbidden: other, Conflict: other, Error: other, Hundred: long}
	}
	return pages
}

func changesRoleTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, pia := w.seats("Pia", w.viewer)
	at(w.ada, w.workspace+"/users", "Pia").show(p)
	p.picks("Role of Pia", "Data Analyst")
	p.click("button", "Change the role of Pia")
	p.sees("Change what Pia has?")
	w.api.does(http.StatusOK, "", http.MethodPatch, w.workspace+"/members/"+pia, object{"role": "admin"})
	p.click("button", "Change role")
	p.sees("You changed Pia’s role just now, to Admin.", "You were changing Viewer to Data Analyst.", "Apply mine", "Keep theirs")
}

func deletesTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, path := w.invitesNina()
	at(w.ada, w.workspace+"/users?tab=invited", "Nina").show(p)
	p.chooses("Delete", "Nina")
	p.sees("Delete the invitation of Nina?")
	w.api.post(http.StatusOK, path+"/resend", object{"role": w.analyst})
	p.click("button", "Delete invitation")
	p.sees("You sent this invitation again just now.", "Data Analyst in "+w.called+", and is pending")
}
