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

// The times of a reminder (R12): two days before the end of an invitation that lasts longer than three, and not in its last hours.
const (
	remindedBefore  = 2 * 24 * time.Hour
	remindedLongest = 3 * 24 * time.Hour
	remindedLatest  = 12 * time.Hour
)

// RemindAt returns when the invitee is to be reminded, and whether at all.
func (i Invitation) RemindAt() (time.Time, bool) {
	if i.ExpiresAt.Sub(i.SentAt) <= remindedLongest {
		return time.Time{}, false
	}
	return i.ExpiresAt.Add(-remindedBefore), true
}

// Reminder is what is kept until the invitee is to be reminded.
type Reminder struct {
	Reference
	Notify bool      // by mail
	Due    time.Time // when it was to be
}

// RemindStore records reminders.
type RemindStore interface {
	// Referenced returns the invitation of a reference, read consistently; nil when it was deleted.
	Referenced(ctx context.Context, ref Reference) (*Invitation, error)
	// RemindInvitation stores that the invitee was reminded in this generation, if the invitation is still pending in it and nobody was yet;
	// else request.Overtaken. The version stays: what is offered has not changed.
	RemindInvitation(ctx context.Context, of Invitation, trail audit.Trail) error
}

// Remind is the second operation of the function expire-invitations.
type Remind struct {
	Store RemindStore
	Now   func() time.Time
	NewID func() string
}

// Do records that an invitation is about to expire, after TTL has removed its reminder. One that was answered, sent again or that
// is nearly over by then is left alone, and each is recorded once.
func (op Remind) Do(ctx context.Context, due Reminder) error {
	now := op.Now()
	if now.Sub(due.Due) > remindedBefore-remindedLatest { // too late, whatever has become of the invitation
		return nil
	}
	found, err := op.Store.Referenced(ctx, due.Reference)
	if err != nil {
		return err
	}
	if found == nil || found.Status != Pending || found.Generation != due.Generation || found.ExpiresAt.Sub(now) < remindedLatest {
		return nil
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: access.System}
	trail := audit.Trail{Entries: []audit.Entry{found.entry(log, event.InvitationExpiring{Invitation: found.fact(), Notify: due.Notify})}}
	if err := op.Store.RemindInvitation(ctx, *found, trail); err != nil && !request.IsOvertaken(err) {
		return fmt.Errorf("remind of invitation %s: %w", due.ID, err)
	}
	return nil
}
