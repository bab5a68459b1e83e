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

// TestResend sends again from each status that allows it (R6): the same invitation, a new link, pending for a week, by the resender.
func TestResend(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	for name, bring := range map[string]func(i invitation.Invitation, who testbed.Someone){
		"pending": func(invitation.Invitation, testbed.Someone) {},
		"declined": func(i invitation.Invitation, who testbed.Someone) {
			if err := decline(t, s.Bed, who, i); err != nil {
				t.Fatal(err)
			}
		},
		"expired": func(i invitation.Invitation, _ testbed.Someone) {
			s.Advance(week)
			s.RemoveGuard(s.Org, i.InviteeKey)
			expired(t, s.Bed, i, 1)
		},
		"invalid_grant": func(i invitation.Invitation, _ testbed.Someone) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "invalid_grant")
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := s.Address(name)
			first := s.Pending(address)
			if err := s.Track().Do(t.Context(), testbed.Undelivered(first.Reference(), "mailbox does not exist")); err != nil {
				t.Fatal(err)
			}
			grace := s.SomeoneWith("Grace", address)
			bring(first, grace)
			s.Advance(invitation.ResendInterval)
			before := stored(t, s, first.ID)
			var got invitation.Invitation
			log := s.Appended(s.Org, func() {
				var err error
				if got, err = s.Resend().Do(t.Context(), otto.Caller, invitation.ResendInput{Scope: s.Org, ID: first.ID, IfMatch: before.Version}); err != nil {
					t.Fatal(err)
				}
			})
			want := before
			want.Status, want.InvitedBy, want.SentAt, want.ExpiresAt = invitation.Pending, by(otto), s.Now(), s.Now().Add(week)
			want.Version, want.Generation, want.RespondedAt, want.Delivery, want.AcceptURL = before.Version+1, 2, nil, nil, got.AcceptURL
			want.Actions = access.Actions{
				"resend": {Code: "too_many_resends", Reason: "This invitation was sent again less than a minute ago."}, "delete": {Allowed: true},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, stored(t, s, first.ID)); diff != "" {
				t.Errorf("stored: %s", diff)
			}
			if len(log) != 1 || log[0].Actor != otto.User.ID || log[0].Scope != s.Org {
				t.Fatalf("log %+v", log)
			}
			wantFact := event.InvitationResent{Invitation: fact(got, invitation.Pending, 2), Before: first.Offer(), After: first.Offer(), Notify: true}
			if diff := cmp.Diff(event.Fact(wantFact), log[0].Fact); diff != "" {
				t.Error(diff)
			}
			_, err := accept(t, s.Bed, grace, first)
			testbed.CheckCode(t, err, fault.Gone, "invitation_superseded")
			testbed.CheckCode(t, decline(t, s.Bed, grace, first), fault.Gone, "invitation_superseded")
			if joined, err := accept(t, s.Bed, grace, got); err != nil || joined.GrantedBy.ID != otto.User.ID {
				t.Errorf("by the new link: %+v, %v", joined, err)
			}
		})
	}
}

func TestResendFinished(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	accepted, closed := s.Pending(s.Address("accepted")), s.Pending(s.Address("closed"))
	if _, err := accept(t, s.Bed, s.SomeoneWith("Grace", accepted.Invitee.Email), accepted); err != nil {
		t.Fatal(err)
	}
	s.SetStatus(s.Org, closed.ID, closed.InviteeKey, "closed")
	s.Advance(time.Hour)
	s.Unchanged(t, s.ID, func() {
		for id, code := range map[string]string{accepted.ID: "invitation_accepted", closed.ID: "invitation_closed"} {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: id})
			testbed.CheckCode(t, err, fault.Conflict, code)
		}
	})
}

// TestResendOnceAMinute shows that the minute is between two resends: what was just created can be sent again, perhaps with other terms.
func TestResendOnceAMinute(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	again := func() error {
		_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
		return err
	}
	for range 2 {
		if err := again(); err != nil {
			t.Error(err)
		}
		s.Advance(time.Minute - time.Second)
		s.Unchanged(t, s.ID, func() {
			err := again()
			testbed.CheckCode(t, err, fault.TooMany, "too_many_resends")
			if wait := testbed.FaultOf(err).RetryAfter; wait != time.Second {
				t.Errorf("try again after %s", wait)
			}
		})
		s.Advance(time.Second)
	}
}

