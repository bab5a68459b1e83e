package role

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// GetInput asks for a role.
type GetInput struct {
	Scope access.Scope `path:"scope"`
	ID    access.Role  `path:"r"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads a role.
type GetStore interface {
	// Role returns, in one consistent round, the caller's standing in the workspace and the role, nil when there is none of its own with the id.
	Role(ctx context.Context, caller string, workspace access.Scope, id access.Role) (access.Standing, *Role, error)
	// RoleInUse is Role with how many are stored with the role and, at now, offered it. Counting stops at member.CountCap, and may lag behind by
	// seconds.
	RoleInUse(ctx context.Context, caller string, workspace access.Scope, id access.Role, now time.Time) (access.Standing, *Role, InUse, error)
	// FirstHolder returns, in one round, the name of whoever comes first among those who are stored with the role; empty when that is nobody. It
	// may lag behind by seconds.
	FirstHolder(ctx context.Context, workspace access.Scope, id access.Role) (string, error)
}

// InUse is how many have a role and are offered it, each at most member.CountCap.
type InUse struct {
	Members         int `json:"members"`
	OpenInvitations int `json:"open_invitations"`
}

// Get is the operation get-role.
type Get struct {
	Store GetStore
	Now   func() time.Time
}

// Do returns the role with how many have it and are offered it, to those who may see these. A deleted role is there until all who had it are
// rewritten: its members are those who are left (R18).
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Role, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Role{}, err
	}
	standing, found, counts, err := op.Store.RoleInUse(ctx, caller.User, in.Scope, in.ID, op.Now())
	if err != nil {
		return Role{}, err
	}
	if err := standing.Require(access.Read); err != nil {
		return Role{}, err
	}
	role, exists := lookUp(standing, found, in.ID)
	if !exists {
		return Role{}, fault.Unknown()
	}
	role = role.as(caller, standing)
	if standing.May(access.ToViewUsers) == nil {
		role.Members = &counts.Members
		if role.ReassignedTo != nil && counts.Members == member.CountCap { // the number stands still
			if role.Next, err = op.Store.FirstHolder(ctx, in.Scope, in.ID); err != nil {
				return Role{}, err
			}
		}
	}
	if standing.May(access.ToManageInvitations) == nil {
		role.OpenInvitations = &counts.OpenInvitations
	}
	return role, nil
}

// lookUp returns the role of an id: the built-in one, the one that was found, or what is left of a deleted one.
func lookUp(standing access.Standing, found *Role, id access.Role) (Role, bool) {
	trace := standing.Roles[id]
	switch {
	case id == access.Admin:
		return admin(), true
	case found != nil:
		return *found, true
	case trace.ReassignedTo != "" && !trace.Rewritten:
		now := standing.Roles.Resolve(id)
		return Role{
			ID: id, Name: trace.Name, Permissions: []access.Permission{}, Version: 1,
			ReassignedTo: &access.NamedRole{ID: now, Name: standing.Roles.Name(now)},
		}, true
	default:
		return Role{}, false
	}
}
