package invitation

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheGravestStays: whatever is said of a link's mail, in whatever order and however often, what is noted in the end is the gravest of it, each step is
// graver than the one before, and nothing is noted twice.
func TestTheGravestStays(t *testing.T) {
	t.Parallel()
	grave := []string{DeliveryDelayed, Delivered, DeliveryFailed}
	orders := [][]string{{}}
	for range 4 { // one of them twice
		var longer [][]string
		for _, order := range orders {
			for _, status := range grave {
				longer = append(longer, append(slices.Clone(order), status))
			}
		}
		orders = append(orders, longer...)
	}
	for _, order := range orders[1:] {
		var known *Delivery
		var noted []string
		for _, status := range order {
			if said := (Delivery{Status: status}); said.outweighs(known) {
				known, noted = &said, append(noted, status)
			}
		}
		want := slices.MaxFunc(order, func(a, b string) int { return slices.Index(grave, a) - slices.Index(grave, b) })
		if known.Status != want {
			t.Errorf("%v ends as %s, want %s", order, known.Status, want)
		}
		rising := slices.Compact(slices.SortedFunc(slices.Values(noted), func(a, b string) int { return slices.Index(grave, a) - slices.Index(grave, b) }))
		if diff := cmp.Diff(rising, noted); diff != "" {
			t.Errorf("%v is noted as %v", order, noted)
		}
	}
}
