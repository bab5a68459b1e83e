package member

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the users of an organization or a brand.
type ListInput struct {
	Scope access.Scope `path:"scope"`
	Role  access.Role  `query:"role"`
	page.Query
	// Fresh are user ids to be shown from the table itself even when the index lags: what the caller just changed.
	Fresh []string
}

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	if in.Role != "" && !access.IsRole(in.Scope.Kind(), in.Role) {
		fields = append(fields, fault.Field{Pointer: "?role", Code: "unknown_role", Detail: "There is no such role here."})
	}
	return fields
}

// ListRead is what the store reads for a list.
type ListRead struct {
	Caller string
	Scope  access.Scope
	Role   access.Role
	Limit  int
	After  page.Position
	Fresh  []string
}

// ListStore reads lists of members.
type ListStore interface {
	// Members returns, in one round, the caller's standing in the scope and a page of its members: by role (most powerful
	// first), then name. A brand's members are its organization's Admins, with role admin, and then its own.
	// The list may lag behind by seconds, what is in Fresh does not.
	Members(ctx context.Context, read ListRead) (access.Standing, []Membership, page.Position, error)
}

// List is the operation list-members.
type List struct {
	Store ListStore
}

// Do returns a page of the members.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Membership], error) {
	var none page.List[Membership]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-members", caller.User, in.Scope.String(), string(in.Role)}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	standing, members, next, err := op.Store.Members(ctx, ListRead{
		Caller: caller.User, Scope: in.Scope, Role: in.Role, Limit: in.Size(), After: after, Fresh: slices.Clone(in.Fresh),
	})
	if err != nil {
		return none, err
	}
	if err := standing.Require(access.ManageUsers); err != nil {
		return none, err
	}
	for i := range members {
		members[i] = members[i].Seen(standing)
	}
	return page.List[Membership]{Items: members, NextCursor: page.Seal(next, binding...)}, nil
}
