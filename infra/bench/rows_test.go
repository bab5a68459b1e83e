package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme finds in the README the rows that make bench writes there.
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
	_, lines, _ := strings.Cut(written, head)
	for line := range strings.Lines(lines) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 {
			break // behind the table
		}
		got = append(got, strings.TrimPrefix(cells[0], "| "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
