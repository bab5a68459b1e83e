package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/telemetry"
)

// TestEveryKindHasItsStatus walks all kinds of errors, wrapped as operations wrap them.
func TestEveryKindHasItsStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]int{
		fault.BadRequest: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409, fault.Gone: 410, fault.Stale: 412,
		fault.TooLarge: 413, fault.UnsupportedMedia: 415, fault.Invalid: 422, fault.TooMany: 429, fault.Unavailable: 503,
	} {
		cause := errors.New("dial tcp 10.0.0.1:443: refused")
		failure := &fault.Error{
			Kind: kind, Code: "some_code", Message: "A sentence.", ExistingID: "inv_1", Missing: []string{"read"}, RetryAfter: 1500 * time.Millisecond, Err: cause,
			Fields: []fault.Field{{Pointer: "/name", Code: "required", Detail: "Enter a name."}},
		}
		r := &rig{do: func(context.Context) (outcome, error) { return outcome{}, fmt.Errorf("probe p_1: %w", failure) }}
		answer := call(t, r, post(`{"name":"a"}`))
		got := problemOf(t, answer)
		wanted := problem{
			Title: http.StatusText(want), Status: want, Detail: "A sentence.", Code: "some_code", Errors: failure.Fields, MissingPermissions: []string{"read"},
			ExistingID: "inv_1", RequestID: "gateway-request-1",
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
		if answer.Headers["retry-after"] != "2" {
			t.Errorf("%s: try again in %q seconds, want 2", kind, answer.Headers["retry-after"])
		}
		if httpapi.Status(failure) != want || strings.Contains(answer.Body, "10.0.0.1") {
			t.Errorf("%s: got %d %s", kind, answer.StatusCode, answer.Body)
		}
	}
}

func TestRetryAfterIsLeftOutWhereNothingIsSaid(t *testing.T) {
	t.Parallel()
	r := &rig{do: func(context.Context) (outcome, error) { return outcome{}, fault.Unknown() }}
	if answer := call(t, r, post(`{"name":"a"}`)); answer.Headers["retry-after"] != "" {
		t.Errorf("got %q", answer.Headers["retry-after"])
	}
}

// TestInternalErrorsStayInside: the caller learns the request id, the operator the cause, once.
func TestInternalErrorsStayInside(t *testing.T) {
	t.Parallel()
	r := &rig{do: func(context.Context) (outcome, error) { return outcome{}, errors.New("secret cause") }}
	in := post(`{"name":"hidden body"}`)
	answer := call(t, r, in)
	p := problemOf(t, answer)
	if p.Status != http.StatusInternalServerError || p.Code != "internal" || strings.Contains(answer.Body, "secret") {
		t.Errorf("got %s", answer.Body)
	}
	line := onlyLine(t, r)
	if line["level"] != "ERROR" || line["error"] != "secret cause" || line["request_id"] != "gateway-request-1" || line["code"] != "internal" || line["status"] != 500.0 {
		t.Errorf("logged %s", &r.log)
	}
}

// onlyLine returns the one line that a request logs. A body is in no line.
func onlyLine(t *testing.T, r *rig) map[string]any {
	t.Helper()
	text := strings.TrimSpace(r.log.String())
	var line map[string]any
	if err := json.Unmarshal([]byte(text), &line); err != nil || strings.Contains(text, "\n") {
		t.Fatalf("%v: logged %s, want one line", err, text)
	}
	if strings.Contains(text, "hidden") {
		t.Errorf("a body or a token is logged: %s", text)
	}
	return line
}

