package boot_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// way is how an invitation is answered: by its link, or by its id.
type way struct {
	name   string
	to     access.Kind
	byLink bool
}

func (w way) path(i invitation.Invitation) string {
	if w.byLink {
		return "/invitations/" + testbed.Token(i.AcceptURL)
	}
	return "/" + i.Scope.String() + "/invitations/" + i.ID
}

func ways() []way {
	return []way{
		{"by link", access.KindOrganization, true},
		{"by id", access.KindOrganization, false},
		{"by id, of a brand", access.KindBrand, false},
		{"by link, of a workspace", access.KindWorkspace, true},
		{"by id, of a workspace", access.KindWorkspace, false},
	}
}

// kinds are those of the scopes that people are invited to.
var kinds = []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace}

// declines has somebody decline an invitation.
func (a *api) declines(who testbed.Someone, i invitation.Invitation) {
	a.t.Helper()
	_, err := a.Decline().Do(a.t.Context(), who.Caller, invitation.DeclineInput{Locator: invitation.Locator{Scope: i.Scope, ID: i.ID}})
	a.check(err)
}

// to makes an invitation in a kind of scope, and returns who is invited as well.
func (a *api) to(kind access.Kind) (invitation.Invitation, testbed.Someone) {
	a.t.Helper()
	if kind == access.KindWorkspace {
		grace := a.Someone("Grace")
		return a.invitedTo(a.Lab().Workspace, grace), grace
	}
	i := a.invited(kind == access.KindBrand)
	return i, a.SomeoneWith("Grace", i.Invitee.Email)
}

// inviter is an Admin of a scope, who has invited there.
func (a *api) inviter(scope access.Scope) testbed.Someone {
	if scope.Kind() == access.KindWorkspace {
		return a.Lab().Ada
	}
	return a.Ada
}

// become are the ways an invitation can end before it is answered; each is told to the invitee by its code.
type become struct {
	code        string
	status      int
	change      func(a *api, i invitation.Invitation, grace testbed.Someone)
	accept      bool // accepting says so
	decline     bool // declining says so
	byLinkAlone bool
	in          []access.Kind // empty: in all kinds of scopes
}

// appliesTo reports whether this can happen in a kind of scope.
func (b become) appliesTo(kind access.Kind) bool {
	return len(b.in) == 0 || slices.Contains(b.in, kind)
}

// endsAll reports whether it happens to all in the scope as well.
func (b become) endsAll() bool { return strings.HasPrefix(b.code, "scope_") }

func setStatus(status string) func(*api, invitation.Invitation, testbed.Someone) {
	return func(a *api, i invitation.Invitation, _ testbed.Someone) {
		a.SetStatus(i.Scope, i.ID, i.InviteeKey, status)
	}
}

