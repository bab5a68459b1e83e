package invitation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestMailFailsMeanwhile notes that the mail with the present link failed just before an invitation moves on. Whatever that is, what is noted
// stays, as long as it is about the link that the invitation has; so does what was noted before.
func TestMailFailsMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(t *testing.T, s *testbed.Scene, i invitation.Invitation)
		status invitation.Status
		log    []string
		before string // the failure that was noted already
	}{
		"accepted": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			_, err := accept(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i)
			must(t, err)
		}, invitation.Accepted, []string{"InvitationAccepted", "MemberAdded"}, ""},
		"declined": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			must(t, decline(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i))
		}, invitation.Declined, []string{"InvitationDeclined"}, ""},
		"declined after another failure": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			must(t, decline(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i))
		}, invitation.Declined, []string{"InvitationDeclined"}, "mailbox is full"},
		"its brand is gone": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			s.DeleteScope(s.Globex)
			_, err := accept(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i)
			failsWith(t, err, "invalid_grant")
		}, invitation.InvalidGrant, []string{"InvitationInvalidated"}, ""},
		"expired": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			s.Advance(week)
			expired(t, s.Bed, i, 1)
		}, invitation.Expired, []string{"InvitationExpired"}, ""},
		"invited again after its time": {func(_ *testing.T, s *testbed.Scene, i invitation.Invitation) {
			s.Advance(week)
			s.Pending(i.Invitee.Email)
		}, invitation.Expired, []string{"InvitationExpired", "InvitationCreated"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			i := s.Pending(s.Address("grace"))
			failed := invitation.Delivery{Status: "failed", Detail: "mailbox does not exist", At: s.Now()}
			if c.before != "" {
				failed.Detail = c.before
				must(t, s.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), c.before)))
			} else {
				c.log = append([]string{"InvitationDeliveryFailed"}, c.log...)
			}
			nth := 1
			if c.status != invitation.Expired { // the invitee registers first
				nth = 2
			}
			fails := func() {
				if c.before == "" {
					failed.At = s.Now()
				}
				must(t, s.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), "mailbox does not exist")))
			}
			proxy.Inject("TransactWriteItems", nth, tableproxy.Before(fails))
			log := s.Appended(s.Org, func() { c.do(t, s, i) })
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" {
				t.Error(diff)
			}
			got := stored(t, s, i.ID)
			if diff := cmp.Diff(&failed, got.Delivery); diff != "" || got.Status != c.status {
				t.Errorf("%s: %s", got.Status, diff)
			}
		})
	}
}

// TestMailFailsWhileAnotherIsSentAgain notes it on an invitation that has lapsed, just before a declined one of the same person takes its place.
func TestMailFailsWhileAnotherIsSentAgain(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	declined := s.Pending(s.Address("grace"))
	_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(declined), Email: declined.Invitee.Email})
	must(t, err)
	lapsed := s.Pending(declined.Invitee.Email)
	s.Advance(week)
	failed := invitation.Delivery{Status: "failed", Detail: "mailbox does not exist"}
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		failed.At = s.Now()
		must(t, s.Track().Do(t.Context(), testbed.Undelivered(lapsed.Reference(), failed.Detail)))
	}))
	resend(t, s.Bed, s.Ada, declined)
	got := stored(t, s, lapsed.ID)
	if diff := cmp.Diff(&failed, got.Delivery); diff != "" || got.Status != invitation.Expired {
		t.Errorf("%s: %s", got.Status, diff)
	}
	consistent(t, s.Bed, s.ID)
}

// TestMailOfAnEarlierLinkFails notes that a mail failed just before the invitation is sent again, and just after: that says nothing about the new
// link's.
func TestMailOfAnEarlierLinkFails(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	i := s.Pending(s.Address("grace"))
	fails := func() {
		must(t, s.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), "mailbox does not exist")))
	}
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(fails))
	resend(t, s.Bed, s.Ada, i)
	fails()
	list, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: invitation.FilterDeliveryFailed})
	if got := stored(t, s, i.ID); got.Delivery != nil || err != nil || len(list.Items) != 0 {
		t.Errorf("%+v, listed %+v, %v", got.Delivery, list.Items, err)
	}
}

// TestUndeliveredMovesOn accepts an invitation whose mail has failed, by a link that came in another way. It is listed as what it is then.
func TestUndeliveredMovesOn(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	failed := invitation.Delivery{Status: "failed", Detail: "mailbox does not exist", At: s.Now()}
	must(t, s.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), failed.Detail)))
	_, err := accept(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i)
	must(t, err)
	for status, want := range map[invitation.Filter]int{invitation.FilterDeliveryFailed: 0, invitation.Filter(invitation.Accepted): 1, invitation.FilterAll: 1} {
		list, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: status})
		if err != nil || len(list.Items) != want {
			t.Errorf("%q: %+v, %v", status, list.Items, err)
		}
	}
	if diff := cmp.Diff(&failed, stored(t, s, i.ID).Delivery); diff != "" {
		t.Error(diff)
	}
}
