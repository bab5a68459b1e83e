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

// Outbox is the log as the list of what is to be published.
type Outbox interface {
	// Unpublished returns entries that were written before a time and are not marked as published, oldest first, up to a limit per
	// shard. An entry that cannot be read is left out and named by the error, with which the others come.
	Unpublished(ctx context.Context, before time.Time, limit int) ([]Entry, error)
	// MarkPublished takes entries out of the outbox. Marking twice is harmless.
	MarkPublished(ctx context.Context, entries []Entry) error
}

// Relay is the operation of the function relay-log: it publishes what the stream brings.
type Relay struct {
	Outbox    Outbox
	Publisher Publisher
}

// Do publishes the entries and marks them. It returns one error per entry, nil for the published ones. An entry can be published
// twice when the mark fails; subscribers drop doubles by the event's id.
func (op Relay) Do(ctx context.Context, entries []Entry) []error {
	events := make([]event.Envelope, len(entries))
	for i, entry := range entries {
		events[i] = entry.Event()
	}
	errs := op.Publisher.Publish(ctx, events)
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

// sweepAge is how long the relay gets before the sweep takes over, and sweepLimit bounds one run per shard.
const (
	sweepAge   = 2 * time.Minute
	sweepLimit = 100
)

// Sweep is the operation of the function sweep-log: it publishes what the relay could not.
type Sweep struct {
	Outbox    Outbox
	Publisher Publisher
	Now       func() time.Time
}

// Do publishes what is left of a while ago, whatever else fails, and returns how much that was. The error is the first.
func (op Sweep) Do(ctx context.Context) (int, error) {
	entries, err := op.Outbox.Unpublished(ctx, op.Now().Add(-sweepAge), sweepLimit)
	published := 0
	for i, failure := range (Relay{Outbox: op.Outbox, Publisher: op.Publisher}).Do(ctx, entries) {
		switch {
		case failure == nil:
			published++
		case err == nil:
			err = fmt.Errorf("sweep entry %s: %w", entries[i].ID, failure)
		}
	}
	return published, err
}
