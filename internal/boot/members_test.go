package boot_test

import (
	"net/http"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// joined is a Publisher of Globex, who has accepted an invitation.
func (a *api) joined() testbed.Someone {
	a.t.Helper()
	i := a.invited(false)
	grace := a.SomeoneWith("Grace", i.Invitee.Email)
	in := invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}}
	if _, err := a.Accept().Do(a.t.Context(), grace.Caller, in); err != nil {
		a.t.Fatal(err)
	}
	return grace
}

func (a *api) member(scope access.Scope, user string) string {
	return "/" + scope.String() + "/members/" + user
}

// updateMembers are the ways in which a single role is changed, or is not.
func updateMembers(a *api) {
	update := func(who testbed.Someone, scope access.Scope, user string, status int, code string, pairs ...any) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPatch, path: a.member(scope, user), who: &who, body: object(pairs...)})
	}
	grace := a.joined()
	user := grace.User.ID
	changed := update(a.Ada, a.Org, user, http.StatusOK, "", "brands", map[string]any{a.Globex.Brand: nil, a.Initech.Brand: "admin"}, "reason", "Moved")
	read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(a.Org, user), who: &a.Ada})
	if changed.text != read.text || changed.header["etag"] != `"2"` || read.header["etag"] != `"2"` {
		a.t.Errorf("changed to %s, read %s", changed.text, read.text)
	}
	update(a.Ada, a.Globex, user, http.StatusNotFound, "not_found", "role", "viewer")
	update(a.Ada, a.Org, user, http.StatusUnprocessableEntity, "confirmation_required", "role", "admin")
	update(a.Ada, a.Org, user, http.StatusOK, "", "role", "admin", "confirm", " ADMIN ")
	update(a.Ada, a.Org, "me", http.StatusConflict, "own_role", "role", "member", "brands", map[string]any{a.Globex.Brand: "viewer"})
	update(a.Bob, a.Globex, "me", http.StatusConflict, "own_role", "role", "viewer")
	update(a.Bob, a.Globex, user, http.StatusConflict, "organization_admin", "role", "viewer")
	marked := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(a.Globex, user), who: &a.Bob})
	if marked.body["organization_admin"] != true || marked.body["role"] != "admin" {
		a.t.Errorf("Grace in Globex is %s", marked.text)
	}
	a.SetRole(a.ID, a.Dan.User.ID, access.Admin) // and the count does not know
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: a.member(a.Org, user), who: &a.Ada})
	update(a.Ada, a.Org, a.Dan.User.ID, http.StatusConflict, "last_admin", "role", "member", "brands", map[string]any{a.Globex.Brand: "viewer"})
	a.GiveBrands(a.ID, a.Cleo.User.ID, 90)
	update(a.Ada, a.Org, a.Cleo.User.ID, http.StatusConflict, "too_many_brands", "brands", map[string]any{a.Initech.Brand: "viewer"})

	over := map[string]any{}
	for i := range 91 {
		over["brd_"+strconv.Itoa(i)] = nil
	}
	for _, pairs := range [][]any{
		{"reason", "Just so"},
		{"role", "owner"},
		{"role", "publisher"},
		{"role", 1},
		{"brands", []any{a.Globex.Brand}},
		{"brands", map[string]any{a.Globex.Brand: "owner"}},
		{"brands", map[string]any{a.Globex.Brand: 1}},
		{"brands", map[string]any{a.Hooli.Brand: "viewer"}},
		{"brands", over},
		{"role", "admin", "confirm", "admin", "brands", map[string]any{a.Globex.Brand: "viewer"}},
		{"role", "member", "reason", strings.Repeat("r", 501)},
	} {
		update(a.Ada, a.Org, a.Bob.User.ID, http.StatusUnprocessableEntity, "invalid_input", pairs...)
	}
	a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{
		method: http.MethodPatch, path: a.member(a.Org, a.Bob.User.ID), who: &a.Ada, body: `{"brands":{"` + a.Globex.Brand + `":"viewer","` + a.Globex.Brand + `":"admin"}}`,
	})
	update(a.Bob, a.Globex, a.Cleo.User.ID, http.StatusUnprocessableEntity, "invalid_input", "role", "viewer", "brands", map[string]any{a.Globex.Brand: "viewer"})
}

