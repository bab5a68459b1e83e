package boot_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"prism-access/internal/testbed"
)

// hostile are names that were made to mislead or to break something, with what is left of them: they are text, kept as they are but for what
// cannot be seen.
var hostile = map[string]string{
	`<script>alert(1)</script>`:   `<script>alert(1)</script>`,
	`"><img src=x onerror=1>`:     `"><img src=x onerror=1>`,
	"Acme\u202egnp.exe":           "Acmegnp.exe",
	"\u2067Acme\u2069":            "Acme",
	"Acme\r\nBcc: eve@evil.test":  "Acme Bcc: eve@evil.test",
	"{{.Secret}} ${x} %s #{y} \\": "{{.Secret}} ${x} %s #{y} \\",
	"ORG#1#BRAND#2":               "ORG#1#BRAND#2",
	strings.Repeat("😀", 100):      strings.Repeat("😀", 100),
	"=1+1":                        "=1+1",
}

// hostileNames gives them to organizations, brands, connections and people.
func hostileNames(a *api) {
	org, grace := "/"+a.Org.String(), a.Someone("Grace")
	for name, want := range hostile {
		made := a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: org + "/brands", body: object("name", name), who: &a.Ada})
		id, _ := made.body["id"].(string)
		read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: org + "/brands/" + id, who: &a.Ada})
		if made.body["name"] != want || read.text != made.text {
			a.t.Errorf("%q: created %s, read %s, want the name %q", name, made.text, read.text, want)
		}
		renamed := a.expect(http.StatusOK, "", ask{method: http.MethodPatch, path: org, body: object("name", name), who: &a.Ada})
		if renamed.body["name"] != want {
			a.t.Errorf("%q: renamed to %s", name, renamed.text)
		}
		connection := map[string]any{"id": a.JoinPage, "name": name, "enabled": true}
		connected := a.expect(http.StatusOK, "", ask{method: http.MethodPatch, path: org, body: object("connections", []any{connection}), who: &a.Ada})
		if all, _ := connected.body["connections"].([]any); all[0].(map[string]any)["name"] != want {
			a.t.Errorf("%q: the connection is %s", name, connected.text)
		}
		called := a.Renamed(grace, name)
		if got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/me", who: &called}); got.body["name"] != want {
			a.t.Errorf("%q: the person is %s", name, got.text)
		}
	}
	for _, name := range []string{"", " \r\n", "\u202e\u2066", "\u200b", strings.Repeat("😀", 101)} {
		for _, q := range []ask{
			{method: http.MethodPost, path: "/" + a.Org.String() + "/brands"},
			{method: http.MethodPatch, path: "/" + a.Org.String()},
			{method: http.MethodPost, path: "/organizations"},
			{method: http.MethodPatch, path: "/" + a.Org.String(), body: object("connections", []any{map[string]any{"id": a.JoinPage, "name": name, "enabled": true}})},
		} {
			if q.who = &a.Ada; q.body == "" {
				q.body = object("name", name)
			}
			a.Unchanged(a.t, a.ID, func() { a.expect(http.StatusUnprocessableEntity, "invalid_input", q) })
		}
	}
}

// hostileTexts puts them into messages and reasons, which have lines and are kept to the letter.
func hostileTexts(a *api) {
	org := "/" + a.Org.String()
	a.expect(http.StatusOK, "", ask{method: http.MethodPatch, path: org, body: `{"existing_accounts":"ask"}`, who: &a.Ada})
	logged := func(user, want string) {
		a.t.Helper()
		got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: org + "/audit-log", query: "user=" + user, who: &a.Ada})
		items, _ := got.body["items"].([]any)
		if !slices.ContainsFunc(items, func(entry any) bool { return entry.(map[string]any)["reason"] == want }) {
			a.t.Errorf("%q: the log says %s", want, got.text)
		}
	}
	roles := []string{"publisher", "viewer"} // Cleo is Publisher
	for text := range hostile {
		grace := a.Someone("Grace")
		asked := a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: a.requests(), body: object("connection", a.JoinPage, "message", text), who: &grace})
		id, _ := asked.body["id"].(string)
		rejected := a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: a.requests() + "/" + id + "/reject", body: object("reason", text), who: &a.Ada})
		if asked.body["message"] != text || rejected.body["reason"] != text {
			a.t.Errorf("%q: asked %s, rejected %s", text, asked.text, rejected.text)
		}
		logged(grace.User.ID, text)
		i := a.invited(false)
		resent := a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: org + "/invitations/" + i.ID + "/resend", body: object("message", text), who: &a.Ada})
		if resent.body["message"] != text {
			a.t.Errorf("%q: sent %s", text, resent.text)
		}
		slices.Reverse(roles)
		change := object("brands", map[string]any{a.Globex.Brand: roles[0]}, "reason", text)
		a.expect(http.StatusOK, "", ask{method: http.MethodPatch, path: a.member(a.Org, a.Cleo.User.ID), body: change, who: &a.Ada})
		logged(a.Cleo.User.ID, text)
		hal := a.joined()
		a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: a.member(a.Org, hal.User.ID), query: "reason=" + url.QueryEscape(text), who: &a.Ada})
		logged(hal.User.ID, text)
	}
}

