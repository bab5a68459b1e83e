package boot_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// way is how an invitation is answered: by its link, or by its id.
type way struct {
	name    string
	toBrand bool
	path    func(i invitation.Invitation) string
}

func ways() []way {
	byID := func(i invitation.Invitation) string { return "/" + i.Scope.String() + "/invitations/" + i.ID }
	return []way{
		{"by link", false, func(i invitation.Invitation) string { return "/invitations/" + testbed.Token(i.AcceptURL) }},
		{"by id", false, byID},
		{"by id, of a brand", true, byID},
	}
}

// become are the ways an invitation can end before it is answered; each is told to the invitee by its code.
type become struct {
	code        string
	status      int
	change      func(a *api, i invitation.Invitation, grace testbed.Someone)
	accept      bool // accepting says so
	decline     bool // declining says so
	byLinkAlone bool
}

func setStatus(status string) func(*api, invitation.Invitation, testbed.Someone) {
	return func(a *api, i invitation.Invitation, _ testbed.Someone) {
		a.SetStatus(i.Scope, i.ID, strings.ToLower(i.Invitee.Email), status)
	}
}

func ends() []become {
	return []become{
		{"invitation_expired", http.StatusGone, func(a *api, _ invitation.Invitation, _ testbed.Someone) { a.Advance(7 * 24 * time.Hour) }, true, true, false},
		{"invitation_closed", http.StatusGone, setStatus("closed"), true, true, false},
		{"invalid_grant", http.StatusConflict, setStatus("invalid_grant"), true, true, false},
		{"invitation_declined", http.StatusConflict, setStatus("declined"), true, false, false},
		{"invitation_accepted", http.StatusConflict, setStatus("accepted"), true, true, false},
		{"scope_deleted", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) { a.DeleteScope(i.Scope.Root()) }, true, true, false},
		{"too_many_brands", http.StatusConflict, func(a *api, _ invitation.Invitation, grace testbed.Someone) {
			a.Join(a.Ada, a.Brands[1], access.Viewer, grace)
			a.GiveBrands(a.ID, grace.User.ID, brandsAtTheLimit)
		}, true, false, false},
		{"invitation_superseded", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) {
			_, err := a.Resend().Do(a.t.Context(), a.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
			a.check(err)
		}, true, true, true},
		{"invitation_deleted", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) {
			_, err := a.Delete().Do(a.t.Context(), a.Ada.Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID})
			a.check(err)
		}, true, true, true},
	}
}

func (a *api) check(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// accept has the invitee accept, by each way, what is open and what is not any more.
func accept(a *api) {
	for _, w := range ways() {
		i := a.invited(w.toBrand)
		grace := a.SomeoneWith("Grace", i.Invitee.Email)
		q := ask{method: http.MethodPost, path: w.path(i) + "/accept", who: &grace}
		first := a.expect(http.StatusOK, "", q)
		again := a.expect(http.StatusOK, "", q) // a double click
		if first.text != again.text || first.header["etag"] != `"1"` {
			a.t.Errorf("%s: accepted %s, again %s", w.name, first.text, again.text)
		}
	}
	for _, end := range ends() {
		each(a, end, end.accept, "/accept")
	}
}

// decline has the invitee decline likewise.
func decline(a *api) {
	for _, w := range ways() {
		i := a.invited(w.toBrand)
		grace := a.SomeoneWith("Grace", i.Invitee.Email)
		for range 2 {
			a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: w.path(i) + "/decline", who: &grace})
		}
	}
	i := a.invited(false)
	typed := func(address string, status int, code string) {
		a.t.Helper()
		body := object("email", address)
		a.expect(status, code, ask{method: http.MethodPost, path: "/invitations/" + testbed.Token(i.AcceptURL) + "/decline", who: &a.Eve, body: body})
	}
	typed(a.Address("other"), http.StatusUnprocessableEntity, "invalid_input")
	typed(strings.ToUpper(i.Invitee.Email), http.StatusOK, "")
	a.expect(http.StatusUnprocessableEntity, "invalid_input", ask{
		method: http.MethodPost, path: "/" + a.Org.String() + "/invitations/" + i.ID + "/decline", who: &a.Eve, body: object("email", i.Invitee.Email),
	})
	for _, end := range ends() {
		each(a, end, end.decline, "/decline")
	}
}

