// Package fault is the one error type of Prism Access: what went wrong in the caller's terms, kept apart from its cause.
//
// An Error serves three readers: the program (Kind, Code), the caller (Message, Fields) and the operator (Err).
// An error that is no *Error is internal: the edge shows a general sentence and logs the error itself.
package fault

import (
	"errors"
	"time"
)

// Kind is the family of an error. It is itself an error, so that errors.Is(err, fault.Conflict) works from anywhere.
type Kind string

// The kinds; the edge maps each to one HTTP status.
const (
	BadRequest       Kind = "bad request"       // 400: the request cannot be read
	Unauthenticated  Kind = "unauthenticated"   // 401: nobody is signed in
	Forbidden        Kind = "forbidden"         // 403: signed in, permission missing
	NotFound         Kind = "not found"         // 404: unknown, or not the caller's to see
	Conflict         Kind = "conflict"          // 409: the present state does not allow it
	Gone             Kind = "gone"              // 410: it was there once
	Stale            Kind = "stale"             // 412: changed since the caller read it
	TooLarge         Kind = "too large"         // 413
	UnsupportedMedia Kind = "unsupported media" // 415
	Invalid          Kind = "invalid"           // 422: well-formed, but fields are wrong
	TooMany          Kind = "too many"          // 429: a counted limit
	Unavailable      Kind = "unavailable"       // 503: a dependency does not answer
)

// Error makes a Kind usable as the target of errors.Is.
func (k Kind) Error() string { return string(k) }

// Field is one thing wrong with the input.
type Field struct {
	Pointer string `json:"pointer"` // JSON pointer into the body (RFC 6901), or "?name" for a query parameter
	Code    string `json:"code"`
	Detail  string `json:"detail"` // a sentence in the caller's terms
}

// Error is an error that may be shown to the caller.
type Error struct {
	Kind       Kind
	Code       string         // stable, snake_case; clients build on it
	Message    string         // one safe sentence
	Fields     []Field        // all bad fields at once
	Missing    []string       // the permissions a 403 lacked
	ExistingID string         // what a 409 collided with
	Counts     map[string]int // of what is in the way of a 409, by name
	RetryAfter time.Duration  // when trying again may work; 0: not said
	Err        error          // the cause, for the log only
}

// New returns an Error without further details.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// ConfirmationRequired is the code of a missing typed confirmation (R11, R26).
const ConfirmationRequired = "confirmation_required"

// Fields returns the 422 for bad fields, or nil when there are none. When nothing but a typed confirmation is missing, that is the code.
func Fields(fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	if len(fields) == 1 && fields[0].Code == ConfirmationRequired {
		return &Error{Kind: Invalid, Code: ConfirmationRequired, Message: fields[0].Detail, Fields: fields}
	}
	return &Error{Kind: Invalid, Code: "invalid_input", Message: "Some fields are not valid.", Fields: fields}
}

// Unknown is the one answer for ids that do not exist and ids that are not the caller's to see (R19).
func Unknown() *Error {
	return New(NotFound, "not_found", "There is nothing here that you may see.")
}

// Busy is the 503 for what is being changed by others right now.
func Busy() *Error {
	err := New(Unavailable, "unavailable", "This is being changed by somebody else right now. Try again in a moment.")
	err.RetryAfter = time.Second
	return err
}

func (e *Error) Error() string {
	text := e.Code + ": " + e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's Kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// Of returns the error as one that may be shown: what it carries, or for an internal one that this could not be done now.
func Of(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	return &Error{Kind: Unavailable, Code: "unavailable", Message: "This one could not be saved. Try it again.", Err: err}
}

// HasCode reports whether err carries the code.
func HasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
