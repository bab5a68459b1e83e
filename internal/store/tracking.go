package store

import (
	"context"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

// mailStopItem keeps mails about an organization or workspace from an address. Those of earlier code have a TTL and hold until it removes them.
type mailStopItem struct {
	PK, SK string
	Why    string    `dynamo:"why"`
	At     time.Time `dynamo:"at,unixtime"`
}

func newMailStopItem(k key, stop member.MailStop) mailStopItem {
	return mailStopItem{PK: k.PK, SK: k.SK, Why: stop.Why, At: stop.At}
}

func (i *mailStopItem) value() *member.MailStop {
	if i == nil {
		return nil
	}
	return &member.MailStop{Why: i.Why, At: i.At.UTC()}
}

// stopped says why no mail goes to an address.
func stopped(old dynamo.Item) error {
	var item mailStopItem
	if err := decode(old, &item); err != nil {
		return err
	}
	return &invitation.Stopped{MailStop: *item.value()}
}

// resumes is the part of a transaction that ends a stop of mails as it was read.
func (t *Table) resumes(root access.Scope, address string, stop member.MailStop) write {
	return remove(t, mailStopKey(root, account.Fingerprint(address)), overtaken, "'at' = ?", stop.At.Unix())
}

// mayMail is the part of a claim that holds a mail back where mails have stopped, unless it ends that.
func (t *Table) mayMail(to invitation.Addressee) []write {
	if to.Resumes == nil {
		return []write{check(t, mailStopKey(to.Root, account.Fingerprint(to.Address)), stopped, "attribute_not_exists(PK)")}
	}
	return append([]write{t.resumes(to.Root, to.Address, to.Resumes.Stop)}, t.trail(to.Resumes.Trail)...)
}

// MailStop implements member.GetStore.
func (t *Table) MailStop(ctx context.Context, root access.Scope, address string) (*member.MailStop, error) {
	var item *mailStopItem
	var g gets
	get(&g, mailStopKey(root, account.Fingerprint(address)), &item)
	err := t.round(ctx, t.load(&g))
	return item.value(), err
}

// ResumeMails implements member.ResumeStore.
func (t *Table) ResumeMails(ctx context.Context, root access.Scope, address string, stop member.MailStop, trail audit.Trail) error {
	// The trail comes first: whoever has lost the right meanwhile is told so, not what else is in the way by now.
	return t.commit(ctx, append(t.trail(trail), t.resumes(root, address, stop)))
}

// Tracked implements invitation.TrackStore.
func (t *Table) Tracked(ctx context.Context, about invitation.Reference, address string) (invitation.Tracked, error) {
	var (
		item  *invitationItem
		held  *mailStopItem
		owner *guardItem
		a     authority
		g     gets
	)
	if about.ID != "" {
		get(&g, invitationKey(about.Root, about.ID), &item)
	}
	if address != "" {
		a.collectScope(&g, about.Root)
		get(&g, mailStopKey(about.Root, account.Fingerprint(address)), &held)
		get(&g, emailKey(address), &owner)
	}
	if len(g.keys) == 0 {
		return invitation.Tracked{}, nil
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return invitation.Tracked{}, err
	}
	known := invitation.Tracked{Invitation: item.value(), Stopped: held != nil || address != "" && !a.exists()}
	if owner == nil || known.Stopped || known.Invitation != nil {
		return known, nil
	}
	user, err := t.User(ctx, owner.User)
	known.Owner = user.Person()
	return known, err
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
	if change.Stop != nil {
		writes = append(writes, putNew(t, newMailStopItem(mailStopKey(change.Root, account.Fingerprint(change.Address)), *change.Stop), overtaken))
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
