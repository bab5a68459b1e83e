package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// Pages serves an http.Handler as a function behind API Gateway (payload 2.0).
type Pages struct {
	Handler http.Handler
}

// RequestID is the header in which a page's handler finds the gateway's request id.
const RequestID = "X-Request-Id"

// Invoke implements lambda.Handler.
func (p Pages) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	r, err := httpRequest(ctx, in)
	if err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	p.Handler.ServeHTTP(w, r)
	return json.Marshal(w.answer())
}

func httpRequest(ctx context.Context, in events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body, err := bodyOf(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, in.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	r.URL = &url.URL{Path: in.RawPath, RawQuery: in.RawQueryString} // the gateway has decoded the path: it is not to be parsed again
	r.RequestURI = r.URL.RequestURI()
	for name, value := range in.Headers {
		r.Header.Set(name, value)
	}
	if len(in.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(in.Cookies, "; "))
	}
	r.Header.Set(RequestID, in.RequestContext.RequestID)
	r.Host = in.RequestContext.DomainName
	if host := in.Headers["host"]; host != "" {
		r.Host = host
	}
	r.RemoteAddr = in.RequestContext.HTTP.SourceIP
	return r, nil
}

// recorder is the http.ResponseWriter that becomes an answer.
type recorder struct {
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

func (p *recorder) Header() http.Header { return p.header }

func (p *recorder) WriteHeader(status int) {
	if !p.written {
		p.status, p.written = status, true
	}
}

func (p *recorder) Write(b []byte) (int, error) {
	p.written = true
	return p.body.Write(b)
}

func (p *recorder) answer() events.APIGatewayV2HTTPResponse {
	answer := events.APIGatewayV2HTTPResponse{StatusCode: p.status, Headers: map[string]string{}, Cookies: p.header["Set-Cookie"]}
	for name, values := range p.header {
		if name != "Set-Cookie" {
			answer.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if answer.Headers["content-type"] == "" && p.body.Len() > 0 {
		answer.Headers["content-type"] = http.DetectContentType(p.body.Bytes())
	}
	if utf8.Valid(p.body.Bytes()) {
		answer.Body = p.body.String()
		return answer
	}
	answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(p.body.Bytes()), true
	return answer
}
