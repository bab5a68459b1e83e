package events_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"prism-access/events"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
)

// received is an event as a target receives it: the envelope and what EventBridge adds.
type received struct {
	event.Envelope
	Version   string   `json:"version"`
	ID        string   `json:"id"`
	Account   string   `json:"account"`
	Time      string   `json:"time"`
	Region    string   `json:"region"`
	Resources []string `json:"resources"`
}

func TestEveryEventHasItsFolder(t *testing.T) {
	t.Parallel()
	want := event.Types()
	slices.Sort(want)
	if diff := cmp.Diff(want, events.Types()); diff != "" {
		t.Errorf("schemas of events (-published +schemas):\n%s", diff)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != "invoke" && entry.Name() != "examples" { // recorded inputs of functions; subscribers
			folders = append(folders, entry.Name())
		}
	}
	if diff := cmp.Diff(want, folders); diff != "" {
		t.Errorf("folders of events (-published +folders):\n%s", diff)
	}
	for _, name := range want {
		if _, err := os.Stat(name + "/README.md"); err != nil {
			t.Error(err)
		}
	}
}

func TestExamplesFitSchemaAndGoType(t *testing.T) {
	t.Parallel()
	for _, name := range event.Types() {
		for file, example := range events.Examples(name) {
			t.Run(file, func(t *testing.T) {
				t.Parallel()
				if err := events.Validate(name, example); err != nil {
					t.Fatalf("the example does not fit its schema: %v", err)
				}

				var envelope received
				decodeStrictly(t, example, &envelope)
				fact, err := event.Decode(name, envelope.Detail.Data)
				if err != nil {
					t.Fatal(err)
				}
				strict := reflect.New(reflect.TypeOf(fact))
				decodeStrictly(t, envelope.Detail.Data, strict.Interface())

				envelope.Detail.Data = marshal(t, strict.Elem().Interface())
				again := marshal(t, envelope)
				if err := events.Validate(name, again); err != nil {
					t.Errorf("what Go writes does not fit the schema: %v", err)
				}
				if diff := cmp.Diff(unmarshal(t, example), unmarshal(t, again)); diff != "" {
					t.Errorf("the example changed on its way through Go (-example +Go):\n%s", diff)
				}
			})
		}
	}
}

// kindsOf returns the kinds of scope that an event can be about.
func kindsOf(name string) []access.Kind {
	switch {
	case strings.HasPrefix(name, "Invitation"), name == "MemberRemoved":
		return []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace}
	case strings.HasPrefix(name, "Mails"), strings.HasPrefix(name, "Member"): // of a change in a brand, that is its organization
		return []access.Kind{access.KindOrganization, access.KindWorkspace}
	case strings.HasPrefix(name, "Workspace"), strings.HasPrefix(name, "Role"):
		return []access.Kind{access.KindWorkspace}
	case strings.HasPrefix(name, "User"):
		return []access.Kind{access.KindUser}
	default:
		return []access.Kind{access.KindOrganization}
	}
}

// ofClient is the example of another system as a member, of which another one has made it.
const ofClient = "MemberAdded/example-of-client.json"

// TestEachKindOfScopeHasAnExample also holds that in a workspace roles have a name, and people no address.
func TestEachKindOfScopeHasAnExample(t *testing.T) {
	t.Parallel()
	for _, name := range event.Types() {
		var kinds []access.Kind
		for file, example := range events.Examples(name) {
			if file == ofClient {
				continue
			}
			var envelope received
			decodeStrictly(t, example, &envelope)
			about := envelope.Detail.Metadata
			kinds = append(kinds, about.Scope.Kind())
			if len(about.Scopes) == 0 || about.Scopes[0] != about.Scope {
				t.Errorf("%s touches %v", file, about.Scopes)
			}
			text := string(example)
			if about.Scope.Kind() == access.KindWorkspace && (strings.Contains(text, `"email"`) || strings.Contains(text, `"brands"`) || strings.Contains(text, `"role": "admin"`) || strings.Contains(text, `"role": "member"`)) {
				t.Errorf("%s has what there is not in a workspace:\n%s", file, text)
			}
		}
		slices.Sort(kinds)
		want := kindsOf(name)
		slices.Sort(want)
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("%s (-kinds of scope +examples):\n%s", name, diff)
		}
	}
}

// TestClientsComeByTheirClientID: another system has no address, be it who is in or who let it in.
func TestClientsComeByTheirClientID(t *testing.T) {
	t.Parallel()
	var envelope received
	decodeStrictly(t, events.Examples("MemberAdded")[ofClient], &envelope)
	var added event.MemberAdded
	decodeStrictly(t, envelope.Detail.Data, &added)
	for _, client := range []access.Person{added.User, envelope.Detail.Metadata.Actor} {
		if client.ClientID == "" || client.Email+client.Username != "" || !account.IsUserID(client.ID) {
			t.Errorf("%+v", client)
		}
	}
}

