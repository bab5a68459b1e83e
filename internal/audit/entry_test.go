package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

var (
	acme   = access.Organization("org_01M817QNM04T8QZJ0N6CYB1VXK")
	globex = access.Brand("org_01M817QNM04T8QZJ0N6CYB1VXK", "brd_01M817SG707WDR2MKE9HAT5PGS")
	at     = time.Date(2026, time.November, 22, 9, 5, 0, 123_000_000, time.UTC)
	ada    = access.Person{ID: "usr_5V0C8RZQ2NXWJ4TEKHB71GMSDP", Name: "Ada Lovelace", Email: "ada@example.com", Username: "ada"}
)

func entryOf(fact event.Fact) audit.Entry {
	n := 0
	log := audit.Log{Now: at, Actor: ada, Request: request.Request{ID: "r-1", CorrelationID: "c-1"}, NewID: func() string {
		n++
		return fmt.Sprintf("01M8180TK0XYYK596NGYA1DQ9%d", n)
	}}
	return log.Entry(audit.About{Scope: globex, Touches: []access.Scope{acme}, User: "usr_grace", Sequence: 3}, fact)
}

// TestEntry: who (by id and name, an address is nobody's business), what, to whom, in which scopes, when, through which request.
func TestEntry(t *testing.T) {
	t.Parallel()
	want := audit.Entry{
		ID: "01M8180TK0XYYK596NGYA1DQ91", Type: "BrandCreated", OccurredAt: at, Actor: access.Person{ID: ada.ID, Name: ada.Name}, Scope: globex,
		Scopes: []access.Scope{globex, acme}, User: "usr_grace", Sequence: 3, RequestID: "r-1", CorrelationID: "c-1",
		Data: json.RawMessage(`{"brand":"brd_01M817SG707WDR2MKE9HAT5PGS","after":{"name":"Globex"}}`),
	}
	got := entryOf(event.BrandCreated{Brand: globex.Brand, After: event.Named{Name: "Globex"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEnvelope is the published form, letter by letter.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(entryOf(event.BrandCreated{Brand: globex.Brand, After: event.Named{Name: "Globex"}}).Event())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"source":"prism.access","detail-type":"BrandCreated","detail":{"metadata":{"id":"01M8180TK0XYYK596NGYA1DQ91","type":"BrandCreated","version":1,` +
		`"occurred_at":"2026-11-22T09:05:00.123Z","scope":"organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/brands/brd_01M817SG707WDR2MKE9HAT5PGS",` +
		`"scopes":["organizations/org_01M817QNM04T8QZJ0N6CYB1VXK/brands/brd_01M817SG707WDR2MKE9HAT5PGS","organizations/org_01M817QNM04T8QZJ0N6CYB1VXK"],` +
		`"actor":{"id":"usr_5V0C8RZQ2NXWJ4TEKHB71GMSDP","name":"Ada Lovelace"},"sequence":3,"correlation_id":"c-1"},` +
		`"data":{"brand":"brd_01M817SG707WDR2MKE9HAT5PGS","after":{"name":"Globex"}}}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if err := events.Validate("BrandCreated", text); err != nil {
		t.Error(err)
	}
}

// TestEnvelopeIsReadBack is what a subscriber written in Go does.
func TestEnvelopeIsReadBack(t *testing.T) {
	t.Parallel()
	fact := event.BrandCreated{Brand: globex.Brand, After: event.Named{Name: "Globex"}}
	text, err := json.Marshal(entryOf(fact).Event())
	if err != nil {
		t.Fatal(err)
	}
	var envelope event.Envelope
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatal(err)
	}
	got, err := event.Decode(envelope.DetailType, envelope.Detail.Data)
	if diff := cmp.Diff(event.Fact(fact), got); diff != "" || err != nil {
		t.Errorf("%v: %s", err, diff)
	}
	if diff := cmp.Diff(entryOf(fact).Event(), envelope); diff != "" {
		t.Error(diff)
	}
}
