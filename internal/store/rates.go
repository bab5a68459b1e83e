package store

import (
	"cmp"
	"context"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// What is limited by the hour or the minute.

// rate is something that is limited by the hour, or by another window of time.
type rate struct {
	key           func(begins time.Time) key
	limit         int
	window        time.Duration // zero: an hour
	code, message string
}

func (r rate) length() time.Duration { return cmp.Or(r.window, time.Hour) }

// begins returns when the window has begun that a time lies in.
func (r rate) begins(now time.Time) time.Time { return now.UTC().Truncate(r.length()) }

// exceeded says that not enough is left of the window that now lies in.
func (r rate) exceeded(now time.Time) *fault.Error {
	err := fault.New(fault.TooMany, r.code, r.message)
	err.RetryAfter = r.begins(now).Add(r.length()).Sub(now)
	return err
}

// reserve counts against a rate. It lives by the real clock.
func (t *Table) reserve(r rate, n int) write {
	now := t.realNow()
	begins := r.begins(now)
	refused := func(old dynamo.Item) error {
		var before rateItem
		if old != nil {
			if err := decode(old, &before); err != nil {
				return err
			}
		}
		return &scarce{left: max(0, r.limit-before.Used), needs: func(one parcel) bool { return one.mails }, err: r.exceeded(now)}
	}
	return update(t, r.key(begins), refused, func(u *dynamo.Update) {
		u.Add("used", n).Set("expires", begins.Add(2*r.length()).Unix())
		if n > r.limit {
			u.If("attribute_exists(PK) AND attribute_not_exists(PK)") // never: more than a whole hour's
			return
		}
		u.If("attribute_not_exists('used') OR 'used' <= ?", r.limit-n)
	})
}

type rateItem struct {
	Used int `dynamo:"used"`
}

// reserveMails counts invitation mails of the hour, which are limited (R6).
func (t *Table) reserveMails(root access.Scope, mails int) write {
	return t.reserve(rate{
		key: func(hour time.Time) key { return mailRateKey(root, hour) }, limit: t.mailsPerHour,
		code: "too_many_mails", message: "The invitation mails of this hour are used up.",
	}, mails)
}

// lookupsPerHour is how many addresses one person may ask about in an hour without inviting them (R32).
const lookupsPerHour = 1000

// ReserveLookups implements invitation.CreateStore.
func (t *Table) ReserveLookups(ctx context.Context, user string, addresses int) error {
	return t.commit(ctx, []write{t.reserve(rate{
		key: func(hour time.Time) key { return lookupRateKey(user, hour) }, limit: lookupsPerHour,
		code: "too_many_lookups", message: "You have asked about 1,000 addresses in this hour. Invite them, or go on later.",
	}, addresses)})
}

// unknownPerHour is how many usernames that nobody has one person may name in an hour to invite them (R32).
const unknownPerHour = 1000

func unknownUsernames(user string) rate {
	return rate{
		key: func(hour time.Time) key { return unknownRateKey(user, hour) }, limit: unknownPerHour,
		code: "too_many_lookups", message: "You have named about 1,000 usernames in this hour that nobody has. Go on later.",
	}
}

// countUnknown counts them as a part of a round; fault.TooMany when those of the hour are used up.
func (t *Table) countUnknown(unknown invitation.Unknown) func(context.Context) error {
	return func(ctx context.Context) error {
		if unknown.Names == 0 {
			return nil
		}
		refused, err := t.transact(ctx, []write{t.reserve(unknownUsernames(unknown.By), unknown.Names)})
		return cmp.Or(append(refused, err)...)
	}
}

// usernameLookupsPerMinute is how many usernames one person may look up in a minute (R27).
const usernameLookupsPerMinute = 30

// ReserveUsernameLookup implements invitation.FindUsersStore.
func (t *Table) ReserveUsernameLookup(ctx context.Context, user string) error {
	return t.commit(ctx, []write{t.reserve(rate{
		key: func(minute time.Time) key { return usernameRateKey(user, minute) }, limit: usernameLookupsPerMinute, window: time.Minute,
		code: "too_many_lookups", message: "You have looked up 30 usernames in this minute. Go on in a moment.",
	}, 1)})
}
