package boot_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"prism-access/internal/access"
)

// membersOfWorkspace are the ways in which roles in a workspace are changed and taken, or are not.
func membersOfWorkspace(a *api) {
	l := a.Lab()
	on := func(method, path, body string, status int, code string) answer {
		a.t.Helper()
		path, query, _ := strings.Cut(path, "?")
		return a.expect(status, code, ask{method: method, path: "/workspaces/" + l.ID + path, query: query, body: body, who: &l.Ada})
	}
	grace := l.Newcomer(l.Viewer.ID)
	user := "/members/" + grace.User.ID
	changed := on(http.MethodPatch, user, object("role", l.Analyst.ID, "reason", "Moved"), http.StatusOK, "")
	read := on(http.MethodGet, user, "", http.StatusOK, "")
	role, _ := read.body["role"].(map[string]any)
	if changed.text != read.text || read.header["etag"] != `"2"` || role["id"] != string(l.Analyst.ID) || role["name"] != "Analyst" || strings.Contains(read.text, "@example.com") {
		a.t.Errorf("changed to %s, read %s", changed.text, read.text)
	}
	for _, body := range []string{`{}`, `{"role":"rol_unknown"}`, `{"role":"member"}`, `{"role":1}`, object("role", l.Viewer.ID, "brands", map[string]any{"brd_1": nil})} {
		on(http.MethodPatch, user, body, http.StatusUnprocessableEntity, "invalid_input")
	}
	on(http.MethodPatch, "/members/me", object("role", l.Viewer.ID), http.StatusConflict, "own_role")
	on(http.MethodDelete, "/members/me", "", http.StatusConflict, "last_admin")
	a.SetRole(l.ID, l.Vic.User.ID, access.Admin) // and the count does not know
	on(http.MethodPatch, "/members/"+l.Vic.User.ID, object("role", l.Viewer.ID), http.StatusConflict, "last_admin")
	a.SetRole(l.ID, l.Vic.User.ID, l.Viewer.ID)

	users := selected(l.Vic.User.ID, l.Ada.User.ID, "usr_"+a.NewID())
	for _, query := range []string{"?dry_run=true", ""} {
		got := on(http.MethodPost, "/members/bulk-update"+query, object("members", users, "role", l.Analyst.ID), http.StatusMultiStatus, "")
		checkOutcomes(a, got, []string{"changed", "failed", "failed"})
	}
	on(http.MethodPost, "/members/bulk-update", object("members", selected(l.Vic.User.ID), "role", "admin"), http.StatusUnprocessableEntity, "invalid_input")
	got := on(http.MethodPost, "/members/bulk-remove", object("members", users), http.StatusMultiStatus, "")
	checkOutcomes(a, got, []string{"changed", "failed", "failed"})

	a.Index(l.ID)
	found := on(http.MethodGet, "/members?q=gra&role="+string(l.Analyst.ID), "", http.StatusOK, "")
	if items, _ := found.body["items"].([]any); len(items) != 1 {
		a.t.Errorf("found %s", found.text)
	}
	for _, query := range []string{"role=rol_" + a.NewID(), "brand=none", "granted_by=left"} {
		on(http.MethodGet, "/members?"+query, "", http.StatusUnprocessableEntity, "invalid_input")
	}
	sheet := a.expect(http.StatusOK, "", ask{
		method: http.MethodGet, path: "/workspaces/" + l.ID + "/members", who: &l.Ada, header: map[string]string{"accept": "text/csv"},
	})
	if !strings.Contains(sheet.text, ",Analyst,") || strings.Contains(sheet.text, "@example.com") {
		a.t.Errorf("as CSV: %s", sheet.text)
	}
	a.checksInLab()
	on(http.MethodPost, "/disable", "", http.StatusOK, "")
	mine := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/me/access", query: "kind=workspace", who: &l.Ann})
	if !strings.Contains(mine.text, `"scope_status":"disabled"`) {
		a.t.Errorf("Ann's access: %s", mine.text)
	}
	a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{method: http.MethodGet, path: "/me/access", query: "kind=brand", who: &l.Ann})
	for _, q := range []struct{ method, path, body string }{
		{http.MethodGet, "/members", ""},
		{http.MethodGet, user, ""},
		{http.MethodPatch, user, object("role", l.Viewer.ID)},
		{http.MethodDelete, user, ""},
		{http.MethodPost, "/members/bulk-update", object("members", users, "role", l.Viewer.ID)},
		{http.MethodPost, "/members/bulk-remove", object("members", users)},
		{http.MethodGet, "/audit-log", ""},
		{http.MethodGet, "/events", ""},
	} {
		on(q.method, q.path, q.body, http.StatusConflict, "scope_disabled")
	}
	a.expect(http.StatusConflict, "scope_disabled", ask{
		method: http.MethodPost, path: "/access/check", who: &l.Ada, body: object("user", grace.User.ID, "scope", l.Scope.String(), "permission", "read"),
	})
	about := map[string]any{"user": grace.User.ID, "scope": l.Scope.String(), "permission": "read"}
	several := a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/access/check", who: &l.Ada, body: object("checks", []any{about})})
	if !strings.Contains(several.text, "scope_disabled") {
		a.t.Errorf("checked %s", several.text)
	}
}

// checksInLab asks by which role somebody may do something.
func (a *api) checksInLab() {
	a.t.Helper()
	l := a.Lab()
	got := a.expect(http.StatusOK, "", ask{
		method: http.MethodPost, path: "/access/check", who: &l.Ann, body: object("scope", l.Scope.String(), "permission", "view_computations"),
	})
	because, _ := got.body["because"].([]any)
	want := map[string]any{"id": string(l.Analyst.ID), "name": "Analyst"}
	if len(because) != 1 {
		a.t.Fatalf("because of %s", got.text)
	}
	link, _ := because[0].(map[string]any)
	if said, _ := json.Marshal(link["role"]); string(said) != object("id", want["id"], "name", want["name"]) {
		a.t.Errorf("because of %s", got.text)
	}
}
