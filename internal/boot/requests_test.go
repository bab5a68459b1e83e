package boot_test

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/accessrequest"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

func (a *api) requests() string { return "/" + a.Org.String() + "/access-requests" }

// requestOf returns the id of the one request that somebody has made.
func (a *api) requestOf(who testbed.Someone) string {
	a.t.Helper()
	mine, err := a.MyRequests().Do(a.t.Context(), who.Caller, accessrequest.MineInput{})
	if err != nil || len(mine.Items) != 1 {
		a.t.Fatalf("%+v, %v", mine, err)
	}
	return mine.Items[0].ID
}

// askForAccess is the way from the join link to the request, and each reason why there is none.
func askForAccess(a *api) {
	post := func(who testbed.Someone, status int, code string, pairs ...any) answer {
		a.t.Helper()
		body := object(append([]any{"connection", a.JoinPage}, pairs...)...)
		return a.expect(status, code, ask{method: http.MethodPost, path: a.requests(), who: &who, body: body})
	}
	preview := func(who testbed.Someone, status int, code string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodGet, path: "/" + a.Org.String() + "/join", query: "via=" + a.JoinPage, who: &who})
	}
	grace, stranger, unproved := a.Someone("Grace"), testbed.Someone{}, a.Unverified("Mallory", a.Address("mallory"))
	preview(stranger, http.StatusForbidden, "not_registered")
	preview(unproved, http.StatusOK, "")
	preview(grace, http.StatusOK, "")
	got := post(grace, http.StatusCreated, "", "message", "Hello", "wanted_brands", []string{a.Initech.Brand})
	id, _ := got.body["id"].(string)
	if got.header["location"] != "/v1"+a.requests()+"/"+id || got.header["etag"] != `"1"` {
		a.t.Errorf("created %s with %v", got.text, got.header)
	}
	if read := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: a.requests() + "/" + id, who: &grace}); read.text != got.text {
		a.t.Errorf("created %s, read %s", got.text, read.text)
	}
	if after := preview(grace, http.StatusOK, ""); after.body["request"] != id {
		a.t.Errorf("previewed %s", after.text)
	}

	post(stranger, http.StatusForbidden, "not_registered")
	post(unproved, http.StatusForbidden, "email_not_verified")
	post(a.Cleo, http.StatusConflict, "already_member")
	if again := post(grace, http.StatusConflict, "request_pending"); again.body["existing_id"] != id {
		a.t.Errorf("got %s", again.text)
	}
	otto := a.Someone("Otto")
	post(otto, http.StatusUnprocessableEntity, "invalid_input", "wanted_brands", []string{a.Hooli.Brand})
	post(otto, http.StatusUnprocessableEntity, "invalid_input", "message", strings.Repeat("a", 1001))
	a.expect(http.StatusNotFound, "not_found", ask{method: http.MethodPost, path: a.requests(), who: &otto, body: object("connection", "con_"+a.NewID())})
	a.askAccounts()
	invited := a.inviteAgain(a.Globex, otto)
	if got := post(otto, http.StatusConflict, "invitation_pending"); got.body["existing_id"] != invited.ID {
		a.t.Errorf("got %s", got.text)
	}
	if got := preview(otto, http.StatusOK, ""); got.body["invitation"] == nil {
		a.t.Errorf("previewed %s", got.text)
	}
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: a.requests() + "/" + id + "/reject", who: &a.Ada})
	rejected := post(grace, http.StatusConflict, "request_rejected")
	if seconds, err := strconv.Atoi(rejected.header["retry-after"]); err != nil || seconds != 24*60*60 {
		a.t.Errorf("ask again in %q seconds", rejected.header["retry-after"])
	}
}

// askTooOften asks six organizations in an hour.
func askTooOften(a *api) {
	now := a.RealNow().UTC()
	if wait := now.Truncate(time.Hour).Add(time.Hour).Sub(now); wait < time.Minute {
		time.Sleep(wait + time.Second) // or the count would begin anew on the way
	}
	grace := a.Someone("Grace")
	for n := range 6 {
		to, _ := a.Organization(a.Ada.Caller, "Acme "+strconv.Itoa(n))
		q := ask{
			method: http.MethodPost, path: "/organizations/" + to.ID + "/access-requests", who: &grace, body: object("connection", to.Connections[0].ID),
		}
		if n < 5 {
			a.expect(http.StatusCreated, "", q)
			continue
		}
		got := a.expect(http.StatusTooManyRequests, "too_many_access_requests", q)
		if seconds, err := strconv.Atoi(got.header["retry-after"]); err != nil || seconds < 1 || seconds > 3600 {
			a.t.Errorf("try again in %q seconds", got.header["retry-after"])
		}
	}
}

