package accessrequest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// RejectInput rejects an access request.
type RejectInput struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"r"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Reason  string       `json:"reason"`
}

// Validate returns all bad fields.
func (in RejectInput) Validate() []fault.Field {
	return account.CheckLength("/reason", in.Reason, account.MaxReason)
}

// DecideStore keeps what became of access requests.
type DecideStore interface {
	request.Records
	GetStore
	// SettleRequest stores a request that is rejected, withdrawn or closed, if it is still pending as it was read; else request.Overtaken.
	// A rejected one keeps its guard until the time given.
	SettleRequest(ctx context.Context, settled AccessRequest, until time.Time, trail audit.Trail) error
}

// Reject is the operation reject-access-request.
type Reject struct {
	Store DecideStore
	Now   func() time.Time
	NewID func() string
}

// Do rejects the request. The requester may ask again after 24 hours.
func (op Reject) Do(ctx context.Context, caller request.Caller, in RejectInput) (AccessRequest, error) {
	reject := func() (AccessRequest, error) { return op.reject(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, reject, again(ctx, op.Store, caller, in.Scope, in.ID))
}

// again answers a request that was sent before with the access request as it is.
func again(ctx context.Context, store GetStore, caller request.Caller, scope access.Scope, id string) func(request.Record) (AccessRequest, error) {
	return func(request.Record) (AccessRequest, error) {
		return Get{Store: store}.Do(ctx, caller, GetInput{Scope: scope, ID: id})
	}
}

// decidable reads a request for somebody who wants to decide about it.
func decidable(standing access.Standing, found *AccessRequest, version int) (AccessRequest, error) {
	if err := standing.Require(access.ManageUsers); err != nil {
		return AccessRequest{}, err
	}
	if found == nil {
		return AccessRequest{}, fault.Unknown()
	}
	if err := found.canDecide(standing); err != nil { // whoever was first says more than that the version is another one
		return AccessRequest{}, err
	}
	if version != 0 && version != found.Version {
		return AccessRequest{}, Stale()
	}
	return *found, nil
}

func (op Reject) reject(ctx context.Context, caller request.Caller, in RejectInput) (AccessRequest, error) {
	var none AccessRequest
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	standing, found, err := op.Store.AccessRequest(ctx, caller.User, in.Scope, in.ID)
	if err != nil {
		return none, err
	}
	before, err := decidable(standing, found, in.IfMatch)
	if err != nil {
		return none, err
	}
	now := op.Now()
	rejected := before.decided(Rejected, &standing.Person, strings.TrimSpace(in.Reason), now)
	log := audit.Log{Now: now, NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{rejected.ID}, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		rejected.entry(log, event.AccessRequestRejected{AccessRequest: rejected.fact(), Reason: rejected.Reason}),
	}}
	if err := op.Store.SettleRequest(ctx, rejected, now.Add(RejectedFor), trail); err != nil {
		return none, fmt.Errorf("reject access request %s: %w", in.ID, err)
	}
	return rejected.seen(standing), nil
}
