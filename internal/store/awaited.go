package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/guregu/dynamo/v2"
	"golang.org/x/sync/errgroup"

	"prism-access/internal/access"
	"prism-access/internal/audit"
)

// awaitedItem says that a subscriber has yet to confirm the event of a log entry. It lives by the real clock.
type awaitedItem struct {
	PK, SK  string
	Root    string    `dynamo:"root"` // of the log
	Expires time.Time `dynamo:"expires,unixtime"`
}

// awaitedLife is how long a confirmation is awaited: longer than the sweep asks for it.
const awaitedLife = 48 * time.Hour

func (t *Table) newAwaitedItem(entry audit.Entry, subscriber string) awaitedItem {
	k := awaitedKey(entry.ID, subscriber)
	return awaitedItem{PK: k.PK, SK: k.SK, Root: entry.Scope.Root().String(), Expires: t.realNow().Add(awaitedLife)}
}

// Await implements audit.Outbox.
func (t *Table) Await(ctx context.Context, awaited []audit.Awaited) error {
	return t.round(ctx, func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(markWorkers)
		for _, one := range awaited {
			for _, subscriber := range one.By {
				item := t.newAwaitedItem(one.Entry, subscriber)
				group.Go(func() error { return t.table.Put(item).Run(ctx) })
			}
		}
		return group.Wait()
	})
}

// Confirm implements upkeep.Confirmations.
func (t *Table) Confirm(ctx context.Context, event, subscriber string) error {
	k := awaitedKey(event, subscriber)
	return t.round(ctx, func(ctx context.Context) error {
		return t.table.Delete("PK", k.PK).Range("SK", k.SK).Run(ctx)
	})
}

// Unconfirmed implements audit.Outbox. It costs two rounds: what is awaited, and the entries.
func (t *Table) Unconfirmed(ctx context.Context, from, before time.Time, limit int) ([]audit.Entry, error) {
	var mutex sync.Mutex
	keys := map[key]bool{} // an entry that two subscribers miss is there once
	parts := make([]func(context.Context) error, len(shardNames))
	for i, shard := range shardNames {
		s := segment{partition: awaitedPrefix + shard, from: ulidAt(from), to: ulidAt(before)}
		parts[i] = func(ctx context.Context) error {
			found, err := queryOne[awaitedItem](ctx, t, s, i, limit, place{})
			mutex.Lock()
			defer mutex.Unlock()
			for _, item := range found.items {
				id, _, _ := strings.Cut(item.value.SK, "#")
				root, _ := access.ParseScope(item.value.Root) // we wrote it
				keys[entryKey(root, id)] = true
			}
			return err
		}
	}
	if err := t.round(ctx, parts...); err != nil || len(keys) == 0 {
		return nil, err
	}
	var g gets
	var items []dynamo.Item
	for k := range keys {
		g.add(k, func(item dynamo.Item) error { // one after the other
			items = append(items, item)
			return nil
		})
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return nil, err
	}
	return entriesOf(items)
}

// entriesOf reads log entries, oldest first. Those that cannot be read are left out, and the error names one of them.
func entriesOf(items []dynamo.Item) (entries []audit.Entry, unreadable error) {
	entries = make([]audit.Entry, 0, len(items))
	for _, item := range items {
		entry, err := entryOf(item)
		switch {
		case err == nil:
			entries = append(entries, entry)
		case unreadable == nil:
			unreadable = err
		}
	}
	slices.SortFunc(entries, func(a, b audit.Entry) int { return strings.Compare(a.ID, b.ID) })
	return entries, unreadable
}
