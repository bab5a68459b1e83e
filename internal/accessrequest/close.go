package accessrequest

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// Why a request is closed.
const (
	ReasonJoined  = "joined"  // the person has got what they asked for in another way
	ReasonRemoved = "removed" // the person was taken out of the organization
	ReasonDeleted = "deleted" // the organization is deleted
)

// CloseStore finds and closes open access requests.
type CloseStore interface {
	// OpenRequest returns, consistently, the person's open request in the organization, nil when there is none, and their membership there.
	// It takes one round, two when there is one.
	OpenRequest(ctx context.Context, organization access.Scope, user string) (*AccessRequest, *member.Membership, error)
	// ScopeExists reports, in one consistent round, whether the organization is there, and which of its brands are, as ids with their names.
	ScopeExists(ctx context.Context, scope access.Scope, brands ...string) (exists bool, names map[string]string, err error)
	// SettleRequest is that of DecideStore.
	SettleRequest(ctx context.Context, settled AccessRequest, until time.Time, trail audit.Trail) error
}

// Close closes the request of somebody whose standing in an organization changed. It is no function of its own: a subscriber does it (R17).
type Close struct {
	Store CloseStore
	Now   func() time.Time
	NewID func() string
	// CorrelationID is that of what makes it pointless: closing belongs to the same click.
	CorrelationID string
}

// Do closes the person's open request in the organization, if there is one that was made until then. With ReasonJoined it does so just when they
// hold all that they asked for: a role there and in each wanted brand that is not deleted. Repeating it changes nothing.
func (op Close) Do(ctx context.Context, organization access.Scope, user, reason string, until time.Time) error {
	_, err := request.Retry(func() (struct{}, error) {
		open, held, err := op.Store.OpenRequest(ctx, organization, user)
		if err != nil || open == nil || open.CreatedAt.After(until) {
			return struct{}{}, err
		}
		if reason == ReasonJoined {
			if met, err := op.isMet(ctx, *open, held); err != nil || !met {
				return struct{}{}, err
			}
		}
		now := op.Now()
		closed := open.decided(Closed, nil, "", now)
		log := audit.Log{Now: now, NewID: op.NewID, Actor: access.System, Request: request.Request{CorrelationID: op.CorrelationID}}
		trail := audit.Trail{Entries: []audit.Entry{
			closed.entry(log, event.AccessRequestClosed{AccessRequest: closed.fact(), Reason: reason}),
		}}
		if err := op.Store.SettleRequest(ctx, closed, time.Time{}, trail); err != nil {
			return struct{}{}, fmt.Errorf("close access request %s: %w", open.ID, err)
		}
		return struct{}{}, nil
	})
	return err
}

// isMet reports whether a membership holds what was asked for and can still be given. It takes a round more when it lacks some of it.
func (op Close) isMet(ctx context.Context, r AccessRequest, held *member.Membership) (bool, error) {
	if held == nil {
		return false, nil
	}
	var lacking []string
	for _, wanted := range r.WantedBrands {
		if held.In(access.Brand(r.Organization, wanted.ID)) == nil {
			lacking = append(lacking, wanted.ID)
		}
	}
	if len(lacking) == 0 {
		return true, nil
	}
	_, left, err := op.Store.ScopeExists(ctx, r.Scope(), lacking...)
	return len(left) == 0, err
}
