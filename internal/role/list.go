package role

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	page.Query
	// Leaving asks for those deleted ones, too, whose members have not all been given the role in their place (R18), as get-role shows them.
	Leaving bool
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field { return in.Query.Validate() }

// ListStore reads the roles of a workspace.
type ListStore interface {
	// Roles returns, in one round of consistent reads, the caller's standing in the workspace and its own roles: there are at most MaxRoles.
	Roles(ctx context.Context, caller string, workspace access.Scope) (access.Standing, []Role, error)
}

// List is the operation list-roles.
type List struct {
	Store ListStore
}

// Do returns a page of the roles: the built-in one first, then the others by name, those that are deleted last.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Role], error) {
	var none page.List[Role]
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return none, err
	}
	standing, roles, err := op.Store.Roles(ctx, caller.User, in.Scope)
	if err != nil {
		return none, err
	}
	if err := standing.Require(access.Read); err != nil {
		return none, err
	}
	roles = append(roles, admin())
	for _, id := range slices.Sorted(maps.Keys(standing.Roles)) {
		if left, exists := lookUp(standing, nil, id); exists && in.Leaving {
			roles = append(roles, left)
		}
	}
	for i := range roles {
		roles[i] = roles[i].as(caller, standing)
	}
	page.Sort(roles, func(a, b Role) int { return cmp.Compare(place(a), place(b)) })
	return page.Of(roles, in.Query, place, "list-roles", caller.User, in.Scope.String())
}

// place is where a role stands in the list.
func place(r Role) string {
	switch {
	case r.BuiltIn:
		return "0"
	case r.ReassignedTo != nil:
		return "2" + strings.ToLower(r.Name) + string(r.ID)
	}
	return "1" + strings.ToLower(r.Name) + string(r.ID)
}

// PermissionsInput asks for the permissions of workspaces.
type PermissionsInput struct{ page.Query }

// Validate returns all bad fields.
func (in PermissionsInput) Validate() []fault.Field { return in.Query.Validate() }

// Permissions is the operation list-permissions.
type Permissions struct{}

// Do returns a page of the catalogue of which roles are made, in the order in which it is shown.
func (op Permissions) Do(_ context.Context, caller request.Caller, in PermissionsInput) (page.List[access.Definition], error) {
	if err := caller.SignedIn(); err != nil {
		return page.List[access.Definition]{}, err
	}
	all := access.Catalogue(access.KindWorkspace)
	places := map[access.Permission]string{}
	for i := range all {
		all[i].Implies = append([]access.Permission{}, all[i].Implies...) // a list in JSON, if an empty one
		places[all[i].Key] = fmt.Sprintf("%03d", i)
	}
	return page.Of(all, in.Query, func(d access.Definition) string { return places[d.Key] }, "list-permissions", caller.User)
}
