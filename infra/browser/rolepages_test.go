package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// rolehouse is what the pages of roles show: a workspace with Admin alone, one with all the roles that it can have, one that cannot be read.
type rolehouse struct {
	bare         string // its path
	full, broken *workshop
	vic          account // Viewer of the full one
	unused       string  // id of a role of the full one that nobody has
}

func newRolehouse(t *testing.T) *rolehouse {
	t.Helper()
	h := &rolehouse{full: newWorkshop(t), broken: newWorkshop(t)}
	h.bare = "/workspaces/" + h.full.api.post(http.StatusCreated, "/workspaces", object{"name": "Bare"}).text("id")
	h.vic, _ = h.full.seats("Vic Viewer", h.full.viewer)
	for n := range hundred - 2 { // besides those that it has
		made := h.full.api.post(http.StatusCreated, h.full.workspace+"/roles", object{"name": fmt.Sprint("Role ", n), "permissions": []string{"run_computation"}})
		if n == 0 {
			h.unused = made.text("id")
		}
	}
	bed := testbed.New(t)
	h.full.analysts(bed)
	here.items(t, h.broken.wsp()) // all is published
	here.excuse(h.broken.wsp())
	bed.Spoil("WORKSPACE#"+h.broken.wsp(), "WORKSPACE", "version")
	return h
}

// pages is the table of the pages of roles in all states.
func (h *rolehouse) pages() map[string]states {
	full, broken := h.full, h.broken
	const nothing, tooMany = "There is nothing here", "A workspace has at most 100 roles of its own."
	roles, missing := full.workspace+"/roles", full.workspace+"/roles/"+copied("rol_", 999)
	analyst := roles + "/" + full.analyst
	return map[string]states{
		"roles": {
			Routes:       []string{ofWorkspace + "/roles"},
			NothingYet:   at(full.ada, h.bare+"/roles", "Admin", "25 permissions", "Create role"),
			NothingFound: left("unfiltered"),
			Forbidden:    at(h.vic, roles, "You may not create roles", "Your role"),
			Conflict:     left("read-only"),
			Error:        fails(broken.ada, broken.workspace+"/roles"),
			Hundred:      at(full.ada, roles, "Role 0", "Role 97", "3 permissions"),
		},
		"role": {
			Routes:       []string{ofWorkspace + "/roles/{r}"},
			NothingYet:   at(full.ada, roles+"/"+h.unused, "Nobody has this role.", "No open invitation offers this role."),
			NothingFound: at(full.ada, missing, nothing),
			Forbidden:    at(h.vic, analyst, "You may not see who has this role", "You may not see what offers this role"),
			Conflict:     left("read-only"),
			Error:        fails(broken.ada, broken.workspace+"/roles/"+broken.analyst),
			Hundred:      at(full.ada, analyst, "Members 99+", "Cora Number"),
		},
		"role-new": {
			Routes:       []string{ofWorkspace + "/roles/new"},
			NothingYet:   at(full.ada, h.bare+"/roles/new", "Begin with", "Each is chosen by itself."),
			NothingFound: at(full.ada, roles+"/new?like="+copied("rol_", 999), nothing),
			Forbidden:    at(h.vic, roles+"/new", "You may not create roles here."),
			Conflict:     after(createsRoleTooLate),
			Error:        fails(broken.ada, broken.workspace+"/roles/new"),
			Hundred: after(func(p *person) {
				at(full.ada, roles+"/new?template=viewer").show(p)
				p.fill("Role name", "One too many")
				p.follow("button", "Create role")
				p.sees(tooMany)
			}),
		},
		"role-edit": {
			Routes:       []string{ofWorkspace + "/roles/{r}/edit"},
			NothingYet:   left("single"),
			NothingFound: at(full.ada, missing+"/edit", nothing),
			Forbidden:    at(h.vic, analyst+"/edit", "You may not change this role."),
			Conflict:     after(editsRoleTooLate),
			Error:        fails(broken.ada, broken.workspace+"/roles/"+broken.analyst+"/edit"),
			Hundred:      left("single"),
		},
		"role-delete": {
			Routes:       []string{ofWorkspace + "/roles/{r}/delete"},
			NothingYet:   at(full.ada, roles+"/"+h.unused+"/delete", "Nobody has Role 0."),
			NothingFound: at(full.ada, missing+"/delete", nothing),
			Forbidden:    at(h.vic, analyst+"/delete", "You may not delete it"),
			Conflict:     after(deletesRoleTooLate),
			Error:        fails(broken.ada, broken.workspace+"/roles/"+broken.analyst+"/delete"),
			Hundred:      at(full.ada, analyst+"/delete", "99+ members have Data Analyst.", "Role in its place"),
		},
		"workspace-log": {
			Routes:       []string{ofWorkspace + "/audit-log"},
			NothingYet:   left("never"),
			NothingFound: at(full.ada, full.workspace+"/audit-log?type=RoleDeleted", "No “Role deleted” is in the log."),
			Forbidden:    at(h.vic, full.workspace+"/audit-log", "You may not do this"),
			Conflict:     left("append-only"),
			Error:        fails(broken.ada, broken.workspace+"/audit-log"),
			Hundred:      at(full.ada, full.workspace+"/audit-log", "50 entries on this page", "Next page"),
		},
	}
}

func createsRoleTooLate(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/roles/new?template=viewer").show(p)
	p.fill("Role name", "Watcher")
	w.api.post(http.StatusOK, w.workspace+"/disable", object{})
	p.follow("button", "Create role")
	p.sees("This workspace is disabled. Nobody can work in it until it is enabled.", "You may not create roles here.")
}

func editsRoleTooLate(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/roles/"+w.viewer+"/edit").show(p)
	p.fill("Role name", "Watcher")
	w.api.does(http.StatusOK, "", http.MethodPatch, w.workspace+"/roles/"+w.viewer, object{"permissions": []string{"view_assets"}})
	p.follow("button", "Continue")
	p.sees("You changed Viewer just now: without View computations. You were about to: renamed to Watcher.", "Apply mine", "Keep theirs")
}

func deletesRoleTooLate(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/roles/"+w.viewer+"/delete", "Nobody has Viewer.").show(p)
	w.seats("Vera", w.viewer)
	p.click("button", "Delete role")
	p.sees("1 member has Viewer.", "Choose the role that takes its place")
}

// aboutRoles reports whether a page stands in the table of those of roles, which has a workspace's log as well.
func aboutRoles(route string) bool {
	return strings.HasPrefix(route, ofWorkspace+"/roles") || strings.HasPrefix(route, ofWorkspace+"/audit-log")
}

// Every page of roles in every state.
func TestEveryPageOfRoles(t *testing.T) {
	t.Parallel()
	pages := newRolehouse(t).pages()
	complete(t, pages, aboutRoles)
	showAll(t, pages)
}
