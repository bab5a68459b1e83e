package member

import (
	"context"

	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// MyAccessInput asks what the caller has a role in.
type MyAccessInput struct {
	page.Query
	// Fresh are organizations to be shown even when the index lags: what the caller just created or joined.
	Fresh []string
}

// Validate returns all bad fields.
func (in MyAccessInput) Validate() []fault.Field { return in.Query.Validate() }

// MyAccessStore reads a person's memberships.
type MyAccessStore interface {
	// MyAccess returns, in two rounds, a page of the user's memberships in scopes that exist. It may lag behind by
	// seconds, except in the organizations named fresh.
	MyAccess(ctx context.Context, user string, limit int, after page.Position, fresh []string) ([]Membership, page.Position, error)
}

// MyAccess is the operation list-my-access.
type MyAccess struct {
	Store MyAccessStore
}

// Do returns a page of the caller's memberships.
func (op MyAccess) Do(ctx context.Context, caller request.Caller, in MyAccessInput) (page.List[Membership], error) {
	var none page.List[Membership]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-my-access", caller.User}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	memberships, next, err := op.Store.MyAccess(ctx, caller.User, in.Size(), after, in.Fresh)
	if err != nil {
		return none, err
	}
	for i := range memberships {
		memberships[i] = memberships[i].Own()
	}
	return page.List[Membership]{Items: memberships, NextCursor: page.Seal(next, binding...)}, nil
}
