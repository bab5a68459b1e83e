package bench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme finds in the README the rows that make bench writes there, and every function.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, written, _, found := between(string(readme))
	if !found {
		t.Fatal("the marks are missing")
	}
	var want, got []string
	for _, r := range rows {
		want = append(want, r.title)
	}
	functions, err := filepath.Glob(filepath.Join(root, "functions", "*"))
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, nothing)
	for _, f := range functions {
		want = append(want, filepath.Base(f))
	}
	slices.Sort(want[len(rows):])
	for line := range strings.Lines(written) {
				if cells := strings.Split(line, " | "); len(cells) > 2 {
			got = append(got, strings.TrimPrefix(cells[0], "| "))
		}
	}
	got = slices.DeleteFunc(got, func(title string) bool { return title == "figure" || title == "function" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
