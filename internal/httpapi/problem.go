package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/fault"
)

// statuses is the one map from the kind of an error to its status.
var statuses = map[fault.Kind]int{
	fault.BadRequest:       http.StatusBadRequest,
	fault.Unauthenticated:  http.StatusUnauthorized,
	fault.Forbidden:        http.StatusForbidden,
	fault.NotFound:         http.StatusNotFound,
	fault.Conflict:         http.StatusConflict,
	fault.Gone:             http.StatusGone,
	fault.Stale:            http.StatusPreconditionFailed,
	fault.TooLarge:         http.StatusRequestEntityTooLarge,
	fault.UnsupportedMedia: http.StatusUnsupportedMediaType,
	fault.Invalid:          http.StatusUnprocessableEntity,
	fault.TooMany:          http.StatusTooManyRequests,
	fault.Unavailable:      http.StatusServiceUnavailable,
}

// Status returns the HTTP status of an error: 500 for what is no fault.
func Status(err error) int {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return statuses[known.Kind]
	}
	return http.StatusInternalServerError
}

// body is problem+json (RFC 9457) with the extensions of this API.
type body struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	fault.Detail
	RequestID string `json:"request_id"`
}

// problem returns the answer for an error. Of an internal one nothing but the request id leaves.
func problem(err error, requestID string) events.APIGatewayV2HTTPResponse {
	var known *fault.Error
	if !errors.As(err, &known) {
		known = &fault.Error{Code: "internal", Message: "Something went wrong on our side. The request id tells us what."}
	}
	status := Status(err)
	answer := events.APIGatewayV2HTTPResponse{StatusCode: status, Headers: headers("application/problem+json")}
	if known.RetryAfter > 0 {
		answer.Headers["retry-after"] = strconv.Itoa(known.RetrySeconds())
	}
	text, _ := json.Marshal(body{Title: http.StatusText(status), Status: status, Detail: known.Public(), RequestID: requestID})
	answer.Body = string(text)
	return answer
}

func codeOf(err error) string {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return known.Code
	}
	return "internal"
}
