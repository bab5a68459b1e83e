package queue

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"prism-access/infra/local/invoke"
)

// Mapping says how messages reach a function.
type Mapping struct {
	BatchSize      int
	Window         time.Duration // how long a batch may wait to fill
	Concurrency    int           // invocations at once
	ReportFailures bool          // the function names the messages that failed
}

// Consume hands messages to the function until ctx ends and the invocations under way are over. A message that failed
// stays in the queue and is received again when its visibility time is over.
func (q *Queue) Consume(ctx context.Context, f *invoke.Function, m Mapping) {
	var workers sync.WaitGroup
	for range max(m.Concurrency, 1) {
		workers.Go(func() {
			for {
				batch := q.batch(ctx, m)
				if len(batch) == 0 {
					return
				}
				q.deliver(context.WithoutCancel(ctx), f, m, batch)
			}
		})
	}
	workers.Wait()
}

// batch returns none when ctx has ended.
func (q *Queue) batch(ctx context.Context, m Mapping) []*Message {
	batch := q.receive(ctx, m.BatchSize)
	if m.Window == 0 || len(batch) == 0 {
		return batch
	}
	filling, cancel := context.WithTimeout(ctx, m.Window)
	defer cancel()
	for len(batch) < m.BatchSize && filling.Err() == nil {
		batch = append(batch, q.receive(filling, m.BatchSize-len(batch))...)
	}
	return batch
}

func (q *Queue) deliver(ctx context.Context, f *invoke.Function, m Mapping, batch []*Message) {
	event, err := json.Marshal(q.event(batch))
	if err != nil {
		slog.ErrorContext(ctx, "write the event", "queue", q.ID, "error", err)
		return
	}
	answer, err := f.Invoke(ctx, event)
	var failed []string
	if err == nil && m.ReportFailures {
		failed, err = invoke.BatchFailures(answer)
		// An id that is not in the batch makes the service take the whole batch for failed.
		for _, id := range failed {
			if !slices.ContainsFunc(batch, func(m *Message) bool { return m.ID == id }) {
				failed = ids(batch)
				break
			}
		}
	}
	if err != nil {
		slog.ErrorContext(ctx, "function failed", "function", f.Name, "queue", q.ID, "messages", len(batch), "error", err)
		return
	}
	if len(failed) > 0 {
		slog.WarnContext(ctx, "messages will be tried again", "function", f.Name, "queue", q.ID, "messages", len(failed), "after", q.visibility)
	}
	for _, message := range batch {
		if !slices.Contains(failed, message.ID) {
			q.remove(message.ID)
		}
	}
}

func ids(batch []*Message) []string {
	out := make([]string, len(batch))
	for i, m := range batch {
		out[i] = m.ID
	}
	return out
}
