package accessrequest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// ApproveInput lets somebody in who has asked, with a role that the Admin chooses.
type ApproveInput struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"r"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	member.Offer
	Reason string `json:"reason"`
}

// Validate returns all bad fields.
func (in ApproveInput) Validate() []fault.Field {
	fields := in.Offer.Validate(access.KindOrganization)
	return append(fields, account.CheckLength("/reason", in.Reason, account.MaxReason)...)
}

// Requester is what an approval takes the requester for. The request itself says who they were when they asked, and that they were not in.
type Requester struct {
	Person  access.Person
	Version int // of the user record
	Member  *member.Membership
	Left    member.Left
}

// Meanwhile is the error for a requester who is not as they were taken for: Now says what they are.
type Meanwhile struct{ Now Requester }

func (*Meanwhile) Error() string { return "the requester has changed meanwhile" }

// ApproveStore turns access requests into memberships.
type ApproveStore interface {
	request.Records
	GetStore
	// Deciding is AccessRequest with the brands asked for that exist, id -> name, in the same consistent round.
	Deciding(ctx context.Context, caller string, organization access.Scope, id string, brands []string) (access.Standing, *AccessRequest, map[string]string, error)
	// ApproveRequest stores the approved request and the membership, if the request is still pending as it was read, else request.Overtaken,
	// and the requester is as they were taken for: else *Meanwhile. change.Before and After have the same version when nothing is added.
	ApproveRequest(ctx context.Context, approved AccessRequest, requester Requester, change member.Change, trail audit.Trail) error
}

// Approve is the operation approve-access-request.
type Approve struct {
	Store ApproveStore
	Now   func() time.Time
	NewID func() string
}

// Do lets the requester in at once. Whoever has got in meanwhile gets what is granted on top of what they hold (R17).
func (op Approve) Do(ctx context.Context, caller request.Caller, in ApproveInput) (AccessRequest, error) {
	approve := func() (AccessRequest, error) { return op.approve(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, approve, again(ctx, op.Store, caller, in.Scope, in.ID))
}

// surprises bounds how often the requester may turn out to be another than they were taken for: in, out, renamed.
const surprises = 4

func (op Approve) approve(ctx context.Context, caller request.Caller, in ApproveInput) (AccessRequest, error) {
	var none AccessRequest
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	standing, found, existing, err := op.Store.Deciding(ctx, caller.User, in.Scope, in.ID, in.Brands)
	if err != nil {
		return none, err
	}
	before, err := decidable(standing, found, in.IfMatch)
	if err != nil {
		return none, err
	}
	brands, fields := in.BrandRoles(existing)
	if err := fault.Fields(fields); err != nil {
		return none, err
	}
	granted := access.Grant{Role: in.Role, Brands: brands}
	if err := access.CheckCeiling(standing, granted); err != nil {
		return none, err
	}
	now := op.Now()
	approved := before.decided(Approved, &standing.Person, strings.TrimSpace(in.Reason), now)
	approved.Granted = &granted
	// Nobody looks who the requester is by now: the transaction refuses if they are not who they were, and says who they are.
	requester := Requester{Person: before.Requester, Version: before.UserVersion}
	for range surprises {
		err := op.save(ctx, caller, standing, approved, requester)
		if moved, is := errors.AsType[*Meanwhile](err); is {
			requester = moved.Now
			continue
		}
		if err != nil {
			return none, fmt.Errorf("approve access request %s: %w", in.ID, err)
		}
		return approved.seen(standing), nil
	}
	return none, fault.Busy()
}

func (op Approve) save(ctx context.Context, caller request.Caller, standing access.Standing, approved AccessRequest, requester Requester) error {
	now := *approved.DecidedAt
	change, changed := member.Add(requester.Member, requester.Left, requester.Person, approved.Scope(), standing.ScopeName, *approved.Granted,
		member.Given{By: standing.Person, At: now, Via: member.ViaRequest})
	if len(change.After.Brands) > member.MaxBrands {
		return member.TooManyBrands()
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{approved.ID}, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		approved.entry(log, event.AccessRequestApproved{AccessRequest: approved.fact(), Granted: *approved.Granted, Reason: approved.Reason}),
	}}
	if changed {
		trail.Entries = append(trail.Entries, change.Entry(log, member.Origin{
			By: standing.Person, Via: member.ViaRequest, Request: approved.ID, Reason: approved.Reason,
		}))
	} else {
		change.After = *change.Before
	}
	return op.Store.ApproveRequest(ctx, approved, requester, change, trail)
}
