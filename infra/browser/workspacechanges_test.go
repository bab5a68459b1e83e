package browser

import (
	"net/http"
)

const ofWorkspace = "/workspaces/{w}"

// changesOfWorkspacePeople are the changes of a workspace's members and invitations.
var changesOfWorkspacePeople = []change{
	{"invite by username", []string{ofWorkspace + "/users/invite"}, func(s *scene, h hands) {
		w := s.works()
		_, _, nina := w.knows("Nina")
		_, _, omar := w.knows("Omar")
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		h.link("Invite users", "Invite users to "+w.called)
		h.fill("Usernames", nina+", @"+omar+" nobody-of-this-name")
		h.choose("Role", "Data Analyst")
		h.press("Check and continue", "2 people get Data Analyst in "+w.called, "No Prism user has this username.")
		h.press("Invite 2 people", "2 invitations are on the way.")
	}},
	{"resend with another role", []string{ofWorkspace + "/users/invitations/{i}/resend"}, func(s *scene, h hands) {
		w := s.works()
		w.invitesNina()
		h.enters(s.ada)
		h.opens(w.workspace + "/users?tab=invited")
		h.menu("Actions for Nina")
		h.link("Resend", "Resend to Nina")
		h.choose("Role", "Data Analyst")
		h.press("Resend", "Nina gets a new link to Data Analyst in "+w.called)
	}},
	{"copy link of a workspace", nil, func(s *scene, h hands) {
		w := s.works()
		w.invitesNina()
		h.enters(s.ada)
		h.opens(w.workspace + "/users?tab=invited")
		h.menu("Actions for Nina")
		h.link("Copy link", "Link for Nina")
	}},
	{"delete invitation of a workspace", []string{ofWorkspace + "/users/invitations/{i}/delete"}, func(s *scene, h hands) {
		w := s.works()
		w.invitesNina()
		h.enters(s.ada)
		h.opens(w.workspace + "/users?tab=invited")
		h.menu("Actions for Nina")
		h.link("Delete", "Delete the invitation of Nina?")
		h.press("Delete invitation", "The invitation is deleted.")
	}},
	{"clean up a workspace", []string{ofWorkspace + "/users/invitations/clean-up"}, func(s *scene, h hands) {
		w := s.works()
		nina, at := w.invitesNina()
		nina.post(http.StatusOK, at+"/decline", nil)
		h.enters(s.ada)
		h.opens(w.workspace + "/users?tab=invited")
		h.link("Delete expired and declined", "Delete 1 invitation?")
		h.press("Delete it", "1 invitation is deleted.")
	}},
	{"role in a row of a workspace", []string{ofWorkspace + "/users/{u}/role"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Pia", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		w.changesRole(h)
	}},
	{"role in a row of a workspace to Admin", []string{ofWorkspace + "/users/{u}/role"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Pia", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		h.pick("Role of Pia", "Admin")
		h.press("Change the role of Pia", "Make Pia Admin of "+w.called+"?")
		h.press("Make Admin", "Pia is now Admin in "+w.called+".")
	}},
	{"role on a profile of a workspace", []string{ofWorkspace + "/users/{u}/role"}, func(s *scene, h hands) {
		w := s.works()
		_, pia := w.seats("Pia", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/users/" + pia)
		w.changesRole(h)
	}},
	{"resume mails of a workspace", []string{ofWorkspace + "/users/{u}/resume-mails"}, func(s *scene, h hands) {
		w := s.works()
		who, pia := w.seats("Pia", w.viewer)
		comesBack(s.t, w.workspace, who.email)
		h.enters(s.ada)
		h.opens(w.workspace + "/users/" + pia)
		h.press("Send mails again", "Mails about "+w.called+" go to Pia again.")
	}},
	{"role of several in a workspace", []string{ofWorkspace + "/users/change"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Pia", w.viewer)
		w.seats("Vic", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		h.tick("Select Pia")
		h.tick("Select Vic")
		h.press("Change role", "Change the role of 2 people")
		h.choose("Role", "Data Analyst")
		h.press("Check and continue", "2 of 2 people change, and get a mail about it.")
		h.press("Change 2 people", "2 people are changed.")
	}},
	{"remove several from a workspace", []string{ofWorkspace + "/users/remove"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Pia", w.viewer)
		w.seats("Vic", w.analyst)
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		h.tick("Select Pia")
		h.tick("Select Vic")
		h.press("Remove", "Remove 2 people from "+w.called, "2 of 2 people lose access to "+w.called+" at once")
		h.press("Remove 2 people", "2 people are removed.")
	}},
	{"remove from a workspace", []string{ofWorkspace + "/users/{u}/remove"}, func(s *scene, h hands) {
		w := s.works()
		w.seats("Pia", w.viewer)
		h.enters(s.ada)
		h.opens(w.workspace + "/users")
		h.menu("Actions for Pia")
		h.link("Remove", "Remove Pia from "+w.called+"?")
		h.press("Remove", "Pia is removed.")
	}},
	{"leave a workspace", []string{ofWorkspace + "/leave"}, func(s *scene, h hands) {
		w := s.works()
		pia, _ := w.seats("Pia", w.viewer)
		h.enters(pia)
		h.opens("/workspaces")
		h.link("Leave "+w.called, "Leave "+w.called+"?")
		h.press("Leave", "You have left.")
	}},
}

// invitesNina invites Nina as Viewer, and returns a client of hers and where the invitation is.
func (w *workshop) invitesNina() (nina client, at string) {
	w.t.Helper()
	_, nina, username := w.knows("Nina")
	return nina, w.asksIn(username, w.viewer)
}

// changesRole makes Pia, who is Viewer, a Data Analyst.
func (w *workshop) changesRole(h hands) {
	h.pick("Role of Pia", "Data Analyst")
	h.press("Change the role of Pia", "Change what Pia has?", "From now on: ")
	h.fill("Reason (optional)", "Why")
	h.press("Change role", "Pia is now Data Analyst in "+w.called+".")
}
