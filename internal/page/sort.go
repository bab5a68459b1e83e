package page

import "sort"

// Sort sorts by compare, as slices.SortStableFunc does. That is compiled anew for each type of items, 12 KB every time, and the lists of the console are of a
// dozen types: this has one copy for all.
func Sort[T any](items []T, compare func(a, b T) int) {
	sort.SliceStable(items, func(i, j int) bool { return compare(items[i], items[j]) < 0 })
}
