package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/guregu/dynamo/v2"

	"prism-access/internal/page"
)

// segment is a range of one partition of an index, or of the table itself (index ""). Lists are made of segments, one after the other.
type segment struct {
	index     string
	partition string
	from, to  string // sort keys, both included
	backwards bool
}

// after is a sort key behind all those with a prefix, which is empty or ends in "#": keys begin with a letter or digit of ours.
func after(prefix string) string {
	if prefix == "" {
		return "~"
	}
	return strings.TrimSuffix(prefix, "#") + "$"
}

// prefixed is the segment of all sort keys with a prefix.
func prefixed(index, partition, prefix string) segment {
	if prefix == "" {
		return segment{index: index, partition: partition, from: " ", to: after("")} // a key cannot be empty
	}
	return segment{index: index, partition: partition, from: prefix, to: after(prefix)}
}

// place is where a page ended: the segment and the keys of the last item shown.
type place struct {
	Segment int    `json:"s"`
	PK      string `json:"p"`
	SK      string `json:"k"`
	IndexSK string `json:"i,omitempty"`
}

func (p place) position() page.Position {
	text, _ := json.Marshal(p)
	return page.Position(text)
}

// listed is an item of a list, with the keys that a page can go on from.
type listed[T any] struct {
	value T
	place place
}

// listing is a page under way.
type listing[T any] struct {
	table    *Table
	segments []segment
	limit    int
	from     place
	found    []stretch[T]
	mixed    bool // a page goes on in all segments at once: their items have keys in common, by which they are in order
}

// stretch is what one query has brought: the beginning of a segment. DynamoDB ends an answer after a megabyte, which cut says.
type stretch[T any] struct {
	items []listed[T]
	cut   bool
}

func newListing[T any](t *Table, segments []segment, limit int, position page.Position) (*listing[T], error) {
	from, err := placeOf(position, len(segments))
	return &listing[T]{table: t, segments: segments, limit: limit, from: from, found: make([]stretch[T], len(segments))}, err
}

// placeOf reads a position in a list of so many segments. The zero place is the beginning.
func placeOf(position page.Position, segments int) (place, error) {
	var from place
	if position == "" {
		return from, nil
	}
	if json.Unmarshal([]byte(position), &from) != nil || from.PK == "" || from.Segment < 0 || from.Segment >= segments {
		return place{}, page.InvalidCursor()
	}
	return from, nil
}

// read asks all segments that the page may need side by side, so that it costs one round.
func (l *listing[T]) read(ctx context.Context) error {
	return atOnce(ctx, len(l.segments), l.readOne)
}

// readOne asks one of the segments, unless the page begins behind it.
func (l *listing[T]) readOne(ctx context.Context, i int) (err error) {
	if i < l.from.Segment {
		return nil
	}
	start := place{}
	if i == l.from.Segment || l.mixed {
		start = l.from
	}
	if l.mixed && slices.ContainsFunc(l.segments, func(s segment) bool { return s.partition == start.PK }) {
		start.PK = l.segments[i].partition // whichever of them has shown the item
	}
	l.found[i], err = queryOne[T](ctx, l.table, l.segments[i], i, l.limit+1, start)
	return err
}

// until takes out of a segment what does not come before an end that nobody knew when it was asked, and would have bounded it. When that is all of
// it, the page goes on at the end.
func (l *listing[T]) until(segment int, end string) {
	part := &l.found[segment]
	part.cut = part.cut || len(part.items) > l.limit
	part.items = slices.DeleteFunc(part.items, func(i listed[T]) bool { return i.place.SK >= end })
	if part.cut && len(part.items) == 0 {
		part.items = []listed[T]{{place: place{PK: l.segments[segment].partition, SK: end}}}
	}
}

// mix makes one of all segments, from their greatest sort key down, where what several have stands once. Behind the end of one that was cut, what the
// others have has to wait.
func (l *listing[T]) mix() {
	var all stretch[T]
	for _, part := range l.found {
		all.items = append(all.items, part.items...)
	}
	page.Sort(all.items, func(a, b listed[T]) int { return strings.Compare(b.place.SK, a.place.SK) })
	all.items = slices.CompactFunc(all.items, func(a, b listed[T]) bool { return a.place.SK == b.place.SK })
	for _, part := range l.found {
		if part.cut {
			last := part.items[len(part.items)-1].place.SK
			all.cut, all.items = true, slices.DeleteFunc(all.items, func(i listed[T]) bool { return i.place.SK < last })
		}
	}
	all.items = all.items[:min(len(all.items), l.limit+1)]
	for i := range all.items {
		all.items[i].place.Segment = 0
	}
	l.found = []stretch[T]{all}
}