// TestResendWithOtherTerms shows R7: an edit is validated like a new invitation and never silently ignored.
func TestResendWithOtherTerms(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	message := "Welcome"
	offer := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
	offer.Message = &message
	i := invite(t, s.Bed, s.Ada, offer)
	before := i.Offer()
	publisher := access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(s, 0, access.Publisher)}}
	for _, step := range []struct {
		name    string
		terms   invitation.Terms
		want    access.Grant
		message string
		days    int
	}{
		{"nothing", invitation.Terms{}, publisher, "Welcome", 7},
		{"the brands", invitation.Terms{Brands: []string{s.Brands[1].ID, s.Brands[0].ID}, Message: new(" Hello "), ExpiresInDays: new(30)}, access.Grant{
			Role: access.Member, Brands: []access.BrandRole{inBrand(s, 1, access.Publisher), inBrand(s, 0, access.Publisher)},
		}, "Hello", 30},
		{"the role in them", invitation.Terms{BrandRole: access.Viewer, Message: new("")}, access.Grant{
			Role: access.Member, Brands: []access.BrandRole{inBrand(s, 1, access.Viewer), inBrand(s, 0, access.Viewer)},
		}, "", 7},
		{"to Admin", invitation.Terms{Role: access.Admin, Confirm: "Admin", Notify: new(false)}, access.Grant{Role: access.Admin}, "", 7},
		{"still Admin", invitation.Terms{Confirm: "admin"}, access.Grant{Role: access.Admin}, "", 7},
		{"back to Member", invitation.Terms{Role: access.Member, Brands: []string{s.Brands[0].ID}, BrandRole: access.Publisher, ExpiresInDays: new(1)}, publisher, "", 1},
	} {
		var got invitation.Invitation
		log := s.Appended(s.Org, func() {
			var err error
			if got, err = s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID, Terms: step.terms}); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
		})
		if diff := cmp.Diff(step.want, got.Offer()); diff != "" || got.Message != step.message || !got.ExpiresAt.Equal(s.Now().Add(time.Duration(step.days)*24*time.Hour)) {
			t.Errorf("%s: %+v %s", step.name, got, diff)
		}
		wantFact := event.InvitationResent{
			Invitation: fact(got, invitation.Pending, got.Generation), Before: before, After: step.want, Notify: step.terms.Notify == nil,
		}
		if len(log) != 1 || cmp.Diff(event.Fact(wantFact), log[0].Fact) != "" {
			t.Errorf("%s: log %+v", step.name, log)
		}
		before = step.want
		s.Advance(invitation.ResendInterval)
	}
	admin := invite(t, s.Bed, s.Ada, testbed.AdminOffer(s.ID, s.Address("admin")))
	inGlobex := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("viewer")))
	for _, c := range []struct {
		name  string
		id    string
		terms invitation.Terms
		want  string
	}{
		{"an Admin without typing it", admin.ID, invitation.Terms{}, "/confirm confirmation_required"},
		{"to Admin without typing it", i.ID, invitation.Terms{Role: access.Admin}, "/confirm confirmation_required"},
		{"to Member without a brand", admin.ID, invitation.Terms{Role: access.Member}, "/brands required/brand_role required"},
		{"without its brands", i.ID, invitation.Terms{Brands: []string{}}, "/brands required"},
		{"an unknown role", i.ID, invitation.Terms{Role: "boss"}, "/role unknown_role"},
		{"an unknown brand", i.ID, invitation.Terms{Brands: []string{s.Hooli.Brand}}, "/brands/0 unknown_brand"},
		{"a role of organizations in a brand", inGlobex.ID, invitation.Terms{Role: access.Member}, "/role unknown_role"},
		{"brands in a brand", inGlobex.ID, invitation.Terms{Brands: []string{s.Initech.Brand}}, "/brands not_allowed"},
		{"too long", i.ID, invitation.Terms{ExpiresInDays: new(31)}, "/expires_in_days out_of_range"},
	} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: c.id, Terms: c.terms})
			got := ""
			for _, field := range testbed.FaultOf(err).Fields {
				got += field.Pointer + " " + field.Code
			}
			if got != c.want {
				t.Errorf("%s: got %q, %v", c.name, got, err)
			}
		})
	}
}

// TestResendConflicts shows what stands against sending again: another open invitation (R13), a membership (R14, R23), another version.
func TestResendConflicts(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	declined := s.Pending(s.Address("twice"))
	if _, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(declined), Email: declined.Invitee.Email}); err != nil {
		t.Fatal(err)
	}
	open := s.Pending(declined.Invitee.Email)
	in, promoted := s.Pending(s.Address("member")), invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("promoted")))
	brandMember := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("brand-member")))
	grace, bea, joan := s.SomeoneWith("Grace", in.Invitee.Email), s.SomeoneWith("Bea", promoted.Invitee.Email), s.SomeoneWith("Joan", brandMember.Invitee.Email)
	s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
	s.Promote(s.Ada, s.ID, bea)
	elsewhere := testbed.MemberOffer(s.ID, joan.User.Email, s.Brands[0])
	if out, err := s.Create().Do(t.Context(), s.Ada.Caller, elsewhere); err != nil || out.Results[0].Outcome != invitation.Joined {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, c := range []struct {
		i        invitation.Invitation
		code, id string
	}{
		{declined, "invitation_pending", open.ID},
		{in, "already_member", grace.User.ID},
		{promoted, "already_organization_admin", bea.User.ID},
		{brandMember, "already_member", joan.User.ID},
	} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: c.i.ID})
			testbed.CheckCode(t, err, fault.Conflict, c.code)
			if got := testbed.FaultOf(err).ExistingID; got != c.id {
				t.Errorf("%s names %q, want %q", c.code, got, c.id)
			}
		})
	}
	for _, version := range []int{-1, 2} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: open.ID, IfMatch: version})
			testbed.CheckCode(t, err, fault.Stale, "stale_version")
		})
	}
}

// TestResendToADeletedBrand: what leads to a deleted brand is closed, whatever it says.
func TestResendToADeletedBrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("grace")))
	s.DeleteScope(s.Globex)
	s.Unchanged(t, s.ID, func() {
		_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
		testbed.CheckCode(t, err, fault.Conflict, "invitation_closed")
	})
}

func TestResendOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	i := s.Pending(s.Address("grace"))
	testbed.Repeats(t, testbed.Repeatable{
		Bed: s.Bed, Caller: s.Ada.Caller, Other: otto.Caller,
		Do: func(caller request.Caller) (string, error) {
			got, err := s.Resend().Do(t.Context(), caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
			return got.AcceptURL, err
		},
		Log:      func(string) []testbed.Logged { return s.Log(s.Org) },
		DayLater: func() { s.Advance(invitation.ResendInterval) },
	})
}
