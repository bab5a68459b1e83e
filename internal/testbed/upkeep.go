package testbed

import (
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
