package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/page"
)

// sheetView is the page about a list that does not fit one file: a part of it, and the way to the next.
type sheetView struct {
	frame
	Place string

	N    int // which part
	Rows int
	File string // where it is had as a file
	Next string // the page of the next part
	List string // where the list is
}

// The parts of an address that say which part of a list is wanted.
const (
	partField    = "part"
	cursorField  = "cursor"
	throughField = "through"
)

// slack is how many rows more than its page has announced a file may hold: of what has come meanwhile.
const slack = 1000

// sendSheet answers with a list as one file. Where that is too much, a page leads through its parts. at is where the list itself stands.
func sendSheet[T any](v *visit, scope access.Scope, at string, sheet page.Sheet[T], list func(limit int, cursor string) (page.List[T], error)) error {
	query := v.r.URL.Query()
	from, through := query.Get(cursorField), query.Get(throughField)
	n, _ := strconv.Atoi(query.Get(partField))
	n = max(n, 1)
	bound := v.Part
	if bound == (page.Bound{}) {
		bound = page.PartBound
	}
	if through != "" {
		bound = page.Bound{Rows: bound.Rows + slack, Bytes: bound.Bytes * 5 / 4}
	}
	part, err := sheet.Part(bound, from, through, list)
	if err != nil {
		return err
	}
	name := sheet.Name
	if through != "" || n > 1 {
		name = strings.TrimSuffix(name, ".csv") + "-part-" + strconv.Itoa(n) + ".csv"
	}
	if through == "" && (n > 1 || part.Next != "") {
		return v.showPart(scope, at, n, part)
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.Header().Set("Content-Length", strconv.Itoa(len(part.File)))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(part.File) // whoever asked is gone when this fails
	return nil
}

// showPart answers with the page of a part. It offers the file from the same place on, through the row that was the last as the page was made.
func (v *visit) showPart(scope access.Scope, at string, n int, part page.Part) error {
	p := &sheetView{N: n, Rows: part.Rows}
	var err error
	if p.frame, err = v.load("Export", scope, at); err != nil {
		return err
	}
	if own, in := p.membershipIn(scope); in {
		p.Place = own.ScopeName
	}
	with := func(changes map[string]string) string {
		query := v.r.URL.Query()
		for name, value := range changes {
			if query.Set(name, value); value == "" {
				query.Del(name)
			}
		}
		return v.r.URL.Path + "?" + query.Encode()
	}
	p.File = with(map[string]string{partField: strconv.Itoa(n), throughField: part.Last})
	if part.Next != "" {
		p.Next = with(map[string]string{partField: strconv.Itoa(n + 1), cursorField: part.Next})
	}
	back := &url.URL{Path: strings.TrimSuffix(v.r.URL.Path, "/export")}
	query := v.r.URL.Query()
	query.Del(partField)
	query.Del(cursorField)
	back.RawQuery = query.Encode()
	p.List = back.String()
	return v.show(http.StatusOK, "sheet", p)
}
