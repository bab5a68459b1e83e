package boot_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// inLab returns a request on the lab, or another workspace, by its Admin.
func inLab(in access.Scope, who testbed.Someone, method, path, body string) ask {
	path, query, _ := strings.Cut(path, "?")
	return ask{method: method, path: "/" + in.String() + path, query: query, body: body, who: &who}
}

// hostileRoles gives names that were made to mislead to workspaces and roles, and roles what no role can have.
func hostileRoles(a *api) {
	l := a.Lab()
	one := a.Role(l.Ada, l.Workspace, "Spare", access.Read)
	renames := "/roles/" + string(one.ID)
	for name, want := range hostile {
		made := a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: "/workspaces", body: object("name", name), who: &l.Ada})
		renamed := a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodPatch, "", object("name", name)))
		if made.body["name"] != want || renamed.body["name"] != want {
			a.t.Errorf("%q: the workspaces are %s and %s", name, made.text, renamed.text)
		}
		body := object("name", name, "description", name, "permissions", []string{"read"})
		created := a.expect(http.StatusCreated, "", inLab(l.Scope, l.Ada, http.MethodPost, "/roles", body))
		id, _ := created.body["id"].(string)
		read := a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodGet, "/roles/"+id, ""))
		if read.body["name"] != want || read.body["description"] != name {
			a.t.Errorf("%q: the role is %s", name, read.text)
		}
		a.expect(http.StatusNoContent, "", inLab(l.Scope, l.Ada, http.MethodDelete, "/roles/"+id, ""))
		again := a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodPatch, renames, object("name", name)))
		if again.body["name"] != want {
			a.t.Errorf("%q: renamed to %s", name, again.text)
		}
	}
	for _, name := range []string{"", " \r\n", "\u202e\u2066", "\u200b", strings.Repeat("😀", 101)} {
		for _, q := range []ask{
			{method: http.MethodPost, path: "/workspaces", body: object("name", name), who: &l.Ada},
			inLab(l.Scope, l.Ada, http.MethodPatch, "", object("name", name)), inLab(l.Scope, l.Ada, http.MethodPatch, renames, object("name", name)),
			inLab(l.Scope, l.Ada, http.MethodPost, "/roles", object("name", name, "permissions", []string{"read"})),
		} {
			a.Unchanged(a.t, l.ID, func() { a.expect(http.StatusUnprocessableEntity, "invalid_input", q) })
		}
	}
	for chosen, pointer := range map[string]string{
		`[]`: "/permissions required", `["read","fly"]`: "/permissions/1 unknown_permission", `["READ"]`: "/permissions/0 unknown_permission",
		`[""]`: "/permissions/0 unknown_permission", `["manage_users"]`: "/permissions/0 unknown_permission", `["read\u0000"]`: "/permissions/0 unknown_permission",
		`[1]`: "/permissions/0 wrong_type", `"read"`: "/permissions wrong_type", `{"read":true}`: "/permissions wrong_type",
	} {
		for _, q := range []ask{
			inLab(l.Scope, l.Ada, http.MethodPost, "/roles", `{"name":"Odd","permissions":`+chosen+`}`), inLab(l.Scope, l.Ada, http.MethodPatch, renames, `{"permissions":`+chosen+`}`),
		} {
			a.Unchanged(a.t, l.ID, func() {
				if got := a.expect(http.StatusUnprocessableEntity, "invalid_input", q); !slices.Contains(got.pointers, pointer) {
					a.t.Errorf("%s: got %v, want %s", chosen, got.pointers, pointer)
				}
			})
		}
	}
}

