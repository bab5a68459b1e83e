package invitation_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// TestManagersResend: whoever only manages invitations sends them again as they are, below what they hold themselves, and stands behind them as long
// as that is so. Another role is another offer, which only those make who may invite (R6, R7, R16).
func TestManagersResend(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	managing := l.Role(l.Ada, l.In, "Managing", access.ManageInvitations, "run_computation").ID
	looking := l.Role(l.Ada, l.In, "Looking", "view_computations").ID
	mel := l.Someone("Mel")
	l.Seat(l.Ada, l.In, managing, mel)
	send := func(i invitation.Invitation, terms invitation.Terms) (invitation.Invitation, error) {
		l.Advance(invitation.ResendInterval)
		return l.Resend().Do(t.Context(), mel.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID, Terms: terms})
	}
	reads := func(i invitation.Invitation) access.Action {
		t.Helper()
		found, err := l.Get().Do(t.Context(), mel.Caller, invitation.GetInput{Scope: l.Scope, ID: i.ID})
		if err != nil {
			t.Fatal(err)
		}
		return found.Actions["resend"]
	}
	mayNot := access.MissingPermissions(access.SendInvitations)

	i := invite(t, l.Bed, l.Ada, l.asks(l.Analyst, l.Grace.User.Username))
	if !reads(i).Allowed {
		t.Errorf("Mel reads %+v", reads(i))
	}
	for name, terms := range map[string]invitation.Terms{"as it is": {}, "with its role": {Role: l.Analyst}} {
		if again, err := send(i, terms); err != nil || again.InvitedBy != by(mel) || again.AcceptURL != "" {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
	above := invite(t, l.Bed, l.Ada, l.asks(access.Admin, l.Someone("Alan").User.Username))
	gone := invite(t, l.Bed, l.Ada, l.asks(l.Role(l.Ada, l.In, "Gone", access.Read).ID, l.Someone("Guy").User.Username))
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.Role, ReassignTo: looking}); err != nil {
		t.Fatal(err)
	}
	if again, err := send(gone, invitation.Terms{}); err != nil || again.Role != looking {
		t.Errorf("with the role that took the place of its own: %+v, %v", again, err)
	}
	l.Unchanged(t, l.Scope.Workspace, func() {
		_, err := send(i, invitation.Terms{Role: looking})
		testbed.CheckFault(t, err, mayNot)
		_, err = send(above, invitation.Terms{})
		testbed.CheckFault(t, err, testbed.BelowAdmin(access.Read, access.ManageInvitations, "run_computation", "view_computations"))
	})

	hold := func(given access.Role, held ...access.Permission) {
		t.Helper()
		if _, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: given, Permissions: held}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name     string
		has      []access.Permission
		accepted bool
	}{
		{"may invite only", []access.Permission{access.SendInvitations, "run_computation"}, true},
		{"holds less than it offers", []access.Permission{access.ManageInvitations}, false},
		{"neither", []access.Permission{"run_computation"}, false},
		{"manages only", []access.Permission{access.ManageInvitations, "run_computation"}, true},
	} {
		hold(managing, access.ManageInvitations, "run_computation")
		one := l.Someone("One")
		i := invite(t, l.Bed, l.Ada, l.asks(l.Analyst, one.User.Username))
		if _, err := send(i, invitation.Terms{}); err != nil {
			t.Fatal(err)
		}
		hold(managing, c.has...)
		if _, err := accept(t, l.Bed, one, l.stored(t, i.ID)); c.accepted && err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if !c.accepted {
			testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
		}
	}
	two := l.Someone("Two")
	once := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, two.User.Username)) // and never again: to manage invitations is not enough behind it
	hold(l.Sender, access.ManageInvitations, "run_computation")
	_, err := accept(t, l.Bed, two, once)
	testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
}

// TestInvitersResendWithWhatTheyMayGive: that an invitation offers more than they hold does not keep them from sending it again with another role, and
// the action says so, as it says what is missing to those who may not offer another one (R7).
func TestInvitersResendWithWhatTheyMayGive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	mel, mia := l.Someone("Mel"), l.Someone("Mia")
	own := l.Role(l.Ada, l.In, "Inviting", access.ManageInvitations, access.SendInvitations).ID
	l.Seat(l.Ada, l.In, own, mel)
	l.Seat(l.Ada, l.In, l.Role(l.Ada, l.In, "Managing", access.ManageInvitations).ID, mia)
	i := invite(t, l.Bed, l.Ada, l.asks(l.Analyst, l.Grace.User.Username))
	l.Index(l.Scope.Workspace)
	for name, c := range map[string]struct {
		who     testbed.Someone
		allowed bool
	}{"inviting": {mel, true}, "managing": {mia, false}} {
		found, err := l.Get().Do(t.Context(), c.who.Caller, invitation.GetInput{Scope: l.Scope, ID: i.ID})
		if err != nil || found.Actions["resend"].Allowed != c.allowed {
			t.Errorf("%s: %+v, %v", name, found.Actions, err)
		}
		list, err := l.List().Do(t.Context(), c.who.Caller, invitation.ListInput{Scope: l.Scope})
		if err != nil || list.Items[0].Actions["resend"].Allowed != c.allowed {
			t.Errorf("%s, in the list: %+v, %v", name, list.Items, err)
		}
	}
	resend := func(terms invitation.Terms) error {
		_, err := l.Resend().Do(t.Context(), mel.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID, Terms: terms})
		return err
	}
	testbed.CheckFault(t, resend(invitation.Terms{}), access.Exceeding("run_computation", "view_computations"))
	if err := resend(invitation.Terms{Role: own}); err != nil {
		t.Errorf("with their own role: %v", err)
	}
}
