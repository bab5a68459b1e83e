package store

import (
	"context"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// reminderItem stands beside the guard of an open invitation until its invitee is to be reminded: TTL removes it then. Nothing else does, as
// what is not open any more by then is not reminded of.
type reminderItem struct {
	PK, SK     string
	Scope      string    `dynamo:"scope"`
	ID         string    `dynamo:"id"`
	Generation int       `dynamo:"generation"`
	Notify     bool      `dynamo:"notify"`
	Expires    time.Time `dynamo:"expires,unixtime"`
}

// reminder returns the write of an invitation's reminder, or none when it does not last long enough.
func (t *Table) reminder(i invitation.Invitation, notify bool) []write {
	at, due := i.RemindAt()
	if !due {
		return nil
	}
	k := reminderKey(i.Scope, i.InviteeKey)
	item := reminderItem{PK: k.PK, SK: k.SK, Scope: i.Scope.String(), ID: i.ID, Generation: i.Generation, Notify: notify, Expires: at}
	return []write{put(t, item, overtaken, "")}
}

// RemindInvitation implements invitation.RemindStore.
func (t *Table) RemindInvitation(ctx context.Context, of invitation.Invitation, trail audit.Trail) error {
	reminded := update(t, invitationKey(of.Scope.Root(), of.ID), overtaken, func(u *dynamo.Update) {
		u.Set("reminded", of.Generation).
			If("'status' = ? AND 'generation' = ? AND (attribute_not_exists('reminded') OR 'reminded' <> ?)", string(invitation.Pending), of.Generation, of.Generation)
	})
	return t.commit(ctx, append([]write{reminded}, t.trail(trail)...))
}

// linkRequestItem says that the invitee has asked for another link. It lives by the real clock.
type linkRequestItem struct {
	PK, SK  string
	Expires time.Time `dynamo:"expires,unixtime"`
}

// RequestLink implements invitation.RequestLinkStore.
func (t *Table) RequestLink(ctx context.Context, asked invitation.Invitation, trail audit.Trail) error {
	k, now := linkRequestKey(asked.Scope.Root(), asked.ID), t.realNow()
	today := linkRequestItem{PK: k.PK, SK: k.SK, Expires: now.Add(invitation.LinkRequestInterval)}
	tooSoon := func(old dynamo.Item) error {
		var before linkRequestItem
		if err := decode(old, &before); err != nil {
			return err
		}
		err := fault.New(fault.TooMany, "too_many_link_requests", "A new link was asked for within the last day. Whoever can send it knows.")
		err.RetryAfter = before.Expires.Sub(now)
		return err
	}
	writes := []write{
		put(t, today, tooSoon, "attribute_not_exists(PK) OR 'expires' <= ?", now.Unix()),
		update(t, invitationKey(asked.Scope.Root(), asked.ID), overtaken, func(u *dynamo.Update) {
			u.Set("link_requested_at", asked.LinkRequestedAt.UTC()).If("'version' = ?", asked.Version)
		}),
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// Finished implements invitation.CleanUpStore.
func (t *Table) Finished(ctx context.Context, caller string, scope access.Scope, now time.Time, limit int) (access.Standing, []invitation.Invitation, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	segments := append(invitationSegments(scope, invitation.Filter(invitation.Expired), now), invitationSegments(scope, invitation.Filter(invitation.Declined), now)...)
	listing, err := newListing[invitationItem](t, segments, limit, "")
	if err != nil {
		return access.Standing{}, nil, err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, err
	}
	items, _ := listing.page()
	var found []invitation.Invitation
	for i := range items {
		found = append(found, *items[i].value())
	}
	return a.standing(), found, nil
}

// DeleteInvitations implements invitation.CleanUpStore.
func (t *Table) DeleteInvitations(ctx context.Context, deleted []invitation.Invitation, trail audit.Trail) error {
	writes := t.trail(trail)
	for _, i := range deleted {
		writes = append(writes, remove(t, invitationKey(i.Scope.Root(), i.ID), overtaken, "'version' = ?", i.Version))
		if i.Status == invitation.Pending { // it has lapsed, and its guard may be there still
			writes = append(writes, t.releaseGuard(i))
		}
	}
	return t.commit(ctx, writes)
}
