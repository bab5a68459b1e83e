package member

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// GetInput asks for one member. "me" is the caller.
type GetInput struct {
	Scope access.Scope `path:"scope"`
	User  string       `path:"u"`
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// GetStore reads one member.
type GetStore interface {
	// Member returns, in one consistent round, the caller's standing in the scope and the user's membership there; nil when
	// the user is not in it. An Organization Admin is a member of every brand.
	Member(ctx context.Context, caller string, scope access.Scope, user string) (access.Standing, *Membership, error)
}

// Get is the operation get-member.
type Get struct {
	Store GetStore
}

// Do returns the membership. Everybody may see their own, whatever their role allows; others' need the permission to view users (R25).
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Membership, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Membership{}, err
	}
	user := in.User
	if user == "me" {
		user = caller.User
	}
	standing, membership, err := op.Store.Member(ctx, caller.User, in.Scope, user)
	if err != nil {
		return Membership{}, err
	}
	if user != caller.User {
		err = standing.May(access.ToViewUsers)
	}
	if err != nil {
		return Membership{}, err
	}
	if membership == nil || !standing.Exists {
		return Membership{}, fault.Unknown()
	}
	return membership.Seen(standing), nil
}
