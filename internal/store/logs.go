package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/page"
)

// logQuery is what is asked of a log, when it is known whom it is about and who did it.
type logQuery struct {
	audit.Read
	about []string // what entries about the person are found by
	actor string   // an id
	// invitee is the address of somebody who has no account: the entries of the first release have no key for it, so all are read for it.
	invitee string
	// end sorts behind all that touched a brand as one of all brands; empty while the brand is there, and before it was read.
	end string
}

// segments returns what a log is read from, newest first: the entries about a person, those of an actor, what points to a brand's and since there
// is the brand to those of all brands, or all.
func (q logQuery) segments() []segment {
	root := q.Scope.Root()
	s := segment{partition: entryKey(root, "").PK, from: " ", to: after(""), backwards: true}
	if q.From != nil {
		s.from = ulidAt(*q.From)
	}
	if q.To != nil {
		s.to = ulidAt(*q.To)
	}
	switch {
	case q.invitee != "":
	case q.User != "":
		var all []segment
		for _, who := range q.about {
			s.index, s.partition = "GSI1", entriesAbout(root, who, "").PK
			all = append(all, s)
		}
		return all
	case q.Actor != "":
		s.index, s.partition = "GSI2", entriesBy(root, q.actor, "").PK
	case isBrandLog(q.Read):
		shared := s
		s.partition, shared.partition = pointerKey(q.Scope, "").PK, sharedPointerKey(root, "").PK
		shared.from = max(s.from, brandBegins(q.Scope))
		return []segment{s, shared}
	}
	return []segment{s}
}

// named is somebody whom a log is asked about, by id or by address.
type named struct {
	id, address string // the address in its compared form
	user        *userItem
	guard       *guardItem
}

// name reads whom a log is asked about, and adds what is to be known of them to what is read: of an id only where entries have addresses.
func (n *named) name(said string, addresses bool, g *gets) {
	switch n.id = said; {
	case strings.Contains(said, "@"):
		if n.id, n.address = "", account.EmailKey(said); n.address != "" {
			get(g, emailKey(n.address), &n.guard)
		}
	case addresses && said != "":
		get(g, userKey(said), &n.user)
	}
}

// resolve takes the id of whoever has proven the address, or the address that whoever has the id has proven.
func (n *named) resolve() {
	if n.guard != nil {
		n.id = n.guard.User
	}
	if n.user != nil && n.user.EmailVerified {
		n.address = account.EmailKey(n.user.Email)
	}
}

// keys are what entries about them are found by.
func (n *named) keys() []string {
	return slices.DeleteFunc([]string{n.id, n.address}, func(who string) bool { return who == "" })
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
	var people, g gets
	var about, actor named
	about.name(read.User, read.Scope.Kind() != access.KindWorkspace, &people)
	actor.name(read.Actor, false, &people)
	if len(people.keys) > 0 {
		if err := t.round(ctx, t.load(&people)); err != nil {
			return audit.Found{}, err
		}
		about.resolve()
		actor.resolve()
	}
	q := logQuery{Read: read, about: about.keys(), actor: actor.id}
	if about.id == "" {
		q.invitee = about.address
	}
	a.collect(&g, read.Scope, read.Caller)
	many := read.Limit
	if read.Type != "" || q.invitee != "" || read.Actor != "" && read.User != "" || read.Scope.Kind() == access.KindBrand && !isBrandLog(read) {
		many = max(many, audit.MaxSifted)
	}
	listing, err := newListing[entryItem](t, q.segments(), many, read.After)
	if err != nil {
		return audit.Found{}, err
	}
	listing.mixed = true
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return audit.Found{}, err
	}
	found := audit.Found{Standing: a.standing(), Deleted: a.brand != nil && !a.brand.exists()}
	if found.Deleted {
		q.end = ulidAt(*a.brand.DeletedAt)
	}
	if found.Deleted && isBrandLog(read) {
		listing.until(1, q.end) // what all brands have
	}
	listing.mix()
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
		found.Looked = page.Looked{Items: found.Looked.Items + 1, Back: entry.OccurredAt}
		return entry, q.takes(entry)
	})
	return found, unreadable
}

// follow puts the entries in the place of what points to them.
func (t *Table) follow(ctx context.Context, root access.Scope, pointers *listing[entryItem]) error {
	var g gets
	items := pointers.found[0].items
	for i := range items {
		items[i].value = entryItem{}
		g.add(entryKey(root, items[i].place.SK), into(&items[i].value))
	}
	return t.round(ctx, t.load(&g))
}

// takes reports whether an entry is one that is asked for.
func (q logQuery) takes(entry audit.Entry) bool {
	return (q.Type == "" || entry.Type == q.Type) && (q.Actor == "" || entry.Actor.ID == q.actor) &&
		(q.User == "" || slices.Contains(q.about, entry.User) || q.invitee != "" && account.EmailKey(entry.Invitee()) == q.invitee) && q.touches(entry)
}

// touches reports whether an entry is in the log of the scope at all. What touches every brand is in that of each there was then.
func (q logQuery) touches(entry audit.Entry) bool {
	return q.Scope.Kind() != access.KindBrand || slices.Contains(entry.Scopes, q.Scope) ||
		entry.ID > brandBegins(q.Scope) && (q.end == "" || entry.ID < q.end) && entry.Event().Detail.TouchesEveryBrand()
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
