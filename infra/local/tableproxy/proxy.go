// Package tableproxy stands between the functions and DynamoDB Local to bring about what the real table does and the
// local one never does: conflicts between transactions, throttling, lost answers, an outage, and indexes that lag.
package tableproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"prism-access/infra/local/iam"
)

// Proxy passes requests on to a table server. It is safe for concurrent use.
type Proxy struct {
	URL string // of the proxy itself

	target  string
	forward http.Handler
	server  *http.Server

	switching sync.Mutex // held while the delay of the indexes changes

	mu     sync.Mutex
	counts map[string]int
	faults map[string]map[int]Fault // operation -> count -> fault
	down   bool
	lag    *lag
	guard  *iam.Guard

	throttled func(write bool, index string)
}

// Start returns a running proxy on a free port of the loopback interface. Close ends it, ctx does not.
func Start(ctx context.Context, target string) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("table proxy: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("table proxy: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	quiet := log.New(io.Discard, "", 0)
	p := &Proxy{
		URL: "http://" + listener.Addr().String(), target: target,
		counts: map[string]int{}, faults: map[string]map[int]Fault{},
		forward: &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
			Transport: transport, ErrorLog: quiet,
		},
	}
	p.server = &http.Server{Handler: p, ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }() // ends with Close
	return p, nil
}

// Close ends the proxy at once. Requests under way break off.
func (p *Proxy) Close() {
	p.StopDelay()
	_ = p.server.Close() // nothing to save
}

// Count returns how many requests of an operation, for example "TransactWriteItems", have come in.
func (p *Proxy) Count(operation string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[operation]
}

// Inject has the fault treat one request: the nth from now of an operation, beginning with 1.
func (p *Proxy) Inject(operation string, nth int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults[operation] == nil {
		p.faults[operation] = map[int]Fault{}
	}
	p.faults[operation][p.counts[operation]+nth] = f
}

// SetDown makes every request break off without an answer until it is called with false.
func (p *Proxy) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Obey has functions do only what the guard allows them. A function is who signs with its name as access key; requests of others pass.
func (p *Proxy) Obey(guard *iam.Guard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.guard = guard
}

// OnThrottle has f called whenever a request is refused for its rate: by the index that it asks, by the table when that is empty.
func (p *Proxy) OnThrottle(f func(write bool, index string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.throttled = f
}

// throttling calls a function when what is answered is a refusal for the rate.
type throttling struct {
	http.ResponseWriter
	notice func()
}

func (t throttling) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte(throttledCode)) {
		t.notice()
	}
	return t.ResponseWriter.Write(text)
}

// isWrite reports whether an operation changes items.
func isWrite(operation string) bool {
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem":
		return true
	}
	return false
}

// authorize returns why the signer of a request may not do it.
func authorize(guard *iam.Guard, r *http.Request, operation string, body []byte) error {
	if guard == nil {
		return nil
	}
	calls, err := iam.Calls(operation, body)
	if err != nil {
		return err
	}
	return guard.Authorize(iam.Signer(r), calls...)
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	p.mu.Lock()
	guard := p.guard
	p.mu.Unlock()
	if err := authorize(guard, r, operation, body); err != nil {
		slog.ErrorContext(r.Context(), "refused by its role", "error", err)
		refuse(w, http.StatusBadRequest, "com.amazon.coral.service#AccessDeniedException", map[string]any{"Message": err.Error()})
		return
	}
	p.mu.Lock()
	p.counts[operation]++
	fault := p.faults[operation][p.counts[operation]]
	if p.down {
		fault = BreakOff()
	}
	if p.throttled != nil && fault != nil {
		notice := p.throttled
		var asked struct{ IndexName string }
		_ = json.Unmarshal(body, &asked) // what is no JSON asks no index
		w = throttling{w, func() { notice(isWrite(operation), asked.IndexName) }}
	}
	next := p.forward
	if p.lag != nil {
		next = p.lag.handler(operation, body, p.forward)
	}
	p.mu.Unlock()

	r.Body = io.NopCloser(bytes.NewReader(body))
	if fault != nil {
		fault(w, r, next)
		return
	}
	next.ServeHTTP(w, r)
}
