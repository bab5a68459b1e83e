package store

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMixedPages: page by page, however long the segments are, whatever they have in common and wherever answers are cut, each item is shown once,
// in order; of a segment with an end, only what comes before it.
func TestMixedPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		held, want := [2][]string{keysOf(t, "own"), keysOf(t, "shared")}, []string(nil)
		limit, end := rapid.IntRange(1, 5).Draw(t, "limit"), rapid.SampledFrom([]string{"", "15", "20", "25"}).Draw(t, "end")
		for segment, all := range held {
			want = append(want, slices.DeleteFunc(slices.Clone(all), func(k string) bool { return segment == 1 && end != "" && k >= end })...)
		}
		slices.Sort(want)
		want = slices.Compact(want)
		slices.Reverse(want)
		var got []string
		from, goesOn := "~", true
		for pages := 0; goesOn; pages++ {
			l := &listing[string]{segments: []segment{{}, {partition: "p"}}, limit: limit}
			for _, all := range held {
				l.found = append(l.found, answer(t, all, from, limit+1))
			}
			if end != "" {
				l.until(1, end)
			}
			l.mix()
			shown, next := sift(l, limit, func(k string) (string, bool) { return k, k != "" })
			got = append(got, shown...)
			at, err := placeOf(next, 1)
			if err != nil || pages > 100 {
				t.Fatalf("page %d goes on at %q: %v", pages, next, err)
			}
			from, goesOn = at.SK, next != ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%v by %d until %q (-held +shown):\n%s", held, limit, end, diff)
		}
	})
}

// keysOf draws some of twenty keys, the greatest first.
func keysOf(t *rapid.T, segment string) (all []string) {
	for k := 29; k >= 10; k-- {
		if rapid.Bool().Draw(t, fmt.Sprint(k, " is ", segment)) {
			all = append(all, fmt.Sprint(k))
		}
	}
	return all
}

// answer is what a query for so many items of a segment behind a key brings: less than there is where it is cut.
func answer(t *rapid.T, all []string, from string, limit int) (s stretch[string]) {
	all = slices.DeleteFunc(slices.Clone(all), func(k string) bool { return k >= from })
	fits := min(len(all), limit)
	if fits > 1 && rapid.Bool().Draw(t, "cut") {
		fits = rapid.IntRange(1, fits-1).Draw(t, "after")
		s.cut = true
	}
	for _, k := range all[:fits] {
		s.items = append(s.items, listed[string]{value: k, place: place{PK: "p", SK: k}})
	}
	return s
}
