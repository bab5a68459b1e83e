package store

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
)

// SaveOpenings implements invitation.CreateStore.
func (t *Table) SaveOpenings(ctx context.Context, scope access.Scope, openings []invitation.Opening, trail audit.Trail) []error {
	parcels := make([]parcel, len(openings))
	for i, opening := range openings {
		parcels[i] = t.opening(opening)
	}
	return t.pack(ctx, scope, parcels, trail)
}

// opening returns what one invitee stores.
func (t *Table) opening(o invitation.Opening) parcel {
	p := parcel{number: o.Number, mails: o.Mails}
	if o.Lapsed != nil {
		p.writes = append(p.writes, t.settle(o.Lapsed.Expire(), ""))
	}
	if o.Invitation != nil {
		p.result = o.Invitation.ID
		p.writes = append(p.writes,
			putNew(t, newInvitationItem(*o.Invitation), overtaken),
			put(t, newOpenItem(*o.Invitation), alreadyOpen, "attribute_not_exists(PK) OR 'expires' <= ?", o.Invitation.SentAt.Unix()))
		p.writes = append(p.writes, t.reminder(*o.Invitation, o.Mails)...)
	}
	if o.Joins != nil {
		p.result, p.admins = o.Joins.After.User.ID, moreAdmins(*o.Joins)
		p.writes = append(p.writes, t.membership(*o.Joins)...)
		if o.Lapsed != nil {
			p.writes = append(p.writes, t.releaseGuard(*o.Lapsed))
		}
	}
	p.writes = append(p.writes, t.entries(o.Entries)...)
	return p
}
