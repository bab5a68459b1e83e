package browser

import (
	"net/http"
	"strings"
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

// link is where an invitation is accepted.
func (w *workshop) link(invitation string) (path string) {
	w.t.Helper()
	return strings.TrimPrefix(w.api.get(invitation).text("accept_url"), here.base)
}

// seats has somebody in the workspace with a role, and returns their id.
func (w *workshop) seats(name, role string) (who account, id string) {
	w.t.Helper()
	who, api, username := w.knows(name)
	api.post(http.StatusOK, w.asksIn(username, role)+"/accept", nil)
	return who, api.get("/me").text("id")
}

// inDialog is what stands in the open dialog.
const inDialog = `document.querySelector("dialog[open]")`

// From the first invitation by username to all that can become of it, as the guide tells it.
func TestInvitingToAWorkspaceInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	_, _, grace := w.knows("Grace Hopper")
	ada := somebody(t)
	ada.signsIn(w.ada.name, w.ada.email)
	ada.follow("link", "Workspaces")
	ada.follow("link", "Open "+w.called)
	ada.follow("link", "Invitations")
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
	if badge := invited.badge(); badge != "1 invitation" {
		t.Errorf("the badge says %q", badge)
	}
	invited.follow("link", "Workspaces")
	invited.click("link", "View invitations")
	invited.seesIn(inDialog, "Invitations to workspaces", w.called, "Data Analyst in "+w.called, "From Ada, sent just now", "Accept", "Decline")
	invited.follow("button", "Accept the invitation to "+w.called)
	invited.sees("You are in. Welcome to "+w.called+".", "Your role: Data Analyst")
	ada.open(w.workspace + "/users?tab=invited")
	ada.picks("Status", "Accepted")
	ada.at(w.workspace + "/users[?].*status=accepted.*")
	ada.seesRow("Grace Hopper", "Accepted")
	ada.open(w.workspace + "/users")
	ada.seesRow("Grace Hopper", "@"+grace, "Ada")
	ada.look("workspace-members")
	w.declinedIsResentOrDeleted(ada)
}

// declinedIsResentOrDeleted has somebody decline in the dialog, to whom Ada sends the invitation again, and then deletes it.
func (w *workshop) declinedIsResentOrDeleted(ada *person) {
	w.t.Helper()
	who, _, username := w.knows("Hedy Lamarr")
	w.asksIn(username, w.viewer) // without a mail
	hedy := somebody(w.t)
	hedy.enters(who)
	hedy.open("/workspaces")
	hedy.click("link", "View invitations")
	hedy.click("link", "Decline the invitation to "+w.called)
	hedy.seesIn(inDialog, "Decline the invitation to "+w.called+"?")
	hedy.follow("button", "Decline invitation")
	hedy.sees("The invitation is declined.")

	ada.open(w.workspace + "/users?tab=invited")
	ada.seesRow("Grace Hopper", "Accepted")
	ada.picks("Status", "Declined")
	ada.seesIn(`document.querySelector("#shown")`, "1 invitation")
	ada.at(w.workspace + "/users[?].*status=declined.*")
	ada.seesRow("Hedy Lamarr", "Declined", "Viewer")
	ada.seesNoRow("Grace Hopper")
	ada.chooses("Resend", "Hedy Lamarr")
	ada.seesIn(inDialog, "Resend to Hedy Lamarr")
	ada.choose("Role", "Data Analyst")
	ada.look("workspace-resend")
	ada.follow("button", "Resend")
	ada.seesRow("Hedy Lamarr", "Pending", "Data Analyst")
	ada.look("workspace-invitations")
	if told := here.mail(w.t, who.email, 1); !strings.Contains(told.Subject, w.called) {
		w.t.Errorf("told is %q", told.Subject)
	}
	hedy.open("/workspaces")
	if badge := hedy.badge(); badge != "1 invitation" {
		w.t.Errorf("the badge says %q", badge)
	}
	ada.chooses("Delete", "Hedy Lamarr")
	ada.seesIn(inDialog, "Delete the invitation of Hedy Lamarr?")
	ada.follow("button", "Delete invitation")
	ada.sees("The invitation is deleted.")
	ada.seesNoRow("Hedy Lamarr")
}
