package structure

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "prism-access/"

// layers says which packages of this module a package may import, besides those of its own layer: the layers it names.
// Imports point one way: functions -> boot -> edges, triggers and adapters -> features -> core.
var layers = []struct {
	name     string
	packages []string // below internal
	uses     []string
}{
	{"core", []string{"access", "event", "fault", "page", "plain", "request"}, nil},
	{"features", []string{"accessrequest", "account", "audit", "brand", "invitation", "member", "organization", "role", "upkeep", "workspace"}, []string{"core"}},
	{"adapters", []string{"store", "mail", "bus", "authn", "telemetry"}, []string{"core", "features"}},
	{"edges", []string{"httpapi", "console"}, []string{"core", "features", "authn", "telemetry"}},
	{"triggers", []string{"trigger"}, []string{"core", "features", "store", "mail", "telemetry"}},
	{"boot", []string{"boot"}, []string{"core", "features", "adapters", "edges", "triggers"}},
	{"tests", []string{"structure", "testbed"}, []string{"core", "features", "adapters", "edges", "triggers", "boot", "events", "infra"}}, // used by tests alone
}

// clients lists who may import the packages whose path begins so.
var clients = map[string][]string{
	"github.com/guregu/dynamo":                         {"internal/store", samples}, // a subscriber's table is its own
	"github.com/aws/aws-sdk-go-v2/service/dynamodb":    {"internal/store", "infra/dynamodb-local", "infra/local"},
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb":    {"internal/store", "infra/dynamodb-local", "infra/local"},
	"github.com/aws/aws-sdk-go-v2/service/sesv2":       {"internal/mail"},
	"github.com/aws/aws-sdk-go-v2/service/eventbridge": {"internal/bus"},
}

// samples are subscribers as other teams write them.
const samples = "events/examples"

type imported struct {
	ImportPath string
	Imports    []string
	Deps       []string // all, also what the imports import
}

func packages(t *testing.T) []imported {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	command.Dir = root
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out []imported
	for decoder := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p imported
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		out = append(out, p)
	}
}

// layerOf returns the layer of internal/<name>, or of what lies below it, and whether there is one.
func layerOf(path string) (int, bool) {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "internal/"), "/")
	for i, layer := range layers {
		if slices.Contains(layer.packages, name) {
			return i, true
		}
	}
	return 0, false
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		top, _, _ := strings.Cut(p.ImportPath, "/")
		for _, path := range p.Imports {
			own, isOurs := strings.CutPrefix(path, module)
			if !isOurs {
				continue
			}
			if why := refused(top, p.ImportPath, own); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, own, why)
			}
		}
	}
}

// refused returns why a package may not import another one of this module, or nothing.
func refused(top, from, to string) string {
	switch top {
	case "functions":
		if !within(to, "internal/boot") {
			return "a function starts what boot has wired"
		}
	case "events":
		if within(from, samples) && !within(to, samples) {
			return "another team has nothing of ours but the events"
		}
	case "internal":
		importing, known := layerOf(from)
		if !known {
			return from + " has no layer"
		}
		uses := layers[importing].uses
		if outside, _, _ := strings.Cut(to, "/"); outside != "internal" && slices.Contains(uses, outside) {
			return ""
		}
		layer, known := layerOf(to)
		if !known {
			return "it has no layer"
		}
		name := strings.TrimPrefix(to, "internal/")
		if layer != importing && !slices.Contains(uses, layers[layer].name) && !slices.Contains(uses, name) {
			return layers[importing].name + " may not use " + layers[layer].name
		}
	}
	return ""
}

func TestCoreAndFeaturesKnowNeitherHTTPNorAWS(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		i, known := layerOf(p.ImportPath)
		if !strings.HasPrefix(p.ImportPath, "internal/") || !known || layers[i].name != "core" && layers[i].name != "features" {
			continue
		}
		for _, path := range p.Deps {
			if path == "net/http" || strings.HasPrefix(path, "github.com/aws/") {
				t.Errorf("%s depends on %s", p.ImportPath, path)
			}
		}
	}
}

// TestBootBringsTheTableAlone keeps from boot what only some functions use: Go initialises every package of a binary at its start,
// used or not.
func TestBootBringsTheTableAlone(t *testing.T) {
	t.Parallel()
	const client = "github.com/aws/aws-sdk-go-v2/service/"
	for _, p := range packages(t) {
		for _, path := range p.Deps {
			if p.ImportPath == "internal/boot" && slices.ContainsFunc([]string{
				client + "eventbridge", client + "sesv2", module + "internal/console", module + "internal/mail",
			}, func(heavy string) bool { return within(path, heavy) }) {
				t.Errorf("%s depends on %s, which belongs below it", p.ImportPath, path)
			}
		}
	}
}

func TestClientsStayBehindTheirAdapter(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			for client, allowed := range clients {
				if strings.HasPrefix(path, client) && !slices.ContainsFunc(allowed, func(home string) bool { return within(p.ImportPath, home) }) {
					t.Errorf("%s imports %s, which belongs to %v", p.ImportPath, path, allowed)
				}
			}
		}
	}
}

func within(path, home string) bool { return path == home || strings.HasPrefix(path, home+"/") }

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"functions/get-me", "internal/boot", false},
		{"functions/console", "internal/boot/pages", false},
		{"functions/get-me", "internal/account", true},
		{"internal/invitation", "internal/access", false},
		{"internal/invitation", "internal/member", false},
		{"internal/invitation", "internal/store", true},
		{"internal/access", "internal/invitation", true},
		{"internal/store", "internal/invitation", false},
		{"internal/store", "internal/httpapi", true},
		{"internal/console", "internal/authn", false},
		{"internal/console", "internal/store", true},
		{"internal/boot", "internal/console", false},
		{"internal/boot", "internal/unheard-of", true},
		{"infra/local", "internal/boot", false},
		{"events/examples/roles/keep-roles", "events/examples/roles", false},
		{"events/examples/roles", "internal/event", true},
		{"internal/testbed", "infra/local/tableproxy", false},
		{"internal/boot", "infra/local/tableproxy", true},
	} {
		top, _, _ := strings.Cut(c.from, "/")
		if why := refused(top, c.from, c.to); (why != "") != c.want {
			t.Errorf("%s imports %s: refused %q, want %v", c.from, c.to, why, c.want)
		}
	}
}
