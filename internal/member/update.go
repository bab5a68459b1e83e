package member

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// UpdateInput changes what a member of an organization or a brand holds.
type UpdateInput struct {
	Scope   access.Scope `path:"scope"`
	User    string       `path:"u"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Wish
}

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field { return in.validate(in.Scope.Kind()) }

// Update is the operation update-member.
type Update struct{ Editing }

// Do changes the member and returns the membership, the same when nothing changes. Nobody changes their own role, and in a brand nobody an
// Organization Admin (R5).
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Membership, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return Membership{}, err
	}
	after, err := op.one(ctx, caller, in.edit(in.Scope), itself(caller, in.User), in.IfMatch)
	switch {
	case err != nil:
		return Membership{}, err
	case after == nil: // of a repeated request: out since
		return Membership{}, fault.Unknown()
	}
	return *after, nil
}

func (w Wish) edit(scope access.Scope) edit {
	return edit{
		scope: scope, needs: access.ToChangeUsers, brands: w.in(scope).brandIDs(), reason: w.Reason,
		decide: func(found Subjects, m Membership, now time.Time) (Change, bool, error) {
			return w.revise(found.Standing, m, found.Brands, Given{By: found.Standing.Person, At: now, Via: ViaDirect})
		},
	}
}

// BulkUpdateInput changes what several members hold. Nobody becomes Admin this way (R11).
type BulkUpdateInput struct {
	Scope   access.Scope            `path:"scope"`
	Members []Selected              `json:"members"`
	Role    access.Role             `json:"role"`
	Brands  map[string]*access.Role `json:"brands"`
	Reason  string                  `json:"reason"`
	DryRun  bool                    `query:"dry_run"`
}

func (in BulkUpdateInput) wish() Wish {
	return Wish{Role: in.Role, Brands: in.Brands, Reason: in.Reason}
}

// Validate returns all bad fields.
func (in BulkUpdateInput) Validate() []fault.Field {
	fields := validateSelected(in.Members)
	if in.Role == access.Admin {
		return append(fields, fault.Field{Pointer: "/role", Code: "not_allowed", Detail: "Admins are made one by one."})
	}
	return append(fields, in.wish().validate(in.Scope.Kind())...)
}

// BulkUpdate is the operation bulk-update-members.
type BulkUpdate struct{ Editing }

// Do changes each member, or says why not.
func (op BulkUpdate) Do(ctx context.Context, caller request.Caller, in BulkUpdateInput) (BulkOutput, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return BulkOutput{}, err
	}
	return op.several(ctx, caller, in.wish().edit(in.Scope), in.Members, in.DryRun)
}
