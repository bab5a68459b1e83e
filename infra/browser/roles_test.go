package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

const ofRoles = "/workspaces/{w}/roles"

// changesOfRoles are all changes of the roles of a workspace.
var changesOfRoles = []change{
	{"create role", []string{ofRoles + "/new"}, func(s *scene, h hands) {
		w := s.works()
		h.enters(s.ada)
		h.opens(w.workspace + "/roles")
		h.link("Create role", "Begin with")
		h.press("Computation Manager", "Comes with Manage computations.")
		h.fill("Role name", "Reviewer")
		h.tick("Manage role")
		h.press("Create role", "Reviewer is created, and can be given to people.", "Manage computations")
	}},
	{"edit role", []string{ofRoles + "/{r}/edit"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Vera", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/roles")
		h.link("Edit Viewer", "Edit Viewer")
		h.fill("Role name", "Watcher")
		h.tick("View billing")
		h.press("Continue", "Save Viewer as it is now?", "View billing", "1 member has Viewer.")
		h.press("Save role", "The role is saved.", "Watcher")
	}},
	{"duplicate role", nil, func(s *scene, h hands) {
		w := s.works()
		h.enters(s.ada)
		h.opens(w.workspace + "/roles/" + w.analyst)
		h.link("Duplicate Data Analyst", "Duplicate Data Analyst")
		h.press("Create role", "Copy of Data Analyst is created")
	}},
	{"delete role", []string{ofRoles + "/{r}/delete"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Vera", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/roles")
		h.link("Delete Viewer", "Choose the role that takes its place")
		h.pick("Role in its place", "Data Analyst (5 permissions)")
		h.press("Continue", "From the moment you delete it they have Data Analyst instead.")
		h.press("Delete role", "The role is deleted.")
	}},
}

// From the first role to the last question before one is deleted, as the guide tells it.
func TestRolesInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	ada := somebody(t)
	ada.signsIn(w.ada.name, w.ada.email)
	ada.open(w.workspace + "/roles")
	ada.sees("Admin", "25 permissions", "it holds every permission, present and future, and cannot be changed or deleted.")
	ada.look("roles")
	ada.follow("link", "Create role")
	ada.follow("button", "Computation Manager")
	ada.sees("Comes with Manage computations.")
	ada.click("checkbox", "Upload assets")
	ada.click("checkbox", "View assets")
	ada.sees("Comes with Upload assets.")
	ada.look("role-new")
	ada.follow("button", "Create role")
	ada.sees("Computation Manager is created, and can be given to people.")

	w.seats("Grace Hopper", w.analyst)
	_, _, hedy := w.knows("Hedy Lamarr")
	w.asksIn(hedy, w.analyst)
	ada.open(w.workspace + "/roles/" + w.analyst)
	ada.sees("Members 1", "Grace Hopper", "Open invitations 1", "Hedy Lamarr", "Not chosen: comes with Run computation.")
	ada.look("role")
	ada.follow("link", "Edit Data Analyst")
	ada.click("checkbox", "Run computation")
	ada.click("checkbox", "Link assets")
	ada.follow("button", "Continue")
	ada.sees("Gain", "Link assets", "Lose", "Run computation", "1 member has Data Analyst, and 1 open invitation offers it.")
	ada.look("role-save")

	w.api.does(http.StatusOK, "", http.MethodPatch, w.workspace+"/roles/"+w.analyst, object{"description": "Changed meanwhile"})
	ada.follow("button", "Save role")
	ada.sees("You changed Data Analyst just now: another description. You were about to: with Link assets, without Run computation.", "Keep theirs")
	ada.look("role-conflict")
	ada.follow("button", "Apply mine")
	ada.sees("The role is saved.", "Changed meanwhile", "Link assets")
	ada.click("link", "Delete Data Analyst")
	ada.sees("1 member has Data Analyst, and 1 open invitation offers it. Choose the role that takes its place")
	ada.click("button", "Continue")
	ada.sees("From the moment you delete it they have Viewer instead.")
	ada.look("role-delete")
	ada.follow("button", "Delete role")
	ada.sees("The role is deleted.")
	ada.open(w.workspace + "/audit-log")
	ada.sees("Role edited", "Role deleted", "Permissions added: Link assets")
	ada.look("workspace-log")
}

// How far the members of a deleted role are moved shows by itself, without loading the page again, until it is done. The focus stays where it is.
func TestTheMovingOfMembersRenewsItself(t *testing.T) {
	t.Parallel()
	w, bed := newWorkshop(t), testbed.New(t)
	in := workspace.Workspace{ID: strings.TrimPrefix(w.workspace, "/workspaces/"), Name: w.called}
	gone := bed.AddTraces(in.ID, 1, time.Now(), access.Role(w.viewer))[0] // and nobody moves its members
	grace, hedy := bed.Someone("Grace"), bed.Someone("Hedy")
	bed.Seat(bed.Someone("Olga"), in, gone, grace, hedy)
	list, page := somebody(t), somebody(t)
	for _, p := range []*person{list, page} {
		p.signsIn(w.ada.name, w.ada.email)
	}
	list.open(w.workspace + "/roles")
	list.sees("2 members still to move from Gone")
	list.look("roles-moving")
	page.open(w.workspace + "/roles/" + string(gone))
	page.sees("This role was deleted.", "2 members still to move in the lists.")
	for _, p := range []*person{list, page} {
		if _, err := value[bool](p, `window.stays = true; document.querySelector("#moving a, .empty a").focus(); true`); err != nil {
			t.Fatal(err)
		}
	}
	moves := func(who testbed.Someone) {
		w.api.does(http.StatusOK, "", http.MethodPatch, w.workspace+"/members/"+who.User.ID, object{"role": w.analyst})
	}
	moves(grace)
	list.sees("1 member still to move from Gone")
	list.focused(`window.stays && document.activeElement.matches("#moving a") && document.activeElement.textContent === "Gone"`)
	page.sees("1 member still to move in the lists.")
	page.focused(`window.stays && document.activeElement.textContent === "Viewer"`)

	page.expectsFailure(true) // the role is not to be found any more
	moves(hedy)
	if err := bed.Table.Rewritten(t.Context(), in.Scope(), gone); err != nil {
		t.Fatal(err)
	}
	list.focused(`window.stays && !document.getElementById("moving") && document.activeElement.id === "main"`)
	page.focused(`window.stays && !document.getElementById("moving") && document.activeElement.textContent === "Viewer"`)
	page.sees("This role was deleted.", "instead, from that moment on.")
}
