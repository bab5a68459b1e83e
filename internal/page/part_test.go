package page_test

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"prism-access/internal/page"
)

// numbered returns a list of so many rows, each as wide as it is told.
func numbered(rows, width int) func(int, string) (page.List[[]string], error) {
	return func(limit int, cursor string) (page.List[[]string], error) {
		from, _ := strconv.Atoi(cursor)
		var list page.List[[]string]
		for n := from; n < min(rows, from+limit); n++ {
			list.Items = append(list.Items, []string{fmt.Sprint("row", n), strings.Repeat("<", width)})
		}
		if from+limit < rows {
			list.NextCursor = strconv.Itoa(from + limit)
		}
		return list, nil
	}
}

// TestParts: every part keeps to the bound, and together they have each row once.
func TestParts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows, width int
		bound       page.Bound
		parts       int
	}{
		"nothing":                   {0, 1, page.Bound{Rows: 10, Bytes: 1000}, 1},
		"all in one":                {10, 1, page.Bound{Rows: 10, Bytes: 10_000}, 1},
		"a row more":                {11, 1, page.Bound{Rows: 10, Bytes: 10_000}, 2},
		"by rows":                   {250, 1, page.Bound{Rows: 100, Bytes: 100_000}, 3},
		"by bytes":                  {300, 100, page.Bound{Rows: 1000, Bytes: 70_000}, 3},
		"a page is too large":       {30, 1000, page.Bound{Rows: 1000, Bytes: 65_000}, 3},
		"ten rows are too large":    {3, 1000, page.Bound{Rows: 1000, Bytes: 6_500}, 3},
		"what Lambda answers, wide": {100, 60_000, page.PartBound, 10},
	} {
		cursor, parts, seen := "", 0, 0
		for {
			part, err := sheet().Part(c.bound, cursor, "", numbered(c.rows, c.width))
			if err != nil {
				t.Fatal(err)
			}
			parts++
			lines, err := csv.NewReader(strings.NewReader(string(part.File))).ReadAll()
			if err != nil || len(lines) != part.Rows+1 || part.Rows > c.bound.Rows || len(part.File) > c.bound.Bytes {
				t.Errorf("%s: part %d has %d rows, %d bytes, %v", name, parts, part.Rows, len(part.File), err)
			}
			for _, line := range lines[1:] {
				if line[0] != fmt.Sprint("row", seen) {
					t.Fatalf("%s: %s follows %d rows", name, line[0], seen)
				}
				seen++
			}
			if cursor = part.Next; cursor == "" {
				break
			}
		}
		if parts != c.parts || seen != c.rows {
			t.Errorf("%s: %d rows in %d parts, want %d in %d", name, seen, parts, c.rows, c.parts)
		}
	}
}

// TestPartGoesThroughItsLastRow: rows that have come meanwhile push none out of the file.
func TestPartGoesThroughItsLastRow(t *testing.T) {
	t.Parallel()
	part, err := sheet().Part(page.Bound{Rows: 1000, Bytes: 1 << 20}, "", "row150", numbered(500, 1))
	if err != nil || part.Rows != 151 || part.Last != "row150" {
		t.Errorf("got %d rows, the last is %s, %v", part.Rows, part.Last, err)
	}
}
