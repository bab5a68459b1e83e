package testbed

import (
	"prism-access/internal/invitation"
	"prism-access/internal/upkeep"
)

// Indexes returns the operation maintain-indexes.
func (b *Bed) Indexes() upkeep.Indexes { return upkeep.Indexes{Store: b.Table} }

// Index hands maintain-indexes all that the log of an organization has published.
func (b *Bed) Index(organization string) {
	b.T.Helper()
	for _, envelope := range b.Envelopes(organization) {
		if err := b.Indexes().Do(b.T.Context(), envelope); err != nil {
			b.T.Fatal(err)
		}
	}
}

// Cleaner returns the operation clean-up.
func (b *Bed) Cleaner() upkeep.CleanUp {
	return upkeep.CleanUp{Store: b.Table, Indexes: b.Indexes(), Invitations: b.CloseInvitation(), Offers: b.RefitInvitation(), Requests: b.CloseRequest()}
}

// RefitInvitation returns the operation of subscribers that keeps invitations true.
func (b *Bed) RefitInvitation() invitation.Refit {
	return invitation.Refit{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// CloseInvitation returns the operation of subscribers that closes invitations.
func (b *Bed) CloseInvitation() invitation.Close {
	return invitation.Close{Store: b.Table, Now: b.Now, NewID: b.NewID}
}
