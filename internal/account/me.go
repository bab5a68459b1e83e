package account

import (
	"context"

	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// MeInput asks who the caller is.
type MeInput struct{}

// Validate returns all bad fields.
func (MeInput) Validate() []fault.Field { return nil }

// MeStore reads user records.
type MeStore interface {
	// User returns the user record, read consistently; ErrNotRegistered when there is none.
	User(ctx context.Context, id string) (User, error)
}

// Me is the operation get-me.
type Me struct {
	Store MeStore
}

// Do returns the caller's user record.
func (op Me) Do(ctx context.Context, caller request.Caller, _ MeInput) (User, error) {
	if err := caller.SignedIn(); err != nil {
		return User{}, err
	}
	return op.Store.User(ctx, caller.User)
}
