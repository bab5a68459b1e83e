package accessrequest

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the access requests of an organization.
type ListInput struct {
	Scope  access.Scope `path:"scope"`
	Status Status       `query:"status"`
	page.Query
	// Fresh are request ids to be shown from the table itself even when the index lags: what the caller just changed.
	Fresh []string
}

var statuses = []Status{"", Pending, Approved, Rejected, Withdrawn, Closed}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	if !slices.Contains(statuses, in.Status) {
		fields = append(fields, fault.Field{
			Pointer: "?status", Code: "unknown_status", Detail: "A status is pending, approved, rejected, withdrawn or closed.",
		})
	}
	return fields
}

// ListRead is what the store reads for a list.
type ListRead struct {
	Caller string
	Scope  access.Scope
	Status Status
	Limit  int
	After  page.Position
	Fresh  []string
}

// ListStore reads lists of access requests.
type ListStore interface {
	// AccessRequests returns, in one round, the caller's standing in the organization and a page of its requests: pending ones first, who waits
	// longest in front, then the others by status, what happened last in front. The list may lag behind by seconds, what is in Fresh does not.
	AccessRequests(ctx context.Context, read ListRead) (access.Standing, []AccessRequest, page.Position, error)
}

// List is the operation list-access-requests.
type List struct {
	Store ListStore
}

// Do returns a page of the requests.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[AccessRequest], error) {
	var none page.List[AccessRequest]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-access-requests", caller.User, in.Scope.String(), string(in.Status)}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	standing, found, next, err := op.Store.AccessRequests(ctx, ListRead{
		Caller: caller.User, Scope: in.Scope, Status: in.Status, Limit: in.Size(), After: after, Fresh: in.Fresh,
	})
	if err != nil {
		return none, err
	}
	if err := standing.Require(access.ManageUsers); err != nil {
		return none, err
	}
	for i := range found {
		found[i] = found[i].seen(standing)
	}
	return page.List[AccessRequest]{Items: found, NextCursor: page.Seal(next, binding...)}, nil
}
