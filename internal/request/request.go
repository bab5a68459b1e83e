// Package request holds who asks and with which request: the Caller that every operation takes, and how a repeated
// request is recognised.
package request

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/fault"
)

// Caller is who asks, known from a verified token or session, and the request they ask with.
type Caller struct {
	User    string // usr_...; empty: nobody is signed in
	Scopes  string // what the token is good for, apart by spaces; a session has none
	Client  bool   // another system with a token of its own, which is good for its scopes alone
	Request Request
}

// The scopes of tokens. Those of people have ScopeUser and are good for everything.
const (
	ScopeUser         = "access.user"
	ScopeCheck        = "access.check" // lets a client, whoever it acts for, ask what anybody may do
	ScopeReadMembers  = "members.read"
	ScopeWriteMembers = "members.write"
)

// HasScope reports whether the token has a scope. Cognito puts the name of the template's resource server before it.
func (c Caller) HasScope(scope string) bool {
	return slices.ContainsFunc(strings.Fields(c.Scopes), func(has string) bool { return has == scope || has == resourceServer+scope })
}

const resourceServer = "prism/"

// Request is what a log entry and a repeated request are recognised by.
type Request struct {
	ID             string // of this request
	CorrelationID  string // of all that one click caused
	IdempotencyKey string // the caller's, empty when none was sent
	Item           string // number of the one of several things in the call, empty for the call as a whole
	Fingerprint    string // of what was asked, so that a key is not used for something else
}

// SignedIn returns fault.Unauthenticated when nobody is signed in, and fault.Forbidden with code scope_missing when a client asks whose token has
// none of the scopes. What names no scope is for people alone.
func (c Caller) SignedIn(scopes ...string) error {
	switch {
	case c.User == "":
		return fault.New(fault.Unauthenticated, "not_signed_in", "Sign in first.")
	case c.Client && !slices.ContainsFunc(scopes, c.HasScope):
		return fault.New(fault.Forbidden, "scope_missing", "The scopes of this token do not allow this.")
	}
	return nil
}

// Item returns the caller as they ask for one of the several things of a call, numbered from 0: it is done once, however often the call comes.
func (c Caller) Item(n int) Caller {
	c.Request.Item = strconv.Itoa(n)
	return c
}

// Records keeps what requests with an Idempotency-Key have done. The record is written by the transaction of the change itself.
type Records interface {
	// Recorded returns the record of the caller's key, and whether there is one.
	Recorded(ctx context.Context, caller Caller) (Record, bool, error)
}

// ItemRecords keeps what requests with an Idempotency-Key have done with each of several things.
type ItemRecords interface {
	// RecordedItems returns the record of the caller's key with its items, and whether there is one.
	RecordedItems(ctx context.Context, caller Caller) (Record, bool, error)
}

// Record is what is kept of a request: no answer and nothing secret, just what it made.
type Record struct {
	Fingerprint string
	Result      []string       // ids of what was made, in order
	Items       map[int]string // the same of a request about several things, by the number of the thing
}

// attempts bounds how often a change starts again when somebody changed what it had read.
const attempts = 4

// Retry runs do, from fresh reads again while somebody else's change overtakes it. A caller who lost a right meanwhile so
// gets the refusal that belongs to what they are now.
func Retry[T any](do func() (T, error)) (T, error) {
	for range attempts {
		out, err := do()
		if !fault.HasCode(err, overtaken) {
			return out, err
		}
	}
	var none T
	return none, fault.Busy()
}

const overtaken = "changed_meanwhile"

// Overtaken says that what a transaction had read is not so any more. It never leaves Retry.
func Overtaken() *fault.Error {
	return fault.New(fault.Conflict, overtaken, "Somebody changed this at the same moment.")
}

// IsOvertaken reports whether err is Overtaken.
func IsOvertaken(err error) bool { return fault.HasCode(err, overtaken) }

// Repeated says that a change with the caller's Idempotency-Key was made before. It never leaves Once.
func Repeated() *fault.Error {
	return fault.New(fault.Conflict, repeated, "This request was sent before.")
}

const repeated = "repeated"

// IsRepeated reports whether err is Repeated.
func IsRepeated(err error) bool { return fault.HasCode(err, repeated) }

// Recall returns what look finds of an earlier request with the caller's Idempotency-Key, and whether there was one: none without a key, and
// KeyReused when the key belongs to another request.
func Recall(ctx context.Context, caller Caller, look func(context.Context, Caller) (Record, bool, error)) (Record, bool, error) {
	if caller.Request.IdempotencyKey == "" {
		return Record{}, false, nil
	}
	record, found, err := look(ctx, caller)
	switch {
	case err != nil || !found:
		return Record{}, false, err
	case record.Fingerprint != caller.Request.Fingerprint:
		return Record{}, false, KeyReused()
	}
	return record, true, nil
}

// Once runs do as Retry does. When do fails and the caller's Idempotency-Key was used before, it answers what the first request made
// (through again), or 422 when the key belongs to another request. A request so costs a further read only when it fails.
func Once[T any](ctx context.Context, records Records, caller Caller, do func() (T, error), again func(Record) (T, error)) (T, error) {
	out, err := Retry(do)
	if err == nil {
		return out, nil
	}
	if IsRepeated(err) { // and what the first request made may be hard to find out
		err = fault.Busy()
	}
	record, found, lookupErr := Recall(ctx, caller, records.Recorded)
	switch {
	case found:
		return again(record)
	case IsKeyReused(lookupErr):
		return out, lookupErr
	default:
		return out, err
	}
}

// KeyReused says that an Idempotency-Key belongs to another request.
func KeyReused() *fault.Error {
	return fault.New(fault.Invalid, keyReused, "This Idempotency-Key was used for another request.")
}

const keyReused = "idempotency_key_reused"

// IsKeyReused reports whether err is KeyReused.
func IsKeyReused(err error) bool { return fault.HasCode(err, keyReused) }