// sameRoleName writes the names of roles in other ways: they are the same role's. Their limit is of those that are there.
func sameRoleName(a *api) {
	l := a.Lab()
	taken := func(q ask) {
		a.t.Helper()
		a.Unchanged(a.t, l.ID, func() {
			if got := a.expect(http.StatusUnprocessableEntity, "invalid_input", q); !slices.Equal(got.pointers, []string{"/name taken"}) {
				a.t.Errorf("%s: %v", q.body, got.pointers)
			}
		})
	}
	a.Role(l.Ada, l.Workspace, "Größe für José", access.Read)
	other := "/roles/" + string(a.Role(l.Ada, l.Workspace, "Other", access.Read).ID)
	for _, name := range []string{
		"Größe für José", "größe FÜR josé", " Größe\tfür  José ", "Gro\u0308ße fu\u0308r Jose\u0301", "GRO\u0308ßE FU\u0308R JOSE\u0301", "Größe\u202e für José", "admin", "ADMIN", " Admin\u2066", "aDMIN",
	} {
		taken(inLab(l.Scope, l.Ada, http.MethodPost, "/roles", object("name", name, "permissions", []string{"read"})))
		taken(inLab(l.Scope, l.Ada, http.MethodPatch, other, object("name", name)))
	}
	a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodPatch, other, object("name", "OTHER"))) // is its own
	a.expect(http.StatusCreated, "", inLab(l.Scope, l.Ada, http.MethodPost, "/roles", object("name", "Grosse fur Jose", "permissions", []string{"read"})))

	for i := range role.MaxRoles {
		if got := a.do(inLab(l.Elsewhere, l.Eve, http.MethodPost, "/roles", object("name", fmt.Sprint("Role ", i), "permissions", []string{"read"}))); got.status != http.StatusCreated {
			a.t.Fatalf("role %d: %s", i, got.text)
		}
	}
	more := inLab(l.Elsewhere, l.Eve, http.MethodPost, "/roles", object("name", "One more", "permissions", []string{"read"}))
	if got := a.expect(http.StatusUnprocessableEntity, "invalid_input", more); !slices.Equal(got.pointers, []string{"/name too_many_roles"}) || !strings.Contains(got.text, "at most 100") {
		a.t.Errorf("the 101st role: %s", got.text)
	}
}

// foreignRoles names a role of another workspace wherever a role can be named, and one of organizations.
func foreignRoles(a *api) {
	l := a.Lab()
	foreign := a.Role(l.Eve, l.Other, "Foreign", access.Read).ID
	grace := a.Someone("Grace")
	open := a.invitedTo(l.Workspace, grace)
	a.declines(grace, open)
	for _, id := range []access.Role{foreign, access.Member, access.Publisher, "owner", "rol_", "../admin", "Admin"} {
		for _, q := range []ask{
			inLab(l.Scope, l.Ada, http.MethodPatch, "/members/"+l.Vic.User.ID, object("role", id)),
			inLab(l.Scope, l.Ada, http.MethodPost, "/invitations", object("invitees", usernames(a.Someone("Hal")), "role", id)),
			inLab(l.Scope, l.Ada, http.MethodPost, "/invitations/"+open.ID+"/resend", object("role", id)),
			inLab(l.Scope, l.Ada, http.MethodDelete, "/roles/"+string(l.Viewer.ID)+"?reassign_to="+string(id), ""),
			inLab(l.Scope, l.Ada, http.MethodGet, "/members?role="+string(id), ""),
		} {
			a.Unchanged(a.t, l.ID, func() { a.expect(http.StatusUnprocessableEntity, "invalid_input", q) })
		}
	}
	a.Unchanged(a.t, l.ID, func() { // of several people it is said of each
		bulk := inLab(l.Scope, l.Ada, http.MethodPost, "/members/bulk-update", object("members", selected(l.Vic.User.ID), "role", foreign))
		a.several(a.do(bulk), "failed invalid_input")
	})
	for method, body := range map[string]string{http.MethodGet: "", http.MethodPatch: `{"name":"Mine"}`, http.MethodDelete: ""} {
		for _, who := range []testbed.Someone{l.Ada, l.Eve} {
			a.expect(http.StatusNotFound, "not_found", inLab(l.Scope, who, method, "/roles/"+string(foreign), body))
		}
	}
}

