package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/request"
)

// ElsewhereInput asks to what else in the organization the addresses are invited besides the scope, which is the organization or one of its brands.
type ElsewhereInput struct {
	Scope     access.Scope
	Addresses []string
}

// ElsewhereStore reads what addresses are invited to.
type ElsewhereStore interface {
	// InvitedBy returns, in one round, the caller's standing in the organization, and of each address, given in its compared form, the first of the
	// invitations of the organization and its brands that are open at now. They may lag behind by seconds.
	InvitedBy(ctx context.Context, caller string, organization access.Scope, addresses []string, now time.Time) (access.Standing, []Invitation, error)
}

// Elsewhere finds out to what else people are invited: an organization and each of its brands invite for themselves (R13).
type Elsewhere struct {
	Store ElsewhereStore
	Now   func() time.Time
}

// Do returns the open invitations of each address that has some, those first that expire first. Whoever may not see the organization's sees none
// (R25).
func (op Elsewhere) Do(ctx context.Context, caller request.Caller, in ElsewhereInput) (map[string][]Invitation, error) {
	if err := caller.SignedIn(); err != nil {
		return nil, err
	}
	keys, written := make([]string, len(in.Addresses)), map[string]string{}
	for n, address := range in.Addresses {
		keys[n] = account.EmailKey(address)
		written[keys[n]] = address
	}
	standing, open, err := op.Store.InvitedBy(ctx, caller.User, in.Scope.Root(), keys, op.Now())
	if err != nil || standing.May(access.ToManageInvitations) != nil {
		return nil, err
	}
	found := map[string][]Invitation{}
	for _, i := range open {
		if i.Scope != in.Scope {
			found[written[i.InviteeKey]] = append(found[written[i.InviteeKey]], i)
		}
	}
	return found, nil
}
