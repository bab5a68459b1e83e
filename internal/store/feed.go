package store

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/audit"
)

// Feed implements audit.FeedStore.
func (t *Table) Feed(ctx context.Context, read audit.FeedRead) (access.Standing, []audit.Entry, error) {
	var a authority
	var g gets
	a.collect(&g, read.Scope, read.Caller)
	from := read.After + " " // just behind it
	s := segment{partition: entryKey(read.Scope.Root(), "").PK, from: from, to: max(from, ulidAt(read.Before))}
	var found stretch[entryItem]
	err := t.round(ctx, t.load(&g), func(ctx context.Context) (err error) {
		found, err = queryOne[entryItem](ctx, t, s, 0, read.Limit, place{})
		return err
	})
	if err != nil {
		return access.Standing{}, nil, err
	}
	entries := make([]audit.Entry, len(found.items))
	for i, item := range found.items {
		if entries[i], err = item.value.entry(); err != nil {
			return access.Standing{}, nil, err
		}
	}
	return a.standing(), entries, nil
}
