package httpapi_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

func TestBind(t *testing.T) {
	t.Parallel()
	in := post(`{"name":"Acme \u0000😀","note":"","days":7,"quiet":true,"tags":["a",""],"list":[{"email":"g@example.com"},{}],"in":"organizations/org_2"}`)
	in.QueryStringParameters = map[string]string{"dry_run": "true", "filter": "x y", "limit": "10", "cursor": "abc"}
	in.PathParameters["b"] = "brd_1"
	in.Headers["if-match"] = `"3"`
	r := &rig{}
	call(t, r, in)
	note, days, limit := "", 7, 10
	want := &probe{
		Scope: access.Brand("org_1", "brd_1"), ID: "p_1", IfMatch: 3, DryRun: true, Filter: "x y", Query: page.Query{Limit: &limit, Cursor: "abc"},
		Name: "Acme \x00😀", Note: &note, Days: &days, Quiet: true, Tags: []string{"a", ""}, List: []item{{"g@example.com"}, {}}, In: access.Organization("org_2"),
	}
	if diff := cmp.Diff(want, r.in); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsLeftOutStaysUnset(t *testing.T) {
	t.Parallel()
	in := post(`{"name":"Acme"}`)
	in.PathParameters = map[string]string{"o": "org_1"}
	r := &rig{}
	call(t, r, in)
	if diff := cmp.Diff(&probe{Scope: access.Organization("org_1"), Name: "Acme"}, r.in); diff != "" {
		t.Error(diff)
	}
}

func TestBodyThatIsNoJSON(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{`, `{"name":"a"`, `{"name":"a"}{"name":"b"}`, `{"name":"a"} x`, "{\"name\":\"\xff\"}", ` `, `name=a`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
	} {
		p := refused(t, raw(post(""), body))
		if p.Status != http.StatusBadRequest || p.Code != "invalid_json" || p.Errors != nil {
			t.Errorf("%.40q: got %+v", body, p)
		}
	}
}

// TestBodyOfSeveralValues tells what is wrong with a body whose values are well-formed each.
func TestBodyOfSeveralValues(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"name":"a"}{"name":"b"}`: "The body has more than one JSON value. Send one only.",
		`{"name":"a"} 1 2`:         "The body has more than one JSON value. Send one only.",
		`{"name":"a"} x`:           "The body is not valid JSON.",
		`{"name":"a"}}`:            "The body is not valid JSON.",
		`{"name":"a"`:              "The body is not valid JSON.",
	} {
		if p := refused(t, post(body)); p.Status != http.StatusBadRequest || p.Code != "invalid_json" || p.Detail != want {
			t.Errorf("%s: got %d %s %q", body, p.Status, p.Code, p.Detail)
		}
	}
}

// raw gives a request a body byte by byte, as the gateway does with what may not be text.
func raw(in events.APIGatewayV2HTTPRequest, body string) events.APIGatewayV2HTTPRequest {
	in.Body, in.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(body)), true
	return in
}

// TestAllBadFieldsAtOnce: whatever is wrong with a request stands in one answer, each with its pointer.
func TestAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`null`:                                  {" wrong_type"},
		`[]`:                                    {" wrong_type"},
		`"a"`:                                   {" wrong_type"},
		`3`:                                     {" wrong_type"},
		`{}`:                                    {"/name required"},
		`{"name":"a","name":"b"}`:               {"/name duplicate_name"},
		`{"name":"a","nam":1,"a/b":2,"c~d":3}`:  {"/a~1b unknown_field", "/c~0d unknown_field", "/nam unknown_field"},
		`{"Name":"a"}`:                          {"/Name unknown_field", "/name required"},
		`{"name":null,"note":null,"days":null}`: {"/days wrong_type", "/name wrong_type", "/note wrong_type"},
		`{"name":"a","tags":null,"list":null}`:  {"/list wrong_type", "/tags wrong_type"},
		`{"name":"a","in":null,"quiet":null}`:   {"/in wrong_type", "/quiet wrong_type"},
		`{"name":"a","in":"org_1"}`:             {"/in malformed"},
		`{"name":"a","in":{}}`:                  {"/in wrong_type"},
		`{"name":1,"quiet":"true","days":"7"}`:  {"/days wrong_type", "/name wrong_type", "/quiet wrong_type"},
		`{"name":"a","days":7.5}`:               {"/days wrong_type"},
		`{"name":"a","days":1e400}`:             {"/days wrong_type"},
		`{"name":"a","days":99999999999}`:       {"/days wrong_type"},
		`{"name":"a","tags":"x"}`:               {"/tags wrong_type"},
		`{"name":"a","tags":{"0":"x"}}`:         {"/tags wrong_type"},
		`{"name":"a","tags":["x",1,null]}`:      {"/tags/1 wrong_type", "/tags/2 wrong_type"},
		`{"name":"a","tags":["x","y","z"]}`:     {"/tags/2 too_many"},
		`{"name":"a","list":[{"email":1},5,{"x":1},{"email":"g","email":"h"}]}`: {
			"/list/0/email wrong_type", "/list/1 wrong_type", "/list/2/x unknown_field", "/list/3/email duplicate_name",
		},
		`{"days":"x","tags":["a","b","c"],"fresh":[],"Fresh":[]}`: {
			"/Fresh unknown_field", "/days wrong_type", "/fresh unknown_field", "/name required", "/tags/2 too_many",
		},
		`{"name":{"first":"Ada"},"scope":"organizations/org_2","i":"p_2"}`: {"/i unknown_field", "/name wrong_type", "/scope unknown_field"},
	} {
		p := refused(t, post(body))
		got := pointers(p)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || p.Status != http.StatusUnprocessableEntity || p.Code != "invalid_input" {
			t.Errorf("%s: %d %s: %s", body, p.Status, p.Code, diff)
		}
		for _, field := range p.Errors {
			if field.Detail == "" {
				t.Errorf("%s: nothing is said of %s", body, field.Pointer)
			}
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query map[string]string
		want  []string
	}{
		{map[string]string{"limit": "0"}, []string{"?limit out_of_range"}},
		{map[string]string{"limit": "101"}, []string{"?limit out_of_range"}},
		{map[string]string{"limit": "-1"}, []string{"?limit out_of_range"}},
		{map[string]string{"limit": "ten"}, []string{"?limit wrong_type"}},
		{map[string]string{"limit": ""}, []string{"?limit wrong_type"}},
		{map[string]string{"limit": "1,2"}, []string{"?limit wrong_type"}}, // ?limit=1&limit=2
		{map[string]string{"limit": "99999999999999999999"}, []string{"?limit wrong_type"}},
		{map[string]string{"dry_run": "1"}, []string{"?dry_run wrong_type"}},
		{map[string]string{"dry_run": ""}, []string{"?dry_run wrong_type"}},
		{map[string]string{"dry_run": "TRUE"}, []string{"?dry_run wrong_type"}},
		{map[string]string{"dry_run": "true,true"}, []string{"?dry_run wrong_type"}},
		{map[string]string{"Limit": "1", "fresh": "usr_1", "scope": "x"}, []string{"?Limit unknown_parameter", "?fresh unknown_parameter", "?scope unknown_parameter"}},
		{map[string]string{"limit": "x", "dry_run": "y", "z": ""}, []string{"?dry_run wrong_type", "?limit wrong_type", "?z unknown_parameter"}},
	} {
		in := post(`{"name":"a"}`)
		in.QueryStringParameters = c.query
		p := refused(t, in)
		if diff := cmp.Diff(c.want, pointers(p)); diff != "" || p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d: %s", c.query, p.Status, diff)
		}
	}
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int{
		"": 0, "*": 0, " * ": 0, `"3"`: 3, "3": 3, ` "3" `: 3,
		// An entity tag of another kind is none of ours: it matches nothing, and so is stale.
		`W/"3"`: -1, `"abc"`: -1, `"0"`: -1, `"-1"`: -1, `""`: -1, `"3.0"`: -1, `"99999999999"`: -1, `"3";"4"`: -1, "\x00": -1,
	} {
		in := post(`{"name":"a"}`)
		in.Headers["if-match"] = header
		r := &rig{}
		if answer := call(t, r, in); answer.StatusCode != http.StatusOK || r.in.IfMatch != want {
			t.Errorf("%q: got %d and %+v, want %d", header, answer.StatusCode, r.in, want)
		}
	}
	// The gateway joins several headers by commas.
	for _, header := range []string{`"3", "4"`, `"3","4"`, `"3", W/"4"`, `"3", *`, `"3",`, `,`} {
		in := post(`{}`)
		in.Headers["if-match"] = header
		if diff := cmp.Diff([]string{"#If-Match too_many", "/name required"}, pointers(refused(t, in))); diff != "" {
			t.Errorf("%q: %s", header, diff)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", " ", "a b", "a#b", "ä", "a,b", strings.Repeat("k", 129), "a\x00b"} {
		in := post(`{}`)
		in.Headers["idempotency-key"] = key
		if diff := cmp.Diff([]string{"#Idempotency-Key malformed", "/name required"}, pointers(refused(t, in))); diff != "" {
			t.Errorf("%.20q: %s", key, diff)
		}
		in.RequestContext.HTTP.Method = http.MethodPatch // takes none, and so ignores it
		in.Body = `{"name":"a"}`
		r := &rig{}
		if answer := call(t, r, in); answer.StatusCode != http.StatusOK || r.caller.Request.IdempotencyKey != "" {
			t.Errorf("%.20q with PATCH: got %d and key %q", key, answer.StatusCode, r.caller.Request.IdempotencyKey)
		}
	}
	in := post(`{"name":"a"}`)
	in.Headers["idempotency-key"] = "7d0f1c52-63f1-4a7e-9d0a-000000000009"
	r := &rig{}
	call(t, r, in)
	first := r.caller.Request
	if first.IdempotencyKey != "7d0f1c52-63f1-4a7e-9d0a-000000000009" || first.Fingerprint == "" {
		t.Errorf("got %+v", first)
	}
	for name, change := range map[string]func(*events.APIGatewayV2HTTPRequest){
		"another body":  func(in *events.APIGatewayV2HTTPRequest) { in.Body = `{"name":"b"}` },
		"another path":  func(in *events.APIGatewayV2HTTPRequest) { in.RawPath = "/v1/organizations/org_2/probes/p_1" },
		"another query": func(in *events.APIGatewayV2HTTPRequest) { in.RawQueryString = "dry_run=true" },
	} {
		again := in
		change(&again)
		call(t, r, again)
		if r.caller.Request.Fingerprint == first.Fingerprint {
			t.Errorf("%s looks like the same request", name)
		}
	}
	call(t, r, in)
	if r.caller.Request.Fingerprint != first.Fingerprint {
		t.Error("the same request looks like another one")
	}
}

