package bench

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const byHand = " (above its bound)" // what people add to a figure

// TestReadme has make bench write the figures that stand in the README: the table stays as it is, and so does all that stands around it.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	before, written, after, found := between(string(readme))
	if !found {
		t.Fatal("the marks are missing")
	}
	_, lines, _ := strings.Cut(strings.ReplaceAll(written, byHand, ""), head)
	lines, _, _ = strings.Cut(lines, "\n\n")
	var recorded []held
	for i, line := range strings.Split(lines, "\n") {
		if cells := strings.Split(line, " | "); i < len(rows) && len(cells) == 3 {
			recorded = append(recorded, rows[i].read(cells[1], strings.Trim(cells[2], " |"))...)
		}
	}
	measured, whole := table(recorded)
	if !whole {
		t.Fatalf("%d figures are not all", len(recorded))
	}
	if diff := cmp.Diff(head+lines+"\n", measured); diff != "" {
		t.Error(diff)
	}
	if _, whole := table(recorded[1:]); whole {
		t.Error("a table with a figure less is whole")
	}

	taken := time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)
	got, err := rewritten(string(readme), taken, measured, details(map[string]*binary{"send-mail": {12.34, 2.2, 15.926}, "nothing": {5.6, 1, 2}}))
	if err != nil {
		t.Fatal(err)
	}
	want := before + fmt.Sprintf(`
Taken on 4 May 2026, on %d cores (%s).

%s
<details>
<summary>Cold start and size of every function</summary>

| function | cold start on %[2]s | against one that does nothing | arm64 binary |
|---|---|---|---|
| nothing | 5.6 ms | 1.00 x | 2.00 MB |
| send-mail | 12.3 ms | 2.20 x | 15.93 MB |

</details>

`, runtime.NumCPU(), runtime.GOARCH, measured) + after
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := rewritten("no marks", taken, measured, ""); err == nil {
		t.Error("a README without marks is written")
	}
}

// read returns the figures that a row of the README states.
func (r row) read(measured, bound string) []held {
	values, bounds := strings.Split(measured, ", "), strings.Split(strings.TrimPrefix(bound, "p99 "), ", ")
	found := make([]held, len(r.of))
	for i, p := range r.of {
		text, atLeast := strings.CutPrefix(bounds[min(i, len(bounds)-1)], "at least ")
		found[i] = held{figure: figure{name: p.name, unit: p.unit, bound: math.Inf(1)}, group: r.group, atLeast: atLeast}
		_, _ = fmt.Sscan(values[min(i, len(values)-1)], &found[i].measured) // what is no number is found when it is written
		_, _ = fmt.Sscan(text, &found[i].bound)
	}
	return found
}

// TestOvers names what is over its bound, and by how much.
func TestOvers(t *testing.T) {
	t.Parallel()
	got := overs([]held{
		{figure: figure{"list-members", "x the SDK", "310 us", 3.1, 3}, group: "CPU"},
		{figure: figure{"check-access", "x the SDK", "240 us", 2.4, 3}, group: "CPU"},
		{figure: figure{"list-members", "% of the SDK", "100 requests/s", 27, 30}, group: "Throughput", atLeast: true},
		{figure: figure{"operations by size", different, "list-members: 2 and 3 rounds", 1, 0}, group: "Workspaces"},
	})
	want := `  CPU, list-members: 3.1 x the SDK, bound 3, +3.3 % (310 us)
  Throughput, list-members: 27 % of the SDK, bound 30, -10.0 % (100 requests/s)
  Workspaces, operations by size: 1 that differ, bound 0 (list-members: 2 and 3 rounds)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