// sameAddress writes one person's address in several ways, and others' that only look like it.
func sameAddress(a *api) {
	unique := strings.ToLower(a.NewID())
	invite := func(status int, code, email string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: "/" + a.Org.String() + "/invitations", body: a.memberOffer(email), who: &a.Ada})
	}
	for written, others := range map[string][]string{
		"A" + unique + "@x.example":           {"a" + unique + "@x.example", " a" + unique + "@X.EXAMPLE "},
		"a" + unique + "+tag@x.example":       {"A" + unique + "+TAG@x.example"}, // a person of their own: what a plus means, the mail server knows
		"b" + unique + "@Bücher.example":      {"B" + unique + "@xn--bcher-kva.example", "b" + unique + "@BÜCHER.example", "b" + unique + "@bu\u0308cher.example"},
		"jos\u00e9" + unique + "@x.example":   {"jose\u0301" + unique + "@x.example", "JOSÉ" + unique + "@x.example"},
		"jose" + unique + "@x.example":        nil, // is not José
		"a" + unique + "@x.example.x.example": nil,
	} {
		first := invite(http.StatusCreated, "", written)
		for _, other := range others {
			invite(http.StatusConflict, "invitation_pending", other)
		}
		results, _ := first.body["results"].([]any)
		result, _ := results[0].(map[string]any)
		made, _ := result["invitation"].(map[string]any)
		link, _ := made["accept_url"].(string)
		if link == "" {
			a.t.Fatalf("%s: no link in %s", written, first.text)
		}
		proven := written
		if len(others) > 0 {
			proven = strings.TrimSpace(others[0])
		}
		grace := a.SomeoneWith("Grace", proven)
		accept := ask{method: http.MethodPost, path: "/invitations/" + testbed.Token(link) + "/accept", who: &grace}
		a.expect(http.StatusOK, "", accept)
		invite(http.StatusConflict, "already_member", written)
	}
}

// otherFilters takes the cursor of a list to the same list with another filter, and to another list.
func otherFilters(a *api) {
	for range 2 {
		a.invited(false)
		a.invited(true)
		a.Asks(a.Someone("Grace"))
	}
	a.Index(a.ID)
	org, globex := "/"+a.Org.String(), "/"+a.Globex.String()
	for path, filters := range map[string][]string{
		org + "/members":         {"", "role=member", "brand=" + a.Globex.Brand, "granted_by=" + a.Ada.User.ID, "q=example.com"},
		globex + "/members":      {"", "role=admin", "q=example.com"},
		org + "/invitations":     {"", "status=pending"},
		globex + "/invitations":  {"", "status=pending"},
		org + "/access-requests": {"", "status=pending"},
		org + "/audit-log":       {"", "type=MemberAdded", "type=InvitationCreated"},
		globex + "/audit-log":    {"", "type=InvitationCreated"},
		org + "/brands":          {""},
	} {
		cursors := map[string]string{}
		for _, filter := range filters {
			got := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: path, query: "limit=1&" + filter, who: &a.Ada})
			next, _ := got.body["next_cursor"].(string)
			if next == "" {
				a.t.Fatalf("%s?%s has no second page: %s", path, filter, got.text)
			}
			cursors[filter] = next
		}
		for filter, cursor := range cursors {
			for _, other := range filters {
				q := ask{method: http.MethodGet, path: path, query: "limit=1&" + other + "&cursor=" + cursor, who: &a.Ada}
				if other == filter {
					a.expect(http.StatusOK, "", q)
					continue
				}
				a.expect(http.StatusBadRequest, "invalid_cursor", q)
			}
			elsewhere := []string{org + "/members", globex + "/members", org + "/invitations", org + "/brands"}
			for _, other := range slices.DeleteFunc(elsewhere, func(p string) bool { return p == path }) {
				a.expect(http.StatusBadRequest, "invalid_cursor", ask{method: http.MethodGet, path: other, query: "limit=1&cursor=" + cursor, who: &a.Ada})
			}
		}
	}
}