// removeMembers are the ways out of an organization and of a brand.
func removeMembers(a *api) {
	remove := func(who testbed.Someone, scope access.Scope, user, query string, status int, code string) {
		a.t.Helper()
		a.expect(status, code, ask{method: http.MethodDelete, path: a.member(scope, user), query: query, who: &who})
	}
	grace, hal := a.joined(), a.joined()
	remove(a.Ada, a.Org, "me", "", http.StatusConflict, "last_admin")
	remove(a.Ada, a.Globex, "me", "", http.StatusConflict, "organization_admin")
	remove(a.Bob, a.Globex, a.Ada.User.ID, "", http.StatusConflict, "organization_admin")
	remove(a.Bob, a.Globex, grace.User.ID, "reason="+strings.Repeat("r", 501), http.StatusUnprocessableEntity, "invalid_input")
	remove(a.Bob, a.Globex, grace.User.ID, "reason=Access+review", http.StatusNoContent, "")
	remove(a.Bob, a.Globex, grace.User.ID, "", http.StatusNotFound, "not_found")
	remove(grace, a.Org, grace.User.ID, "", http.StatusNoContent, "")
	remove(grace, a.Org, "me", "", http.StatusNotFound, "not_found")
	remove(hal, a.Globex, "me", "", http.StatusNoContent, "")
	a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.member(a.Org, "me"), who: &hal})
}

// severalMembers are changed and removed in one call: each has its own result.
func severalMembers(a *api) {
	grace, hal := a.joined(), a.joined()
	several := func(path string, status int, code, query string, pairs ...any) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: "/" + path, query: query, who: &a.Ada, body: object(pairs...)})
	}
	users := selected(grace.User.ID, a.Ada.User.ID, "usr_"+a.NewID(), hal.User.ID)
	update, remove := a.Org.String()+"/members/bulk-update", a.Globex.String()+"/members/bulk-remove"
	brands := map[string]any{a.Globex.Brand: "viewer"}
	want := []string{"changed", "failed", "failed", "changed"}
	for _, query := range []string{"dry_run=true", ""} {
		checkOutcomes(a, several(update, http.StatusMultiStatus, "", query, "members", users, "role", "member", "brands", brands), want)
	}
	want[0], want[3] = "unchanged", "unchanged"
	checkOutcomes(a, several(update, http.StatusMultiStatus, "", "", "members", users, "brands", brands), want)
	want[0], want[3] = "changed", "changed"
	checkOutcomes(a, several(remove, http.StatusMultiStatus, "", "dry_run=true", "members", users), want)
	checkOutcomes(a, several(remove, http.StatusMultiStatus, "", "", "members", users), want)
	checkOutcomes(a, several(a.Org.String()+"/members/bulk-remove", http.StatusMultiStatus, "", "", "members", users, "reason", "Access review"), want)

	bob := selected(a.Bob.User.ID)
	for _, pairs := range [][]any{
		{"brands", brands},
		{"members", []any{}, "brands", brands},
		{"members", selected(make([]string, 101)...), "brands", brands},
		{"members", selected(a.Bob.User.ID, a.Bob.User.ID), "brands", brands},
		{"members", []any{map[string]any{"id": a.Bob.User.ID, "version": -1}}, "brands", brands},
		{"members", []any{map[string]any{"id": a.Bob.User.ID, "role": "member"}}, "brands", brands},
		{"members", []string{a.Bob.User.ID}, "brands", brands},
		{"members", bob},
		{"members", bob, "role", "admin"},
		{"members", bob, "role", "admin", "confirm", "admin"},
	} {
		several(update, http.StatusUnprocessableEntity, "invalid_input", "", pairs...)
	}
	several(remove, http.StatusUnprocessableEntity, "invalid_input", "dry_run=perhaps", "members", bob)
}

func checkOutcomes(a *api, got answer, want []string) {
	a.t.Helper()
	results, _ := got.body["results"].([]any)
	if len(results) != len(want) {
		a.t.Fatalf("%d results: %s", len(results), got.text)
	}
	for i, one := range results {
		if result, _ := one.(map[string]any); result["outcome"] != want[i] || (result["error"] != nil) != (want[i] == "failed") {
			a.t.Errorf("number %d: %v, want %s", i, result, want[i])
		}
	}
}
