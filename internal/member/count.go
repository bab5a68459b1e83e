package member

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/request"
)

// CountCap is where counting stops: it is shown as "99+" (R30).
const CountCap = 100

// Counts are the numbers on the tabs of the users page, each at most CountCap.
type Counts struct {
	Members     int
	Invitations int // open ones
	Requests    int // open ones, of an organization
}

// CountStore counts.
type CountStore interface {
	// Counts returns, in one round, the caller's standing in the scope and its counts. Counting reads at most CountCap items each.
	Counts(ctx context.Context, caller string, scope access.Scope, now time.Time) (access.Standing, Counts, error)
}

// Count counts what stands on the tabs of the users page.
type Count struct {
	Store CountStore
	Now   func() time.Time
}

// Do returns the counts to those who may see the lists, 0 of a list that they may not see.
func (op Count) Do(ctx context.Context, caller request.Caller, scope access.Scope) (Counts, error) {
	if err := caller.SignedIn(); err != nil {
		return Counts{}, err
	}
	standing, counts, err := op.Store.Counts(ctx, caller.User, scope, op.Now())
	if err != nil {
		return Counts{}, err
	}
	viewing, managing := standing.May(access.ToViewUsers), standing.May(access.ToManageInvitations)
	if viewing != nil {
		counts.Members = 0
	}
	if managing != nil {
		counts.Invitations = 0
		return counts, viewing
	}
	return counts, nil
}
