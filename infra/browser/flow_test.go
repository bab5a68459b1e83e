package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// flow is the way of an organization's first invitations, as people see it.
type flow struct {
	t            *testing.T
	ada          *person // its Admin
	organization string
}

const (
	grace = "grace@example.com"
	boss  = "boss@example.com"
	dora  = "dora@example.com"
	eve   = "eve@example.com"
	frank = "frank@example.com"
)

// From the admin's click to the member, and to everything else that can become of an invitation.
func TestFlowInTheBrowser(t *testing.T) {
	f := &flow{t: t, ada: somebody(t)}
	f.ada.signsIn("Ada Lovelace", "ada@example.com")
	f.organization = f.ada.creates("Acme", "Globex", "Initech")
	f.invite()
	f.accept()
	f.see()
	f.refuse()
	f.decline()
	f.delete()
	f.expire()
	f.resend()
}

// invite: Ada invites Grace, and a second Admin, which she has to confirm.
func (f *flow) invite() {
	ada := f.ada
	ada.follow("link", "Organization settings Acme")
	ada.sees("Users", "Current users 1", "Invited users 0")
	ada.invites(grace, "Publisher", "Globex")
	ada.sees("Check and send", grace, "Gets an invitation", "1 person gets Publisher on Globex.", "The invitation expires on ")
	ada.look("invite-check")
	ada.follow("button", "Invite 1 person")
	ada.at(usersPath(f.organization) + "[?].*tab=invited.*")
	ada.sees("1 invitation is on the way.")
	ada.seesRow(grace, "Pending", "in 7 days", "Publisher on Globex", "Ada Lovelace")

	ada.click("link", "Invite users")
	ada.look("invite-dialog")
	ada.fill("E-mail addresses", boss)
	ada.choose("Role", "Admin")
	ada.click("button", "Check and continue")
	ada.sees("Invite users to Acme", `Type "admin" to confirm.`)
	ada.look("invite-error")
	if kept, err := value[string](ada, `document.querySelector("dialog [name=invitees]").value`); err != nil || kept != boss {
		f.t.Errorf("the form forgot the address: %q, %v", kept, err)
	}
	ada.fill("Type admin to confirm", "admin")
	ada.click("button", "Check and continue")
	ada.sees("1 person gets Organization Admin of Acme, with all its brands.")
	ada.follow("button", "Invite 1 person")
	ada.seesRow(boss, "Pending", "in 7 days", "Admin of Acme")
	ada.seesRow(grace, "Pending")
	ada.sees("Invited users 2")
}

// accept: Grace gets a mail, signs up, comes back to the same page, clicks twice, and is in once.
func (f *flow) accept() {
	mail := here.mail(f.t, grace, 1)
	link := mail.acceptLink(f.t)
	if mail.HTML == "" || !strings.Contains(mail.Text, here.base+link) {
		f.t.Errorf("the mail has no HTML, or no bare link in its text: %+v", mail)
	}
	invited := somebody(f.t)
	invited.open("/dev/mail/" + mail.ID)
	invited.sees(mail.Subject, "As text")
	invited.tabTo(`document.activeElement.tagName === "IFRAME"`) // whose first link is the button
	invited.leads(func() { invited.press(kb.Enter) })
	invited.at(link)
	invited.sees("You are invited to Acme", "Publisher on Globex", "Ada Lovelace", "g***@example.com", "Open until")
	invited.look("accept-signed-out")
	invited.follow("link", "Create account")
	invited.signsUp("Grace Hopper", grace)
	invited.at(link)
	invited.sees("Join Acme", "Publisher on Globex", "You are signed in as "+grace)
	invited.look("accept-ready")
	invited.leads(func() { invited.doubleClick("button", "Accept") })
	invited.at("/organizations/" + f.organization + "/brands[?].*")
	invited.sees("You are in. Welcome to Acme.")
	invited.seesRow("Globex", "Publisher", "Ada Lovelace", "by invitation")
	invited.look("brands-of-a-publisher")
	invited.open(link) // used by herself: straight to where her role is worth something
	invited.at("/organizations/" + f.organization + "/brands[?].*")
	here.published(f.t, f.organization, "MemberAdded", 2) // Ada, and Grace once
	here.published(f.t, f.organization, "InvitationAccepted", 1)
}

