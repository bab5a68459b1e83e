package store

import (
	"context"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
)

// suppressionItem keeps mails about an organization or workspace from an address.
type suppressionItem struct {
	PK, SK  string
	Why     string    `dynamo:"why"`
	At      time.Time `dynamo:"at,unixtime"`
	Expires time.Time `dynamo:"expires,unixtime"`
}

// suppressedFor is how long mails stay suppressed when nobody sends an invitation again, by the real clock. Whoever is in has none to be sent again, and mailboxes come back;
// an invitation is over long before.
const suppressedFor = 90 * 24 * time.Hour

// suppressed says why no mail goes to an address.
func suppressed(old dynamo.Item) error {
	var item suppressionItem
	if err := decode(old, &item); err != nil {
		return err
	}
	return &invitation.Suppressed{Why: item.Why}
}

// unsuppressed is the part of a claim that holds a mail back from a suppressed address. An invitation that was sent again puts an end to what was suppressed before.
func (t *Table) unsuppressed(to invitation.Addressee) write {
	k, now := suppressionKey(to.Root, account.Fingerprint(to.Address)), t.realNow().Unix()
	if to.ResentAt.IsZero() {
		return check(t, k, suppressed, "attribute_not_exists(PK) OR 'expires' <= ?", now)
	}
	return remove(t, k, suppressed, "attribute_not_exists(PK) OR 'expires' <= ? OR 'at' <= ?", now, to.ResentAt.Unix())
}

// Tracked implements invitation.TrackStore.
func (t *Table) Tracked(ctx context.Context, about invitation.Reference, address string) (*invitation.Invitation, bool, error) {
	var (
		item *invitationItem
		held *suppressionItem
		g    gets
	)
	if about.ID != "" {
		get(&g, invitationKey(about.Root, about.ID), &item)
	}
	if address != "" {
		get(&g, suppressionKey(about.Root, account.Fingerprint(address)), &held)
	}
	if len(g.keys) == 0 {
		return nil, false, nil
	}
	err := t.round(ctx, t.load(&g))
	return item.value(), held != nil && held.Expires.After(t.realNow()), err
}

// SaveTracking implements invitation.TrackStore. It also looks at the version, as the entry says what is offered.
func (t *Table) SaveTracking(ctx context.Context, change invitation.Tracking, trail audit.Trail) error {
	var writes []write
	if after := change.After; after != nil {
		k, place := invitationKey(after.Scope.Root(), after.ID), invitationPlace(*after)
		condition, known := delivered(change.Before)
		args := append([]any{string(invitation.Pending), after.Generation, after.Version}, known...)
		writes = append(writes, update(t, k, overtaken, func(u *dynamo.Update) {
			u.Set("delivery", newDeliveryItem(*after.Delivery)).Set("GSI1SK", place).Set("GSI2SK", place).
				If("'status' = ? AND 'generation' = ? AND 'version' = ? AND "+condition, args...)
		}))
	}
	if s := change.Suppression; s != nil {
		k := suppressionKey(s.Root, account.Fingerprint(s.Address))
		item := suppressionItem{PK: k.PK, SK: k.SK, Why: s.Why, At: s.At, Expires: t.realNow().Add(suppressedFor)}
		writes = append(writes, put(t, item, overtaken, "")) // the same again changes nothing
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// delivered is the condition that nothing else is known of an invitation's mail.
func delivered(known *invitation.Delivery) (condition string, args []any) {
	if known == nil {
		return "attribute_not_exists('delivery')", nil
	}
	return "'delivery' = ?", []any{newDeliveryItem(*known)}
}
