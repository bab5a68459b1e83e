package console

import (
	"net/http"
	"strconv"

	"prism-access/internal/fault"
	"prism-access/internal/page"
)

// maxExport is how many lines one file holds: more would not be read in the time that an answer may take.
const maxExport = 10000

// sendSheet answers with all pages of a list as one file. instead says of what there is too much, and how one gets it in parts.
func sendSheet[T any](v *visit, sheet page.Sheet[T], instead string, list func(cursor string) (page.List[T], error)) error {
	var all []T
	for cursor := ""; ; {
		found, err := list(cursor)
		if err != nil {
			return err
		}
		all = append(all, found.Items...)
		if cursor = found.NextCursor; cursor == "" {
			break
		}
		if len(all) >= maxExport {
			return fault.New(fault.TooLarge, "too_large", "One file holds "+strconv.Itoa(maxExport)+" "+instead)
		}
	}
	file := sheet.CSV(all)
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+sheet.Name+`"`)
	v.w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(file) // whoever asked is gone when this fails
	return nil
}
