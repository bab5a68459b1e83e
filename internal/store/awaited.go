package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/guregu/dynamo/v2"
	"golang.org/x/sync/errgroup"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/page"
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
func (t *Table) Unconfirmed(ctx context.Context, from, before time.Time, last string, limit int) ([]audit.Entry, string, error) {
	var mutex sync.Mutex
	begin, next := ulidAt(from), "" // next: up to where every shard was read
	if last != "" {
		begin = after(last + "#")
	}
	keys := map[string]key{} // by entry: one that two subscribers miss is there once
	parts := make([]func(context.Context) error, len(shardNames))
	for i, shard := range shardNames {
		s := segment{partition: awaitedPrefix + shard, from: begin, to: ulidAt(before)}
		parts[i] = func(ctx context.Context) error {
			found, err := queryOne[awaitedItem](ctx, t, s, i, limit, place{})
			mutex.Lock()
			defer mutex.Unlock()
			for _, item := range found.items {
				root, _ := access.ParseScope(item.value.Root) // we wrote it
				keys[entryOfNote(item.value)] = entryKey(root, entryOfNote(item.value))
			}
			if n := len(found.items); n > 0 && (n == limit || found.cut) {
				if end := entryOfNote(found.items[n-1].value); next == "" || end < next {
					next = end
				}
			}
			return err
		}
	}
	if err := t.round(ctx, parts...); err != nil || len(keys) == 0 {
		return nil, "", err
	}
	var g gets
	var items []dynamo.Item
	for id, k := range keys {
		if next != "" && id > next { // which comes with what other shards have before it
			continue
		}
		g.add(k, func(item dynamo.Item) error { // one after the other
			items = append(items, item)
			return nil
		})
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return nil, "", err
	}
	entries, err := entriesOf(items)
	return entries, next, err
}

// entryOfNote is the id of the entry that a note is about.
func entryOfNote(note awaitedItem) string {
	id, _, _ := strings.Cut(note.SK, "#")
	return id
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
	page.Sort(entries, func(a, b audit.Entry) int { return strings.Compare(a.ID, b.ID) })
	return entries, unreadable
}
