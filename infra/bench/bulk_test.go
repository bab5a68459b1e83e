package bench

import (
	"context"
	"fmt"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// BenchmarkBulkEdits changes as many people in one call as a call takes, each in one of two brands, with an Idempotency-Key as the console sends.
func BenchmarkBulkEdits(b *testing.B) {
	p := newPlace(b, 10)
	ada := testbed.Someone{Caller: p.admin}
	var people []testbed.Someone
	in := member.BulkUpdateInput{Scope: access.Organization(p.organization.ID)}
	for range member.MaxSelected {
		one := p.Someone("Grace")
		people, in.Members = append(people, one), append(in.Members, member.Selected{ID: one.User.ID})
	}
	p.Join(ada, p.brand, access.Viewer, people...)
	roles := access.Roles(access.KindBrand)
	calls := 0
	c := measure(b, bulkCalls, func() run {
		calls++
		in := in // of this call
		in.Brands = map[string]*access.Role{p.brand.ID: &roles[calls%2]}
		caller := testbed.WithKey(p.admin, fmt.Sprintf("bulk-%s-%d", p.organization.ID, calls), "what is asked")
		return func(ctx context.Context) error {
			out, err := p.BulkUpdate().Do(ctx, caller, in)
			return expect(err, !out.Failed() && out.Results[0].Outcome == member.Changed)
		}
	})
	name := fmt.Sprintf("%d changed in one call", member.MaxSelected)
	reportCost(b, "bulk-update-members/members=100", c)
	how := fmt.Sprintf("%.0f ms, median of %d", c.median(), bulkCalls)
	hold(b, figure{name, "write requests", how, float64(c.writes), 8})
	hold(b, figure{name, "rounds of reads", how, float64(c.reads()), 2})
}
