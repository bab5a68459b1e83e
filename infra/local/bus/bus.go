// Package bus stands in for EventBridge: it takes events over the service's own protocol, keeps them to be looked at, and
// sends them to the targets of the rules that match.
package bus

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/queue"
)

// DefaultBus is the bus that every account has.
const DefaultBus = "default"

// keep bounds how many events can be looked at.
const keep = 2000

// Rule sends the events of a bus that match to queues and to API destinations.
type Rule struct {
	Name    string
	Bus     string
	Pattern *pattern.Pattern
	Targets []Target
	Pushes  []Destination
}

// Destination takes events, and sees to it by itself that they arrive.
type Destination interface{ Send(event string) }

// Target is a queue that gets the events of a rule. One that it does not take is sent again after a while, up to a number of times, and then goes
// to the dead letters.
type Target struct {
	Queue       *queue.Queue
	Retries     int
	DeadLetters *queue.Queue // may be nil
}

// Delivery brings an event to a queue by calling send. An error says that the queue did not answer, whether or not it has the event.
type Delivery func(to *queue.Queue, event string, send func()) error

// Between two tries to deliver an event.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Options are what a bus knows.
type Options struct {
	Buses []string // names, besides the default one
	Rules []Rule
	Now   func() time.Time
}

// Bus is a set of event buses. It is safe for concurrent use.
type Bus struct {
	buses []string
	rules []Rule
	now   func() time.Time

	mu      sync.Mutex
	records []Record
	fault   Fault
	calls   int // entries since the fault began
	deliver Delivery
}

// Record is an event that was put on a bus.
type Record struct {
	Bus   string          `json:"bus"`
	Event json.RawMessage `json:"event"` // as targets get it
	Rules []string        `json:"rules"` // names of those that matched
}

// Fault is how the bus misbehaves.
type Fault string

// Faults.
const (
	None    Fault = ""
	Partial Fault = "partial" // every other entry fails
	Down    Fault = "down"    // every call fails
)

// New returns a bus without events.
func New(o Options) *Bus {
	straight := func(_ *queue.Queue, _ string, send func()) error {
		send()
		return nil
	}
	return &Bus{buses: append([]string{DefaultBus}, o.Buses...), rules: o.Rules, now: o.Now, deliver: straight}
}

// SetFault changes how the bus misbehaves.
func (b *Bus) SetFault(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault, b.calls = f, 0
}

// Fault returns how the bus misbehaves.
func (b *Bus) Fault() Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fault
}

// Deliver changes how events come to queues.
func (b *Bus) Deliver(by Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deliver = by
}

// send delivers an event, in the end to the dead letters, after a number of tries that have failed.
func (b *Bus) send(to Target, event string, tries int) {
	b.mu.Lock()
	deliver := b.deliver
	b.mu.Unlock()
	switch {
	case deliver(to.Queue, event, func() { to.Queue.Send(event) }) == nil:
	case tries < to.Retries:
		time.AfterFunc(min(firstPause<<min(tries, 10), maxPause), func() { b.send(to, event, tries+1) })
	case to.DeadLetters != nil:
		to.DeadLetters.Send(event)
	}
}

// Records returns the last events, the oldest first.
func (b *Bus) Records() []Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.records)
}

// Restore puts back what Records returned. Nothing is sent again.
func (b *Bus) Restore(records []Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = slices.Clone(records)
}

// envelope is an event as targets get it.
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Put puts an event on a bus and returns its id. The detail is a JSON object.
func (b *Bus) Put(bus, source, detailType string, at time.Time, resources []string, detail json.RawMessage) (string, error) {
	if resources == nil {
		resources = []string{}
	}
	event := envelope{
		Version: "0", ID: invoke.UUID(), DetailType: detailType, Source: source, Account: "000000000000",
		Time: at.UTC().Format(time.RFC3339), Region: "local", Resources: resources, Detail: detail,
	}
	text, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	record := Record{Bus: bus, Event: text, Rules: []string{}}
	for _, rule := range b.rules {
		if rule.Bus != bus || !rule.Pattern.Match(text) {
			continue
		}
		record.Rules = append(record.Rules, rule.Name)
		for _, target := range rule.Targets {
			b.send(target, string(text), 0)
		}
		for _, push := range rule.Pushes {
			push.Send(string(text))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, record)
	if extra := len(b.records) - keep; extra > 0 {
		b.records = slices.Clone(b.records[extra:])
	}
	return event.ID, nil
}
