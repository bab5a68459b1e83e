package accessrequest

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for one access request of an organization.
type GetInput struct {
	Scope access.Scope `path:"scope"`
	ID    string       `path:"r"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads one access request.
type GetStore interface {
	// AccessRequest returns, in one consistent round, the caller's standing in the organization and the request, nil when there is none.
	AccessRequest(ctx context.Context, caller string, organization access.Scope, id string) (access.Standing, *AccessRequest, error)
}

// Get is the operation get-access-request.
type Get struct {
	Store GetStore
}

// Do returns the request to those who decide about it, and to whoever asked.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (AccessRequest, error) {
	if err := caller.SignedIn(); err != nil {
		return AccessRequest{}, err
	}
	standing, found, err := op.Store.AccessRequest(ctx, caller.User, in.Scope, in.ID)
	if err != nil {
		return AccessRequest{}, err
	}
	if found != nil && standing.Exists && found.Requester.ID == caller.User {
		return found.seen(standing), nil
	}
	if err := standing.Require(access.ManageUsers); err != nil {
		return AccessRequest{}, err
	}
	if found == nil {
		return AccessRequest{}, fault.Unknown()
	}
	return found.seen(standing), nil
}
