package store

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/event"
)

// pointerItem leads from a brand, or from all brands, to a log entry that touches it. It says enough to be filtered by.
type pointerItem struct {
	PK, SK  string
	Type    string `dynamo:"type"`
	ActorID string `dynamo:"actor_id"`
}

// Point implements upkeep.IndexStore.
func (t *Table) Point(ctx context.Context, entry event.Metadata, brands []access.Scope, everyBrand bool) error {
	var from []key
	for _, brand := range brands {
		from = append(from, pointerKey(brand, entry.ID))
	}
	if everyBrand {
		from = append(from, sharedPointerKey(entry.Scope.Root(), entry.ID))
	}
	for chunk := range slices.Chunk(from, transactionSize) {
		var writes []write
		for _, k := range chunk {
			writes = append(writes, put(t, pointerItem{PK: k.PK, SK: k.SK, Type: entry.Type, ActorID: entry.Actor.ID}, overtaken, ""))
		}
		if err := t.commit(ctx, writes); err != nil {
			return err
		}
	}
	return nil
}