// decide has Admins and requesters decide what is decided, taken back or closed already, and what is not theirs.
func decide(a *api) {
	verbs := map[string]string{"approve": a.approval(), "reject": `{"reason":"No."}`, "withdraw": ""}
	try := func(verb string, grace testbed.Someone, id string, status int, code string) {
		a.t.Helper()
		who := a.Ada
		if verb == "withdraw" {
			who = grace
		}
		a.expect(status, code, ask{method: http.MethodPost, path: a.requests() + "/" + id + "/" + verb, who: &who, body: verbs[verb]})
	}
	for first, code := range map[string]string{"approve": "request_decided", "reject": "request_decided", "withdraw": "request_withdrawn"} {
		grace := a.Someone("Grace")
		id := a.Asks(grace).ID
		try(first, grace, id, http.StatusOK, "")
		for verb := range verbs {
			if first == "withdraw" && verb == "withdraw" {
				try(verb, grace, id, http.StatusOK, "")
				continue
			}
			try(verb, grace, id, http.StatusConflict, code)
		}
	}
	closed := a.Someone("Grace")
	id := a.Asks(closed).ID
	a.check(a.CloseRequest().Do(a.t.Context(), a.Org, closed.User.ID, accessrequest.ReasonRemoved, a.Now()))
	for verb := range verbs {
		try(verb, closed, id, http.StatusConflict, "request_closed")
	}

	own := a.Someone("Olga")
	id = a.Asks(own).ID
	a.Promote(a.Ada, a.ID, own)
	for _, verb := range []string{"approve", "reject"} {
		a.expect(http.StatusConflict, "own_role", ask{method: http.MethodPost, path: a.requests() + "/" + id + "/" + verb, who: &own, body: verbs[verb]})
	}

	full := a.Someone("Grace")
	id = a.Asks(full).ID
	a.Join(a.Ada, a.Brands[1], "viewer", full)
	a.GiveBrands(a.ID, full.User.ID, member.MaxBrands)
	try("approve", full, id, http.StatusConflict, "too_many_brands")

	admin := func(status int, code, confirm string) {
		a.t.Helper()
		a.expect(status, code, ask{
			method: http.MethodPost, path: a.requests() + "/" + id + "/approve", who: &a.Ada, body: object("role", "admin", "confirm", confirm),
		})
	}
	id = a.Asks(a.Someone("Heidi")).ID
	admin(http.StatusUnprocessableEntity, "confirmation_required", "")
	admin(http.StatusOK, "", " Admin ")
}

// connections changes the ways in which people ask for access.
func connections(a *api) {
	patch := func(status int, code, body string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPatch, path: "/" + a.Org.String(), who: &a.Ada, body: body})
	}
	list := func(entries ...map[string]any) string { return object("connections", entries) }
	kept := map[string]any{"id": a.JoinPage, "name": "Join page"}
	got := patch(http.StatusOK, "", list(kept, map[string]any{"name": "Portal", "enabled": true}))
	if all, _ := got.body["connections"].([]any); len(all) != 2 {
		a.t.Errorf("got %s", got.text)
	}
	patch(http.StatusOK, "", `{"list_brands_to_requesters":false}`)
	patch(http.StatusUnprocessableEntity, "invalid_input", list(map[string]any{"id": "con_" + a.NewID(), "name": "Lost"}))
	patch(http.StatusUnprocessableEntity, "invalid_input", `{"connections":[]}`)
	patch(http.StatusUnprocessableEntity, "invalid_input", `{"existing_accounts":"perhaps"}`)
	off := a.Someone("Grace")
	a.expect(http.StatusNotFound, "not_found", ask{method: http.MethodPost, path: a.requests(), who: &off, body: object("connection", a.JoinPage)})
}
