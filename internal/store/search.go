package store

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/telemetry"
)

// searchEntry is what one word or mark of a person's card leads to. Every entry carries the whole card, so that further words and filters need
// no read.
type searchEntry struct {
	PK, SK string
	User   string   `dynamo:"user"`
	Word   string   `dynamo:"word,omitempty"` // of an entry of a word
	Words  []string `dynamo:"words,omitempty"`
	Role   string   `dynamo:"role"`
	Marks  []string `dynamo:"marks,omitempty"`
}

// searchEntries returns the entries of somebody's card in a scope: each word with and without the role in front, and the marks.
func searchEntries(scope access.Scope, user string, card member.Card) []searchEntry {
	var entries []searchEntry
	add := func(k key, word string) {
		entries = append(entries, searchEntry{PK: k.PK, SK: k.SK, User: user, Word: word, Words: card.Words, Role: string(card.Role), Marks: card.Marks})
	}
	for _, word := range card.Words {
		add(wordKey(scope, "", word, user), word)
		add(wordKey(scope, card.Role, word, user), word)
	}
	for _, mark := range card.Marks {
		add(markKey(scope, mark, user), "")
	}
	return entries
}

// The most entries that a page reads when not every one is shown: of each way that the first page tries, and of the way taken then.
const (
	probeSize    = 100
	filteredSize = 500
	maxWays      = 4 // that the first page tries
)

// way is one of the ways to all that are looked for: the entries of one word or mark. What they are not sorted by is looked at in the entries.
type way struct {
	segments  []segment
	beginning string // of the word, empty for a mark
	sorted    bool   // the entries are just those looked for, but for people with several such words
}

// ways returns the ways to those whom a list looks for, by one of its words or marks each.
func ways(read member.ListRead) []way {
	type part struct {
		scope access.Scope
		role  access.Role // of all entries, when it is in their key
	}
	var parts []part
	brand := read.Filter.Brand
	if read.Scope.Kind() == access.KindBrand {
		brand = read.Scope
	}
	switch {
	case brand.Brand == "":
		parts = []part{{read.Scope, read.Role}}
	case read.Role == access.Admin && read.Scope != brand:
		parts = []part{{brand.Root(), access.Admin}}
	case read.Role == access.Admin:
		parts = []part{{brand.Root(), access.Admin}, {brand, access.Admin}}
	case read.Role == access.Member: // who has a role in the brand is one
		parts = []part{{brand, ""}}
	case read.Role != "":
		parts = []part{{brand, read.Role}}
	default:
		parts = []part{{brand.Root(), access.Admin}, {brand, ""}}
	}
	conditions := len(read.Filter.Beginnings) + len(read.Filter.Marks)
	var all []way
	for _, mark := range read.Filter.Marks {
		w := way{sorted: conditions == 1 && read.Role == "" && brand.Brand == ""}
		for _, p := range parts {
			w.segments = append(w.segments, prefixed("", searchPartition(p.scope), markPrefix(mark)))
		}
		all = append(all, w)
	}
	for _, beginning := range read.Filter.Beginnings {
		w := way{beginning: beginning, sorted: conditions == 1}
		for _, p := range parts {
			from := wordPrefix(p.role, beginning)
			w.segments = append(w.segments, segment{partition: searchPartition(p.scope), from: from, to: from + behindWords})
		}
		all = append(all, w)
	}
	return all[:min(len(all), maxWays)]
}

// Candidates implements member.ListStore.
func (t *Table) Candidates(ctx context.Context, read member.ListRead) (access.Standing, []string, page.Position, error) {
	if len(read.Filter.Beginnings) == 0 && len(read.Filter.Marks) == 0 {
		return t.candidatesOfBrand(ctx, read)
	}
	var a authority
	var g gets
	var brand *brandRecord
	a.collect(&g, read.Scope, read.Caller)
	if id := read.Filter.Brand.Brand; id != "" {
		get(&g, brandKey(read.Scope.Organization, id), &brand)
	}
	s := &search{table: t, read: read, ways: ways(read)}
	if err := s.begin(); err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), s.first); err != nil {
		return access.Standing{}, nil, "", err
	}
	if read.Filter.Brand.Brand != "" && !brand.exists() {
		return a.standing(), nil, "", nil
	}
	users, next, err := s.page(ctx)
	return a.standing(), users, next, err
}

// candidatesOfBrand returns who has access to the brand, as the brand's own list has it.
func (t *Table) candidatesOfBrand(ctx context.Context, read member.ListRead) (access.Standing, []string, page.Position, error) {
	var a authority
	var g gets
	var brand *brandRecord
	a.collect(&g, read.Scope, read.Caller)
	get(&g, brandKey(read.Scope.Organization, read.Filter.Brand.Brand), &brand)
	segments := memberSegments(read.Filter.Brand, "")
	switch read.Role {
	case access.Admin:
		segments = segments[:1]
	case access.Member:
		segments = segments[1:]
	}
	listing, err := newListing[memberFields](t, segments, read.Limit, read.After)
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil || !brand.exists() {
		return a.standing(), nil, "", err
	}
	items, next := listing.page()
	users := make([]string, len(items))
	for i, item := range items {
		users[i] = item.User
	}
	return a.standing(), users, next, nil
}

