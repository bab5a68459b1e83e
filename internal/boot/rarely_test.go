package boot_test

import (
	"net/http"
	"net/url"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// rarely has operations do what takes rights that they need for nothing else.
func rarely(a *api) {
	org, lab := "/"+a.Org.String(), "/"+a.Lab().Scope.String()
	post := func(status int, path string, who testbed.Someone, pairs ...any) answer {
		a.t.Helper()
		q := ask{method: http.MethodPost, path: path, who: &who}
		if pairs != nil {
			q.body = object(pairs...)
		}
		return a.expect(status, "", q)
	}
	asAdmin := []any{"role", "admin", "confirm", "admin"}

	// An invitation makes somebody an Admin: when they accept it, and at once where they have an account.
	address := a.Address("abe")
	made := post(http.StatusCreated, org+"/invitations", a.Ada, append(asAdmin, "invitees", invitees(address))...)
	post(http.StatusOK, org+"/invitations/"+invitedID(made)+"/accept", a.SomeoneWith("Abe", address))
	post(http.StatusCreated, org+"/invitations", a.Ada, append(asAdmin, "invitees", invitees(a.Someone("Ben").User.Email))...)
	cara := a.Someone("Cara")
	made = post(http.StatusCreated, lab+"/invitations", a.Lab().Ada, "role", "admin", "invitees", usernames(cara))
	post(http.StatusOK, lab+"/invitations/"+invitedID(made)+"/accept", cara)

	// A brand is taken from several members.
	user := a.joined().User.ID
	post(http.StatusOK, org+"/members/bulk-update", a.Ada, "members", selected(user), "brands", map[string]any{a.Globex.Brand: nil, a.Initech.Brand: "viewer"})

	// The guards of invitations that have lapsed are still there.
	lapsed := a.invited(false).Invitee.Email
	a.invited(true)
	a.Pending(a.Address("late"))
	a.invitedTo(a.Lab().Workspace, a.Someone("Dora"))
	a.Advance(8 * 24 * time.Hour)
	a.SomeoneWith("Late", lapsed)
	post(http.StatusCreated, org+"/invitations", a.Ada, "role", "member", "brands", []string{a.Globex.Brand}, "brand_role", "viewer", "invitees", invitees(lapsed))
	for path, who := range map[string]testbed.Someone{"/" + a.Globex.String(): a.Ada, org: a.Ada, lab: a.Lab().Ada} {
		post(http.StatusOK, path+"/invitations/clean-up", who)
	}

	// The log is read by whom it is about, and by who did it, in an organization by their address too.
	a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: org + "/audit-log", query: "user=" + url.QueryEscape(a.Ada.User.Email), who: &a.Ada})
	for root, who := range map[access.Scope]testbed.Someone{a.Org: a.Ada, a.Lab().Scope: a.Lab().Ada} {
		for _, by := range []string{"user=", "actor="} {
			a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/" + root.String() + "/audit-log", query: by + who.User.ID, who: &who})
		}
	}
}

// invitedID is the id of the only invitation that was made.
func invitedID(made answer) string {
	results, _ := made.body["results"].([]any)
	result, _ := results[0].(map[string]any)
	invitation, _ := result["invitation"].(map[string]any)
	id, _ := invitation["id"].(string)
	return id
}
