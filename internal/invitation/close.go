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

// Why an invitation is closed.
const (
	ReasonJoined  = "joined"  // it offers nothing that the person does not have
	ReasonRemoved = "removed" // the person was taken out of its scope, or left
	ReasonDeleted = "deleted" // its scope is deleted
)

// CloseStore closes invitations.
type CloseStore interface {
	// Referenced returns the invitation of a reference, read consistently; nil when it was deleted.
	Referenced(ctx context.Context, ref Reference) (*Invitation, error)
	// CloseInvitation stores the closed invitation if it is still pending as it was read and not expired at now; else request.Overtaken.
	CloseInvitation(ctx context.Context, closed Invitation, now time.Time, trail audit.Trail) error
}

// Close closes open invitations that have become pointless (R17, R26). It is no function of its own: a subscriber does it.
type Close struct {
	Store CloseStore
	Now   func() time.Time
	NewID func() string
	// CorrelationID is that of what makes it pointless: closing belongs to the same click.
	CorrelationID string
}

// Do closes the invitation if it is open and due, as it is now. Repeating it changes nothing.
func (op Close) Do(ctx context.Context, ref Reference, reason string, due func(Invitation) bool) error {
	_, err := request.Retry(func() (struct{}, error) {
		found, err := op.Store.Referenced(ctx, ref)
		if err != nil {
			return struct{}{}, err
		}
		now := op.Now()
		if found == nil || found.StatusAt(now) != Pending || !due(*found) {
			return struct{}{}, nil
		}
		closed, trail := found.closed(audit.Log{Now: now, NewID: op.NewID, Request: request.Request{CorrelationID: op.CorrelationID}}, reason)
		if err := op.Store.CloseInvitation(ctx, closed, now, trail); err != nil {
			return struct{}{}, fmt.Errorf("close invitation %s: %w", ref.ID, err)
		}
		return struct{}{}, nil
	})
	return err
}

// closed returns the invitation as it is once it is closed, and the log entry of that.
func (i Invitation) closed(log audit.Log, reason string) (Invitation, audit.Trail) {
	i, log.Actor = i.answered(Closed, log.Now), access.System
	return i, audit.Trail{Entries: []audit.Entry{i.entry(log, event.InvitationClosed{Invitation: i.fact(), Reason: reason})}}
}
