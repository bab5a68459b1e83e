package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

const (
	warmUp     = 10  // runs before the measured ones
	operations = 100 // measured runs of an operation
	bulkCalls  = 10  // measured calls that invite bulkSize people
	bulkSize   = invitation.MaxInvitees
)

// cost is what the runs of an operation took: the times of all, and the most rounds, requests and items of one.
type cost struct {
	took                     []time.Duration
	rounds, requests, writes int
	read, returned           int // items
}

// run is one run of an operation.
type run = func(context.Context) error

// measure runs an operation. prepare makes ready what one run needs, outside the measured time.
func measure(b *testing.B, runs int, prepare func() run) cost {
	b.Helper()
	var c cost
	for range warmUp {
		measureOnce(b, &cost{}, prepare())
	}
	for range runs {
		measureOnce(b, &c, prepare())
	}
	return c
}

// measureOnce adds a run to a cost.
func measureOnce(b *testing.B, c *cost, do run) {
	b.Helper()
	ctx, meter := telemetry.WithMeter(b.Context())
	started := time.Now()
	err := do(ctx)
	took := time.Since(started)
	if err != nil {
		b.Fatal(err)
	}
	all, writes := meter.Requests()
	read, returned := meter.ItemsRead()
	c.read, c.returned = max(c.read, read), max(c.returned, returned)
	c.took = append(c.took, took)
	c.rounds, c.requests, c.writes = max(c.rounds, meter.Rounds()), max(c.requests, all), max(c.writes, writes)
}

func (c cost) median() float64 { return milliseconds(quantile(c.took, 0.5)) }

// reads are the rounds of reads: each request that writes is a round of its own.
func (c cost) reads() int { return c.rounds - c.writes }

// operation is one that the README states the rounds of.
type operation struct {
	name   string
	rounds float64
	ready  func(place) func() run
}

var measured = []operation{
	{"check-access", 1, func(p place) func() run {
		op := member.CheckAccess{Store: p.Table}
		in := member.CheckInput{Check: member.Check{Scope: access.Brand(p.organization.ID, p.brand.ID), Permission: access.Publish}}
		return always(func(ctx context.Context) error {
			out, err := op.Do(ctx, p.member, in)
			return expect(err, out.Allowed)
		})
	}},
	{"list-members", 1, func(p place) func() run {
		op, in := member.List{Store: p.Table}, member.ListInput{Scope: access.Organization(p.organization.ID)}
		return always(func(ctx context.Context) error {
			out, err := op.Do(ctx, p.admin, in)
			return expect(err, len(out.Items) > 1)
		})
	}},
	{"create-invitations", 2, func(p place) func() run {
		return func() run { return p.invite(1) }
	}},
	{"accept-invitation", 3, func(p place) func() run {
		return func() run {
			caller, in := p.invited("new")
			return func(ctx context.Context) error {
				_, err := p.Accept().Do(ctx, caller, in)
				return err
			}
		}
	}},
	{"approve-access-request", 2, func(p place) func() run {
		offer := member.Offer{Role: access.Member, Brands: []string{p.brand.ID}, BrandRole: access.Publisher}
		return func() run {
			grace, _ := p.Person("Grace")
			asked, err := p.Ask().Do(p.T.Context(), grace, accessrequest.CreateInput{
				Scope: access.Organization(p.organization.ID), Connection: p.organization.Connections[0].ID,
			})
			if err != nil {
				p.T.Fatal(err)
			}
			return func(ctx context.Context) error {
				_, err := p.Approve().Do(ctx, p.admin, accessrequest.ApproveInput{Scope: access.Organization(p.organization.ID), ID: asked.ID, Offer: offer})
				return err
			}
		}
	}},
}

// always is for a run that needs nothing made ready.
func always(r run) func() run { return func() run { return r } }

func expect(err error, right bool) error {
	if err == nil && !right {
		return fmt.Errorf("not the expected answer")
	}
	return err
}

// invite returns a run that invites so many new people in one call.
func (p place) invite(people int) run {
	in := testbed.MemberOffer(p.organization.ID, p.Address("new"), p.brand)
	for len(in.Invitees) < people {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: p.Address("new")})
	}
	return func(ctx context.Context) error {
		out, err := p.Create().Do(ctx, p.admin, in)
		return expect(err, !out.Failed())
	}
}

// BenchmarkOperations runs operations on DynamoDB Local, in a small and in a large organization: their rounds are the same.
func BenchmarkOperations(b *testing.B) {
	sizes := []int{10, 10_000}
	costs := map[string][]cost{}
	for _, members := range sizes {
		p := newPlace(b, members)
		for _, op := range measured {
			c := measure(b, operations, op.ready(p))
			costs[op.name] = append(costs[op.name], c)
			reportCost(b, fmt.Sprintf("%s/members=%d", op.name, members), c)
		}
		if members == sizes[0] {
			measureBulk(b, p)
		}
	}
	for _, op := range measured {
		small, large := costs[op.name][0], costs[op.name][1]
		how := fmt.Sprintf("%.1f ms with %d members, %.1f ms with %d, medians of %d", small.median(), sizes[0], large.median(), sizes[1], operations)
		hold(b, figure{op.name, "rounds", how, float64(max(small.rounds, large.rounds)), op.rounds})
		if small.rounds != large.rounds || small.requests != large.requests {
			b.Errorf("%s: %d rounds, %d requests with %d members; %d, %d with %d", op.name,
				small.rounds, small.requests, sizes[0], large.rounds, large.requests, sizes[1])
		}
	}
}

// measureBulk invites as many new people in one call as a call takes.
func measureBulk(b *testing.B, p place) {
	b.Helper()
	c := measure(b, bulkCalls, func() run { return p.invite(bulkSize) })
	reportCost(b, fmt.Sprintf("create-invitations/invitees=%d", bulkSize), c)
	how := fmt.Sprintf("%.0f ms, median of %d", c.median(), bulkCalls)
	hold(b, figure{fmt.Sprintf("%d invitations in one call", bulkSize), "write requests", how, float64(c.writes), 8})
	hold(b, figure{fmt.Sprintf("%d invitations in one call", bulkSize), "rounds of reads", how, float64(c.reads()), 4})
}

func reportCost(b *testing.B, name string, c cost) {
	b.Helper()
	report(b, name, append([]metric{{c.median(), "ms/op"}}, c.counts()...)...)
}

// counts are what is the same however often it is measured.
func (c cost) counts() []metric {
	return []metric{
		{float64(c.rounds), "rounds/op"}, {float64(c.requests), "requests/op"}, {float64(c.writes), "writes/op"}, {float64(c.read), "items-read/op"},
	}
}
