package events_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prism-access/events"
	"prism-access/infra/local/pattern"
	"prism-access/internal/event"
)

var (
	ruleOf  = regexp.MustCompile("(?s)```json\n(.*?)```")
	leadsTo = regexp.MustCompile(`\]\(([^):]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// TestPagesHaveAllParts: the page of each event says what it means and when it is published, has a rule that selects it by fields it has, and leads to its
// schema, its example, and to what holds for all.
func TestPagesHaveAllParts(t *testing.T) {
	t.Parallel()
	shared, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, line := range heading.FindAllStringSubmatch(string(shared), -1) {
		anchors = append(anchors, strings.ReplaceAll(strings.ToLower(line[1]), " ", "-"))
	}
	for _, name := range event.Types() {
		text, err := os.ReadFile(name + "/README.md")
		if err != nil {
			t.Fatal(err)
		}
		page := string(text)
		title, meaning, _ := strings.Cut(page, "\n\n")
		if title != "# "+name || strings.HasPrefix(meaning, "Published") || !strings.Contains(page, "\n\nPublished ") {
			t.Errorf("%s: its page is to say what it means, then when it is published", name)
		}
		rule := ruleOf.FindStringSubmatch(page)
		if rule == nil {
			t.Errorf("%s: its page has no rule", name)
			continue
		}
		if _, err := pattern.Parse([]byte(rule[1])); err != nil {
			t.Errorf("%s: its rule: %v", name, err)
			continue
		}
		parts, _ := unmarshal(t, []byte(rule[1])).(map[string]any)
		if detail, narrower := parts["detail"]; narrower {
			parts["detail"] = present(detail)
		}
		parsed, err := pattern.Parse(marshal(t, parts))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range event.Types() {
			named, _ := parts["detail-type"].([]any)
			if parsed.Match(events.Example(other)) != slices.Contains(named, any(other)) {
				t.Errorf("%s: its rule does not select by what %s has", name, other)
			}
		}
		if !parsed.Match(events.Example(name)) {
			t.Errorf("%s: its rule selects another event", name)
		}
		var links []string
		for _, link := range leadsTo.FindAllStringSubmatch(page, -1) {
			links = append(links, link[1])
			if anchor, isShared := strings.CutPrefix(link[1], "../README.md#"); isShared && !slices.Contains(anchors, anchor) {
				t.Errorf("%s: there is no %s", name, link[1])
			}
		}
		for _, wanted := range []string{"schema.json", "example.json", "../README.md#subscribing", "../README.md#what-to-expect"} {
			if !slices.Contains(links, wanted) {
				t.Errorf("%s: its page does not lead to %s", name, wanted)
			}
		}
	}
}

// present turns what a rule wants of fields into that they are there: a rule may be narrower than the example.
func present(wanted any) any {
	switch wanted := wanted.(type) {
	case map[string]any:
		for name, value := range wanted {
			wanted[name] = present(value)
		}
		return wanted
	default:
		return []any{map[string]any{"exists": true}}
	}
}