// MembersNow implements member.ListStore.
func (t *Table) MembersNow(ctx context.Context, root access.Scope, users []string) (map[string]member.Membership, error) {
	var a authority
	var g gets
	if root.Kind() == access.KindWorkspace { // whose roles say what its members are
		a.collectScope(&g, root)
	}
	items := map[string]memberFields{}
	for _, user := range users {
		getInto(&g, memberKey(root, user), items, user)
	}
	err := t.round(ctx, t.load(&g))
	found := make(map[string]member.Membership, len(items))
	for id, item := range items {
		found[id] = *a.membership(&item)
	}
	return found, err
}

// search is a page of a search under way.
type search struct {
	table *Table
	read  member.ListRead
	ways  []way
	from  place     // Segment counts those of all ways
	size  int       // of a request
	found [][]reach // by way and segment
	taken int       // the way that the page takes; -1: not known yet
}

// reach is how far a segment has been read.
type reach struct {
	items []listed[searchEntry]
	ended bool
}

// begin reads the position. A page after the first goes on the way that the first has taken.
func (s *search) begin() error {
	each := len(s.ways[0].segments)
	from, err := placeOf(s.read.After, each*len(s.ways))
	if err != nil {
		return err
	}
	s.from, s.taken = from, -1
	for range s.ways {
		s.found = append(s.found, make([]reach, each))
	}
	switch {
	case len(s.ways) == 1:
		s.taken = 0
	case s.read.After != "":
		s.taken = from.Segment / each
	}
	switch {
	case s.taken < 0:
		s.size = probeSize
	case s.ways[s.taken].sorted:
		s.size = 2*s.read.Limit + 1 // somebody may be found by two words
	default:
		s.size = filteredSize
	}
	return nil
}

// first reads the beginnings of all ways that the page may take, side by side.
func (s *search) first(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, w := range s.ways {
		if s.taken >= 0 && i != s.taken {
			continue
		}
		for n := range w.segments {
			group.Go(func() error { return s.more(ctx, i, n) })
		}
	}
	return group.Wait()
}

// more reads on in one segment, by one request.
func (s *search) more(ctx context.Context, i, n int) error {
	w, r := s.ways[i], &s.found[i][n]
	number := i*len(w.segments) + n
	start := place{}
	switch {
	case len(r.items) > 0:
		start = r.items[len(r.items)-1].place
	case s.read.After != "" && number == s.from.Segment:
		start = s.from
	case s.read.After != "" && number < s.from.Segment:
		r.ended = true
		return nil
	}
	got, err := queryOne[searchEntry](ctx, s.table, w.segments[n], number, s.size, start)
	r.items = append(r.items, got.items...)
	r.ended = len(got.items) < s.size && !got.cut
	return err
}

// page returns those found. Of several ways it takes the shortest that has been read to its end, or else the first.
func (s *search) page(ctx context.Context) (users []string, next page.Position, err error) {
	if s.taken < 0 {
		s.take()
	}
	w := s.ways[s.taken]
	for n := range w.segments {
		r := &s.found[s.taken][n]
		for i := 0; ; i++ {
			if i == len(r.items) {
				if r.ended {
					break
				}
				if !w.sorted { // that was enough for one page
					return users, r.items[len(r.items)-1].place.position(), nil
				}
				telemetry.From(ctx).Round()
				if err := s.more(ctx, s.taken, n); err != nil {
					return nil, "", unavailable(err)
				}
				if i == len(r.items) {
					break
				}
			}
			entry := r.items[i].value
			if !s.counts(entry) || slices.Contains(users, entry.User) {
				continue
			}
			if len(users) == s.read.Limit {
				return users, next, nil
			}
			users = append(users, entry.User)
			next = r.items[i].place.position()
		}
	}
	return users, "", nil
}

// take chooses the way.
func (s *search) take() {
	s.taken = 0
	least := -1
	for i, segments := range s.found {
		size, ended := 0, true
		for _, r := range segments {
			size += len(r.items)
			ended = ended && r.ended
		}
		if ended && (least < 0 || size < least) {
			s.taken, least = i, size
		}
	}
}

// counts reports whether an entry is one of those looked for.
func (s *search) counts(e searchEntry) bool {
	if b := s.ways[s.taken].beginning; b != "" && member.FirstMatch(e.Words, b) != e.Word {
		return false
	}
	if !member.Matches(e.Words, s.read.Filter.Beginnings) || !s.hasRole(e) {
		return false
	}
	return !slices.ContainsFunc(s.read.Filter.Marks, func(mark string) bool { return !slices.Contains(e.Marks, mark) })
}

// hasRole reports whether an entry is of the role looked for; of those in a brand, the role there.
func (s *search) hasRole(e searchEntry) bool {
	ofBrand := strings.Contains(e.PK, "#"+brandPrefix)
	switch {
	case s.read.Scope.Kind() == access.KindBrand && !ofBrand, s.read.Filter.Brand.Brand != "" && !ofBrand:
		return e.Role == string(access.Admin) // an Organization Admin
	case s.read.Filter.Brand.Brand != "": // in an organization's list: who has a role in the brand is a Member of it
		return true
	default:
		return s.read.Role == "" || e.Role == string(s.read.Role)
	}
}
