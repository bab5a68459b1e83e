package organization_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestDelete shows R26: nobody has anything in the organization or in its brands from the commit on.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	open := s.Pending(s.Address("grace"))
	remove := func(in organization.DeleteInput) error {
		in.Scope = s.Org
		_, err := s.DeleteOrganization().Do(t.Context(), s.Ada.Caller, in)
		return err
	}
	s.Unchanged(t, s.ID, func() {
		for _, typed := range []string{"", "acme", "Acme Group"} {
			testbed.CheckCode(t, remove(organization.DeleteInput{Confirm: typed}), fault.Invalid, fault.ConfirmationRequired)
		}
		testbed.CheckFault(t, remove(organization.DeleteInput{Confirm: "Acme", IfMatch: 2}), organization.Stale())
	})
	log := s.Appended(s.Org, func() {
		if err := remove(organization.DeleteInput{Confirm: "Acme", IfMatch: 1}); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{
		Type: "OrganizationDeleted", Actor: s.Ada.User.ID, Scope: s.Org, Sequence: "2",
		Fact: event.OrganizationDeleted{Organization: s.ID, Before: event.Settings{
			Name: "Acme", ExistingAccounts: "join", ListBrandsToRequesters: new(true),
			Connections: []event.ConnectionSetting{{ID: s.JoinPage, Name: "Join page", Enabled: true}},
		}},
	}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	testbed.CheckFault(t, remove(organization.DeleteInput{Confirm: "Acme"}), fault.Unknown())
	for _, who := range []testbed.Someone{s.Ada, s.Bob, s.Cleo} {
		_, err := s.GetOrganization().Do(t.Context(), who.Caller, organization.GetInput{Scope: s.Org})
		testbed.CheckFault(t, err, fault.Unknown())
		for _, scope := range []access.Scope{s.Org, s.Globex} {
			can, err := s.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: scope, Permission: access.Read}})
			if err != nil || can.Verdict.Allowed {
				t.Errorf("%s reads %s: %+v, %v", who.User.Name, scope, can, err)
			}
		}
		mine, err := s.MyAccess().Do(t.Context(), who.Caller, member.MyAccessInput{Query: page.Query{}})
		if err != nil || len(mine.Items) != 0 {
			t.Errorf("%s has access: %+v, %v", who.User.Name, mine, err)
		}
	}
	_, err := s.Accept().Do(t.Context(), s.SomeoneWith("Grace", open.Invitee.Email).Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(open.AcceptURL)}})
	testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
}

func TestDeleteRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageSettings, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.DeleteOrganization().Do(ctx, caller, organization.DeleteInput{Scope: scope, Confirm: "Acme"})
		return err
	}}.Refusals(t)
}
