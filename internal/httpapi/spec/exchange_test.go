package spec

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

const (
	organization = "/v1/organizations/org_01M817QNM04T8QZJ0N6CYB1VXK"
	invitation   = organization + "/invitations/inv_01M8180TK0H2K9WPAZ3TNE7QRB"
)

// TestCheckTakesWhatIsDocumented replays the document's own examples: every operation, every status, every media type.
func TestCheckTakesWhatIsDocumented(t *testing.T) {
	t.Parallel()
	contract := load(t)
	for _, operation := range contract.Operations() {
		responses, _ := contract.value(operation.at + "/responses").(map[string]any)
		for status := range responses {
			t.Run(operation.ID+" "+status, func(t *testing.T) {
				t.Parallel()
				for _, exchange := range contract.documented(t, operation, status) {
					if err := contract.Check(exchange); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// documented makes exchanges from the examples of a status.
func (c *Contract) documented(t *testing.T, operation Operation, status string) []Exchange {
	t.Helper()
	code, err := strconv.Atoi(status)
	if err != nil {
		t.Fatal(err)
	}
	base := Exchange{Method: operation.Method, Target: strings.NewReplacer("{", "", "}", "").Replace(operation.Path), Status: code, Header: http.Header{}}
	if bodies := c.examples(c.resolve(operation.at+"/requestBody") + pointer("content", "application/json")); len(bodies) > 0 {
		base.RequestBody = marshal(t, c.value(bodies[0]))
	}
	at := c.resolve(operation.at + "/responses/" + status)
	headers, _ := c.value(at + "/headers").(map[string]any)
	for name := range headers {
		base.Header.Set(name, map[string]string{"ETag": `"3"`, "Location": organization, "Retry-After": "30", "Link": "</v1/x?cursor=y>; rel=\"next\""}[name])
	}
	content, _ := c.value(at + "/content").(map[string]any)
	if content == nil {
		return []Exchange{base}
	}
	var all []Exchange
	for media := range content {
		for _, example := range c.examples(at + pointer("content", media)) {
			exchange := base
			exchange.Header = maps.Clone(base.Header)
			exchange.Header.Set("Content-Type", media+"; charset=utf-8")
			exchange.ResponseBody = marshal(t, c.value(example))
			if text, isText := c.value(example).(string); isText {
				exchange.ResponseBody = []byte(text)
			}
			all = append(all, exchange)
		}
	}
	return all
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const (
	brandBody   = `{"id":"brd_01M817SG707WDR2MKE9HAT5PGS","organization":"org_01M817QNM04T8QZJ0N6CYB1VXK","name":"Globex","version":1,"actions":{}}`
	timestamps  = `"created_at":"2026-11-22T09:05:00Z","sent_at":"2026-11-22T09:05:00Z","expires_at":"2026-11-29T09:05:00Z","version":1,"actions":{}`
	listed      = `{"id":"inv_01M8180TK0H2K9WPAZ3TNE7QRB","scope":"organizations/org_01M817QNM04T8QZJ0N6CYB1VXK","scope_name":"Acme","invitee":{"email":"a@example.com"},"role":"admin","status":"pending","invited_by":{},` + timestamps
	notFound    = `{"title":"Not Found","status":404,"detail":"x","code":"not_found","request_id":"r"}`
	problemType = "application/problem+json"
)

func TestCheckFindsWhatIsNotDocumented(t *testing.T) {
	t.Parallel()
	contract := load(t)
	json := http.Header{"Content-Type": {"application/json"}}
	tagged := http.Header{"Content-Type": {"application/json"}, "Etag": {`"1"`}}
	problem := http.Header{"Content-Type": {problemType}}
	created := Exchange{"POST", organization + "/brands", []byte(`{"name":"Globex"}`), 201, tagged, []byte(brandBody)}
	tests := map[string]struct {
		Exchange
		want string // empty: nothing is wrong
	}{
		"as documented":              {created, ""},
		"a problem as documented":    {Exchange{"GET", organization, nil, 404, problem, []byte(notFound)}, ""},
		"a refused body is anything": {Exchange{"POST", "/v1/organizations", []byte(`{{`), 400, problem, []byte(strings.NewReplacer("404", "400", "not_found", "invalid_json").Replace(notFound))}, ""},
		"the gateway's own refusal":  {Exchange{"GET", "/v1/me", nil, 503, json, []byte(`{"message":"Service Unavailable"}`)}, ""},
		"a query as documented":      {Exchange{"GET", organization + "/invitations?status=rejected&limit=100", nil, 200, json, []byte(`{"items":[],"next_cursor":null}`)}, ""},
		"by id as well as by link":   {Exchange{"POST", invitation + "/decline", nil, 404, problem, []byte(notFound)}, ""},

		"an unknown route":             {Exchange{"GET", "/v1/nothing", nil, 200, json, []byte(`{}`)}, "is not in the contract"},
		"an unknown method":            {Exchange{"PUT", organization, nil, 200, json, []byte(`{}`)}, "is not in the contract"},
		"an empty id":                  {Exchange{"GET", "/v1/organizations/", nil, 200, json, []byte(`{}`)}, "is not in the contract"},
		"another version":              {Exchange{"GET", "/v2/me", nil, 200, json, []byte(`{}`)}, "is not in the contract"},
		"an unknown status":            {Exchange{"GET", "/v1/me", nil, 418, json, []byte(`{}`)}, "the status is not documented"},
		"another media type":           {created.with(func(e *Exchange) { e.Header = http.Header{"Content-Type": {"text/html"}, "Etag": {`"1"`}} }), `media type "text/html"`},
		"no media type":                {created.with(func(e *Exchange) { e.Header = http.Header{"Etag": {`"1"`}} }), `media type ""`},
		"a missing header":             {created.with(func(e *Exchange) { e.Header = json }), "0 headers ETag"},
		"a weak tag":                   {created.with(func(e *Exchange) { e.Header = http.Header{"Content-Type": {"application/json"}, "Etag": {`W/"1"`}} }), "header ETag"},
		"no JSON":                      {created.with(func(e *Exchange) { e.ResponseBody = []byte(`{`) }), "is not JSON"},
		"a field nobody documented":    {created.replace(`"actions"`, `"secret":1,"actions"`), "secret"},
		"a missing field":              {created.replace(`"name":"Globex",`, ``), "name"},
		"a wrong type":                 {created.replace(`"version":1`, `"version":"1"`), "/version"},
		"a malformed id":               {created.replace(`brd_`, `brand_`), "/id"},
		"a body where none is":         {Exchange{"DELETE", invitation, nil, 204, http.Header{}, []byte(`{}`)}, "no body is documented"},
		"another operation's code":     {Exchange{"GET", organization, nil, 404, problem, []byte(strings.Replace(notFound, "not_found", "gone", 1))}, "/code"},
		"a status that differs":        {Exchange{"GET", organization, nil, 404, problem, []byte(strings.Replace(notFound, "404", "403", 1))}, "/status"},
		"no hint when to try again":    {Exchange{"GET", "/v1/me", nil, 503, problem, []byte(strings.NewReplacer("404", "503", "not_found", "unavailable").Replace(notFound))}, "0 headers Retry-After"},
		"a link in a list":             {Exchange{"GET", organization + "/invitations", nil, 200, json, []byte(`{"items":[` + listed + `,"accept_url":"https://x.example/"}]}`)}, "/items/0"},
		"a malformed time":             {Exchange{"GET", organization + "/invitations", nil, 200, json, []byte(`{"items":[` + strings.Replace(listed, "2026-11-22T", "22.11.2026 ", 1) + `}]}`)}, "/items/0/created_at"},
		"a local time":                 {Exchange{"GET", organization + "/invitations", nil, 200, json, []byte(`{"items":[` + strings.Replace(listed, "00Z", "00+01:00", 1) + `}]}`)}, "/items/0/created_at"},
		"an unknown field granted":     {created.with(func(e *Exchange) { e.RequestBody = []byte(`{"name":"Globex","color":"red"}`) }), "color"},
		"no body granted":              {created.with(func(e *Exchange) { e.RequestBody = nil }), "has no body"},
		"an Admin without confirm":     {Exchange{"POST", organization + "/invitations?dry_run=true", []byte(`{"invitees":[{"email":"a@example.com"}],"role":"admin"}`), 200, json, []byte(`{"results":[{"invitee":{"email":"a@example.com"},"outcome":"invited"}]}`)}, "confirm"},
		"a dry run that did something": {Exchange{"POST", organization + "/brands/b/invitations?dry_run=true", []byte(`{"invitees":[{"email":"a@example.com"}],"role":"viewer"}`), 200, json, []byte(`{"results":[{"invitee":{"email":"a@example.com"},"outcome":"invited","invitation":` + listed + `}}]}`)}, "invitation"},
		"an unknown parameter":         {Exchange{"GET", organization + "/members?sort=name", nil, 200, json, []byte(`{"items":[]}`)}, `"sort" is not documented`},
		"a parameter out of range":     {Exchange{"GET", organization + "/members?limit=101", nil, 200, json, []byte(`{"items":[]}`)}, "query parameter limit"},
		"a parameter twice":            {Exchange{"GET", organization + "/members?limit=1&limit=2", nil, 200, json, []byte(`{"items":[]}`)}, "2 times"},
		"a brand's role here":          {Exchange{"GET", organization + "/members?role=viewer", nil, 200, json, []byte(`{"items":[]}`)}, "query parameter role"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switch err := contract.Check(test.Exchange); {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want nothing wrong", err)
			case test.want != "" && err == nil:
				t.Errorf("found nothing wrong, want %q", test.want)
			case test.want != "" && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func (e Exchange) with(change func(*Exchange)) Exchange {
	change(&e)
	return e
}

// replace changes the answer.
func (e Exchange) replace(old, replacement string) Exchange {
	e.ResponseBody = []byte(strings.Replace(string(e.ResponseBody), old, replacement, 1))
	return e
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"no YAML":                     "\t- {",
		"an operation without a name": "openapi: 3.1.0\nservers: [{url: /v1}]\npaths: {/me: {get: {responses: {}}}}",
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Load([]byte(document)); err == nil {
				t.Error("got no error")
			}
		})
	}
}
