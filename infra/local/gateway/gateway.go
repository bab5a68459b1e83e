// Package gateway serves the routes of the template as an HTTP API of API Gateway does: it verifies tokens, turns real
// requests into events of payload format 2.0, and answers of functions into real responses.
package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/template"
)

// Limits of the service. They cannot be raised there, except the header's.
const (
	maxBody    = 10 << 20
	maxHeader  = 10 << 10 // request line and headers together
	waitForAll = 30 * time.Second
)

// Options are what a gateway serves.
type Options struct {
	Routes      []template.Route
	Authorizers map[string]template.Authorizer
	Functions   map[string]*invoke.Function // by logical id
	Keys        Keys
	Timeout     time.Duration // for a function to answer; 0 stands for the service's 30 s
}

// Gateway is the handler of an HTTP API.
type Gateway struct {
	routes      []template.Route
	authorizers map[string]template.Authorizer
	functions   map[string]*invoke.Function
	keys        Keys
	timeout     time.Duration
}

// New returns the handler, or an error for a route that leads to no function or demands a token nobody verifies.
func New(o Options) (*Gateway, error) {
	for _, route := range o.Routes {
		if o.Functions[route.Function] == nil {
			return nil, fmt.Errorf("route %s: there is no function %s", route.Key(), route.Function)
		}
		if _, ok := o.Authorizers[route.Authorizer]; route.Authorizer != "" && !ok {
			return nil, fmt.Errorf("route %s: there is no authorizer %s", route.Key(), route.Authorizer)
		}
	}
	if o.Timeout == 0 {
		o.Timeout = waitForAll
	}
	return &Gateway{routes: o.Routes, authorizers: o.Authorizers, functions: o.Functions, keys: o.Keys, timeout: o.Timeout}, nil
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := invoke.UUID()
	w.Header().Set("Apigw-Requestid", requestID)
	if headerSize(r) > maxHeader {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	path := decodedPath(r.URL)
	route, parameters, ok := g.match(r.Method, path)
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	var authorizer *events.APIGatewayV2HTTPRequestContextAuthorizerDescription
	if route.Authorizer != "" {
		token, refused := authorize(r.Header.Get("Authorization"), g.authorizers[route.Authorizer], route.Scopes, g.keys)
		if refused != nil {
			w.Header().Set("Www-Authenticate", refused.challenge)
			refuse(w, refused.status, http.StatusText(refused.status))
			return
		}
		authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: token}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	if len(body) > maxBody {
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	event := newEvent(r, route, path, parameters, body, requestID)
	event.RequestContext.Authorizer = authorizer
	g.invoke(w, r, g.functions[route.Function], event)
}

func (g *Gateway) invoke(w http.ResponseWriter, r *http.Request, f *invoke.Function, event events.APIGatewayV2HTTPRequest) {
	payload, err := json.Marshal(event)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		// A client that goes away ends no function.
		answer, err := f.Invoke(context.WithoutCancel(r.Context()), payload)
		done <- outcome{answer, err}
	}()
	select {
	case o := <-done:
		if o.err == nil {
			o.err = respond(w, r, o.answer)
		}
		switch {
		case errors.Is(o.err, invoke.ErrTooLarge):
			refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		case errors.Is(o.err, invoke.ErrThrottled):
			refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
		case o.err != nil:
			slog.ErrorContext(r.Context(), "function failed", "function", f.Name, "route", event.RouteKey, "error", o.err)
			refuse(w, http.StatusInternalServerError, "Internal Server Error")
		}
	case <-time.After(g.timeout):
		slog.ErrorContext(r.Context(), "function took too long for the gateway", "function", f.Name, "route", event.RouteKey)
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case <-r.Context().Done():
	}
}

// refuse answers in the service's own words.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // a client gone does not matter
}

func headerSize(r *http.Request) int {
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + 4
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + 4
		}
	}
	return size
}
