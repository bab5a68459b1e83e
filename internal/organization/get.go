package organization

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for an organization.
type GetInput struct {
	Scope access.Scope `path:"scope"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads an organization.
type GetStore interface {
	// Organization returns, in one consistent round, the caller's standing and the organization. Of one that does not
	// exist, both are zero.
	Organization(ctx context.Context, caller string, scope access.Scope) (access.Standing, Organization, error)
}

// Get is the operation get-organization.
type Get struct {
	Store   GetStore
	BaseURL string
}

// Do returns the organization to its members.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Organization, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Organization{}, err
	}
	standing, found, err := op.Store.Organization(ctx, caller.User, in.Scope)
	if err != nil {
		return Organization{}, err
	}
	if err := standing.Require(access.Read); err != nil {
		return Organization{}, err
	}
	return found.as(caller, standing, op.BaseURL), nil
}
