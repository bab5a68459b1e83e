package push_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/push"
)

const (
	event = `{"id":"1","detail":{"metadata":{"id":"evt_1"},"data":{"n":1}}}`
	key   = "the-key-that-nobody-may-read"
)

// receiver is somebody's server. It notes what it gets and answers with the next of its answers, the last of them for ever.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	answers []func(http.ResponseWriter)
	got     []*http.Request
	bodies  []string
}

func receive(t *testing.T, answers ...func(http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, request), append(r.bodies, string(body))
		answer := r.answers[0]
		if len(r.answers) > 1 {
			r.answers = r.answers[1:]
		}
		answer(w)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func token(value string, lifetime int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, value, lifetime)
	}
}

func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// sender is a sender with what became of its events.
type sender struct {
	*push.Sender
	t       *testing.T
	mu      sync.Mutex
	dead    []string
	retries []int
	log     bytes.Buffer
}

// send sends one event to the target, which is given whatever it lacks.
func send(t *testing.T, target push.Target) *sender {
	t.Helper()
	s := &sender{t: t}
	target.ID, target.Method, target.Part = "Push", http.MethodPost, []string{"detail"}
	if target.Connection.TokenURL == "" {
		target.Connection.Header, target.Connection.Key = "X-Api-Key", key
	}
	sender, err := push.New(push.Options{
		Target: target, Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
		Dead: func(event string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.dead = append(s.dead, event)
		},
		Backoff: func(retry int) time.Duration {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.retries = append(s.retries, retry)
			return time.Millisecond
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Sender = sender
	t.Cleanup(func() { s.Stop() })
	s.Send(event)
	return s
}

// end waits until nothing is on its way, and returns what was given up.
func (s *sender) end() []string {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); s.Waiting() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("the event is still on its way")
		}
	}
	return s.dead
}

// TestAReceiverThatIsDownIsSaidOnce: not once per event and try.
func TestAReceiverThatIsDownIsSaidOnce(t *testing.T) {
	t.Parallel()
	down, up := status(http.StatusServiceUnavailable), status(http.StatusOK)
	s := send(t, push.Target{URL: receive(t, down, down, down, up, up, down, down, up).URL, MaxRetries: 9})
	for range 3 {
		if dead := s.end(); len(dead) != 0 {
			t.Fatalf("%q was given up", dead)
		}
		s.Send(event)
	}
	s.end()
	if said := s.log.String(); strings.Count(said, "events are not taken") != 2 || strings.Count(said, "events are taken again") != 2 {
		t.Errorf("it was down twice, and said is\n%s", said)
	}
}

func TestAnEventIsPushedOnce(t *testing.T) {
	t.Parallel()
	r := receive(t, status(http.StatusAccepted))
	s := send(t, push.Target{URL: r.URL + "/hook?from=prism", MaxRetries: 3})
	if dead := s.end(); len(dead) != 0 || r.count() != 1 {
		t.Fatalf("%d requests, and %q was given up", r.count(), dead)
	}
	got := r.got[0]
	want := []string{"POST", "/hook?from=prism", key, "application/json; charset=utf-8", "Amazon/EventBridge/ApiDestinations", `{"metadata":{"id":"evt_1"},"data":{"n":1}}`}
	if diff := cmp.Diff(want, []string{got.Method, got.URL.String(), got.Header.Get("X-Api-Key"), got.Header.Get("Content-Type"), got.UserAgent(), r.bodies[0]}); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	var answers []func(http.ResponseWriter)
	for _, code := range []int{401, 407, 409, 429, 500, 503} {
		answers = append(answers, status(code))
	}
	r := receive(t, append(answers, hangUp, status(http.StatusOK))...)
	s := send(t, push.Target{URL: r.URL, MaxRetries: 7})
	if dead := s.end(); len(dead) != 0 || r.count() != 8 {
		t.Fatalf("%d requests, and %q was given up", r.count(), dead)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6}, s.retries); diff != "" {
		t.Errorf("it waits before the retries (-want +got):\n%s", diff)
	}
}

