package boot_test

import (
	"cmp"
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
	switch scope.Kind() {
	case access.KindBrand:
		a.Join(a.Ada, a.Brands[0], access.Admin, abe)
	case access.KindWorkspace:
		a.Lab().Enlist(access.Admin, abe)
	default:
		a.Promote(a.Ada, a.ID, abe)
	}
	return abe
}

// idOf is that of the organization or workspace that a scope is in.
func idOf(scope access.Scope) string { return scope.Organization + scope.Workspace }

// losses are the ways in which a caller loses the right to a call that is under way, by the code that the rest of it then has.
func (a *api) losses(scope access.Scope, who testbed.Someone) map[string]func() {
	id, owner := idOf(scope), a.Lab().Ada
	if scope.Kind() == access.KindWorkspace {
		return map[string]func(){
			"not_found":          func() { a.EraseMember(id, who.User.ID) },
			"permission_missing": func() { a.SetRole(id, who.User.ID, a.Lab().Viewer.ID) },
			"scope_disabled": func() {
				a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + scope.String() + "/disable", who: &owner})
				a.Touch(id, who.User.ID) // who notices at once
			},
		}
	}
	return map[string]func(){
		"not_found": func() { a.EraseMember(id, who.User.ID) },
		"permission_missing": func() {
			if scope.Kind() != access.KindBrand {
				a.SetRole(id, who.User.ID, access.Member)
				return
			}
			in := member.UpdateInput{Scope: scope, User: who.User.ID, Wish: member.Wish{Role: access.Viewer}}
			_, err := a.UpdateMember().Do(a.t.Context(), a.Ada.Caller, in)
			a.check(err)
		},
	}
}

// enabled enables the lab again after a loss of that.
func (a *api) enabled(scope access.Scope, code string) {
	a.t.Helper()
	if owner := a.Lab().Ada; code == "scope_disabled" {
		a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + scope.String() + "/enable", who: &owner})
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
func (a *api) stored(before testbed.Item, id, user string) bool {
	now := a.MemberItem(id, user)
	return testbed.Text(now, "version") != testbed.Text(before, "version")
}