// page returns what was read, and where the next page begins; empty after the last.
func (l *listing[T]) page() (values []T, next page.Position) {
	var last place
	for _, part := range l.found {
		fits := min(len(part.items), l.limit-len(values))
		values = slices.Grow(values, fits)
		for i := range fits {
			values, last = append(values, part.items[i].value), part.items[i].place
		}
		if part.cut || fits < len(part.items) {
			return values, last.position()
		}
	}
	return values, ""
}

// query returns the query of a segment from a place on, which is zero for the beginning.
func (t *Table) query(s segment, start place) (*dynamo.Query, error) {
	hash, sort := "PK", "SK"
	if s.index != "" {
		hash, sort = s.index+"PK", s.index+"SK"
	}
	query := t.table.Get(hash, s.partition).Range(sort, dynamo.Between, s.from, s.to)
	if s.index != "" {
		query = query.Index(s.index)
	} else {
		query = query.Consistent(true)
	}
	if s.backwards {
		query = query.Order(dynamo.Descending)
	}
	if start.PK != "" && !s.begins(start) {
		startKey, err := s.pagingKey(start)
		if err != nil {
			return nil, err
		}
		query = query.StartFrom(startKey)
	}
	return query, nil
}

// begins reports whether a place lies before the segment, so that the whole of it follows: the clock has moved the bounds of a list
// by the clock since its last page.
func (s segment) begins(start place) bool {
	sort := s.sortKey(start)
	return sort != "" && (!s.backwards && sort < s.from || s.backwards && sort > s.to)
}

// isOver reports whether nothing of a segment that is read backwards follows a place: another that it is mixed with goes on, or it holds nothing.
func (s segment) isOver(start place) bool {
	sort := s.sortKey(start)
	return s.backwards && (sort != "" && sort < s.from || s.from > s.to)
}

func (s segment) sortKey(p place) string {
	if s.index != "" {
		return p.IndexSK
	}
	return p.SK
}

func queryOne[T any](ctx context.Context, t *Table, s segment, number, limit int, start place) (stretch[T], error) {
	var none stretch[T]
	if s.isOver(start) {
		return none, nil
	}
	query, err := t.query(s, start)
	if err != nil {
		return none, err
	}
	raw, rest, err := all(ctx, query.SearchLimit(limit).RequestLimit(1))
	if err != nil {
		if start.PK != "" && isMalformed(err) { // a position of somebody's own making
			return none, page.InvalidCursor()
		}
		return none, fmt.Errorf("query segment %s of %s: %w", strconv.Itoa(number), s.partition, err)
	}
	out := make([]listed[T], len(raw))
	for i, item := range raw {
		if err := decode(item, &out[i].value); err != nil {
			return none, err
		}
		out[i].place = place{Segment: number, PK: textIn(item, "PK"), SK: textIn(item, "SK")}
		if s.index != "" {
			out[i].place.IndexSK = textIn(item, s.index+"SK")
		}
	}
	return stretch[T]{items: out, cut: len(rest) > 0 && len(out) < limit}, nil
}

// all returns what one request of a query brings, and where the next would go on. The library's own way to do both asks for the table's
// description when it is stopped midway.
func all(ctx context.Context, query *dynamo.Query) (items []dynamo.Item, rest dynamo.PagingKey, err error) {
	iter := query.Iter()
	var item dynamo.Item
	for iter.Next(ctx, &item) {
		items = append(items, item)
		item = nil
	}
	if err := iter.Err(); err != nil {
		return nil, nil, err
	}
	rest, err = iter.LastEvaluatedKey(ctx)
	return items, rest, err
}

// isMalformed reports whether DynamoDB cannot make sense of a request.
func isMalformed(err error) bool {
	said, isAnswer := errors.AsType[smithy.APIError](err)
	return isAnswer && said.ErrorCode() == "ValidationException"
}

func (s segment) pagingKey(p place) (dynamo.PagingKey, error) {
	item := map[string]string{"PK": p.PK, "SK": p.SK}
	if s.index != "" {
		item[s.index+"PK"], item[s.index+"SK"] = s.partition, p.IndexSK
	}
	return dynamo.MarshalItem(item)
}
