package boot_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// invite puts create-invitations of an organization through its answers.
func invite(a *api) {
	path := "/" + a.Org.String() + "/invitations"
	send := func(status int, code, query, body string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: path, query: query, body: body, who: &a.Ada})
	}
	address := a.Address("grace")
	preview := send(http.StatusOK, "", "dry_run=true", a.memberOffer(address, a.Cleo.User.Email, "nobody"))
	if got := outcomes(preview); !slices.Equal(got, []string{"invited", "failed already_member", "failed invalid_input"}) {
		a.t.Errorf("a dry run: %v", got)
	}
	first := send(http.StatusCreated, "", "dry_run=false", a.memberOffer(address))
	if got := outcomes(first); !slices.Equal(got, []string{"invited"}) || !strings.Contains(first.text, `"accept_url"`) {
		a.t.Errorf("got %v %s", got, first.text)
	}
	pending := send(http.StatusConflict, "invitation_pending", "", a.memberOffer(strings.ToUpper(address)))
	if id, _ := pending.body["existing_id"].(string); !strings.HasPrefix(id, "inv_") {
		a.t.Errorf("the open one is not named: %s", pending.text)
	}
	member := send(http.StatusConflict, "already_member", "", a.memberOffer(a.Cleo.User.Email))
	if member.body["existing_id"] != a.Cleo.User.ID {
		a.t.Errorf("the member is not named: %s", member.text)
	}
	new1, new2 := a.Address("new"), a.Someone("Hugo").User.Email
	mixed := send(http.StatusMultiStatus, "", "", a.memberOffer(address, new1, strings.ToUpper(new1), "a@b, c@d.com", new2))
	want := []string{"failed invitation_pending", "invited", "failed invalid_input", "failed invalid_input", "joined"}
	if got := outcomes(mixed); !slices.Equal(got, want) || strings.Contains(mixed.text, "accept_url") {
		a.t.Errorf("got %v, want %v", got, want)
	}
	send(http.StatusUnprocessableEntity, "confirmation_required", "", object("invitees", invitees(a.Address("x")), "role", "admin"))
	send(http.StatusUnprocessableEntity, "confirmation_required", "", object("invitees", invitees(a.Address("x")), "role", "admin", "confirm", "yes"))
	send(http.StatusCreated, "", "", object("invitees", invitees(a.Address("x")), "role", "admin", "confirm", " Admin "))
	many := make([]string, 101)
	for i := range many {
		many[i] = a.Address("many")
	}
	for body, pointers := range map[string][]string{
		`{}`: {"/invitees out_of_range", "/role required"},
		object("invitees", invitees(many...), "role", "member"):                                                              {"/brand_role required", "/brands required", "/invitees out_of_range"},
		object("invitees", invitees("nobody"), "role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "viewer"): {"/invitees/0/email malformed_email"},
		// Refused for something else, a call learns at once which addresses would fail next.
		object("invitees", invitees(address, "nobody", strings.ToUpper(address)), "role", "owner"): {
			"/invitees/1/email malformed_email", "/invitees/2/email duplicate", "/role unknown_role",
		},
		object("invitees", invitees(address, "nobody"), "role", "member", "brands", []string{a.Hooli.Brand}, "brand_role", "viewer"): {
			"/brands/0 unknown_brand", "/invitees/1/email malformed_email",
		},
		object("invitees", invitees("nobody"), "role", "admin"):                                               {"/confirm confirmation_required", "/invitees/0/email malformed_email"},
		object("invitees", invitees(address, "nobody"), "role", "admin", "confirm", "admin", "colour", "red"): {"/colour unknown_field", "/invitees/1/email malformed_email"},
		object("invitees", []any{map[string]any{"email": 1}, map[string]any{"email": "nobody"}}, "role", "admin", "confirm", "admin"): {
			"/invitees/0/email wrong_type", "/invitees/1/email malformed_email",
		},
		object("invitees", invitees(slices.Concat([]string{"nobody"}, many[1:100], []string{"nowhere"})...)): { // which is one too many
			"/invitees out_of_range", "/invitees/0/email malformed_email", "/role required",
		},
		object("invitees", []any{map[string]any{"email": []string{"a@example.com", "b@example.com"}}}, "role", "owner"): {"/invitees/0/email wrong_type", "/role unknown_role"},
		object("invitees", invitees(address), "role", "member", "brands", []string{a.Hooli.Brand, "x"}, "brand_role", "viewer", "expires_in_days", 7): {
			"/brands/0 unknown_brand", "/brands/1 unknown_brand",
		},
		object("invitees", invitees(address), "role", "admin", "brands", []string{a.Globex.Brand}, "confirm", "admin", "expires_in_days", 31, "message", strings.Repeat("m", 1001)): {
			"/brands not_allowed", "/expires_in_days out_of_range", "/message too_long",
		},
		`{"invitees":"all","role":5,"brands":{},"notify":"no","message":null}`: {"/brands wrong_type", "/invitees wrong_type", "/message wrong_type", "/notify wrong_type", "/role wrong_type"},
	} {
		got := send(http.StatusUnprocessableEntity, "invalid_input", "", body)
		slices.Sort(got.pointers)
		if !slices.Equal(got.pointers, pointers) {
			a.t.Errorf("%.100s: got %v, want %v", body, got.pointers, pointers)
		}
	}
}