// declineByAddress has whoever holds the link type the invited address.
func declineByAddress(a *api) {
	send := func(b *api, i invitation.Invitation, status int, code, body string) answer {
		b.t.Helper()
		return b.expect(status, code, ask{method: http.MethodPost, path: "/invitations/" + testbed.Token(i.AcceptURL) + "/decline-by-address", body: body})
	}
	for _, toBrand := range []bool{false, true} {
		i := a.invited(toBrand)
		for body, pointer := range map[string]string{
			"": "/email required", "{}": "/email required", `{"email":""}`: "/email required", `{"email":["a@example.com"]}`: "/email wrong_type",
			object("email", a.Address("other")): "/email wrong_address", object("email", "nobody"): "/email wrong_address",
		} {
			if got := send(a, i, http.StatusUnprocessableEntity, "invalid_input", body); !slices.Equal(got.pointers, []string{pointer}) {
				a.t.Errorf("%s: got %v, want %s", body, got.pointers, pointer)
			}
		}
		found, err := a.Get().Do(a.t.Context(), a.Ada.Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
		if err != nil || found.Status != invitation.Pending {
			a.t.Errorf("the invitation is %s, %v", found.Status, err)
		}
		for range 2 {
			send(a, i, http.StatusOK, "", object("email", strings.ToUpper(i.Invitee.Email)))
		}
	}
	for _, end := range ends() {
		if !end.decline {
			continue
		}
		b := a
		if end.code == "scope_deleted" { // and all in it
			b = newAPI(a.t, a.book)
		}
		i := b.invited(false)
		end.change(b, i, b.SomeoneWith("Grace", i.Invitee.Email))
		send(b, i, end.status, end.code, object("email", i.Invitee.Email))
	}
}

// each answers an invitation that has ended, by each way.
func each(a *api, end become, says bool, verb string) {
	a.t.Helper()
	if !says {
		return
	}
	for _, w := range ways() {
		if end.byLinkAlone && w.name != "by link" {
			continue
		}
		b := a
		if end.code == "scope_deleted" { // and all in it
			b = newAPI(a.t, a.book)
		}
		i := b.invited(w.toBrand)
		grace := b.SomeoneWith("Grace", i.Invitee.Email)
		path := w.path(i)
		end.change(b, i, grace)
		b.expect(end.status, end.code, ask{method: http.MethodPost, path: path + verb, who: &grace})
	}
}

// acceptForbidden has others than the invitee answer.
func acceptForbidden(a *api) {
	for _, w := range ways() {
		i := a.invited(w.toBrand)
		stranger, unproved := testbed.Someone{}, a.Unverified("Grace", i.Invitee.Email)
		for _, verb := range []string{"/accept", "/decline"} {
			q := ask{method: http.MethodPost, path: w.path(i) + verb}
			q.who = &stranger
			a.expect(http.StatusForbidden, "not_registered", q)
			q.who = &unproved
			a.expect(http.StatusForbidden, "email_not_verified", q)
			q.who = &a.Eve
			if w.name == "by link" {
				a.expect(http.StatusForbidden, "wrong_account", q)
				continue
			}
			a.expect(http.StatusNotFound, "not_found", q)
		}
	}
}

// declineRepeated sends a request again whose answer got lost, after the invitation was sent again: it answers what the first one did, and
// does not decline once more.
func declineRepeated(a *api) {
	for _, w := range ways()[1:] {
		i := a.invited(w.toBrand)
		grace := a.SomeoneWith("Grace", i.Invitee.Email)
		q := ask{method: http.MethodPost, path: w.path(i) + "/decline", who: &grace, header: map[string]string{"idempotency-key": "decline-" + i.ID}}
		first := a.expect(http.StatusOK, "", q)
		_, err := a.Resend().Do(a.t.Context(), a.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
		a.check(err)
		if again := a.expect(http.StatusOK, "", q); again.text != first.text {
			a.t.Errorf("declined %s, again %s", first.text, again.text)
		}
		found, err := a.Get().Do(a.t.Context(), a.Ada.Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
		if err != nil || found.Status != invitation.Pending {
			a.t.Errorf("the invitation is %s, %v", found.Status, err)
		}
	}
}

// preview opens links: dead ones say why, forged ones nothing.
func preview(a *api) {
	get := func(token string, status int, code string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodGet, path: "/invitations/" + token})
	}
	for _, toBrand := range []bool{false, true} {
		i := a.invited(toBrand)
		got := get(testbed.Token(i.AcceptURL), http.StatusOK, "")
		if strings.Contains(got.text, i.Invitee.Email) || got.body["status"] != "pending" {
			a.t.Errorf("got %s", got.text)
		}
	}
	for _, end := range ends() {
		b := a
		if end.code == "scope_deleted" {
			b = newAPI(a.t, a.book)
		}
		i := b.invited(false)
		token := testbed.Token(i.AcceptURL)
		end.change(b, i, b.SomeoneWith("Grace", i.Invitee.Email))
		status, code := http.StatusOK, ""
		if end.byLinkAlone || end.code == "scope_deleted" {
			status, code = end.status, end.code
		}
		b.expect(status, code, ask{method: http.MethodGet, path: "/invitations/" + token})
	}
	token := testbed.Token(a.invited(false).AcceptURL)
	other := testbed.Token(a.invited(false).AcceptURL)
	for _, forged := range []string{"x", token[:len(token)-1], token + "A", strings.ToLower(token), token[:60] + other[60:], strings.Repeat("A", 95)} {
		get(forged, http.StatusNotFound, "not_found")
	}
}
