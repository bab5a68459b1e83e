package browser

import (
	"net/http"
	"testing"
)

// workshop is a workspace that one test has for itself, with roles of its own.
type workshop struct {
	*scene
	workspace string // its path: /workspaces/wsp_1
	called    string // its name
	analyst   string // id of the role Data Analyst
	viewer    string // id of the role Viewer
}

// newWorkshop has Ada as its Admin.
func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	return newOrganization(t).works()
}

// works makes a workspace in which Ada is Admin.
func (s *scene) works() *workshop {
	s.t.Helper()
	w := &workshop{scene: s, called: "Genomics of " + s.place}
	w.workspace = "/workspaces/" + s.api.post(http.StatusCreated, "/workspaces", object{"name": w.called}).text("id")
	makes := func(name string, permissions ...string) string {
		return s.api.post(http.StatusCreated, w.workspace+"/roles", object{"name": name, "permissions": permissions}).text("id")
	}
	w.viewer = makes("Viewer", "view_computations", "view_assets")
	w.analyst = makes("Data Analyst", "run_computation", "view_assets", "upload_assets")
	return w
}

// knows makes an account, and returns a client of it and its username.
func (w *workshop) knows(name string) (who account, api client, username string) {
	w.t.Helper()
	who, api, _ = w.account(name)
	return who, api, api.get("/me").text("username")
}

// asksIn invites somebody by username and returns where the invitation is.
func (w *workshop) asksIn(username, role string) (path string) {
	w.t.Helper()
	made := w.api.post(http.StatusCreated, w.workspace+"/invitations", object{"invitees": []object{{"username": username}}, "role": role, "notify": false})
	return w.workspace + "/invitations/" + made.text("results/0/invitation/id")
}

// seats has somebody in the workspace with a role, and returns their id.
func (w *workshop) seats(name, role string) (who account, id string) {
	w.t.Helper()
	who, api, username := w.knows(name)
	api.post(http.StatusOK, w.asksIn(username, role)+"/accept", nil)
	return who, api.get("/me").text("id")
}

// From the first invitation by username to all that can become of it, as the guide tells it.
func TestInvitingToAWorkspaceInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	_, _, grace := w.knows("Grace Hopper")
	ada := somebody(t)
	ada.signsIn(w.ada.name, w.ada.email)
	ada.open(w.workspace + "/users?tab=invited")
	ada.sees("Nobody has been invited to " + w.called + " yet.")
	ada.look("workspace-invitations-empty")

	ada.follow("link", "Members 1")
	ada.click("link", "Invite users")
	ada.fillIn("searchbox", "Find somebody by username", "no-such-user")
	ada.sees("No Prism user has this username.")
	ada.fillIn("searchbox", "Find somebody by username", grace[:len(grace)-1])
	ada.sees("Grace Hopper", "@"+grace)
	ada.look("workspace-lookup")
	ada.click("link", "Add "+grace)
	ada.sees(grace+" stands below.", "1 username.")
	ada.choose("Role", "Data Analyst")
	ada.click("button", "Check and continue")
	ada.sees("Grace Hopper (@"+grace+")", "Gets an invitation", "1 person gets Data Analyst in "+w.called+".")
	ada.look("workspace-invite-check")
	ada.follow("button", "Invite 1 person")
	ada.sees("1 invitation is on the way.")
	ada.seesRow("Grace Hopper", "@"+grace, "Ada", w.called, "Data Analyst", "Pending")

	invited := somebody(t)
	invited.signsIn("Grace Hopper", w.address("Grace Hopper"))
	invited.sees("1 invitation")
	invited.open("/workspaces")
	invited.click("link", "View invitations")
	invited.sees("Invitations to workspaces", "Data Analyst in "+w.called)
	invited.follow("button", "Accept the invitation to "+w.called)
	invited.sees("You are in. Welcome to " + w.called + ".")
	ada.open(w.workspace + "/users?tab=invited&status=accepted")
	ada.seesRow("Grace Hopper", "Accepted")
	ada.open(w.workspace + "/users")
	ada.seesRow("Grace Hopper", "@"+grace, "Ada")
	ada.look("workspace-members")

	_, hedys, hedy := w.knows("Hedy Lamarr")
	hedys.post(http.StatusOK, w.asksIn(hedy, w.viewer)+"/decline", nil)
	ada.open(w.workspace + "/users?tab=invited&status=rejected")
	ada.seesRow("Hedy Lamarr", "Declined", "Viewer")
	ada.chooses("Resend", "Hedy Lamarr")
	ada.choose("Role", "Data Analyst")
	ada.look("workspace-resend")
	ada.follow("button", "Resend")
	ada.seesRow("Hedy Lamarr", "Pending", "Data Analyst")
	ada.look("workspace-invitations")
	ada.chooses("Delete", "Hedy Lamarr")
	ada.sees("Delete the invitation of Hedy Lamarr?")
	ada.follow("button", "Delete invitation")
	ada.sees("The invitation is deleted.")
	ada.seesNoRow("Hedy Lamarr")
}
