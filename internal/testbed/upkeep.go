package testbed

import (
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/upkeep"
)

// Indexes returns the operation maintain-indexes.
func (b *Bed) Indexes() upkeep.Indexes { return upkeep.Indexes{Store: b.Table} }

// Index hands maintain-indexes all that the log of an organization or a workspace has published.
func (b *Bed) Index(id string) {
	b.T.Helper()
	for _, envelope := range b.Envelopes(id) {
		if err := b.Indexes().Do(b.T.Context(), envelope); err != nil {
			b.T.Fatal(err)
		}
	}
}

// Cleaner returns the operation clean-up.
func (b *Bed) Cleaner() upkeep.CleanUp {
	return upkeep.CleanUp{
		Store: b.Table, Roles: b.Table, Indexes: b.Indexes(), Reassign: b.Reassign(), Invitations: b.CloseInvitation(), Offers: b.RefitInvitation(),
		Requests: b.CloseRequest(),
	}
}

// Reassign returns the operation of subscribers that rewrites who is stored with a deleted role.
func (b *Bed) Reassign() member.Reassign {
	return member.Reassign{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// RefitInvitation returns the operation of subscribers that keeps invitations true.
func (b *Bed) RefitInvitation() invitation.Refit {
	return invitation.Refit{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// CloseInvitation returns the operation of subscribers that closes invitations.
func (b *Bed) CloseInvitation() invitation.Close {
	return invitation.Close{Store: b.Table, Now: b.Now, NewID: b.NewID}
}
