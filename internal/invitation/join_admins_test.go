package invitation_test

import (
	"testing"

	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestManyBecomeAdminsAtOnce invites accounts as Organization Admins in one call, some more than one transaction takes, and a new address between
// them: all are in, and all are counted.
func TestManyBecomeAdminsAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	const accounts = 30
	in := testbed.AdminOffer(s.ID, s.Address("new"))
	for range accounts {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: s.Someone("Grace").User.Email})
	}
	out, err := s.Create().Do(t.Context(), testbed.WithKey(s.Ada.Caller, "many-admins", "what is asked"), in)
	if err != nil || out.Failed() {
		t.Fatalf("%+v, %v", out, err)
	}
	for i, result := range out.Results {
		if want := i > 0; (result.Outcome == invitation.Joined) != want {
			t.Errorf("number %d: %s", i, result.Outcome)
		}
	}
	if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != "31" {
		t.Errorf("%s Admins are counted, want Ada and %d", got, accounts)
	}
}
