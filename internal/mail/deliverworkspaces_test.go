package mail_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestPeopleOfAWorkspaceAreMailed walks what happens in a workspace: who is told, at the address that they have, and nobody else's address.
func TestPeopleOfAWorkspaceAreMailed(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, l := newPost(t, bed), bed.NewLab()
	grace, hugo, una := l.Someone("Grace"), l.Someone("Hugo"), l.Unverified("Una", l.Address("una"))
	ivy, ken := l.Someone("Ivy"), l.Someone("Ken")
	gone := l.Role(l.Ada, l.Workspace, "Gone", access.Read)
	open := map[string]invitation.Invitation{}
	invites := func(who testbed.Someone, given access.Role) func() error {
		return func() error {
			in := invitation.CreateInput{Scope: l.Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: given}}
			out, err := l.Create().Do(t.Context(), l.Mia.Caller, in)
			if err == nil {
				open[who.User.ID] = *out.Results[0].Invitation
			}
			return err
		}
	}
	locator := func(who testbed.Someone) invitation.Locator {
		return invitation.Locator{Scope: l.Scope, ID: open[who.User.ID].ID}
	}
	ada, mia, ann := l.Ada.User.Email, l.Mia.User.Email, l.Ann.User.Email
	toAda, toMia := []string{ada + ": Grace asks for a new link to Genomics"}, []string{mia + ": Grace asks for a new link to Genomics"}
	// Grace asks for another link, the next day, when Mia may do just this.
	asks := func(allowed ...access.Permission) error {
		l.AdvanceReal(25 * time.Hour)
		_, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Manager.ID, Permissions: allowed})
		if err == nil {
			_, err = l.RequestLink().Do(t.Context(), grace.Caller, invitation.RequestLinkInput{Token: testbed.Token(open[grace.User.ID].AcceptURL)})
		}
		return err
	}
	for _, c := range []struct {
		name string
		do   func() error
		want []string
		says string
	}{
		{"invited", invites(grace, l.Viewer.ID), []string{grace.User.Email + ": Mia invited you to Genomics on Prism"}, "Your role: Viewer\nWhat it allows: See computations and their results; see assets.|(username " + grace.User.Username + ")"},
		{"invited at an address that is not proven", invites(una, l.Viewer.ID), nil, ""},
		{"declined", func() error {
			_, err := l.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: locator(grace)})
			return err
		}, []string{mia + ": Grace declined your invitation to Genomics"}, "(username grace"},
		{"another link asked for", func() error { return asks(l.Manager.Permissions...) }, toMia, "/workspaces/" + l.ID + "/users/invitations/" + "inv_"},
		{"another link asked for, of one who only manages", func() error { return asks("run_computation", "view_assets", access.ManageInvitations) }, toMia, "/resend\n"},
		{"another link asked for, of one who may not any more", func() error { return asks("run_computation", "view_assets") }, toAda, "/resend\n"},
		{"another link asked for, of one who may not see invitations any more", func() error { return asks("run_computation", "view_assets", access.SendInvitations) }, toAda, "/resend\n"},
		{"another link asked for, of one who may not give the role any more", func() error {
			return asks("run_computation", access.SendInvitations, access.ManageInvitations)
		}, toAda, "/resend\n"},
		{"another link asked for, of one who may all that again", func() error { return asks(l.Manager.Permissions...) }, toMia, "/resend\n"},
		{"sent again with another role", func() error {
			_, err := l.Resend().Do(t.Context(), l.Mia.Caller, invitation.ResendInput{Scope: l.Scope, ID: open[grace.User.ID].ID, Terms: invitation.Terms{Role: gone.ID}})
			return err
		}, []string{grace.User.Email + ": New link: Mia invited you to Genomics"}, "Your role: Gone"},
		{"accepted", func() error {
			_, err := l.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: locator(grace)})
			return err
		}, []string{mia + ": Grace accepted your invitation to Genomics"}, testbed.BaseURL + "/workspaces/" + l.ID + "/users?tab=current\n"},
		{"role changed", func() error {
			in := member.UpdateInput{Scope: l.Scope, User: l.Ann.User.ID, Wish: member.Wish{Role: l.Viewer.ID, Reason: "role_deleted"}}
			_, err := l.UpdateMember().Do(t.Context(), l.Mia.Caller, in)
			return err
		}, []string{ann + ": Your role in Genomics has changed"}, "Before: Analyst\nNow: Viewer|Mia wrote:\n> role_deleted\n|" + testbed.BaseURL + "/workspaces/" + l.ID + "\n"},
		{"role deleted", func() error {
			if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID, ReassignTo: l.Analyst.ID, Reason: "One role for all."}); err != nil {
				return err
			}
			all := l.Envelopes(l.ID)
			return l.Cleaner().Do(t.Context(), all[len(all)-1])
		}, []string{grace.User.Email + ": Your role in Genomics has changed"}, "Ada deleted the role that you had in the workspace Genomics on Prism|Ada wrote:\n> One role for all.\n"},
		{"made Admin", func() error {
			_, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, member.UpdateInput{Scope: l.Scope, User: l.Mia.User.ID, Wish: member.Wish{Role: access.Admin}})
			return err
		}, []string{ada + ": Mia is an Admin of Genomics now", mia + ": You are an Admin of Genomics now"}, "Everything in the workspace."},
		{"accepted as Admin", func() error {
			if err := invites(hugo, access.Admin)(); err != nil {
				return err
			}
			_, err := l.Accept().Do(t.Context(), hugo.Caller, invitation.AcceptInput{Locator: locator(hugo)})
			return err
		}, []string{ada + ": Hugo is an Admin of Genomics now", mia + ": Hugo accepted your invitation to Genomics", mia + ": Hugo is an Admin of Genomics now"}, ""},
		{"role deleted for Admin", func() error {
			lead, far := l.Role(l.Ada, l.Workspace, "Lead", access.Read), l.Role(l.Ada, l.Workspace, "Far Lead", access.Read)
			l.Seat(l.Ada, l.Workspace, lead.ID, ivy)
			l.Seat(l.Ada, l.Workspace, far.ID, ken)
			for _, hop := range []struct {
				by            testbed.Someone
				gone, instead access.Role
			}{{l.Ada, far.ID, lead.ID}, {l.Mia, lead.ID, access.Admin}} {
				l.Advance(time.Minute)
				if _, err := l.DeleteRole().Do(t.Context(), hop.by.Caller, role.DeleteInput{Scope: l.Scope, ID: hop.gone, ReassignTo: hop.instead}); err != nil {
					return err
				}
			}
			l.Advance(time.Minute)
			for _, e := range l.Envelopes(l.ID) {
				if e.DetailType == "RoleDeleted" {
					if err := l.Cleaner().Do(t.Context(), e); err != nil {
						return err
					}
				}
			}
			return nil
		}, []string{
			ivy.User.Email + ": You are an Admin of Genomics now", ken.User.Email + ": You are an Admin of Genomics now",
			ada + ": Every Lead is an Admin of Genomics now", hugo.User.Email + ": Every Lead is an Admin of Genomics now",
		}, "Everything in the workspace.|Mia "},
		{"removed", func() error {
			_, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: l.Ann.User.ID, Reason: "The project is over."})
			return err
		}, []string{ann + ": You no longer have access to Genomics"}, "You had: Viewer"},
	} {
		before := len(p.sent())
		caused(t, p, l.ID, func() {
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		})
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got(p, before)); diff != "" && len(c.want)+len(got(p, before)) > 0 {
			t.Errorf("%s: %s", c.name, diff)
		}
		for _, m := range p.mailbox.Mails()[before:] {
			others := strings.ReplaceAll(m.Text, m.To[0], "")
			missing := slices.DeleteFunc(strings.Split(c.says, "|"), func(said string) bool { return strings.Contains(m.Text, said) })
			if len(missing) > 0 || strings.Contains(others, "@example.com") {
				t.Errorf("%s: %s", c.name, m.Text)
			}
		}
	}
}

