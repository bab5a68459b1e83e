package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/queue"
)

// recorder is a function that notes which bodies it was given in which invocation, and answers what answer says.
type recorder struct {
	mu      sync.Mutex
	batches [][]string
	records []events.SQSMessage
	answer  func(records []events.SQSMessage) (string, error)
}

func (r *recorder) Invoke(_ context.Context, event []byte) ([]byte, error) {
	var in events.SQSEvent
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var bodies []string
	for _, record := range in.Records {
		bodies = append(bodies, record.Body)
	}
	r.batches = append(r.batches, bodies)
	r.records = append(r.records, in.Records...)
	if r.answer == nil {
		return []byte(`{}`), nil
	}
	answer, err := r.answer(in.Records)
	return []byte(answer), err
}

// fail answers that the messages with these bodies failed.
func fail(bodies ...string) func([]events.SQSMessage) (string, error) {
	return func(records []events.SQSMessage) (string, error) {
		var failures []string
		for _, record := range records {
			if slices.Contains(bodies, record.Body) {
				failures = append(failures, fmt.Sprintf(`{"itemIdentifier":%q}`, record.MessageId))
			}
		}
		return `{"batchItemFailures":[` + strings.Join(failures, ",") + `]}`, nil
	}
}

func bodies(q *queue.Queue) []string {
	var out []string
	for _, m := range q.Messages() {
		out = append(out, m.Body)
	}
	return out
}

func TestConsume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answer  func([]events.SQSMessage) (string, error)
		report  bool
		after   time.Duration
		batches [][]string
		left    []string
		dead    []string
	}{
		{name: "all well", report: true, batches: [][]string{{"a", "b"}, {"c"}}},
		{
			name: "one fails", report: true, answer: fail("b"), after: 25 * time.Second, left: []string{"b"},
			batches: [][]string{{"a", "b"}, {"c"}, {"b"}, {"b"}},
		},
		{
			name: "one fails until it is dead", report: true, answer: fail("b"), after: time.Minute, dead: []string{"b"},
			batches: [][]string{{"a", "b"}, {"c"}, {"b"}, {"b"}},
		},
		{
			name: "the function fails", report: true, after: time.Second, left: []string{"a", "b", "c"},
			answer:  func([]events.SQSMessage) (string, error) { return "", errors.New("no") },
			batches: [][]string{{"a", "b"}, {"c"}},
		},
		{
			name: "an unknown message is reported", report: true, after: time.Second, left: []string{"a", "b", "c"},
			answer: func([]events.SQSMessage) (string, error) {
				return `{"batchItemFailures":[{"itemIdentifier":"x"}]}`, nil
			},
			batches: [][]string{{"a", "b"}, {"c"}},
		},
		{name: "failures that the mapping does not read", answer: fail("b"), after: time.Minute, batches: [][]string{{"a", "b"}, {"c"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dead := queue.New("Dead", time.Second, 0, nil)
				q := queue.New("Work", 10*time.Second, 3, dead)
				for _, body := range []string{"a", "b", "c"} {
					q.Send(body)
				}
				r := &recorder{answer: c.answer}
				ctx, cancel := context.WithCancel(t.Context())
				go q.Consume(ctx, &invoke.Function{Name: "f", Start: invoke.Same(r)}, queue.Mapping{BatchSize: 2, Concurrency: 1, ReportFailures: c.report})
				time.Sleep(c.after)
				synctest.Wait()
				cancel()
				synctest.Wait()
				if diff := cmp.Diff(c.batches, r.batches); diff != "" {
					t.Errorf("batches: %s", diff)
				}
				if diff := cmp.Diff(c.left, bodies(q)); diff != "" {
					t.Errorf("left in the queue: %s", diff)
				}
				if diff := cmp.Diff(c.dead, bodies(dead)); diff != "" {
					t.Errorf("dead: %s", diff)
				}
			})
		})
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queue.New("Work", time.Second, 0, nil)
		r := &recorder{}
		sent := time.Now()
		q.Send("hello")
		ctx, cancel := context.WithCancel(t.Context())
		go q.Consume(ctx, &invoke.Function{Start: invoke.Same(r)}, queue.Mapping{BatchSize: 10})
		synctest.Wait()
		cancel()
		at := fmt.Sprint(sent.UnixMilli())
		got := r.records[0]
		want := events.SQSMessage{
			MessageId: got.MessageId, ReceiptHandle: got.MessageId + ".1", Body: "hello", Md5OfBody: "5d41402abc4b2a76b9719d911017c592",
			Attributes:        map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": at, "SenderId": "local", "ApproximateFirstReceiveTimestamp": at},
			MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSource:       "aws:sqs", EventSourceARN: "arn:aws:sqs:local:000000000000:Work", AWSRegion: "local",
		}
		if diff := cmp.Diff(want, got); diff != "" || got.MessageId == "" {
			t.Error(diff)
		}
	})
}

func TestWindowFillsABatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queue.New("Work", time.Minute, 0, nil)
		r := &recorder{}
		ctx, cancel := context.WithCancel(t.Context())
		go q.Consume(ctx, &invoke.Function{Start: invoke.Same(r)}, queue.Mapping{BatchSize: 3, Window: 5 * time.Second})
		q.Send("a")
		time.Sleep(time.Second)
		q.Send("b")
		time.Sleep(10 * time.Second)
		for _, body := range []string{"c", "d", "e"} {
			q.Send(body)
		}
		synctest.Wait()
		cancel()
		if diff := cmp.Diff([][]string{{"a", "b"}, {"c", "d", "e"}}, r.batches); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRestore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		before := queue.New("Work", time.Minute, 5, nil)
		r := &recorder{answer: func([]events.SQSMessage) (string, error) { return "", errors.New("no") }}
		before.Send("a")
		ctx, cancel := context.WithCancel(t.Context())
		go before.Consume(ctx, &invoke.Function{Start: invoke.Same(r)}, queue.Mapping{BatchSize: 1})
		synctest.Wait()
		cancel()

		after := queue.New("Work", time.Minute, 5, nil)
		after.Restore(before.Messages())
		again := &recorder{}
		ctx, cancel = context.WithCancel(t.Context())
		go after.Consume(ctx, &invoke.Function{Start: invoke.Same(again)}, queue.Mapping{BatchSize: 1})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		cancel()
		if len(again.records) != 1 || again.records[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Errorf("got %v, want the message for the second time", again.records)
		}
	})
}
