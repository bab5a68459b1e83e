package invitation_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// reminder returns the item that stands beside the guard of an invitation until its invitee is to be reminded.
func reminder(s *testbed.Scene, i invitation.Invitation) testbed.Item {
	return s.Item("INVITED#ORG#"+s.ID, "REMIND#"+i.InviteeKey)
}

func lasting(t *testing.T, s *testbed.Scene, days int, notify bool) invitation.Invitation {
	t.Helper()
	in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
	in.ExpiresInDays, in.Notify = &days, &notify
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.Results[0].Invitation
}

// TestReminderIsKept: TTL removes it two days before the end of what lasts longer than three (R12).
func TestReminderIsKept(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for days, kept := range map[int]bool{1: false, 3: false, 4: true, 7: true, 30: true} {
		i := lasting(t, s, days, days != 4)
		item := reminder(s, i)
		if (item != nil) != kept {
			t.Errorf("%d days: %v", days, item)
		}
		if !kept {
			continue
		}
		notify, _ := item["notify"].(map[string]any)["BOOL"].(bool)
		want := strconv.FormatInt(i.ExpiresAt.Add(-48*time.Hour).Unix(), 10)
		if testbed.Text(item, "expires") != want || testbed.Text(item, "id") != i.ID || testbed.Text(item, "generation") != "1" || notify != (days != 4) {
			t.Errorf("%d days: %v", days, item)
		}
	}
	i := lasting(t, s, 7, true)
	resend(t, s.Bed, s.Ada, i)
	if item := reminder(s, i); testbed.Text(item, "generation") != "2" {
		t.Errorf("after it was sent again: %v", item)
	}
}

func TestRemind(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	due := invitation.Reminder{Reference: i.Reference(), Notify: true, Due: s.Now().Add(5 * 24 * time.Hour)}
	remind := func(due invitation.Reminder) []testbed.Logged {
		return s.Appended(s.Org, func() {
			if err := s.Remind().Do(t.Context(), due); err != nil {
				t.Error(err)
			}
		})
	}
	s.Advance(5 * 24 * time.Hour)
	before := stored(t, s, i.ID)
	log := remind(due)
	if diff := cmp.Diff([]string{"InvitationExpiring"}, testbed.Types(log)); diff != "" {
		t.Fatal(diff)
	}
	if fact, _ := log[0].Fact.(event.InvitationExpiring); fact.Invitation.ID != i.ID || !fact.Notify || log[0].Actor != "system" || log[0].Sequence != "1" {
		t.Errorf("logged %+v", log[0])
	}
	if diff := cmp.Diff(before, stored(t, s, i.ID)); diff != "" {
		t.Errorf("the invitation has changed: %s", diff)
	}
	if again := remind(due); len(again) != 0 { // the stream brings records twice
		t.Errorf("twice: %+v", again)
	}
	resend(t, s.Bed, s.Ada, i)
	if stale := remind(due); len(stale) != 0 {
		t.Errorf("of an older link: %+v", stale)
	}
	due.Generation = 2
	if log := remind(due); len(log) != 1 {
		t.Errorf("of the newer link: %+v", log)
	}
}

// TestRemindComesTooLate: an answer, or an end within hours, drops it.
func TestRemindComesTooLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(s *testbed.Scene, i invitation.Invitation)
		want      int
	}{
		"hours before the end": {func(s *testbed.Scene, _ invitation.Invitation) { s.Advance(7*24*time.Hour - 12*time.Hour) }, 1},
		"too few hours before it": {func(s *testbed.Scene, _ invitation.Invitation) {
			s.Advance(7*24*time.Hour - 12*time.Hour + time.Second)
		}, 0},
		"after the end": {func(s *testbed.Scene, _ invitation.Invitation) { s.Advance(8 * 24 * time.Hour) }, 0},
		"declined": {func(s *testbed.Scene, i invitation.Invitation) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "declined")
		}, 0},
		"deleted": {func(s *testbed.Scene, i invitation.Invitation) {
			if err := remove(t, s.Bed, s.Ada, i); err != nil {
				t.Error(err)
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			i := s.Pending(s.Address("grace"))
			c.meanwhile(s, i)
			log := s.Appended(s.Org, func() {
				if err := s.Remind().Do(t.Context(), invitation.Reminder{Reference: i.Reference(), Due: i.ExpiresAt.Add(-48 * time.Hour)}); err != nil {
					t.Error(err)
				}
			})
			if len(log) != c.want {
				t.Errorf("logged %+v", log)
			}
		})
	}
}
