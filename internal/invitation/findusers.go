package invitation

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// FindUsersInput looks for users who can be invited to a workspace.
type FindUsersInput struct {
	Scope    access.Scope `path:"scope"`
	Username string       `query:"username"` // or how it begins, in three characters or more
}

// MaxHits is how many users a lookup shows.
const MaxHits = 5

// Validate returns all bad fields.
func (in FindUsersInput) Validate() []fault.Field {
	switch {
	case in.Username == "":
		return []fault.Field{{Pointer: "?username", Code: "required", Detail: "Type a username, or at least its first three characters."}}
	case !account.IsUsername(account.UsernameKey(in.Username)):
		return []fault.Field{{Pointer: "?username", Code: "malformed_username", Detail: "A username has at least three characters: letters, digits, dots, dashes and underscores."}}
	}
	return nil
}

// Hit is a user who was found: nothing but how they are called.
type Hit struct {
	Username string `json:"username"`
	Name     string `json:"name"`
}

// Hits are the users who were found, at most MaxHits.
type Hits struct {
	Items []Hit `json:"items"`
}

// FindUsersStore looks for users.
type FindUsersStore interface {
	// UsersNamed returns, in one consistent round, the caller's standing in the workspace and the first users, by username, whose username
	// begins so.
	UsersNamed(ctx context.Context, caller string, workspace access.Scope, beginning string, limit int) (access.Standing, []Hit, error)
	// ReserveUsernameLookup counts a lookup; fault.TooMany when those of the minute are used up.
	ReserveUsernameLookup(ctx context.Context, user string) error
}

// FindUsers is the operation find-users.
type FindUsers struct {
	Store FindUsersStore
}

// Do returns those whose username is the one asked for or begins so. It tells who has an account, so it is limited by the minute (R32).
func (op FindUsers) Do(ctx context.Context, caller request.Caller, in FindUsersInput) (Hits, error) {
	if err := caller.SignedIn(); err != nil {
		return Hits{}, err
	}
	standing, found, err := op.Store.UsersNamed(ctx, caller.User, in.Scope, account.UsernameKey(in.Username), MaxHits)
	if err == nil {
		err = standing.May(access.ToInvite)
	}
	if err == nil {
		err = op.Store.ReserveUsernameLookup(ctx, caller.User)
	}
	if err != nil {
		return Hits{}, err
	}
	return Hits{Items: append([]Hit{}, found...)}, nil
}
