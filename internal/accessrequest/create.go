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
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// CreateInput asks for access to an organization.
type CreateInput struct {
	Scope        access.Scope `path:"scope"`
	Connection   string       `json:"connection"`
	Message      string       `json:"message"`
	WantedBrands []string     `json:"wanted_brands"`
}

// Validate returns all bad fields.
func (in CreateInput) Validate() []fault.Field {
	var fields []fault.Field
	if in.Connection == "" {
		fields = append(fields, fault.Field{Pointer: "/connection", Code: "required", Detail: "Name the connection of the organization's join link."})
	}
	fields = append(fields, account.CheckLength("/message", in.Message, account.MaxMessage)...)
	return append(fields, member.CheckBrands("/wanted_brands", in.WantedBrands)...)
}

// CreateStore keeps new access requests.
type CreateStore interface {
	request.Records
	GetStore
	AskStore
	// InvitedTo returns an open invitation of the address to the organization or one of its brands, nil when there is none. It reads an
	// index that may lag by a moment, as there are as many guards as brands: who is invited at the very moment in which they ask has
	// both, as has who is invited after they asked, and accepting the one closes the other (R17).
	InvitedTo(ctx context.Context, organization access.Scope, emailKey string, now time.Time) (*Invited, error)
	// CreateRequest stores the request and its guard, which takes the place of one whose time is over at now. Else fault.Conflict with code
	// request_pending, request_rejected or already_member; fault.TooMany when the person has asked too often within the hour.
	CreateRequest(ctx context.Context, created AccessRequest, now time.Time, trail audit.Trail) error
}

// Create is the operation create-access-request.
type Create struct {
	Store CreateStore
	Now   func() time.Time
	NewID func() string
}

// Do asks the organization's Admins to let the caller in (R21).
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (AccessRequest, error) {
	create := func() (AccessRequest, error) { return op.create(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, create, func(made request.Record) (AccessRequest, error) {
		return Get{Store: op.Store}.Do(ctx, caller, GetInput{Scope: in.Scope, ID: made.Result[0]})
	})
}

func (op Create) create(ctx context.Context, caller request.Caller, in CreateInput) (AccessRequest, error) {
	var none AccessRequest
	ground, connection, err := ask(ctx, op.Store, caller, in.Scope, in.Connection, in.WantedBrands)
	if err != nil {
		return none, err
	}
	now := op.Now()
	if err := ground.canJoin(); err != nil {
		return none, err
	}
	invited, err := op.Store.InvitedTo(ctx, in.Scope, account.EmailKey(ground.User.Email), now)
	if err != nil {
		return none, err
	}
	if err := ground.canAsk(invited, now); err != nil {
		return none, err
	}
	wanted, err := ground.wanted(in.WantedBrands)
	if err != nil {
		return none, err
	}
	created := AccessRequest{
		ID: "req_" + op.NewID(), Organization: ground.Organization.ID, OrganizationName: ground.Organization.Name,
		Requester: ground.User.Person(), UserVersion: ground.User.Version, Connection: connection, Message: strings.TrimSpace(in.Message),
		WantedBrands: wanted, Status: Pending, CreatedAt: now, Version: 1,
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: created.Requester, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{created.ID}, Entries: []audit.Entry{
		created.entry(log, event.AccessRequestCreated{AccessRequest: created.fact()}),
	}}
	if err := op.Store.CreateRequest(ctx, created, now, trail); err != nil {
		return none, fmt.Errorf("create access request: %w", err)
	}
	created.Actions = created.own()
	return created, nil
}

// wanted returns the brands that somebody asks for. Where requesters are not told of the brands, they cannot ask for one either, and so
// not find out which there are.
func (g Ground) wanted(ids []string) ([]Named, error) {
	existing := g.Brands
	if !g.Organization.ListBrandsToRequesters {
		existing = nil
	}
	if err := fault.Fields(member.UnknownBrands("/wanted_brands", ids, existing)); err != nil {
		return nil, err
	}
	var wanted []Named
	for _, id := range ids {
		wanted = append(wanted, Named{ID: id, Name: existing[id]})
	}
	return wanted, nil
}
