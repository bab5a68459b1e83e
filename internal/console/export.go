package console

import (
	"context"
	"strconv"

	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// maxExport is how many rows one file holds: more would not be read in the time that an answer may take.
const maxExport = 10000

// export answers with a whole list as a file. list returns the page that a query asks for. tooMany says what the rows are, and how to
// get fewer of them.
func export[T any](v *visit, sheet page.Sheet[T], tooMany string, list func(context.Context, request.Caller, page.Query) (page.List[T], error)) error {
	limit := page.MaxLimit
	query := page.Query{Limit: &limit}
	var all []T
	for {
		found, err := list(v.r.Context(), v.caller, query)
		if err != nil {
			return err
		}
		all = append(all, found.Items...)
		if query.Cursor = found.NextCursor; query.Cursor == "" {
			break
		}
		if len(all) >= maxExport {
			return fault.New(fault.TooLarge, "too_large", "One file holds "+strconv.Itoa(maxExport)+" "+tooMany)
		}
	}
	file := sheet.CSV(all)
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+sheet.Name+`"`)
	v.w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	_, _ = v.w.Write(file) // whoever asked is gone when this fails
	return nil
}

// change performs what a form asks for, unless something of it is not valid.
func change[In interface{ Validate() []fault.Field }, Out any](v *visit, in In, do func(context.Context, request.Caller, In) (Out, error)) error {
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	_, err := do(v.r.Context(), v.caller, in)
	return err
}
