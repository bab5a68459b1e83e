package invitation_test

import (
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestJustAccepted reads an invitation just when its accept is written: as accepted already, its membership as not there yet. The one who
// accepted is not told that somebody else has used it.
func TestJustAccepted(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	for _, i := range []invitation.Invitation{s.Pending(s.Address("grace")), invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("bea")))} {
		grace := s.SomeoneWith("Grace", i.Invitee.Email)
		joined, err := accept(t, s.Bed, grace, i)
		must(t, err)
		preview := func() {
			got, err := s.Preview().Do(t.Context(), grace.Caller, invitation.PreviewInput{Token: testbed.Token(i.AcceptURL)})
			if err != nil || got.Status != invitation.Accepted || !got.Actions["accept"].Allowed {
				t.Errorf("the preview says %+v, %v", got, err)
			}
		}
		again := func() {
			got, err := accept(t, s.Bed, grace, i)
			if err != nil || got.Version != joined.Version || got.User != joined.User {
				t.Errorf("accepted again: %+v, %v", got, err)
			}
		}
		for name, do := range map[string]func(){"preview": preview, "accept": again} {
			usual := reads(proxy, do)
			if got := reads(proxy, func() { late(s, proxy, grace, do) }); got != usual+1 {
				t.Errorf("%s: %d reads, usually %d", name, got, usual)
			}
		}
	}
	// Who was removed since has used it, and is not in.
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	_, err := accept(t, s.Bed, grace, i)
	must(t, err)
	s.EraseMember(s.ID, grace.User.ID)
	_, err = accept(t, s.Bed, grace, i)
	failsWith(t, err, "invitation_accepted")
	got, err := s.Preview().Do(t.Context(), grace.Caller, invitation.PreviewInput{Token: testbed.Token(i.AcceptURL)})
	if err != nil || got.Actions["accept"].Code != "invitation_accepted" {
		t.Errorf("the preview says %+v, %v", got, err)
	}
}

// late has the first read not find somebody's membership, and the next find it.
func late(s *testbed.Scene, proxy *tableproxy.Proxy, who testbed.Someone, do func()) {
	item := s.Item("ORG#"+s.ID, "MEMBER#"+who.User.ID)
	proxy.Inject("BatchGetItem", 1, tableproxy.Before(func() { s.EraseMember(s.ID, who.User.ID) }))
	proxy.Inject("BatchGetItem", 2, tableproxy.Before(func() { s.Restore(item) }))
	do()
}

func reads(proxy *tableproxy.Proxy, do func()) int {
	before := proxy.Count("BatchGetItem")
	do()
	return proxy.Count("BatchGetItem") - before
}
