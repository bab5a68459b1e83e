package browser

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// dialogs is the table of the further pages and dialogs of workspaces: oneself's, and those of a workspace itself. What a state looks like everywhere,
// because one page says it, is shown with the other pages.
func (h *house) dialogs() map[string]states {
	bare, full, shut, broken := h.bare, h.full, h.shut, h.broken
	same := left("the same everywhere")
	unknown := "/workspaces/" + copied("wsp_", 999)
	const nothing = "There is nothing here"
	return map[string]states{
		"workspaces": {
			Routes:       []string{"/workspaces"},
			NothingYet:   at(h.newcomer, "/workspaces", "You are in no workspace yet."),
			NothingFound: left("unfiltered"),
			Forbidden:    left("own"),
			Conflict:     left("read-only"),
			Error:        fails(broken.ada, "/workspaces"),
			Hundred:      at(h.hal, "/workspaces", "Company 49", "Next page"),
		},
		"workspace": {
			Routes:       []string{ofWorkspace},
			NothingYet:   at(bare.ada, bare.workspace, "Your role: Admin", "You cannot leave: A workspace always keeps one Admin."),
			NothingFound: at(bare.ada, unknown, nothing),
			Forbidden:    same,
			Conflict:     at(shut.ada, shut.workspace, "This workspace is disabled", "When the workspace is enabled, you may do this in it:"),
			Error:        same,
			Hundred:      left("single"),
		},
		"workspace-asked": {
			Routes:       []string{"/workspaces/invitations"},
			NothingYet:   opens(h.newcomer, "/workspaces", "View invitations", "Nobody invites you to a workspace at the moment."),
			NothingFound: left("unfiltered"),
			Forbidden:    left("own"),
			Conflict:     after(acceptsTooLateInAWorkspace),
			Error:        left("open"),
			Hundred:      opens(h.hal, "/workspaces", "View invitations", "Offered 1", "More invitations"),
		},
		"workspace-accept": {
			Routes:       []string{"/invitations/accept/{token}"},
			NothingYet:   at(h.gus, h.asAdmin, "Join "+full.called, "Admin"),
			NothingFound: same,
			Forbidden:    at(h.vic, h.asAdmin, "This invitation is for another account"),
			Conflict:     at(h.gus, h.toShut, shut.called+" is disabled", "Nobody can join it until it is enabled."),
			Error:        same,
			Hundred:      at(nobody, h.asAdmin, "You are invited to "+full.called),
		},
		"workspace-settings": {
			Routes:       []string{ofWorkspace + "/settings"},
			NothingYet:   left("never"),
			NothingFound: at(bare.ada, unknown+"/settings", nothing),
			Forbidden:    at(h.vic, full.workspace+"/settings", "You may not change these settings."),
			Conflict:     after(renamesWorkspaceTooLate),
			Error:        fails(broken.ada, broken.workspace+"/settings"),
			Hundred:      left("single"),
		},
		"workspace-new": {
			Routes:       []string{"/workspaces/new"},
			NothingYet:   opens(h.newcomer, "/workspaces", "Create workspace", "You become its Admin."),
			NothingFound: left("unfiltered"),
			Forbidden:    left("open"),
			Conflict:     left("new"),
			Error:        same,
			Hundred:      left("single"),
		},
		"workspace-switch": {
			Routes:       []string{ofWorkspace + "/disable", ofWorkspace + "/enable"},
			NothingYet:   opens(bare.ada, bare.workspace+"/settings", "Disable workspace", "Nobody can work in "+bare.called+" until it is enabled"),
			NothingFound: left("unfiltered"),
			Forbidden:    at(h.vic, full.workspace+"/disable", "You may not disable it"),
			Conflict:     after(disablesTooLate),
			Error:        same,
			Hundred:      opens(shut.ada, shut.workspace+"/settings", "Enable workspace", "Everybody in "+shut.called+" can work in it again"),
		},
		"workspace-delete": {
			Routes:       []string{ofWorkspace + "/delete"},
			NothingYet:   opens(bare.ada, bare.workspace+"/settings", "Delete workspace", "Everybody in "+bare.called+" loses their role in it at once"),
			NothingFound: left("single"),
			Forbidden:    at(h.vic, full.workspace+"/delete", "You may not delete it"),
			Conflict:     after(deletesWorkspaceTooLate),
			Error:        same,
			Hundred:      left("single"),
		},
		"workspace-leave": {
			Routes:       []string{ofWorkspace + "/leave"},
			NothingYet:   opens(h.vic, full.workspace, "Leave "+full.called, "You lose access to "+full.called+" at once."),
			NothingFound: left("single"),
			Forbidden:    at(bare.ada, bare.workspace+"/leave", "You cannot leave: A workspace always keeps one Admin."),
			Conflict:     after(leavesTooLate),
			Error:        same,
			Hundred:      left("single"),
		},
		"workspace-clean-up": {
			Routes:       []string{ofWorkspace + "/users/invitations/clean-up"},
			NothingYet:   opens(full.ada, full.workspace+"/users?tab=invited", "Delete expired and declined", "There is nothing to delete"),
			NothingFound: left("unfiltered"),
			Forbidden:    same,
			Conflict:     after(cleansUpTooLateInAWorkspace),
			Error:        same,
			Hundred:      left("counted"),
		},
		"workspace-selected": {
			Routes:       []string{ofWorkspace + "/users"},
			NothingYet:   left("single"),
			NothingFound: left("unfiltered"),
			Forbidden:    same,
			Conflict:     after(changesSeveralTooLate),
			Error:        same,
			Hundred: after(func(p *person) {
				at(full.ada, full.workspace+"/users", "50 people on this page").show(p)
				p.click("button", "Select all on this page")
				p.click("button", "Remove")
				p.seesIn(inDialog, "Remove 49 people from "+full.called)
			}),
		},
	}
}

