package invitation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	nobody := testbed.Someone{}
	unproven := testbed.Someone{}
	address := s.Address("Grace")
	user, err := s.Register().Do(t.Context(), request.Request{}, registration(s, address))
	if err != nil {
		t.Fatal(err)
	}
	unproven.Caller = testbed.Caller(user.ID)
	i := s.Pending(address)
	grace := s.SomeoneWith("Grace", address)
	unregistered := testbed.Someone{Caller: testbed.Caller("usr_" + s.NewID())}
	want := invitation.Preview{
		Scope: s.Org, ScopeName: "Acme", Role: access.NamedRole{ID: access.Member}, Brands: []access.BrandRole{inBrand(s, 0, access.Publisher)},
		InvitedBy: invitation.PreviewName{Name: "Ada"}, ExpiresAt: i.ExpiresAt, Status: invitation.Pending, InviteeHint: "g***@example.com",
		Organization: "Acme", Meaning: "member " + s.Globex.Brand,
	}
	preview := func(who testbed.Someone, token string) (invitation.Preview, error) {
		t.Helper()
		var got invitation.Preview
		var err error
		s.Unchanged(t, s.ID, func() {
			ctx, meter := telemetry.WithMeter(t.Context())
			got, err = s.Preview().Do(ctx, who.Caller, invitation.PreviewInput{Token: token})
			if _, writes := meter.Requests(); writes != 0 {
				t.Errorf("a preview wrote %d times", writes)
			}
		})
		return got, err
	}
	check := func(name string, who testbed.Someone, i invitation.Invitation, status invitation.Status, accept, decline string) {
		t.Helper()
		got, err := preview(who, testbed.Token(i.AcceptURL))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if got.Actions["accept"].Code != accept || got.Actions["accept"].Allowed != (accept == "") ||
			got.Actions["decline"].Code != decline || got.Actions["decline"].Allowed != (decline == "") {
			t.Errorf("%s: actions %+v", name, got.Actions)
		}
		want.Status, want.ExpiresAt, got.Actions, got.Version = status, i.ExpiresAt, nil, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	check("signed out", nobody, i, invitation.Pending, "not_signed_in", "not_signed_in")
	check("the invitee", grace, i, invitation.Pending, "", "")
	check("somebody else", s.Dan, i, invitation.Pending, "wrong_account", "wrong_account")
	check("with the address, unproven", unproven, i, invitation.Pending, "email_not_verified", "email_not_verified")
	check("not registered", unregistered, i, invitation.Pending, "not_registered", "not_registered")
	s.Advance(week)
	check("expired", nobody, i, invitation.Expired, "not_signed_in", "not_signed_in")
	check("expired, the invitee", grace, i, invitation.Expired, "invitation_expired", "invitation_expired")
	check("expired, somebody else", s.Dan, i, invitation.Expired, "invitation_expired", "invitation_expired")
	again := resend(t, s.Bed, s.Ada, i)
	_, err = preview(grace, testbed.Token(i.AcceptURL))
	testbed.CheckCode(t, err, fault.Gone, "invitation_superseded")
	if err := decline(t, s.Bed, grace, again); err != nil {
		t.Fatal(err)
	}
	check("declined", grace, again, invitation.Declined, "invitation_declined", "invitation_declined")
	check("declined, somebody else", s.Dan, again, invitation.Declined, "invitation_declined", "invitation_declined")
	again = resend(t, s.Bed, s.Ada, i)
	s.SetStatus(s.Org, i.ID, i.InviteeKey, "invalid_grant")
	check("invalid", grace, again, invitation.InvalidGrant, "invalid_grant", "invalid_grant")
	again = resend(t, s.Bed, s.Ada, i)
	if _, err := accept(t, s.Bed, grace, again); err != nil {
		t.Fatal(err)
	}
	check("accepted by the reader", grace, again, invitation.Accepted, "", "invitation_accepted")
	check("accepted by another", s.Dan, again, invitation.Accepted, "invitation_accepted", "invitation_accepted")
	s.SetStatus(s.Org, i.ID, i.InviteeKey, "closed")
	check("closed", grace, again, invitation.Closed, "invitation_closed", "invitation_closed")
	if err := remove(t, s.Bed, s.Ada, i); err != nil {
		t.Fatal(err)
	}
	_, err = preview(nobody, testbed.Token(again.AcceptURL))
	testbed.CheckCode(t, err, fault.Gone, "invitation_deleted")
	s.DeleteScope(s.Org)
	_, err = preview(nobody, testbed.Token(again.AcceptURL))
	testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
}

func TestPreviewOfABrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := invite(t, s.Bed, s.Bob, brandOffer(s, access.Admin, s.Address("grace")))
	token := testbed.Token(i.AcceptURL)
	got, err := s.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: token})
	if err != nil || got.ScopeName != "Globex" || got.Scope != s.Globex || got.Role.ID != access.Admin || got.InvitedBy.Name != "Bob" {
		t.Errorf("%+v, %v", got, err)
	}
	s.DeleteScope(s.Globex)
	_, err = s.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: token})
	testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
}

// The invitee reads their own by its id as well; to everybody else it is unknown.
func TestPreviewWithoutALink(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	in := invitation.PreviewInput{Scope: s.Org, ID: i.ID}
	got, err := s.Preview().Do(t.Context(), grace.Caller, in)
	if err != nil || got.ScopeName != "Acme" || got.Version != i.Version || !got.Actions["decline"].Allowed {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		caller request.Caller
		in     invitation.PreviewInput
	}{
		{s.Eve.Caller, in},
		{s.Ada.Caller, in},
		{grace.Caller, invitation.PreviewInput{Scope: s.Globex, ID: i.ID}},
		{grace.Caller, invitation.PreviewInput{Scope: s.Org, ID: "inv_" + s.NewID()}},
		{request.Caller{}, invitation.PreviewInput{}}, // without a link either
	} {
		_, err := s.Preview().Do(t.Context(), c.caller, c.in)
		testbed.CheckFault(t, err, fault.Unknown())
	}
}

// TestForgedLinks shows that what we did not sign is unknown, whoever holds it, and costs no read.
func TestForgedLinks(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	token := testbed.Token(i.AcceptURL)
	other, err := invitation.NewLinks(testbed.BaseURL, "1:another-key-that-is-long-enough-0123456789abc")
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{
		"", "x", token[:len(token)-1], token[1:], token + "A", token + "==", strings.ToLower(token), testbed.Token(other.URL(i)),
		strings.Repeat("A", len(token)), "B" + token[1:], strings.Repeat("x", 100_000), "../" + token,
	}
	for at := range 20 { // a changed character anywhere
		changed := []byte(token)
		if changed[at*len(token)/20] == 'A' {
			changed[at*len(token)/20] = 'B'
		} else {
			changed[at*len(token)/20] = 'A'
		}
		forged = append(forged, string(changed))
	}
	s.Unchanged(t, s.ID, func() {
		for _, token := range forged {
			ctx, meter := telemetry.WithMeter(t.Context())
			locator := invitation.Locator{Token: token}
			_, previewed := s.Preview().Do(ctx, grace.Caller, invitation.PreviewInput{Token: token})
			errs := []error{previewed}
			if token != "" { // which would be a route of its own
				_, accepted := s.Accept().Do(ctx, grace.Caller, invitation.AcceptInput{Locator: locator})
				_, declined := s.Decline().Do(ctx, grace.Caller, invitation.DeclineInput{Locator: locator, Email: i.Invitee.Email})
				errs = append(errs, accepted, declined)
			}
			for _, err := range errs {
				testbed.CheckFault(t, err, fault.Unknown())
			}
			if requests, _ := meter.Requests(); requests != 0 {
				t.Errorf("%.60s cost %d requests", token, requests)
			}
		}
	})
}
