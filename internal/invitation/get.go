package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for one invitation of a scope.
type GetInput struct {
	Scope access.Scope `path:"scope"`
	ID    string       `path:"i"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads one invitation.
type GetStore interface {
	// Invitation returns, in one consistent round, the caller's standing in the scope and the invitation: one of the scope
	// itself or, in an organization, of one of its brands. nil when there is none.
	Invitation(ctx context.Context, caller string, scope access.Scope, id string) (access.Standing, *Invitation, error)
}

// Get is the operation get-invitation.
type Get struct {
	Store GetStore
	Now   func() time.Time
	Links Links
}

// Do returns the invitation, with its link while that works.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Invitation, error) {
	standing, found, err := load(ctx, op.Store, caller, in.Scope, in.ID, access.ToManageInvitations)
	if err != nil {
		return Invitation{}, err
	}
	return found.withLink(op.Links, standing, op.Now()), nil
}

// load reads an invitation for somebody who may do these deeds.
func load(ctx context.Context, store GetStore, caller request.Caller, scope access.Scope, id string, deeds ...access.Deed) (access.Standing, Invitation, error) {
	var none access.Standing
	if err := caller.SignedIn(); err != nil {
		return none, Invitation{}, err
	}
	standing, found, err := store.Invitation(ctx, caller.User, scope, id)
	if err != nil {
		return none, Invitation{}, err
	}
	if err := standing.May(deeds...); err != nil {
		return none, Invitation{}, err
	}
	if found == nil {
		return none, Invitation{}, fault.Unknown()
	}
	return standing, *found, nil
}

func (i Invitation) withLink(links Links, standing access.Standing, now time.Time) Invitation {
	i = i.as(standing, now)
	if i.Status == Pending && standing.May(access.ToInvite) == nil {
		i.AcceptURL = links.URL(i)
	}
	return i
}
