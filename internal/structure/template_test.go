package structure

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const root = "../.."

// template is what the tests read of template.yaml. Tags of CloudFormation are dropped: !Ref Table reads as "Table".
type template struct {
	Parameters map[string]struct{ Default any }
	Globals    struct{ Function function }
	Resources  map[string]resource
}

type resource struct {
	Type                string
	Condition           string
	DependsOn           string
	DeletionPolicy      string
	UpdateReplacePolicy string
	Properties          json.RawMessage
}

type function struct {
	CodeURI       string
	Runtime       string
	Handler       string
	Architectures []string
	MemorySize    int
	Timeout       int
	Tracing       string
	Role          string
	Policies      json.RawMessage // for a role that SAM makes
	Environment   struct{ Variables map[string]any }
	Events        map[string]source

	ReservedConcurrentExecutions []any // !If [condition, number, nothing]

	EventInvokeConfig struct{ DestinationConfig destination }

	role role // the one that Role names
}

type role struct {
	AssumeRolePolicyDocument struct{ Statement json.RawMessage }
	ManagedPolicyArns        json.RawMessage
	Policies                 []struct {
		PolicyDocument struct{ Statement []statement }
	}
}

type statement struct {
	Sid       string
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts
}

type source struct {
	Type       string
	Properties struct {
		Path, Method string
		Auth         struct {
			Authorizer          string
			AuthorizationScopes []string
		}
		Stream         string
		Queue          string
		Schedule       string
		FilterCriteria struct {
			Filters []struct{ Pattern string }
		}
		DestinationConfig     destination
		DeadLetterConfig      struct{ Arn string }
		RetryPolicy           retries
		MaximumRetryAttempts  int
		FunctionResponseTypes []string
	}
}

// retries are the tries of EventBridge.
type retries struct{ MaximumRetryAttempts, MaximumEventAgeInSeconds int }

// destination gets what a function has failed on.
type destination struct {
	OnFailure struct{ Destination string }
}

// route is the key under which API Gateway knows it, as in the requests it hands on.
func (s source) route() string {
	if s.Properties.Path == "$default" {
		return "$default"
	}
	return strings.ToUpper(s.Properties.Method) + " " + s.Properties.Path
}

// texts is a list that may be written as its only element. Of a Fn::Sub with values of its own it has the text.
type texts []string

func (t *texts) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = texts{one}
		return nil
	}
	var items []any
	err := json.Unmarshal(text, &items)
	for _, item := range items {
		if sub, is := item.([]any); is && len(sub) == 2 {
			item = sub[0]
		}
		said, is := item.(string)
		if !is {
			return fmt.Errorf("no text: %v", item)
		}
		*t = append(*t, said)
	}
	return err
}

// decodeYAML goes through JSON, which needs no tag for the names of CloudFormation.
func decodeYAML(t *testing.T, text []byte, into any) {
	t.Helper()
	var content any
	if err := yaml.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, text, into)
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func readTemplate(t *testing.T) template {
	t.Helper()
	var out template
	decodeYAML(t, read(t, "template.yaml"), &out)
	return out
}

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.Join(path...)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// of returns the properties of all resources of a type by logical id.
func of[T any](t *testing.T, in template, kind string) map[string]T {
	t.Helper()
	out := map[string]T{}
	for id, r := range in.Resources {
		if r.Type == kind {
			var properties T
			decode(t, r.Properties, &properties)
			out[id] = properties
		}
	}
	return out
}

// functions returns the template's functions by the name of their folder.
func functions(t *testing.T) map[string]function {
	t.Helper()
	out := map[string]function{}
	whole := readTemplate(t)
	roles := of[role](t, whole, "AWS::IAM::Role")
	for id, f := range of[function](t, whole, "AWS::Serverless::Function") {
		name := strings.TrimSuffix(strings.TrimPrefix(f.CodeURI, "functions/"), "/")
		if want := pascal(name) + "Function"; id != want {
			t.Errorf("the logical id of %s is %s, want %s", f.CodeURI, id, want)
		}
		f.role = roles[strings.TrimSuffix(f.Role, ".Arn")]
		out[name] = f
	}
	return out
}

// pascal turns get-me into GetMe.
func pascal(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

func sorted[M ~map[string]V, V any](m M) []string { return slices.Sorted(maps.Keys(m)) }

// names returns the entries of a folder without their extension.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, folder))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, entry := range entries {
		out = append(out, strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name())))
	}
	slices.Sort(out) // a dot sorts behind a hyphen
	return out
}