func TestBodiesAsTheGatewaySendsThem(t *testing.T) {
	t.Parallel()
	full := `{"name":"` + strings.Repeat("n", 64<<10-11) + `"}`
	for name, c := range map[string]struct {
		in     events.APIGatewayV2HTTPRequest
		status int
		code   string
	}{
		"text":                          {post(`{"name":"a"}`), http.StatusOK, ""},
		"base64":                        {raw(post(""), `{"name":"ä"}`), http.StatusOK, ""},
		"64 KiB":                        {post(full), http.StatusOK, ""},
		"64 KiB as base64":              {raw(post(""), full), http.StatusOK, ""},
		"a byte more":                   {post(full + " "), http.StatusRequestEntityTooLarge, "body_too_large"},
		"a byte more as base64":         {raw(post(""), full+" "), http.StatusRequestEntityTooLarge, "body_too_large"},
		"much more, and no JSON":        {post(strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge, "body_too_large"},
		"with a charset":                {typed(post(`{"name":"a"}`), "application/json; charset=utf-8"), http.StatusOK, ""},
		"in capitals":                   {typed(post(`{"name":"a"}`), "Application/JSON"), http.StatusOK, ""},
		"a form":                        {typed(post(`name=a`), "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"text/plain":                    {typed(post(`{"name":"a"}`), "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"another kind of JSON":          {typed(post(`{"name":"a"}`), "application/merge-patch+json"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"of no type":                    {typed(post(`{"name":"a"}`), ""), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"two types":                     {typed(post(`{"name":"a"}`), "application/json,text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"no body and no type":           {typed(post(``), ""), http.StatusUnprocessableEntity, "invalid_input"}, // the name is missing
		"no body of a type":             {post(``), http.StatusUnprocessableEntity, "invalid_input"},
		"an empty body of another type": {typed(post(``), "text/html"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
	} {
		r := &rig{}
		answer := call(t, r, c.in)
		if answer.StatusCode != c.status || (r.in != nil) != (c.status == http.StatusOK) {
			t.Errorf("%s: got %d %.100s", name, answer.StatusCode, answer.Body)
		}
		if c.code != "" && problemOf(t, answer).Code != c.code {
			t.Errorf("%s: got %s, want %s", name, answer.Body, c.code)
		}
	}
}

// TestOperationWithoutABody refuses what it would leave undone, and takes every way of sending nothing.
func TestOperationWithoutABody(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded" // what curl says with an empty -d
	for name, c := range map[string]struct {
		in     events.APIGatewayV2HTTPRequest
		status int
		code   string
	}{
		"nothing":                       {typed(post(``), ""), http.StatusOK, ""},
		"nothing, of JSON":              {post(``), http.StatusOK, ""},
		"nothing, of a form":            {typed(post(``), form), http.StatusOK, ""},
		"an empty object":               {post(`{}`), http.StatusOK, ""},
		"a field":                       {post(`{"x":1}`), http.StatusUnprocessableEntity, "invalid_input"},
		"no object":                     {post(`[]`), http.StatusUnprocessableEntity, "invalid_input"},
		"broken":                        {post(`{`), http.StatusBadRequest, "invalid_json"},
		"a form":                        {typed(post(`x=1`), form), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		"a field of DELETE":             {by(http.MethodDelete, post(`{"x":1}`)), http.StatusUnprocessableEntity, "invalid_input"},
		"nothing of DELETE":             {by(http.MethodDelete, typed(post(``), "")), http.StatusOK, ""},
		"the body of a GET is not read": {by(http.MethodGet, post(`{`)), http.StatusOK, ""},
	} {
		asked := false
		handler := httpapi.Handler[bare, outcome]{
			Route: httpapi.Route[outcome]{Operation: "bare"}, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
			Do: func(context.Context, request.Caller, bare) (outcome, error) {
				asked = true
				return outcome{Said: "hello"}, nil
			},
		}
		answer := invoke(t, handler, c.in)
		if answer.StatusCode != c.status || asked != (c.status == http.StatusOK) {
			t.Errorf("%s: got %d %s", name, answer.StatusCode, answer.Body)
		}
		if c.code != "" && problemOf(t, answer).Code != c.code {
			t.Errorf("%s: got %s, want %s", name, answer.Body, c.code)
		}
	}
}

// bare is an input without fields of a body.
type bare struct {
	ID string `path:"i"`
}

func (bare) Validate() []fault.Field { return nil }

// by sends a request with another method.
func by(method string, in events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPRequest {
	in.RequestContext.HTTP.Method = method
	return in
}

func typed(in events.APIGatewayV2HTTPRequest, contentType string) events.APIGatewayV2HTTPRequest {
	in.Headers = maps.Clone(in.Headers)
	in.Headers["content-type"] = contentType
	if contentType == "" {
		delete(in.Headers, "content-type")
	}
	return in
}

// FuzzBody: whatever a body is, the answer is a well-formed one that is documented, and never a fault of ours.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"name":"Acme"}`, `{"name":1}`, `{"tags":[1]}`, `{"list":[{"email":null}]}`, `null`, `{}{}`, "\xff", `{"in":"organizations/#"}`, `{"name":"a","name":"b"}`, `[[]]`,
	} {
		f.Add([]byte(body), "application/json", "3", "k", "10")
		f.Add([]byte(body), "text/plain", `W/"x"`, "a b", "-")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, ifMatch, key, limit string) {
		in := raw(typed(post(""), contentType), string(body))
		in.Headers["if-match"], in.Headers["idempotency-key"] = ifMatch, key
		in.QueryStringParameters = map[string]string{"limit": limit}
		r := &rig{}
		answer := call(t, r, in)
		switch answer.StatusCode {
		case http.StatusOK:
			if r.in.Name == "" {
				t.Errorf("%q was taken as %+v", body, *r.in)
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
			problemOf(t, answer)
			if r.in != nil {
				t.Errorf("%q was refused and asked", body)
			}
		default:
			t.Errorf("%q: got %d", body, answer.StatusCode)
		}
	})
}
