package store

import (
	"context"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/account"
	"prism-access/internal/audit"
)

type userItem struct {
	PK, SK        string
	ID            string    `dynamo:"id"`
	Name          string    `dynamo:"name"`
	Email         string    `dynamo:"email"`
	EmailVerified bool      `dynamo:"email_verified"`
	Username      string    `dynamo:"username"`
	CreatedAt     time.Time `dynamo:"created_at"`
	Version       int       `dynamo:"version"`
}

// guardItem says whose an e-mail address or a username is.
type guardItem struct {
	PK, SK string
	User   string `dynamo:"user"`
	Name   string `dynamo:"name,omitempty"` // of a username's owner, for look-ups
}

func newUserItem(u account.User) userItem {
	k := userKey(u.ID)
	return userItem{
		PK: k.PK, SK: k.SK, ID: u.ID, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified, Username: u.Username,
		CreatedAt: u.CreatedAt, Version: u.Version,
	}
}

func (i *userItem) user() *account.User {
	if i == nil {
		return nil
	}
	return &account.User{
		ID: i.ID, Name: i.Name, Email: i.Email, EmailVerified: i.EmailVerified, Username: i.Username, CreatedAt: i.CreatedAt, Version: i.Version,
	}
}

// address is the one at which the user reads mail, in its compared form; empty when they have proven none.
func (i *userItem) address() string {
	if i == nil || !i.EmailVerified {
		return ""
	}
	return account.EmailKey(i.Email)
}

// User implements account.MeStore and others.
func (t *Table) User(ctx context.Context, id string) (account.User, error) {
	var item *userItem
	var g gets
	get(&g, userKey(id), &item)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return account.User{}, err
	}
	if item == nil {
		return account.User{}, account.ErrNotRegistered()
	}
	return *item.user(), nil
}

// Known implements account.RegisterStore.
func (t *Table) Known(ctx context.Context, user, email string, usernames []string) (account.Known, error) {
	var (
		item  *userItem
		guard *guardItem
		g     gets
		names = map[string]guardItem{}
		known = account.Known{Taken: map[string]bool{}}
	)
	get(&g, userKey(user), &item)
	if email != "" {
		get(&g, emailKey(email), &guard)
	}
	for _, name := range usernames {
		getInto(&g, usernameKey(name), names, name)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return known, err
	}
	known.User = item.user()
	for name := range names {
		known.Taken[name] = true
	}
	if guard == nil || guard.User == user {
		return known, nil
	}
	var holder *userItem
	var more gets
	get(&more, userKey(guard.User), &holder)
	err := t.round(ctx, t.load(&more))
	known.Holder = holder.user()
	return known, err
}

// Register implements account.RegisterStore.
func (t *Table) Register(ctx context.Context, change account.Registration, trail audit.Trail) error {
	after := newUserItem(change.After)
	var writes []write
	if change.Before == nil {
		writes = append(writes, putNew(t, after, overtaken))
		name := usernameKey(change.After.Username)
		writes = append(writes, putNew(t, guardItem{PK: name.PK, SK: name.SK, User: after.ID, Name: after.Name}, overtaken))
	} else {
		writes = append(writes, put(t, after, overtaken, "'version' = ?", change.Before.Version))
		if change.Before.Name != change.After.Name {
			writes = append(writes, update(t, usernameKey(change.After.Username), overtaken, func(u *dynamo.Update) {
				u.Set("name", after.Name).If("'user' = ?", after.ID)
			}))
		}
	}
	writes = append(writes, t.moveEmail(change)...)
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// moveEmail returns the writes that keep each proven address with exactly one person.
func (t *Table) moveEmail(change account.Registration) []write {
	var writes []write
	proven := func(u account.User) string {
		if u.EmailVerified {
			return account.EmailKey(u.Email)
		}
		return ""
	}
	before, after := "", proven(change.After)
	if change.Before != nil {
		before = proven(*change.Before)
	}
	if before != "" && before != after {
		writes = append(writes, remove(t, emailKey(before), overtaken, "attribute_not_exists(PK) OR 'user' = ?", change.After.ID))
	}
	if change.Former != nil {
		former := change.Former.WithoutProof()
		writes = append(writes, put(t, newUserItem(former), overtaken, "'version' = ?", change.Former.Version))
	}
	if after != "" && (after != before || change.Former != nil) {
		k := emailKey(after)
		guard := guardItem{PK: k.PK, SK: k.SK, User: change.After.ID}
		if change.Former != nil {
			writes = append(writes, put(t, guard, overtaken, "'user' = ?", change.Former.ID))
		} else {
			writes = append(writes, put(t, guard, overtaken, "attribute_not_exists(PK) OR 'user' = ?", change.After.ID))
		}
	}
	return writes
}
