package store

import (
	"context"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/page"
)

// logSegment returns what a log is read from, newest first: the entries about a person, those of an actor, what points to a brand's, or all.
func logSegment(read audit.Read) segment {
	root := read.Scope.Root()
	s := segment{partition: entryKey(root, "").PK, from: " ", to: after(""), backwards: true}
	switch {
	case read.User != "":
		s.index, s.partition = "GSI1", entriesAbout(root, read.User, "").PK
	case read.Actor != "":
		s.index, s.partition = "GSI2", entriesBy(root, read.Actor, "").PK
	case isBrandLog(read):
		s.partition = pointerKey(read.Scope, "").PK
	}
	if read.From != nil {
		s.from = ulidAt(*read.From)
	}
	if read.To != nil {
		s.to = ulidAt(*read.To)
	}
	return s
}

// isBrandLog reports whether a log is read by what points to its entries.
func isBrandLog(read audit.Read) bool {
	return read.Scope.Kind() == access.KindBrand && read.User == "" && read.Actor == ""
}

// ulidAt returns what sorts before all ids of a moment, and after those of earlier ones.
func ulidAt(at time.Time) string {
	var first ulid.ULID
	_ = first.SetTime(min(ulid.Timestamp(at), ulid.MaxTime()))
	return first.String()
}

// Entries implements audit.ListStore.
func (t *Table) Entries(ctx context.Context, read audit.Read) (audit.Found, error) {
	var a authority
	var g gets
	a.collect(&g, read.Scope, read.Caller)
	many := read.Limit
	if read.Type != "" || read.Invitee != "" || read.Actor != "" && read.User != "" || read.Scope.Kind() == access.KindBrand && !isBrandLog(read) {
		many = max(many, audit.MaxSifted)
	}
	listing, err := newListing[entryItem](t, []segment{logSegment(read)}, many, read.After)
	if err != nil {
		return audit.Found{}, err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return audit.Found{}, err
	}
	found := audit.Found{Standing: a.standing(), Deleted: a.brand != nil && !a.brand.exists()}
	a.scope = read.Scope.Root()
	found.Organization = a.standing()
	if isBrandLog(read) {
		if err := t.follow(ctx, read.Scope.Root(), listing); err != nil {
			return audit.Found{}, err
		}
	}
	var unreadable error
	found.Entries, found.Next = sift(listing, read.Limit, func(item entryItem) (audit.Entry, bool) {
		if item.Type == "" { // what pointed to it is all there is
			return audit.Entry{}, false
		}
		entry, err := item.entry()
		if err != nil {
			unreadable = err
		}
		return entry, belongsTo(read, entry)
	})
	return found, unreadable
}

// follow puts the entries in the place of what points to them.
func (t *Table) follow(ctx context.Context, root access.Scope, pointers *listing[entryItem]) error {
	var g gets
	items := pointers.found[0].items
	for i := range items {
		at := &items[i].value
		id := at.SK
		*at = entryItem{}
		g.add(entryKey(root, id), into(at))
	}
	return t.round(ctx, t.load(&g))
}

// belongsTo reports whether an entry is one that is asked for.
func belongsTo(read audit.Read, entry audit.Entry) bool {
	return (read.Type == "" || entry.Type == read.Type) && (read.Actor == "" || entry.Actor.ID == read.Actor) &&
		(read.User == "" || entry.User == read.User) && (read.Invitee == "" || account.EmailKey(entry.Invitee()) == read.Invitee) && (read.Scope.Kind() != access.KindBrand || slices.Contains(entry.Scopes, read.Scope))
}

// sift returns the first of what was read that pick takes, up to a limit, and where the next page begins; empty after the last.
func sift[T, V any](l *listing[T], limit int, pick func(T) (V, bool)) (picked []V, next page.Position) {
	for _, part := range l.found {
		for i, item := range part.items {
			if len(picked) == limit || i == l.limit { // the one beyond tells that there are more
				return picked, next
			}
			next = item.place.position()
			if value, ok := pick(item.value); ok {
				picked = append(picked, value)
			}
		}
		if part.cut {
			return picked, next
		}
	}
	return picked, ""
}
