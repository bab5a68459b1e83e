package boot_test

import (
	"net/http"
	"regexp"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/httpapi/spec"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// inWorkspace reports whether an operation is one on a workspace.
func inWorkspace(operation spec.Operation) bool { return strings.Contains(operation.Path, "{w}") }

var workspaceID = regexp.MustCompile(`wsp_[0-9A-Z]{26}`)

// inLab returns the request on the lab, wherever it was aimed.
func (q ask) inLab(a *api) ask {
	q.path = workspaceID.ReplaceAllString(q.path, a.Lab().ID)
	return q
}

// grantedIn returns a request of an operation on a workspace that is granted to its Admin, about things of its own making. Without a workspace it
// is the lab, or one made to be changed.
func (a *api) grantedIn(operation spec.Operation, in *workspace.Workspace) ask {
	a.t.Helper()
	owner := a.Lab().Ada
	q := ask{method: operation.Method, who: &owner}
	if in == nil {
		in = &a.Lab().Workspace
		switch operation.Function {
		case "update-workspace", "delete-workspace", "disable-workspace":
			in = new(a.Workspace(owner, "Umbrella"))
		case "enable-workspace":
			in = new(a.Workspace(owner, "Umbrella"))
			_, err := a.DisableWorkspace().Do(a.t.Context(), owner.Caller, workspace.SwitchInput{Scope: in.Scope()})
			a.check(err)
		}
	}
	if strings.Contains(operation.Path, "{w}/inv") {
		return a.invitingIn(operation, *in)
	}
	path := strings.TrimPrefix(operation.Path, "/v1")
	spare := access.Role("")
	if strings.Contains(path, "{r}") || strings.Contains(path, "/members/") || operation.Function == "add-client" {
		spare = a.Role(owner, *in, "Umbrella "+a.NewID(), access.Read).ID
	}
	user, given := "", access.Role("")
	if strings.Contains(path, "/members/") {
		grace := a.Someone("Grace")
		a.Seat(owner, *in, spare, grace)
		if operation.Function == "resume-mails" {
			a.ComesBack(in.Scope(), grace.User.Email)
		}
		user, given = grace.User.ID, a.Role(owner, *in, "Other "+a.NewID(), access.Read).ID
	}
	q.path = strings.NewReplacer("{w}", in.ID, "{r}", string(spare), "{u}", user).Replace(path)
	if operation.Function == "add-client" {
		given = spare
	}
	q.body = a.bodyIn(operation, user, given)
	return q
}

// bodyIn returns a body that an operation on a workspace takes, empty for none. user is whom an operation on members is about, and given the
// role that they get.
func (a *api) bodyIn(operation spec.Operation, user string, given access.Role) string {
	switch operation.Function {
	case "update-workspace":
		return `{"name":"Umbrella Corporation"}`
	case "delete-workspace":
		return `{"confirm":"Umbrella"}`
	case "create-role":
		return object("name", "Umbrella "+a.NewID(), "permissions", []string{"read"})
	case "update-role":
		return `{"description":"Umbrella"}`
	case "add-client":
		return object("client_id", "reports-"+a.NewID(), "name", "Umbrella", "role", given)
	case "update-member":
		return object("role", given, "reason", "Umbrella")
	case "bulk-update-members":
		return object("members", selected(user), "role", given, "reason", "Umbrella")
	case "bulk-remove-members":
		return object("members", selected(user), "reason", "Umbrella")
	}
	return ""
}

// workspaces is what cannot be done to workspaces and their roles, and what a change of a role would mean.
func workspaces(a *api) {
	l := a.Lab()
	on := func(method, path, body string, who *testbed.Someone) ask {
		path, query, _ := strings.Cut(path, "?")
		return ask{method: method, path: "/workspaces/" + l.ID + path, query: query, body: body, who: who}
	}
	a.expect(http.StatusForbidden, "not_registered", ask{method: http.MethodPost, path: "/workspaces", body: `{"name":"Lab"}`, who: &testbed.Someone{}})
	a.expect(http.StatusConflict, "built_in_role", on(http.MethodPatch, "/roles/admin", `{"name":"Boss"}`, &l.Ada))
	a.expect(http.StatusConflict, "built_in_role", on(http.MethodDelete, "/roles/admin", "", &l.Ada))
	viewer := "/roles/" + string(l.Viewer.ID)
	inUse := a.expect(http.StatusConflict, "role_in_use", on(http.MethodDelete, viewer, "", &l.Ada))
	if counts, _ := inUse.body["counts"].(map[string]any); counts["members"] != 1.0 || counts["open_invitations"] != 0.0 {
		a.t.Errorf("in use by %s", inUse.text)
	}
	for _, path := range []string{"?reassign_to=" + string(l.Viewer.ID), "?reassign_to=rol_" + a.NewID(), "?reason=" + strings.Repeat("x", 501)} {
		a.expect(http.StatusUnprocessableEntity, "invalid_input", on(http.MethodDelete, viewer+path, "", &l.Ada))
	}
	keeper := a.Role(l.Ada, l.Workspace, "Keeper", access.ManageRole)
	kim := a.Someone("Kim")
	a.Seat(l.Ada, l.Workspace, keeper.ID, kim)
	a.expect(http.StatusConflict, "own_role", on(http.MethodDelete, "/roles/"+string(keeper.ID), "", &kim))
	for method, query := range map[string]string{http.MethodPatch: "", http.MethodDelete: "&reassign_to=" + string(l.Analyst.ID)} {
		body := ""
		if method == http.MethodPatch {
			body = `{"permissions":["run_computation","view_assets"]}`
		}
		got := a.expect(http.StatusOK, "", on(method, viewer+"?dry_run=true"+query, body, &l.Ada))
		if gained, _ := got.body["gained"].([]any); len(gained) != 1 || gained[0] != "run_computation" || got.header["etag"] != "" {
			a.t.Errorf("%s would mean %s", method, got.text)
		}
	}
	a.expect(http.StatusNoContent, "", on(http.MethodDelete, viewer+"?reassign_to="+string(l.Analyst.ID), "", &l.Ada))
	if got := a.expect(http.StatusOK, "", on(http.MethodGet, viewer, "", &l.Ada)); got.body["members"] != 1.0 || got.body["reassigned_to"] == nil {
		a.t.Errorf("what is left: %s", got.text)
	}
	a.expect(http.StatusPreconditionFailed, "stale_version", ask{
		method: http.MethodPost, path: "/workspaces/" + l.ID + "/enable", who: &l.Ada, header: map[string]string{"if-match": `"7"`},
	})
	a.expect(http.StatusOK, "", on(http.MethodPost, "/disable", `{"reason":"The audit"}`, &l.Ada))
	for _, q := range []ask{
		on(http.MethodPatch, "", `{"name":"Late"}`, &l.Ada), on(http.MethodDelete, "", `{"confirm":"Genomics"}`, &l.Ann), on(http.MethodPost, "/enable", "", &l.Ann),
		on(http.MethodPost, "/disable", "", &l.Ann), on(http.MethodPost, "/roles", `{"name":"Late","permissions":["read"]}`, &l.Ada),
		on(http.MethodPatch, "/roles/"+string(l.Analyst.ID), `{"name":"Late"}`, &l.Ada), on(http.MethodDelete, "/roles/"+string(l.Analyst.ID), "", &l.Ada),
	} {
		a.expect(http.StatusConflict, "scope_disabled", q)
	}
}

// spoilWorkspaces spoils the workspaces that requests are about.
func (a *api) spoilWorkspaces(asked []ask) {
	a.t.Helper()
	spoilt := map[string]bool{}
	for _, q := range asked {
		if id := workspaceID.FindString(q.path); id != "" && !spoilt[id] {
			a.Spoil("WORKSPACE#"+id, "WORKSPACE", "version")
			spoilt[id] = true
		}
	}
}
