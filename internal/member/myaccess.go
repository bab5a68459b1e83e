package member

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// MyAccessInput asks in which organizations and workspaces the caller has a role.
type MyAccessInput struct {
	// Kind is "organization" or "workspace" for what the caller has in those alone; an organization's membership tells its brands.
	Kind string `query:"kind"`
	page.Query
	// Fresh are organizations and workspaces to be shown even when the index lags: what the caller just created or joined.
	Fresh []access.Scope
}

// kinds are those that memberships are of, by their names.
var kinds = map[string]access.Kind{"organization": access.KindOrganization, "workspace": access.KindWorkspace}

// Validate returns all bad fields.
func (in MyAccessInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	if _, known := kinds[in.Kind]; in.Kind != "" && !known {
		fields = append(fields, fault.Field{Pointer: "?kind", Code: "unknown_kind", Detail: `Choose "organization" or "workspace", or leave it out for both.`})
	}
	return fields
}

// MyAccessRead is what the store reads for somebody's memberships.
type MyAccessRead struct {
	User  string
	Kind  *access.Kind // nil: of both
	Limit int
	After page.Position
	Fresh []access.Scope
}

// MyAccessStore reads a person's memberships.
type MyAccessStore interface {
	// MyAccess returns, in two rounds, a page of the user's memberships in organizations and workspaces that exist. It may lag behind by
	// seconds, except in those named fresh.
	MyAccess(ctx context.Context, read MyAccessRead) ([]Membership, page.Position, error)
}

// MyAccess is the operation list-my-access.
type MyAccess struct {
	Store MyAccessStore
}

// Do returns a page of the caller's memberships.
func (op MyAccess) Do(ctx context.Context, caller request.Caller, in MyAccessInput) (page.List[Membership], error) {
	var none page.List[Membership]
	if err := caller.SignedIn(); err != nil {
		return none, err
	}
	binding := []string{"list-my-access", caller.User}
	read := MyAccessRead{User: caller.User, Limit: in.Size(), Fresh: in.Fresh}
	if kind, only := kinds[in.Kind]; only {
		binding, read.Kind = append(binding, in.Kind), &kind
	}
	var err error
	if read.After, err = page.Open(in.Cursor, binding...); err != nil {
		return none, err
	}
	memberships, next, err := op.Store.MyAccess(ctx, read)
	if err != nil {
		return none, err
	}
	for i := range memberships {
		memberships[i] = memberships[i].Own(caller)
	}
	return page.List[Membership]{Items: memberships, NextCursor: page.Seal(next, binding...)}, nil
}
