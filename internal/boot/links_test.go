package boot_test

import (
	"net/http"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// requestLink asks for a new link in place of each kind of dead one.
func requestLink(a *api) {
	post := func(i invitation.Invitation, who testbed.Someone, status int, code string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: "/invitations/" + testbed.Token(i.AcceptURL) + "/request-link", who: &who})
	}
	for _, kind := range kinds {
		i, grace := a.to(kind)
		a.declines(grace, i)
		got := post(i, grace, http.StatusOK, "")
		if got.body["scope"] != i.Scope.String() || got.body["scope_name"] != i.ScopeName {
			a.t.Errorf("got %s", got.text)
		}
		again := post(i, grace, http.StatusTooManyRequests, "too_many_link_requests")
		if again.header["retry-after"] == "" {
			a.t.Errorf("when to ask again is not said: %v", again.header)
		}
	}
	i := a.invited(false)
	grace, stranger, unproved := a.SomeoneWith("Grace", i.Invitee.Email), testbed.Someone{}, a.Unverified("Grace", i.Invitee.Email)
	post(i, grace, http.StatusConflict, "invitation_pending")
	a.Advance(8 * 24 * time.Hour)
	post(i, stranger, http.StatusForbidden, "not_registered")
	post(i, unproved, http.StatusForbidden, "email_not_verified")
	post(i, a.Eve, http.StatusForbidden, "wrong_account")
	post(i, grace, http.StatusOK, "")
	for _, end := range ends() {
		b, kind := a, access.KindOrganization
		if !end.appliesTo(kind) {
			kind = access.KindWorkspace
		}
		if end.endsAll() {
			b = newAPI(a.t, a.book)
		}
		i, grace := b.to(kind)
		end.change(b, i, grace)
		status, code := http.StatusOK, ""
		switch end.code {
		case "invitation_accepted":
			status, code = http.StatusConflict, end.code
		case "too_many_brands", "scope_disabled": // which leave it open
			status, code = http.StatusConflict, "invitation_pending"
		case "invitation_closed", "invitation_deleted", "scope_deleted":
			status, code = http.StatusGone, end.code
		}
		b.expect(status, code, ask{method: http.MethodPost, path: "/invitations/" + testbed.Token(i.AcceptURL) + "/request-link", who: &grace})
	}
}

// cleanUp deletes what came to nothing; one that was sent again meanwhile stays.
func cleanUp(a *api) {
	for _, kind := range kinds {
		first, grace := a.to(kind)
		second, hugo := a.to(kind)
		open, _ := a.to(kind)
		a.declines(grace, first)
		a.declines(hugo, second)
		owner := a.inviter(first.Scope)
		q := ask{method: http.MethodPost, path: "/" + first.Scope.String() + "/invitations/clean-up", who: &owner}
		q.query = "dry_run=true"
		if got := a.expect(http.StatusOK, "", q); got.body["remaining"] != 2.0 {
			a.t.Errorf("there are %s", got.text)
		}
		q.query = ""
		proxied, proxy := a.proxied()
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			_, err := a.Resend().Do(a.t.Context(), owner.Caller, invitation.ResendInput{Scope: second.Scope, ID: second.ID})
			a.check(err)
		}))
		got := proxied.expect(http.StatusMultiStatus, "", q)
		results, _ := got.body["results"].([]any)
		if len(results) != 2 || got.body["remaining"] != 0.0 {
			a.t.Errorf("got %s", got.text)
		}
		for id, want := range map[string]int{first.ID: http.StatusNotFound, second.ID: http.StatusOK, open.ID: http.StatusOK} {
			code := ""
			if want == http.StatusNotFound {
				code = "not_found"
			}
			a.expect(want, code, ask{method: http.MethodGet, path: "/" + first.Scope.String() + "/invitations/" + id, who: &owner})
		}
	}
}
