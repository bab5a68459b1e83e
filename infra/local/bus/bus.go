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
)

// DefaultBus is the bus that every account has.
const DefaultBus = "default"

// keep bounds how many events can be looked at.
const keep = 2000

// Target takes events.
type Target interface{ Send(event string) }

// Rule sends the events of a bus that match to targets.
type Rule struct {
	Name    string
	Bus     string
	Pattern *pattern.Pattern
	Targets []Target
}

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
	return &Bus{buses: append([]string{DefaultBus}, o.Buses...), rules: o.Rules, now: o.Now}
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
			target.Send(string(text))
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
