package request_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"prism-access/internal/fault"
	"prism-access/internal/request"
)

func TestSignedIn(t *testing.T) {
	t.Parallel()
	if err := (request.Caller{}).SignedIn(); !errors.Is(err, fault.Unauthenticated) || !fault.HasCode(err, "not_signed_in") {
		t.Errorf("nobody: got %v", err)
	}
	if err := (request.Caller{User: "usr_ada"}).SignedIn(); err != nil {
		t.Errorf("Ada: got %v", err)
	}
	for scopes, want := range map[string]bool{"": false, "access.check": false, "members.read": true, "prism/members.write": true} {
		client := request.Caller{User: "usr_reports", Scopes: scopes, Client: true}
		if err := client.SignedIn(request.ScopeReadMembers, request.ScopeWriteMembers); (err == nil) != want || !want && !fault.HasCode(err, "scope_missing") {
			t.Errorf("a client with the scopes %q: got %v", scopes, err)
		}
		if err := client.SignedIn(); !errors.Is(err, fault.Forbidden) || !fault.HasCode(err, "scope_missing") {
			t.Errorf("a client with the scopes %q, where people may go: got %v", scopes, err)
		}
	}
	if err := (request.Caller{Client: true, Scopes: "members.read"}).SignedIn(request.ScopeReadMembers); !fault.HasCode(err, "not_signed_in") {
		t.Errorf("nobody's client: got %v", err)
	}
}

// answers returns a change that ends as the list says, attempt by attempt, and then well.
func answers(attempts *int, failures ...error) func() (string, error) {
	return func() (string, error) {
		*attempts++
		if *attempts <= len(failures) {
			return "", failures[*attempts-1]
		}
		return "done", nil
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	overtaken, broken := request.Overtaken(), errors.New("broken")
	for name, c := range map[string]struct {
		failures []error
		attempts int
		out      string
		wanted   error
	}{
		"at once":                {nil, 1, "done", nil},
		"overtaken once":         {[]error{overtaken}, 2, "done", nil},
		"overtaken three times":  {[]error{overtaken, overtaken, overtaken}, 4, "done", nil},
		"overtaken for good":     {[]error{overtaken, overtaken, overtaken, overtaken, overtaken}, 4, "", fault.Unavailable},
		"another conflict":       {[]error{fault.New(fault.Conflict, "last_admin", "One stays.")}, 1, "", fault.Conflict},
		"broken after overtaken": {[]error{overtaken, broken}, 2, "", broken},
	} {
		attempts := 0
		out, err := request.Retry(answers(&attempts, c.failures...))
		if out != c.out || attempts != c.attempts || !errors.Is(err, c.wanted) || (err == nil) != (c.wanted == nil) {
			t.Errorf("%s: got %q, %v after %d attempts", name, out, err, attempts)
		}
		if request.IsOvertaken(err) {
			t.Errorf("%s: %v left", name, err)
		}
	}
}

// records is a memory of requests.
type records struct {
	record request.Record
	found  bool
	err    error
	reads  int
}

func (r *records) Recorded(context.Context, request.Caller) (request.Record, bool, error) {
	r.reads++
	return r.record, r.found, r.err
}

func TestOnce(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Unavailable, "unavailable", "Not now.")
	refused := fault.New(fault.Conflict, "invitation_pending", "There is one.")
	same := request.Record{Fingerprint: "what Ada asks", Result: []string{"org_1"}}
	other := request.Record{Fingerprint: "what Ada asked another time", Result: []string{"org_2"}}
	for name, c := range map[string]struct {
		key     string
		failure error
		records records
		out     string
		code    string // of the error; empty for none
		reads   int
	}{
		"a success reads nothing":             {key: "k", out: "done"},
		"without a key":                       {failure: refused, records: records{record: same, found: true}, code: "invitation_pending"},
		"a key that was not used":             {key: "k", failure: refused, code: "invitation_pending", reads: 1},
		"the same request":                    {key: "k", failure: request.Repeated(), records: records{record: same, found: true}, out: "org_1 again", reads: 1},
		"the same request, refused elsewhere": {key: "k", failure: refused, records: records{record: same, found: true}, out: "org_1 again", reads: 1},
		"another request with the key":        {key: "k", failure: request.Repeated(), records: records{record: other, found: true}, code: "idempotency_key_reused", reads: 1},
		"the record cannot be read":           {key: "k", failure: request.Repeated(), records: records{err: down}, code: "unavailable", reads: 1},
		"the record has just run out":         {key: "k", failure: request.Repeated(), code: "unavailable", reads: 1},
		"everything is down":                  {key: "k", failure: down, records: records{err: down}, code: "unavailable", reads: 1},
	} {
		caller := request.Caller{User: "usr_ada", Request: request.Request{IdempotencyKey: c.key, Fingerprint: same.Fingerprint}}
		do := func() (string, error) {
			if c.failure != nil {
				return "", c.failure
			}
			return "done", nil
		}
		again := func(r request.Record) (string, error) { return r.Result[0] + " again", nil }
		out, err := request.Once(t.Context(), &c.records, caller, do, again)
		if out != c.out || (err != nil) != (c.code != "") || c.code != "" && !fault.HasCode(err, c.code) || c.records.reads != c.reads {
			t.Errorf("%s: got %q, %v after %d reads", name, out, err, c.records.reads)
		}
	}
}

func TestHasScope(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]bool{
		"access.check": true, "openid access.check": true, "prism/access.check": true, " a  prism/access.check b": true,
		"": false, "openid": false, "access": false, "check": false, "access.checks": false, "xaccess.check": false, "other/access.check": false, "access.check.all": false,
		"prism/prism/access.check": false, "[access.check]": false, "ACCESS.CHECK": false,
	} {
		if got := (request.Caller{Scopes: scopes}).HasScope(request.ScopeCheck); got != want {
			t.Errorf("%q: got %v, want %v", scopes, got, want)
		}
	}
}

func TestIsToken(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a", "7d0f1c52-63f1-4a7e-9d0a-000000000009", "a.b:c_D-9", strings.Repeat("x", 128)} {
		if !request.IsToken(text) {
			t.Errorf("%q is refused", text)
		}
	}
	for _, text := range []string{"", " ", "a b", "a#b", "a/b", "ä", "a\x00", "a\r\nb", strings.Repeat("x", 129)} {
		if request.IsToken(text) {
			t.Errorf("%.20q is taken", text)
		}
	}
}

func TestFingerprintTellsPartsApart(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"ab", ""}, {"", "ab"}, {"b", "a"}} {
		digest := request.Fingerprint(parts...)
		if before, twice := seen[digest]; twice {
			t.Errorf("%q and %q look the same", before, parts)
		}
		seen[digest] = parts
		if again := request.Fingerprint(parts...); again != digest {
			t.Errorf("%q: got %s, then %s", parts, digest, again)
		}
	}
}
