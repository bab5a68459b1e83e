package invitation_test

import (
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestDeleteLapsedBesideNewer deletes an invitation that has lapsed, whose guard TTL has removed without the stream having said so yet,
// and whose address has a newer invitation by now: the newer one's guard stays.
func TestDeleteLapsedBesideNewer(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	address := bed.Address("grace")
	first := bed.Invite(ada, org.ID, address, brands[0])
	bed.Advance(8 * 24 * time.Hour)
	bed.RemoveGuard(access.Organization(org.ID), account.EmailKey(address))
	second := bed.Invite(ada, org.ID, address, brands[0])
	if _, err := bed.Delete().Do(t.Context(), ada, invitation.DeleteInput{Scope: access.Organization(org.ID), ID: first.ID}); err != nil {
		t.Fatalf("delete the lapsed one: %v", err)
	}
	_, err := bed.Create().Do(t.Context(), ada, testbed.MemberOffer(org.ID, address, brands[0]))
	if got := testbed.FaultOf(err); got.Code != "invitation_pending" || got.ExistingID != second.ID {
		t.Errorf("inviting once more: %v", err)
	}
}
