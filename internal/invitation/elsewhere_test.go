package invitation_test

import (
	"errors"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestElsewhere: what is open in the same organization besides the scope, for those who may see all of the organization's.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("nina")
	offer := func(scope access.Scope, by testbed.Someone, days int) string {
		in := brandOffer(s, access.Viewer, address)
		in.Scope, in.ExpiresInDays = scope, &days
		return invite(t, s.Bed, by, in).ID
	}
	globex, initech, organization := offer(s.Globex, s.Ada, 3), offer(s.Initech, s.Ada, 1), s.Pending(address).ID
	offer(s.Hooli, s.Eve, 7)
	for name, c := range map[string]struct {
		who   request.Caller
		scope access.Scope
		want  []string
	}{
		"besides the organization": {s.Ada.Caller, s.Org, []string{initech, globex}},
		"besides a brand":          {s.Ada.Caller, s.Globex, []string{initech, organization}},
		"of a brand's Admin":       {s.Bob.Caller, s.Globex, nil},
		"of a stranger":            {s.Eve.Caller, s.Org, nil},
	} {
		got, err := s.InvitedElsewhere().Do(t.Context(), c.who, invitation.ElsewhereInput{Scope: c.scope, Addresses: []string{s.Address("other"), address}})
		if err != nil || len(got[address]) != len(c.want) || len(got) > 1 {
			t.Errorf("%s: got %+v, %v", name, got, err)
			continue
		}
		for i, id := range c.want {
			if got[address][i].ID != id {
				t.Errorf("%s: %d is %+v, want %s", name, i, got[address][i], id)
			}
		}
	}
	s.Advance(2 * 24 * time.Hour)
	in := invitation.ElsewhereInput{Scope: s.Org, Addresses: []string{address}}
	if got, err := s.InvitedElsewhere().Do(t.Context(), s.Ada.Caller, in); err != nil || len(got[address]) != 1 || got[address][0].ID != globex {
		t.Errorf("of those that are open: %+v, %v", got, err)
	}
	if _, err := s.InvitedElsewhere().Do(t.Context(), request.Caller{}, in); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
}
