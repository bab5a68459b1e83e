package page_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/fault"
	"prism-access/internal/page"
)

var binding = []string{"list-members", "usr_ada", "organizations/org_1", "admin"}

func TestCursorOpensForTheSameBindingOnly(t *testing.T) {
	t.Parallel()
	cursor := page.Seal("after Grace", binding...)
	if got, err := page.Open(cursor, binding...); err != nil || got != "after Grace" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, other := range map[string][]string{
		"another list":           {"list-invitations", "usr_ada", "organizations/org_1", "admin"},
		"another caller":         {"list-members", "usr_eve", "organizations/org_1", "admin"},
		"another scope":          {"list-members", "usr_ada", "organizations/org_2", "admin"},
		"another filter":         {"list-members", "usr_ada", "organizations/org_1", "member"},
		"no filter":              {"list-members", "usr_ada", "organizations/org_1", ""},
		"fewer parts":            {"list-members", "usr_ada", "organizations/org_1"},
		"the same parts, joined": {"list-members", "usr_adaorganizations/org_1", "admin"},
	} {
		if got, err := page.Open(cursor, other...); !isInvalid(err) || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func isInvalid(err error) bool {
	return errors.Is(err, fault.BadRequest) && fault.HasCode(err, "invalid_cursor")
}

func TestDamagedCursors(t *testing.T) {
	t.Parallel()
	cursor := page.Seal("after Grace", binding...)
	for n := 1; n < len(cursor); n++ {
		if got, err := page.Open(cursor[:n], binding...); !isInvalid(err) {
			t.Errorf("cut to %d of %d: got %q, %v", n, len(cursor), got, err)
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(cursor)
	for i := range raw {
		raw[i] ^= 1
		if got, err := page.Open(base64.RawURLEncoding.EncodeToString(raw), binding...); !isInvalid(err) {
			t.Errorf("byte %d changed: got %q, %v", i, got, err)
		}
		raw[i] ^= 1
	}
	for _, text := range []string{" ", "%", "null", cursor + "=", cursor + "A", cursor + "\n", "\r" + cursor, "+" + cursor[1:], strings.Repeat("A", 10_000)} {
		if got, err := page.Open(text, binding...); !isInvalid(err) {
			t.Errorf("%.40q: got %q, %v", text, got, err)
		}
	}
}

func TestNoCursorIsTheStart(t *testing.T) {
	t.Parallel()
	if got, err := page.Open("", binding...); err != nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
	if got := page.Seal("", binding...); got != "" {
		t.Errorf("the last page has the cursor %q", got)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	if got := (page.Query{}).Size(); got != page.DefaultLimit {
		t.Errorf("no limit: got %d", got)
	}
	for limit, ok := range map[int]bool{-1: false, 0: false, 1: true, 50: true, 100: true, 101: false, 1 << 30: false} {
		query := page.Query{Limit: &limit}
		fields := query.Validate()
		if ok != (len(fields) == 0) || query.Size() != limit {
			t.Errorf("limit %d: got %v", limit, fields)
		}
		if !ok && (fields[0].Pointer != "?limit" || fields[0].Code != "out_of_range") {
			t.Errorf("limit %d: got %+v", limit, fields[0])
		}
	}
}

// FuzzOpen: whatever a client sends, it is either refused or just what was sealed.
func FuzzOpen(f *testing.F) {
	f.Add(page.Seal("after Grace", binding...))
	f.Add(page.Seal("after Grace", "another"))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("=")
	f.Fuzz(func(t *testing.T, cursor string) {
		position, err := page.Open(cursor, binding...)
		switch {
		case err != nil && !isInvalid(err):
			t.Errorf("%q: got %v", cursor, err)
		case err == nil && position == "" && cursor != "":
			t.Errorf("%q is the start", cursor)
		case err == nil && position != "":
			if again, err := page.Open(page.Seal(position, binding...), binding...); err != nil || again != position {
				t.Errorf("%q: sealed again, it opens as %q, %v", position, again, err)
			}
		}
	})
}

// A client follows next_cursor until it is null: it is there on every page.
func TestListAsJSON(t *testing.T) {
	t.Parallel()
	for want, list := range map[string]page.List[int]{
		`{"items":[1,2],"next_cursor":"abc"}`: {Items: []int{1, 2}, NextCursor: "abc"},
		`{"items":[3],"next_cursor":null}`:    {Items: []int{3}},
		`{"items":[],"next_cursor":null}`:     {Items: []int{}},
	} {
		if got, err := json.Marshal(list); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// TestOf goes through a list that is there as a whole, while its items change: what comes after the last one seen is not missed.
func TestOf(t *testing.T) {
	t.Parallel()
	known := func(s string) string { return s }
	query := page.Query{Limit: new(2)}
	first, err := page.Of([]string{"a", "c", "e", "g"}, query, known, binding...)
	if diff := cmp.Diff([]string{"a", "c"}, first.Items); diff != "" || err != nil || first.NextCursor == "" {
		t.Fatalf("the first page: %s, %v", diff, err)
	}
	query.Cursor = first.NextCursor
	for name, c := range map[string]struct{ all, want []string }{
		"the same":              {[]string{"a", "c", "e", "g"}, []string{"e", "g"}},
		"the last seen is gone": {[]string{"a", "e"}, []string{"e"}},
		"one more came":         {[]string{"a", "b", "c", "d", "e"}, []string{"d", "e"}},
		"nothing is left":       {[]string{"a"}, []string{}},
	} {
		got, err := page.Of(c.all, query, known, binding...)
		if diff := cmp.Diff(c.want, got.Items); diff != "" || err != nil || got.NextCursor != "" {
			t.Errorf("%s: %s, cursor %q, %v", name, diff, got.NextCursor, err)
		}
	}
	if _, err := page.Of([]string{"a"}, query, known, "another list"); !isInvalid(err) {
		t.Errorf("the cursor of another list: %v", err)
	}
}
