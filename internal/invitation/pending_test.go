package invitation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestSecondInvitation shows R13: one open invitation per person and scope, and the refusal names it.
func TestSecondInvitation(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("Grace")
	first := s.Pending(address)
	refused := func(in invitation.CreateInput, id string) {
		t.Helper()
		s.Unchanged(t, s.ID, func() {
			_, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
			testbed.CheckCode(t, err, fault.Conflict, "invitation_pending")
			if got := testbed.FaultOf(err).ExistingID; got != id {
				t.Errorf("names %q, want %q", got, id)
			}
		})
	}
	refused(testbed.MemberOffer(s.ID, address, s.Brands[1]), first.ID)
	refused(testbed.MemberOffer(s.ID, "  "+strings.ToUpper(address), s.Brands[0]), first.ID)
	refused(testbed.AdminOffer(s.ID, address), first.ID)

	// The organization and each of its brands are scopes of their own.
	inGlobex := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, address))
	initech := brandOffer(s, access.Viewer, address)
	initech.Scope = s.Initech
	invite(t, s.Bed, s.Ada, initech)
	refused(brandOffer(s, access.Admin, address), inGlobex.ID)

	// It makes no difference that the address has an account by now.
	s.SomeoneWith("Grace", strings.ToLower(address))
	refused(testbed.MemberOffer(s.ID, address, s.Brands[0]), first.ID)
	refused(brandOffer(s, access.Viewer, address), inGlobex.ID)
}

// TestFinishedNeverBlocks invites again after each way in which an invitation ends.
func TestFinishedNeverBlocks(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, end := range map[string]func(invitation.Invitation, testbed.Someone) error{
		"accepted and removed": func(i invitation.Invitation, who testbed.Someone) error {
			_, err := accept(t, s.Bed, who, i)
			s.EraseMember(s.ID, who.User.ID)
			return err
		},
		"declined": func(i invitation.Invitation, who testbed.Someone) error { return decline(t, s.Bed, who, i) },
		"deleted":  func(i invitation.Invitation, _ testbed.Someone) error { return remove(t, s.Bed, s.Ada, i) },
		"closed": func(i invitation.Invitation, who testbed.Someone) error {
			s.SetStatus(s.Org, i.ID, who.Key(), "closed")
			return nil
		},
		"invalid_grant": func(i invitation.Invitation, who testbed.Someone) error {
			s.SetStatus(s.Org, i.ID, who.Key(), "invalid_grant")
			return nil
		},
	} {
		address := s.Address(strings.ReplaceAll(name, " ", "-"))
		first := s.Pending(address)
		if err := end(first, s.SomeoneWith("Grace", address)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if guard := s.Guarded(s.Org, strings.ToLower(address)); guard != "" {
			t.Errorf("%s: the guard of %s is left", name, guard)
		}
		out, err := s.Create().Do(t.Context(), s.Ada.Caller, testbed.MemberOffer(s.ID, address, s.Brands[0]))
		if err != nil || out.Results[0].Outcome != invitation.Joined {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
}

// expiredOnce checks that the expiry of a first-generation invitation is logged exactly once, however often the stream brings it.
func expiredOnce(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
	t.Helper()
	for range 2 {
		expired(t, s.Bed, i, 1)
	}
	var found []testbed.Logged
	for _, entry := range s.Log(s.Org) {
		if f, ok := entry.Fact.(event.InvitationExpired); ok && f.Invitation.ID == i.ID {
			found = append(found, entry)
		}
	}
	want := []testbed.Logged{{
		Type: "InvitationExpired", Actor: "system", Scope: i.Scope, Touches: []access.Scope{s.Globex}, User: i.InviteeKey, Sequence: "2",
		Fact: event.InvitationExpired{Invitation: fact(i, invitation.Expired, 1)},
	}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("the expiry in the log: %s", diff)
	}
}

// TestLapsed shows that a lapsed invitation does not block, and that whoever comes first logs its expiry, once (R13).
func TestLapsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		guard string // what TTL has done when somebody comes: nothing, removed the guard, or had the stream bring it as well
		does  func(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation)
		want  []string
	}{
		"invited again":               {"there", inviteAgain, []string{"InvitationExpired", "InvitationCreated"}},
		"invited again, guard gone":   {"gone", inviteAgain, []string{"InvitationCreated"}},
		"invited again, all done":     {"done", inviteAgain, []string{"InvitationCreated"}},
		"joins at once":               {"there", joinInstead, []string{"InvitationExpired", "MemberAdded"}},
		"joins at once, guard gone":   {"gone", joinInstead, []string{"MemberAdded"}},
		"resent":                      {"there", resendIt, []string{"InvitationExpired", "InvitationResent"}},
		"resent, guard gone":          {"gone", resendIt, []string{"InvitationExpired", "InvitationResent"}},
		"resent, all done":            {"done", resendIt, []string{"InvitationResent"}},
		"deleted":                     {"there", deleteIt, []string{"InvitationExpired", "InvitationDeleted", "InvitationCreated"}},
		"deleted, guard gone":         {"gone", deleteIt, []string{"InvitationExpired", "InvitationDeleted", "InvitationCreated"}},
		"deleted, all done":           {"done", deleteIt, []string{"InvitationDeleted", "InvitationCreated"}},
		"deleted behind a newer one":  {"there", deleteBehind, []string{"InvitationExpired", "InvitationCreated", "InvitationDeleted"}},
		"deleted behind, guard gone":  {"gone", deleteBehind, []string{"InvitationCreated", "InvitationExpired", "InvitationDeleted"}},
		"another one is sent again":   {"there", resendAnother, []string{"InvitationExpired", "InvitationResent"}},
		"another one, the guard gone": {"gone", resendAnother, []string{"InvitationResent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			address := s.Address("grace")
			if strings.Contains(name, "another") { // which was declined before
				earlier := s.Pending(address)
				if _, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(earlier), Email: address}); err != nil {
					t.Fatal(err)
				}
			}
			lapsed := s.Pending(address)
			s.Advance(week + 500*time.Millisecond)
			if c.guard != "there" {
				s.RemoveGuard(s.Org, strings.ToLower(address))
			}
			if c.guard == "done" {
				expired(t, s.Bed, lapsed, 1)
			}
			log := s.Appended(s.Org, func() { c.does(t, s, lapsed) })
			if diff := cmp.Diff(c.want, testbed.Types(log)); diff != "" {
				t.Error(diff)
			}
			if len(log) == 2 && log[1].Scope == log[0].Scope && log[1].Sequence == log[0].Sequence && !strings.Contains(name, "another") && log[1].Type != "MemberAdded" && log[1].Type != "InvitationCreated" {
				t.Errorf("both entries have sequence %s", log[0].Sequence)
			}
			expiredOnce(t, s, lapsed)
		})
	}
}