// see: Grace stands in the list at once, with who let her in and when, and the event viewer shows it.
func (f *flow) see() {
	ada := f.ada
	ada.click("link", "Current users 1") // her page is older than what Grace has done
	ada.at(usersPath(f.organization) + "[?]tab=current")
	ada.seesRow("Grace Hopper", grace, "Member", "Globex Publisher", "Ada Lovelace", "by invitation", "just now")
	joined, err := value[string](ada, row("Grace Hopper")+`.querySelector("td[data-label=Joined] time").dateTime`)
	at, parseErr := time.Parse(time.RFC3339, joined)
	if ago := here.now(f.t).Sub(at); err != nil || parseErr != nil || ago < 0 || ago > time.Minute {
		f.t.Errorf("joined at %q (%v)", joined, err)
	}
	ada.look("current-users")

	viewer := somebody(f.t)
	viewer.open("/dev/events")
	for _, kind := range []string{"InvitationCreated", "InvitationAccepted", "MemberAdded"} {
		event := here.eventsOf(f.t, f.organization, kind)[0]
		if len(event.rules) == 0 {
			f.t.Errorf("%s has matched no rule", kind)
		}
		card := "document.getElementById(" + quote(event.ID) + ")"
		viewer.seesIn(card+".querySelector('summary')", append([]string{kind, "matched"}, event.rules...)...)
		if _, err := value[any](viewer, card+".open = true"); err != nil {
			f.t.Fatal(err)
		}
		viewer.seesIn(card, `"detail-type": "`+kind+`"`, `"id": "`+event.ID+`"`)
	}
	viewer.look("dev-events")
}

// refuse: the same person invited again, the wrong account, and a dead link.
func (f *flow) refuse() {
	ada := f.ada
	ada.click("link", "Invite users")
	ada.fill("E-mail addresses", boss+", "+grace)
	ada.choose("Role", "Admin")
	ada.fill("Type admin to confirm", "admin")
	ada.click("button", "Check and continue")
	ada.sees("This person has an open invitation already.", "This person is a member already.", "Nobody is left to invite.")
	ada.look("invite-refused")
	ada.click("link", "Resend it for "+boss)
	ada.sees("Resend to "+boss, "Admin of Acme", "The earlier link stops working at once.")
	ada.look("resend-dialog")
	ada.click("link", "Cancel")

	link := here.mail(f.t, boss, 1).acceptLink(f.t)
	stranger := somebody(f.t)
	stranger.signsIn("Katherine Johnson", "katherine@example.com")
	if status := stranger.open(link); status != 200 {
		f.t.Errorf("another account's link answers %d, want 200", status)
	}
	stranger.sees("This invitation is for another account", "You are signed in as katherine@example.com", "b***@example.com")
	stranger.follow("link", "Switch account")
	stranger.at("/dev/oidc/authorize.*")
	stranger.follow("button", "Alan Turing alan@example.com")
	stranger.at(link)
	stranger.sees("This invitation is for another account", "You are signed in as alan@example.com")

	if status := ada.open(here.mail(f.t, grace, 1).acceptLink(f.t)); status != 200 {
		f.t.Errorf("a link that somebody else has used answers %d, want 200", status)
	}
	ada.sees("This invitation was used already", "ada@example.com")
	ada.look("accept-used")
	if status := ada.open(link[:len(link)-4] + "AAAA"); status != 404 {
		f.t.Errorf("a forged link answers %d, want 404", status)
	}
	ada.sees("This link does not work")
	ada.follow("link", "Go to your home page")
	ada.at("/")
}

// decline: by typing the address, and signed in.
func (f *flow) decline() {
	ada := f.ada
	ada.open(usersPath(f.organization))
	ada.invites(dora+", "+eve+"\n"+frank, "Viewer", "Globex", "Initech")
	ada.sees("3 people get Viewer on Globex and Initech.")
	ada.follow("button", "Invite 3 people")
	ada.sees("3 invitations are on the way.")

	link := here.mail(f.t, dora, 1).acceptLink(f.t)
	anybody := somebody(f.t)
	anybody.open(link)
	anybody.click("DisclosureTriangle", "Decline without signing in")
	anybody.fill("Your e-mail address", "dorothea@example.com")
	anybody.follow("button", "Decline")
	anybody.sees("You are invited to Acme")
	anybody.look("accept-decline-refused")
	if kept, err := value[string](anybody, `document.querySelector("[name=email]").value`); err != nil || kept != "dorothea@example.com" {
		f.t.Errorf("the form forgot the address: %q, %v", kept, err)
	}
	anybody.fill("Your e-mail address", "Dora@Example.com")
	anybody.follow("button", "Decline")
	anybody.sees("You declined", "Ada Lovelace is told")
	anybody.look("accept-just-declined")
	anybody.open(link)
	anybody.sees("This invitation was declined", "Ada Lovelace can send it again")
	anybody.look("accept-declined")

	invited := somebody(f.t)
	invited.open(here.mail(f.t, eve, 1).acceptLink(f.t))
	invited.follow("link", "Create account")
	invited.signsUp("Eve Adams", eve)
	invited.sees("Join Acme", "Viewer on Globex and Initech")
	invited.open("/")
	invited.click("link", "Decline the invitation to Acme")
	invited.sees("Decline the invitation to Acme?", "only Ada Lovelace or an Admin there")
	invited.look("decline-dialog")
	invited.click("link", "Cancel")
	invited.open(here.mail(f.t, eve, 1).acceptLink(f.t))
	invited.follow("link", "Decline")
	invited.sees("Decline the invitation to Acme?", "only Ada Lovelace or an Admin there")
	invited.look("accept-decline")
	invited.follow("button", "Decline invitation")
	invited.sees("You declined")

	ada.open(invitedPath(f.organization) + "&status=declined")
	ada.seesRow(dora, "Declined")
	ada.seesRow(eve, "Declined")
	here.published(f.t, f.organization, "InvitationDeclined", 2)
	told := func() (subjects []string) {
		for _, mail := range here.mails(f.t, "ada@example.com") {
			if strings.HasSuffix(mail.Subject, "invitation to Acme") {
				subjects = append(subjects, mail.Subject)
			}
		}
		slices.Sort(subjects)
		return subjects
	}
	want := []string{"Grace Hopper accepted your invitation to Acme", dora + " declined your invitation to Acme", eve + " declined your invitation to Acme"}
	within(f.t, mailDelay, func() string { return cmp.Diff(want, told()) })
}

