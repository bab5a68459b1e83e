package invitation

import (
	"context"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// Filter is what a list of invitations can be narrowed to.
type Filter string

// The filters: the statuses, and one for open invitations whose mail did not arrive.
const (
	FilterAll            Filter = ""
	FilterDeliveryFailed Filter = "delivery_failed"
	FilterRejected       Filter = "rejected" // another word for declined (R3)
)

// ListInput asks for the invitations of a scope; an organization's include those of its brands (R25).
type ListInput struct {
	Scope  access.Scope `path:"scope"`
	Status Filter       `query:"status"`
	page.Query
	// Fresh are invitation ids to be shown from the table itself even when the index lags: what the caller just changed.
	Fresh []string
}

var filters = []Filter{
	FilterAll, Filter(Pending), Filter(Accepted), Filter(Declined), Filter(Expired), Filter(InvalidGrant), Filter(Closed),
	FilterDeliveryFailed, FilterRejected,
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	if !slices.Contains(filters, in.Status) {
		fields = append(fields, fault.Field{
			Pointer: "?status", Code: "unknown_status",
			Detail: "A status is pending, accepted, declined, expired, invalid_grant, closed or delivery_failed.",
		})
	}
	return fields
}

// ListRead is what the store reads for a list.
type ListRead struct {
	Caller string
	Scope  access.Scope
	Filter Filter
	Now    time.Time // tells what has expired
	Limit  int
	After  page.Position
	Fresh  []string
}

// ListStore reads lists of invitations.
type ListStore interface {
	// Invitations returns, in one round, the caller's standing in the scope and a page of its invitations: open ones first.
	// The list may lag behind by seconds, what is in Fresh does not; but what has expired by the clock is never pending.
	Invitations(ctx context.Context, read ListRead) (access.Standing, []Invitation, page.Position, error)
}

// List is the operation list-invitations.
type List struct {
	Store ListStore
	Now   func() time.Time
}

// Do returns a page of the invitations, never with their links.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Invitation], error) {
	var none page.List[Invitation]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	filter := in.Status
	if filter == FilterRejected {
		filter = Filter(Declined)
	}
	binding := []string{"list-invitations", caller.User, in.Scope.String(), string(filter)}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	now := op.Now()
	standing, found, next, err := op.Store.Invitations(ctx, ListRead{
		Caller: caller.User, Scope: in.Scope, Filter: filter, Now: now, Limit: in.Size(), After: after, Fresh: in.Fresh,
	})
	if err != nil {
		return none, err
	}
	if err := standing.May(access.ToManageInvitations); err != nil {
		return none, err
	}
	for i := range found {
		found[i] = found[i].as(standing, now)
	}
	return page.List[Invitation]{Items: found, NextCursor: page.Seal(next, binding...)}, nil
}