func resultsOfMembers(a *api) {
	own := func(verb string, scope access.Scope, who testbed.Someone, members any) ask {
		q := ask{method: http.MethodPost, path: "/" + scope.String() + "/members/" + verb, who: &who, body: object("members", members)}
		switch {
		case verb == "bulk-update" && scope.Kind() == access.KindWorkspace:
			q.body = object("members", members, "role", a.Lab().Analyst.ID)
		case verb == "bulk-update":
			q.body = object("members", members, "role", "member", "brands", map[string]any{a.Globex.Brand: "viewer"})
		}
		return q
	}
	for _, c := range []struct {
		verb  string
		scope access.Scope
	}{{"bulk-update", a.Org}, {"bulk-remove", a.Org}, {"bulk-remove", a.Globex}, {"bulk-update", a.Lab().Scope}, {"bulk-remove", a.Lab().Scope}} {
		id := idOf(c.scope)
		for code := range a.losses(c.scope, a.Bob) {
			abe, first, last := a.adminOf(c.scope), a.joinedTo(c.scope), a.joinedTo(c.scope)
			proxied, proxy := a.proxied()
			before, lose := a.MemberItem(id, first.User.ID), sync.OnceFunc(a.losses(c.scope, abe)[code])
			meanwhile(proxy, func() {
				a.Touch(id, last.User.ID) // and first is stored without last
				if a.stored(before, id, first.User.ID) {
					lose()
				}
			})
			a.several(proxied.do(own(c.verb, c.scope, abe, selected(first.User.ID, last.User.ID))), "changed", "failed "+code)
			a.enabled(c.scope, code)
		}
		first, last := a.joinedTo(c.scope), a.joinedTo(c.scope)
		proxied, proxy := a.proxied()
		meanwhile(proxy, func() { a.Touch(id, last.User.ID) })
		a.several(proxied.do(own(c.verb, c.scope, a.inviter(c.scope), selected(first.User.ID, last.User.ID))), "changed", "failed unavailable")

		b := newAPI(a.t, a.book) // with one Admin, and who is made one is not counted
		scope := scopeIn(b, c.scope)
		caller, other, want := b.inviter(scope), b.Dan, "failed last_admin"
		switch scope.Kind() {
		case access.KindBrand:
			caller, other, want = b.Bob, b.Ada, "failed organization_admin"
		case access.KindWorkspace:
			other = b.Lab().Vic
			b.SetRole(b.Lab().ID, other.User.ID, access.Admin)
		default:
			b.SetRole(b.ID, other.User.ID, access.Admin)
		}
		members := []any{
			map[string]any{"id": caller.User.ID},
			map[string]any{"id": "usr_" + b.NewID()},
			map[string]any{"id": b.joinedTo(scope).User.ID, "version": 9},
			map[string]any{"id": other.User.ID},
			map[string]any{"id": b.joinedTo(scope).User.ID},
		}
		q := own(c.verb, scope, caller, members)
		q.body = strings.NewReplacer(a.Globex.Brand, b.Globex.Brand, string(a.Lab().Analyst.ID), string(b.Lab().Analyst.ID)).Replace(q.body)
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

// scopeIn returns the organization of another scene, the brand in it or its lab, that stands there for a scope of this one.
func scopeIn(b *api, scope access.Scope) access.Scope {
	switch scope.Kind() {
	case access.KindBrand:
		return b.Globex
	case access.KindWorkspace:
		return b.Lab().Scope
	default:
		return b.Org
	}
}

// joinedTo is somebody who has just joined an organization with its brand, or a workspace.
func (a *api) joinedTo(scope access.Scope) testbed.Someone {
	a.t.Helper()
	if scope.Kind() == access.KindWorkspace {
		return a.Lab().Newcomer(a.Lab().Viewer.ID)
	}
	return a.joined()
}

func resultsOfInvitees(a *api) {
	for _, scope := range []access.Scope{a.Org, a.Globex, a.Lab().Scope} {
		inLab, owner := scope.Kind() == access.KindWorkspace, a.inviter(scope)
		offer := func(who testbed.Someone, query string, names ...string) ask {
			body := a.memberOffer(names...)
			switch scope.Kind() {
			case access.KindBrand:
				body = object("invitees", invitees(names...), "role", "viewer")
			case access.KindWorkspace:
				body = object("invitees", byUsername(names...), "role", a.Lab().Viewer.ID)
			}
			return ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations", query: query, who: &who, body: body}
		}
		named := func(who testbed.Someone) string {
			if inLab {
				return who.User.Username
			}
			return who.User.Email
		}
		fresh := func() string {
			if inLab {
				return a.Someone("Many").User.Username
			}
			return a.Address("many")
		}
		i, _ := a.to(scope.Kind())
		open, full := cmp.Or(i.Invitee.Email, i.Invitee.Username), a.joinedTo(scope)
		names := []string{"nobody", open, named(a.joinedTo(scope)), fresh()}
		want := []string{"failed invalid_input", "failed invitation_pending", "failed already_member", "invited"}
		if scope.Kind() == access.KindBrand {
			a.expect(http.StatusNoContent, "", ask{method: http.MethodDelete, path: a.member(a.Globex, full.User.ID), who: &a.Ada})
			a.GiveBrands(a.ID, full.User.ID, brandsAtTheLimit)
			names = append(names, a.Ada.User.Email, full.User.Email)
			want = append(want, "failed already_organization_admin", "failed too_many_brands")
		}
		if got := outcomes(a.expect(http.StatusOK, "", offer(owner, "dry_run=true", names...))); !slices.Equal(got, want) {
			a.t.Errorf("a dry run: got %v, want %v", got, want)
		}
		a.several(a.do(offer(owner, "", names...)), want...)
		few := a.with(map[string]string{"INVITATION_MAILS_PER_HOUR": "1"})
		a.several(few.do(offer(owner, "", fresh(), "nobody")), "failed too_many_mails", "failed invalid_input")

		// More people than one transaction takes.
		late := func(who testbed.Someone, code string, f func()) {
			a.t.Helper()
			many := make([]string, 30)
			for i := range many {
				many[i] = fresh()
			}
			key := strings.ToLower(many[0])
			if inLab {
				key = a.userNamed(many[0])
			}
			proxied, proxy := a.proxied()
			meanwhile(proxy, func() {
				if a.Guarded(scope, key) != "" {
					f()
				}
			})
			a.someInvited(proxied.do(offer(who, "", many...)), code)
			a.enabled(scope, code)
		}
		late(owner, "unavailable", func() { a.Touch(idOf(scope), owner.User.ID) })
		for code := range a.losses(scope, a.Bob) {
			abe := a.adminOf(scope)
			late(abe, code, sync.OnceFunc(a.losses(scope, abe)[code]))
		}
	}
}

func byUsername(names ...string) any {
	list := []map[string]string{}
	for _, name := range names {
		list = append(list, map[string]string{"username": name})
	}
	return list
}

// userNamed returns the id of the user with a username.
func (a *api) userNamed(username string) string {
	return testbed.Text(a.Item("USERNAMES#"+username[:3], username), "user")
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
	for _, scope := range []access.Scope{a.Org, a.Globex, a.Lab().Scope} {
		owner, partition := a.inviter(scope), "ORG#"+a.ID
		if scope.Kind() == access.KindWorkspace {
			partition = "WORKSPACE#" + scope.Workspace
		}
		late := func(who testbed.Someone, code string, f func()) {
			a.t.Helper()
			var ids []string
			for range 2 {
				i, grace := a.to(scope.Kind())
				a.declines(grace, i)
				ids = append(ids, i.ID)
			}
			proxied, proxy := a.proxied()
			together := sync.OnceFunc(func() { a.Touch(idOf(scope), who.User.ID) }) // which then does not work
			meanwhile(proxy, func() {
				together()
				if a.Item(partition, "INVITATION#"+ids[0]) == nil || a.Item(partition, "INVITATION#"+ids[1]) == nil {
					f()
				}
			})
			q := ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations/clean-up", who: &who}
			a.several(proxied.do(q), "deleted", "failed "+code)
			a.enabled(scope, code)
			a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + scope.Root().String() + "/invitations/clean-up", who: &owner})
		}
		late(owner, "unavailable", func() { a.Touch(idOf(scope), owner.User.ID) })
		for code := range a.losses(scope, a.Bob) {
			abe := a.adminOf(scope)
			late(abe, code, sync.OnceFunc(a.losses(scope, abe)[code]))
		}
	}
}
