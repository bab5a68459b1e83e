package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// MineInput asks for the caller's own open invitations.
type MineInput struct {
	page.Query
}

// Validate returns all bad fields.
func (in MineInput) Validate() []fault.Field { return in.Query.Validate() }

// MineStore reads a person's open invitations.
type MineStore interface {
	// MyInvitations returns, in two rounds, a page of the invitations that are open at now for the user's verified address, those
	// that expire first in front. account.ErrNotRegistered for somebody without an account.
	MyInvitations(ctx context.Context, user string, now time.Time, limit int, after page.Position) ([]Invitation, page.Position, error)
}

// Mine is the operation list-my-invitations.
type Mine struct {
	Store MineStore
	Now   func() time.Time
}

// Do returns a page of the caller's open invitations.
func (op Mine) Do(ctx context.Context, caller request.Caller, in MineInput) (page.List[Invitation], error) {
	var none page.List[Invitation]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-my-invitations", caller.User}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	found, next, err := op.Store.MyInvitations(ctx, caller.User, op.Now(), in.Size(), after)
	if err != nil {
		return none, err
	}
	for i := range found {
		found[i].Actions = access.Actions{"accept": {Allowed: true}, "decline": {Allowed: true}}
	}
	return page.List[Invitation]{Items: found, NextCursor: page.Seal(next, binding...)}, nil
}
