package organization_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestGet(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	no := func(permission access.Permission) access.Action {
		return access.ActionFrom(access.MissingPermissions(permission))
	}
	member := access.Actions{
		"update": no(access.ManageSettings), "delete": no(access.ManageSettings), "list_audit_log": no(access.ViewAudit), "create_brand": no(access.ManageBrands), "create_invitation": no(access.ManageUsers),
		"list_members": no(access.ManageUsers), "list_invitations": no(access.ManageUsers),
		"list_access_requests": no(access.ManageUsers),
	}
	for _, one := range []testbed.Someone{s.Bob, s.Cleo, s.Dan} {
		got, err := s.GetOrganization().Do(t.Context(), one.Caller, organization.GetInput{Scope: s.Org})
		if err != nil || got.Name != "Acme" {
			t.Errorf("%s: %+v, %v", one.User.Name, got, err)
		}
		if diff := cmp.Diff(member, got.Actions); diff != "" {
			t.Errorf("%s: %s", one.User.Name, diff)
		}
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.Read, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.GetOrganization().Do(ctx, caller, organization.GetInput{Scope: scope})
		return err
	}}.Refusals(t)
}
