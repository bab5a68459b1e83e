package accessrequest

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// JoinInput asks what a join link leads to.
type JoinInput struct {
	Scope      access.Scope `path:"scope"`
	Connection string       `query:"via"`
}

// Validate returns all bad fields.
func (in JoinInput) Validate() []fault.Field { return nil }

// Join is what somebody sees before they ask for access.
type Join struct {
	Organization Named          `json:"organization"`
	Connection   Named          `json:"connection"`
	Brands       []Named        `json:"brands,omitempty"`     // that can be asked for, unless the organization hides them
	Invitation   *Invited       `json:"invitation,omitempty"` // to be accepted instead
	Request      string         `json:"request,omitempty"`    // the open one, or the one that was rejected less than a day ago
	Actions      access.Actions `json:"actions"`
}

// JoinStore reads what a join link leads to.
type JoinStore interface {
	AskStore
	// JoinDetails returns, in one round, an open invitation of the address to the organization or one of its brands, as
	// CreateStore.InvitedTo does, and if asked to the organization's brands, oldest first: 1,000 at most.
	JoinDetails(ctx context.Context, organization access.Scope, emailKey string, now time.Time, withBrands bool) (*Invited, []Named, error)
}

// PreviewJoin is the operation preview-join.
type PreviewJoin struct {
	Store JoinStore
	Now   func() time.Time
}

// Do returns what the link leads to, and whether the caller may ask for access now. Whose address is not proven sees the
// organization's name alone.
func (op PreviewJoin) Do(ctx context.Context, caller request.Caller, in JoinInput) (Join, error) {
	ground, connection, err := ask(ctx, op.Store, caller, in.Scope, in.Connection, nil)
	if err != nil {
		return Join{}, err
	}
	now := op.Now()
	join := Join{
		Organization: Named{ID: ground.Organization.ID, Name: ground.Organization.Name}, Connection: connection,
	}
	if ground.User.EmailVerified {
		if ground.Before.check(now) != nil {
			join.Request = ground.Before.Request
		}
		join.Invitation, join.Brands, err = op.Store.JoinDetails(ctx, in.Scope, account.EmailKey(ground.User.Email), now, ground.Organization.ListBrandsToRequesters)
		if err != nil {
			return Join{}, err
		}
	}
	join.Actions = access.Actions{"create": access.ActionFrom(ground.canAsk(join.Invitation, now))}
	return join, nil
}

// ask reads the ground for somebody who has come through a connection. An organization that does not exist and a connection that is
// unknown or off are the same 404.
func ask(ctx context.Context, store AskStore, caller request.Caller, scope access.Scope, connection string, brands []string) (Ground, Named, error) {
	if err := caller.SignedIn(); err != nil {
		return Ground{}, Named{}, err
	}
	ground, err := store.JoinGround(ctx, scope, caller.User, brands)
	if err != nil {
		return Ground{}, Named{}, err
	}
	if ground.User == nil {
		return Ground{}, Named{}, account.ErrNotRegistered()
	}
	via, err := ground.connection(connection)
	return ground, via, err
}
