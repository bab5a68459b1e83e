package boot_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// This file has each code that a single result of a call about several things can have: those that a result has from the beginning, and
// those that come because something changes between the call's transactions.

// proxied returns the API with its table behind a proxy.
func (a *api) proxied() (*api, *tableproxy.Proxy) {
	a.t.Helper()
	proxy, err := tableproxy.Start(a.t.Context(), a.Endpoint())
	a.check(err)
	a.t.Cleanup(proxy.Close)
	return a.with(map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": proxy.URL}), proxy
}

// meanwhile has f run before each transaction of the calls to come, sent again or not.
func meanwhile(proxy *tableproxy.Proxy, f func()) {
	for n := range 30 {
		proxy.Inject("TransactWriteItems", n+1, tableproxy.Before(f))
	}
}

// adminOf returns a further Admin of the organization or brand.
func (a *api) adminOf(scope access.Scope) testbed.Someone {
	a.t.Helper()
	abe := a.Someone("Abe")
	if scope.Kind() == access.KindBrand {
		a.Join(a.Ada, a.Brands[0], access.Admin, abe)
	} else {
		a.Promote(a.Ada, a.ID, abe)
	}
	return abe
}

// losses are the ways in which a caller loses the right to a call that is under way, by the code that the rest of it then has.
func (a *api) losses(scope access.Scope, who testbed.Someone) map[string]func() {
	return map[string]func(){
		"not_found": func() { a.EraseMember(a.ID, who.User.ID) },
		"permission_missing": func() {
			if scope.Kind() != access.KindBrand {
				a.SetRole(a.ID, who.User.ID, access.Member)
				return
			}
			in := member.UpdateInput{Scope: scope, User: who.User.ID, Wish: member.Wish{Role: access.Viewer}}
			_, err := a.UpdateMember().Do(a.t.Context(), a.Ada.Caller, in)
			a.check(err)
		},
	}
}

// several checks what became of each of the things of a call.
func (a *api) several(got answer, want ...string) {
	a.t.Helper()
	if codes := outcomes(got); got.status != http.StatusMultiStatus || !slices.Equal(codes, want) {
		a.t.Errorf("got %d %v, want %v: %s", got.status, codes, want, got.text)
	}
}

// stored reports whether the item of a member is another one than it was, or gone.
func (a *api) stored(before testbed.Item, user string) bool {
	now := a.Item("ORG#"+a.ID, "MEMBER#"+user)
	return testbed.Text(now, "version") != testbed.Text(before, "version")
}

func resultsOfMembers(a *api) {
	own := func(verb string, scope access.Scope, who testbed.Someone, members any) ask {
		q := ask{method: http.MethodPost, path: "/" + scope.String() + "/members/" + verb, who: &who, body: object("members", members)}
		if verb == "bulk-update" {
			q.body = object("members", members, "role", "member", "brands", map[string]any{a.Globex.Brand: "viewer"})
		}
		return q
	}
	for _, c := range []struct {
		verb  string
		scope access.Scope
	}{{"bulk-update", a.Org}, {"bulk-remove", a.Org}, {"bulk-remove", a.Globex}} {
		inBrand := c.scope.Kind() == access.KindBrand
		for code := range a.losses(c.scope, a.Bob) {
			abe, first, last := a.adminOf(c.scope), a.joined(), a.joined()
			proxied, proxy := a.proxied()
			before, lose := a.Item("ORG#"+a.ID, "MEMBER#"+first.User.ID), sync.OnceFunc(a.losses(c.scope, abe)[code])
			meanwhile(proxy, func() {
				a.Touch(a.ID, last.User.ID) // and first is stored without last
				if a.stored(before, first.User.ID) {
					lose()
				}
			})
			a.several(proxied.do(own(c.verb, c.scope, abe, selected(first.User.ID, last.User.ID))), "changed", "failed "+code)
		}
		first, last := a.joined(), a.joined()
		proxied, proxy := a.proxied()
		meanwhile(proxy, func() { a.Touch(a.ID, last.User.ID) })
		a.several(proxied.do(own(c.verb, c.scope, a.Ada, selected(first.User.ID, last.User.ID))), "changed", "failed unavailable")

		b := newAPI(a.t, a.book) // with one Admin, and who is made one is not counted
		caller, other, want := b.Ada, b.Dan, "failed last_admin"
		if inBrand {
			caller, other, want = b.Bob, b.Ada, "failed organization_admin"
		} else {
			b.SetRole(b.ID, b.Dan.User.ID, access.Admin)
		}
		members := []any{
			map[string]any{"id": caller.User.ID},
			map[string]any{"id": "usr_" + b.NewID()},
			map[string]any{"id": b.joined().User.ID, "version": 9},
			map[string]any{"id": other.User.ID},
			map[string]any{"id": b.joined().User.ID},
		}
		q := own(c.verb, scopeIn(b, c.scope), caller, members)
		q.body = strings.ReplaceAll(q.body, a.Globex.Brand, b.Globex.Brand)
		b.several(b.do(q), "failed own_role", "failed not_found", "failed stale_version", want, "changed")
	}

	// Of brands there are too many, or not this one.
	a.GiveBrands(a.ID, a.Cleo.User.ID, brandsAtTheLimit)
	q := own("bulk-update", a.Org, a.Ada, selected(a.Cleo.User.ID, a.joined().User.ID))
	a.several(a.do(q), "failed too_many_brands", "changed")
	q.body = object("members", selected(a.Bob.User.ID), "brands", map[string]any{a.Hooli.Brand: "viewer"})
	a.several(a.do(q), "failed invalid_input")

	// A key that another request uses at the same moment refuses the call as a whole.
	key := map[string]string{"idempotency-key": "key-" + a.NewID()}
	proxied, proxy := a.proxied()
	mine, theirs := own("bulk-remove", a.Org, a.Ada, selected(a.joined().User.ID)), own("bulk-remove", a.Org, a.Ada, selected(a.joined().User.ID))
	mine.header, theirs.header = key, key
	meanwhile(proxy, sync.OnceFunc(func() { a.expect(http.StatusOK, "", theirs) }))
	proxied.expect(http.StatusUnprocessableEntity, "idempotency_key_reused", mine)
}

// scopeIn returns the organization of another scene, or the brand in it, that stands there for a scope of this one.
func scopeIn(b *api, scope access.Scope) access.Scope {
	if scope.Kind() == access.KindBrand {
		return b.Globex
	}
	return b.Org
}

func resultsOfInvitees(a *api) {
	for _, scope := range []access.Scope{a.Org, a.Globex} {
		offer := func(who testbed.Someone, query string, addresses ...string) ask {
			body := a.memberOffer(addresses...)
			if scope.Kind() == access.KindBrand {
				body = object("invitees", invitees(addresses...), "role", "viewer")
			}
			return ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations", query: query, who: &who, body: body}
		}
		open, full := a.invited(scope.Kind() == access.KindBrand).Invitee.Email, a.joined()
		addresses := []string{"nobody", open, a.Cleo.User.Email, a.Address("new")}
		want := []string{"failed invalid_input", "failed invitation_pending", "failed already_member", "invited"}
		if scope.Kind() == access.KindBrand {
			a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: a.member(a.Globex, full.User.ID), who: &a.Ada})
			a.GiveBrands(a.ID, full.User.ID, brandsAtTheLimit)
			addresses = append(addresses, a.Ada.User.Email, full.User.Email)
			want = append(want, "failed already_organization_admin", "failed too_many_brands")
		}
		if got := outcomes(a.expect(http.StatusOK, "", offer(a.Ada, "dry_run=true", addresses...))); !slices.Equal(got, want) {
			a.t.Errorf("a dry run: got %v, want %v", got, want)
		}
		a.several(a.do(offer(a.Ada, "", addresses...)), want...)
		few := a.with(map[string]string{"INVITATION_MAILS_PER_HOUR": "1"})
		a.several(few.do(offer(a.Ada, "", a.Address("x"), "nobody")), "failed too_many_mails", "failed invalid_input")

		// More people than one transaction takes.
		late := func(who testbed.Someone, code string, f func()) {
			a.t.Helper()
			many := make([]string, 30)
			for i := range many {
				many[i] = a.Address("many")
			}
			proxied, proxy := a.proxied()
			meanwhile(proxy, func() {
				if a.Guarded(scope, strings.ToLower(many[0])) != "" {
					f()
				}
			})
			a.someInvited(proxied.do(offer(who, "", many...)), code)
		}
		late(a.Ada, "unavailable", func() { a.Touch(a.ID, a.Ada.User.ID) })
		for code := range a.losses(scope, a.Bob) {
			abe := a.adminOf(scope)
			late(abe, code, sync.OnceFunc(a.losses(scope, abe)[code]))
		}
	}
}

