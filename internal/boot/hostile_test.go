package boot_test

import (
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/testbed"
)

// hostileNames gives organizations, brands and messages names that were made to mislead or to break something. They are text, kept as they are but
// for what cannot be seen.
func hostileNames(a *api) {
	for name, want := range map[string]string{
		`<script>alert(1)</script>`:   `<script>alert(1)</script>`,
		`"><img src=x onerror=1>`:     `"><img src=x onerror=1>`,
		"Acme\u202egnp.exe":           "Acmegnp.exe",
		"\u2067Acme\u2069":            "Acme",
		"Acme\r\nBcc: eve@evil.test":  "Acme Bcc: eve@evil.test",
		"{{.Secret}} ${x} %s #{y} \\": "{{.Secret}} ${x} %s #{y} \\",
		"ORG#1#BRAND#2":               "ORG#1#BRAND#2",
		strings.Repeat("😀", 100):      strings.Repeat("😀", 100),
		"=1+1":                        "=1+1",
	} {
		made := a.expect(http.StatusCreated, "", ask{method: http.MethodPost, path: "/" + a.Org.String() + "/brands", body: object("name", name), who: &a.Ada})
		id, _ := made.body["id"].(string)
		read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/" + a.Org.String() + "/brands/" + id, who: &a.Ada})
		if made.body["name"] != want || read.text != made.text {
			a.t.Errorf("%q: created %s, read %s, want the name %q", name, made.text, read.text, want)
		}
		renamed := a.expect(http.StatusOK, "", ask{method: http.MethodPatch, path: "/" + a.Org.String(), body: object("name", name), who: &a.Ada})
		if renamed.body["name"] != want {
			a.t.Errorf("%q: renamed to %s", name, renamed.text)
		}
	}
	for _, name := range []string{"", " \r\n", "\u202e\u2066", "\u200b", strings.Repeat("😀", 101)} {
		for _, q := range []ask{
			{method: http.MethodPost, path: "/" + a.Org.String() + "/brands"},
			{method: http.MethodPatch, path: "/" + a.Org.String()},
			{method: http.MethodPost, path: "/organizations"},
		} {
			q.body, q.who = object("name", name), &a.Ada
			a.Unchanged(a.t, a.ID, func() { a.expect(http.StatusUnprocessableEntity, "invalid_input", q) })
		}
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
		globex + "/members":      {"", "q=example.com"},
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
	a.Unchanged(a.t, a.ID, func() {
		body := object("connection", a.JoinPage, "wanted_brands", []string{gone})
		a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{method: http.MethodPost, path: a.requests(), who: &hugo, body: body})
	})
}
