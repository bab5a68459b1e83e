package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

// ExpireStore moves invitations to expired.
type ExpireStore interface {
	// Referenced returns the invitation of a reference, read consistently; nil when it was deleted.
	Referenced(ctx context.Context, ref Reference) (*Invitation, error)
	// ExpireInvitation stores that the invitation expired, if it is still pending in the same generation; else request.Overtaken.
	ExpireInvitation(ctx context.Context, expired Invitation, trail audit.Trail) error
}

// Expire is the operation of the function expire-invitations.
type Expire struct {
	Store ExpireStore
	Now   func() time.Time
	NewID func() string
}

// Do records that an invitation expired after TTL has removed its guard. An invitation that has moved on since, or whose expiry is
// recorded already, stays as it is: each expiry is published exactly once. recorded says whether this call did it.
func (op Expire) Do(ctx context.Context, ref Reference) (recorded bool, err error) {
	return request.Retry(func() (bool, error) { return op.expire(ctx, ref) })
}

func (op Expire) expire(ctx context.Context, ref Reference) (recorded bool, err error) {
	found, err := op.Store.Referenced(ctx, ref)
	if err != nil {
		return false, err
	}
	if found == nil || found.Status != Pending || found.Generation != ref.Generation {
		return false, nil
	}
	expired := found.Expire()
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: access.System}
	trail := audit.Trail{Entries: []audit.Entry{expired.entry(log, event.InvitationExpired{Invitation: expired.fact()})}}
	if err := op.Store.ExpireInvitation(ctx, expired, trail); err != nil {
		return false, fmt.Errorf("expire invitation %s: %w", ref.ID, err)
	}
	return true, nil
}
