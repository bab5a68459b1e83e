package accessrequest

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

// WithdrawInput takes back one's own access request.
type WithdrawInput struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"r"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
}

// Validate returns all bad fields.
func (in WithdrawInput) Validate() []fault.Field { return nil }

// Withdraw is the operation withdraw-access-request.
type Withdraw struct {
	Store DecideStore
	Now   func() time.Time
	NewID func() string
}

// Do withdraws the caller's own request; everybody else's does not exist here. Repeating it answers the same.
func (op Withdraw) Do(ctx context.Context, caller request.Caller, in WithdrawInput) (AccessRequest, error) {
	withdraw := func() (AccessRequest, error) { return op.withdraw(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, withdraw, again(ctx, op.Store, caller, in.Scope, in.ID))
}

func (op Withdraw) withdraw(ctx context.Context, caller request.Caller, in WithdrawInput) (AccessRequest, error) {
	var none AccessRequest
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	standing, found, err := op.Store.AccessRequest(ctx, caller.User, in.Scope, in.ID)
	switch {
	case err != nil:
		return none, err
	case found == nil || !standing.Exists || found.Requester.ID != caller.User:
		return none, fault.Unknown()
	case found.Status == Withdrawn:
		return found.seen(standing), nil
	}
	if err := found.canWithdraw(caller.User); err != nil {
		return none, err
	}
	if in.IfMatch != 0 && in.IfMatch != found.Version {
		return none, Stale()
	}
	now := op.Now()
	withdrawn := found.decided(Withdrawn, nil, "", now)
	log := audit.Log{Now: now, NewID: op.NewID, Actor: withdrawn.Requester, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{withdrawn.ID}, Entries: []audit.Entry{
		withdrawn.entry(log, event.AccessRequestWithdrawn{AccessRequest: withdrawn.fact()}),
	}}
	if err := op.Store.SettleRequest(ctx, withdrawn, time.Time{}, trail); err != nil {
		return none, fmt.Errorf("withdraw access request %s: %w", in.ID, err)
	}
	return withdrawn.seen(standing), nil
}
