package store

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/page"
	"prism-access/internal/upkeep"
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

// onItsWay is how long an event may take before its entry counts as one whose event was lost.
const onItsWay = 10 * time.Second

// Unpointed implements upkeep.IndexStore. It costs two rounds: a page of the log, and what there is of each brand in the same stretch of time.
func (t *Table) Unpointed(
	ctx context.Context, entry event.Metadata, brands []access.Scope, after page.Position,
) ([]upkeep.Unpointed, page.Position, error) {
	id, err := ulid.ParseStrict(entry.ID)
	if err != nil { // no id of ours
		return nil, "", nil //nolint:nilerr // so nothing can be told to come before it
	}
	root := entry.Scope.Root()
	items, next, err := pageOf[entryItem](ctx, t, segment{
		partition: entryKey(root, "").PK, from: " ", to: ulidAt(ulid.Time(id.Time()).Add(-onItsWay)), backwards: true,
	}, after)
	if err != nil || len(items) == 0 {
		return nil, "", err
	}
	newest, oldest := items[0].SK, items[len(items)-1].SK
	pointed := make([]map[string]bool, len(brands))
	parts := make([]func(context.Context) error, len(brands))
	for i, brand := range brands {
		pointed[i] = map[string]bool{}
		parts[i] = func(ctx context.Context) error {
			found, err := queryOne[pointerItem](ctx, t, segment{partition: pointerKey(brand, "").PK, from: oldest, to: newest}, 0, len(items), place{})
			for _, item := range found.items {
				pointed[i][item.value.SK] = true
			}
			return err
		}
	}
	if err := t.round(ctx, parts...); err != nil {
		return nil, "", err
	}
	var lost []upkeep.Unpointed
	for _, item := range items {
		one, err := item.entry()
		if err != nil {
			return nil, "", err
		}
		var missing []access.Scope
		for i, brand := range brands {
			if slices.Contains(one.Scopes, brand) && !pointed[i][one.ID] {
				missing = append(missing, brand)
			}
		}
		if len(missing) > 0 {
			lost = append(lost, upkeep.Unpointed{Entry: one.Event().Detail.Metadata, Brands: missing})
		}
	}
	return lost, next, nil
}
