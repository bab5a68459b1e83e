package brand

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for a brand.
type GetInput struct {
	Scope access.Scope `path:"scope"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads a brand.
type GetStore interface {
	// Brand returns, in one consistent round, the caller's standing in the brand and the brand. Of one that does not exist or is deleted,
	// the brand is zero.
	Brand(ctx context.Context, caller string, scope access.Scope) (access.Standing, Brand, error)
}

// Get is the operation get-brand.
type Get struct {
	Store GetStore
}

// Do returns the brand to all who have a role in it.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Brand, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Brand{}, err
	}
	standing, found, err := op.Store.Brand(ctx, caller.User, in.Scope)
	if err != nil {
		return Brand{}, err
	}
	if err := standing.Require(access.Read); err != nil {
		return Brand{}, err
	}
	return found.as(caller, standing), nil
}

// load reads a brand for somebody who may manage it.
func load(ctx context.Context, store GetStore, caller request.Caller, scope access.Scope, version int) (access.Standing, Brand, error) {
	var none access.Standing
	if err := caller.SignedIn(); err != nil {
		return none, Brand{}, err
	}
	standing, found, err := store.Brand(ctx, caller.User, scope)
	if err != nil {
		return none, Brand{}, err
	}
	if err := mayManage(standing); err != nil {
		return none, Brand{}, err
	}
	if version != 0 && version != found.Version {
		return none, Brand{}, Stale()
	}
	return standing, found, nil
}

// mayManage returns why somebody of this standing in a brand may not rename or delete it, or nil: brands are the organization's.
func mayManage(standing access.Standing) error {
	if err := standing.Require(access.Read); err != nil {
		return err
	}
	if !standing.PermissionsIn(standing.Scope.Root())[access.ManageBrands] {
		return access.MissingPermissions(access.ManageBrands)
	}
	return nil
}

// Stale says that somebody else changed the brand since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this brand since you read it. Read it again.")
}
