package invitation_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// refusedAt compares a refusal with the one field that it has to name.
func refusedAt(t *testing.T, err error, pointer, code, detail string) {
	t.Helper()
	testbed.CheckFault(t, err, testbed.FaultOf(fault.Fields([]fault.Field{{Pointer: pointer, Code: code, Detail: detail}})))
}

// TestResendWithoutADeletedBrand: what is not named is sent again as far as it is there; where nothing of it is, something has to be named (R6, R26).
func TestResendWithoutADeletedBrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	both, one := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...), s.Pending(s.Address("one"))
	for _, i := range []invitation.Invitation{both, one} {
		if err := decline(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i); err != nil {
			t.Fatal(err)
		}
	}
	s.DeleteScope(s.Globex)
	send := func(i invitation.Invitation, brands ...string) (invitation.Invitation, error) {
		s.Advance(invitation.ResendInterval)
		return s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID, Terms: invitation.Terms{Brands: brands}})
	}
	s.Unchanged(t, s.ID, func() {
		_, err := send(one)
		refusedAt(t, err, "/brands", "required", "The brands that this invitation offers were deleted. Choose others.")
		_, err = send(both, s.Globex.Brand, s.Initech.Brand) // named is not taken over
		refusedAt(t, err, "/brands/0", "unknown_brand", "The organization has no such brand.")
	})
	again, err := send(both)
	if err != nil || again.Status != invitation.Pending || len(again.Brands) != 1 || again.Brands[0] != inBrand(s, 1, access.Publisher) {
		t.Errorf("%+v, %v", again, err)
	}
	if again, err = send(one, s.Initech.Brand); err != nil || again.Status != invitation.Pending || len(again.Brands) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestResendWithoutADeletedRole: an answered invitation says that its role was deleted, and what took its place; that is sent again, and where there is
// none, a role has to be named (R6, R18).
func TestResendWithoutADeletedRole(t *testing.T) {
	t.Parallel()
	for name, instead := range map[string]bool{"nothing instead": false, "another one": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			temp, next, called := l.Role(l.Ada, l.In, "Temp", "view_billing").ID, access.Role(""), ""
			if instead {
				next, called = l.Analyst, "Data Analyst"
			}
			i := invite(t, l.Bed, l.Ada, l.asks(temp, l.Grace.User.Username))
			if err := decline(t, l.Bed, l.Grace, i); err != nil {
				t.Fatal(err)
			}
			if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: temp, ReassignTo: next}); err != nil {
				t.Fatal(err)
			}
			if got := l.stored(t, i.ID); !got.RoleDeleted || got.RoleName != "Temp" || got.Successor != next || got.SuccessorName != called {
				t.Errorf("it says %+v", got)
			}
			send := func(terms invitation.Terms) (invitation.Invitation, error) {
				return l.Resend().Do(t.Context(), l.Ada.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID, Terms: terms})
			}
			_, err := send(invitation.Terms{Role: temp}) // named is not taken over
			refusedAt(t, err, "/role", "unknown_role", "There is no such role here.")
			again, err := send(invitation.Terms{})
			if instead {
				if err != nil || again.Role != next || again.RoleDeleted || again.SuccessorName != "" {
					t.Errorf("%+v, %v", again, err)
				}
				return
			}
			refusedAt(t, err, "/role", "required", "The role that this invitation offers was deleted. Choose another one.")
			if again, err = send(invitation.Terms{Role: l.Sender}); err != nil || again.Role != l.Sender || again.RoleDeleted {
				t.Errorf("%+v, %v", again, err)
			}
		})
	}
}