// everywhere has somebody in a hundred workspaces, and invited to a hundred others.
func (h *house) everywhere(bed *testbed.Bed) {
	who, api, username := h.full.knows("Hal Everywhere")
	api.post(http.StatusOK, h.full.asksIn(username, h.full.viewer)+"/accept", nil)
	hal := api.get("/me").text("id")
	h.hal = who
	for _, sk := range []string{"WORKSPACE", "MEMBER#" + hal} {
		item := bed.Item("WORKSPACE#"+h.full.wsp(), sk)
		bed.Copies(item, hundred, []string{h.full.wsp(), h.full.called}, func(n int) []string { return []string{copied("wsp_", n), fmt.Sprint("Company ", n)} })
	}
	h.shut.asksIn(username, h.shut.viewer)
	guard := bed.Item("INVITED#WORKSPACE#"+h.shut.wsp(), hal)
	bed.Copies(guard, hundred, []string{h.shut.wsp(), h.shut.called}, func(n int) []string {
		return []string{copied("wsp_", hundred+n), fmt.Sprint("Offered ", n)}
	})
}

func acceptsTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	who, _, username := w.knows("Rob")
	path := w.asksIn(username, w.viewer)
	at(who, "/workspaces").show(p)
	p.click("link", "View invitations")
	p.seesIn(inDialog, "Viewer in "+w.called)
	w.api.post(http.StatusOK, path+"/resend", object{"role": w.analyst, "notify": false})
	p.follow("button", "Accept the invitation to "+w.called)
	p.sees("This invitation has changed", "It offers Data Analyst in "+w.called+" now", "It stands among your invitations as it is now", "View invitations")
}

func renamesWorkspaceTooLate(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/settings").show(p)
	p.fill("Name of the workspace", "Initech")
	w.changes(w.workspace, object{"name": "Hooli"})
	p.follow("button", "Save")
	p.sees("You changed this workspace just now: its name is now Hooli, and it is enabled.", "Saving it now replaces theirs.")
}

func disablesTooLate(p *person) {
	w := newWorkshop(p.t)
	at(w.ada, w.workspace+"/settings").show(p)
	p.click("link", "Disable workspace")
	p.seesIn(inDialog, "Nobody can work in "+w.called)
	w.api.post(http.StatusOK, w.workspace+"/disable", object{})
	p.click("button", "Disable workspace")
	p.seesIn(inDialog, "This workspace is disabled. Nobody can work in it until it is enabled.", "It is disabled already.")
}

