package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/queue"
	"prism-access/internal/boot"
	"prism-access/internal/event"
)

// step is where a call breaks off.
type step string

const (
	before     step = "before the call"
	died       step = "its caller has died before the call"
	unanswered step = "after its effect, before the answer"
	unnoted    step = "after the answer, before it is noted"
)

// plan is what a breaker is to do with calls on an edge that are about somebody.
type plan struct {
	edge  string
	about string // address
	step  step
	left  int // how often; negative without end
	broke int
}

// breaker stands on every edge that nobody waits for, and breaks calls off as planned. Edges are called after what they lead to: "to send-mail",
// "to MailQueue", and after who calls where that is a function of ours: "send-mail to SES", "relay-log to bus". A function that dies does nothing
// any more from that moment on, and its invocation has failed.
type breaker struct {
	url string

	mu        sync.Mutex
	plans     []*plan
	instances map[string]*instance      // by the token that their requests have
	forward   map[string]http.Handler   // by the variable that names the endpoint
	handled   map[string]event.Envelope // what the subscriber to everything has handled, by the event's id
	times     map[string]int            // how often
}

// everything is the function that gets all events.
const everything = "maintain-indexes"

func newBreaker(t *testing.T) *breaker {
	b := &breaker{instances: map[string]*instance{}, forward: map[string]http.Handler{}, handled: map[string]event.Envelope{}, times: map[string]int{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// plan has calls break off, as often as times says; negative: until lift is called.
func (b *breaker) plan(edge, about string, at step, times int) *plan {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &plan{edge: edge, about: about, step: at, left: times}
	b.plans = append(b.plans, p)
	return p
}

// lift ends what is planned.
func (b *breaker) lift(plans ...*plan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range plans {
		p.left = 0
	}
}

// left returns the first plan that has not been carried out as often as it should, nil for none.
func (b *breaker) left() *plan {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.plans {
		if p.left > 0 || p.broke == 0 {
			return p
		}
	}
	return nil
}

// next returns where a call breaks off, empty for not at all.
func (b *breaker) next(edge string, call []byte) step {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.plans {
		if p.edge == edge && p.left != 0 && bytes.Contains(call, []byte(p.about)) {
			p.left--
			p.broke++
			return p.step
		}
	}
	return ""
}

var errBroken = errors.New("broken off")

// deliver is the edge from the bus to a queue.
func (b *breaker) deliver(to *queue.Queue, event string, send func()) error {
	switch b.next("to "+to.ID, []byte(event)) {
	case before:
		return errBroken
	case unanswered:
		send()
		return errBroken
	case unnoted:
		send() // and again by a bus that knows nothing of it
	}
	send()
	return nil
}

// around puts the breaker before and behind a function.
func (b *breaker) around(name string, f boot.Function) boot.Function {
	return func(e *boot.Env) lambda.Handler {
		i := &instance{breaker: b, name: name, token: invoke.UUID(), killed: make(chan struct{})}
		handler, err := boot.New(f, boot.Options{Now: e.Now, Logger: e.Logger, Getenv: func(variable string) string {
			value := e.Get(variable)
			switch variable {
			case "AWS_SESSION_TOKEN":
				return i.token
			case "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_EVENTBRIDGE", "AWS_ENDPOINT_URL_SESV2":
				b.lead(variable, value)
				return b.url
			}
			return value
		}})
		if err != nil {
			e.Refuse(err.Error())
		}
		i.handler = handler
		b.mu.Lock()
		defer b.mu.Unlock()
		b.instances[i.token] = i
		return i
	}
}

// lead notes where requests to a service go.
func (b *breaker) lead(variable, to string) {
	target, err := url.Parse(to)
	if err != nil {
		panic(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forward[variable] = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, ErrorLog: log.New(io.Discard, "", 0),
	}
}

// ServeHTTP is the edge from functions to the services they call.
func (b *breaker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	b.mu.Lock()
	caller, service := b.instances[r.Header.Get("X-Amz-Security-Token")], "AWS_ENDPOINT_URL_DYNAMODB"
	edge := caller.name + " to table"
	switch target := r.Header.Get("X-Amz-Target"); {
	case strings.HasPrefix(target, "AWSEvents."):
		service, edge = "AWS_ENDPOINT_URL_EVENTBRIDGE", caller.name+" to bus"
	case target == "":
		service, edge = "AWS_ENDPOINT_URL_SESV2", caller.name+" to SES"
	}
	to := b.forward[service]
	b.mu.Unlock()
	at := before
	if !caller.isDead() {
		at = b.next(edge, body)
	}
	switch at {
	case before:
		panic(http.ErrAbortHandler) // closes the connection
	case died:
		caller.die()
		panic(http.ErrAbortHandler)
	case unanswered:
		to.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case unnoted:
		answer := httptest.NewRecorder()
		to.ServeHTTP(answer, r)
		caller.die()
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // a client gone does not matter
	default:
		to.ServeHTTP(w, r)
	}
}

// instance is a function in a process of its own.
type instance struct {
	breaker *breaker
	name    string
	token   string
	handler lambda.Handler
	once    sync.Once
	killed  chan struct{} // closed when it has died
}

func (i *instance) die() { i.once.Do(func() { close(i.killed) }) }

func (i *instance) isDead() bool {
	select {
	case <-i.killed:
		return true
	default:
		return false
	}
}

// Invoke is the edge from a stream or a queue to the function.
func (i *instance) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	switch i.breaker.next("to "+i.name, payload) {
	case before:
		return nil, errBroken
	case unanswered:
		_, _ = i.run(ctx, payload) // nobody learns of it
		return nil, errBroken
	case unnoted:
		_, _ = i.run(ctx, payload) // and again by who has the answer and has forgotten it
	}
	return i.run(ctx, payload)
}

// run has the function handle what it gets. One that dies meanwhile is not used again.
func (i *instance) run(ctx context.Context, payload []byte) ([]byte, error) {
	var answer []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err = i.handler.Invoke(ctx, payload)
		answer = bytes.Clone(answer)
	}()
	select {
	case <-done:
	case <-i.killed:
	}
	if i.isDead() {
		panic(errBroken)
	}
	if err == nil && i.name == everything {
		i.breaker.note(payload, answer)
	}
	return answer, err
}

// note keeps what a subscriber has handled.
func (b *breaker) note(payload, answer []byte) {
	var batch events.SQSEvent
	var failed events.SQSEventResponse
	if json.Unmarshal(payload, &batch) != nil || json.Unmarshal(answer, &failed) != nil || len(failed.BatchItemFailures) > 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, message := range batch.Records {
		var received event.Envelope
		if err := json.Unmarshal([]byte(message.Body), &received); err != nil {
			panic(err)
		}
		id := received.Detail.Metadata.ID
		if earlier, is := b.handled[id]; is && !cmp.Equal(earlier, received) {
			panic("two events are called " + id)
		}
		b.handled[id] = received
		b.times[id]++
	}
}
