package store

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
)

// ChangeMembers implements member.EditStore.
func (t *Table) ChangeMembers(ctx context.Context, scope access.Scope, edits []member.Numbered, trail audit.Trail) []error {
	parcels := make([]parcel, len(edits))
	for i, e := range edits {
		parcels[i] = parcel{
			number: e.Number, result: e.After.User.ID, admins: moreAdmins(e.Change),
			writes: append(t.membership(e.Change), t.entries([]audit.Entry{e.Entry})...),
		}
	}
	return t.pack(ctx, scope, parcels, trail)
}
