package invitation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// lab is a workspace with its Admin Ada, a role for sending invitations that Bob has, and Grace who is in nothing.
type lab struct {
	*testbed.Bed
	Ada, Bob, Grace testbed.Someone
	In              workspace.Workspace
	Scope           access.Scope
	Sender, Analyst access.Role
}

func newLab(t *testing.T) *lab {
	t.Helper()
	bed := testbed.New(t)
	l := &lab{Bed: bed, Ada: bed.Someone("Ada"), Bob: bed.Someone("Bob"), Grace: bed.Someone("Grace")}
	l.In = bed.Workspace(l.Ada, "Lab")
	l.Scope = l.In.Scope()
	l.Sender = bed.Role(l.Ada, l.In, "Sender", access.SendInvitations, access.ManageInvitations, "run_computation").ID
	l.Analyst = bed.Role(l.Ada, l.In, "Data Analyst", "run_computation").ID
	bed.Seat(l.Ada, l.In, l.Sender, l.Bob)
	return l
}

// belowAdmin is the refusal that Bob gets for a role that holds all.
func belowAdmin() *fault.Error {
	return testbed.BelowAdmin(access.Read, access.SendInvitations, access.ManageInvitations, "run_computation", "view_computations")
}

// asks is the input that invites users to the workspace.
func (l *lab) asks(role access.Role, usernames ...string) invitation.CreateInput {
	in := invitation.CreateInput{Scope: l.Scope, Terms: invitation.Terms{Role: role}}
	for _, username := range usernames {
		in.Invitees = append(in.Invitees, invitation.Invitee{Username: username})
	}
	return in
}

