package store

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/event"
)

// pointerItem leads from a brand to a log entry that touches it. It says enough to be filtered by.
type pointerItem struct {
	PK, SK  string
	Type    string `dynamo:"type"`
	ActorID string `dynamo:"actor_id"`
}

// Point implements upkeep.IndexStore.
func (t *Table) Point(ctx context.Context, entry event.Metadata, brands []access.Scope) error {
	for chunk := range slices.Chunk(brands, transactionSize) {
		var writes []write
		for _, brand := range chunk {
			k := pointerKey(brand, entry.ID)
			writes = append(writes, put(t, pointerItem{PK: k.PK, SK: k.SK, Type: entry.Type, ActorID: entry.Actor.ID}, overtaken, ""))
		}
		if err := t.commit(ctx, writes); err != nil {
			return err
		}
	}
	return nil
}
