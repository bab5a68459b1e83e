package boot_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
)

// opens is which scope opens a function to other systems, written down from the rules and not from the code. All else is for people alone.
var opens = map[string]string{
	"check-access": "access.check",
	"list-members": "members.read", "get-member": "members.read", "list-events": "members.read", "list-audit-log": "members.read",
	"get-organization": "members.read", "list-brands": "members.read", "get-brand": "members.read",
	"get-workspace": "members.read", "list-roles": "members.read", "get-role": "members.read",
	"add-client": "members.write", "update-member": "members.write", "remove-member": "members.write", "bulk-update-members": "members.write", "bulk-remove-members": "members.write", "resume-mails": "members.write",
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

// clients has other systems be members of an organization and of a workspace: each may do what both its role and the scopes of its token allow.
func clients(a *api) {
	for _, kind := range []access.Kind{access.KindOrganization, access.KindWorkspace} {
		in, owner, insider := a.Org, a.Ada, a.Dan
		offer := []any{"role", "admin", "confirm", "Admin"}
		if kind == access.KindWorkspace {
			in, owner, insider = a.Lab().Scope, a.Lab().Ada, a.Lab().Ann
			offer = []any{"role", "admin"}
		}
		add := func(who testbed.Someone, status int, code string, pairs ...any) answer {
			a.t.Helper()
			return a.expect(status, code, ask{method: http.MethodPost, path: "/" + in.String() + "/clients", who: &who, body: object(pairs...)})
		}
		client, id := a.Client("Reports", "members.read", "prism/members.write", "access.check")
		list := ask{method: http.MethodGet, path: "/" + in.String() + "/members", who: &client}
		a.expect(http.StatusNotFound, "not_found", list) // wherever it is no member
		add(client, http.StatusNotFound, "not_found", append(offer, "client_id", "x", "name", "X")...)

		got := add(owner, http.StatusCreated, "", append(offer, "client_id", id, "name", " Reports ")...)
		user, _ := got.body["user"].(map[string]any)
		path := "/" + in.String() + "/members/" + client.User.ID
		if user["id"] != client.User.ID || user["name"] != "Reports" || user["client_id"] != id || got.header["location"] != "/v1"+path || got.header["etag"] != `"1"` {
			a.t.Errorf("added %s with %v", got.text, got.header)
		}
		if read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: path, who: &owner}); read.text != got.text {
			a.t.Errorf("added %s, read %s", got.text, read.text)
		}
		if again := add(owner, http.StatusConflict, "already_member", append(offer, "client_id", id, "name", "Again")...); again.body["existing_id"] != client.User.ID {
			a.t.Errorf("added again: %s", again.text)
		}
		if listed := a.expect(http.StatusOK, "", list); !strings.Contains(listed.text, `"client_id":"`+id+`"`) {
			a.t.Errorf("it lists %s", listed.text)
		}
		for _, what := range []string{"", "/events", "/audit-log"} {
			q := ask{method: http.MethodGet, path: "/" + in.String() + what, who: &client}
			if read := a.expect(http.StatusOK, "", q); !strings.Contains(read.text, strings.Split(in.String(), "/")[1]) {
				a.t.Errorf("it reads %s: %s", what, read.text)
			}
			a.expect(http.StatusForbidden, "scope_missing", q.with("members.write"))
		}
		list.header = map[string]string{"accept": "text/csv"}
		if sheet := a.expect(http.StatusOK, "", list); !strings.Contains(sheet.text, ","+id+"\r\n") {
			a.t.Errorf("as CSV: %s", sheet.text)
		}
		other, otherID := a.Client("Other", "access.check")
		add(client, http.StatusCreated, "", append(offer, "client_id", otherID, "name", "Other")...)
		q := ask{method: http.MethodGet, path: "/" + in.String() + "/members", who: &other}
		a.expect(http.StatusForbidden, "scope_missing", q) // an Admin, by a token that is not good for it
		a.Advance(time.Second)                             // entries of one moment stand in any order
		a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/" + in.String() + "/members/" + other.User.ID, who: &client})
		entries := a.Envelopes(strings.Split(in.String(), "/")[1])
		reports := access.Person{ID: client.User.ID, Name: "Reports", ClientID: id}
		if last := entries[len(entries)-1]; last.DetailType != "MemberRemoved" || last.Detail.Metadata.Actor != reports {
			a.t.Errorf("the log ends with %+v", last)
		}
		a.expect(http.StatusConflict, "own_role", ask{method: http.MethodPatch, path: path, who: &client, body: object(offer...)})
		a.expect(http.StatusConflict, "last_admin", ask{method: http.MethodDelete, path: "/" + in.String() + "/members/" + owner.User.ID, who: &client})

		for _, pairs := range [][]any{
			{"client_id", "", "name", "X"},
			{"client_id", "a b", "name", "X"},
			{"client_id", "ä", "name", "X"},
			{"client_id", strings.Repeat("x", 256), "name", "X"},
			{"client_id", "x", "name", " "},
			{"client_id", "x", "name", strings.Repeat("n", 101)},
			{"client_id", a.Subject(insider), "name", "X"},
		} {
			add(owner, http.StatusUnprocessableEntity, "invalid_input", append(offer, pairs...)...)
		}
		add(owner, http.StatusUnprocessableEntity, "invalid_input", "client_id", "x", "name", "X", "role", "viewer")
		add(insider, http.StatusForbidden, "permission_missing", append(offer, "client_id", "x", "name", "X")...)
		a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: path, who: &owner})
		a.expect(http.StatusNotFound, "not_found", ask{method: http.MethodGet, path: path, who: &client})
		if back := add(owner, http.StatusCreated, "", append(offer, "client_id", id, "name", "Reports")...); back.body["version"] != 3.0 {
			a.t.Errorf("added again after it was removed: %s", back.text)
		}
		if kind == access.KindOrganization {
			for _, typed := range []string{"", "adm"} {
				add(owner, http.StatusUnprocessableEntity, "confirmation_required", "client_id", "x", "name", "X", "role", "admin", "confirm", typed)
			}
			add(owner, http.StatusUnprocessableEntity, "invalid_input", "client_id", "x", "name", "X", "role", "member")
			continue
		}
		add(a.Lab().Mia, http.StatusForbidden, "permission_missing", append(offer, "client_id", "x", "name", "X")...) // who may invite, but not as Admin
		a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + in.String() + "/disable", who: &owner})
		add(owner, http.StatusConflict, "scope_disabled", append(offer, "client_id", "x", "name", "X")...)
	}
}
