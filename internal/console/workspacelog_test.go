package console

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestAuditLogOfAWorkspace: all that can happen in a workspace is said in words, with roles by name.
func TestAuditLogOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	scope, ctx, by := l.in.Scope(), t.Context(), l.Ada.Caller
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.UpdateWorkspace().Do(ctx, by, workspace.UpdateInput{Scope: scope, Name: "Genome"}))
	must(l.DisableWorkspace().Do(ctx, by, workspace.SwitchInput{Scope: scope, Reason: "Audit"}))
	must(l.EnableWorkspace().Do(ctx, by, workspace.SwitchInput{Scope: scope}))
	must(l.UpdateRole().Do(ctx, by, role.UpdateInput{
		Scope: scope, ID: l.analyst.ID, Name: new("Scientist"), Description: new("Runs things"), Permissions: []access.Permission{"view_computations", "view_assets"},
	}))
	l.offers(t, l.analyst.ID, l.Someone("Grace"))
	must(l.UpdateMember().Do(ctx, by, member.UpdateInput{Scope: scope, User: l.vic.User.ID, Wish: member.Wish{Role: l.keeper.ID, Reason: "Promoted"}}))
	must(l.UpdateMember().Do(ctx, by, member.UpdateInput{Scope: scope, User: l.vic.User.ID, Wish: member.Wish{Role: l.analyst.ID}}))
	must(l.DeleteRole().Do(ctx, by, role.DeleteInput{Scope: scope, ID: l.analyst.ID, ReassignTo: l.keeper.ID}))
	l.settle(t)
	l.ComesBack(scope, l.vic.User.Email)
	must(l.ResumeMails().Do(ctx, by, member.ResumeInput{Scope: scope, User: l.vic.User.ID}))
	want := [][]string{
		{"Mails sent again to Vic", "–", "Ada", "–"},
		{"Mails stopped to Vic", "–", "Prism", "mailbox does not exist"},
		{"Role changed of Vic", "Scientist → becomes Keeper", "Ada", "Directly Their role was deleted"},
		{"Role deleted Scientist", "In its place : Keeper", "Ada", "–"},
		{"Role changed of Vic", "Keeper → becomes Scientist", "Ada", "Directly"},
		{"Role changed of Vic", "Scientist → becomes Keeper", "Ada", "Directly Promoted"},
		{"Invited Grace", "Scientist", "Ada", "–"},
		{"Role edited Scientist", "Name : Analyst → becomes Scientist Description : none → becomes Runs things Permissions added : View assets Permissions removed : Run computation", "Ada", "–"},
		{"Workspace enabled", "–", "Ada", "–"},
		{"Workspace disabled", "–", "Ada", "Audit"},
		{"Workspace renamed Genome", "Name : Genomics → becomes Genome", "Ada", "–"},
		{"Role created Analyst", "Permissions added : Read, View computations and Run computation", "Ada", "–"},
		{"Role created Keeper", "Permissions added : Read, View computations, Run computation, View assets, Upload assets and Manage role", "Ada", "–"},
		{"Added Ada", "No access → becomes Admin", "Ada", "Created the workspace"},
		{"Workspace created Genomics", "–", "Ada", "–"},
	}
	page := l.invitationsCome(t, want)
	shown := map[string]bool{}
	for _, row := range page.all("tr[data-entry]") {
		shown[row.attr("data-entry")] = true
	}
	elsewhere := regexp.MustCompile("^(User|Organization|Brand|AccessRequest)")
	for _, name := range event.Types() {
		gone := name == "WorkspaceDeleted" // when nobody reads this log any more
		if want := !elsewhere.MatchString(name) && !gone; shown[name] != want {
			t.Errorf("%s is shown: %v", name, shown[name])
		}
	}
	options := page.texts("option")
	for said, is := range map[string]bool{"Role edited": true, "Workspace disabled": true, "Brand renamed": false, "Access asked for": false, "Settings changed": false} {
		if got := slices.Contains(options, said); got != is {
			t.Errorf("%s can be chosen: %v", said, got)
		}
	}
	ada := l.as(t, l.Ada)
	if got := rows(ada.open("/workspaces/" + l.in.ID + "/audit-log?user=" + l.vic.User.ID + "&type=MemberRoleChanged")); len(got) != 3 {
		t.Errorf("about Vic: %q", got)
	}
	ada.get("/workspaces/"+l.in.ID+"/audit-log?user=nina%40example.com").expect(t, http.StatusUnprocessableEntity).says(t, "Nobody here is found by “nina@example.com”.")
	ada.open("/workspaces/"+l.in.ID+"/users/"+l.vic.User.ID).says(t, "Changed from Scientist to Keeper", "Their role was deleted", "Promoted")
	l.as(t, l.kim).get("/workspaces/"+l.in.ID+"/audit-log").expect(t, http.StatusForbidden)
}

