package structure

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestWhatShowsTheSecurityExists holds the table of threats: each has somebody, an aim, what stops them, and tests that exist; and no fuzz test
// is left out of it.
func TestWhatShowsTheSecurityExists(t *testing.T) {
	t.Parallel()
	tests, named, threats := allTests(t), map[string]bool{}, 0
	for line := range strings.Lines(string(read(t, ".github/SECURITY.md"))) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.TrimSpace(cells[0]) == "who" {
			continue
		}
		threats++
		proofs := namedTest.FindAllStringSubmatch(line, -1)
		if len(cells) != 4 || slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) == "" }) || len(proofs) == 0 {
			t.Errorf("no threat with who, what, what stops it and what shows that: %s", line)
		}
		for _, proof := range proofs {
			if named[proof[1]] = true; !tests[proof[1]] {
				t.Errorf("there is no test %s", proof[1])
			}
		}
	}
	const least = 25
	if threats < least {
		t.Errorf("found %d threats, want at least %d", threats, least)
	}
	for _, test := range slices.Sorted(maps.Keys(tests)) {
		if strings.Contains(test, ".Fuzz") && !named[test] {
			t.Errorf("%s shows something that no threat names", test)
		}
	}
}
