package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/stack"
)

// receiver is somebody's server, which does not take the first thing that is sent, and notes the others.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	tries int
	got   []string
}

const pushSecret = "the key of the receiver"

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tries++
		switch {
		case request.Header.Get("X-Api-Key") != pushSecret:
			w.WriteHeader(http.StatusForbidden)
		case r.tries == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			r.got = append(r.got, string(body))
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// samples are the usual, and what pushes events there.
func (r *receiver) samples() []stack.Sample {
	return samplesWith(map[string]string{"PUSH": r.URL + "/hook", "PUSH_SECRET": pushSecret})
}

// pushed holds what was received against what the rule took: each once, and nothing else.
func (r *receiver) pushed(l *local) {
	l.t.Helper()
	l.eventually("all is pushed", func() bool {
		var want []string
		for _, record := range l.Bus.Records() {
			if slices.Contains(record.Rules, "PushRule") {
				var event struct{ Detail json.RawMessage }
				if err := json.Unmarshal(record.Event, &event); err != nil {
					l.t.Fatal(err)
				}
				want = append(want, string(event.Detail))
			}
		}
		r.mu.Lock()
		got := slices.Clone(r.got)
		r.mu.Unlock()
		slices.Sort(want)
		slices.Sort(got)
		return len(want) >= 5 && cmp.Equal(want, got)
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := redrive(l.t, "QUEUE=PushDeadLetters", "PORT="+l.port(), "STACK=")
	if err == nil || !strings.Contains(said, "PushDeadLetters has no messages of another queue, so nothing goes back. What to do with them: infra/runbook.md") {
		l.t.Errorf("make redrive QUEUE=PushDeadLetters: %v, %s", err, said)
	}
	if r.tries != len(r.got)+1 {
		l.t.Errorf("%d tries for %d events, of which the first was refused once", r.tries, len(r.got))
	}
}