func (l *lab) stored(t *testing.T, id string) invitation.Invitation {
	t.Helper()
	found, err := l.Get().Do(t.Context(), l.Ada.Caller, invitation.GetInput{Scope: l.Scope, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (l *lab) mine(t *testing.T, who testbed.Someone) []invitation.Invitation {
	t.Helper()
	list, err := l.Mine().Do(t.Context(), who.Caller, invitation.MineInput{Query: page.Query{}})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestInviteToWorkspace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var got invitation.Invitation
	log := l.Appended(l.Scope, func() { got = invite(t, l.Bed, l.Bob, l.asks(l.Analyst, "@"+l.Grace.User.Username)) })

	want := invitation.Invitation{
		ID: got.ID, AcceptURL: got.AcceptURL, Scope: l.Scope, ScopeName: "Lab", InviteeKey: l.Grace.User.ID,
		Invitee: access.Person{ID: l.Grace.User.ID, Name: "Grace", Username: l.Grace.User.Username}, // never the address
		Role:    l.Analyst, RoleName: "Data Analyst", Status: invitation.Pending, InvitedBy: by(l.Bob), CreatedAt: testbed.Start, SentAt: testbed.Start,
		ExpiresAt: testbed.Start.Add(week), Version: 1, Generation: 1, Actions: access.Actions{"resend": {Allowed: true}, "delete": {Allowed: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, l.stored(t, got.ID)); diff != "" {
		t.Errorf("stored: %s", diff)
	}
	wantLog := []testbed.Logged{{
		Type: "InvitationCreated", Actor: l.Bob.User.ID, Scope: l.Scope, User: l.Grace.User.ID, Sequence: "1",
		Fact: event.InvitationCreated{Invitation: fact(got, invitation.Pending, 1), Notify: true},
	}}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
	mine := l.mine(t, l.Grace)
	if len(mine) != 1 || mine[0].ID != got.ID || mine[0].RoleName != "Data Analyst" || !mine[0].Actions["accept"].Allowed {
		t.Errorf("Grace sees %+v", mine)
	}

	m, err := accept(t, l.Bed, l.Grace, got)
	if err != nil || m.Scope != l.Scope || m.Role != l.Analyst || m.RoleName != "Data Analyst" || m.GrantedBy != by(l.Bob) || m.Via != "invitation" {
		t.Fatalf("accepted: %+v, %v", m, err)
	}
	if again, err := accept(t, l.Bed, l.Grace, got); err != nil || again.Version != m.Version {
		t.Errorf("accepted twice: %+v, %v", again, err)
	}
	if status := l.stored(t, got.ID).Status; status != invitation.Accepted {
		t.Errorf("it is %s", status)
	}
	if len(l.mine(t, l.Grace)) != 0 {
		t.Error("it is still open for Grace")
	}
}

// TestInviteUsersNobodyCan goes through the reasons why somebody cannot be invited to a workspace, each of one of several.
func TestInviteUsersNobodyCan(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pending, declined := l.Someone("Pia"), l.Someone("Dan")
	invite(t, l.Bed, l.Bob, l.asks(l.Analyst, pending.User.Username))
	first := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, declined.User.Username))
	if err := decline(t, l.Bed, declined, first); err != nil {
		t.Fatal(err)
	}
	in := l.asks(l.Analyst, "nobody-has-this-name", "Ö!", "", l.Bob.User.Username, l.Ada.User.Username, pending.User.Username,
		declined.User.Username, l.Grace.User.Username, "@"+l.Grace.User.Username)
	in.Invitees = append(in.Invitees, invitation.Invitee{Email: "grace@example.com"})
	out, err := l.Create().Do(t.Context(), l.Bob.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"unknown_username", "malformed_username", "malformed_username", "already_member", "already_member", "invitation_pending", "", "", "duplicate", "not_allowed",
	}
	for i, result := range out.Results {
		got := ""
		if result.Error != nil {
			if got = result.Error.Code; len(result.Error.Fields) > 0 {
				got = result.Error.Fields[0].Code
			}
		}
		if got != want[i] {
			t.Errorf("%+v: got %q, want %q", result.Invitee, got, want[i])
		}
	}
}

func TestInviteToWorkspaceNeedsRights(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	reader := l.Someone("Rita")
	l.Seat(l.Ada, l.In, l.Role(l.Ada, l.In, "Reader", access.Read).ID, reader)
	username, unknownRole := l.Grace.User.Username, testbed.FaultOf(fault.Fields([]fault.Field{access.UnknownRole()}))
	for _, c := range []struct {
		name string
		who  testbed.Someone
		role access.Role
		want *fault.Error
	}{
		{"without send_invitations", reader, l.Analyst, access.MissingPermissions(access.SendInvitations)},
		{"with a role above one's own", l.Bob, access.Admin, belowAdmin()},
		{"a stranger", l.Grace, l.Analyst, fault.Unknown()},
		{"with a role that is not there", l.Ada, "rol_01M817QNM04T8QZJ0N6CYB1VXK", unknownRole},
		{"with an organization's role", l.Ada, access.Member, unknownRole},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := l.Appended(l.Scope, func() {
				_, err := l.Create().Do(t.Context(), c.who.Caller, l.asks(c.role, username))
				testbed.CheckFault(t, err, c.want)
			})
			if len(log) > 0 {
				t.Errorf("logged %v", log)
			}
		})
	}
}

// TestAnswerInWorkspace: an invitation to a workspace is for the account, whatever its address; and for nobody else.
func TestAnswerInWorkspace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	unproven, other := l.Unverified("Una", l.Address("una")), l.Someone("Olaf")
	i := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, unproven.User.Username))
	_, err := accept(t, l.Bed, other, i)
	testbed.CheckCode(t, err, fault.Forbidden, "wrong_account")
	_, err = l.Accept().Do(t.Context(), other.Caller, invitation.AcceptInput{Locator: byID(i)})
	testbed.CheckCode(t, err, fault.NotFound, "not_found")
	if got := l.mine(t, unproven); len(got) != 1 || !got[0].Actions["accept"].Allowed {
		t.Errorf("she sees %+v", got)
	}
	if _, err := l.Accept().Do(t.Context(), unproven.Caller, invitation.AcceptInput{Locator: byID(i)}); err != nil {
		t.Error(err)
	}
	preview, err := l.Preview().Do(t.Context(), other.Caller, invitation.PreviewInput{Token: byLink(i).Token})
	if err != nil || preview.Role.Name != "Data Analyst" || preview.InviteeHint != "u***" {
		t.Errorf("preview: %+v, %v", preview, err)
	}
}