// delete: the invitation leaves the list, and its link is dead.
func (f *flow) delete() {
	ada := f.ada
	ada.open(invitedPath(f.organization))
	ada.chooses("Delete", frank)
	ada.sees("Delete the invitation of " + frank + "?")
	ada.look("delete-dialog")
	ada.follow("button", "Delete invitation")
	ada.sees("The invitation is deleted.")
	ada.seesNoRow(frank)
	ada.seesRow(boss, "Pending")
	ada.look("invited-users")

	anybody := somebody(f.t)
	if status := anybody.open(here.mail(f.t, frank, 1).acceptLink(f.t)); status != 410 {
		f.t.Errorf("a deleted invitation's link answers %d, want 410", status)
	}
	anybody.sees("This invitation is not there any more", "If you have accepted it, sign in")
	anybody.look("accept-deleted")
	here.published(f.t, f.organization, "InvitationDeleted", 1)
}

// expire: seven days later the invitation has expired at once everywhere; the event follows when the guard is gone, once.
func (f *flow) expire() {
	ada := f.ada
	if here.guard(f.t, f.organization, boss) == "" {
		f.t.Fatal("the pending invitation has no guard")
	}
	ada.open("/dev")
	ada.look("dev")
	before := here.now(f.t)
	ada.follow("button", "+7 days")
	if moved := here.now(f.t).Sub(before).Truncate(time.Hour); moved != 7*24*time.Hour {
		f.t.Errorf("the button moves the clock by %s", moved)
	}
	ada.open(invitedPath(f.organization)) // she is still signed in
	ada.seesRow(boss, "Expired")
	ada.seesNot("Pending 7")
	ada.look("invited-users-expired")
	ada.open(invitedPath(f.organization) + "&status=pending")
	ada.sees("No invitation is “Pending”.")

	anybody := somebody(f.t)
	anybody.open(here.mail(f.t, boss, 1).acceptLink(f.t))
	anybody.sees("This invitation has expired", "Ada Lovelace can send you a new link")
	anybody.look("accept-expired")

	within(f.t, eventDelay, func() string {
		if guard := here.guard(f.t, f.organization, boss); guard != "" {
			return "the guard is still there"
		}
		return ""
	})
	here.published(f.t, f.organization, "InvitationExpired", 1)
}

// resend: the expired invitation is pending again, with a new link; the old one is dead and says so.
func (f *flow) resend() {
	ada := f.ada
	ada.open(invitedPath(f.organization))
	ada.chooses("Edit", boss)
	ada.sees("Edit the invitation of " + boss)
	ada.look("edit-dialog")
	ada.click("link", "Cancel")
	ada.chooses("Resend", boss)
	ada.sees("Resend to "+boss, "Expired", "The earlier link stops working at once.")
	ada.click("button", "Resend")
	ada.sees(`Type "admin" to confirm.`)
	ada.fill("Type admin to confirm", "Admin ")
	ada.follow("button", "Resend")
	ada.sees(boss + " gets a new link")
	ada.seesRow(boss, "Pending", "in 7 days")
	ada.click("DisclosureTriangle", "Actions for "+boss)
	ada.sees("sent again less than a minute ago")
	ada.look("resend-too-soon")

	links := []string{here.mail(f.t, boss, 1).acceptLink(f.t), here.mail(f.t, boss, 2).acceptLink(f.t)}
	anybody := somebody(f.t)
	if status := anybody.open(links[0]); status != 410 {
		f.t.Errorf("a superseded link answers %d, want 410", status)
	}
	anybody.sees("There is a newer link", "Open the newest mail")
	anybody.look("accept-superseded")
	anybody.open(links[1])
	anybody.sees("You are invited to Acme", "Admin of Acme")

	ada.open(invitedPath(f.organization))
	ada.chooses("Copy link", boss)
	ada.sees("Link for " + boss)
	if copied, err := value[string](ada, `document.getElementById("accept-url").value`); err != nil || copied != here.base+links[1] {
		f.t.Errorf("the link to copy is %q (%v), want %s", copied, err, here.base+links[1])
	}
	ada.look("copy-link")
	here.publishedInAll(f.t, f.organization, map[string]int{
		"OrganizationCreated": 1, "BrandCreated": 2, "MemberAdded": 2, "InvitationCreated": 5, "InvitationAccepted": 1, "InvitationDeclined": 2,
		"InvitationDeleted": 1, "InvitationExpired": 1, "InvitationResent": 1,
	})
}
