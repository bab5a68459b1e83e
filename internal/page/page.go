// Package page is what all lists share: how many, from where, and the opaque cursor.
package page

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"prism-access/internal/fault"
)

// The limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 100
)

// Query is how a list is asked for.
type Query struct {
	Limit  *int   `query:"limit"`
	Cursor string `query:"cursor"`
}

// Validate returns what is wrong with the query.
func (q Query) Validate() []fault.Field {
	if q.Limit != nil && (*q.Limit < 1 || *q.Limit > MaxLimit) {
		return []fault.Field{{Pointer: "?limit", Code: "out_of_range", Detail: "A page has 1 to 100 items."}}
	}
	return nil
}

// Size returns the number of items asked for.
func (q Query) Size() int {
	if q.Limit == nil {
		return DefaultLimit
	}
	return *q.Limit
}

// List is one page.
type List[T any] struct {
	Items      []T
	NextCursor string // empty on the last page
	Looked     Looked // for the console
}

// Looked is how much was looked through for a page of a log, which may be more than the page shows, and how far back that goes.
type Looked struct {
	Items int
	Back  time.Time
}

// MarshalJSON writes a list as {items, next_cursor}; on the last page the cursor is null. It joins what items write of themselves, which encoding/json
// would read through again.
func (l List[T]) MarshalJSON() ([]byte, error) {
	text := []byte(`{"items":[`)
	for i := range l.Items {
		one, err := Marshal(&l.Items[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		} else {
			text = slices.Grow(text, len(l.Items)*len(one)*5/4)
		}
		text = append(text, one...)
	}
	var next *string
	if l.NextCursor != "" {
		next = &l.NextCursor
	}
	cursor, err := json.Marshal(next)
	return append(append(append(text, `],"next_cursor":`...), cursor...), '}'), err
}

// Marshal is json.Marshal, but takes the word of what writes itself.
func Marshal(value any) ([]byte, error) {
	if itself, ok := value.(json.Marshaler); ok {
		return itself.MarshalJSON()
	}
	return json.Marshal(value)
}

// Position is where a page ended, in the store's own terms. Empty: at the start, or nothing follows.
type Position string

const digestSize = 12

// Seal returns the cursor of a position. It is good only for the same binding: caller, scope and filter.
// It needs no secret: the partition read comes from the authorized scope, never from the cursor.
func Seal(position Position, binding ...string) string {
	if position == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(digest(position, binding), position...))
}

// Open returns the position in a cursor; an empty cursor is the start. A cursor that is damaged, or bound to
// something else, is 400 invalid_cursor.
func Open(cursor string, binding ...string) (Position, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || strings.ContainsAny(cursor, "\r\n") || len(raw) <= digestSize {
		return "", InvalidCursor()
	}
	position := Position(raw[digestSize:])
	if subtle.ConstantTimeCompare(raw[:digestSize], digest(position, binding)) != 1 {
		return "", InvalidCursor()
	}
	return position, nil
}

func digest(position Position, binding []string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(append(binding, string(position)), "\x00")))
	return sum[:digestSize]
}

// InvalidCursor is the 400 for a cursor that leads nowhere.
func InvalidCursor() *fault.Error {
	return fault.New(fault.BadRequest, "invalid_cursor", "This cursor does not belong to this list. Start again without one.")
}

// Of returns a page of a list that was read as a whole. key returns what an item is known by, for which it stands in the list: ascending.
func Of[T any](all []T, query Query, key func(T) string, binding ...string) (List[T], error) {
	after, err := Open(query.Cursor, binding...)
	if err != nil {
		return List[T]{}, err
	}
	rest := slices.IndexFunc(all, func(item T) bool { return key(item) > string(after) })
	if rest < 0 {
		return List[T]{Items: []T{}}, nil
	}
	items := all[rest:]
	if len(items) <= query.Size() {
		return List[T]{Items: items}, nil
	}
	items = items[:query.Size()]
	return List[T]{Items: items, NextCursor: Seal(Position(key(items[len(items)-1])), binding...)}, nil
}
