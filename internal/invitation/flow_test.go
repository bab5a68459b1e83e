package invitation_test

import (
	"errors"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// TestInviteAndAccept walks the way of the guide: invited, accepted, in the list with who granted it and when.
func TestInviteAndAccept(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, adaUser := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex", "Initech")
	address := bed.Address("Grace")

	ctx, meter := telemetry.WithMeter(t.Context())
	out, err := bed.Create().Do(ctx, ada, testbed.MemberOffer(org.ID, address, brands[0]))
	if err != nil {
		t.Fatal(err)
	}
	if meter.Rounds() != 2 {
		t.Errorf("inviting a new address took %d rounds, want 2", meter.Rounds())
	}
	invited := *out.Results[0].Invitation
	if invited.Status != invitation.Pending || !invited.ExpiresAt.Equal(testbed.Start.Add(7*24*time.Hour)) {
		t.Errorf("status %s, expires %s", invited.Status, invited.ExpiresAt)
	}

	grace, _ := bed.PersonWith("Grace Hopper", address)
	ctx, meter = telemetry.WithMeter(t.Context())
	joined, err := bed.Accept().Do(ctx, grace, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(invited.AcceptURL)}})
	if err != nil {
		t.Fatal(err)
	}
	if meter.Rounds() != 3 {
		t.Errorf("accepting took %d rounds, want 3", meter.Rounds())
	}
	if joined.Role != access.Member || len(joined.Brands) != 1 || joined.Brands[0].Role != access.Publisher || joined.Brands[0].Name != "Globex" {
		t.Errorf("joined as %+v", joined)
	}
	if joined.GrantedBy.ID != adaUser.ID || joined.Via != member.ViaInvitation {
		t.Errorf("granted by %+v via %s", joined.GrantedBy, joined.Via)
	}

	ctx, meter = telemetry.WithMeter(t.Context())
	list, err := member.List{Store: bed.Table}.Do(ctx, ada, member.ListInput{Scope: access.Organization(org.ID)})
	if err != nil {
		t.Fatal(err)
	}
	if meter.Rounds() != 1 || len(list.Items) != 2 || list.Items[0].User.Name != "Ada" || list.Items[1].User.Name != "Grace Hopper" {
		t.Errorf("%d rounds, members %+v", meter.Rounds(), list.Items)
	}
	inBrand, err := member.List{Store: bed.Table}.Do(t.Context(), ada, member.ListInput{Scope: access.Brand(org.ID, brands[0].ID)})
	if err != nil || len(inBrand.Items) != 2 || inBrand.Items[1].Role != access.Publisher {
		t.Errorf("brand members %+v, %v", inBrand.Items, err)
	}

	ctx, meter = telemetry.WithMeter(t.Context())
	check, err := member.CheckAccess{Store: bed.Table}.Do(ctx, grace, member.CheckInput{Check: member.Check{
		Scope: access.Brand(org.ID, brands[0].ID), Permission: access.Publish,
	}})
	if err != nil || !check.Allowed || len(check.Because) != 1 || meter.Rounds() != 1 {
		t.Errorf("check %+v, %v, %d rounds", check, err, meter.Rounds())
	}

	again, err := bed.Accept().Do(t.Context(), grace, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(invited.AcceptURL)}})
	if err != nil || again.Version != joined.Version {
		t.Errorf("repeated accept: %+v, %v", again, err)
	}
}

// TestExpiryAndResend shows that the clock alone expires an invitation, that it is recorded once, and that resending gives a new link.
func TestExpiryAndResend(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	address := bed.Address("grace")
	invited := bed.Invite(ada, org.ID, address, brands[0])
	grace, _ := bed.PersonWith("Grace", address)
	bed.Advance(7 * 24 * time.Hour)

	accept := func(link string) error {
		_, err := bed.Accept().Do(t.Context(), grace, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(link)}})
		return err
	}
	if err := accept(invited.AcceptURL); !fault.HasCode(err, "invitation_expired") || !errors.Is(err, fault.Gone) {
		t.Errorf("accepting an expired invitation: %v", err)
	}
	list, err := bed.List().Do(t.Context(), ada, invitation.ListInput{Scope: access.Organization(org.ID), Status: invitation.Filter(invitation.Expired)})
	if err != nil || len(list.Items) != 1 || list.Items[0].Status != invitation.Expired {
		t.Errorf("expired: %+v, %v", list.Items, err)
	}
	pending, err := bed.List().Do(t.Context(), ada, invitation.ListInput{Scope: access.Organization(org.ID), Status: invitation.Filter(invitation.Pending)})
	if err != nil || len(pending.Items) != 0 {
		t.Errorf("pending: %+v, %v", pending.Items, err)
	}
	if _, err := bed.Expire().Do(t.Context(), invitation.Reference{Root: access.Organization(org.ID), ID: invited.ID, Generation: 1}); err != nil {
		t.Fatal(err)
	}
	resent, err := bed.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: access.Organization(org.ID), ID: invited.ID})
	if err != nil {
		t.Fatal(err)
	}
	if resent.Status != invitation.Pending || !resent.ExpiresAt.Equal(bed.Now().Add(7*24*time.Hour)) || resent.AcceptURL == invited.AcceptURL {
		t.Errorf("resent %+v", resent)
	}
	if err := accept(invited.AcceptURL); !fault.HasCode(err, "invitation_superseded") {
		t.Errorf("the old link: %v", err)
	}
	if err := accept(resent.AcceptURL); err != nil {
		t.Errorf("the new link: %v", err)
	}
}