// TestLogLine: one line for each request, whatever becomes of it, with what it cost, and nothing of a token or a body.
func TestLogLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do            func(context.Context) (outcome, error)
		level, code   string
		status        float64
		rounds, asked float64
	}{
		"granted": {func(ctx context.Context) (outcome, error) {
			meter := telemetry.From(ctx)
			meter.Round()
			meter.Request(false)
			meter.Request(true)
			return outcome{Said: "hidden answer"}, nil
		}, "INFO", "", 200, 1, 2},
		"refused":     {func(context.Context) (outcome, error) { return outcome{}, fault.Unknown() }, "INFO", "not_found", 404, 0, 0},
		"unavailable": {func(context.Context) (outcome, error) { return outcome{}, fault.Busy() }, "ERROR", "unavailable", 503, 0, 0},
	} {
		in := post(`{"name":"hidden body"}`)
		in.RouteKey, in.RawPath = "POST /v1/invitations/{token}/probe", "/v1/invitations/hidden-token/probe"
		in.PathParameters = map[string]string{"o": "org_1", "b": "brd_2", "token": "hidden-token"}
		in.RawQueryString, in.Headers["authorization"] = "cursor=hidden", "Bearer hidden"
		in.Headers["x-correlation-id"], in.Headers["idempotency-key"] = "click-1", "hidden-key"
		r := &rig{do: c.do}
		call(t, r, in)
		line := onlyLine(t, r)
		want := map[string]any{
			"level": c.level, "msg": "request", "operation": "probe", "route": "POST /v1/invitations/{token}/probe", "status": c.status,
			"caller": account.UserID("https://issuer.test", "ada"), "scope": "organizations/org_1/brands/brd_2", "request_id": "gateway-request-1",
			"correlation_id": "click-1", "rounds": c.rounds, "requests": c.asked, "writes": min(c.rounds, 1),
		}
		if c.code != "" {
			want["code"] = c.code
		}
		if c.status == 404 { // what fails on our side is no refusal
			want["Refusals"] = 1.0
		}
		for _, changing := range []string{"time", "ms", "error"} {
			delete(line, changing)
		}
		if diff := cmp.Diff(want, line); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	r := &rig{
		do: func(context.Context) (outcome, error) { return outcome{Said: "a", status: http.StatusCreated}, nil },
		route: httpapi.Route[outcome]{
			Status: func(o outcome) int { return o.status }, Version: func(outcome) int { return 3 }, Location: func(o outcome) string { return "probes/" + o.Said },
		},
	}
	answer := call(t, r, post(`{"name":"a"}`))
	want := events.APIGatewayV2HTTPResponse{StatusCode: http.StatusCreated, Body: `{"said":"a"}`, Headers: map[string]string{
		"content-type": "application/json", "etag": `"3"`, "location": "/v1/probes/a", "cache-control": "no-store", "referrer-policy": "no-referrer",
		"x-content-type-options": "nosniff",
	}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Error(diff)
	}
	r.do = func(context.Context) (outcome, error) {
		return outcome{Said: "hidden", status: http.StatusNoContent}, nil
	}
	r.route.Version, r.route.Location = nil, nil
	answer = call(t, r, post(`{"name":"a"}`))
	if _, typed := answer.Headers["content-type"]; answer.StatusCode != http.StatusNoContent || answer.Body != "" || typed {
		t.Errorf("got %+v", answer)
	}
}

// TestCaller: who asks is known from the verified token alone.
func TestCaller(t *testing.T) {
	t.Parallel()
	in := post(`{"name":"a"}`)
	in.Headers["x-user"], in.Headers["authorization"] = "usr_eve", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUifQ."
	in.RequestContext.Authorizer.JWT.Claims["email"] = "eve@example.com"
	r := &rig{}
	call(t, r, in)
	if r.caller.User != account.UserID("https://issuer.test", "ada") {
		t.Errorf("got %+v", r.caller)
	}
	for name, authorizer := range map[string]*events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		"no authorizer": nil, "no JWT": {}, "no claims": {JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{}},
		"no subject": {JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"iss": "https://issuer.test"}}},
	} {
		in.RequestContext.Authorizer = authorizer
		call(t, r, in)
		if r.caller.User != "" {
			t.Errorf("%s: got %+v", name, r.caller)
		}
	}
}

func TestCorrelationID(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{"click-1": "click-1", "": "gateway-request-1", "a b": "gateway-request-1", "a\"}\n{": "gateway-request-1", strings.Repeat("x", 500): "gateway-request-1"} {
		in := post(`{"name":"a"}`)
		if sent != "" {
			in.Headers["x-correlation-id"] = sent
		}
		r := &rig{}
		call(t, r, in)
		if got := r.caller.Request.CorrelationID; got != want || r.caller.Request.ID != "gateway-request-1" {
			t.Errorf("%.20q: got %+v", sent, r.caller.Request)
		}
	}
}

// TestDeadline: an operation is told to end before the gateway gives up.
func TestDeadline(t *testing.T) {
	t.Parallel()
	r := &rig{do: func(ctx context.Context) (outcome, error) {
		deadline, set := ctx.Deadline()
		if left := time.Until(deadline); !set || left > 5*time.Second || left < 3*time.Second {
			t.Errorf("the operation has %s", left)
		}
		return outcome{}, nil
	}}
	call(t, r, post(`{"name":"a"}`))
}

func TestPayloadThatIsNone(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{``, `{`, `[]`, `{"headers":5}`} {
		r := &rig{}
		if answer, err := r.handler().Invoke(t.Context(), []byte(payload)); err == nil || r.in != nil {
			t.Errorf("%q: got %s", payload, answer)
		}
	}
	in := post("not base64!")
	in.IsBase64Encoded = true
	if p := problemOf(t, call(t, &rig{}, in)); p.Status != http.StatusInternalServerError {
		t.Errorf("broken base64: got %+v", p)
	}
}
