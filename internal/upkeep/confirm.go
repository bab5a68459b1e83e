package upkeep

import (
	"context"
	"slices"

	"prism-access/internal/event"
)

// The subscribers here, as they confirm events.
const (
	MaintainIndexes = "maintain-indexes"
	CleansUp        = "clean-up"
)

// Subscribers returns who is to confirm an event, because it calls for something of theirs.
func Subscribers(e event.Envelope) []string {
	var all []string
	if isAboutPeople(e.DetailType) || len(touched(e.Detail.Metadata)) > 0 {
		all = append(all, MaintainIndexes)
	}
	if slices.Contains(CleanUpEvents(), e.DetailType) {
		all = append(all, CleansUp)
	}
	return all
}

// Confirmations keeps what subscribers have yet to confirm.
type Confirmations interface {
	// Confirm ends the waiting for a subscriber's confirmation of an event. Confirming twice, or what nobody awaits, is harmless.
	Confirm(ctx context.Context, event, subscriber string) error
}

// Confirm has a subscriber confirm the events that it has handled. One that is not confirmed is published again after a while.
type Confirm struct {
	Store      Confirmations
	Subscriber string
	Handle     func(context.Context, event.Envelope) error
}

// Do handles an event and confirms it. An error says that it is to be tried again.
func (op Confirm) Do(ctx context.Context, received event.Envelope) error {
	if err := op.Handle(ctx, received); err != nil || !slices.Contains(Subscribers(received), op.Subscriber) {
		return err
	}
	return op.Store.Confirm(ctx, received.Detail.Metadata.ID, op.Subscriber)
}
