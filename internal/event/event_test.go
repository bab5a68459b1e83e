package event_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/internal/event"
)

// TestExamplesAreRead decodes the examples of each published event: no field of it is lost on the way to the type and back.
func TestExamplesAreRead(t *testing.T) {
	t.Parallel()
	names := event.Types()
	slices.Sort(names)
	if diff := cmp.Diff(events.Types(), names); diff != "" {
		t.Errorf("types and schemas: %s", diff)
	}
	for _, name := range names {
		for file, text := range events.Examples(name) {
			readExample(t, name, file, text)
		}
	}
}

func readExample(t *testing.T, name, file string, text []byte) {
	t.Helper()
	var example struct {
		Detail struct{ Data json.RawMessage }
	}
	if err := json.Unmarshal(text, &example); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	fact, err := event.Decode(name, example.Detail.Data)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	if got := event.TypeOf(fact); got != name {
		t.Errorf("%s is decoded as %s", file, got)
	}
	again, err := json.Marshal(fact)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(example.Detail.Data, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}

// TestEventsOfLaterCode: what a version says that only later code knows is not guessed at.
func TestEventsOfLaterCode(t *testing.T) {
	t.Parallel()
	for version, known := range map[int]bool{event.Version: true, event.Version + 1: false} {
		e := event.Envelope{DetailType: "BrandCreated", Detail: event.Detail{Metadata: event.Metadata{Version: version}, Data: json.RawMessage(`{}`)}}
		if got, err := e.Fact(); (err == nil) != known {
			t.Errorf("version %d: %+v, %v", version, got, err)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const later = `{"brand":"brd_2","after":{"name":"Globex","colour":"red"},"added_in_version_2":true}`
	got, err := event.Decode("BrandCreated", json.RawMessage(later))
	if diff := cmp.Diff(event.Fact(event.BrandCreated{Brand: "brd_2", After: event.Named{Name: "Globex"}}), got); diff != "" || err != nil {
		t.Errorf("an event of a later day, %v: %s", err, diff)
	}
	for name, data := range map[string]string{
		"BrandSold": `{}`, "": `{}`, "brandcreated": `{}`, "BrandCreated": `[]`, "MemberAdded": `{"notify":"yes"}`, "InvitationExpired": ``,
	} {
		if got, err := event.Decode(name, json.RawMessage(data)); err == nil {
			t.Errorf("%s %s is decoded as %+v", name, data, got)
		}
	}
}