// TestInvitersAreLedWhereTheyMay: a mail about what became of an invitation leads to a page that whoever gets it may open by then.
func TestInvitersAreLedWhereTheyMay(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, l := newPost(t, bed), bed.NewLab()
	base := testbed.BaseURL + "/workspaces/" + l.ID
	current, invited := base+"/users?tab=current", base+"/users?tab=invited"
	for _, c := range []struct {
		holds              []access.Permission // none: they are not in any more
		accepted, declined string
	}{
		{[]access.Permission{access.SendInvitations, access.ManageInvitations, access.ViewRoleUsers}, current, invited},
		{[]access.Permission{access.SendInvitations}, base, invited},
		{[]access.Permission{access.ManageInvitations}, base, invited},
		{[]access.Permission{access.ViewRoleUsers}, current, base},
		{nil, testbed.BaseURL + "/", testbed.BaseURL + "/"},
	} {
		sending := l.Role(l.Ada, l.Workspace, "Sending "+l.NewID(), access.SendInvitations)
		sam, yara, noa := l.Newcomer(sending.ID), l.Someone("Yara"), l.Someone("Noa")
		seen, before := len(l.Envelopes(l.ID)), len(p.sent())
		for _, who := range []testbed.Someone{yara, noa} {
			out, err := l.Create().Do(t.Context(), sam.Caller, invitation.CreateInput{
				Scope: l.Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: sending.ID},
			})
			if err != nil {
				t.Fatal(err)
			}
			to := invitation.Locator{Scope: l.Scope, ID: out.Results[0].Invitation.ID}
			if who == yara {
				_, err = l.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: to})
			} else {
				_, err = l.Decline().Do(t.Context(), who.Caller, invitation.DeclineInput{Locator: to})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		events := l.Envelopes(l.ID)[seen:]
		var err error
		if c.holds == nil {
			_, err = l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: sam.User.ID})
		} else {
			_, err = l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: sending.ID, Permissions: c.holds})
		}
		if err != nil {
			t.Fatal(err)
		}
		answers := []string{"InvitationAccepted", "InvitationDeclined"}
		for _, e := range slices.DeleteFunc(events, func(e event.Envelope) bool { return !slices.Contains(answers, e.DetailType) }) {
			if err := p.deliver.Do(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		told := map[string]string{}
		for _, m := range p.mailbox.Mails()[before:] {
			told[m.Subject] = ours.FindString(m.Text)
		}
		want := map[string]string{"Yara accepted your invitation to Genomics": c.accepted, "Noa declined your invitation to Genomics": c.declined}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%v: %s", c.holds, diff)
		}
	}
}