// invitationsCome has all become of invitations that can, and returns the log, in which it stands above what was there before.
func (l *rolesLab) invitationsCome(t *testing.T, before [][]string) answer {
	t.Helper()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, by, scope := t.Context(), l.Ada.Caller, l.in.Scope()
	invites := func(by, who testbed.Someone) invitation.Invitation {
		t.Helper()
		out, err := l.Create().Do(ctx, by.Caller, invitation.CreateInput{
			Scope: scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: l.keeper.ID},
		})
		if err != nil || out.Results[0].Error != nil {
			t.Fatalf("invite: %+v, %v", out, err)
		}
		return *out.Results[0].Invitation
	}
	removes := func(who testbed.Someone, reason string) {
		t.Helper()
		must(l.RemoveMember().Do(ctx, by, member.RemoveInput{Scope: scope, User: who.User.ID, Reason: reason}))
	}
	at := func(i invitation.Invitation) invitation.Locator { return invitation.Locator{Scope: scope, ID: i.ID} }

	hugo := l.Someone("Hugo")
	declined := invites(l.Ada, hugo)
	declined, err := l.Resend().Do(ctx, by, invitation.ResendInput{Scope: scope, ID: declined.ID, Terms: invitation.Terms{Role: access.Admin}})
	must(nil, err)
	must(l.Decline().Do(ctx, hugo.Caller, invitation.DeclineInput{Locator: at(declined)}))
	must(l.RequestLink().Do(ctx, hugo.Caller, invitation.RequestLinkInput{Token: testbed.Token(declined.AcceptURL)}))
	must(l.Delete().Do(ctx, by, invitation.DeleteInput{Scope: scope, ID: declined.ID}))

	lapsed := invites(l.Ada, l.Someone("Ida"))
	must(nil, l.Track().Do(ctx, invitation.Report{About: lapsed.Reference(), Status: invitation.DeliveryDelayed, Detail: "mailbox is full"}))
	must(nil, l.Track().Do(ctx, invitation.Report{About: lapsed.Reference(), Status: invitation.Delivered}))
	must(nil, l.Track().Do(ctx, testbed.Undelivered(lapsed.Reference(), "mailbox does not exist")))
	must(nil, l.Remind().Do(ctx, invitation.Reminder{Reference: lapsed.Reference(), Notify: true, Due: l.Now()}))
	must(l.Expire().Do(ctx, lapsed.Reference()))

	jo := l.Someone("Jo")
	must(l.Accept().Do(ctx, jo.Caller, invitation.AcceptInput{Locator: at(invites(l.Ada, jo))}))
	must(l.RemoveMember().Do(ctx, jo.Caller, member.RemoveInput{Scope: scope, User: "me"}))

	sue, mo := l.Someone("Sue"), l.Someone("Mo")
	l.Seat(l.Ada, l.in, access.Admin, sue)
	invalid := invites(sue, mo)
	removes(sue, "Moved")
	_, err = l.Accept().Do(ctx, mo.Caller, invitation.AcceptInput{Locator: at(invalid)})
	testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")

	nan := l.Someone("Nan")
	invites(l.Ada, nan)
	l.Seat(l.Ada, l.in, l.keeper.ID, nan) // in meanwhile, as by another way in
	removes(nan, "")
	l.settle(t)
	page := l.as(t, l.Ada).open("/workspaces/" + l.in.ID + "/audit-log")
	var got [][]string
	for _, row := range rows(page) {
		got = append(got, row[:4])
	}
	want := append([][]string{
		{"Invitation closed of Nan", "Keeper", "Prism", "The person was removed"},
		{"Removed Nan", "Keeper → becomes No access", "Ada", "–"},
		{"Invited Nan", "Keeper", "Ada", "–"},
		{"Invitation not valid any more of Mo", "Keeper", "Prism", "Whoever sent it may no longer give it"},
		{"Removed Sue", "Admin → becomes No access", "Ada", "Moved"},
		{"Invited Mo", "Keeper", "Sue", "–"},
		{"Left: Jo", "Keeper → becomes No access", "Jo", "–"},
		{"Added Jo", "No access → becomes Keeper", "Jo", "Invited by Ada"},
		{"Invitation accepted by Jo", "Keeper", "Jo", "–"},
		{"Invited Jo", "Keeper", "Ada", "–"},
		{"Invitation expired of Ida", "Keeper", "Prism", "–"},
		{"Reminder due to Ida", "Keeper", "Prism", "–"},
		{"Mail could not be delivered to Ida", "Keeper", "Prism", "mailbox does not exist"},
		{"Mail delivered to Ida", "Keeper", "Prism", "–"},
		{"Mail delayed to Ida", "Keeper", "Prism", "mailbox is full"},
		{"Invited Ida", "Keeper", "Ada", "–"},
		{"Invitation deleted of Hugo", "Admin", "Ada", "–"},
		{"New link asked for by Hugo", "Admin", "Hugo", "–"},
		{"Invitation declined by Hugo", "Admin", "Hugo", "–"},
		{"Invitation sent again to Hugo", "Keeper → becomes Admin", "Ada", "–"},
		{"Invited Hugo", "Keeper", "Ada", "–"},
	}, before...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	return page
}

