package role

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// CreateInput is the new role of a workspace.
type CreateInput struct {
	Scope       access.Scope        `path:"scope"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Permissions []access.Permission `json:"permissions"`
}

// Validate returns all bad fields.
func (in CreateInput) Validate() []fault.Field {
	return append(append(account.CheckName("/name", in.Name), checkDescription(in.Description)...), checkPermissions(in.Permissions)...)
}

// Create is the operation create-role.
type Create struct{ Changing }

// Do creates the role.
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (Role, error) {
	if err := caller.SignedIn(); err != nil {
		return Role{}, err
	}
	create := func() (Role, error) { return op.create(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, create, func(made request.Record) (Role, error) {
		standing, found, err := op.Store.Role(ctx, caller.User, in.Scope, access.Role(made.Result[0]))
		if err != nil {
			return Role{}, err
		}
		if err := standing.Require(access.Read); err != nil || found == nil {
			return Role{}, fault.Unknown()
		}
		return found.as(caller, standing), nil
	})
}

func (op Create) create(ctx context.Context, caller request.Caller, in CreateInput) (Role, error) {
	created := Role{
		ID: access.Role("rol_" + op.NewID()), Name: account.CleanName(in.Name), Description: strings.TrimSpace(in.Description),
		Permissions: choose(in.Permissions), Version: 1,
	}
	standing, _, err := op.Store.Role(ctx, caller.User, in.Scope, created.ID)
	if err != nil {
		return Role{}, err
	}
	if err := cmp.Or(standing.Require(access.ManageRole), within(standing, created), fault.Fields(checkRoom(created, standing.Roles))); err != nil {
		return Role{}, err
	}
	err = op.save(ctx, caller, standing, Change{After: &created}, created.Version, event.RoleCreated{Role: created.ID, After: created.settings()})
	if err != nil {
		return Role{}, fmt.Errorf("create role: %w", err)
	}
	return created.as(caller, standing), nil
}

// checkRoom returns why a workspace with these roles cannot have one more of that name, as zero or one field.
func checkRoom(created Role, roles access.CustomRoles) []fault.Field {
	if len(roles.Live()) >= MaxRoles {
		return []fault.Field{{Pointer: "/name", Code: "too_many_roles", Detail: "A workspace has at most 100 roles of its own."}}
	}
	return checkFree(created.Name, created.ID, roles)
}
