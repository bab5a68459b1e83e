package bus_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/testtable"
)

type fixture struct {
	bus        *bus.Bus
	mail, some *queue.Queue
	client     *eventbridge.Client
}

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func start(t *testing.T) *fixture {
	t.Helper()
	parse := func(text string) *pattern.Pattern {
		p, err := pattern.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	f := &fixture{mail: queue.New("Mail", time.Minute, 0, nil), some: queue.New("Some", time.Minute, 0, nil)}
	f.bus = bus.New(bus.Options{
		Buses: []string{"prism"}, Now: func() time.Time { return now },
		Rules: []bus.Rule{
			{Name: "mail", Bus: "prism", Pattern: parse(`{"detail-type":["Invited","Joined"]}`), Targets: []bus.Target{{Queue: f.mail}}},
			{Name: "big", Bus: "prism", Pattern: parse(`{"detail":{"n":[{"numeric":[">",10]}]}}`), Targets: []bus.Target{{Queue: f.mail}, {Queue: f.some}}},
			{Name: "other", Bus: "default", Pattern: parse(`{"source":["test"]}`), Targets: []bus.Target{{Queue: f.some}}},
		},
	})
	server := httptest.NewServer(f.bus)
	t.Cleanup(server.Close)
	f.client = eventbridge.NewFromConfig(testtable.Config(), func(o *eventbridge.Options) {
		o.BaseEndpoint, o.RetryMaxAttempts = &server.URL, 1
	})
	return f
}

func entry(bus, detailType, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: aws.String("test"), DetailType: &detailType, Detail: &detail, EventBusName: &bus}
}

func TestPutEvents(t *testing.T) {
	t.Parallel()
	f := start(t)
	timed := entry("arn:aws:events:local:000000000000:event-bus/prism", "Invited", `{"n":11}`)
	timed.Time, timed.Resources = aws.Time(now.Add(-time.Hour)), []string{"arn:x"}
	out, err := f.client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("prism", "Joined", `{"n":1}`), timed, entry("prism", "Left", `{}`), entry("default", "Joined", `{}`),
		entry("prism", "Joined", `{"n":`), entry("prism", "", `{}`), entry("unknown", "Joined", `{}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ids := map[string]bool{}
	for _, e := range out.Entries {
		codes = append(codes, aws.ToString(e.ErrorCode))
		ids[aws.ToString(e.EventId)] = true
	}
	if diff := cmp.Diff([]string{"", "", "", "", "MalformedDetail", "InvalidArgument", "ResourceNotFoundException"}, codes); diff != "" || out.FailedEntryCount != 3 {
		t.Errorf("%d failed: %s", out.FailedEntryCount, diff)
	}
	var rules [][]string
	for _, record := range f.bus.Records() {
		rules = append(rules, record.Rules)
	}
	if diff := cmp.Diff([][]string{{"mail"}, {"mail", "big"}, {}, {"other"}}, rules); diff != "" {
		t.Errorf("rules: %s", diff)
	}
	if mail, some := len(f.mail.Messages()), len(f.some.Messages()); mail != 3 || some != 2 {
		t.Errorf("queues have %d and %d messages, want 3 and 2", mail, some)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(f.some.Messages()[0].Body), &got); err != nil {
		t.Fatal(err)
	}
	id, _ := got["id"].(string)
	want := map[string]any{
		"version": "0", "id": id, "detail-type": "Invited", "source": "test", "account": "000000000000", "time": "2026-11-22T09:00:00Z",
		"region": "local", "resources": []any{"arn:x"}, "detail": map[string]any{"n": 11.0},
	}
	if diff := cmp.Diff(want, got); diff != "" || !ids[id] {
		t.Errorf("id %q of %v: %s", id, ids, diff)
	}
}

// TestAQueueThatDoesNotAnswer: an event comes again after a while, and in the end to the dead letters.
func TestAQueueThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failing          int // tries
		takes            bool
		delivered, given int
	}{{0, false, 1, 0}, {2, false, 1, 0}, {2, true, 3, 0}, {3, false, 0, 1}, {9, true, 3, 1}} {
		synctest.Test(t, func(t *testing.T) {
			all, err := pattern.Parse([]byte(`{"source":["test"]}`))
			if err != nil {
				t.Fatal(err)
			}
			to, dead := queue.New("To", time.Minute, 0, nil), queue.New("Dead", time.Minute, 0, nil)
			b := bus.New(bus.Options{Now: time.Now, Rules: []bus.Rule{
				{Name: "all", Bus: bus.DefaultBus, Pattern: all, Targets: []bus.Target{{Queue: to, Retries: 2, DeadLetters: dead}}},
			}})
			tries := 0
			b.Deliver(func(_ *queue.Queue, _ string, send func()) error {
				if tries++; tries > c.failing || c.takes {
					send()
				}
				if tries <= c.failing {
					return errors.New("no answer")
				}
				return nil
			})
			if _, err := b.Put(bus.DefaultBus, "test", "Joined", now, nil, []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if got, given := len(to.Messages()), len(dead.Messages()); got != c.delivered || given != c.given {
				t.Errorf("after %d failures that took it: %v, it was delivered %d times and given up %d times, want %d and %d", c.failing, c.takes, got, given, c.delivered, c.given)
			}
		})
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	var many []types.PutEventsRequestEntry
	for range 11 {
		many = append(many, entry("prism", "Joined", `{}`))
	}
	for name, entries := range map[string][]types.PutEventsRequestEntry{
		"too many":  many,
		"too large": {entry("prism", "Joined", `{"x":"`+strings.Repeat("x", 256<<10)+`"}`)},
	} {
		_, err := f.client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: entries})
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "ValidationException" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if records := f.bus.Records(); len(records) != 0 {
		t.Errorf("%d events came from refused calls", len(records))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	put := func() (*eventbridge.PutEventsOutput, error) {
		e := entry("prism", "Joined", `{}`)
		return f.client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{e, e, e}})
	}
	f.bus.SetFault(bus.Down)
	if _, err := put(); err == nil {
		t.Error("a bus that is down has answered")
	}
	f.bus.SetFault(bus.Partial)
	for call, failures := range []int32{2, 1} {
		out, err := put()
		if err != nil || out.FailedEntryCount != failures {
			t.Errorf("call %d: got %v, %v; want %d failures", call, out, err, failures)
		}
	}
	f.bus.SetFault(bus.None)
	if out, err := put(); err != nil || out.FailedEntryCount != 0 {
		t.Errorf("without fault: got %v, %v", out, err)
	}
	if got := len(f.bus.Records()); got != 6 {
		t.Errorf("%d events were accepted, want 6", got)
	}
}
