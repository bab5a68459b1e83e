package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/boot"
	"prism-access/internal/event"
	"prism-access/internal/httpapi"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
)

// api is the deployed API as the importer meets it, on the real table: whose it is, the token does not say. All that it is asked is held
// against its contract.
type api struct {
	*testbed.Scene
	t        *testing.T
	as       *testbed.Someone // who asks; nil: Ada
	url      string
	contract *spec.Contract
	handlers map[string]lambda.Handler

	mu    sync.Mutex
	asked []string                                                                // method and path
	fault func(posts int, w http.ResponseWriter, serve func(http.ResponseWriter)) // of POST; nil: none
	posts int
}

func newAPI(t *testing.T) *api {
	t.Helper()
	contract, err := spec.Load(httpapi.Spec())
	if err != nil {
		t.Fatal(err)
	}
	a := &api{Scene: testbed.NewScene(t), t: t, contract: contract, handlers: map[string]lambda.Handler{}}
	env := a.Environment()
	for name, function := range map[string]boot.Function{
		"list-brands": boot.ListBrands, "list-invitations": boot.ListInvitations, "create-invitations": boot.CreateInvitations, "get-invitation": boot.GetInvitation, "get-member": boot.GetMember,
		"list-audit-log": boot.ListAuditLog,
	} {
		a.handlers[name], err = boot.New(function, boot.Options{
			Getenv: func(name string) string { return env[name] }, Now: a.Now, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve := func(w http.ResponseWriter) { a.serve(w, r) }
	a.mu.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	if r.Method == http.MethodPost {
		a.posts++
	}
	fault, posts := a.fault, a.posts
	a.mu.Unlock()
	if fault != nil && r.Method == http.MethodPost {
		fault(posts, w, serve)
		return
	}
	serve(w)
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	operation, parameters, known := a.contract.Find(r.Method, r.URL.Path)
	handler := a.handlers[operation.Function]
	if !known || handler == nil {
		a.t.Errorf("%s %s is not what an importer asks", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	in := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: operation.Method + " " + operation.Path, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery, Body: string(body),
		Headers: map[string]string{}, QueryStringParameters: map[string]string{}, PathParameters: parameters,
	}
	for name := range r.Header {
		in.Headers[strings.ToLower(name)] = r.Header.Get(name)
	}
	for name := range r.URL.Query() {
		in.QueryStringParameters[name] = r.URL.Query().Get(name)
	}
	in.RequestContext.RequestID = ulid.Make().String()
	in.RequestContext.HTTP.Method, in.RequestContext.HTTP.Path = r.Method, r.URL.Path
	who := a.Ada
	if a.as != nil {
		who = *a.as
	}
	in.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: a.Claims(who)},
	}
	payload, err := json.Marshal(in)
	if err != nil {
		a.t.Error(err)
	}
	text, err := handler.Invoke(context.WithoutCancel(r.Context()), payload)
	var answer events.APIGatewayV2HTTPResponse
	if err != nil || json.Unmarshal(text, &answer) != nil {
		a.t.Errorf("%s: %v", operation.ID, err)
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	exchange := spec.Exchange{
		Method: r.Method, Target: r.URL.String(), RequestBody: body, Status: answer.StatusCode, Header: w.Header(), ResponseBody: []byte(answer.Body),
	}
	if err := a.contract.Check(exchange); err != nil {
		a.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.WriteString(w, answer.Body) // a client gone does not matter
}

// take returns how many calls of a method were made since it was asked last.
func (a *api) take(method string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	count := 0
	for _, one := range a.asked {
		if strings.HasPrefix(one, method) {
			count++
		}
	}
	a.asked, a.posts = nil, 0
	return count
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close() // it may be closed already
	}
}

// bring imports the file, and returns what was printed and the error. It waits for nothing; waited gets how long it would have.
func (a *api) bring(file string, waited *[]time.Duration, settings ...string) (string, error) {
	env := map[string]string{"FILE": file, "ORG": a.ID, "BASE": a.url, "TOKEN": "ada"}
	for _, one := range settings {
		name, value, _ := strings.Cut(one, "=")
		env[name] = value
	}
	var out bytes.Buffer
	err := run(a.t.Context(), func(name string) string { return env[name] }, &out, func(_ context.Context, d time.Duration) error {
		if waited != nil {
			*waited = append(*waited, d)
		}
		return nil
	})
	return out.String(), err
}

// write writes a CSV file of those rows.
func write(t *testing.T, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "members.csv")
	if err := os.WriteFile(path, []byte("email,name,role,brands\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ends checks the last line that was printed.
func (a *api) ends(out string, err error, want string) {
	a.t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if got := lines[len(lines)-1]; err != nil || got != want+" Nobody was mailed." {
		a.t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// nobodyMailed checks that no entry asks for a mail, and returns how often each type is there.
func (a *api) nobodyMailed(log []testbed.Logged) map[string]int {
	a.t.Helper()
	types := map[string]int{}
	for _, entry := range log {
		types[entry.Type]++
		notify := true
		switch fact := entry.Fact.(type) {
		case event.InvitationCreated:
			notify = fact.Notify
		case event.MemberAdded:
			notify = fact.Notify
		case event.MemberRoleChanged:
			notify = fact.Notify
		}
		if notify {
			a.t.Errorf("%s of %s asks for a mail", entry.Type, entry.User)
		}
	}
	return types
}