// otherLists takes the cursors of what is somebody's own to the other lists of theirs, and to somebody else.
func otherLists(a *api) {
	address := a.Address("grace")
	a.Pending(address)
	a.invite(a.Initech, address)
	grace := a.SomeoneWith("Grace", address)
	for _, name := range []string{"One", "Two"} {
		a.Organization(grace.Caller, name)
		to, _ := a.Organization(a.Ada.Caller, name)
		body := object("connection", to.Connections[0].ID)
		a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: "/organizations/" + to.ID + "/access-requests", body: body, who: &grace})
	}
	lists := []string{"/me/access", "/me/invitations", "/me/access-requests"}
	for _, list := range lists {
		q := ask{method: http.MethodGet, path: list, query: "limit=1", who: &grace}
		first := a.expect(http.StatusOK, "", q)
		cursor, _ := first.body["next_cursor"].(string)
		if cursor == "" {
			a.t.Fatalf("%s has no second page: %s", list, first.text)
		}
		q.query += "&cursor=" + cursor
		for _, q.path = range lists {
			if q.path == list {
				a.expect(http.StatusOK, "", q)
				continue
			}
			a.expect(http.StatusBadRequest, "invalid_cursor", q)
		}
		q.path, q.who = list, &a.Ada
		a.expect(http.StatusBadRequest, "invalid_cursor", q)
	}
}

// justDeleted names a brand that was deleted a moment ago wherever a brand can be named; a role that does not exist likewise.
func justDeleted(a *api) {
	gone := a.NewBrand("Umbrella").ID
	grace := a.Asks(a.Someone("Grace"))
	a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: "/" + a.Org.String() + "/brands/" + gone, body: object("confirm", "Umbrella"), who: &a.Ada})
	org, hugo := "/"+a.Org.String(), a.Someone("Hugo")
	offer := func(role string, brands ...string) []any {
		return []any{"role", "member", "brands", brands, "brand_role", role}
	}
	for _, c := range []struct {
		method, path string
		who          testbed.Someone
		pairs        func(role string, brands ...string) []any
	}{
		{http.MethodPost, org + "/invitations", a.Ada, func(role string, brands ...string) []any {
			return append(offer(role, brands...), "invitees", invitees(a.Address("new")))
		}},
		{http.MethodPost, org + "/invitations/" + a.invited(false).ID + "/resend", a.Ada, offer},
		{http.MethodPost, org + "/access-requests/" + grace.ID + "/approve", a.Ada, offer},
		{http.MethodPatch, a.member(a.Org, a.Dan.User.ID), a.Ada, func(role string, brands ...string) []any {
			wished := map[string]any{}
			for _, b := range brands {
				wished[b] = role
			}
			return []any{"brands", wished}
		}},
	} {
		for name, pairs := range map[string][]any{
			"deleted": c.pairs("viewer", a.Globex.Brand, gone), "no role": c.pairs("owner", a.Globex.Brand), "twice": c.pairs("viewer", a.Globex.Brand, a.Globex.Brand),
		} {
			if name == "twice" && c.method == http.MethodPatch { // is no list
				continue
			}
			a.Unchanged(a.t, a.ID, func() {
				a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{method: c.method, path: c.path, body: object(pairs...), who: &c.who})
			})
		}
	}
	bulk := func(role string, brand, brandRole string) ask {
		body := object("members", selected(a.Dan.User.ID), "role", role, "brands", map[string]any{brand: brandRole})
		return ask{method: http.MethodPost, path: org + "/members/bulk-update", body: body, who: &a.Ada}
	}
	a.Unchanged(a.t, a.ID, func() {
		for _, wanted := range [][]string{{gone}, {a.Globex.Brand, a.Globex.Brand}} {
			body := object("connection", a.JoinPage, "wanted_brands", wanted)
			a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{method: http.MethodPost, path: a.requests(), who: &hugo, body: body})
		}
		a.several(a.do(bulk("member", gone, "viewer")), "failed invalid_input")
		a.expect(http.StatusUnprocessableEntity, "invalid_input", bulk("owner", a.Globex.Brand, "viewer"))
		a.expect(http.StatusUnprocessableEntity, "invalid_input", bulk("member", a.Globex.Brand, "owner"))
	})
}
