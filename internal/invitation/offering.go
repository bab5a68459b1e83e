package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// OfferingInput asks for the open invitations of a workspace that offer a role.
type OfferingInput struct {
	Scope access.Scope
	Role  access.Role
	page.Query
}

// OfferingStore reads what offers a role.
type OfferingStore interface {
	// Offering returns, in one round, the caller's standing in the workspace and the first of the invitations that are open at now and
	// offer the role, those first that expire first. They may lag behind by seconds.
	Offering(ctx context.Context, caller string, workspace access.Scope, role access.Role, now time.Time, limit int) (access.Standing, []Invitation, error)
}

// Offering lists what offers a role, for the role's own page.
type Offering struct {
	Store OfferingStore
	Now   func() time.Time
}

// Do returns the first open invitations that offer the role, to those who may see the workspace's.
func (op Offering) Do(ctx context.Context, caller request.Caller, in OfferingInput) ([]Invitation, error) {
	if err := caller.SignedIn(); err != nil {
		return nil, err
	}
	standing, found, err := op.Store.Offering(ctx, caller.User, in.Scope, in.Role, op.Now(), in.Size())
	if err != nil {
		return nil, err
	}
	if err := standing.May(access.ToManageInvitations); err != nil {
		return nil, err
	}
	return found, nil
}