// rolesMeanwhile changes and deletes roles while a call that names them is under way.
func rolesMeanwhile(a *api) {
	l := a.Lab()
	spare := func() string { return string(a.Role(l.Ada, l.Workspace, "Spare "+a.NewID(), access.Read).ID) }
	deletedBefore := func(id string, q ask, status int, code string) {
		a.t.Helper()
		proxied, proxy := a.proxied()
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			a.expect(http.StatusNoContent, "", inLab(l.Scope, l.Ada, http.MethodDelete, "/roles/"+id, ""))
		}))
		proxied.expect(status, code, q)
	}
	id := spare()
	deletedBefore(id, inLab(l.Scope, l.Ada, http.MethodPatch, "/roles/"+id, `{"description":"Late"}`), http.StatusNotFound, "not_found")
	id = spare()
	deletedBefore(id, inLab(l.Scope, l.Ada, http.MethodDelete, "/roles/"+id, ""), http.StatusNotFound, "not_found")
	id = spare()
	deletedBefore(id, inLab(l.Scope, l.Ada, http.MethodDelete, "/roles/"+string(l.Viewer.ID)+"?reassign_to="+id, ""), http.StatusUnprocessableEntity, "invalid_input")
	// Who is given it in the same moment has what is left of it: nothing (R18).
	id = spare()
	deletedBefore(id, inLab(l.Scope, l.Ada, http.MethodPatch, "/members/"+l.Vic.User.ID, object("role", id)), http.StatusOK, "")
	got := a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodGet, "/members/"+l.Vic.User.ID, ""))
	if named, _ := got.body["role"].(map[string]any); named["name"] != "Role deleted" {
		a.t.Errorf("Vic has %s", got.text)
	}
	a.expect(http.StatusNotFound, "not_found", inLab(l.Scope, l.Vic, http.MethodGet, "", ""))

	// Two Admins edit one role: who has read what is not there any more is told, and the other change is kept.
	abe := a.adminOf(l.Scope)
	id = spare()
	var answers [2]answer
	var group sync.WaitGroup
	for n, who := range []testbed.Someone{l.Ada, abe} {
		group.Go(func() {
			q := inLab(l.Scope, who, http.MethodPatch, "/roles/"+id, object("description", who.User.Name))
			q.header = map[string]string{"if-match": `"1"`}
			answers[n] = a.do(q)
		})
	}
	group.Wait()
	won, lost := answers[0], answers[1]
	if won.status != http.StatusOK {
		won, lost = lost, won
	}
	kept := a.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodGet, "/roles/"+id, ""))
	if won.status != http.StatusOK || lost.status != http.StatusPreconditionFailed || lost.code != "stale_version" ||
		kept.header["etag"] != `"2"` || kept.body["description"] != won.body["description"] {
		a.t.Errorf("one Admin: %s; the other: %s; kept: %s", won.text, lost.text, kept.text)
	}
	// Without If-Match each changes what they name, one after the other.
	proxied, proxy := a.proxied()
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		a.expect(http.StatusOK, "", inLab(l.Scope, abe, http.MethodPatch, "/roles/"+id, `{"permissions":["view_assets"]}`))
	}))
	both := proxied.expect(http.StatusOK, "", inLab(l.Scope, l.Ada, http.MethodPatch, "/roles/"+id, `{"description":"Both"}`))
	if said := fmt.Sprint(both.body["description"], both.body["permissions"], both.header["etag"]); said != `Both[view_assets]"4"` {
		a.t.Errorf("after both: %s", said)
	}
}

// oddUsernames invites by what is no username, and by those of people who cannot be invited, or again.
func oddUsernames(a *api) {
	l := a.Lab()
	invites := func(status int, code, username string) answer {
		a.t.Helper()
		body := object("invitees", []any{map[string]any{"username": username}}, "role", l.Viewer.ID)
		return a.expect(status, code, inLab(l.Scope, l.Ada, http.MethodPost, "/invitations", body))
	}
	grace := a.Someone("Grace")
	name := grace.User.Username
	for _, odd := range []string{
		"", " ", "@", "@@" + name, "../" + name, name + "#1", name + "\x00", name + "\u200b", name + "\u202e", "gr\u00e4ce", "\u0261race", "😀😀😀", "a b", "<b>x</b>",
		"USERNAMES#abc", strings.Repeat("a", 1000), "*", "%", "' OR 1=1",
	} {
		a.Unchanged(a.t, l.ID, func() {
			got := invites(http.StatusUnprocessableEntity, "invalid_input", odd)
			if !slices.Equal(got.pointers, []string{"/invitees/0/username malformed_username"}) {
				a.t.Errorf("%.20q: %v", odd, got.pointers)
			}
		})
	}
	if got := invites(http.StatusUnprocessableEntity, "invalid_input", "nobody-is-called-so"); !slices.Equal(got.pointers, []string{"/invitees/0/username unknown_username"}) {
		a.t.Errorf("nobody: %v", got.pointers)
	}
	invites(http.StatusCreated, "", " @"+strings.ToUpper(name)+" ")
	invites(http.StatusConflict, "invitation_pending", name)
	for _, member := range []testbed.Someone{l.Ada, l.Vic} { // oneself is a member as others are
		if got := invites(http.StatusConflict, "already_member", member.User.Username); got.body["existing_id"] != member.User.ID {
			a.t.Errorf("%s: %s", member.User.Name, got.text)
		}
	}
	hal := a.Someone("Hal")
	a.declines(hal, a.invitedTo(l.Workspace, hal))
	invites(http.StatusCreated, "", hal.User.Username)
}
