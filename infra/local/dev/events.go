package dev

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/page"
)

// shownEvents bounds the page; the JSON has all that is kept.
const shownEvents = 200

// shown is an event as the page shows it.
type shown struct {
	ID, Type, Bus string
	At            time.Time
	Rules         []string
	JSON          string
}

func (s *server) events(w http.ResponseWriter, r *http.Request) {
	wanted := r.URL.Query().Get("type")
	var (
		out   []shown
		types []string
	)
	records := s.Bus.Records()
	slices.Reverse(records)
	for _, record := range records {
		var event struct {
			ID   string    `json:"id"`
			Type string    `json:"detail-type"`
			At   time.Time `json:"time"`
		}
		var pretty bytes.Buffer
		if json.Unmarshal(record.Event, &event) != nil || json.Indent(&pretty, record.Event, "", "  ") != nil {
			continue // the bus keeps JSON alone
		}
		if !slices.Contains(types, event.Type) {
			types = append(types, event.Type)
		}
		if len(out) < shownEvents && (wanted == "" || wanted == event.Type) {
			out = append(out, shown{event.ID, event.Type, record.Bus, event.At, record.Rules, pretty.String()})
		}
	}
	slices.Sort(types)
	page.Render(w, http.StatusOK, templates, "events.html", struct {
		frame
		Events []shown
		Types  []string
		Wanted string
	}{s.frame("Events", "events"), out, types, wanted})
}

// eventsJSON lists the events as subscribers get them, and beside them which rules each has matched. What AWS's own services say on the account's
// default bus is on the page alone.
func (s *server) eventsJSON(w http.ResponseWriter, _ *http.Request) {
	items, rules := []json.RawMessage{}, map[string][]string{}
	for _, record := range s.Bus.Records() {
		if record.Bus == bus.DefaultBus {
			continue
		}
		items = append(items, record.Event)
		var event struct{ ID string }
		if json.Unmarshal(record.Event, &event) == nil {
			rules[event.ID] = record.Rules
		}
	}
	answer(w, http.StatusOK, map[string]any{"items": items, "rules": rules})
}