func ends() []become {
	return []become{
		{"invitation_expired", http.StatusGone, func(a *api, _ invitation.Invitation, _ testbed.Someone) { a.Advance(7 * 24 * time.Hour) }, true, true, false, nil},
		{"invitation_closed", http.StatusGone, setStatus("closed"), true, true, false, nil},
		{"invalid_grant", http.StatusConflict, setStatus("invalid_grant"), true, true, false, nil},
		{"invitation_declined", http.StatusConflict, setStatus("declined"), true, false, false, nil},
		{"invitation_accepted", http.StatusConflict, setStatus("accepted"), true, true, false, nil},
		{"scope_deleted", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) { a.DeleteScope(i.Scope.Root()) }, true, true, false, nil},
		{"too_many_brands", http.StatusConflict, func(a *api, _ invitation.Invitation, grace testbed.Someone) {
			a.Join(a.Ada, a.Brands[1], access.Viewer, grace)
			a.GiveBrands(a.ID, grace.User.ID, brandsAtTheLimit)
		}, true, false, false, []access.Kind{access.KindOrganization, access.KindBrand}},
		{"scope_disabled", http.StatusConflict, func(a *api, _ invitation.Invitation, _ testbed.Someone) {
			_, err := a.DisableWorkspace().Do(a.t.Context(), a.Lab().Ada.Caller, workspace.SwitchInput{Scope: a.Lab().Scope})
			a.check(err)
		}, true, false, false, []access.Kind{access.KindWorkspace}},
		{"invitation_superseded", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) {
			_, err := a.Resend().Do(a.t.Context(), a.inviter(i.Scope).Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
			a.check(err)
		}, true, true, true, nil},
		{"invitation_deleted", http.StatusGone, func(a *api, i invitation.Invitation, _ testbed.Someone) {
			_, err := a.Delete().Do(a.t.Context(), a.inviter(i.Scope).Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID})
			a.check(err)
		}, true, true, true, nil},
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
		i, grace := a.to(w.to)
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
		i, grace := a.to(w.to)
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
		found, err := a.Get().Do(a.t.Context(), a.inviter(i.Scope).Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
		if err != nil || found.Status != invitation.Pending {
			a.t.Errorf("the invitation is %s, %v", found.Status, err)
		}
		for range 2 {
			send(a, i, http.StatusOK, "", object("email", strings.ToUpper(i.Invitee.Email)))
		}
	}
	inWorkspace, _ := a.to(access.KindWorkspace) // there is no address to type
	for _, address := range []string{inWorkspace.InviteeKey, a.Lab().Vic.User.Email} {
		send(a, inWorkspace, http.StatusUnprocessableEntity, "invalid_input", object("email", address))
	}
	for _, end := range ends() {
		if !end.decline || !end.appliesTo(access.KindOrganization) {
			continue
		}
		b := a
		if end.endsAll() {
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
		if end.byLinkAlone && !w.byLink || !end.appliesTo(w.to) {
			continue
		}
		b := a
		if end.endsAll() {
			b = newAPI(a.t, a.book)
		}
		i, grace := b.to(w.to)
		path := w.path(i)
		end.change(b, i, grace)
		b.expect(end.status, end.code, ask{method: http.MethodPost, path: path + verb, who: &grace})
	}
}

// acceptForbidden has others than the invitee answer.
func acceptForbidden(a *api) {
	for _, w := range ways() {
		i, _ := a.to(w.to)
		stranger := testbed.Someone{}
		for _, verb := range []string{"/accept", "/decline"} {
			q := ask{method: http.MethodPost, path: w.path(i) + verb}
			q.who = &stranger
			a.expect(http.StatusForbidden, "not_registered", q)
			if w.to != access.KindWorkspace { // which is for the account, whatever its address
				unproved := a.Unverified("Grace", i.Invitee.Email)
				q.who = &unproved
				a.expect(http.StatusForbidden, "email_not_verified", q)
			}
			q.who = &a.Eve
			if w.byLink {
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
	for _, w := range slices.DeleteFunc(ways(), func(w way) bool { return w.byLink }) {
		i, grace := a.to(w.to)
		q := ask{method: http.MethodPost, path: w.path(i) + "/decline", who: &grace, header: map[string]string{"idempotency-key": "decline-" + i.ID}}
		first := a.expect(http.StatusOK, "", q)
		_, err := a.Resend().Do(a.t.Context(), a.inviter(i.Scope).Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
		a.check(err)
		if again := a.expect(http.StatusOK, "", q); again.text != first.text {
			a.t.Errorf("declined %s, again %s", first.text, again.text)
		}
		found, err := a.Get().Do(a.t.Context(), a.inviter(i.Scope).Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
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
	for _, kind := range kinds {
		i, _ := a.to(kind)
		got := get(testbed.Token(i.AcceptURL), http.StatusOK, "")
		if hidden := cmp.Or(i.Invitee.Email, i.Invitee.Username); strings.Contains(got.text, hidden) || got.body["status"] != "pending" {
			a.t.Errorf("got %s", got.text)
		}
	}
	for _, end := range ends() {
		b, kind := a, access.KindOrganization
		if !end.appliesTo(kind) {
			kind = access.KindWorkspace
		}
		if end.endsAll() {
			b = newAPI(a.t, a.book)
		}
		i, grace := b.to(kind)
		token := testbed.Token(i.AcceptURL)
		end.change(b, i, grace)
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