// someInvited checks that the first ones of a call were invited, and the rest failed with a code.
func (a *api) someInvited(got answer, code string) {
	a.t.Helper()
	all := outcomes(got)
	first := slices.Index(all, "failed "+code)
	for i, outcome := range all {
		if first <= 0 || outcome != "invited" && outcome != "failed "+code || (outcome == "invited") != (i < first) {
			a.t.Fatalf("got %v, want some invited and then %s", all, code)
		}
	}
}

func resultsOfCleanUp(a *api) {
	for _, scope := range []access.Scope{a.Org, a.Globex} {
		late := func(who testbed.Someone, code string, f func()) {
			a.t.Helper()
			first, second := a.invited(scope.Kind() == access.KindBrand), a.invited(scope.Kind() == access.KindBrand)
			a.declined(first)
			a.declined(second)
			proxied, proxy := a.proxied()
			together := sync.OnceFunc(func() { a.Touch(a.ID, who.User.ID) }) // which then does not work
			meanwhile(proxy, func() {
				together()
				if a.Item("ORG#"+a.ID, "INVITATION#"+first.ID) == nil || a.Item("ORG#"+a.ID, "INVITATION#"+second.ID) == nil {
					f()
				}
			})
			q := ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations/clean-up", who: &who}
			a.several(proxied.do(q), "deleted", "failed "+code)
			a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + a.Org.String() + "/invitations/clean-up", who: &a.Ada})
		}
		late(a.Ada, "unavailable", func() { a.Touch(a.ID, a.Ada.User.ID) })
		for code := range a.losses(scope, a.Bob) {
			abe := a.adminOf(scope)
			late(abe, code, sync.OnceFunc(a.losses(scope, abe)[code]))
		}
	}
}
