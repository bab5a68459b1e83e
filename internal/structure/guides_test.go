package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/console"
)

var (
	namedTest  = regexp.MustCompile("`(\\w+\\.(?:Test|Fuzz|Benchmark)\\w+)`")
	namedRoute = regexp.MustCompile("`([A-Z]+ /v1[^`]*)`")
	namedPage  = regexp.MustCompile("`(/[^`?]*)[^`]*`")
)

// TestWhatProvesTheGuidesExists holds the table of the guides: each claim stands there once in its section, and has a place that exists, and a
// test that exists or a word of what is missing.
func TestWhatProvesTheGuidesExists(t *testing.T) {
	t.Parallel()
	tests, routes, pages := allTests(t), specified(t), console.Patterns()
	const all = 225 // claims of the guides: each sentence of theirs has one or more
	claims, section, said := 0, "", map[string]bool{}
	for line := range strings.Lines(string(read(t, "internal/guides.md"))) {
		if strings.HasPrefix(line, "#") {
			section = line
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.TrimSpace(cells[0]) == "Claim" {
			continue
		}
		if len(cells) != 3 || strings.TrimSpace(cells[0]) == "" || strings.TrimSpace(cells[1]) == "" {
			t.Errorf("no claim with a place and a proof: %s", line)
			continue
		}
		claims++
		if claim := section + cells[0]; said[claim] {
			t.Errorf("stands there twice: %s", line)
		} else {
			said[claim] = true
		}
		proofs := namedTest.FindAllStringSubmatch(cells[2], -1)
		if len(proofs) == 0 && !strings.Contains(cells[2], "not yet: ") {
			t.Errorf("nothing proves %s", cells[0])
		}
		for _, proof := range proofs {
			if !tests[proof[1]] {
				t.Errorf("%s: there is no test %s", cells[0], proof[1])
			}
		}
		for _, route := range namedRoute.FindAllStringSubmatch(cells[1], -1) {
			if _, known := routes[route[1]]; !known {
				t.Errorf("%s: there is no route %s", cells[0], route[1])
			}
		}
		for _, page := range namedPage.FindAllStringSubmatch(cells[1], -1) {
			if !slices.Contains(pages, "GET "+page[1]) {
				t.Errorf("%s: there is no page %s", cells[0], page[1])
			}
		}
	}
	if claims != all {
		t.Errorf("found %d claims, want %d: no sentence goes, and a new one is counted", claims, all)
	}
}

// isTest tells what go test runs from what helps it.
var isTest = regexp.MustCompile("^(Test|Fuzz|Benchmark)")

// allTests returns the tests, fuzz tests and benchmarks of the module as package.TestName, by what the files say.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, top := range []string{"internal", "infra", "events"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, declared := range file.Decls {
				if f, isFunc := declared.(*ast.FuncDecl); isFunc && f.Recv == nil && isTest.MatchString(f.Name.Name) {
					found[strings.TrimSuffix(file.Name.Name, "_test")+"."+f.Name.Name] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
