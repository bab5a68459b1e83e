package store

import (
	"context"
	"sync"
	"time"

	"github.com/guregu/dynamo/v2"
	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"

	"prism-access/internal/audit"
)

// Unpublished implements audit.Outbox.
func (t *Table) Unpublished(ctx context.Context, before time.Time, limit int) ([]audit.Entry, error) {
	var oldest ulid.ULID
	if err := oldest.SetTime(ulid.Timestamp(before)); err != nil {
		return nil, err
	}
	var mutex sync.Mutex
	var items []dynamo.Item
	parts := make([]func(context.Context) error, unpublishedShards)
	for i, shard := range shardNames {
		s := segment{index: "GSI2", partition: UnpublishedPrefix + shard, from: " ", to: oldest.String()}
		parts[i] = func(ctx context.Context) error {
			found, err := queryOne[dynamo.Item](ctx, t, s, i, limit, place{})
			mutex.Lock()
			defer mutex.Unlock()
			for _, item := range found.items {
				items = append(items, item.value)
			}
			return err
		}
	}
	if err := t.round(ctx, parts...); err != nil {
		return nil, err
	}
	return entriesOf(items)
}

// markWorkers bounds how many marks are under way at once.
const markWorkers = 16

// MarkPublished implements audit.Outbox. It changes index keys only, never a fact.
func (t *Table) MarkPublished(ctx context.Context, entries []audit.Entry) error {
	return t.round(ctx, func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(markWorkers)
		for _, entry := range entries {
			k, by := entryKey(entry.Scope.Root(), entry.ID), entriesBy(entry.Scope.Root(), entry.Actor.ID, entry.ID)
			group.Go(func() error {
				return t.table.Update("PK", k.PK).Range("SK", k.SK).Set("GSI2PK", by.PK).Set("GSI2SK", by.SK).
					If("attribute_exists(PK)").Run(ctx)
			})
		}
		return group.Wait()
	})
}
