package brand

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the brands of an organization.
type ListInput struct {
	Scope access.Scope `path:"scope"`
	page.Query
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field { return in.Query.Validate() }

// ListStore reads lists of brands.
type ListStore interface {
	// ListBrands returns the caller's standing in the organization and a page of the brands they may read, oldest first:
	// in one round for those who read all, in two for others, who get theirs on one page.
	ListBrands(ctx context.Context, caller string, organization access.Scope, limit int, after page.Position) (access.Standing, []Brand, page.Position, error)
}

// List is the operation list-brands.
type List struct {
	Store ListStore
}

// Do returns a page of the brands the caller may read (R25).
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Brand], error) {
	var none page.List[Brand]
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return none, err
	}
	binding := []string{"list-brands", caller.User, in.Scope.String()}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	standing, brands, next, err := op.Store.ListBrands(ctx, caller.User, in.Scope, in.Size(), after)
	if err != nil {
		return none, err
	}
	if err := standing.Require(access.Read); err != nil {
		return none, err
	}
	for i := range brands {
		brands[i] = brands[i].as(caller, standing)
	}
	return page.List[Brand]{Items: brands, NextCursor: page.Seal(next, binding...)}, nil
}
