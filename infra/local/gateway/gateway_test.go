package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/gateway"
	"prism-access/infra/local/invoke"
	"prism-access/infra/local/template"
)

type handler func(ctx context.Context, event []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

// serve starts a gateway whose one function handles all routes.
func serve(t *testing.T, h handler, routes ...template.Route) *httptest.Server {
	t.Helper()
	for i := range routes {
		routes[i].Function = "F"
	}
	g, err := gateway.New(gateway.Options{
		Routes: routes, Timeout: 200 * time.Millisecond, Keys: issuer.keys,
		Functions:   map[string]*invoke.Function{"F": {Name: "f", Start: invoke.Same(h)}},
		Authorizers: map[string]template.Authorizer{"Token": {Issuer: issuer.url, Audience: []string{"console", "other"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// capture answers 204 and keeps the last event.
func capture(into *events.APIGatewayV2HTTPRequest) handler {
	return func(_ context.Context, event []byte) ([]byte, error) {
		*into = events.APIGatewayV2HTTPRequest{}
		return []byte(`{"statusCode":204}`), json.Unmarshal(event, into)
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	var got events.APIGatewayV2HTTPRequest
	server := serve(t, capture(&got), template.Route{Method: "POST", Path: "/v1/things/{t}"})
	r := request(t, "POST", server.URL+"/v1/things/a%20b%C3%A4?q=x%20y&q=z&empty=&plus=a+b", `{"a":1}`)
	r.Header["X-Twice"] = []string{"one", "two"}
	r.Header["Cookie"] = []string{"a=1; b=2", "c=3"}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "test")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("Accept-Encoding", "identity")
	before := time.Now().Truncate(time.Millisecond)
	send(t, r)

	host, port, _ := strings.Cut(r.Host, ":")
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /v1/things/{t}", RawPath: "/v1/things/a bä", RawQueryString: "q=x%20y&q=z&empty=&plus=a+b",
		Cookies: []string{"a=1", "b=2", "c=3"},
		Headers: map[string]string{
			"x-twice": "one,two", "content-type": "application/json; charset=utf-8", "user-agent": "test", "accept-encoding": "identity",
			"content-length": "7", "host": r.Host, "x-forwarded-for": "203.0.113.7, 127.0.0.1", "x-forwarded-port": port, "x-forwarded-proto": "http",
		},
		QueryStringParameters: map[string]string{"q": "x y,z", "empty": "", "plus": "a b"},
		PathParameters:        map[string]string{"t": "a bä"},
		Body:                  `{"a":1}`,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /v1/things/{t}", AccountID: "000000000000", Stage: "$default", APIID: "local", DomainName: host, DomainPrefix: "127",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/v1/things/a bä", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "test",
			},
		},
	}
	rc := got.RequestContext
	at := time.UnixMilli(rc.TimeEpoch)
	if rc.RequestID == "" || rc.Time != at.UTC().Format("02/Jan/2006:15:04:05 -0700") || at.Before(before) || at.After(time.Now()) {
		t.Errorf("request id %q, time %q, epoch %s", rc.RequestID, rc.Time, at)
	}
	got.RequestContext.RequestID, got.RequestContext.Time, got.RequestContext.TimeEpoch = "", "", 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBodyIsBase64UnlessText(t *testing.T) {
	t.Parallel()
	var got events.APIGatewayV2HTTPRequest
	server := serve(t, capture(&got), template.Route{Method: "ANY", Path: "$default"})
	for contentType, want := range map[string]bool{
		"text/plain": false, "text/csv; charset=utf-8": false, "application/json": false, "application/xml": false, "application/javascript": false,
		"application/x-www-form-urlencoded": true, "application/problem+json": true, "application/octet-stream": true, "": true, "nonsense;;": true,
	} {
		r := request(t, "POST", server.URL+"/", "a=1")
		r.Header.Set("Content-Type", contentType)
		send(t, r)
		body := "a=1"
		if want {
			body = "YT0x"
		}
		if got.IsBase64Encoded != want || got.Body != body {
			t.Errorf("%q: got %q, base64 %t; want %q", contentType, got.Body, got.IsBase64Encoded, body)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	var got events.APIGatewayV2HTTPRequest
	server := serve(
		t, capture(&got),
		template.Route{Method: "ANY", Path: "$default"},
		template.Route{Method: "GET", Path: "/a/{rest+}"},
		template.Route{Method: "GET", Path: "/a/{x}"},
		template.Route{Method: "GET", Path: "/a/b"},
		template.Route{Method: "ANY", Path: "/a/b"},
		template.Route{Method: "GET", Path: "/a/{x}/c"},
		template.Route{Method: "GET", Path: "/a/b/{y}"},
	)
	for _, c := range []struct {
		method, path, want string
		parameters         map[string]string
	}{
		{"GET", "/a/b", "GET /a/b", nil},
		{"POST", "/a/b", "ANY /a/b", nil},
		{"GET", "/a/x", "GET /a/{x}", map[string]string{"x": "x"}},
		{"POST", "/a/x", "$default", nil},
		{"GET", "/a/b/c", "GET /a/b/{y}", map[string]string{"y": "c"}},
		{"GET", "/a/x/c", "GET /a/{x}/c", map[string]string{"x": "x"}},
		{"GET", "/a/x/y/z", "GET /a/{rest+}", map[string]string{"rest": "x/y/z"}},
		{"GET", "/a/", "$default", nil},
		{"GET", "/", "$default", nil},
		{"GET", "/A/b", "$default", nil},
		{"GET", "/a/x%2Fc", "GET /a/{x}/c", map[string]string{"x": "x"}},
		{"GET", "/a/x%252Fc", "GET /a/{x}", map[string]string{"x": "x%2Fc"}},
		{"GET", "/a/x%3Fy", "GET /a/{x}", map[string]string{"x": "x"}},
	} {
		send(t, request(t, c.method, server.URL+c.path, ""))
		if got.RouteKey != c.want || !cmp.Equal(got.PathParameters, c.parameters) {
			t.Errorf("%s %s: got %s %v, want %s %v", c.method, c.path, got.RouteKey, got.PathParameters, c.want, c.parameters)
		}
	}
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	server := serve(t, nil, template.Route{Method: "GET", Path: "/a"})
	response, body := send(t, request(t, "GET", server.URL+"/b", ""))
	if response.StatusCode != 404 || strings.TrimSpace(body) != `{"message":"Not Found"}` {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		err          error
		status       int
		body         string
		header       http.Header
	}{
		{
			name:   "all of it",
			answer: `{"statusCode":201,"headers":{"content-type":"text/html","x-count":3},"cookies":["a=1; Path=/","b=2"],"body":"<p>"}`,
			status: 201, body: "<p>", header: http.Header{"Content-Type": {"text/html"}, "X-Count": {"3"}, "Set-Cookie": {"a=1; Path=/", "b=2"}},
		},
		{name: "base64", answer: `{"statusCode":200,"body":"AAEC","isBase64Encoded":true}`, status: 200, body: "\x00\x01\x02"},
		{name: "no content type", answer: `{"statusCode":200,"body":"x"}`, status: 200, body: "x", header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}},
		{name: "no status code", answer: `{"a":1}`, status: 200, body: `{"a":1}`, header: http.Header{"Content-Type": {"application/json"}}},
		{name: "a text", answer: `"hello"`, status: 200, body: "hello", header: http.Header{"Content-Type": {"application/json"}}},
		{name: "broken base64", answer: `{"statusCode":200,"body":"%","isBase64Encoded":true}`, status: 500, body: `{"message":"Internal Server Error"}`},
		{name: "broken status code", answer: `{"statusCode":"ok"}`, status: 500, body: `{"message":"Internal Server Error"}`},
		{name: "broken header", answer: `{"statusCode":200,"headers":{"a":["b"]}}`, status: 500, body: `{"message":"Internal Server Error"}`},
		{name: "no JSON", answer: `hello`, status: 500, body: `{"message":"Internal Server Error"}`},
		{name: "an error", err: errors.New("secret detail"), status: 500, body: `{"message":"Internal Server Error"}`},
		{name: "a function that is throttled", err: fmt.Errorf("f: %w", invoke.ErrThrottled), status: 503, body: `{"message":"Service Unavailable"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(context.Context, []byte) ([]byte, error) { return []byte(c.answer), c.err }, template.Route{Method: "GET", Path: "/"})
			response, body := send(t, request(t, "GET", server.URL+"/", ""))
			if response.StatusCode != c.status || strings.TrimSuffix(body, "\n") != c.body {
				t.Errorf("got %d %q, want %d %q", response.StatusCode, body, c.status, c.body)
			}
			for name, want := range c.header {
				if diff := cmp.Diff(want, response.Header[name]); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
			if response.Header.Get("Apigw-Requestid") == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	defer close(slow)
	invoked := false
	server := serve(t, func(_ context.Context, event []byte) ([]byte, error) {
		if strings.Contains(string(event), `"rawPath":"/slow"`) {
			<-slow
		}
		invoked = true
		return []byte(`{"statusCode":200}`), nil
	}, template.Route{Method: "ANY", Path: "$default"})
	large := request(t, "GET", server.URL+"/", "")
	large.Header.Set("X-Large", strings.Repeat("x", 10<<10))
	for _, c := range []struct {
		name    string
		request *http.Request
		status  int
		message string
	}{
		{"a body over 10 MB", request(t, "POST", server.URL+"/", strings.Repeat("x", 10<<20+1)), 413, "Request Entity Too Large"},
		{"an event over 6 MB", request(t, "POST", server.URL+"/", strings.Repeat("x", 5<<20)), 413, "Request Entity Too Large"},
		{"headers over 10 KB", large, 431, "Request Header Fields Too Large"},
		{"a function that takes too long", request(t, "GET", server.URL+"/slow", ""), 503, "Service Unavailable"},
	} {
		response, body := send(t, c.request)
		if want := `{"message":"` + c.message + `"}` + "\n"; response.StatusCode != c.status || body != want {
			t.Errorf("%s: got %d %s, want %d %s", c.name, response.StatusCode, body, c.status, want)
		}
	}
	if invoked {
		t.Error("a refused request has reached the function")
	}
}
