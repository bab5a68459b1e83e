package browser

import (
	"net/http"
)

// place is an organization or a brand: what can be changed in both is changed in each.
type place struct {
	kind  string
	route string // where its pages begin, as a pattern
	path  func(s *scene) string
	name  func(s *scene) string
}

// whole names a brand with its organization, as those who are in neither read it.
func (p place) whole(s *scene) string {
	if name := p.name(s); name != s.place {
		return name + " in " + s.place
	}
	return s.place
}

var places = []place{
	{"organization", ofOrganization, func(s *scene) string { return s.path }, func(s *scene) string { return s.place }},
	{"brand", ofBrand, func(s *scene) string { return s.globex }, func(*scene) string { return "Globex" }},
}

// everywhere makes of the changes of a place those of all places.
func everywhere(of func(in place) []change) (all []change) {
	for _, in := range places {
		for _, c := range of(in) {
			c.name += " of " + in.kind
			for i := range c.routes {
				c.routes[i] = in.route + c.routes[i]
			}
			all = append(all, c)
		}
	}
	return all
}

const nina = "nina@new.example.com"

const unmailed = "Send no mail, I pass the link on"

var changesOfInvitations = append(everywhere(func(in place) []change {
	return []change{
		{"invite", []string{"/users/invite"}, func(s *scene, h hands) {
			h.enters(s.ada)
			h.opens(in.path(s) + "/users")
			h.link("Invite users", "Invite users to "+in.name(s))
			h.fill("E-mail addresses", nina)
			if in.kind == "organization" {
				h.tick("Globex")
				h.choose("Role in these brands", "Publisher")
			} else {
				h.choose("Role", "Publisher")
			}
			if in.kind == "organization" {
				h.press("Check and continue", "1 person gets Publisher on Globex.")
				h.press("Invite 1 person", "1 invitation is on the way.")
			} else {
				h.tick(unmailed)
				h.press("Check and continue", "1 person gets Publisher on Globex.", "No mail is sent.")
				h.press("Invite 1 person", "1 invitation is made. No mail was sent.")
				h.link("Copy its link", "Link for "+nina)
			}
		}},
		{"resend", []string{"/users/invitations/{i}/resend"}, func(s *scene, h hands) {
			s.invites(in.path(s), nina, "viewer")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users?tab=invited")
			h.menu("Actions for " + nina)
			h.link("Resend", "Resend to "+nina)
			if in.kind == "organization" {
				h.press("Resend", nina+" gets a new link")
			} else {
				h.tick(unmailed)
				h.press("Resend", nina+" has a new link", "No mail was sent")
			}
		}},
		{"edit", []string{"/users/invitations/{i}/edit"}, func(s *scene, h hands) {
			s.invites(in.path(s), nina, "viewer")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users?tab=invited")
			h.menu("Actions for " + nina)
			h.link("Edit", "Edit the invitation of "+nina)
			if in.kind == "organization" {
				h.choose("Role in these brands", "Publisher")
			} else {
				h.choose("Role", "Publisher")
			}
			h.press("Save and resend", nina+" gets a new link to Publisher on Globex")
		}},
		{"copy link", nil, func(s *scene, h hands) {
			s.invites(in.path(s), nina, "viewer")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users?tab=invited")
			h.menu("Actions for " + nina)
			h.link("Copy link", "Link for "+nina)
			if _, withScripts := h.(keys); withScripts {
				h.press("Copy link", "opied") // or how to copy it
				h.link("Close")
			}
		}},
		{"delete invitation", []string{"/users/invitations/{i}/delete"}, func(s *scene, h hands) {
			s.invites(in.path(s), nina, "viewer")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users?tab=invited")
			h.menu("Actions for " + nina)
			h.link("Delete", "Delete the invitation of "+nina+"?")
			h.press("Delete invitation", "The invitation is deleted.")
		}},
		{"clean up", []string{"/users/invitations/clean-up"}, func(s *scene, h hands) {
			_, link := s.invites(in.path(s), nina, "viewer")
			(client{t: s.t}).post(http.StatusOK, "/invitations/"+tokenOf(link)+"/decline-by-address", object{"email": nina})
			h.enters(s.ada)
			h.opens(in.path(s) + "/users?tab=invited")
			h.link("Delete expired and declined", "Delete 1 invitation?")
			h.press("Delete it", "1 invitation is deleted.")
		}},
		{"accept at home", []string{"/invitations/{i}/accept"}, func(s *scene, h hands) {
			s.askFirst()
			who, _, _ := s.account("Rob")
			s.invites(in.path(s), who.email, "viewer")
			h.enters(who)
			h.opens("/")
			h.press("Accept the invitation to "+in.whole(s), "You are in. Welcome to "+s.place+".")
		}},
		{"decline at home", []string{"/invitations/{i}/decline"}, func(s *scene, h hands) {
			s.askFirst()
			who, _, _ := s.account("Rob")
			s.invites(in.path(s), who.email, "viewer")
			h.enters(who)
			h.opens("/")
			h.link("Decline the invitation to "+in.whole(s), "Decline the invitation to "+in.whole(s)+"?")
			h.press("Decline invitation", "The invitation is declined.")
		}},
	}
}),
	change{"accept by link", []string{"/invitations/accept/{token}"}, func(s *scene, h hands) {
		s.askFirst()
		who, _, _ := s.account("Rob")
		_, link := s.invites(s.path, who.email, "viewer")
		h.enters(who)
		h.opens(link)
		h.press("Accept", "You are in. Welcome to "+s.place+".")
	}},
	change{"decline by link", []string{"/invitations/accept/{token}/decline"}, func(s *scene, h hands) {
		s.askFirst()
		who, _, _ := s.account("Rob")
		_, link := s.invites(s.path, who.email, "viewer")
		h.enters(who)
		h.opens(link)
		h.link("Decline", "Decline the invitation to "+s.place+"?")
		h.press("Decline invitation", "You declined")
	}},
	change{"decline without signing in", []string{"/invitations/accept/{token}/decline"}, func(s *scene, h hands) {
		_, link := s.invites(s.path, nina, "viewer")
		h.opens(link)
		h.menu("Decline without signing in")
		h.fill("Your e-mail address", nina)
		h.press("Decline", "You declined")
	}},
	change{"ask for new link", []string{"/invitations/accept/{token}/request-link"}, func(s *scene, h hands) {
		s.askFirst()
		who, api, _ := s.account("Rob")
		_, link := s.invites(s.path, who.email, "viewer")
		api.post(http.StatusOK, "/invitations/"+tokenOf(link)+"/decline", nil)
		h.enters(who)
		h.opens(link)
		h.press("Ask for a new link", "Whoever can send it again is asked by mail")
	}},
)

