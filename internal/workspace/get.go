package workspace

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for a workspace.
type GetInput struct {
	Scope access.Scope `path:"scope"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads a workspace.
type GetStore interface {
	// Workspace returns, in one consistent round, the caller's standing and the workspace. Of one that does not exist or is deleted, the
	// workspace is zero.
	Workspace(ctx context.Context, caller string, scope access.Scope) (access.Standing, Workspace, error)
}

// Get is the operation get-workspace.
type Get struct {
	Store GetStore
}

// Do returns the workspace to its members.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Workspace, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Workspace{}, err
	}
	standing, found, err := op.Store.Workspace(ctx, caller.User, in.Scope)
	if err != nil {
		return Workspace{}, err
	}
	if err := standing.Require(access.Read); err != nil {
		return Workspace{}, err
	}
	return found.as(caller, standing), nil
}
