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

// Offered is an open invitation, to a workspace with what that is now.
type Offered struct {
	Invitation
	Workspace access.Standing // of nobody; zero elsewhere
}

// shown returns the invitation as the user sees it at now: with what it offers by then in a workspace, and what they may do with it.
func (o Offered) shown(user account.User, now time.Time) Invitation {
	i, answer, accept := o.Invitation, canAnswer(o.Invitation, &user, now), error(nil)
	if i.Scope.Kind() == access.KindWorkspace {
		i, accept = i.Of(o.Workspace.Roles).named(i.Scope, o.Workspace.ScopeName).counting(o.Workspace.Roles), o.Workspace.Enabled()
		if !o.Workspace.Exists {
			answer = scopeDeleted()
		}
	}
	if answer != nil {
		accept = answer
	}
	i.Actions = access.Actions{"accept": access.ActionFrom(accept), "decline": access.ActionFrom(answer)}
	return i
}

// MineStore reads a person's open invitations.
type MineStore interface {
	// MyInvitations returns, in two rounds, the user and a page of the invitations that are open at read.Now for them: those to organizations by
	// their verified address, those that expire first in front. account.ErrNotRegistered for somebody without an account.
	MyInvitations(ctx context.Context, read MineRead) (account.User, []Offered, page.Position, error)
}

// Mine is the operation list-my-invitations.
type Mine struct {
	Store MineStore
	Now   func() time.Time
}

// Do returns a page of the caller's open invitations. Whether an organization or a brand that they lead to has been deleted or renamed since is
// found out by opening or answering one, and so is whether the inviter may still give what is offered (R16).
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
	mine := make([]Invitation, len(found))
	for i, offered := range found {
		mine[i] = offered.shown(user, now)
	}
	return page.List[Invitation]{Items: mine, NextCursor: page.Seal(next, binding...)}, nil
}
