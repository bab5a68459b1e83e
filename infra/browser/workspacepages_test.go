package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// house is what the pages of workspaces show: one with nothing in it, one with a hundred of everything, and one that cannot be read.
type house struct {
	bare, full, broken *workshop
	vic                account // Viewer of the full one, who sees nobody else
	offers             string  // id of an invitation to the full one
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{bare: newWorkshop(t), full: newWorkshop(t), broken: newWorkshop(t)}
	bed := testbed.New(t)
	h.vic, _ = h.full.seats("Vic Viewer", h.full.viewer)

	partition := "WORKSPACE#" + h.full.wsp()
	_, cora := h.full.seats("Cora Copied", h.full.analyst)
	member := bed.Item(partition, "MEMBER#"+cora)
	bed.Copies(member, hundred, []string{cora, "Cora Copied", "cora copied", testbed.Text(member, "username")}, func(n int) []string {
		called := fmt.Sprint("Cora Number ", n)
		return []string{copied("usr_", n), called, strings.ToLower(called), fmt.Sprint("cora", n)}
	})
	_, at := h.full.invitesNina()
	h.offers = at[strings.LastIndexByte(at, '/')+1:]
	bed.Copies(bed.Item(partition, "INVITATION#"+h.offers), hundred, []string{h.offers, "Nina"}, func(n int) []string {
		return []string{copied("inv_", n), fmt.Sprint("Nina Number ", n)}
	})

	here.items(t, h.broken.wsp()) // all is published
	here.excuse(h.broken.wsp())
	bed.Spoil("WORKSPACE#"+h.broken.wsp(), "WORKSPACE", "version")
	return h
}

// wsp is the id of the workspace.
func (w *workshop) wsp() string { return strings.TrimPrefix(w.workspace, "/workspaces/") }

// pages is the table of the pages about the people of workspaces in all states.
func (h *house) pages() map[string]states {
	bare, full, broken := h.bare, h.full, h.broken
	const nothing, mayNot = "There is nothing here", "You may not do this"
	invitation := full.workspace + "/users/invitations/"
	return map[string]states{
		"workspace-current": {
			NothingYet:   at(bare.ada, bare.workspace+"/users", "1 person", "Nobody changes their own role."),
			NothingFound: at(bare.ada, bare.workspace+"/users?q=xyz", "Nobody here is found by “xyz”."),
			Forbidden:    at(h.vic, full.workspace+"/users", mayNot, "the right to see who has which role"),
			Conflict:     after(changesRoleTooLateInAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users"),
			Hundred:      at(full.ada, full.workspace+"/users", "50 people on this page", "Cora Number 20", "Next page"),
		},
		"workspace-invited": {
			NothingYet:   at(bare.ada, bare.workspace+"/users?tab=invited", "Nobody has been invited to "+bare.called+" yet."),
			NothingFound: at(bare.ada, bare.workspace+"/users?tab=invited&status=rejected", "No invitation is “Declined”."),
			Forbidden:    at(h.vic, full.workspace+"/users?tab=invited", mayNot),
			Conflict:     after(deletesTooLateInAWorkspace),
			Error:        fails(broken.ada, broken.workspace+"/users?tab=invited"),
			Hundred:      at(full.ada, full.workspace+"/users?tab=invited", "50 invitations on this page", "Next page"),
		},
		"workspace-profile": {
			NothingYet:   left("single"),
			NothingFound: at(full.ada, full.workspace+"/users/"+copied("usr_", 999), nothing),
			Forbidden:    at(h.vic, full.workspace+"/users/"+copied("usr_", 1), mayNot),
			Conflict:     left("elsewhere"),
			Error:        fails(broken.ada, broken.workspace+"/users/"+copied("usr_", 1)),
			Hundred:      at(full.ada, full.workspace+"/users/"+copied("usr_", 1), "Cora Number 1", "Run computations"),
		},
		"workspace-invite": {
			NothingYet:   at(bare.ada, bare.workspace+"/users/invite", "Invite users to "+bare.called, "Find somebody by username"),
			NothingFound: at(bare.ada, bare.workspace+"/users/find?username=nobody-at-all", "No Prism user has this username."),
			Forbidden:    at(h.vic, full.workspace+"/users/invite", mayNot),
			Conflict:     left("elsewhere"),
			Error:        fails(broken.ada, broken.workspace+"/users/invite"),
			Hundred:      left("single"),
		},
		"workspace-resend": {
			NothingYet:   left("single"),
			NothingFound: at(full.ada, invitation+copied("inv_", 999)+"/resend", nothing),
			Forbidden:    at(h.vic, invitation+h.offers+"/resend", mayNot),
			Conflict:     left("elsewhere"),
			Error:        fails(broken.ada, broken.workspace+"/users/invitations/"+copied("inv_", 1)+"/resend"),
			Hundred:      at(full.ada, invitation+h.offers+"/resend", "Resend to Nina", "Data Analyst"),
		},
	}
}

func changesRoleTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, pia := w.seats("Pia", w.viewer)
	at(w.ada, w.workspace+"/users", "Pia").show(p)
	p.picks("Role of Pia", "Data Analyst")
	p.click("button", "Change the role of Pia")
	p.sees("Change what Pia has?")
	w.api.does(http.StatusOK, "", http.MethodPatch, w.workspace+"/members/"+pia, object{"role": "admin"})
	p.click("button", "Change role")
	p.sees("You changed Pia’s role just now, to Admin.", "You were changing Viewer to Data Analyst.", "Apply mine", "Keep theirs")
}

func deletesTooLateInAWorkspace(p *person) {
	w := newWorkshop(p.t)
	_, path := w.invitesNina()
	at(w.ada, w.workspace+"/users?tab=invited", "Nina").show(p)
	p.chooses("Delete", "Nina")
	p.sees("Delete the invitation of Nina?")
	w.api.post(http.StatusOK, path+"/resend", object{"role": w.analyst})
	p.click("button", "Delete invitation")
	p.sees("You sent this invitation again just now.", "Data Analyst in "+w.called+", and is pending")
}

// Every page about the people of a workspace in every state.
func TestEveryPageOfWorkspaces(t *testing.T) {
	t.Parallel()
	showAll(t, newHouse(t).pages())
}
