package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
)

func TestPageIsWhatTheContractSays(t *testing.T) {
	t.Parallel()
	want, err := Render(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"reference.html.gz": want, "openapi.yaml.gz": httpapi.Spec()} {
		got := unpacked(t, "../../internal/console/"+name)
		if string(got) != string(want) {
			t.Errorf("openapi.yaml has changed since %s was made; run `make reference` (-contract +page):\n%.2000s", name, cmp.Diff(string(want), string(got)))
		}
	}
}

func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	packed, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	reader, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every operation stands there with its route, at least one answer and its refusals, of which each is explained.
func TestEveryOperationIsThere(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	text, err := Render(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	sections := sectionsOf(t, string(text))
	for id, section := range sections {
		if before, after, found := strings.Cut(section, "`"); found {
			t.Errorf("%s: what stands in backticks is shown with them: %.40q", id, before[max(0, len(before)-40):]+"`"+after)
		}
	}
	for _, o := range contract.Operations() {
		section := sections[o.ID]
		for _, part := range []string{o.Method + " " + o.Path, "Answers", "Refusals", "500 internal"} {
			if !strings.Contains(section, part) {
				t.Errorf("%s: lacks %q: %s", o.ID, part, section)
			}
		}
		needs := "Needs no token."
		if !o.Open {
			needs = "Scope: " + strings.Join(o.Scopes, " or ")
		}
		if !strings.Contains(section, needs) {
			t.Errorf("%s: lacks %q: %s", o.ID, needs, section)
		}
	}
	for id, want := range map[string]string{
		"list-members":          "q query: string, length at most 300",
		"create-invitations":    "idempotency_key_reused",
		"bulk-update-members":   "Why a single one fails: invalid_input not_found own_role",
		"check-access":          "checks required list of object",
		"answer-StaleVersion":   "412 stale_version",
		"answer-TooManyResends": "too_many_resends too_many_mails",
	} {
		if !strings.Contains(sections[id], want) {
			t.Errorf("%s: lacks %q: %s", id, want, sections[id])
		}
	}
}

// sectionsOf returns the text of each operation and each refusal, with single spaces.
func sectionsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if n.Data == "section" && a.Key == "id" {
				var words strings.Builder
				for part := range n.Descendants() {
					if part.Type == html.TextNode {
						words.WriteString(part.Data)
					}
				}
				sections[a.Val] = strings.Join(strings.Fields(words.String()), " ")
			}
		}
	}
	return sections
}

const small = `{tags: [{name: things}], paths: {/x: {get: {operationId: x, tags: [things], summary: "A <b>", description: "Says ` + "`<i>`" + `.",
  responses: {"200": {description: "Yes, ` + "`&`" + `."}}}}}}`

func TestTextIsText(t *testing.T) {
	t.Parallel()
	page, err := Render([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A &lt;b&gt;", "<p>Says <code>&lt;i&gt;</code>.</p>", "Yes, <code>&amp;</code>."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("lacks %s:\n%s", want, page)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"no YAML":                     "{",
		"an unknown tag":              strings.Replace(small, "tags: [things]", "tags: [others]", 1),
		"a refusal without a name":    strings.Replace(small, `"200"`, `"404"`, 1),
		"a reference to what is gone": regexp.MustCompile(`description: "Yes[^"]*"`).ReplaceAllLiteralString(small, `$ref: "#/components/responses/Gone"`),
	} {
		if page, err := Render([]byte(document)); err == nil {
			t.Errorf("%s: got %s", name, page)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, page, contract := filepath.Join(dir, "in.yaml"), filepath.Join(dir, "out.html.gz"), filepath.Join(dir, "out.yaml.gz")
	if err := run(from, page, contract); err == nil {
		t.Error("a file that is not there was read")
	}
	if err := os.WriteFile(from, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(from, page, contract); err != nil {
		t.Fatal(err)
	}
	if text := string(unpacked(t, page)); !strings.Contains(text, "/x") {
		t.Errorf("wrote %q", text)
	}
	if text := string(unpacked(t, contract)); text != small {
		t.Errorf("packed %q", text)
	}
}
