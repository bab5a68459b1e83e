package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// probe is an input with every kind of field that inputs have.
type probe struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"i"`
	IfMatch int          `header:"If-Match"`
	DryRun  bool         `query:"dry_run"`
	Filter  string       `query:"filter"`
	page.Query
	Name  string       `json:"name"`
	Note  *string      `json:"note"`
	Days  *int         `json:"days"`
	Quiet bool         `json:"quiet"`
	Tags  []string     `json:"tags"`
	List  []item       `json:"list"`
	In    access.Scope `json:"in"`
	Fresh []string     // of the console alone
}

type item struct {
	Email string `json:"email"`
}

func (p probe) Validate() []fault.Field {
	fields := p.Query.Validate()
	if p.Name == "" {
		fields = append(fields, fault.Field{Pointer: "/name", Code: "required", Detail: "Enter a name."})
	}
	if len(p.Tags) > 2 {
		fields = append(fields, fault.Field{Pointer: "/tags/2", Code: "too_many", Detail: "Two tags."})
	}
	return fields
}

// outcome is what the probe's operation answers.
type outcome struct {
	Said   string `json:"said"`
	status int
}

// rig is an operation behind the edge: it keeps what it is asked, and does what the test says.
type rig struct {
	log    bytes.Buffer
	caller request.Caller
	in     *probe // nil: the operation was not asked
	do     func(context.Context) (outcome, error)
	route  httpapi.Route[outcome]
}

func (r *rig) handler() httpapi.Handler[probe, outcome] {
	r.route.Operation = "probe"
	return httpapi.Handler[probe, outcome]{
		Route: r.route, Now: time.Now, Logger: slog.New(slog.NewJSONHandler(&r.log, nil)),
		Do: func(ctx context.Context, caller request.Caller, in probe) (outcome, error) {
			r.caller, r.in = caller, &in
			if r.do == nil {
				return outcome{Said: "hello"}, nil
			}
			return r.do(ctx)
		},
	}
}

// post returns a request with a body, as API Gateway hands it over.
func post(body string) events.APIGatewayV2HTTPRequest {
	in := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /v1/organizations/{o}/probes/{i}", RawPath: "/v1/organizations/org_1/probes/p_1", Body: body,
		Headers: map[string]string{"content-type": "application/json"}, PathParameters: map[string]string{"o": "org_1", "i": "p_1"},
	}
	in.RequestContext.RequestID = "gateway-request-1"
	in.RequestContext.HTTP.Method = http.MethodPost
	in.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"iss": "https://issuer.test", "sub": "ada"}},
	}
	return in
}

// problem is an error as callers get it.
type problem struct {
	Title, Detail, Code string
	Status              int
	Errors              []fault.Field
	MissingPermissions  []string `json:"missing_permissions"`
	ExistingID          string   `json:"existing_id"`
	RequestID           string   `json:"request_id"`
}

// call sends a request through the edge.
func call(t testing.TB, r *rig, in events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	return invoke(t, r.handler(), in)
}

// invoke sends a request to a handler.
func invoke(t testing.TB, handler lambda.Handler, in events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := handler.Invoke(context.Background(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// refused sends a request that has to be refused without asking the operation.
func refused(t testing.TB, in events.APIGatewayV2HTTPRequest) problem {
	t.Helper()
	r := &rig{}
	answer := call(t, r, in)
	if r.in != nil {
		t.Errorf("the operation was asked %+v", *r.in)
	}
	return problemOf(t, answer)
}

// problemOf reads a problem and holds what is the same for all: its media type, status, request id, and that nobody keeps it.
func problemOf(t testing.TB, answer events.APIGatewayV2HTTPResponse) problem {
	t.Helper()
	var p problem
	dec := json.NewDecoder(strings.NewReader(answer.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		t.Fatalf("%d %s: %v", answer.StatusCode, answer.Body, err)
	}
	if p.Status != answer.StatusCode || p.Title != http.StatusText(answer.StatusCode) || p.RequestID != "gateway-request-1" || p.Code == "" || p.Detail == "" {
		t.Errorf("got %d %s", answer.StatusCode, answer.Body)
	}
	for name, want := range map[string]string{
		"content-type": "application/problem+json", "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
	} {
		if got := answer.Headers[name]; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	return p
}

// pointers returns what a problem complains about, as "pointer code".
func pointers(p problem) []string {
	var out []string
	for _, field := range p.Errors {
		out = append(out, field.Pointer+" "+field.Code)
	}
	return out
}
