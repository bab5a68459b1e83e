package httpapi_test

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// numbers is a list of as many numbers.
type numbers struct {
	page.Query
	From   *time.Time `query:"from"`
	Called string     `query:"called"`
}

func (n numbers) Validate() []fault.Field { return n.Query.Validate() }

func listOf(many int) func(context.Context, request.Caller, numbers) (page.List[int], error) {
	return func(_ context.Context, _ request.Caller, in numbers) (page.List[int], error) {
		start, _ := strconv.Atoi(in.Cursor)
		list := page.List[int]{Items: []int{}}
		for n := start; n < min(start+in.Size(), many); n++ {
			list.Items = append(list.Items, n)
		}
		if start+in.Size() < many {
			list.NextCursor = strconv.Itoa(start + in.Size())
		}
		return list, nil
	}
}

func answerOf(t *testing.T, many int, accept string, query map[string]string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	sheet := func(in numbers) page.Sheet[int] { // in the columns of what is asked for
		return page.Sheet[int]{Name: "numbers.csv", Header: []string{cmp.Or(in.Called, "number")}, Row: func(n int) []string { return []string{strconv.Itoa(n)} }}
	}
	handler := httpapi.Handler[numbers, page.List[int]]{
		Route: httpapi.Route[page.List[int]]{Operation: "list-numbers", CSV: httpapi.CSV(sheet)}, Do: listOf(many), Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	in := events.APIGatewayV2HTTPRequest{RawPath: "/v1/numbers", Headers: map[string]string{"accept": accept}, QueryStringParameters: query}
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := handler.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestCSVInTheColumnsOfWhatIsAskedFor: the request says which columns there are, with rows or without.
func TestCSVInTheColumnsOfWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, many := range []int{0, 1} {
		if got := answerOf(t, many, "text/csv", map[string]string{"called": "n"}).Body; !strings.HasPrefix(got, "n\r\n") {
			t.Errorf("%d rows: %q", many, got)
		}
	}
}

// TestCSVForWhoeverPrefersIt: the Accept header decides, and JSON is what everybody else gets.
func TestCSVForWhoeverPrefersIt(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/csv": true, "Text/CSV; charset=utf-8": true, "text/csv, application/json;q=0.5": true, "application/json;q=0.1, text/csv;q=0.2": true, "*/*, text/csv": true,
		"": false, "*/*": false, "application/json": false, "application/json, text/csv;q=0.9": false, "text/csv;q=0": false, "text/*": false, "text/csv;q=x": false, ";": false,
	} {
		answer := answerOf(t, 2, accept, nil)
		if isCSV := strings.HasPrefix(answer.Headers["content-type"], "text/csv;"); isCSV != want || answer.StatusCode != 200 {
			t.Errorf("%q: got %d %v", accept, answer.StatusCode, answer.Headers)
		}
		if want && (answer.Body != "number\r\n0\r\n1\r\n" || answer.Headers["content-disposition"] != `attachment; filename=numbers.csv` || answer.Headers["link"] != "") {
			t.Errorf("%q: got %q with %v", accept, answer.Body, answer.Headers)
		}
	}
}

// TestCSVGoesOn: a file has a thousand rows, or those of one page when the request names its size, and says where more are.
func TestCSVGoesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		many  int
		query map[string]string
		rows  int
		link  string
	}{
		{1000, nil, 1000, ""},
		{1001, nil, 1000, `</v1/numbers?cursor=1000>; rel="next"`},
		{1001, map[string]string{"cursor": "1000"}, 1, ""},
		{5, map[string]string{"limit": "2", "from": "2026-11-22T09:05:00+01:00"}, 2, `</v1/numbers?cursor=2&from=2026-11-22T09%3A05%3A00%2B01%3A00&limit=2>; rel="next"`},
		{0, nil, 0, ""},
	} {
		answer := answerOf(t, c.many, "text/csv", c.query)
		if rows := strings.Count(answer.Body, "\r\n") - 1; rows != c.rows || answer.Headers["link"] != c.link {
			t.Errorf("%d, %v: got %d rows and %q", c.many, c.query, rows, answer.Headers["link"])
		}
	}
	for query, value := range map[string]string{"limit": "0", "from": "yesterday", "colour": "red"} {
		if answer := answerOf(t, 5, "text/csv", map[string]string{query: value}); answer.StatusCode != 422 || answer.Headers["content-type"] != "application/problem+json" {
			t.Errorf("%s: got %d %v", query, answer.StatusCode, answer.Headers)
		}
	}
}
