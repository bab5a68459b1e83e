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
	// WithoutMails says that it does not matter whether mails to them have stopped, which takes a round more.
	WithoutMails bool
}

// Validate returns all bad fields.
func (in GetInput) Validate() []fault.Field { return nil }

// Found is one member of a scope, as somebody found them.
type Found struct {
	Standing access.Standing // the caller's, in the scope
	Member   *Membership     // nil: not in it
	Address  string          // at which the member of an organization or workspace reads mail, in its compared form; empty when they have proven none
}

// GetStore reads one member.
type GetStore interface {
	// Member returns, in one consistent round, the caller's standing in the scope and the user's membership there. An Organization Admin is a member of
	// every brand.
	Member(ctx context.Context, caller string, scope access.Scope, user string) (Found, error)
	// MailStop returns, in one consistent round, why mails about an organization or workspace to an address have stopped; nil when they have not.
	MailStop(ctx context.Context, root access.Scope, address string) (*MailStop, error)
}

// Get is the operation get-member.
type Get struct {
	Store GetStore
}

// Do returns the membership. Everybody may see their own, whatever their role allows; others' need the permission to view users (R25). Whether mails to them
// have stopped is for those who may resume them.
func (op Get) Do(ctx context.Context, caller request.Caller, in GetInput) (Membership, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Membership{}, err
	}
	user := itself(caller, in.User)
	found, err := op.Store.Member(ctx, caller.User, in.Scope, user)
	if err != nil {
		return Membership{}, err
	}
	if user != caller.User {
		err = found.Standing.May(access.ToViewUsers)
	}
	if err != nil {
		return Membership{}, err
	}
	if found.Member == nil || !found.Standing.Exists {
		return Membership{}, fault.Unknown()
	}
	seen := found.Member.Seen(caller, found.Standing)
	if !in.WithoutMails && caller.SignedIn(request.ScopeWriteMembers) == nil && found.mayResume() == nil {
		seen.MailsStopped, err = found.stop(ctx, op.Store)
	}
	return seen, err
}

// mayResume returns why whoever found the member may not let mails go to them again, or nil: whoever may give others their roles may, below the same ceiling.
// Their own count as well: an only Admin has nobody else. In a brand nobody may: mails stop in its organization.
func (f Found) mayResume() error {
	if err := f.Standing.May(access.ToChangeUsers); err != nil {
		return err
	}
	if f.Member == nil || f.Standing.Scope.Kind() == access.KindBrand {
		return fault.Unknown()
	}
	return mayTouch(f.Standing, *f.Member)
}

// stop returns why mails to the member have stopped, nil when they have not.
func (f Found) stop(ctx context.Context, store GetStore) (*MailStop, error) {
	if f.Address == "" {
		return nil, nil
	}
	return store.MailStop(ctx, f.Standing.Scope, f.Address)
}
