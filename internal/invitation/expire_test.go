package invitation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

func TestExpire(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, i := range map[string]invitation.Invitation{
		"of the organization": s.Pending(s.Address("grace")),
		"of a brand":          invite(t, s.Bed, s.Bob, brandOffer(s, access.Viewer, s.Address("bea"))),
	} {
		before := i
		s.RemoveGuard(i.Scope, i.InviteeKey)
		log := s.Appended(s.Org, func() { expired(t, s.Bed, i, 1) })
		if len(log) != 1 || log[0].Actor != "system" || log[0].Scope != i.Scope || log[0].Sequence != "2" || len(log[0].Touches) != 1 {
			t.Errorf("%s: log %+v", name, log)
		}
		if diff := cmp.Diff(event.Fact(event.InvitationExpired{Invitation: fact(i, invitation.Expired, 1)}), log[0].Fact); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		after := stored(t, s, i.ID)
		before.Status, before.Version, before.AcceptURL, before.Actions = invitation.Expired, 2, "", after.Actions
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestExpireComesLate has the stream bring the removal of a guard when the invitation has moved on. Nothing happens.
func TestExpireComesLate(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, bring := range map[string]func(i invitation.Invitation, who testbed.Someone) error{
		"sent again": func(i invitation.Invitation, _ testbed.Someone) error { resend(t, s.Bed, s.Ada, i); return nil },
		"accepted": func(i invitation.Invitation, who testbed.Someone) error {
			_, err := accept(t, s.Bed, who, i)
			return err
		},
		"declined":         func(i invitation.Invitation, who testbed.Someone) error { return decline(t, s.Bed, who, i) },
		"deleted":          func(i invitation.Invitation, _ testbed.Someone) error { return remove(t, s.Bed, s.Ada, i) },
		"recorded already": func(i invitation.Invitation, _ testbed.Someone) error { expired(t, s.Bed, i, 1); return nil },
		"closed": func(i invitation.Invitation, _ testbed.Someone) error {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "closed")
			return nil
		},
	} {
		i := s.Pending(s.Address("grace"))
		if err := bring(i, s.SomeoneWith("Grace", i.Invitee.Email)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.Unchanged(t, s.ID, func() {
			expired(t, s.Bed, i, 1)
			expired(t, s.Bed, i, 7)
		})
	}
	s.Unchanged(t, s.ID, func() {
		if recorded, err := s.Expire().Do(t.Context(), invitation.Reference{Root: s.Org, ID: "inv_" + s.NewID(), Generation: 1}); recorded || err != nil {
			t.Errorf("recorded %v, %v", recorded, err)
		}
	})
}
