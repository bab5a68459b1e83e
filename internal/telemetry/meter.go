// Package telemetry holds what is counted: what a request costs, which the edges log, and the metrics that log lines say.
package telemetry

import (
	"context"
	"sync/atomic"
)

// Meter counts what one request costs.
type Meter struct {
	rounds, requests, writes, read, returned atomic.Int64
}

type meterKey struct{}

// WithMeter returns a context that carries a new Meter.
func WithMeter(ctx context.Context) (context.Context, *Meter) {
	meter := &Meter{}
	return context.WithValue(ctx, meterKey{}, meter), meter
}

// From returns the context's Meter; without one, counts go nowhere.
func From(ctx context.Context) *Meter {
	if meter, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return meter
	}
	return &Meter{}
}

// Round counts a round: requests to DynamoDB that are sent side by side.
func (m *Meter) Round() { m.rounds.Add(1) }

// Request counts one request to DynamoDB.
func (m *Meter) Request(write bool) {
	m.requests.Add(1)
	if write {
		m.writes.Add(1)
	}
}

// Items counts the items that a request read, and those among them that it returned: a filter leaves some out.
func (m *Meter) Items(read, returned int) {
	m.read.Add(int64(read))
	m.returned.Add(int64(returned))
}

// Rounds returns how many rounds there were.
func (m *Meter) Rounds() int { return int(m.rounds.Load()) }

// Requests returns how many requests there were, and how many of them wrote.
func (m *Meter) Requests() (all, writes int) { return int(m.requests.Load()), int(m.writes.Load()) }

// ItemsRead returns how many items were read, and how many of them came back.
func (m *Meter) ItemsRead() (read, returned int) { return int(m.read.Load()), int(m.returned.Load()) }
