package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// DeleteInput names the invitation to delete.
type DeleteInput struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"i"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
}

// Validate returns all bad fields.
func (in DeleteInput) Validate() []fault.Field { return nil }

// DeleteStore removes invitations.
type DeleteStore interface {
	GetStore
	// DeleteInvitation removes the invitation as it was read, and its guard if it is still open. request.Overtaken when it changed.
	DeleteInvitation(ctx context.Context, deleted Invitation, trail audit.Trail) error
}

// Delete is the operation delete-invitation.
type Delete struct {
	Store DeleteStore
	Now   func() time.Time
	NewID func() string
}

// Deleted is the answer: there is nothing left to show.
type Deleted struct{}

// Do deletes an invitation in any status (R2). Its link is dead, the person can be invited again.
func (op Delete) Do(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	return request.Retry(func() (Deleted, error) { return op.delete(ctx, caller, in) })
}

func (op Delete) delete(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	standing, found, err := load(ctx, op.Store, caller, in.Scope, in.ID, access.ToManageInvitations)
	if err != nil {
		return Deleted{}, err
	}
	if in.IfMatch != 0 && in.IfMatch != found.Version {
		return Deleted{}, Stale()
	}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: found.deletion(log)}
	if err := op.Store.DeleteInvitation(ctx, found, trail); err != nil {
		return Deleted{}, fmt.Errorf("delete invitation %s: %w", in.ID, err)
	}
	return Deleted{}, nil
}

// deletion returns the log entries of deleting the invitation.
func (i Invitation) deletion(log audit.Log) []audit.Entry {
	last, entries := i.settled(log)
	fact := last.fact()
	last.Version++
	return append(entries, last.entry(log, event.InvitationDeleted{Invitation: fact}))
}

// settled returns the invitation as it is by the clock, with the entry InvitationExpired when it has lapsed without the log
// saying so: whoever comes before TTL appends it in their own transaction.
func (i Invitation) settled(log audit.Log) (Invitation, []audit.Entry) {
	if !i.lapsed(log.Now) {
		return i, nil
	}
	log.Actor = access.System
	expired := i.Expire()
	return expired, []audit.Entry{expired.entry(log, event.InvitationExpired{Invitation: expired.fact()})}
}

// Stale says that the invitation changed since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "This invitation changed since you read it. Read it again.")
}
