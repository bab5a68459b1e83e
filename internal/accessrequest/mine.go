package accessrequest

import (
	"context"

	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// MineInput asks for the caller's own access requests.
type MineInput struct {
	page.Query
}

// Validate returns all bad fields.
func (in MineInput) Validate() []fault.Field { return in.Query.Validate() }

// MineStore reads a person's access requests.
type MineStore interface {
	// MyRequests returns, in one round, a page of what the user has asked for, newest first. It may lag behind by seconds.
	MyRequests(ctx context.Context, user string, limit int, after page.Position) ([]AccessRequest, page.Position, error)
}

// Mine is the operation list-my-access-requests.
type Mine struct {
	Store MineStore
}

// Do returns a page of the caller's requests, in every organization and whatever became of them.
func (op Mine) Do(ctx context.Context, caller request.Caller, in MineInput) (page.List[AccessRequest], error) {
	var none page.List[AccessRequest]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-my-access-requests", caller.User}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	found, next, err := op.Store.MyRequests(ctx, caller.User, in.Size(), after)
	if err != nil {
		return none, err
	}
	for i := range found {
		found[i].Actions = found[i].own()
	}
	return page.List[AccessRequest]{Items: found, NextCursor: page.Seal(next, binding...)}, nil
}
