// Package httpapi is the edge of the API: it turns what API Gateway hands over into an operation's input, and its outcome into an
// answer: decode, Validate, Do, encode. openapi.yaml is the contract.
package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/authn"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
)

// Input is what an operation takes.
type Input interface {
	// Validate returns all bad fields at once.
	Validate() []fault.Field
}

// Itemized is the Input of a call for several people, each with a result of their own. What is wrong with one of them alone refuses
// nobody else; a call that is refused for something else names it as well.
type Itemized interface {
	// ValidateItems returns all that is wrong with single items.
	ValidateItems() []fault.Field
}

// Route says how an operation's outcome is answered.
type Route[Out any] struct {
	Operation string
	Status    func(Out) int           // nil: 200
	Version   func(Out) int           // of the thing answered, for its ETag; nil, or 0: none
	Location  func(Out) string        // of what was created, without the version prefix; nil: none
	CSV       func(in any) Table[Out] // for whoever prefers that; nil: JSON alone
}

// Handler serves one operation.
type Handler[In Input, Out any] struct {
	Route  Route[Out]
	Do     func(context.Context, request.Caller, In) (Out, error)
	Logger *slog.Logger
	Now    func() time.Time
}

// deadline ends a request before the gateway would, and in time to say so.
const deadline = 4500 * time.Millisecond

// Invoke implements lambda.Handler for API Gateway's payload 2.0.
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func (h Handler[In, Out]) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	started := h.Now()
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	ctx, meter := telemetry.WithMeter(ctx)
	caller := callerOf(in)
	answer, err := h.serve(ctx, caller, in)
	if err != nil {
		answer = problem(err, caller.Request.ID)
	}
	h.log(ctx, caller, in, answer.StatusCode, err, h.Now().Sub(started), meter)
	return json.Marshal(answer)
}

func (h Handler[In, Out]) serve(ctx context.Context, caller request.Caller, raw events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	var in In
	fields, err := bind(raw, &in)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	further := in.Validate()
	if itemized, is := any(in).(Itemized); is && len(fields)+len(further) > 0 {
		further = append(further, itemized.ValidateItems()...)
	}
	if err := fault.Fields(complete(fields, further)); err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	if h.Route.CSV != nil && prefersCSV(raw.Headers["accept"]) {
		return h.csv(ctx, caller, raw, in)
	}
	out, err := h.Do(ctx, caller, in)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	return h.encode(out)
}

// complete returns all complaints: those about what could not be read, and of the others those that they do not cause.
func complete(unread, further []fault.Field) []fault.Field {
	all := slices.Clone(unread)
	for _, field := range further {
		caused := slices.ContainsFunc(unread, func(u fault.Field) bool {
			return u.Pointer == "" || u.Pointer == field.Pointer || strings.HasPrefix(field.Pointer, u.Pointer+"/")
		})
		if !caused {
			all = append(all, field)
		}
	}
	return all
}

func (h Handler[In, Out]) encode(out Out) (events.APIGatewayV2HTTPResponse, error) {
	answer := events.APIGatewayV2HTTPResponse{StatusCode: http.StatusOK, Headers: headers("application/json")}
	if h.Route.Status != nil {
		answer.StatusCode = h.Route.Status(out)
	}
	if h.Route.Version != nil && h.Route.Version(out) != 0 {
		answer.Headers["etag"] = `"` + strconv.Itoa(h.Route.Version(out)) + `"`
	}
	if h.Route.Location != nil {
		answer.Headers["location"] = pathPrefix + h.Route.Location(out)
	}
	if answer.StatusCode == http.StatusNoContent {
		delete(answer.Headers, "content-type")
		return answer, nil
	}
	body, err := page.Marshal(out)
	answer.Body = string(body)
	return answer, err
}

// pathPrefix is the version of the API in its paths.
const pathPrefix = "/v1/"

func headers(contentType string) map[string]string {
	return map[string]string{
		"content-type": contentType, "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
	}
}

// log writes the one line of a request: never a token, a body or a path that may hold one.
func (h Handler[In, Out]) log(ctx context.Context, caller request.Caller, in events.APIGatewayV2HTTPRequest, status int, err error, took time.Duration, meter *telemetry.Meter) {
	requests, writes := meter.Requests()
	attrs := []slog.Attr{
		slog.String("operation", h.Route.Operation), slog.String("route", in.RouteKey), slog.Int("status", status),
		slog.String("caller", caller.User), slog.String("scope", scopeOf(in.PathParameters)), slog.String("request_id", caller.Request.ID),
		slog.String("correlation_id", caller.Request.CorrelationID), slog.Float64("ms", math.Round(float64(took.Microseconds()))/1000),
		slog.Int("rounds", meter.Rounds()), slog.Int("requests", requests), slog.Int("writes", writes),
	}
	level := slog.LevelInfo
	if err != nil {
		attrs = append(attrs, slog.String("code", codeOf(err)))
		if status < http.StatusInternalServerError {
			attrs = append(attrs, telemetry.Refusals.One())
		}
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	h.Logger.LogAttrs(ctx, level, "request", attrs...)
}

func scopeOf(path map[string]string) string {
	switch {
	case path["b"] != "":
		return "organizations/" + path["o"] + "/brands/" + path["b"]
	case path["o"] != "":
		return "organizations/" + path["o"]
	case path["w"] != "":
		return "workspaces/" + path["w"]
	default:
		return ""
	}
}

// callerOf returns who asks: the claims of the token that the gateway's authorizer has verified.
func callerOf(in events.APIGatewayV2HTTPRequest) request.Caller {
	var caller request.Caller
	if auth := in.RequestContext.Authorizer; auth != nil && auth.JWT != nil {
		caller = authn.FromClaims(auth.JWT.Claims)
	}
	caller.Request = request.Request{ID: in.RequestContext.RequestID, CorrelationID: in.RequestContext.RequestID}
	if id := in.Headers["x-correlation-id"]; request.IsToken(id) {
		caller.Request.CorrelationID = id
	}
	if in.RequestContext.HTTP.Method == http.MethodPost {
		caller.Request.IdempotencyKey = in.Headers["idempotency-key"]
		caller.Request.Fingerprint = request.Fingerprint(in.RequestContext.HTTP.Method, in.RawPath, in.RawQueryString, in.Body)
	}
	return caller
}

// bodyOf returns the body as it was sent.
func bodyOf(in events.APIGatewayV2HTTPRequest) ([]byte, error) {
	if !in.IsBase64Encoded {
		return []byte(in.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(in.Body)
	if err != nil {
		return nil, errors.New("the gateway's base64 is broken")
	}
	return body, nil
}

// isJSON reports whether a content type is JSON.
func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}
