package bus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	local "prism-access/infra/local/bus"
	"prism-access/internal/access"
	"prism-access/internal/bus"
	"prism-access/internal/event"
)

func config() aws.Config {
	return aws.Config{Region: "eu-central-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
	})}
}

// call is a request to the service.
type call struct {
	Entries []struct {
		EventBusName, Source, DetailType, Detail string
		Resources                                []string
		Time                                     float64
	}
}

// service stands in for EventBridge: it keeps what it is asked, and answers what the test says.
type service struct {
	mu     sync.Mutex
	calls  []call
	answer func(n int, c call) (status int, body any) // of call n, counted from 0; nil: all entries are taken
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c call
	if r.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" || json.NewDecoder(r.Body).Decode(&c) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	n := len(s.calls)
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	status, body := http.StatusOK, taken(c)
	if s.answer != nil {
		status, body = s.answer(n, c)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// taken is the answer that takes all entries but those at the given places.
func taken(c call, refused ...int) any {
	entries := make([]map[string]string, len(c.Entries))
	for i := range entries {
		entries[i] = map[string]string{"EventId": fmt.Sprint(i)}
	}
	for _, i := range refused {
		entries[i] = map[string]string{"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
	}
	return map[string]any{"FailedEntryCount": len(refused), "Entries": entries}
}

func newBus(t *testing.T, s *service) bus.Bus {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return bus.New(config(), "prism", server.URL)
}

func envelopes(n int) []event.Envelope {
	out := make([]event.Envelope, n)
	for i := range out {
		scope := access.Brand("org_1", "brd_2")
		out[i] = event.Envelope{
			Source: event.Source, DetailType: "BrandCreated", Detail: event.Detail{
				Metadata: event.Metadata{
					ID: fmt.Sprintf("event %02d", i), Type: "BrandCreated", Version: 1, OccurredAt: time.Date(2026, 11, 22, 9, 5, 0, 0, time.UTC),
					Scope: scope, Scopes: []access.Scope{scope, access.Organization("org_1")}, Actor: access.Person{ID: "usr_ada", Name: "Ada"}, Sequence: 1,
				},
				Data: json.RawMessage(`{"brand":"brd_2","after":{"name":"Globex"}}`),
			},
		}
	}
	return out
}

// ids returns the ids of the events in calls, and how many each call had.
func ids(t *testing.T, calls []call) (ids []string, sizes []int) {
	t.Helper()
	for _, c := range calls {
		sizes = append(sizes, len(c.Entries))
		for _, entry := range c.Entries {
			var detail event.Detail
			if err := json.Unmarshal([]byte(entry.Detail), &detail); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, detail.Metadata.ID)
		}
	}
	return ids, sizes
}

func TestPublishSendsTenAtATimeInOrder(t *testing.T) {
	t.Parallel()
	for n, wantSizes := range map[int][]int{0: nil, 1: {1}, 10: {10}, 11: {10, 1}, 23: {10, 10, 3}} {
		s := &service{}
		events := envelopes(n)
		for i, err := range newBus(t, s).Publish(t.Context(), events) {
			if err != nil {
				t.Errorf("%d events, number %d: %v", n, i, err)
			}
		}
		var want []string
		for _, e := range events {
			want = append(want, e.Detail.Metadata.ID)
		}
		got, sizes := ids(t, s.calls)
		if diff := cmp.Diff(want, got) + cmp.Diff(wantSizes, sizes); diff != "" {
			t.Errorf("%d events: %s", n, diff)
		}
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	s := &service{}
	e := envelopes(1)[0]
	if err := newBus(t, s).Publish(t.Context(), []event.Envelope{e})[0]; err != nil {
		t.Fatal(err)
	}
	got := s.calls[0].Entries[0]
	var detail event.Detail
	if err := json.Unmarshal([]byte(got.Detail), &detail); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Detail, detail); diff != "" {
		t.Error(diff)
	}
	resources := []string{"organizations/org_1/brands/brd_2", "organizations/org_1"}
	if got.EventBusName != "prism" || got.Source != "prism.access" || got.DetailType != "BrandCreated" || !cmp.Equal(resources, got.Resources) ||
		int64(got.Time) != e.Detail.Metadata.OccurredAt.Unix() {
		t.Errorf("got %+v", got)
	}
}

// TestBigEventsGoInSmallerCalls: the service refuses a call as a whole that is over its limit, however often it is sent.
func TestBigEventsGoInSmallerCalls(t *testing.T) {
	t.Parallel()
	bus := bus.New(config(), "prism", realistic(t))
	events := envelopes(10)
	for i := range events {
		events[i].Detail.Data = json.RawMessage(`{"filler":"` + strings.Repeat("x", 60<<10) + `"}`)
	}
	for i, err := range bus.Publish(t.Context(), events) {
		if err != nil {
			t.Errorf("event %d: %v", i, err)
		}
	}
	events[3].Detail.Data = json.RawMessage(`{"filler":"` + strings.Repeat("x", 300<<10) + `"}`)
	for i, err := range bus.Publish(t.Context(), events) {
		if (err != nil) != (i == 3) {
			t.Errorf("number 3 can never be sent; event %d: %v", i, err)
		}
	}
}

// realistic is an EventBridge with the limits of the service.
func realistic(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(local.New(local.Options{Buses: []string{"prism"}, Now: time.Now}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestEachEntryIsLookedAt: a call that succeeds can have refused entries (pitfall 33).
func TestEachEntryIsLookedAt(t *testing.T) {
	t.Parallel()
	s := &service{answer: func(n int, c call) (int, any) {
		if n == 0 {
			return http.StatusOK, taken(c, 0, 7)
		}
		return http.StatusOK, taken(c, 1)
	}}
	for i, err := range newBus(t, s).Publish(t.Context(), envelopes(12)) {
		if refused := i == 0 || i == 7 || i == 11; (err != nil) != refused {
			t.Errorf("event %d: got %v", i, err)
		}
		if err != nil && !strings.Contains(err.Error(), "ThrottlingException: Rate exceeded") {
			t.Errorf("event %d does not say why: %v", i, err)
		}
	}
	if len(s.calls) != 2 {
		t.Errorf("%d calls, want 2", len(s.calls))
	}
}

func TestMissingAnswersAreFailures(t *testing.T) {
	t.Parallel()
	s := &service{answer: func(_ int, c call) (int, any) {
		c.Entries = c.Entries[:2]
		return http.StatusOK, taken(c)
	}}
	for i, err := range newBus(t, s).Publish(t.Context(), envelopes(3)) {
		if (err != nil) != (i == 2) {
			t.Errorf("event %d: got %v", i, err)
		}
	}
}

func TestFailedCalls(t *testing.T) {
	t.Parallel()
	internal := map[string]string{"__type": "InternalException", "message": "down"}
	invalid := map[string]string{"__type": "ValidationException", "message": "no"}
	for name, c := range map[string]struct {
		answer func(n int, c call) (int, any)
		calls  int
		failed func(event int) bool
	}{
		"once": {func(n int, c call) (int, any) {
			if n == 0 {
				return http.StatusInternalServerError, internal
			}
			return http.StatusOK, taken(c)
		}, 3, func(int) bool { return false }},
		"for good": {func(int, call) (int, any) { return http.StatusInternalServerError, internal }, 6, func(int) bool { return true }},
		"the second ten": {func(_ int, c call) (int, any) {
			if len(c.Entries) == 10 {
				return http.StatusOK, taken(c)
			}
			return http.StatusBadRequest, invalid
		}, 2, func(event int) bool { return event >= 10 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{answer: c.answer}
			for i, err := range newBus(t, s).Publish(t.Context(), envelopes(15)) {
				if (err != nil) != c.failed(i) {
					t.Errorf("event %d: got %v", i, err)
				}
			}
			if len(s.calls) != c.calls {
				t.Errorf("%d calls, want %d", len(s.calls), c.calls)
			}
		})
	}
}

// TestDeadEndpoint: every event is reported, and soon.
func TestDeadEndpoint(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	began := time.Now()
	for i, err := range bus.New(config(), "prism", server.URL).Publish(t.Context(), envelopes(3)) {
		if err == nil {
			t.Errorf("event %d was published", i)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestSilentEndpoint(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for i, err := range bus.New(config(), "prism", server.URL).Publish(ctx, envelopes(12)) {
		if err == nil {
			t.Errorf("event %d was published", i)
		}
	}
}
