package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/queue"
)

// Mapping hands the records that pass its filters to a function. The fields before mu do not change once it is in use.
type Mapping struct {
	Function       *invoke.Function
	Filters        []*pattern.Pattern // one has to match; none lets all pass
	BatchSize      int
	Window         time.Duration // how long a batch may wait to fill
	MaxRetries     int           // -1 without bound
	MaxAge         time.Duration // of a record; 0 without bound
	Bisect         bool          // split a batch that failed
	ReportFailures bool          // the function names the first record that failed
	DeadLetters    *queue.Queue  // told what was given up; may be nil
	// Age is told, whenever a batch goes to the function, how long ago by Now its last record came; may be nil.
	Age func(time.Duration)
	Now func() time.Time // a clock that may be moved; nil: the real one

	mu      sync.Mutex
	pending []*Record
	since   time.Time // when the oldest pending record came
	wake    chan struct{}
}

// Between two tries of a batch.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// add queues the records that pass the filters.
func (m *Mapping) add(records ...*Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, record := range records {
		if !m.passes(record) {
			continue
		}
		if len(m.pending) == 0 {
			m.since = time.Now()
		}
		own := *record // another function's mapping has its own
		own.came = m.now()
		m.pending = append(m.pending, &own)
	}
	if m.wake != nil {
		close(m.wake)
		m.wake = nil
	}
}

func (m *Mapping) passes(record *Record) bool {
	if len(m.Filters) == 0 {
		return true
	}
	text, err := json.Marshal(record)
	return err == nil && slices.ContainsFunc(m.Filters, func(p *pattern.Pattern) bool { return p.Match(text) })
}

// run delivers batches until ctx ends.
func (m *Mapping) run(ctx context.Context) {
	for {
		batch := m.next(ctx)
		if len(batch) == 0 {
			return
		}
		m.deliver(ctx, batch, 0)
	}
}

// next waits for a batch that is full or has waited long enough, and returns none when ctx has ended.
func (m *Mapping) next(ctx context.Context) []*Record {
	for ctx.Err() == nil {
		m.mu.Lock()
		count, rest := min(len(m.pending), m.BatchSize), m.Window-time.Since(m.since)
		if count > 0 && (count == m.BatchSize || rest <= 0) {
			batch := slices.Clone(m.pending[:count])
			m.mu.Unlock()
			return batch
		}
		if count == 0 {
			rest = time.Hour
		}
		wake := make(chan struct{})
		m.wake = wake
		m.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(rest):
		}
	}
	return nil
}

func (m *Mapping) waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pending)
}

// done forgets the oldest records.
func (m *Mapping) done(count int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = slices.Clone(m.pending[count:])
	m.since = time.Now()
}

// deliver invokes the function with the batch, which begins with the oldest pending record, until it is done with or
// given up; it leaves what is left pending when ctx ends before. Tries counts how often its records have failed before.
func (m *Mapping) deliver(ctx context.Context, batch []*Record, tries int) {
	for ctx.Err() == nil && len(batch) > 0 {
		if m.MaxAge > 0 && age(batch[0]) > m.MaxAge {
			m.giveUp(ctx, batch[:1], tries, "RecordAgeExceeded")
			batch = batch[1:]
			continue
		}
		succeeded, err := m.invoke(ctx, batch)
		m.done(succeeded)
		batch = batch[succeeded:]
		if len(batch) == 0 {
			return
		}
		slog.WarnContext(ctx, "stream records will be tried again", "function", m.Function.Name, "records", len(batch), "tries", tries+1, "error", err)
		pause(ctx, tries)
		if m.Bisect && succeeded == 0 && len(batch) > 1 {
			// A split costs no try.
			half := len(batch) / 2
			m.deliver(ctx, batch[:half], tries)
			m.deliver(ctx, batch[half:], tries)
			return
		}
		tries++
		if m.MaxRetries >= 0 && tries > m.MaxRetries {
			m.giveUp(ctx, batch, tries, "RetryAttemptsExhausted")
			return
		}
	}
}

// invoke returns how many records of the batch, from its beginning, are done with.
func (m *Mapping) invoke(ctx context.Context, batch []*Record) (int, error) {
	event, err := json.Marshal(map[string]any{"Records": batch})
	if err != nil {
		return 0, err
	}
	if m.Age != nil {
		m.Age(m.now().Sub(batch[len(batch)-1].came))
	}
	answer, err := m.Function.Invoke(context.WithoutCancel(ctx), event)
	if err != nil {
		return 0, err
	}
	if !m.ReportFailures {
		return len(batch), nil
	}
	failed, err := invoke.BatchFailures(answer)
	if err != nil || len(failed) == 0 {
		return len(batch), err
	}
	succeeded := len(batch)
	for _, number := range failed {
		at := slices.IndexFunc(batch, func(r *Record) bool { return r.Change.SequenceNumber == number })
		succeeded = min(succeeded, max(at, 0)) // a number that is not in the batch fails all of it
	}
	return succeeded, nil
}

func pause(ctx context.Context, tries int) {
	select {
	case <-ctx.Done():
	case <-time.After(min(firstPause<<min(tries, 10), maxPause)):
	}
}

// giveUp tells the queue where in the stream the records are that nobody will see again.
func (m *Mapping) giveUp(ctx context.Context, batch []*Record, tries int, condition string) {
	slog.ErrorContext(ctx, "stream records were given up", "function", m.Function.Name, "records", len(batch), "condition", condition)
	if m.DeadLetters != nil {
		message, _ := json.Marshal(map[string]any{ // cannot fail
			"requestContext": map[string]any{
				"requestId": invoke.UUID(), "functionArn": "arn:aws:lambda:local:000000000000:function:" + m.Function.Name,
				"condition": condition, "approximateInvokeCount": tries,
			},
			"responseContext": map[string]any{"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
			"version":         "1.0", "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
			"DDBStreamBatchInfo": map[string]any{
				"startSequenceNumber": batch[0].Change.SequenceNumber, "endSequenceNumber": batch[len(batch)-1].Change.SequenceNumber,
				"approximateArrivalOfFirstRecord": created(batch[0]).UTC().Format(time.RFC3339Nano),
				"approximateArrivalOfLastRecord":  created(batch[len(batch)-1]).UTC().Format(time.RFC3339Nano),
				"batchSize":                       len(batch), "streamArn": batch[0].EventSourceARN,
			},
		})
		m.DeadLetters.Send(string(message))
	}
	m.done(len(batch))
}

func (m *Mapping) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

func created(r *Record) time.Time {
	seconds, _ := strconv.ParseFloat(r.Change.ApproximateCreationDateTime.String(), 64) // comes from the server
	return time.UnixMilli(int64(seconds * 1000))
}

func age(r *Record) time.Duration { return time.Since(created(r)) }
