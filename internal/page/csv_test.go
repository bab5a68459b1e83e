package page_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/page"
)

func sheet() page.Sheet[[]string] {
	return page.Sheet[[]string]{Name: "things.csv", Header: []string{"name", "note"}, Row: func(item []string) []string { return append([]string(nil), item...) }}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	got := string(sheet().CSV([][]string{{"Ada", `says "hi", twice`}, {"Grace\nHopper", ""}}))
	want := "name,note\r\nAda,\"says \"\"hi\"\", twice\"\r\n\"Grace\r\nHopper\",\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := string(sheet().CSV(nil)); got != "name,note\r\n" {
		t.Errorf("a list of nothing is %q", got)
	}
}

// TestCSVHasNoFormulas: what begins like one is text, and what does not stays as it is.
func TestCSVHasNoFormulas(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		`=HYPERLINK("https://evil.example","x")`: `'=HYPERLINK("https://evil.example","x")`,
		"+1":                                     "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "  =1+1": "'  =1+1", "\t=1": "'\t=1", "\tx": "'\tx", "\ufeff=1": "'\ufeff=1", "＝1": "'＝1", "－1": "'－1",
		"Ada": "Ada", "a=b": "a=b", "a-b@example.com": "a-b@example.com", "": "", " ": " ", "'": "'", "1": "1", "{}": "{}", "😀": "😀",
	} {
		rows, err := csv.NewReader(strings.NewReader(string(sheet().CSV([][]string{{cell, "x"}})))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != want {
			t.Errorf("%q: got %q, %v, want %q", cell, rows, err, want)
		}
	}
}
