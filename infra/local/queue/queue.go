// Package queue keeps SQS queues in memory and hands their messages to functions as Lambda's event source mapping does.
package queue

import (
	"context"
	"crypto/md5" //nolint:gosec // SQS says so
	"encoding/hex"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/infra/local/invoke"
)

// Queue is one queue. It is safe for concurrent use.
type Queue struct {
	ID string // logical id

	visibility  time.Duration
	maxReceives int
	dead        *Queue

	mu       sync.Mutex
	messages []*Message
	changed  chan struct{} // closed and replaced when a message came
}

// Message is a message as the queue keeps it.
type Message struct {
	ID            string    `json:"id"`
	Body          string    `json:"body"`
	Sent          time.Time `json:"sent"`
	FirstReceived time.Time `json:"first_received,omitzero"`
	Receives      int       `json:"receives"`
	InvisibleTill time.Time `json:"invisible_till,omitzero"` // after it was received
}

// New returns an empty queue. A message is hidden for the visibility time whenever it is received, and moves to dead (when
// that is not nil) instead of being received more often than maxReceives.
func New(id string, visibility time.Duration, maxReceives int, dead *Queue) *Queue {
	return &Queue{ID: id, visibility: visibility, maxReceives: maxReceives, dead: dead, changed: make(chan struct{})}
}

// Send puts a message into the queue.
func (q *Queue) Send(body string) {
	q.Restore([]Message{{ID: invoke.UUID(), Body: body, Sent: time.Now()}})
}

// DeadLetters returns the queue that messages move to which were received too often, nil for none.
func (q *Queue) DeadLetters() *Queue { return q.dead }

// MoveTo sends all messages to another queue, as new ones, and returns how many those were.
func (q *Queue) MoveTo(to *Queue) int {
	moved := q.Purge()
	for _, m := range moved {
		to.Send(m.Body)
	}
	return len(moved)
}

// Purge takes all messages out and returns them.
func (q *Queue) Purge() []*Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	gone := q.messages
	q.messages = nil
	return gone
}

// Messages returns what is in the queue, the oldest first.
func (q *Queue) Messages() []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Message, len(q.messages))
	for i, m := range q.messages {
		out[i] = *m
	}
	return out
}

// Restore puts messages that Messages returned into the queue. None of them is under way any more.
func (q *Queue) Restore(messages []Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		q.messages = append(q.messages, &m)
	}
	close(q.changed)
	q.changed = make(chan struct{})
}

// receive waits for messages and returns up to limit of them, or none when ctx has ended.
func (q *Queue) receive(ctx context.Context, limit int) []*Message {
	for ctx.Err() == nil {
		batch, changed, next := q.take(limit)
		if len(batch) > 0 {
			return batch
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-time.After(next):
		}
	}
	return nil
}

// take returns copies of visible messages and hides them. When there are none it says what to wait for: a channel that
// closes with the next message, and the time until a hidden one shows again.
func (q *Queue) take(limit int) (batch []*Message, changed <-chan struct{}, next time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	next = time.Hour
	kept := q.messages[:0]
	for _, m := range q.messages {
		hidden := m.InvisibleTill.Sub(now)
		switch {
		case hidden > 0:
			next = min(next, hidden)
		case q.dead != nil && m.Receives >= q.maxReceives:
			q.dead.Send(m.Body)
			continue
		case len(batch) < limit:
			m.Receives++
			m.InvisibleTill = now.Add(q.visibility)
			if m.FirstReceived.IsZero() {
				m.FirstReceived = now
			}
			taken := *m
			batch = append(batch, &taken)
		}
		kept = append(kept, m)
	}
	clear(q.messages[len(kept):])
	q.messages = kept
	return batch, q.changed, next
}

func (q *Queue) remove(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, m := range q.messages {
		if m.ID == id {
			q.messages = append(q.messages[:i], q.messages[i+1:]...)
			return
		}
	}
}

func (q *Queue) event(batch []*Message) events.SQSEvent {
	var event events.SQSEvent
	for _, m := range batch {
		sum := md5.Sum([]byte(m.Body))
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.ID + "." + strconv.Itoa(m.Receives), Body: m.Body, Md5OfBody: hex.EncodeToString(sum[:]),
			Attributes: map[string]string{
				"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
				"SentTimestamp":                    strconv.FormatInt(m.Sent.UnixMilli(), 10),
				"SenderId":                         "local",
				"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceived.UnixMilli(), 10),
			},
			MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSource:       "aws:sqs", EventSourceARN: "arn:aws:sqs:local:000000000000:" + q.ID, AWSRegion: "local",
		})
	}
	return event
}