// outcomes returns what became of each invitee of a call.
func outcomes(got answer) []string {
	var all []string
	results, _ := got.body["results"].([]any)
	for _, one := range results {
		result, _ := one.(map[string]any)
		outcome, _ := result["outcome"].(string)
		if failure, failed := result["error"].(map[string]any); failed {
			code, _ := failure["code"].(string)
			outcome += " " + code
		}
		all = append(all, outcome)
	}
	return all
}

// waits returns in how many seconds each invitee of a call can be tried again, 0 for no telling.
func waits(got answer) []float64 {
	var all []float64
	results, _ := got.body["results"].([]any)
	for _, one := range results {
		result, _ := one.(map[string]any)
		failure, _ := result["error"].(map[string]any)
		seconds, _ := failure["retry_after"].(float64)
		all = append(all, seconds)
	}
	return all
}

// brandsAtTheLimit is how many brands a member has at most.
const brandsAtTheLimit = 90

// inviteToBrand puts create-invitations of a brand through its answers.
func inviteToBrand(a *api) {
	send := func(status int, code, query string, addresses ...string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{
			method: http.MethodPost, path: "/" + a.Globex.String() + "/invitations", query: query, body: object("invitees", invitees(addresses...), "role", "viewer"), who: &a.Bob,
		})
	}
	address := a.Address("grace")
	send(http.StatusOK, "", "dry_run=true", address)
	send(http.StatusCreated, "", "", address)
	send(http.StatusConflict, "invitation_pending", "", address)
	send(http.StatusConflict, "already_member", "", a.Cleo.User.Email)
	send(http.StatusConflict, "already_organization_admin", "", a.Ada.User.Email)
	a.GiveBrands(a.ID, a.Dan.User.ID, brandsAtTheLimit)
	send(http.StatusConflict, "too_many_brands", "", a.Dan.User.Email)
	got := send(http.StatusMultiStatus, "", "", a.Address("new"), a.Ada.User.Email)
	if want := []string{"invited", "failed already_organization_admin"}; !slices.Equal(outcomes(got), want) {
		a.t.Errorf("got %v, want %v", outcomes(got), want)
	}
}

