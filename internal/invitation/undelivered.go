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

// UndeliveredStore notes on invitations what became of their mail.
type UndeliveredStore interface {
	// Referenced returns the invitation of a reference, read consistently; nil when it was deleted.
	Referenced(ctx context.Context, ref Reference) (*Invitation, error)
	// MailFailed stores the delivery of the invitation, if that is as it was read, still pending, and nothing was noted of its mail; else
	// request.Overtaken. The version stays: what is offered has not changed.
	MailFailed(ctx context.Context, undelivered Invitation, trail audit.Trail) error
}

// Undelivered notes that a mail with a link will never be delivered, where the admin looks: on the invitation. It is no function of its own:
// whoever sends mails does it.
type Undelivered struct {
	Store UndeliveredStore
	Now   func() time.Time
	NewID func() string
	// CorrelationID is that of what the mail was sent for: that it failed belongs to the same click.
	CorrelationID string
}

// Do notes why, in words for the person who invited. An invitation that has moved on since, or whose mail failed already, stays as it is: each
// link's failure is published once.
func (op Undelivered) Do(ctx context.Context, ref Reference, why string) error {
	_, err := request.Retry(func() (struct{}, error) {
		found, err := op.Store.Referenced(ctx, ref)
		if err != nil || found == nil || found.Status != Pending || found.Generation != ref.Generation || found.Delivery != nil {
			return struct{}{}, err
		}
		failed := Delivery{Status: "failed", Detail: why, At: op.Now()}
		found.Delivery = &failed
		log := audit.Log{Now: failed.At, NewID: op.NewID, Actor: access.System, Request: request.Request{CorrelationID: op.CorrelationID}}
		trail := audit.Trail{Entries: []audit.Entry{found.entry(log, event.InvitationDeliveryFailed{Invitation: found.fact(), Delivery: event.Delivery(failed)})}}
		if err := op.Store.MailFailed(ctx, *found, trail); err != nil {
			return struct{}{}, fmt.Errorf("note the failed mail of invitation %s: %w", ref.ID, err)
		}
		return struct{}{}, nil
	})
	return err
}
