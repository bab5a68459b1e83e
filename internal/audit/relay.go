package audit

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/event"
)

// Publisher puts events onto the bus.
type Publisher interface {
	// Publish returns one error per event, nil for those the bus took: a call can succeed for some and fail for others.
	Publish(ctx context.Context, events []event.Envelope) []error
}

// Outbox is the log as the list of what is to be published, and of what was published and is not confirmed.
type Outbox interface {
	// Unpublished returns entries that were written before a time and are not marked as published, oldest first, up to a limit per
	// shard. An entry that cannot be read is left out and named by the error, with which the others come.
	Unpublished(ctx context.Context, before time.Time, limit int) ([]Entry, error)
	// MarkPublished takes entries out of the outbox. Marking twice is harmless.
	MarkPublished(ctx context.Context, entries []Entry) error
	// Await stores which subscribers are to confirm the events of entries. Doing it twice is harmless.
	Await(ctx context.Context, awaited []Awaited) error
	// Unconfirmed returns a page of the entries, written from a time on and before another, that a subscriber has not confirmed: each once, oldest
	// first, and read up to a limit per shard. last is the id that the page before ended with, empty for the first; next that of this one, empty when
	// nothing follows. An entry that cannot be read is left out and named by the error, with which the others come.
	Unconfirmed(ctx context.Context, from, before time.Time, last string, limit int) (entries []Entry, next string, err error)
}

// Awaited is an entry whose event subscribers are to confirm.
type Awaited struct {
	Entry Entry
	By    []string
}

// Relay is the operation of the function relay-log: it publishes what the stream brings.
type Relay struct {
	Outbox    Outbox
	Publisher Publisher
	Awaits    func(event.Envelope) []string // names the subscribers that are to confirm an event; nil: none
}

// Do publishes the entries and marks them. It returns one error per entry, nil for the published ones. An entry can be published
// twice when the mark fails; subscribers drop doubles by the event's id. Confirmation is awaited before anything is published: what is
// lost from there on is known to be missing.
func (op Relay) Do(ctx context.Context, entries []Entry) []error {
	errs := make([]error, len(entries))
	if err := op.await(ctx, entries); err != nil {
		for i := range errs {
			errs[i] = fmt.Errorf("await confirmation: %w", err)
		}
		return errs
	}
	errs = op.Publisher.Publish(ctx, eventsOf(entries))
	var published []Entry
	for i, err := range errs {
		if err == nil {
			published = append(published, entries[i])
		}
	}
	if len(published) == 0 {
		return errs
	}
	if err := op.Outbox.MarkPublished(ctx, published); err != nil {
		for i := range errs {
			if errs[i] == nil {
				errs[i] = fmt.Errorf("mark as published: %w", err)
			}
		}
	}
	return errs
}

func (op Relay) await(ctx context.Context, entries []Entry) error {
	var awaited []Awaited
	for _, entry := range entries {
		if op.Awaits == nil {
			break
		}
		if by := op.Awaits(entry.Event()); len(by) > 0 {
			awaited = append(awaited, Awaited{Entry: entry, By: by})
		}
	}
	if len(awaited) == 0 {
		return nil
	}
	return op.Outbox.Await(ctx, awaited)
}

func eventsOf(entries []Entry) []event.Envelope {
	events := make([]event.Envelope, len(entries))
	for i, entry := range entries {
		events[i] = entry.Event()
	}
	return events
}

// sweepAge is how long the relay gets before the sweep takes over, and sweepLimit bounds one run per shard.
const (
	sweepAge   = 2 * time.Minute
	sweepLimit = 100
)

// missedAges are the ages at which an event that is not confirmed is published again, so that one that cannot be handled comes to an end. Each run
// looks at what got there within the three runs before it: one may be missed, and what a run left of a backlog comes with the next. What is published
// again meanwhile does no harm.
var missedAges = []time.Duration{15 * time.Minute, 2 * time.Hour, 24 * time.Hour}

const (
	missedWithin = 15 * time.Minute // the schedule's five, three times
	missedLimit  = 5000             // of one run: what it publishes well within its time
)

// Sweep is the operation of the function sweep-log: it publishes what the relay could not, and again what subscribers have not confirmed.
type Sweep struct {
	Relay Relay
	Now   func() time.Time
}

// Do publishes what is left of a while ago, whatever else fails, and returns how much that was. The error is the first.
func (op Sweep) Do(ctx context.Context) (int, error) {
	now := op.Now()
	entries, err := op.Relay.Outbox.Unpublished(ctx, now.Add(-sweepAge), sweepLimit)
	published, failed := count(entries, op.Relay.Do(ctx, entries))
	if err == nil {
		err = failed
	}
	missed := 0
	for _, age := range missedAges {
		again, failed := op.again(ctx, now.Add(-age), missedLimit-missed)
		published += again
		missed += again
		if err == nil {
			err = failed
		}
	}
	return published, err
}

// again publishes what was written shortly before a time and is not confirmed, page by page up to a limit, and returns how much that was. The error is
// the first; what cannot be read or published keeps nothing else back.
func (op Sweep) again(ctx context.Context, before time.Time, limit int) (published int, first error) {
	for last := ""; published < limit; {
		missed, next, err := op.Relay.Outbox.Unconfirmed(ctx, before.Add(-missedWithin), before, last, sweepLimit)
		n, failed := count(missed, op.Relay.Publisher.Publish(ctx, eventsOf(missed)))
		published += n
		for _, one := range []error{err, failed} {
			if first == nil {
				first = one
			}
		}
		if next == "" || n == 0 && len(missed) > 0 { // the end, or a bus that takes nothing
			return published, first
		}
		last = next
	}
	return published, first
}

// count returns how many of the entries were published, and the first error of those that were not.
func count(entries []Entry, errs []error) (published int, first error) {
	for i, err := range errs {
		switch {
		case err == nil:
			published++
		case first == nil:
			first = fmt.Errorf("sweep entry %s: %w", entries[i].ID, err)
		}
	}
	return published, first
}
