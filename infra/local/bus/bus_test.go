package bus_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
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
			{Name: "mail", Bus: "prism", Pattern: parse(`{"detail-type":["Invited","Joined"]}`), Targets: []bus.Target{f.mail}},
			{Name: "big", Bus: "prism", Pattern: parse(`{"detail":{"n":[{"numeric":[">",10]}]}}`), Targets: []bus.Target{f.mail, f.some}},
			{Name: "other", Bus: "default", Pattern: parse(`{"source":["test"]}`), Targets: []bus.Target{f.some}},
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
