package gateway

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/infra/local/template"
)

const (
	account     = "000000000000"
	apiID       = "local"
	clockFormat = "02/Jan/2006:15:04:05 -0700"
)

// newEvent writes a request as payload 2.0. Path is the decoded path.
//
// Sources: "Working with AWS Lambda proxy integrations for HTTP APIs" in the API Gateway developer guide; where it is
// silent, what others measured against the service: rawPath is decoded (rawQueryString is not), cookies stand in no
// header, and every content type but text/*, JSON, XML and JavaScript is base64, forms and a missing one included.
func newEvent(r *http.Request, route template.Route, path string, parameters map[string]string, body []byte, requestID string) events.APIGatewayV2HTTPRequest {
	now := time.Now().UTC()
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	prefix, _, _ := strings.Cut(host, ".")
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: route.Key(), RawPath: path, RawQueryString: r.URL.RawQuery,
		Headers: headers(r), Cookies: cookies(r), QueryStringParameters: query(r.URL.RawQuery), PathParameters: parameters,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: route.Key(), AccountID: account, Stage: "$default", RequestID: requestID, APIID: apiID,
			DomainName: host, DomainPrefix: prefix, Time: now.Format(clockFormat), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: sourceIP(r), UserAgent: r.UserAgent(),
			},
		},
	}
	if isText(r.Header.Get("Content-Type")) {
		event.Body = string(body)
	} else if len(body) > 0 {
		event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return event
}

// decodedPath is the path as routes see it. Encoded slashes have become slashes, so that /a%2Fb has two segments, and
// what follows an encoded question mark is lost.
func decodedPath(u *url.URL) string {
	path, _, _ := strings.Cut(u.Path, "?")
	return path
}

func headers(r *http.Request) map[string]string {
	out := map[string]string{}
	for name, values := range r.Header {
		if name != "Cookie" {
			out[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	out["host"] = r.Host
	out["content-length"] = fmt.Sprint(max(r.ContentLength, 0))
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	// The service overwrites what a client claims about itself, except that it appends to the chain of addresses.
	out["x-forwarded-port"], out["x-forwarded-proto"] = port, "http"
	if before := out["x-forwarded-for"]; before != "" {
		out["x-forwarded-for"] = before + ", " + sourceIP(r)
	} else {
		out["x-forwarded-for"] = sourceIP(r)
	}
	return out
}

func cookies(r *http.Request) []string {
	var out []string
	for _, line := range r.Header.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				out = append(out, cookie)
			}
		}
	}
	return out
}

// query decodes the query; values of a name that comes more than once are joined by commas.
func query(raw string) map[string]string {
	values, _ := url.ParseQuery(raw) // what cannot be decoded is left out
	if len(values) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, all := range values {
		out[name] = strings.Join(all, ",")
	}
	return out
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func isText(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}
