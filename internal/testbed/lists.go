package testbed

import (
	"testing"

	"prism-access/internal/fault"
	"prism-access/internal/page"
)

// Pages reads a list to its end and returns its pages. A list that does not end fails the test.
func Pages[T any](t testing.TB, list func(cursor string) (page.List[T], error)) [][]T {
	t.Helper()
	var pages [][]T
	for cursor := ""; len(pages) < 1000; {
		one, err := list(cursor)
		if err != nil {
			t.Fatalf("page %d: %v", len(pages), err)
		}
		if one.Items == nil {
			t.Errorf("page %d: the items are null", len(pages))
		}
		pages = append(pages, one.Items)
		if cursor = one.NextCursor; cursor == "" {
			return pages
		}
	}
	t.Fatal("the list does not end")
	return nil
}

// Flat returns the items of all pages, and reports pages of another size than the limit, the last one excepted.
func Flat[T any](t testing.TB, pages [][]T, limit int) []T {
	t.Helper()
	var all []T
	for n, items := range pages {
		if len(items) > limit || len(items) < limit && n < len(pages)-1 {
			t.Errorf("page %d of %d has %d items, the limit is %d", n, len(pages), len(items), limit)
		}
		all = append(all, items...)
	}
	return all
}

// hostile are positions that no list has made, under a digest that anybody can compute.
var hostile = []page.Position{
	"x", "null", "{}", "[]", `"text"`, `{"s":-1,"p":"a","k":"b","i":"c"}`, `{"s":99,"p":"a","k":"b","i":"c"}`, `{"s":1e9,"p":"a","k":"b","i":"c"}`,
	`{"s":0,"p":"a","k":"","i":""}`, `{"s":0,"p":"a","k":"b"}`,
}

// CheckCursors tries what is no cursor of the list, and its cursor in other lists. All are refused.
func CheckCursors(t testing.TB, cursor string, binding []string, list func(cursor string) error, others map[string]func(cursor string) error) {
	t.Helper()
	if cursor == "" {
		t.Fatal("the list has no second page")
	}
	if err := list(cursor); err != nil {
		t.Errorf("the cursor itself: %v", err)
	}
	broken := []string{cursor[:len(cursor)/2], cursor[1:], cursor + "A", string(cursor[0]^1) + cursor[1:], "AAAA", "%", "=", "null"}
	for _, c := range broken {
		CheckCode(t, list(c), fault.BadRequest, "invalid_cursor")
	}
	for _, position := range hostile {
		if err := list(page.Seal(position, binding...)); FaultOf(err).Code != "invalid_cursor" {
			t.Errorf("a forged cursor for %s: %v", position, err)
		}
	}
	for name, other := range others {
		if err := other(cursor); FaultOf(err).Code != "invalid_cursor" {
			t.Errorf("the cursor in %s: %v", name, err)
		}
	}
}
