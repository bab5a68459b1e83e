package page_test

import (
	"slices"
	"testing"

	"prism-access/internal/page"
)

func TestSort(t *testing.T) {
	t.Parallel()
	items := []string{"b1", "a1", "c1", "a2", "b2", "a3"}
	page.Sort(items, func(a, b string) int { return int(a[0]) - int(b[0]) })
	if want := []string{"a1", "a2", "a3", "b1", "b2", "c1"}; !slices.Equal(items, want) {
		t.Errorf("%v, want %v: in order, and equal ones as they were", items, want)
	}
}
