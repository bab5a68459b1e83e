package accessrequest_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// scene is a scene in which people ask for access.
type scene struct{ *testbed.Scene }

func newScene(t *testing.T) scene {
	t.Helper()
	return scene{testbed.NewScene(t)}
}

// askAccounts lets invitations of people with an account stay open.
func (s scene) askAccounts() {
	s.T.Helper()
	if _, err := s.UpdateOrganization().Do(s.T.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		s.T.Fatal(err)
	}
}

// inviteTo invites somebody to a brand as Viewer.
func (s scene) inviteTo(brand access.Scope, who testbed.Someone) invitation.Invitation {
	s.T.Helper()
	out, err := s.Create().Do(s.T.Context(), s.Ada.Caller, invitation.CreateInput{
		Scope: brand, Invitees: []invitation.Invitee{{Email: who.User.Email}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil || out.Results[0].Invitation == nil {
		s.T.Fatalf("%+v, %v", out, err)
	}
	return *out.Results[0].Invitation
}

// listed returns what Ada sees of a status.
func (s scene) listed(status accessrequest.Status) []accessrequest.AccessRequest {
	s.T.Helper()
	got, err := s.AccessRequests().Do(s.T.Context(), s.Ada.Caller, accessrequest.ListInput{Scope: s.Org, Status: status})
	if err != nil {
		s.T.Fatal(err)
	}
	return got.Items
}

// membership returns what somebody has in the organization, nil for nothing.
func (s scene) membership(who testbed.Someone) *member.Membership {
	s.T.Helper()
	m, err := s.GetMember().Do(s.T.Context(), who.Caller, member.GetInput{Scope: s.Org, User: "me"})
	if err != nil {
		return nil
	}
	return &m
}

// publisher is an approval as Publisher of the scene's Globex.
func (s scene) publisher(id string) accessrequest.ApproveInput {
	return accessrequest.ApproveInput{
		Scope: s.Org, ID: id, Offer: member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Publisher},
	}
}

// guarded reports which request keeps somebody from asking again.
func (s scene) guarded(who testbed.Someone) string {
	s.T.Helper()
	return testbed.Text(s.Item("ORG#"+s.ID, "REQUESTED#"+who.User.ID), "id")
}
