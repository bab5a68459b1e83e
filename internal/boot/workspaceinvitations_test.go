package boot_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// reader returns a role of a workspace that counts for reading alone.
func (a *api) reader(in workspace.Workspace) access.Role {
	a.t.Helper()
	if in.ID == a.Lab().ID {
		return a.Lab().Viewer.ID
	}
	return a.Role(a.Lab().Ada, in, "Umbrella "+a.NewID(), access.Read).ID
}

// invitedTo makes an invitation to a workspace of the lab's Admin.
func (a *api) invitedTo(in workspace.Workspace, who testbed.Someone) invitation.Invitation {
	a.t.Helper()
	out, err := a.Create().Do(a.t.Context(), a.Lab().Ada.Caller, invitation.CreateInput{
		Scope: in.Scope(), Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: a.reader(in)},
	})
	if err != nil || out.Results[0].Invitation == nil {
		a.t.Fatalf("invite %s: %+v, %v", who.User.Username, out, err)
	}
	return *out.Results[0].Invitation
}

func usernames(people ...testbed.Someone) []any {
	list := []any{}
	for _, one := range people {
		list = append(list, map[string]any{"username": one.User.Username})
	}
	return list
}

// labOffer invites people to the lab as Viewers.
func (a *api) labOffer(people ...testbed.Someone) string {
	return object("invitees", usernames(people...), "role", a.Lab().Viewer.ID)
}

// invitingIn returns a request of an operation on the invitations to a workspace that is granted to its Admin, or to who is invited.
func (a *api) invitingIn(operation spec.Operation, in workspace.Workspace) ask {
	a.t.Helper()
	owner, grace := a.Lab().Ada, a.Someone("Grace")
	q := ask{method: operation.Method, who: &owner}
	id := ""
	switch operation.Function {
	case "find-users":
		q.query = "username=" + grace.User.Username
	case "create-invitations":
		q.body = object("invitees", usernames(grace), "role", a.reader(in), "message", "Umbrella")
	case "clean-up-invitations":
		a.declines(grace, a.invitedTo(in, grace))
	case "accept-invitation", "decline-invitation":
		q.who = &grace
		id = a.invitedTo(in, grace).ID
	default:
		id = a.invitedTo(in, grace).ID
	}
	q.path = strings.NewReplacer("{w}", in.ID, "{i}", id).Replace(strings.TrimPrefix(operation.Path, "/v1"))
	return q
}