func inviteAgain(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	next := s.Pending(lapsed.Invitee.Email)
	if guard := s.Guarded(s.Org, next.InviteeKey); guard != next.ID {
		t.Errorf("the guard is of %q", guard)
	}
	statusIs(t, s, lapsed, invitation.Expired)
	statusIs(t, s, next, invitation.Pending)
}

func joinInstead(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	grace := s.SomeoneWith("Grace", lapsed.Invitee.Email)

	out, err := s.Create().Do(t.Context(), s.Ada.Caller, testbed.MemberOffer(s.ID, grace.User.Email, s.Brands[0]))
	if err != nil || out.Results[0].Outcome != invitation.Joined {
		t.Fatalf("%+v, %v", out, err)
	}
	if guard := s.Guarded(s.Org, grace.Key()); guard != "" {
		t.Errorf("the guard of %s is left", guard)
	}
}

func resendIt(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	again := resend(t, s.Bed, s.Ada, lapsed)
	statusIs(t, s, again, invitation.Pending)
	if guard := s.Guarded(s.Org, lapsed.InviteeKey); guard != lapsed.ID {
		t.Errorf("the guard is of %q", guard)
	}
}

func deleteIt(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	if err := remove(t, s.Bed, s.Ada, lapsed); err != nil {
		t.Fatal(err)
	}
	if guard := s.Guarded(s.Org, lapsed.InviteeKey); guard != "" {
		t.Errorf("the guard of %s is left", guard)
	}
	s.Pending(lapsed.Invitee.Email)
}

// deleteBehind deletes it when another invitation has taken its place.
func deleteBehind(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	newer := s.Pending(lapsed.Invitee.Email)
	if err := remove(t, s.Bed, s.Ada, lapsed); err != nil {
		t.Fatal(err)
	}
	if guard := s.Guarded(s.Org, lapsed.InviteeKey); guard != newer.ID {
		t.Errorf("the guard is of %q", guard)
	}
}

// resendAnother sends the person's declined invitation again, whose place the lapsed one still holds.
func resendAnother(t *testing.T, s *testbed.Scene, lapsed invitation.Invitation) {
	list, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org, Status: invitation.Filter(invitation.Declined)})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	again := resend(t, s.Bed, s.Ada, list.Items[0])
	if guard := s.Guarded(s.Org, lapsed.InviteeKey); guard != again.ID {
		t.Errorf("the guard is of %q", guard)
	}
	statusIs(t, s, again, invitation.Pending)
	statusIs(t, s, lapsed, invitation.Expired)
}

// TestSecondInvitationOfWhoOnlyInvites: nobody is told to resend what they may not.
func TestSecondInvitationOfWhoOnlyInvites(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	mel := l.Someone("Mel")
	l.Seat(l.Ada, l.In, l.Role(l.Ada, l.In, "Inviting", access.SendInvitations, "run_computation").ID, mel)
	in := l.asks(l.Analyst, l.Grace.User.Username)
	first := invite(t, l.Bed, l.Ada, in)
	for who, instead := range map[*testbed.Someone]string{&l.Bob: "Resend that one instead.", &mel: "Whoever manages invitations can resend it."} {
		want := invitation.AlreadyPending(first.ID)
		want.Message = "This person has an open invitation already. " + instead
		_, err := l.Create().Do(t.Context(), who.Caller, in)
		testbed.CheckFault(t, err, want)
	}
}
