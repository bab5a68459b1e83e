package account

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

// RegisterInput is what an identity provider says about somebody who signed up or signed in. It is trusted.
type RegisterInput struct {
	Issuer            string
	Subject           string
	Email             string
	EmailVerified     bool
	Name              string
	PreferredUsername string
}

// Known is what the store knows about somebody before they are registered.
type Known struct {
	User   *User           // their record, nil for somebody new
	Holder *User           // who else holds the verified address, nil for nobody
	Taken  map[string]bool // which of the usernames asked for belong to others
}

// Registration is one change of user records.
type Registration struct {
	Before *User // nil for somebody new
	After  User
	Former *User // loses the proof of the address to After; as it was read
}

// RegisterStore keeps user records.
type RegisterStore interface {
	// Known returns what is known, read consistently: in one round, in two when somebody else holds the address.
	Known(ctx context.Context, user, emailKey string, usernames []string) (Known, error)
	// Register stores the record with the guards of address and username. request.Overtaken says that somebody else was faster.
	Register(ctx context.Context, change Registration, trail audit.Trail) error
}

// Register is the operation register-user: it runs after sign-up and at every console sign-in (R31).
type Register struct {
	Store RegisterStore
	Now   func() time.Time
	NewID func() string
}

// Do returns the up-to-date user record, writing only what changed.
func (op Register) Do(ctx context.Context, ask request.Request, in RegisterInput) (User, error) {
	email, err := ParseEmail(in.Email)
	if err != nil {
		return User{}, err
	}
	return request.Retry(func() (User, error) { return op.register(ctx, ask, in, email) })
}

func (op Register) register(ctx context.Context, ask request.Request, in RegisterInput, email Email) (User, error) {
	id := UserID(in.Issuer, in.Subject)
	proven := ""
	if in.EmailVerified {
		proven = email.Key
	}
	name := displayName(in.Name, email)
	usernames := usernamesFor(in.PreferredUsername, name, op.NewID())
	known, err := op.Store.Known(ctx, id, proven, usernames)
	if err != nil {
		return User{}, err
	}
	change := Registration{Before: known.User, Former: known.Holder}
	change.After = User{ID: id, CreatedAt: op.Now()}
	if known.User != nil {
		change.After = *known.User
	}
	change.After.Name, change.After.Email, change.After.EmailVerified = name, email.Written, in.EmailVerified
	if known.User == nil {
		change.After.Username = firstFree(usernames, known.Taken)
	}
	if known.User != nil && *known.User == change.After && known.Holder == nil {
		return change.After, nil
	}
	change.After.Version++
	if err := op.Store.Register(ctx, change, op.trail(ask, change)); err != nil {
		return User{}, fmt.Errorf("register %s: %w", id, err)
	}
	return change.After, nil
}

func (op Register) trail(ask request.Request, change Registration) audit.Trail {
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: change.After.Person(), Request: ask}
	entry := func(user User, fact event.Fact) audit.Entry {
		return log.Entry(audit.About{Scope: access.User(user.ID), User: user.ID, Sequence: user.Version}, fact)
	}
	trail := audit.Trail{}
	if change.Before == nil {
		trail.Entries = append(trail.Entries, entry(change.After, event.UserRegistered{User: change.After.Person(), EmailVerified: change.After.EmailVerified}))
	} else {
		trail.Entries = append(trail.Entries, entry(change.After, event.UserUpdated{
			User: change.After.Person(), Before: change.Before.profile(), After: change.After.profile(),
		}))
	}
	if change.Former != nil {
		former := change.Former.WithoutProof()
		trail.Entries = append(trail.Entries, entry(former, event.UserUpdated{User: former.Person(), Before: change.Former.profile(), After: former.profile()}))
	}
	return trail
}

// WithoutProof returns the user after somebody else has proved to own their address: they keep their roles (R31).
func (u User) WithoutProof() User {
	u.EmailVerified = false
	u.Version++
	return u
}

func (u User) profile() event.Profile {
	return event.Profile{Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified}
}

func displayName(name string, email Email) string {
	name = CleanName(name)
	if name == "" {
		name, _, _ = strings.Cut(email.Written, "@")
	}
	if runes := []rune(name); len(runes) > MaxName {
		name = string(runes[:MaxName])
	}
	return name
}

const (
	minUsername = 3
	maxUsername = 40
)

// usernamesFor returns the usernames to try, best first: the preferred one, then the name with a number (R31).
// The seed makes the numbers differ from try to try.
func usernamesFor(preferred, name, seed string) []string {
	var candidates []string
	if wanted := usernameOf(preferred); wanted != "" {
		candidates = append(candidates, wanted)
	}
	base := usernameOf(name)
	if base == "" {
		base = "user"
	}
	number := 0
	for _, c := range seed {
		number = (number*31 + int(c)) % 100_000
	}
	for i := range 5 {
		candidates = append(candidates, base+strconv.Itoa((number+i*7919)%100_000+1))
	}
	return candidates
}

// usernameOf returns the text as a username: lower-case letters, digits, dot, dash and underscore; empty when too little is left.
func usernameOf(text string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		default:
			return -1
		}
	}, strings.ToLower(text))
	if len(kept) < minUsername {
		return ""
	}
	return kept[:min(len(kept), maxUsername)]
}

func firstFree(usernames []string, taken map[string]bool) string {
	for _, username := range usernames {
		if !taken[username] {
			return username
		}
	}
	return usernames[len(usernames)-1] // the guard's condition decides
}