// mailsOfTheHour are counted, as are addresses that one asks about; what is beyond them is refused for now.
func mailsOfTheHour(a *api) {
	const lookupsOfAnHour = 1000
	for _, who := range []testbed.Someone{a.Ada, a.Lab().Ada} {
		a.check(a.Table.ReserveLookups(a.t.Context(), who.User.ID, lookupsOfAnHour))
	}
	first, inBrand := a.invited(false), a.invited(true)
	inLab, _ := a.to(access.KindWorkspace)
	few := a.with(map[string]string{"INVITATION_MAILS_PER_HOUR": "1"})
	several := few.expect(http.StatusMultiStatus, "", ask{
		method: http.MethodPost, path: "/" + a.Org.String() + "/invitations", body: a.memberOffer(a.Address("x"), a.Someone("Hugo").User.Email, a.Cleo.User.Email), who: &a.Ada,
	})
	if got := outcomes(several); !slices.Equal(got, []string{"failed too_many_mails", "failed too_many_mails", "failed already_member"}) {
		a.t.Errorf("several, without mails left: %v", got)
	}
	if got := waits(several); got[0] < 1 || got[0] > 3600 || got[1] != got[0] || got[2] != 0 {
		a.t.Errorf("they wait for %v seconds", got)
	}
	for _, q := range []ask{
		{path: "/" + a.Org.String() + "/invitations", body: a.memberOffer(a.Address("x"))},
		{path: "/" + a.Globex.String() + "/invitations", body: object("invitees", invitees(a.Address("x")), "role", "viewer")},
		{path: "/" + a.Org.String() + "/invitations/" + first.ID + "/resend"},
		{path: "/" + a.Globex.String() + "/invitations/" + inBrand.ID + "/resend"},
		{path: "/" + inLab.Scope.String() + "/invitations", body: a.labOffer(a.Someone("Hugo")), who: &a.Lab().Ada},
		{path: "/" + inLab.Scope.String() + "/invitations/" + inLab.ID + "/resend", who: &a.Lab().Ada},
	} {
		q.method, q.who = http.MethodPost, cmp.Or(q.who, &a.Ada)
		few.expect(http.StatusTooManyRequests, "too_many_mails", q)
		if !strings.HasSuffix(q.path, "/resend") {
			dry := q
			dry.query = "dry_run=true"
			few.expect(http.StatusTooManyRequests, "too_many_lookups", dry)
		}
		if q.body == "" {
			q.body = "{}"
		}
		q.body = strings.TrimSuffix(q.body, "}") + `,"notify":false}` // what the caller delivers is no mail
		q.body = strings.Replace(q.body, "{,", "{", 1)
		if got := few.do(q); got.status >= http.StatusBadRequest {
			a.t.Errorf("%s without a mail: got %d %s", q.path, got.status, got.text)
		}
	}
}

// lastMailOfTheHour is the thousandth, where the deployment says nothing else: of an organization with its brands, and of a workspace.
func lastMailOfTheHour(a *api) {
	lab := a.Lab()
	post := func(who *testbed.Someone, scope access.Scope, body string) ask {
		return ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations", body: body, who: who}
	}
	for _, c := range []struct {
		root       access.Scope
		last, more ask
	}{
		{a.Org, post(&a.Ada, a.Org, a.memberOffer(a.Address("x"))), post(&a.Bob, a.Globex, object("invitees", invitees(a.Address("x")), "role", "viewer"))},
		{lab.Scope, post(&lab.Ada, lab.Scope, a.labOffer(a.Someone("Hugo"))), post(&lab.Ada, lab.Scope, a.labOffer(a.Someone("Ida")))},
	} {
		a.CountMails(c.root, 999)
		a.expect(http.StatusCreated, "", c.last)
		a.expect(http.StatusTooManyRequests, "too_many_mails", c.more)
	}
}

// resend, resendToBrand and resendToWorkspace put resend-invitation through its conflicts.
func resend(a *api)            { resendOf(a, a.Org) }
func resendToBrand(a *api)     { resendOf(a, a.Globex) }
func resendToWorkspace(a *api) { resendOf(a, a.Lab().Scope) }

