package upkeep_test

import (
	"context"
	"net/http"
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestNothingMoreWithoutABrand: who has all that is left of an offer or of a wish, once a brand of it is deleted, is offered nothing and waits for
// nothing any more (R17, R26), wherever an attempt at that breaks off. What others are offered and wait for stays open.
func TestNothingMoreWithoutABrand(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	offered := func(name string, given access.Role) invitation.Invitation {
		t.Helper()
		address := s.Address(name)
		i := s.Invite(s.Ada.Caller, s.ID, address, s.Brands...) // Publisher in both
		who := s.SomeoneWith(name, address)
		if given != "" {
			s.Join(s.Ada, s.Brands[1], given, who)
			cleaned(t, s, newest(s, 1))
		}
		return i
	}
	met := offered("Grace", access.Publisher)
	more := offered("Hal", access.Viewer)
	outside := offered("Ida", "")
	has, lacks := s.Someone("Jo"), s.Someone("Kim")
	wish, wait := s.Asks(has, s.Brands...), s.Asks(lacks, s.Brands...)
	s.Join(s.Ada, s.Brands[1], access.Viewer, has)
	cleaned(t, s, newest(s, 1))
	deleted := deleteGlobex(t, s)
	log := s.Appended(s.Org, func() {
		attempts := 1
		for ; attempts < 30; attempts++ {
			ctx, cancel := context.WithCancel(t.Context())
			at := proxy.Count("TransactWriteItems") + 2
			proxy.Inject("TransactWriteItems", 2, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				cancel()
				tableproxy.BreakOff()(w, r, next)
			})
			err := s.Cleaner().Do(ctx, deleted)
			cancel()
			proxy.Inject("TransactWriteItems", at-proxy.Count("TransactWriteItems"), nil)
			if err == nil {
				break
			}
		}
		if attempts < 3 {
			t.Errorf("done after %d attempts", attempts)
		}
		clean(t, s, deleted)
	})
	if got, want := closings(log), []string{met.ID + " joined closed", wish.ID + " joined closed"}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("closed are %q, want %q", got, want)
	}
	for _, i := range []invitation.Invitation{more, outside} {
		if got := offer(t, s, i); got.Status != invitation.Pending || len(got.Brands) != 1 {
			t.Errorf("%s is offered %+v", i.Invitee.Email, got)
		}
	}
	if got := testbed.Text(s.Item("ORG#"+s.ID, "REQUEST#"+wait.ID), "status"); got != "pending" {
		t.Errorf("who is not in waits no more: %s", got)
	}
	s.Join(s.Ada, s.Brands[1], access.Viewer, lacks) // gets what is left later
	cleaned(t, s, newest(s, 1), wait.ID+" joined closed")
}