func TestWhatIsGivenUp(t *testing.T) {
	t.Parallel()
	elsewhere := receive(t, status(http.StatusOK))
	for name, c := range map[string]struct {
		answer   func(http.ResponseWriter)
		target   push.Target
		requests int
	}{
		"a refusal":               {status(http.StatusBadRequest), push.Target{MaxRetries: 5}, 1},
		"nobody there":            {status(http.StatusNotFound), push.Target{MaxRetries: 5}, 1},
		"a way to somewhere else": {status(http.StatusTemporaryRedirect, "Location", elsewhere.URL), push.Target{MaxRetries: 5}, 1},
		"too many tries":          {status(http.StatusBadGateway), push.Target{MaxRetries: 2}, 3},
		"too late":                {status(http.StatusServiceUnavailable, "Retry-After", "3600"), push.Target{MaxRetries: 5, MaxAge: time.Minute}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := receive(t, c.answer)
			c.target.URL = r.URL
			s := send(t, c.target)
			if diff := cmp.Diff([]string{event}, s.end()); diff != "" || r.count() != c.requests {
				t.Errorf("%d requests, want %d; given up (-want +got):\n%s", r.count(), c.requests, diff)
			}
			if n := elsewhere.count(); n != 0 {
				t.Errorf("the key went elsewhere %d times", n)
			}
		})
	}
}

func TestAReceiverSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	r := receive(t, status(http.StatusTooManyRequests, "Retry-After", "1"), status(http.StatusOK))
	began := time.Now()
	if dead := send(t, push.Target{URL: r.URL, MaxRetries: 1}).end(); len(dead) != 0 || r.count() != 2 {
		t.Fatalf("%d requests, and %q was given up", r.count(), dead)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("it came back after %s, want a second", took)
	}
}

func TestTheRateIsKept(t *testing.T) {
	t.Parallel()
	r := receive(t, status(http.StatusOK))
	began := time.Now()
	s := send(t, push.Target{URL: r.URL, Rate: 20})
	for range 4 {
		s.Send(event)
	}
	s.end()
	if took := time.Since(began); took < 200*time.Millisecond || r.count() != 5 {
		t.Errorf("%d requests in %s, want 5 in 200 ms or more", r.count(), took)
	}
}

func TestATokenIsFetchedAndRenewed(t *testing.T) {
	t.Parallel()
	issuer := receive(t, status(http.StatusInternalServerError), token("first", 3600), token("second", 3600))
	r := receive(t, status(http.StatusOK), status(http.StatusUnauthorized), status(http.StatusOK))
	target := push.Target{URL: r.URL, MaxRetries: 2, Connection: push.Connection{
		TokenURL: issuer.URL + "/token", ClientID: "prism", ClientSecret: key, Form: url.Values{"scope": {"hooks.write"}},
	}}
	s := send(t, target)
	s.end()
	s.Send(event)
	if dead := s.end(); len(dead) != 0 {
		t.Fatalf("given up: %q", dead)
	}
	var used []string
	for _, got := range r.got {
		used = append(used, got.Header.Get("Authorization"))
	}
	if diff := cmp.Diff([]string{"Bearer first", "Bearer first", "Bearer second"}, used); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {"prism"}, "client_secret": {key}, "scope": {"hooks.write"}}.Encode()
	if diff := cmp.Diff([]string{want, want, want}, issuer.bodies); diff != "" || issuer.got[0].URL.Path != "/token" {
		t.Errorf("asked for tokens at %s (-want +got):\n%s", issuer.got[0].URL, diff)
	}
}

func TestATokenThatEndsIsRenewedBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	issuer := receive(t, token("short", 1), token("long", 3600))
	r := receive(t, status(http.StatusOK))
	s := send(t, push.Target{URL: r.URL, Connection: push.Connection{TokenURL: issuer.URL, ClientID: "prism", ClientSecret: key}})
	s.end()
	s.Send(event)
	s.end()
	s.Send(event)
	if dead := s.end(); len(dead) != 0 || issuer.count() != 2 || r.got[2].Header.Get("Authorization") != "Bearer long" {
		t.Errorf("%d tokens for 3 requests; given up: %q", issuer.count(), dead)
	}
}

