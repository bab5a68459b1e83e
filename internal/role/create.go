package role

import (
	"context"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
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

// ChangeStore reads and changes roles.
type ChangeStore interface {
	request.Records
	GetStore
	// ChangeRole stores the change: request.Overtaken when the role or the roles of the workspace are not as they were read any more.
	ChangeRole(ctx context.Context, change Change, trail audit.Trail) error
}

// Create is the operation create-role.
type Create struct {
	Store ChangeStore
	Now   func() time.Time
	NewID func() string
}

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
		return found.as(standing), nil
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
	if err := first(standing.Require(access.ManageRole), within(standing, created)); err != nil {
		return Role{}, err
	}
	if len(standing.Roles.Live()) >= MaxRoles {
		return Role{}, fault.Fields([]fault.Field{{Pointer: "/name", Code: "too_many_roles", Detail: "A workspace has at most 100 roles of its own."}})
	}
	if err := fault.Fields(checkFree(created.Name, created.ID, standing.Roles)); err != nil {
		return Role{}, err
	}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{string(created.ID)}, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		entry(log, in.Scope, created.Version, event.RoleCreated{Role: created.ID, After: created.settings()}),
	}}
	if err := op.Store.ChangeRole(ctx, changeOf(standing, nil, &created, log.Now), trail); err != nil {
		return Role{}, fmt.Errorf("create role: %w", err)
	}
	return created.as(standing), nil
}

// changeOf returns the change of a role in the workspace of a standing.
func changeOf(standing access.Standing, before, after *Role, now time.Time) Change {
	return Change{
		Workspace: standing.Scope, RolesAt: standing.RolesAt, Before: before, After: after, At: now, Forget: forgettable(standing.Roles, now),
	}
}