func deletesWorkspaceTooLate(p *person) {
	w := newWorkshop(p.t)
	deletesRenamed(p, w.ada, w.workspace, "workspace", w.called, w.changes)
}

func leavesTooLate(p *person) {
	w := newWorkshop(p.t)
	pia, id := w.seats("Pia", w.viewer)
	at(pia, w.workspace).show(p)
	p.click("link", "Leave "+w.called)
	p.seesIn(inDialog, "You lose access to "+w.called+" at once.")
	w.changes(w.workspace+"/members/"+id, object{"role": "admin"})
	p.click("button", "Leave")
	p.seesIn(inDialog, "Ada changed Pia’s role just now, to Admin.", "You lose access to "+w.called+" at once.")
}

func cleansUpTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	nina, path := w.invitesNina()
	nina.post(http.StatusOK, path+"/decline", nil)
	at(w.ada, w.workspace+"/users?tab=invited", "Nina").show(p)
	p.click("link", "Delete expired and declined")
	p.seesIn(inDialog, "Delete 1 invitation?")
	w.api.does(http.StatusNoContent, "", http.MethodDelete, path, nil)
	p.follow("button", "Delete it")
	p.sees("There was nothing to delete any more.")
}

func changesSeveralTooLate(p *person) {
	w := newWorkshop(p.t)
	_, pia := w.seats("Pia", w.viewer)
	w.seats("Vic", w.viewer)
	at(w.ada, w.workspace+"/users", "Pia").show(p)
	p.click("button", "Select all on this page")
	p.click("button", "Change role")
	p.choose("Role", "Data Analyst")
	p.click("button", "Check and continue")
	p.seesIn(inDialog, "2 of 2 people change")
	w.changes(w.workspace+"/members/"+pia, object{"role": "admin"})
	p.click("button", "Change 2 people")
	p.sees("Not everybody could be changed", "You changed Pia’s role just now, to Admin.", "Check the failed ones again")
}

func removesTooLateFromAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, pia := w.seats("Pia", w.viewer)
	at(w.ada, w.workspace+"/users/"+pia, "Pia").show(p)
	p.click("link", "Remove from "+w.called)
	p.seesIn(inDialog, "Remove Pia from "+w.called+"?")
	w.changes(w.workspace+"/members/"+pia, object{"role": w.analyst})
	p.click("button", "Remove")
	p.seesIn(inDialog, "You changed Pia’s role just now", "Remove all the same")
}

func invitesTooLateToAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, _, nina := w.knows("Nina")
	at(w.ada, w.workspace+"/users").show(p)
	p.click("link", "Invite users")
	p.fill("Usernames", nina)
	p.click("button", "Check and continue")
	p.sees("1 person gets Viewer in " + w.called + ".")
	w.asksIn(nina, w.viewer)
	p.click("button", "Invite 1 person")
	p.sees("No invitation was sent", "This person has an open invitation already.")
}

func resendsTooLateToAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, path := w.invitesNina()
	at(w.ada, w.workspace+"/users?tab=invited", "Nina").show(p)
	p.chooses("Resend", "Nina")
	p.seesIn(inDialog, "Resend to Nina")
	w.api.post(http.StatusOK, path+"/resend", object{})
	p.click("button", "Resend")
	p.sees("sent again less than a minute ago")
}

// invitesHundredUsernames types a hundred usernames that nobody has.
func invitesHundredUsernames(w *workshop) func(*person) {
	return func(p *person) {
		var usernames []string
		for n := range hundred {
			usernames = append(usernames, fmt.Sprint("nobody-has-this-", n))
		}
		at(w.ada, w.workspace+"/users/invite").show(p)
		p.fill("Usernames", strings.Join(usernames, " "))
		p.sees("100 usernames.")
		p.click("button", "Check and continue")
		p.sees(usernames[99], "No Prism user has this username.")
	}
}

// Every page and dialog of workspaces in every state.
func TestEveryPageOfWorkspaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := h.pages()
	maps.Copy(all, h.dialogs())
	complete(t, all, func(route string) bool { return strings.HasPrefix(route, "/workspaces") && !aboutRoles(route) })
	showAll(t, all)
	showAll(t, h.longNames())
}