func TestOtherMachinesAreRefused(t *testing.T) {
	t.Parallel()
	const here = "http://127.0.0.1:1/hook"
	for _, address := range []string{
		"https://example.com/hook", "http://example.com", "http://10.0.0.1/hook", "http://localhost.example.com/", "http://0.0.0.0:80/",
		"http://127.0.0.1@example.com/", "http://169.254.169.254/", "https://127.0.0.1/", "ftp://127.0.0.1/", "//127.0.0.1/", "::",
	} {
		for _, target := range []push.Target{{URL: address}, {URL: here, Connection: push.Connection{TokenURL: address}}} {
			if _, err := push.New(push.Options{Target: target}); err == nil {
				t.Errorf("%+v was taken", target)
			}
		}
	}
	for _, address := range []string{here, "http://localhost:9/", "http://[::1]:9/hook", "http://127.9.9.9/"} {
		if s, err := push.New(push.Options{Target: push.Target{URL: address}}); err != nil {
			t.Errorf("%s: %v", address, err)
		} else {
			s.Stop()
		}
	}
}

func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	issuer := receive(t, status(http.StatusUnauthorized), token("token-"+key, 3600))
	gone := receive(t, status(http.StatusOK))
	gone.Close()
	refused := receive(t, status(http.StatusInternalServerError))
	oauth := push.Connection{TokenURL: issuer.URL + "?s=" + key, ClientID: "prism", ClientSecret: key}
	for _, target := range []push.Target{
		{URL: gone.URL + "/" + key + "?s=" + key, MaxRetries: 1},
		{URL: refused.URL + "/" + key, MaxRetries: 1, Connection: oauth},
		{URL: refused.URL, Connection: push.Connection{TokenURL: gone.URL + "/" + key, ClientID: "prism", ClientSecret: key}},
	} {
		s := send(t, target)
		if dead := s.end(); len(dead) != 1 {
			t.Fatalf("given up: %q", dead)
		}
		if log := s.log.String(); !strings.Contains(log, "was not pushed") || strings.Contains(log, key) || strings.Contains(log, "evt_1") {
			t.Errorf("the log: %s", log)
		}
	}
}

func TestWhatIsNotDeliveredIsKept(t *testing.T) {
	t.Parallel()
	r := receive(t, status(http.StatusTooManyRequests, "Retry-After", "3600"))
	s := send(t, push.Target{URL: r.URL, MaxRetries: 9})
	for r.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	if diff := cmp.Diff([]string{event}, s.Stop()); diff != "" || len(s.dead) != 0 {
		t.Errorf("given up: %q; kept (-want +got):\n%s", s.dead, diff)
	}
}

func TestWhatIsUnderWayIsKept(t *testing.T) {
	t.Parallel()
	asked, over := make(chan bool), make(chan bool)
	r := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- true
		<-over
	}))
	defer r.Close()
	defer close(over)
	s := send(t, push.Target{URL: r.URL})
	<-asked
	if diff := cmp.Diff([]string{event}, s.Stop()); diff != "" || len(s.dead) != 0 {
		t.Errorf("given up: %q; kept (-want +got):\n%s", s.dead, diff)
	}
}

func TestAnEventWithoutThePart(t *testing.T) {
	t.Parallel()
	r := receive(t, status(http.StatusOK))
	s := send(t, push.Target{URL: r.URL})
	s.end()
	s.Send(`{"id":"2"}`)
	if diff := cmp.Diff([]string{`{"id":"2"}`}, s.end()); diff != "" || r.count() != 1 {
		t.Errorf("%d requests; given up (-want +got):\n%s", r.count(), diff)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for retry, around := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 5: 32 * time.Second, 9: 5 * time.Minute, 184: 5 * time.Minute} {
		if got := push.Backoff(retry); got < around/2 || got > around*3/2 {
			t.Errorf("before retry %d it waits %s, want about %s", retry, got, around)
		}
	}
}