// TestReasonsOfTheLogHaveWords: what it gives by itself is no code, nor is it put in the place of what somebody wrote.
func TestReasonsOfTheLogHaveWords(t *testing.T) {
	t.Parallel()
	for said, entry := range map[string]audit.Listed{
		"Whoever sent it may no longer give it": {Type: "InvitationInvalidated", Reason: invitation.ReasonLostRights},
		"All that it offered was deleted":       {Type: "InvitationInvalidated", Reason: invitation.ReasonBrandsDeleted},
		"The role that it offered was deleted":  {Type: "InvitationInvalidated", Reason: invitation.ReasonRoleDeleted},
		"Their role was deleted":                {Type: "MemberRoleChanged", RoleDeleted: true},
		"Their role was deleted: Nobody runs":   {Type: "MemberRoleChanged", Reason: "Nobody runs", RoleDeleted: true},
		"role_deleted":                          {Type: "MemberRoleChanged", Reason: "role_deleted"}, // somebody wrote that
		"The person got in another way":         {Type: "InvitationClosed", Reason: invitation.ReasonJoined},
		"The person was removed":                {Type: "AccessRequestClosed", Reason: accessrequest.ReasonRemoved},
		"What it led to was deleted":            {Type: "InvitationClosed", Reason: invitation.ReasonDeleted},
		"removed":                               {Type: "MemberRemoved", Reason: "removed"},
	} {
		if got := logRowOf(entry, access.Workspace("wsp_1"), clock).Reason; got != said {
			t.Errorf("%s of %s says %q", entry.Reason, entry.Type, got)
		}
	}
	gone := logRowOf(audit.Listed{Type: "WorkspaceDeleted", Before: map[string]any{"name": "Genomics"}}, access.Workspace("wsp_1"), clock)
	if gone.What != "Workspace deleted" || gone.Whom != "Genomics" || len(gone.Changes) != 0 {
		t.Errorf("a deleted workspace: %+v", gone)
	}
}

// TestStatusSaysWhyNothingIsGranted, and what to do about it.
func TestStatusSaysWhyNothingIsGranted(t *testing.T) {
	t.Parallel()
	for reason, said := range map[string]string{
		invitation.ReasonLostRights:    "Whoever sent it may no longer give what it offers. Send it again in your own name.",
		invitation.ReasonBrandsDeleted: "All that it offers was deleted. Edit it to offer something else.",
		invitation.ReasonRoleDeleted:   "The role that it offers was deleted. Send it again with another one.",
	} {
		if got := statusOf(invitation.Invitation{Status: invitation.InvalidGrant, Reason: reason}); got.Detail != said {
			t.Errorf("%s: %q", reason, got.Detail)
		}
	}
}

// TestAuditLogWithoutSeeingMembers: whoever may read the log and not see who is in finds nobody by name, and is told.
func TestAuditLogWithoutSeeingMembers(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	auditor := l.Role(l.Ada, l.in, "Auditor", access.ViewAudit)
	aud := l.Someone("Aud")
	l.Seat(l.Ada, l.in, auditor.ID, aud)
	path := "/workspaces/" + l.in.ID + "/audit-log"
	l.as(t, aud).get(path+"?actor=ada").expect(t, http.StatusUnprocessableEntity).says(t, "You may not see who is here, so nobody is found by name.")
	if got := rows(l.as(t, aud).open(path + "?type=RoleCreated")); len(got) != 3 {
		t.Errorf("got %q", got)
	}
}
