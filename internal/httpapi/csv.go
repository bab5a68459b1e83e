package httpapi

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/page"
	"prism-access/internal/request"
)

// Table is a list that is answered as CSV to whoever prefers that.
type Table[Out any] struct {
	name string
	add  func(Out)
	file func() []byte
	rows func() int
	next func(Out) string
}

// CSV returns how a list is answered as CSV, in the columns of what was asked for.
func CSV[In, T any](of func(In) page.Sheet[T]) func(in any) Table[page.List[T]] {
	return func(in any) Table[page.List[T]] {
		asked, _ := in.(In) // the operation's own
		sheet := of(asked)
		var items []T
		return Table[page.List[T]]{
			name: sheet.Name,
			add:  func(one page.List[T]) { items = append(items, one.Items...) },
			file: func() []byte { return sheet.CSV(items) },
			rows: func() int { return len(items) },
			next: func(one page.List[T]) string { return one.NextCursor },
		}
	}
}

const mediaCSV = "text/csv"

// maxPages bounds what one CSV reads: the pages of a list that is sifted may be short.
const maxPages = page.MaxRows / page.MaxLimit

// csv answers a list as CSV: one page when the request names a limit, else as many as make page.MaxRows. A Link header says where it
// goes on (RFC 8288).
func (h Handler[In, Out]) csv(ctx context.Context, caller request.Caller, raw events.APIGatewayV2HTTPRequest, in In) (events.APIGatewayV2HTTPResponse, error) {
	query := tagged(reflect.ValueOf(&in).Elem())["query"]
	limit, cursor := query["limit"], query["cursor"]
	pages := 1
	if limit.IsNil() {
		limit.Set(reflect.ValueOf(new(page.MaxLimit)))
		pages = maxPages
	}
	table := h.Route.CSV(in)
	next := ""
	for range pages {
		out, err := h.Do(ctx, caller, in)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		table.add(out)
		if next = table.next(out); next == "" || table.rows() >= page.MaxRows {
			break
		}
		cursor.SetString(next)
	}
	answer := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusOK, Headers: headers(mediaCSV + "; charset=utf-8; header=present"), Body: string(table.file()),
	}
	answer.Headers["content-disposition"] = mime.FormatMediaType("attachment", map[string]string{"filename": table.name})
	if next != "" {
		answer.Headers["link"] = "<" + following(raw, next) + `>; rel="next"`
	}
	return answer, nil
}

// following returns the path of the same request from a cursor on.
func following(raw events.APIGatewayV2HTTPRequest, cursor string) string {
	query := url.Values{}
	for name, value := range raw.QueryStringParameters {
		query.Set(name, value)
	}
	query.Set("cursor", cursor)
	return (&url.URL{Path: raw.RawPath, RawQuery: query.Encode()}).String()
}

// prefersCSV reports whether an Accept header names CSV and does not prefer JSON to it (RFC 9110, 12.5.1).
func prefersCSV(accept string) bool {
	csv, json := 0.0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, said := parameters["q"]; said {
			quality, _ = strconv.ParseFloat(q, 64)
		}
		switch media {
		case mediaCSV:
			csv = max(csv, quality)
		case "application/json":
			json = max(json, quality)
		}
	}
	return csv > 0 && csv >= json
}