// TestAskingForALinkOfADeletedRole leads to where the invitation is sent again, with another role: a workspace has no other page for that.
func TestAskingForALinkOfADeletedRole(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, l := newPost(t, bed), bed.NewLab()
	grace, gone := l.Someone("Grace"), l.Role(l.Ada, l.Workspace, "Gone", access.Read)
	out, err := l.Create().Do(t.Context(), l.Mia.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: gone.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := *out.Results[0].Invitation
	if _, err := l.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: invitation.Locator{Scope: l.Scope, ID: i.ID}}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID}); err != nil {
		t.Fatal(err)
	}
	caused(t, p, l.ID, func() {
		if _, err := l.RequestLink().Do(t.Context(), grace.Caller, invitation.RequestLinkInput{Token: testbed.Token(i.AcceptURL)}); err != nil {
			t.Fatal(err)
		}
	})
	want := testbed.BaseURL + "/workspaces/" + l.ID + "/users/invitations/" + i.ID + "/resend"
	if mails := p.mailbox.Mails(); len(mails) != 1 || ours.FindString(mails[0].Text) != want {
		t.Errorf("mailed %+v, want a link to %s", mails, want)
	}
}

// TestWorkspaceReminder: the one reminder goes to the address that the user has by then, and to nobody while the workspace is disabled (R29).
func TestWorkspaceReminder(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, l := newPost(t, bed), bed.NewLab()
	grace, hugo := l.Someone("Grace"), l.Someone("Hugo")
	out, err := l.Create().Do(t.Context(), l.Mia.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: hugo.User.Username}, {Username: grace.User.Username}}, Terms: invitation.Terms{Role: l.Viewer.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Advance(5*24*time.Hour + time.Minute)
	before := len(p.sent())
	remind := func(i *invitation.Invitation) {
		due := invitation.Reminder{Reference: i.Reference(), Notify: true, Due: i.ExpiresAt.Add(-48 * time.Hour)}
		if err := l.Remind().Do(t.Context(), due); err != nil {
			t.Fatal(err)
		}
	}
	caused(t, p, l.ID, func() {
		remind(out.Results[0].Invitation)
		if _, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := l.EnableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	i := out.Results[1].Invitation
	caused(t, p, l.ID, func() { remind(i) })
	if diff := cmp.Diff([]string{grace.User.Email + ": Reminder: Mia invited you to Genomics"}, got(p, before)); diff != "" {
		t.Error(diff)
	}
	mails := p.mailbox.Mails()
	last := mails[len(mails)-1]
	want := map[string]string{"workspace": l.ID, "invitation": i.ID, "generation": "1"}
	if diff := cmp.Diff(want, last.Tags); diff != "" {
		t.Errorf("tagged: %s", diff)
	}
}
