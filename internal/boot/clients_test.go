package boot_test

import (
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/httpapi/spec"
)

// opens is which scope opens a function to other systems, written down from the rules and not from the code. All else is for people alone.
var opens = map[string]string{
	"check-access": "access.check",
	"list-members": "members.read", "get-member": "members.read",
	"update-member": "members.write", "remove-member": "members.write", "bulk-update-members": "members.write", "bulk-remove-members": "members.write",
}

// scopes asks each operation by a token of somebody who may do it, with one scope at a time: without the one it takes it is refused before anything
// is read.
func scopes(a *api) {
	for _, operation := range a.book.contract.Operations() {
		if operation.Open {
			continue
		}
		takes := []string{"access.user"}
		if scope := opens[operation.Function]; scope != "" {
			takes = append(takes, scope)
		}
		if !slices.Equal(operation.Scopes, takes) {
			a.t.Errorf("%s is said to take %v, want %v", operation.ID, operation.Scopes, takes)
		}
		q := a.granted(operation)
		a.log.take()
		for _, scope := range []string{"openid", "access.check", "members.read", "members.write", "openid email prism/members prism/prism/access.user other/access.user"} {
			if scope != opens[operation.Function] {
				a.expect(http.StatusForbidden, "scope_missing", q.with(scope))
				if line := a.log.take(); !strings.Contains(line, `"rounds":0,`) {
					a.t.Errorf("%s has read something: %s", operation.ID, line)
				}
			}
		}
		for _, scope := range takes {
			a.opened(operation, q.with(scope))
			a.opened(operation, a.granted(operation).with("email prism/"+scope))
			q = a.granted(operation)
		}
	}
}

// opened sends a request that is granted.
func (a *api) opened(operation spec.Operation, q ask) {
	a.t.Helper()
	if got := a.do(q); got.status/100 != 2 {
		a.t.Errorf("%s with the scopes %q: got %d %s", operation.ID, q.who.Caller.Scopes, got.status, got.text)
	}
}

// with returns the request by a token of the same subject with these scopes alone.
func (q ask) with(scopes string) ask {
	who := *q.who
	who.Caller.Scopes = scopes
	q.who = &who
	return q
}
