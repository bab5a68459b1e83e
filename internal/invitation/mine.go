package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// MineInput asks for the caller's own open invitations.
type MineInput struct {
	page.Query
	// Kind is access.KindWorkspace for those to workspaces alone, access.KindOrganization for the others: the console shows them apart. Empty: all.
	Kind access.Kind
}

// Validate returns all bad fields.
func (in MineInput) Validate() []fault.Field { return in.Query.Validate() }

// MineRead is what the store reads for somebody's open invitations.
type MineRead struct {
	User  string
	Kind  access.Kind // as in MineInput
	Now   time.Time
	Limit int
	After page.Position
}

// MineStore reads a person's open invitations.
type MineStore interface {
	// MyInvitations returns, in two rounds, the user and a page of the invitations that are open at read.Now for them: those to organizations by
	// their verified address, those that expire first in front. account.ErrNotRegistered for somebody without an account.
	MyInvitations(ctx context.Context, read MineRead) (account.User, []Invitation, page.Position, error)
}

// Mine is the operation list-my-invitations.
type Mine struct {
	Store MineStore
	Now   func() time.Time
}

// Do returns a page of the caller's open invitations. Whether what they lead to has been deleted or renamed since is found out by
// opening or answering one: reading that as well would take a round more.
func (op Mine) Do(ctx context.Context, caller request.Caller, in MineInput) (page.List[Invitation], error) {
	var none page.List[Invitation]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-my-invitations", caller.User}
	if in.Kind != "" {
		binding = append(binding, string(in.Kind))
	}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	now := op.Now()
	user, found, next, err := op.Store.MyInvitations(ctx, MineRead{User: caller.User, Kind: in.Kind, Now: now, Limit: in.Size(), After: after})
	if err != nil {
		return none, err
	}
	for i := range found {
		answer := access.ActionFrom(canAnswer(found[i], &user, now))
		found[i].Actions = access.Actions{"accept": answer, "decline": answer}
	}
	return page.List[Invitation]{Items: found, NextCursor: page.Seal(next, binding...)}, nil
}
