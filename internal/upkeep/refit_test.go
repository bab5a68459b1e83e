package upkeep_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// offered is what an invitation offers: as its Admins, its invitee, and whoever has the link see it.
type offered struct {
	Status invitation.Status
	Reason string
	Name   string // of the scope
	Brands []string
	Mine   []string // in the invitee's list: the scope, then the brands; nil when it is not there
	Link   []string // the same behind the link
}

func offer(t *testing.T, s *testbed.Scene, i invitation.Invitation) offered {
	t.Helper()
	of := func(brands []access.BrandRole) []string {
		var names []string
		for _, b := range brands {
			names = append(names, b.Name)
		}
		return names
	}
	got, err := s.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: s.Org, ID: i.ID})
	if err != nil {
		t.Fatal(err)
	}
	o := offered{Status: got.Status, Reason: got.Reason, Name: got.ScopeName, Brands: of(got.Brands)}
	mine, err := s.Mine().Do(t.Context(), s.SomeoneWith("Grace", i.Invitee.Email).Caller, invitation.MineInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range mine.Items {
		if item.ID == i.ID {
			o.Mine = append([]string{item.ScopeName}, of(item.Brands)...)
		}
	}
	preview, err := s.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: testbed.Token(i.AcceptURL)})
	if err != nil {
		t.Fatal(err)
	}
	o.Link = append([]string{preview.ScopeName}, of(preview.Brands)...)
	return o
}

// shows compares what invitations show with what they have to.
func shows(t *testing.T, s *testbed.Scene, want map[*invitation.Invitation]offered) {
	t.Helper()
	for i, o := range want {
		if diff := cmp.Diff(o, offer(t, s, *i)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", i.Invitee.Email, diff)
		}
	}
}

// TestOffersOfADeletedBrand: invitations to the organization lose a brand that is deleted, and are not valid any more when they offer nothing else (R26).
func TestOffersOfADeletedBrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	lapsed, lapsedBoth := s.Pending(s.Address("late")), s.Invite(s.Ada.Caller, s.ID, s.Address("later"), s.Brands...)
	s.Advance(8 * 24 * time.Hour)
	both, one, other := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...), s.Pending(s.Address("one")), s.Invite(s.Ada.Caller, s.ID, s.Address("other"), s.Brands[1])
	deleted := deleteGlobex(t, s)
	log := s.Appended(s.Org, func() { clean(t, s, deleted) })
	if len(log) != 1 || log[0].Actor != access.System.ID {
		t.Fatalf("log %+v", log)
	}
	if fact, is := log[0].Fact.(event.InvitationInvalidated); !is || fact.Invitation.ID != one.ID || fact.Reason != invitation.ReasonBrandsDeleted || len(fact.Invitation.Offer.Brands) != 1 {
		t.Errorf("%+v", log[0].Fact)
	}
	if got := newest(s, 1)[0].Detail.Metadata.CorrelationID; got == "" || got != deleted.Detail.Metadata.CorrelationID {
		t.Errorf("the correlation id is %q", got)
	}
	initech := []string{"Acme", "Initech"}
	shows(t, s, map[*invitation.Invitation]offered{
		&both:       {Status: invitation.Pending, Name: "Acme", Brands: []string{"Initech"}, Mine: initech, Link: initech},
		&other:      {Status: invitation.Pending, Name: "Acme", Brands: []string{"Initech"}, Mine: initech, Link: initech},
		&one:        {Status: invitation.InvalidGrant, Reason: invitation.ReasonBrandsDeleted, Name: "Acme", Brands: []string{"Globex"}, Link: []string{"Acme", "Globex"}},
		&lapsed:     {Status: invitation.Expired, Name: "Acme", Brands: []string{"Globex"}, Link: []string{"Acme", "Globex"}},
		&lapsedBoth: {Status: invitation.Expired, Name: "Acme", Brands: []string{"Initech"}, Link: initech},
	})
	if s.Guarded(s.Org, one.InviteeKey) != "" || s.Guarded(s.Org, both.InviteeKey) != both.ID {
		t.Error("the guards are not those of what is open")
	}
	// Who is about to send it again learns that it is another offer now, and needs not name what is left.
	_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: both.ID, IfMatch: both.Version})
	testbed.CheckCode(t, err, fault.Stale, "stale_version")
	if again, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: both.ID}); err != nil || len(again.Brands) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	again, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: one.ID, Terms: invitation.Terms{Brands: []string{s.Initech.Brand}}})
	if err != nil || again.Status != invitation.Pending || again.Reason != "" {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestOffersFollowNames: open invitations call what they lead to by its present name, and stay the same offer.
func TestOffersFollowNames(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	both, toGlobex := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...), invite(t, s, s.Globex, s.Address("brand"), inBrand(access.Viewer))
	if _, err := s.UpdateBrand().Do(t.Context(), s.Ada.Caller, brand.UpdateInput{Scope: s.Globex, Name: "Globex Ltd."}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: new("Acme Group")}); err != nil {
		t.Fatal(err)
	}
	cleaned(t, s, newest(s, 2))
	names := []string{"Globex Ltd.", "Initech"}
	shows(t, s, map[*invitation.Invitation]offered{
		&both:     {Status: invitation.Pending, Name: "Acme Group", Brands: names, Mine: append([]string{"Acme Group"}, names...), Link: append([]string{"Acme Group"}, names...)},
		&toGlobex: {Status: invitation.Pending, Name: "Globex Ltd.", Mine: []string{"Globex Ltd."}, Link: []string{"Globex Ltd."}},
	})
	if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: both.ID, IfMatch: both.Version}); err != nil {
		t.Errorf("it is another version: %v", err)
	}
}

// TestOfferMadeMeanwhile: an invitation that commits while a brand of it is being deleted loses that by its own event.
func TestOfferMadeMeanwhile(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	both := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...)
	made := newest(s, 1)
	cleaned(t, s, made) // nothing is to be done
	s.DeleteScope(s.Globex)
	cleaned(t, s, made)
	if got := offer(t, s, both); len(got.Brands) != 1 || len(got.Mine) != 2 {
		t.Errorf("%+v", got)
	}
}
