package role

import (
	"context"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the roles of a workspace.
type ListInput struct {
	Scope access.Scope `path:"scope"`
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field { return nil }

// ListStore reads the roles of a workspace.
type ListStore interface {
	// Roles returns, in one round of consistent reads, the caller's standing in the workspace and its own roles: there are at most MaxRoles.
	Roles(ctx context.Context, caller string, workspace access.Scope) (access.Standing, []Role, error)
}

// List is the operation list-roles.
type List struct {
	Store ListStore
}

// Do returns all roles, the built-in one first, the others by name.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Role], error) {
	var none page.List[Role]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	standing, roles, err := op.Store.Roles(ctx, caller.User, in.Scope)
	if err != nil {
		return none, err
	}
	if err := standing.Require(access.Read); err != nil {
		return none, err
	}
	slices.SortFunc(roles, func(a, b Role) int {
		return strings.Compare(strings.ToLower(a.Name)+string(a.ID), strings.ToLower(b.Name)+string(b.ID))
	})
	roles = slices.Insert(roles, 0, admin())
	for i := range roles {
		roles[i] = roles[i].as(standing)
	}
	return page.List[Role]{Items: roles}, nil
}

// PermissionsInput asks for the permissions of workspaces.
type PermissionsInput struct{}

// Validate returns all bad fields.
func (in PermissionsInput) Validate() []fault.Field { return nil }

// Permissions is the operation list-permissions.
type Permissions struct{}

// Do returns the catalogue of which roles are made, in the order in which it is shown.
func (op Permissions) Do(_ context.Context, caller request.Caller, _ PermissionsInput) (page.List[access.Definition], error) {
	if err := caller.SignedIn(); err != nil {
		return page.List[access.Definition]{}, err
	}
	all := access.Catalogue(access.KindWorkspace)
	for i := range all {
		all[i].Implies = append([]access.Permission{}, all[i].Implies...) // a list in JSON, if an empty one
	}
	return page.List[access.Definition]{Items: all}, nil
}