// TestWorkspacesOfferTheirRoles: an invitation to a workspace offers a role by id and name.
func TestWorkspacesOfferTheirRoles(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, name := range event.Types() {
		if !strings.HasPrefix(name, "Invitation") {
			continue
		}
		seen++
		example, _ := unmarshal(t, events.Examples(name)[name+"/example-of-workspace.json"]).(map[string]any)
		detail, _ := example["detail"].(map[string]any)
		data, _ := detail["data"].(map[string]any)
		invitation, _ := data["invitation"].(map[string]any)
		offer, _ := invitation["offer"].(map[string]any)
		if role, _ := offer["role"].(map[string]any); role["name"] == nil {
			t.Fatalf("%s offers %v", name, offer)
		}
		offer["role"] = map[string]any{"id": "member"} // no role of a workspace
		if err := events.Validate(name, marshal(t, example)); err == nil {
			t.Errorf("%s may offer anything", name)
		}
	}
	if seen < 10 {
		t.Errorf("%d events are about invitations", seen)
	}
}

// TestSchemaAndGoTypeHaveTheSameFields compares every path of a schema with every path of the Go type, and which are required.
func TestSchemaAndGoTypeHaveTheSameFields(t *testing.T) {
	t.Parallel()
	for _, name := range event.Types() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fact, err := event.Decode(name, json.RawMessage(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			fieldsOfType(reflect.TypeFor[event.Envelope](), "", want)
			fieldsOfType(reflect.TypeOf(fact), "detail.data.", want)

			schema, err := events.Schema(name)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			fieldsOfSchema(schema, "", got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fields (-Go +schema):\n%s", diff)
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	example := string(events.Example("MemberAdded"))
	tests := map[string]struct{ detailType, envelope string }{
		"an unknown event":     {"MemberVanished", example},
		"another event":        {"MemberRoleChanged", example},
		"what is not JSON":     {"MemberAdded", example[1:]},
		"a missing field":      {"MemberAdded", strings.Replace(example, `"granted_by"`, `"granted"`, 1)},
		"a wrong type":         {"MemberAdded", strings.Replace(example, `"notify": false`, `"notify": "no"`, 1)},
		"an unknown role":      {"MemberAdded", strings.Replace(example, `"publisher"`, `"owner"`, 1)},
		"a malformed scope":    {"MemberAdded", strings.Replace(example, `"scope": "organizations/`, `"scope": "companies/`, 1)},
		"a malformed time":     {"MemberAdded", strings.Replace(example, `09:12:00Z`, `9:12`, 1)},
		"a foreign source":     {"MemberAdded", strings.Replace(example, `"prism.access"`, `"aws.s3"`, 1)},
		"metadata of another":  {"MemberAdded", strings.Replace(example, `"type": "MemberAdded"`, `"type": "BrandCreated"`, 1)},
		"a sequence of nought": {"MemberAdded", strings.Replace(example, `"sequence": 1`, `"sequence": 0`, 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.envelope == example && test.detailType == "MemberAdded" {
				t.Fatal("the case changes nothing")
			}
			if err := events.Validate(test.detailType, []byte(test.envelope)); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func TestSubscribersMayMeetUnknownFields(t *testing.T) {
	t.Parallel()
	later := strings.Replace(string(events.Example("MemberAdded")), `"via"`, `"added_later": {"a": 1}, "via"`, 1)
	if err := events.Validate("MemberAdded", []byte(later)); err != nil {
		t.Error(err)
	}
}

// writeThemselves are types whose fields are not what they write, and what is. A role is one of two things, of which a schema says either.
var writeThemselves = map[reflect.Type]reflect.Type{
	reflect.TypeFor[access.Grant](): reflect.TypeFor[struct {
		Role   string             `json:"role,omitempty"`
		Brands []access.BrandRole `json:"brands,omitempty"`
	}](),
	reflect.TypeFor[access.NamedRole](): reflect.TypeFor[struct {
		ID   access.Role `json:"id"`
		Name string      `json:"name"`
	}](),
}

// fieldsOfType notes each JSON path below kind, and whether it is always written.
func fieldsOfType(kind reflect.Type, path string, fields map[string]string) {
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if written, is := writeThemselves[kind]; is {
		kind = written
	}
	switch {
	case kind.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || kind == reflect.TypeFor[json.RawMessage]():
		return
	case kind.Kind() == reflect.Slice:
		fieldsOfType(kind.Elem(), path, fields)
		return
	case kind.Kind() != reflect.Struct:
		return
	}
	for _, field := range reflect.VisibleFields(kind) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[path+name] = "required"
		if strings.Contains(options, "omitempty") {
			fields[path+name] = "optional"
		}
		fieldsOfType(field.Type, path+name+".", fields)
	}
}

// fieldsOfSchema notes the same of a schema, through its references.
func fieldsOfSchema(schema *jsonschema.Schema, path string, fields map[string]string) {
	if schema.Ref != nil {
		fieldsOfSchema(schema.Ref, path, fields)
	}
	if schema.Items2020 != nil {
		fieldsOfSchema(schema.Items2020, path, fields)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if fields[path+name] != "required" {
			fields[path+name] = "optional"
		}
		fieldsOfSchema(schema.Properties[name], path+name+".", fields)
	}
	for _, name := range schema.Required {
		fields[path+name] = "required"
	}
}

func decodeStrictly(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("decode strictly into %T: %v", into, err)
	}
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func unmarshal(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
