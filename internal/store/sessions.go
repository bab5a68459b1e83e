package store

import (
	"context"
	"time"

	"prism-access/internal/authn"
)

// sessionItem is a console session. Its key is the hash of what the cookie holds.
type sessionItem struct {
	PK, SK    string
	User      string    `dynamo:"user"`
	CreatedAt time.Time `dynamo:"created_at"`
	ExpiresAt time.Time `dynamo:"expires_at"`
	Expires   time.Time `dynamo:"expires,unixtime"`
}

// SaveSession implements authn.Sessions.
func (t *Table) SaveSession(ctx context.Context, hash string, s authn.Session) error {
	k := sessionKey(hash)
	item := sessionItem{PK: k.PK, SK: k.SK, User: s.User, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, Expires: s.ExpiresAt}
	return t.round(ctx, func(ctx context.Context) error { return t.table.Put(item).Run(ctx) })
}

// Session implements authn.Sessions.
func (t *Table) Session(ctx context.Context, hash string) (authn.Session, bool, error) {
	var item *sessionItem
	var g gets
	get(&g, sessionKey(hash), &item)
	if err := t.round(ctx, t.load(&g)); err != nil || item == nil {
		return authn.Session{}, false, err
	}
	return authn.Session{User: item.User, CreatedAt: item.CreatedAt, ExpiresAt: item.ExpiresAt}, true, nil
}

// DeleteSession implements authn.Sessions.
func (t *Table) DeleteSession(ctx context.Context, hash string) error {
	k := sessionKey(hash)
	return t.round(ctx, func(ctx context.Context) error { return t.table.Delete("PK", k.PK).Range("SK", k.SK).Run(ctx) })
}