// inviteToWorkspace puts create-invitations of a workspace through its answers.
func inviteToWorkspace(a *api) {
	l := a.Lab()
	path := "/" + l.Scope.String() + "/invitations"
	send := func(status int, code, query, body string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodPost, path: path, query: query, body: body, who: &l.Mia})
	}
	grace, hugo := a.Someone("Grace"), a.Someone("Hugo")
	nobody := testbed.Someone{}
	nobody.User.Username = "nobody-is-called-so"
	dry := send(http.StatusOK, "", "dry_run=true", a.labOffer(grace, l.Vic, nobody))
	if got := outcomes(dry); !slices.Equal(got, []string{"invited", "failed already_member", "failed invalid_input"}) {
		a.t.Errorf("a dry run: %v", got)
	}
	first := send(http.StatusCreated, "", "", object("invitees", usernames(grace), "role", l.Viewer.ID, "message", "Welcome", "expires_in_days", 3))
	for _, part := range []string{`"accept_url"`, `"role":{"id":"` + string(l.Viewer.ID) + `","name":"Viewer"}`, `"username":"` + grace.User.Username + `"`} {
		if !strings.Contains(first.text, part) || strings.Contains(first.text, "@example.com") {
			a.t.Errorf("%s has no %s, or an address", first.text, part)
		}
	}
	pending := send(http.StatusConflict, "invitation_pending", "", a.labOffer(grace))
	if id, _ := pending.body["existing_id"].(string); !strings.HasPrefix(id, "inv_") {
		a.t.Errorf("the open one is not named: %s", pending.text)
	}
	if got := send(http.StatusConflict, "already_member", "", a.labOffer(l.Vic)); got.body["existing_id"] != l.Vic.User.ID {
		a.t.Errorf("the member is not named: %s", got.text)
	}
	mixed := send(http.StatusMultiStatus, "", "", a.labOffer(grace, hugo, hugo, nobody, l.Ann))
	want := []string{"failed invitation_pending", "invited", "failed invalid_input", "failed invalid_input", "failed already_member"}
	if got := outcomes(mixed); !slices.Equal(got, want) || strings.Contains(mixed.text, "accept_url") {
		a.t.Errorf("got %v, want %v", got, want)
	}
	beyond := send(http.StatusForbidden, "permission_missing", "", object("invitees", usernames(a.Someone("Ida")), "role", "admin"))
	if got, all := fmt.Sprint(beyond.body["missing_permissions"]), testbed.BelowAdmin(testbed.HeldByManager()...).Missing; got != fmt.Sprint(all) {
		a.t.Errorf("missing is %s, want %v", got, all)
	}
	email := map[string]any{"email": grace.User.Email}
	for body, pointers := range map[string][]string{
		`{}`:               {"/invitees out_of_range", "/role required"},
		a.labOffer(nobody): {"/invitees/0/username unknown_username"},
		object("invitees", []any{email}, "role", l.Viewer.ID): {"/invitees/0/email not_allowed"},
		object("invitees", []any{map[string]any{"username": "Ö!"}, map[string]any{"username": 1}}, "role", l.Viewer.ID): {
			"/invitees/0/username malformed_username", "/invitees/1/username wrong_type",
		},
		object("invitees", append(usernames(hugo), email), "role", "rol_"+a.NewID()):          {"/invitees/1/email not_allowed", "/role unknown_role"},
		object("invitees", usernames(hugo), "role", "member"):                                 {"/role unknown_role"},
		object("invitees", usernames(hugo), "role", l.Viewer.ID, "brands", []string{"brd_1"}): {"/brands not_allowed"},
	} {
		got := send(http.StatusUnprocessableEntity, "invalid_input", "", body)
		slices.Sort(got.pointers)
		if !slices.Equal(got.pointers, pointers) {
			a.t.Errorf("%.100s: got %v, want %v", body, got.pointers, pointers)
		}
	}
	mine := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: "/me/invitations", who: &grace})
	if !strings.Contains(mine.text, `"role":{"id":"`+string(l.Viewer.ID)+`","name":"Viewer"}`) {
		a.t.Errorf("Grace's invitations: %s", mine.text)
	}
	listed := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: path, query: "status=pending", who: &l.Mia})
	if items, _ := listed.body["items"].([]any); len(items) != 2 || strings.Contains(listed.text, "accept_url") {
		a.t.Errorf("listed %s", listed.text)
	}
	// Who may see and delete invitations, but not invite, does not get the link.
	one, own := a.holder(l.Workspace, access.ManageInvitations), path+"/"+a.invitedTo(l.Workspace, a.Someone("Ivy")).ID
	opened := a.expect(http.StatusOK, "", ask{method: http.MethodGet, path: own, who: &one})
	if strings.Contains(opened.text, "accept_url") {
		a.t.Errorf("without send_invitations: %s", opened.text)
	}
	a.expect(http.StatusOK, "", ask{method: http.MethodPost, path: "/" + l.Scope.String() + "/disable", who: &l.Ada})
	send(http.StatusConflict, "scope_disabled", "", a.labOffer(a.Someone("Joe")))
	send(http.StatusConflict, "scope_disabled", "dry_run=true", a.labOffer(a.Someone("Joe")))
	for _, q := range []ask{
		{method: http.MethodGet, path: path},
		{method: http.MethodGet, path: own},
		{method: http.MethodDelete, path: own},
		{method: http.MethodPost, path: path + "/clean-up"},
		{method: http.MethodGet, path: "/" + l.Scope.String() + "/invitable-users", query: "username=grace"},
	} {
		q.who = &l.Mia
		a.expect(http.StatusConflict, "scope_disabled", q)
	}
}

// holder returns somebody in a workspace whose role has just these permissions.
func (a *api) holder(in workspace.Workspace, permissions ...access.Permission) testbed.Someone {
	a.t.Helper()
	one := a.Someone("Una")
	a.Seat(a.Lab().Ada, in, a.Role(a.Lab().Ada, in, "Una's "+a.NewID(), permissions...).ID, one)
	return one
}

// lookUpUsers puts find-users through its answers.
func lookUpUsers(a *api) {
	l, grace := a.Lab(), a.Someone("Grace")
	look := func(status int, code, username string) answer {
		a.t.Helper()
		return a.expect(status, code, ask{method: http.MethodGet, path: "/" + l.Scope.String() + "/invitable-users", query: "username=" + username, who: &l.Mia})
	}
	name := grace.User.Username
	for asked, want := range map[string]string{
		name: `{"items":[{"username":"` + name + `","name":"Grace"}]}`, "%40" + strings.ToUpper(name): `{"items":[{"username":"` + name + `","name":"Grace"}]}`,
		"nobody-is-called-so": `{"items":[]}`,
	} {
		if got := look(http.StatusOK, "", asked); strings.TrimSpace(got.text) != want {
			a.t.Errorf("%s finds %s", asked, got.text)
		}
	}
	for _, bad := range []string{"", "gr", "Grace+Hopper"} {
		look(http.StatusUnprocessableEntity, "invalid_input", bad)
	}
	const lookupsOfAMinute = 30
	want := append(slices.Repeat([]spec.Answer{{Status: http.StatusOK}}, lookupsOfAMinute), spec.Answer{Status: http.StatusTooManyRequests, Code: "too_many_lookups"})
	for within := false; !within; { // once more when the minute has ended in between
		minute, one := time.Now().Truncate(time.Minute), a.holder(l.Workspace, access.SendInvitations)
		var got []spec.Answer
		for range want {
			said := a.do(ask{method: http.MethodGet, path: "/" + l.Scope.String() + "/invitable-users", query: "username=" + name, who: &one})
			got = append(got, spec.Answer{Status: said.status, Code: said.code})
		}
		if within = time.Now().Truncate(time.Minute).Equal(minute); within && !slices.Equal(got, want) {
			a.t.Errorf("the lookups of a minute: %v", got)
		}
	}
	look(http.StatusOK, "", name) // each has their own
}
