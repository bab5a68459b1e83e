// Package push stands in for EventBridge's API destinations: it sends the events of a rule to a URL of this machine, again and again while that
// fails, and at last to the dead letters of the rule.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// As the service does it: how long it waits for an answer, and how it calls itself.
const (
	timeout   = 5 * time.Second
	userAgent = "Amazon/EventBridge/ApiDestinations"
)

// Target is where events go, as a template has it.
type Target struct {
	ID         string // logical id of the API destination
	URL        string
	Method     string
	Rate       int      // requests a second; 0 without bound
	Part       []string // of the event, which is all that is sent: names from the outermost on
	MaxRetries int
	MaxAge     time.Duration // of a try after the first; 0 without bound
	Connection Connection
}

// Options are what a sender is made of.
type Options struct {
	Target
	Dead    func(event string)            // takes what is given up; nil drops it
	Backoff func(retry int) time.Duration // how long to wait before the retry; nil is for Backoff
	Logger  *slog.Logger                  // it is told no secret, no URL and no event
}

// Sender sends events. It is safe for concurrent use.
type Sender struct {
	o      Options
	client *http.Client
	tokens *tokens
	ctx    context.Context //nolint:containedctx // of all that is under way, whoever has sent it
	stop   context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	waiting []*string // the oldest first
	next    time.Time // when the rate allows another request
	failing bool      // the last try is to be made again
}

// New returns a sender that has nothing to send. The error says which URL is not on this machine.
func New(o Options) (*Sender, error) {
	for _, address := range []string{o.URL, o.Connection.TokenURL} {
		if address != "" && !isLoopback(address) {
			return nil, fmt.Errorf("%s: the local stack sends events to this machine alone, so give an http URL of 127.0.0.1, [::1] or localhost", o.ID)
		}
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	s := &Sender{o: o, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 10}, // no proxy: it would not be this machine
		Timeout:   timeout,
		// Whoever is led elsewhere would take the key along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.tokens = newTokens(o.Connection, s.client)
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Backoff waits twice as long each time, from a second to five minutes, give or take a half.
func Backoff(retry int) time.Duration {
	wait := min(time.Second<<min(retry, 10), 5*time.Minute)
	return wait/2 + rand.N(wait) //nolint:gosec // nobody gains by guessing it
}

// Send takes an event and returns at once.
func (s *Sender) Send(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, &event)
	s.work.Go(func() {
		if !s.deliver(event) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.waiting {
			if other == &event {
				s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
				return
			}
		}
	})
}

// Waiting returns how many events are neither delivered nor given up.
func (s *Sender) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// Stop ends what is under way and returns the events that are not delivered, the oldest first. Nothing may be sent any more.
func (s *Sender) Stop() []string {
	s.stop()
	s.work.Wait()
	s.client.CloseIdleConnections()
	var out []string
	for _, event := range s.waiting {
		out = append(out, *event)
	}
	return out
}

// deliver tries until the event is delivered or given up. It returns false when the sender was stopped before that.
func (s *Sender) deliver(event string) bool {
	body, found := part(event, s.o.Part)
	if !found {
		s.giveUp(event, "it lacks the part that is to be sent")
		return true
	}
	began := time.Now()
	for retry := 0; ; retry++ {
		if !s.sleep(s.turn()) {
			return false
		}
		failed := s.attempt(body)
		if s.ctx.Err() != nil {
			return false
		}
		if failed == nil {
			s.note(nil)
			return true
		}
		wait := max(s.o.Backoff(retry), failed.after)
		if failed.final || retry >= s.o.MaxRetries || s.o.MaxAge > 0 && time.Since(began)+wait > s.o.MaxAge {
			s.giveUp(event, failed.reason)
			return true
		}
		s.note(failed)
		if !s.sleep(wait) {
			return false
		}
	}
}

// note says that events are not taken, when they were until now, and that they are again: once each, however many wait.
func (s *Sender) note(failed *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing == (failed != nil) {
		return
	}
	s.failing = failed != nil
	if s.failing {
		s.o.Logger.Warn("events are not taken, and will be pushed again", "target", s.o.ID, "reason", failed.reason)
		return
	}
	s.o.Logger.Info("events are taken again", "target", s.o.ID)
}

func (s *Sender) giveUp(event, reason string) {
	s.o.Logger.Error("an event was not pushed", "target", s.o.ID, "reason", reason)
	if s.o.Dead != nil {
		s.o.Dead(event)
	}
}

// turn returns how long to wait until the rate allows a request, and takes that place.
func (s *Sender) turn() time.Duration {
	if s.o.Rate == 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.next.Before(now) {
		s.next = now
	}
	wait := time.Until(s.next)
	s.next = s.next.Add(time.Second / time.Duration(s.o.Rate))
	return wait
}

// sleep returns false when the sender was stopped meanwhile.
func (s *Sender) sleep(d time.Duration) bool {
	select {
	case <-s.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// failure says why a request has delivered nothing.
type failure struct {
	reason string
	final  bool          // another request would fail as well
	after  time.Duration // the receiver wants no other before
}

// attempt sends the event once.
func (s *Sender) attempt(body string) *failure {
	request, err := http.NewRequestWithContext(s.ctx, s.o.Method, s.o.URL, strings.NewReader(body))
	if err != nil {
		return &failure{reason: "the request cannot be made", final: true}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", userAgent)
	token, err := s.tokens.authorize(s.ctx, request)
	if err != nil {
		return &failure{reason: err.Error()}
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return &failure{reason: cause(err)}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection can be used again
	failed := &failure{reason: answer.Status}
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusUnauthorized || code == http.StatusProxyAuthRequired:
		s.tokens.drop(token)
	case code == http.StatusConflict || code == http.StatusTooManyRequests || code >= 500:
		failed.after = retryAfter(answer.Header.Get("Retry-After"))
	default:
		failed.final = true
	}
	return failed
}

// cause is an error of a request without its URL, which may hold a secret.
func cause(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return "no answer in time"
		}
		err = e.Err
	}
	return err.Error()
}