func TestDeclineResendDeleteInWorkspace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	i := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	if _, err := l.Decline().Do(t.Context(), l.Grace.Caller, invitation.DeclineInput{Locator: byID(i)}); err != nil {
		t.Fatal(err)
	}
	list, err := l.List().Do(t.Context(), l.Bob.Caller, invitation.ListInput{Scope: l.Scope, Status: "rejected"})
	if err != nil || len(list.Items) != 1 || list.Items[0].Status != invitation.Declined || list.Items[0].RoleName != "Data Analyst" {
		t.Fatalf("rejected: %+v, %v", list, err)
	}
	again, err := l.Resend().Do(t.Context(), l.Ada.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID, Terms: invitation.Terms{Role: access.Admin}})
	if err != nil || again.Status != invitation.Pending || again.RoleName != "Admin" || again.InvitedBy != by(l.Ada) {
		t.Fatalf("sent again: %+v, %v", again, err)
	}
	_, err = accept(t, l.Bed, l.Grace, i)
	testbed.CheckCode(t, err, fault.Gone, "invitation_superseded")
	// Bob may not act on an offer above his own role, but delete it.
	l.Advance(invitation.ResendInterval)
	if got := l.stored(t, i.ID); !got.Actions["resend"].Allowed {
		t.Errorf("Ada may %+v", got.Actions)
	}
	_, err = l.Resend().Do(t.Context(), l.Bob.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID})
	testbed.CheckFault(t, err, belowAdmin())
	if err := remove(t, l.Bed, l.Bob, again); err != nil {
		t.Fatal(err)
	}
	_, err = accept(t, l.Bed, l.Grace, again)
	testbed.CheckCode(t, err, fault.Gone, "invitation_deleted")
	invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
}

// TestLapsedInvitationToWorkspaceMakesWay: what has expired by the clock, and whose guard is still there, keeps nobody from a new one.
func TestLapsedInvitationToWorkspaceMakesWay(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	old := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	l.Advance(week + time.Second)
	log := l.Appended(l.Scope, func() { invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username)) })
	if diff := cmp.Diff([]string{"InvitationExpired", "InvitationCreated"}, testbed.Types(log)); diff != "" {
		t.Error(diff)
	}
	if got := l.stored(t, old.ID).Status; got != invitation.Expired {
		t.Errorf("the old one is %s", got)
	}
	if mine := l.mine(t, l.Grace); len(mine) != 1 {
		t.Errorf("Grace sees %d", len(mine))
	}
}

// TestInviterLosesRightsInWorkspace: what the inviter may no longer give is void until somebody else sends it again (R16).
func TestInviterLosesRightsInWorkspace(t *testing.T) {
	t.Parallel()
	for name, after := range map[string][]access.Permission{
		"send_invitations":       {"run_computation", access.ManageInvitations},
		"a permission of theirs": {access.SendInvitations, access.ManageInvitations},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			i := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
			lesser := l.Role(l.Ada, l.In, "Lesser", after...)
			if _, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, member.UpdateInput{
				Scope: l.Scope, User: l.Bob.User.ID, Wish: member.Wish{Role: lesser.ID},
			}); err != nil {
				t.Fatal(err)
			}
			_, err := accept(t, l.Bed, l.Grace, i)
			testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
			if got := l.stored(t, i.ID).Status; got != invitation.InvalidGrant {
				t.Errorf("it is %s", got)
			}
			again := resend(t, l.Bed, l.Ada, l.stored(t, i.ID))
			if _, err := accept(t, l.Bed, l.Grace, again); err != nil {
				t.Errorf("sent again by Ada: %v", err)
			}
		})
	}
}

