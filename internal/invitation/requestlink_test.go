package invitation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// lapsedFor returns an invitation that has expired, and its invitee.
func lapsedFor(s *testbed.Scene) (testbed.Someone, invitation.Invitation) {
	i := s.Pending(s.Address("grace"))
	s.Advance(8 * 24 * time.Hour)
	return s.SomeoneWith("Grace", i.Invitee.Email), i
}

func requestLink(t *testing.T, s *testbed.Scene, who testbed.Someone, i invitation.Invitation) (invitation.LinkRequested, error) {
	t.Helper()
	return s.RequestLink().Do(t.Context(), who.Caller, invitation.RequestLinkInput{Token: byLink(i).Token})
}

// askedAt is what whoever opens the link learns of when another was asked for.
func askedAt(t *testing.T, s *testbed.Scene, who testbed.Someone, i invitation.Invitation) *time.Time {
	t.Helper()
	seen, err := s.Preview().Do(t.Context(), who.Caller, invitation.PreviewInput{Token: byLink(i).Token})
	if err != nil && !fault.HasCode(err, "invitation_superseded") {
		t.Fatal(err)
	}
	return seen.LinkRequestedAt
}

func TestRequestLink(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace, i := lapsedFor(s)
	before := stored(t, s, i.ID)
	log := s.Appended(s.Org, func() {
		got, err := requestLink(t, s, grace, i)
		if diff := cmp.Diff(invitation.LinkRequested{Scope: s.Org, ScopeName: "Acme", RequestedAt: s.Now()}, got); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	})
	if diff := cmp.Diff([]string{"InvitationLinkRequested"}, testbed.Types(log)); diff != "" {
		t.Fatal(diff)
	}
	asked, _ := log[0].Fact.(event.InvitationLinkRequested)
	if asked.User.ID != grace.User.ID || asked.Invitation.ID != i.ID || asked.Invitation.InvitedBy.ID != s.Ada.User.ID || log[0].Actor != grace.User.ID || log[0].Sequence != "1" {
		t.Errorf("logged %+v", log[0])
	}
	before.LinkRequestedAt = new(s.Now().UTC())
	if diff := cmp.Diff(before, stored(t, s, i.ID)); diff != "" {
		t.Errorf("the invitation has changed: %s", diff)
	}
	if got := askedAt(t, s, grace, i); got == nil || !got.Equal(s.Now()) {
		t.Errorf("its link says that it was asked for at %v", got)
	}
	if got := askedAt(t, s, s.Bob, i); got != nil {
		t.Errorf("to somebody else it says so, at %v", got)
	}
	s.Unchanged(t, s.ID, func() {
		_, err := requestLink(t, s, grace, i)
		testbed.CheckCode(t, err, fault.TooMany, "too_many_link_requests")
		if wait := testbed.FaultOf(err).RetryAfter; wait < 23*time.Hour || wait > 24*time.Hour {
			t.Errorf("ask again in %s", wait)
		}
	})
	s.AdvanceReal(24*time.Hour - time.Minute)
	_, err := requestLink(t, s, grace, i)
	testbed.CheckCode(t, err, fault.TooMany, "too_many_link_requests")
	s.AdvanceReal(time.Minute + time.Second)
	if _, err := requestLink(t, s, grace, i); err != nil {
		t.Errorf("a day later: %v", err)
	}
	resend(t, s.Bed, s.Ada, i)
	if got := askedAt(t, s, grace, i); got != nil {
		t.Errorf("the invitation was sent again, and a link was asked for at %v", got)
	}
}

// TestRequestLinkOfABrand: that of a deleted brand only explains.
func TestRequestLinkOfABrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("grace")}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := *out.Results[0].Invitation
	s.Advance(8 * 24 * time.Hour)
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	if got, err := requestLink(t, s, grace, i); err != nil || got.Scope != s.Globex || got.ScopeName != "Globex" {
		t.Errorf("got %+v, %v", got, err)
	}
	s.AdvanceReal(25 * time.Hour)
	s.DeleteScope(s.Globex)
	s.Unchanged(t, s.ID, func() {
		_, err := requestLink(t, s, grace, i)
		testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
	})
}

func TestRequestLinkOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace, i := lapsedFor(s)
	ask := func(caller request.Caller) (invitation.LinkRequested, error) {
		return s.RequestLink().Do(t.Context(), caller, invitation.RequestLinkInput{Token: byLink(i).Token})
	}
	caller := testbed.WithKey(grace.Caller, "ask-"+s.NewID(), "what is asked")
	first, err := ask(caller)
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	if again, err := ask(caller); err != nil || !cmp.Equal(first, again) {
		t.Errorf("repeated: got %+v, %v, want %+v", again, err, first)
	}
	_, err = ask(testbed.WithKey(caller, caller.Request.IdempotencyKey, "something else"))
	testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
}

// TestRequestLinkRefusals: only the invitee asks, and only in place of a link that does not work and may work again.
func TestRequestLinkRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace, i := lapsedFor(s)
	open := s.Pending(s.Address("hugo"))
	hugo := s.SomeoneWith("Hugo", open.Invitee.Email)
	closed := s.Pending(s.Address("ida"))
	ida := s.SomeoneWith("Ida", closed.Invitee.Email)
	s.SetStatus(s.Org, closed.ID, closed.InviteeKey, "closed")
	for name, c := range map[string]struct {
		who  testbed.Someone
		of   invitation.Invitation
		kind fault.Kind
		code string
	}{
		"anonymous":      {testbed.Someone{}, i, fault.Unauthenticated, "not_signed_in"},
		"not registered": {testbed.Someone{Caller: testbed.Caller("usr_" + s.NewID())}, i, fault.Forbidden, "not_registered"},
		"somebody else":  {hugo, i, fault.Forbidden, "wrong_account"},
		"not verified":   {s.Unverified("Grace", i.Invitee.Email), i, fault.Forbidden, "email_not_verified"},
		"the link works": {hugo, open, fault.Conflict, "invitation_pending"},
		"closed":         {ida, closed, fault.Gone, "invitation_closed"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := requestLink(t, s, c.who, c.of)
				testbed.CheckCode(t, err, c.kind, c.code)
			})
		})
	}
	_, err := s.RequestLink().Do(t.Context(), grace.Caller, invitation.RequestLinkInput{Token: "x"})
	testbed.CheckFault(t, err, fault.Unknown())
	resend(t, s.Bed, s.Ada, i)
	if _, err := requestLink(t, s, grace, i); err != nil {
		t.Errorf("in place of an older link: %v", err)
	}
	if got := askedAt(t, s, grace, i); got == nil {
		t.Error("of an older link it is not said that it was asked for")
	}
	if err := remove(t, s.Bed, s.Ada, i); err != nil {
		t.Fatal(err)
	}
	_, err = requestLink(t, s, grace, i)
	testbed.CheckCode(t, err, fault.Gone, "invitation_deleted")
}
