package boot_test

import (
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// me is what somebody asks about themselves: without an account there is nothing.
func me(a *api) {
	stranger := testbed.Someone{}
	for _, q := range []ask{
		{method: http.MethodGet, path: "/me"},
		{method: http.MethodGet, path: "/me/invitations"},
		{method: http.MethodPost, path: "/organizations", body: `{"name":"Acme"}`},
	} {
		q.who = &stranger
		a.expect(http.StatusForbidden, "not_registered", q)
	}
	if got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/me", who: &a.Ada}); got.body["id"] != a.Ada.User.ID || got.body["email_verified"] != true {
		a.t.Errorf("Ada is %s", got.text)
	}
	got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/me/access", who: &stranger})
	if items, _ := got.body["items"].([]any); items == nil || len(items) != 0 {
		a.t.Errorf("nobody has %s", got.text)
	}
	created := a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: "/organizations", body: `{"name":"  Acme \u202e  Group "}`, who: &a.Ada})
	id, _ := created.body["id"].(string)
	if created.body["name"] != "Acme Group" || created.header["location"] != "/v1/organizations/"+id || created.header["etag"] != `"1"` {
		a.t.Errorf("created %s with %v", created.text, created.header)
	}
	read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/organizations/" + id, who: &a.Ada})
	if read.text != created.text || read.header["etag"] != `"1"` {
		a.t.Errorf("created %s, read %s", created.text, read.text)
	}
}

// check asks questions about oneself and about others.
func check(a *api) {
	ask1 := func(who testbed.Someone, status int, code string, pairs ...any) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: "/access/check", who: &who, body: object(pairs...)})
	}
	if got := ask1(a.Cleo, http.StatusOK, "", "scope", a.Globex.String(), "permission", "publish"); got.body["allowed"] != true {
		a.t.Errorf("Cleo publishes: %s", got.text)
	}
	if got := ask1(a.Cleo, http.StatusOK, "", "scope", a.Hooli.String(), "permission", "read", "user", "me"); got.body["allowed"] != false {
		a.t.Errorf("Cleo reads elsewhere: %s", got.text)
	}
	if got := ask1(a.Ada, http.StatusOK, "", "scope", a.Globex.String(), "permission", "publish", "user", a.Cleo.User.ID); got.body["allowed"] != true {
		a.t.Errorf("Ada asks: %s", got.text)
	}
	ask1(a.Cleo, http.StatusForbidden, "permission_missing", "scope", a.Globex.String(), "permission", "read", "user", a.Ada.User.ID)
	client := testbed.Someone{Caller: request.Caller{Scopes: "access.check"}} // and no account
	if got := ask1(client, http.StatusOK, "", "scope", a.Globex.String(), "permission", "publish", "user", a.Cleo.User.ID); got.body["allowed"] != true {
		a.t.Errorf("a client asks: %s", got.text)
	}
	if got := ask1(testbed.Someone{}, http.StatusOK, "", "scope", a.Globex.String(), "permission", "publish", "user", a.Cleo.User.ID); got.body["allowed"] != false {
		a.t.Errorf("somebody without an account asks: %s", got.text)
	}
	a.expect(http.StatusForbidden, "not_registered", ask{method: http.MethodGet, path: "/me", who: &testbed.Someone{}})
	workspace := "workspaces/wsp_" + a.NewID()
	if got := ask1(a.Ada, http.StatusOK, "", "scope", workspace, "permission", "run_computation"); got.body["allowed"] != false || got.body["missing"] != "run_computation" {
		a.t.Errorf("in a workspace: %s", got.text)
	}
	ask1(a.Ada, http.StatusUnprocessableEntity, "invalid_input", "scope", workspace, "permission", "publish")
	several := ask1(a.Cleo, http.StatusOK, "", "checks", []any{
		map[string]string{"scope": a.Org.String(), "permission": "read"},
		map[string]string{"scope": a.Org.String(), "permission": "read", "user": a.Ada.User.ID},
		map[string]string{"scope": "organizations/org_01M817QNM04T8QZJ0N6CYB1VXK", "permission": "manage_users"},
	})
	if results, _ := several.body["results"].([]any); len(results) != 3 {
		a.t.Errorf("several: %s", several.text)
	}
	for _, pairs := range [][]any{
		{},
		{"scope", a.Org.String()},
		{"permission", "read"},
		{"scope", a.Org.String(), "permission", "publish"},
		{"scope", "org_1", "permission", "read"},
		{"checks", []any{}},
		{"checks", make([]struct{}, 101)},
		{"checks", []any{map[string]string{"scope": a.Org.String()}}},
		{"checks", "all"},
		{"scope", a.Org.String(), "permission", "read", "checks", []any{map[string]string{"scope": a.Org.String(), "permission": "read"}}},
	} {
		ask1(a.Cleo, http.StatusUnprocessableEntity, "invalid_input", pairs...)
	}
}

// stale sends a version that is not the present one, and then the one that is.
func stale(a *api) {
	for _, operation := range a.book.contract.Operations() {
		switch operation.Function {
		case "update-organization", "delete-organization", "update-brand", "delete-brand", "delete-invitation", "resend-invitation", "update-member", "remove-member":
		case "update-workspace", "disable-workspace", "delete-workspace", "update-role", "delete-role":
		case "approve-access-request", "reject-access-request", "withdraw-access-request":
		case "accept-invitation", "decline-invitation":
			if !strings.Contains(operation.Path, "{i}") { // a link is of one offer anyway
				continue
			}
		default:
			continue
		}
		q := a.granted(operation)
		for _, version := range []string{`"7"`, `W/"1"`, `"abc"`} {
			q.header = map[string]string{"if-match": version}
			a.expect(http.StatusPreconditionFailed, "stale_version", q)
		}
		q.header = map[string]string{"if-match": `"7", "1"`}
		if got := a.expect(http.StatusUnprocessableEntity, "invalid_input", q); !slices.Equal(got.pointers, []string{"#If-Match too_many"}) {
			a.t.Errorf("%s with two versions: got %v", operation.ID, got.pointers)
		}
		q.header = map[string]string{"if-match": `"1"`}
		answers := strings.HasSuffix(operation.Path, "/accept") || strings.HasSuffix(operation.Path, "/decline") // with something else
		if got := a.do(q); got.status >= http.StatusBadRequest || got.status == http.StatusOK && got.header["etag"] != `"2"` && !answers {
			a.t.Errorf("%s with the present version: got %d %s", operation.ID, got.status, got.text)
		}
	}
}
