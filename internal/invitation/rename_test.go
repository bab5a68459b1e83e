package invitation_test

import (
	"slices"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// shownAs holds the name of its scope that each answer about an invitation says to those who manage it and to who holds its link.
func shownAs(t *testing.T, s *testbed.Scene, i invitation.Invitation, want string) {
	t.Helper()
	got := map[string]string{}
	one, err := s.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
	if err != nil {
		t.Fatal(err)
	}
	got["get"] = one.ScopeName
	list, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: i.Scope})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(list.Items, func(in invitation.Invitation) bool { return in.ID == i.ID })
	if at < 0 {
		t.Fatalf("%s is not listed", i.ID)
	}
	got["list"] = list.Items[at].ScopeName
	preview, err := s.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: testbed.Token(i.AcceptURL)})
	if err != nil {
		t.Fatal(err)
	}
	got["preview"] = preview.ScopeName
	for where, name := range got {
		if name != want {
			t.Errorf("%s of %s says %q, want %q", where, i.Scope, name, want)
		}
	}
}

// TestRenamed shows an invitation with the present name of what it leads to, and keeps that name when it is sent again.
func TestRenamed(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	toOrg := s.Pending(address)
	toBrand := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("hal")))
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: new("Apex")}); err != nil {
		t.Fatal(err)
	}
	s.RenameBrand(s.Globex, "Globe")
	shownAs(t, s, toOrg, "Apex")
	shownAs(t, s, toBrand, "Globe")

	hal := s.SomeoneWith("Hal", toBrand.Invitee.Email)
	in := func(managed, mine string) {
		t.Helper()
		one, err := s.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: s.Org, ID: toBrand.ID})
		must(t, err)
		list, err := s.Mine().Do(t.Context(), hal.Caller, invitation.MineInput{})
		if err != nil || len(list.Items) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if one.OrganizationName != managed || list.Items[0].OrganizationName != mine {
			t.Errorf("the brand is in %q, to the invitee in %q, want %q and %q", one.OrganizationName, list.Items[0].OrganizationName, managed, mine)
		}
	}
	in("Apex", "Acme") // what the invitee has is as it was sent

	keeps := func(i invitation.Invitation, name string) invitation.Invitation {
		t.Helper()
		again, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
		if err != nil || again.ScopeName != name {
			t.Errorf("sent again as %q, %v, want %q", again.ScopeName, err, name)
		}
		if kept := testbed.Text(s.Item("ORG#"+s.ID, "INVITATION#"+i.ID), "scope_name"); kept != name {
			t.Errorf("kept as %q, want %q", kept, name)
		}
		return again
	}
	toOrg = keeps(toOrg, "Apex")
	keeps(toBrand, "Globe")
	in("Apex", "Apex")
	if got := stored(t, s, toBrand.ID); got.ScopeName != "Globe" || got.Offer().Brands[0].Name != "Globe" {
		t.Errorf("the brand's invitation, from the organization: %+v", got)
	}

	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: new("Zenith")}); err != nil {
		t.Fatal(err)
	}
	declined, err := s.Decline().Do(t.Context(), request.Caller{}, invitation.DeclineInput{
		Locator: invitation.Locator{Token: testbed.Token(toOrg.AcceptURL)}, Email: address,
	})
	if err != nil || declined.ScopeName != "Zenith" {
		t.Errorf("declined %+v, %v", declined, err)
	}
}
