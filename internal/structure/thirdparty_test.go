package structure

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// thirdParty lists what others have made.
const thirdParty = "infra/third-party.md"

// allowed is what a licence is good for in what runs at AWS; the others stay on the machines of developers.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT"}

// marks are sentences by which the texts of licences are known; all of one have to be there, and none of those that it lacks.
var marks = []struct {
	licence    string
	has, lacks []string
}{
	{"Apache-2.0", []string{"apache.org/licenses/"}, nil},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}, []string{"neither the name"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither the name"}, nil},
	{"MIT", []string{"permission is hereby granted, free of charge", "the above copyright notice and this permission notice shall be included"}, nil},
	{"MPL-2.0", []string{"mozilla public license version 2.0"}, nil},
}

// compiled returns the modules that packages and, if asked for, their tests are compiled from, with their folders. The platform and the tags
// are those of what is deployed, so that the answer is the same on every machine.
func compiled(t *testing.T, packages string, flags ...string) map[string]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"list", "-deps", "-tags=lambda.norpc,nethttpomithttp2", "-json=Module"}, flags, []string{packages})...)
	command.Dir = root
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64")
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return found
		case err != nil:
			t.Fatal(err)
		case p.Module != nil && !p.Module.Main:
			found[p.Module.Path+" | "+p.Module.Version] = p.Module.Dir
		}
	}
}

// licences returns what the licence of the module in a folder is, by what its file says.
func licences(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := strings.ToLower(entry.Name()); strings.TrimSuffix(name, filepath.Ext(name)) != "license" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(strings.ToLower(string(text))), " ")
		contains := func(mark string) bool { return strings.Contains(words, mark) }
		var found []string
		for _, m := range marks {
			if !slices.ContainsFunc(m.has, func(mark string) bool { return !contains(mark) }) && !slices.ContainsFunc(m.lacks, contains) {
				found = append(found, m.licence)
			}
		}
		return strings.Join(found, ", ")
	}
	return ""
}

// TestModulesAreListedWithTheirLicences holds the list against the modules themselves: a new version, a new module or another licence is looked at by
// somebody, and what is deployed has a licence that allows it.
func TestModulesAreListedWithTheirLicences(t *testing.T) {
	t.Parallel()
	functions := compiled(t, "./functions/...")
	var want []string
	for module, dir := range compiled(t, "./...", "-test") {
		found, use := licences(t, dir), "local stack and tests"
		if _, runs := functions[module]; runs {
			use = "deployed"
		}
		for licence := range strings.SplitSeq(found, ", ") {
			if found == "" || use == "deployed" && !slices.Contains(allowed, licence) {
				t.Errorf("%s, %s: its licence is %q", module, use, found)
			}
		}
		want = append(want, "| "+module+" | "+found+" | "+use+" |")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, rows(t, "Modules")); diff != "" {
		t.Errorf("%s (-modules +list):\n%s", thirdParty, diff)
	}
}

// pins are where other things are pinned: their names and versions by what the files say, or by what they are called.
var pins = []struct {
	files   string
	pattern *regexp.Regexp
}{
	{"internal/console/static/*.min.js.gz", regexp.MustCompile(`([a-z]+)-([\d.]+)\.min\.js`)},
	{"infra/browser/testdata/*/*.min.js", regexp.MustCompile(`(?m)^/\*! (\w+) v([\d.]+)`)},
	{"infra/dynamodb-local/pom.xml", regexp.MustCompile(`<artifactId>([\w-]+)</artifactId>\s*<version>(\d+\.[\d.]+)</version>`)},
	{"infra/local/pattern/testdata/*/pom.xml", regexp.MustCompile(`<artifactId>([\w-]+)</artifactId>\s*<version>(\d+\.[\d.]+)</version>`)},
	{"infra/tools/requirements.txt", regexp.MustCompile(`(?m)^([\w-]+)==(\S+)$`)},
	{"infra/deployed/requirements.txt", regexp.MustCompile(`(?m)^([\w-]+)==(\S+)$`)},
	{"infra/clients/go/go.mod", regexp.MustCompile(`(?m)^\s*(?:require )?github\.com/(oapi-codegen/\S+) (v\S+)`)},
	{"infra/clients/typescript/package.json", regexp.MustCompile(`(?m)^\s+"(@?[\w/-]+)": "([\d.]+)"`)},
	{"infra/tools/go-tool.sh", regexp.MustCompile(`(?m)^([\w-]+)\) package=\S+ version=(\S+)`)},
}

// TestOtherThingsAreListedWithTheirLicences holds the rest of the list against the files that pin it.
func TestOtherThingsAreListedWithTheirLicences(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, pin := range pins {
		files, err := filepath.Glob(filepath.Join(root, pin.files))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pin.files, files, err)
		}
		for _, file := range files {
			path, _ := filepath.Rel(root, file)
			path = filepath.ToSlash(path)
			for _, match := range pin.pattern.FindAllStringSubmatch(path+"\n"+string(read(t, path)), -1) {
				want["| "+match[1]+" | "+match[2]+" | "+path] = true
			}
		}
	}
	got := map[string]bool{}
	for _, row := range rows(t, "Other") {
		cells := strings.Split(row, " | ")
		if len(cells) != 5 || slices.Contains(cells, "") {
			t.Errorf("no name, version, place, licence and use: %s", row)
			continue
		}
		got[strings.Join(cells[:3], " | ")] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("%s (-pinned +list):\n%s", thirdParty, diff)
	}
}

// rows returns the rows of a section's table without its head.
func rows(t *testing.T, section string) []string {
	t.Helper()
	_, text, _ := strings.Cut(string(read(t, thirdParty)), "\n## "+section)
	text, _, _ = strings.Cut(text, "\n## ")
	var found []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| ") {
			found = append(found, line)
		}
	}
	if len(found) < 2 {
		t.Fatalf("%s has no table in its section %s", thirdParty, section)
	}
	return found[1:] // its head; the line below it begins otherwise
}
