package invitation

import (
	"context"
	"time"

	"prism-access/internal/request"
)

// CountStore counts a person's open invitations.
type CountStore interface {
	// CountInvited returns how many invitations to workspaces are open at now for the user, in one round that reads at most
	// member.CountCap items.
	CountInvited(ctx context.Context, user string, now time.Time) (int, error)
}

// Count counts the invitations to workspaces that wait for an answer of the caller: the number beside Workspaces.
type Count struct {
	Store CountStore
	Now   func() time.Time
}

// Do returns how many there are, at most member.CountCap, which is shown as "99+" (R30).
func (op Count) Do(ctx context.Context, caller request.Caller) (int, error) {
	if err := caller.SignedIn(); err != nil {
		return 0, err
	}
	return op.Store.CountInvited(ctx, caller.User, op.Now())
}
