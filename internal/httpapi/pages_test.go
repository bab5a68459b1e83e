package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/httpapi"
)

// visit sends a request to pages, as API Gateway hands it over.
func visit(t testing.TB, in events.APIGatewayV2HTTPRequest, pages http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := httpapi.Pages{Handler: pages}.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func get(path, query string) events.APIGatewayV2HTTPRequest {
	in := events.APIGatewayV2HTTPRequest{Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: query, Headers: map[string]string{"host": "prism.test"}}
	in.RequestContext.RequestID, in.RequestContext.DomainName = "gateway-request-1", "abc.execute-api.eu-central-1.amazonaws.com"
	in.RequestContext.HTTP.Method, in.RequestContext.HTTP.SourceIP = http.MethodGet, "203.0.113.7"
	return in
}

// TestPagesGetTheRequest: the page sees what the browser sent, with cookies, a decoded body and the gateway's request id.
func TestPagesGetTheRequest(t *testing.T) {
	t.Parallel()
	in := get("/organizations/org_1/users", "tab=invited&q=a%20b&q=c")
	in.RequestContext.HTTP.Method = http.MethodPost
	in.Cookies = []string{"__Host-session=abc", "theme=dark"}
	in.Headers["content-type"], in.Headers["x-request-id"] = "application/x-www-form-urlencoded", "forged"
	in.Body, in.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("name=Acme+%C3%A4&confirm=")), true
	visit(t, in, func(_ http.ResponseWriter, r *http.Request) {
		session, err := r.Cookie("__Host-session")
		if err != nil || session.Value != "abc" || len(r.Cookies()) != 2 {
			t.Errorf("cookies: %v, %v", r.Cookies(), err)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/organizations/org_1/users" || r.Host != "prism.test" || r.URL.Host != "" {
			t.Errorf("got %s %s at %s", r.Method, r.URL, r.Host)
		}
		if diff := cmp.Diff([]string{"a b", "c"}, r.URL.Query()["q"]); diff != "" || r.RequestURI != "/organizations/org_1/users?tab=invited&q=a%20b&q=c" {
			t.Errorf("%s: %s", r.RequestURI, diff)
		}
		if got := r.Header.Get(httpapi.RequestID); got != "gateway-request-1" {
			t.Errorf("request id %q", got)
		}
		if got := r.PostFormValue("name"); got != "Acme ä" {
			t.Errorf("form: %q", got)
		}
		if _, limited := r.Context().Deadline(); !limited {
			t.Error("the page may take for ever")
		}
	})
}

// TestPagesTakeAnyPath: what the gateway has decoded is a path, whatever it looks like.
func TestPagesTakeAnyPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/", "/a b", "/ä/😀", "/100%", "/%zz", "/a%2Fb", "//evil.example.com/x", "/\\evil", "/a?b", "/a#b", "/a\nb", "/../../etc/passwd", "/" + strings.Repeat("a", 10_000), "",
	} {
		asked := false
		answer := visit(t, get(path, ""), func(w http.ResponseWriter, r *http.Request) {
			asked = true
			if r.URL.Path != path || r.URL.Host != "" || r.Host != "prism.test" {
				t.Errorf("%.40q arrives as %.40q at %q", path, r.URL.Path, r.URL.Host)
			}
			w.WriteHeader(http.StatusNotFound)
		})
		if !asked || answer.StatusCode != http.StatusNotFound {
			t.Errorf("%.40q: asked %v, got %d", path, asked, answer.StatusCode)
		}
	}
}

func TestPagesAnswer(t *testing.T) {
	t.Parallel()
	answer := visit(t, get("/", ""), func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", HttpOnly: true})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Add("Vary", "Cookie")
		w.Header().Add("Vary", "HX-Request")
		w.WriteHeader(http.StatusUnprocessableEntity)
		w.WriteHeader(http.StatusOK) // too late
		_, _ = io.WriteString(w, "<p>Hällo")
		_, _ = io.WriteString(w, " 😀")
	})
	want := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusUnprocessableEntity, Body: "<p>Hällo 😀", Cookies: []string{"a=1", "b=2; HttpOnly"},
		Headers: map[string]string{"content-type": "text/html; charset=utf-8", "vary": "Cookie, HX-Request"},
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
}

func TestPagesRedirect(t *testing.T) {
	t.Parallel()
	answer := visit(t, get("/old", ""), func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new?a=b", http.StatusSeeOther) })
	if answer.StatusCode != http.StatusSeeOther || answer.Headers["location"] != "/new?a=b" {
		t.Errorf("got %+v", answer)
	}
}

func TestPagesThatAreNoText(t *testing.T) {
	t.Parallel()
	font := []byte{0x77, 0x4f, 0x46, 0x32, 0xff, 0xfe, 0x00}
	answer := visit(t, get("/font.woff2", ""), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "font/woff2")
		_, _ = w.Write(font)
	})
	got, err := base64.StdEncoding.DecodeString(answer.Body)
	if err != nil || !answer.IsBase64Encoded || !bytes.Equal(got, font) || answer.StatusCode != http.StatusOK {
		t.Errorf("got %+v, %v", answer, err)
	}
	empty := visit(t, get("/", ""), func(http.ResponseWriter, *http.Request) {})
	if empty.StatusCode != http.StatusOK || empty.Body != "" || empty.IsBase64Encoded || len(empty.Headers) != 0 {
		t.Errorf("an empty answer: got %+v", empty)
	}
	untyped := visit(t, get("/", ""), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html><p>") })
	if got := untyped.Headers["content-type"]; got != "text/html; charset=utf-8" {
		t.Errorf("an answer that does not say what it is: got %q", got)
	}
}

func TestPagesRefuseAPayloadThatIsNone(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{``, `[]`, `{"isBase64Encoded":true,"body":"!"}`, `{"requestContext":{"http":{"method":"no method"}}}`} {
		pages := httpapi.Pages{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s reached a page", payload) })}
		if answer, err := pages.Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%s: got %s", payload, answer)
		}
	}
}

// FuzzPages: any path and query reaches the pages as it is, and no header can be made up by them.
func FuzzPages(f *testing.F) {
	for _, path := range []string{"/", "/invitations/accept/AQEB-_x", "//evil", "/%00", "/a\r\nSet-Cookie: a=b"} {
		f.Add(path, "next=%2F%2Fevil")
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		in := get(path, query)
		payload, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var sent events.APIGatewayV2HTTPRequest // as JSON can say it
		if err := json.Unmarshal(payload, &sent); err != nil {
			t.Fatal(err)
		}
		visit(t, in, func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path != sent.RawPath || r.URL.RawQuery != sent.RawQueryString || r.URL.Host != "" || len(r.Header) != 2 {
				t.Errorf("%q ? %q arrives as %q ? %q with %v", sent.RawPath, sent.RawQueryString, r.URL.Path, r.URL.RawQuery, r.Header)
			}
		})
	})
}
