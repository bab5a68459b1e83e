package trigger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	contract "prism-access/events"
	local "prism-access/infra/local/bus"
	"prism-access/internal/audit"
	"prism-access/internal/bus"
	"prism-access/internal/event"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

// eventbridge is a bus with the service's own protocol, that refuses the events it is told to, one by one.
type eventbridge struct {
	*local.Bus
	server *httptest.Server

	mu     sync.Mutex
	refuse map[string]bool // ids of events
}

func newEventbridge(t *testing.T) *eventbridge {
	t.Helper()
	e := &eventbridge{Bus: local.New(local.Options{Buses: []string{"prism"}, Now: time.Now}), refuse: map[string]bool{}}
	e.server = httptest.NewServer(e)
	t.Cleanup(e.server.Close)
	return e
}

// ServeHTTP takes the refused entries out of a call and answers for them as the service does: the call succeeds.
func (e *eventbridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request, rest struct{ Entries []json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	refused := make([]bool, len(request.Entries))
	e.mu.Lock()
	for i, entry := range request.Entries {
		for id := range e.refuse {
			refused[i] = refused[i] || strings.Contains(string(entry), id)
		}
		if !refused[i] {
			rest.Entries = append(rest.Entries, entry)
		}
	}
	e.mu.Unlock()
	answer := struct {
		FailedEntryCount int
		Entries          []json.RawMessage
	}{}
	if len(rest.Entries) > 0 {
		body, _ := json.Marshal(rest)
		inner, forward := httptest.NewRecorder(), r.Clone(r.Context())
		forward.Body = io.NopCloser(bytes.NewReader(body))
		e.Bus.ServeHTTP(inner, forward)
		if inner.Code != http.StatusOK {
			maps.Copy(w.Header(), inner.Header())
			w.WriteHeader(inner.Code)
			_, _ = w.Write(inner.Body.Bytes())
			return
		}
		_ = json.Unmarshal(inner.Body.Bytes(), &answer)
	}
	for i, isRefused := range refused {
		if isRefused {
			answer.FailedEntryCount++
			answer.Entries = slices.Insert(answer.Entries, i, json.RawMessage(`{"ErrorCode":"InternalFailure","ErrorMessage":"Try again"}`))
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(answer)
}

func (e *eventbridge) setRefused(ids ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.refuse)
	for _, id := range ids {
		e.refuse[id] = true
	}
}

// published returns the ids of the events of an organization on the bus in their order. Each is held against its schema.
func (e *eventbridge) published(t *testing.T, organization string) []string {
	t.Helper()
	var out []string
	for _, record := range e.Records() {
		var envelope event.Envelope
		if err := json.Unmarshal(record.Event, &envelope); err != nil {
			t.Fatal(err)
		}
		if organization != "" && envelope.Detail.Metadata.Scope.Organization != organization {
			continue
		}
		if err := contract.Validate(envelope.DetailType, record.Event); err != nil {
			t.Errorf("%s: %v", envelope.DetailType, err)
		}
		out = append(out, envelope.Detail.Metadata.ID)
	}
	return out
}

func (e *eventbridge) bus() bus.Bus { return bus.New(testbed.Config(), "prism", e.server.URL) }

// logs collects what is logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// attributes returns an item as Lambda hands it over.
func attributes(t *testing.T, item testbed.Item) map[string]events.DynamoDBAttributeValue {
	t.Helper()
	text, err := json.Marshal(item)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]events.DynamoDBAttributeValue
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// inserted returns the stream's records of the log entries of an organization, oldest first, and the ids of the entries.
func inserted(t *testing.T, bed *testbed.Bed, organization string) (records []events.DynamoDBEventRecord, ids []string) {
	t.Helper()
	pk := "ORG#" + organization + "#LOG"
	for _, name := range slices.Sorted(maps.Keys(bed.Partitions(pk))) {
		_, id, _ := strings.Cut(name, " ")
		image := attributes(t, bed.Item(pk, id))
		records = append(records, events.DynamoDBEventRecord{
			EventID: "stream-" + id, EventName: "INSERT", Change: events.DynamoDBStreamRecord{
				SequenceNumber: fmt.Sprintf("%021d", len(records)+1), NewImage: image,
				Keys: map[string]events.DynamoDBAttributeValue{"PK": image["PK"], "SK": image["SK"]},
			},
		})
		ids = append(ids, id)
	}
	return records, ids
}

// unpublished returns the ids of those entries that are still in the outbox.
func unpublished(t *testing.T, bed *testbed.Bed, organization string, ids []string) []string {
	t.Helper()
	var left []string
	for _, id := range ids {
		if strings.HasPrefix(testbed.Text(bed.Item("ORG#"+organization+"#LOG", id), "GSI2PK"), "UNPUBLISHED#") {
			left = append(left, id)
		}
	}
	return left
}

// flow makes an organization in which some things have happened.
func flow(t *testing.T, bed *testbed.Bed) (organization string) {
	t.Helper()
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex", "Initech")
	bed.Invite(ada, org.ID, bed.Address("grace"), brands[0])
	bed.Invite(ada, org.ID, bed.Address("bob"), brands...)
	return org.ID
}

func relay(bed *testbed.Bed, e *eventbridge, l *logs) trigger.RelayLog {
	return trigger.RelayLog{Relay: audit.Relay{Outbox: bed.Table, Publisher: e.bus()}, Logger: l.logger()}
}

// do relays a batch and returns the sequence numbers that are reported back.
func do(t *testing.T, r trigger.RelayLog, records []events.DynamoDBEventRecord) []string {
	t.Helper()
	answer, err := r.Do(t.Context(), events.DynamoDBEvent{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, failure := range answer.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed
}