func resendOf(a *api, scope access.Scope) {
	kind, who := scope.Kind(), a.inviter(scope)
	send := func(i invitation.Invitation, status int, code, body string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: "/" + scope.String() + "/invitations/" + i.ID + "/resend", body: body, who: &who})
	}
	i, _ := a.to(kind)
	send(i, http.StatusOK, "", "")
	send(i, http.StatusTooManyRequests, "too_many_resends", "")
	a.Advance(invitation.ResendInterval)
	for _, status := range []string{"accepted", "closed"} {
		other, _ := a.to(kind)
		a.SetStatus(scope, other.ID, other.InviteeKey, status)
		send(other, http.StatusConflict, "invitation_"+status, "")
	}
	send(i, http.StatusUnprocessableEntity, "invalid_input", `{"role":"owner","expires_in_days":0}`)
	switch kind {
	case access.KindOrganization:
		send(i, http.StatusUnprocessableEntity, "confirmation_required", `{"role":"admin"}`)
		send(i, http.StatusOK, "", `{"role":"admin","confirm":"ADMIN","message":"Once more"}`)
	case access.KindWorkspace:
		send(i, http.StatusUnprocessableEntity, "invalid_input", `{"brands":["x"]}`)
		send(i, http.StatusOK, "", object("role", a.Lab().Analyst.ID, "message", "Once more"))
	default:
		send(i, http.StatusUnprocessableEntity, "invalid_input", `{"brands":["x"]}`)
	}

	// Meanwhile there is another open invitation, or the person is in.
	joined, hal := a.to(kind)
	a.SetStatus(scope, joined.ID, joined.InviteeKey, "declined")
	if kind == access.KindWorkspace {
		a.Lab().Enlist(a.Lab().Viewer.ID, hal)
	} else {
		a.Join(a.Ada, a.Brands[0], access.Viewer, hal)
	}
	send(joined, http.StatusConflict, "already_member", "")
	if kind == access.KindBrand {
		resendBeyondBrands(a, send)
	}
	first, grace := a.to(kind)
	a.SetStatus(scope, first.ID, first.InviteeKey, "declined")
	second := a.inviteAgain(scope, grace)
	if got := send(first, http.StatusConflict, "invitation_pending", ""); got.body["existing_id"] != second.ID {
		a.t.Errorf("the open one is not named: %s", got.text)
	}
	if kind == access.KindWorkspace {
		a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + scope.String() + "/disable", who: &who})
		send(first, http.StatusConflict, "scope_disabled", "")
	}
}

// resendBeyondBrands is to those who have every brand already, or as many as one can have.
func resendBeyondBrands(a *api, send func(i invitation.Invitation, status int, code, body string) answer) {
	promoted, hugo := a.to(access.KindBrand)
	a.Promote(a.Ada, a.ID, hugo)
	a.SetStatus(a.Globex, promoted.ID, promoted.InviteeKey, "declined")
	full, ivy := a.to(access.KindBrand)
	a.Join(a.Ada, a.Brands[1], access.Viewer, ivy)
	a.GiveBrands(a.ID, ivy.User.ID, brandsAtTheLimit)
	send(promoted, http.StatusConflict, "already_organization_admin", "")
	send(full, http.StatusConflict, "too_many_brands", "")
}

// inviteAgain invites somebody to a scope.
func (a *api) inviteAgain(scope access.Scope, who testbed.Someone) invitation.Invitation {
	a.t.Helper()
	switch scope.Kind() {
	case access.KindOrganization:
		a.askAccounts()
		return a.Pending(who.User.Email)
	case access.KindWorkspace:
		return a.invitedTo(a.Lab().Workspace, who)
	default:
		a.askAccounts()
		return *a.invite(scope, who.User.Email)
	}
}

// invite invites an address to a brand as Viewer.
func (a *api) invite(to access.Scope, email string) *invitation.Invitation {
	a.t.Helper()
	out, err := a.Create().Do(a.t.Context(), a.Ada.Caller, invitation.CreateInput{
		Scope: to, Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil || out.Results[0].Invitation == nil {
		a.t.Fatalf("invite %s: %+v, %v", email, out, err)
	}
	return out.Results[0].Invitation
}

// askAccounts has the organization ask people with an account rather than let them join at once.
func (a *api) askAccounts() {
	a.t.Helper()
	got := a.do(ask{method: http.MethodPatch, path: "/" + a.Org.String(), body: `{"existing_accounts":"ask"}`, who: &a.Ada})
	if got.status != http.StatusOK {
		a.t.Fatalf("ask accounts: %s", got.text)
	}
}