// TestRoleOfInvitationIsDeleted: from then on the offer is what the role was reassigned to (R18).
func TestRoleOfInvitationIsDeleted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	i := invite(t, l.Bed, l.Ada, l.asks(l.Analyst, l.Grace.User.Username))
	_, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst})
	testbed.CheckCode(t, err, fault.Conflict, "role_in_use")
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst, ReassignTo: l.Sender}); err != nil {
		t.Fatal(err)
	}
	if got := l.stored(t, i.ID); got.Role != l.Sender || got.RoleName != "Sender" {
		t.Errorf("it offers %s, %s", got.Role, got.RoleName)
	}
	m, err := accept(t, l.Bed, l.Grace, i)
	if err != nil || m.Role != l.Sender {
		t.Errorf("accepted: %+v, %v", m, err)
	}
}

// TestDisabledWorkspace is R29: nobody gets in, declining works, and what was open is so again afterwards.
func TestDisabledWorkspace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dan := l.Someone("Dan")
	i := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	declined := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, dan.User.Username))
	if _, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	preview, err := l.Preview().Do(t.Context(), l.Grace.Caller, invitation.PreviewInput{Token: byLink(i).Token})
	if err != nil || preview.Actions["accept"].Code != "scope_disabled" || !preview.Actions["decline"].Allowed {
		t.Errorf("preview: %+v, %v", preview, err)
	}
	_, err = accept(t, l.Bed, l.Grace, i)
	testbed.CheckCode(t, err, fault.Conflict, "scope_disabled")
	_, err = l.Create().Do(t.Context(), l.Ada.Caller, l.asks(l.Analyst, l.Someone("Eve").User.Username))
	testbed.CheckCode(t, err, fault.Conflict, "scope_disabled")
	if err := decline(t, l.Bed, dan, declined); err != nil {
		t.Error(err)
	}
	if _, err := l.EnableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	if _, err := accept(t, l.Bed, l.Grace, i); err != nil {
		t.Errorf("enabled again: %v", err)
	}
}

func TestDeletedWorkspaceInvitesNobody(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	i := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	if _, err := l.DeleteWorkspace().Do(t.Context(), l.Ada.Caller, workspace.DeleteInput{Scope: l.Scope, Confirm: "Lab"}); err != nil {
		t.Fatal(err)
	}
	_, err := accept(t, l.Bed, l.Grace, i)
	testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
	_, err = l.Get().Do(t.Context(), l.Ada.Caller, invitation.GetInput{Scope: l.Scope, ID: i.ID})
	testbed.CheckCode(t, err, fault.NotFound, "not_found")
}

// TestCountInvited counts what the list of one's invitations has of workspaces, by the clock.
func TestCountInvited(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	expect := func(want int) {
		t.Helper()
		got, err := l.CountInvited().Do(t.Context(), l.Grace.Caller)
		if err != nil || got != want || got != len(l.mine(t, l.Grace)) {
			t.Errorf("counted %d, %v, want %d; listed %d", got, err, want, len(l.mine(t, l.Grace)))
		}
	}
	expect(0)
	first := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	l.Advance(week / 2)
	other := l.asks(access.Admin, l.Grace.User.Username)
	other.Scope = l.Workspace(l.Ada, "Other").Scope()
	second := invite(t, l.Bed, l.Ada, other)
	expect(2)
	l.Advance(week/2 - time.Second)
	expect(2)
	l.Advance(time.Second) // the first one has ended, whether or not its guard is there
	expect(1)
	resend(t, l.Bed, l.Bob, first)
	expect(2)
	if _, err := accept(t, l.Bed, l.Grace, second); err != nil {
		t.Fatal(err)
	}
	expect(1)
	_, err := l.CountInvited().Do(t.Context(), request.Caller{})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
}