var changesOfMembers = append(everywhere(func(in place) []change {
	return []change{
		{"role in the row", []string{"/users/{u}/role"}, func(s *scene, h hands) {
			s.joins("Pia", "publisher")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users")
			changesRole(in, h)
		}},
		{"role on the profile", []string{"/users/{u}/role"}, func(s *scene, h hands) {
			_, id := s.joins("Pia", "publisher")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users/" + id)
			changesRole(in, h)
		}},
		{"remove", []string{"/users/{u}/remove"}, func(s *scene, h hands) {
			s.joins("Pia", "publisher")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users")
			h.menu("Actions for Pia")
			h.link("Remove", "Remove Pia from "+in.name(s)+"?")
			h.fill("Reason (optional)", "Why")
			h.press("Remove", "Pia is removed.")
		}},
		{"remove several", []string{"/users/remove"}, func(s *scene, h hands) {
			s.joins("Pia", "publisher")
			s.joins("Vic", "viewer")
			h.enters(s.ada)
			h.opens(in.path(s) + "/users")
			h.tick("Select Pia")
			h.tick("Select Vic")
			h.press("Remove", "Remove 2 people from "+in.name(s), "2 of 2 people lose access to "+in.name(s)+" at once")
			h.fill("Reason (optional)", "Why")
			h.press("Remove 2 people", "2 people are removed.")
		}},
		{"leave", []string{"/leave"}, func(s *scene, h hands) {
			vic, _ := s.joins("Vic", "viewer")
			h.enters(vic)
			if in.kind == "organization" {
				h.opens("/")
				h.link("Leave "+s.place, "Leave "+s.place+"?")
			} else {
				h.opens(s.path + "/brands")
				h.menu("Actions for Globex")
				h.link("Leave", "Leave Globex?")
			}
			h.press("Leave", "You have left")
		}},
	}
}),
	change{"resume mails", []string{ofOrganization + "/users/{u}/resume-mails"}, func(s *scene, h hands) {
		pia, id := s.joins("Pia", "publisher")
		comesBack(s.t, s.path, pia.email)
		h.enters(s.ada)
		h.opens(s.path + "/users/" + id)
		h.press("Send mails again", "Mails about "+s.place+" go to Pia again.")
	}},
	change{"to admin", []string{ofOrganization + "/users/{u}/role"}, func(s *scene, h hands) {
		s.joins("Pia", "publisher")
		h.enters(s.ada)
		h.opens(s.path + "/users")
		h.pick("Role of Pia", "Admin")
		h.press("Change the role of Pia", "Make Pia Admin of "+s.place+"?")
		h.fill("Type admin to confirm", "admin")
		h.press("Make Admin", "Pia is now Organization Admin")
	}},
	change{"role in the row of brand to Admin", []string{ofBrand + "/users/{u}/role"}, func(s *scene, h hands) {
		s.joins("Pia", "publisher")
		bea, _ := s.joins("Bea", brandAdmin)
		h.enters(bea)
		h.opens(s.globex + "/users")
		h.pick("Role of Pia", "Admin")
		h.press("Change the role of Pia", "Change what Pia has?", "Brand Admin on Globex")
		h.press("Change role", "Pia is now Brand Admin on Globex.")
	}},
	change{"role on the profile of brand to Admin", []string{ofBrand + "/users/{u}/role"}, func(s *scene, h hands) {
		_, id := s.joins("Pia", "publisher")
		h.enters(s.ada)
		h.opens(s.globex + "/users/" + id)
		h.pick("Role of Pia", "Admin")
		h.press("Change the role of Pia", "Change what Pia has?", "Brand Admin on Globex")
		h.press("Change role", "Pia is now Brand Admin on Globex.")
	}},
	change{"downgrade several", []string{ofOrganization + "/users/change"}, func(s *scene, h hands) {
		s.joins("Grace", "admin")
		s.joins("Otto", "admin")
		h.enters(s.ada)
		h.opens(s.path + "/users")
		h.tick("Select Grace")
		h.tick("Select Otto")
		h.press("Edit brands and roles", "Downgrade 2 people to Member")
		h.pick("Globex", "Viewer")
		h.press("Check and continue", "2 of 2 people change")
		h.press("Change 2 people", "2 people are changed.")
	}},
)

// changesRole makes Pia, who is Publisher of Globex, a Viewer of it.
func changesRole(in place, h hands) {
	if in.kind == "organization" {
		h.press("Change the role of Pia", "Brands and roles of Pia")
		h.pick("Globex", "Viewer")
		h.press("Continue", "Change what Pia has?")
	} else {
		h.pick("Role of Pia", "Viewer")
		h.press("Change the role of Pia", "Change what Pia has?")
	}
	h.fill("Reason (optional)", "Why")
	h.press("Change role", "Pia is now Viewer")
}
