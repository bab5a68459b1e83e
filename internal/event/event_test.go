package event_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/internal/access"
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

// TestTouchesEveryBrand: whoever is or was Organization Admin has or had all of them; nobody else does, and no workspace has brands.
func TestTouchesEveryBrand(t *testing.T) {
	t.Parallel()
	acme := access.Organization("org_1")
	admin, brandAdmin, none := access.Grant{Role: access.Admin}, access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: "brd_2", Role: access.Admin}}}, access.Grant{}
	for name, c := range map[string]struct {
		scope access.Scope
		fact  event.Fact
		want  bool
	}{
		"added as Admin":       {acme, event.MemberAdded{After: admin}, true},
		"added to a brand":     {acme, event.MemberAdded{After: brandAdmin}, false},
		"made Admin":           {acme, event.MemberRoleChanged{Before: brandAdmin, After: admin}, true},
		"made Member":          {acme, event.MemberRoleChanged{Before: admin, After: brandAdmin}, true},
		"another brand":        {acme, event.MemberRoleChanged{Before: brandAdmin, After: access.Grant{Role: access.Member}}, false},
		"an Admin removed":     {acme, event.MemberRemoved{Before: admin, After: none}, true},
		"a Member removed":     {acme, event.MemberRemoved{Before: brandAdmin, After: none}, false},
		"removed from a brand": {access.Brand("org_1", "brd_2"), event.MemberRemoved{Before: brandAdmin, After: access.Grant{Role: access.Member}}, false},
		"of a workspace":       {access.Workspace("wsp_1"), event.MemberAdded{After: admin}, false},
		"invited as Admin":     {acme, event.InvitationResent{Before: admin, After: admin}, false},
	} {
		data, err := json.Marshal(c.fact)
		if err != nil {
			t.Fatal(err)
		}
		detail := event.Detail{Metadata: event.Metadata{Type: event.TypeOf(c.fact), Scope: c.scope}, Data: data}
		if got := detail.TouchesEveryBrand(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
