package browser

import (
	"fmt"
	"net/http"
	"strings"
)

// What follows is done too late: somebody else was faster.

func acceptsTooLate(p *person) {
	s := newScene(p.t)
	s.askFirst()
	who, _, _ := s.account("Rob")
	id, _ := s.invites(s.path, who.email, "viewer")
	at(who, "/", "Invitations for you").show(p)
	s.api.does(http.StatusNoContent, "", http.MethodDelete, s.path+"/invitations/"+id, nil)
	p.follow("button", "Accept the invitation to "+s.place)
	p.sees("This invitation is not there any more")
}

func acceptsByLinkTooLate(p *person) {
	s := newScene(p.t)
	s.askFirst()
	who, _, _ := s.account("Rob")
	id, link := s.invites(s.path, who.email, "viewer")
	at(who, link, "Join "+s.place).show(p)
	s.api.does(http.StatusNoContent, "", http.MethodDelete, s.path+"/invitations/"+id, nil)
	p.follow("button", "Accept")
	p.sees("This invitation is not there any more")
}

func changesRoleTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		_, id := s.joins("Pia", "publisher")
		s.joins("Grace", "admin")
		at(s.ada, in.path(s)+"/users", "Pia").show(p)
		if in.kind == "organization" {
			p.click("button", "Change the role of Pia")
			p.sees("Brands and roles of Pia")
			p.picks("Globex", "Viewer")
			p.click("button", "Continue")
		} else {
			p.picks("Role of Pia", "Viewer")
			p.click("button", "Change the role of Pia")
		}
		p.sees("Change what Pia has?")
		s.grace().does(http.StatusOK, "", http.MethodPatch, s.path+"/members/"+id, object{"brands": object{s.brand: "admin"}})
		p.click("button", "Change role")
		p.sees("Grace changed Pia’s role just now", "You were changing", "Apply mine", "Keep theirs")
	}
}

// grace is another Admin, who has joined.
func (s *scene) grace() client {
	s.t.Helper()
	_, api, _ := s.account("Grace")
	return api
}

func deletesTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		id, _ := s.invites(in.path(s), nina, "viewer")
		at(s.ada, in.path(s)+"/users?tab=invited", nina).show(p)
		p.chooses("Delete", nina)
		p.sees("Delete the invitation of " + nina + "?")
		s.api.post(http.StatusOK, in.path(s)+"/invitations/"+id+"/resend", object{})
		p.click("button", "Delete invitation")
		p.sees("You sent this invitation again just now.", "Viewer on Globex, and is pending")
	}
}

func resendsTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		id, _ := s.invites(in.path(s), nina, "viewer")
		at(s.ada, in.path(s)+"/users?tab=invited", nina).show(p)
		p.chooses("Resend", nina)
		p.sees("Resend to " + nina)
		s.api.post(http.StatusOK, in.path(s)+"/invitations/"+id+"/resend", object{})
		p.click("button", "Resend")
		p.sees("sent again less than a minute ago")
	}
}

func editsTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		late := s.address("Lea")
		_, link := s.invites(in.path(s), late, "viewer")
		at(s.ada, in.path(s)+"/users?tab=invited", late).show(p)
		p.chooses("Edit", late)
		p.sees("Edit the invitation of " + late)
		_, api, _ := s.account("Lea")
		api.post(http.StatusOK, "/invitations/"+tokenOf(link)+"/accept", nil)
		p.click("button", "Save and resend")
		p.sees("What you were about to send")
	}
}

func rejectsTooLate(p *person) {
	s := newScene(p.t)
	_, id := s.asks("Rob")
	s.joins("Grace", "admin")
	at(s.ada, s.path+"/users?tab=requests", "Rob").show(p)
	p.click("link", "Reject Rob")
	p.sees("Reject the request of Rob?")
	s.grace().post(http.StatusOK, s.path+"/access-requests/"+id+"/approve", object{"role": "member", "brands": []string{s.brand}, "brand_role": "viewer"})
	p.click("button", "Reject")
	p.sees("Grace has approved this request already.", "Request of Rob", "Approved", "By Grace")
	p.look("request-too-late")
	p.click("link", "Close")
	p.seesRow("Rob", "Approved", "by Grace")
}

func approvesTooLate(p *person) {
	s := newScene(p.t)
	_, id := s.asks("Rob")
	s.joins("Grace", "admin")
	at(s.ada, s.path+"/access-requests/"+id, "Rob asks for access").show(p)
	p.click("button", "Continue")
	p.sees("Let Rob in?")
	s.grace().post(http.StatusOK, s.path+"/access-requests/"+id+"/reject", object{"reason": "Nobody here knows Rob"})
	p.click("button", "Approve")
	p.sees("Request of Rob", "Rejected", "By Grace", "Nobody here knows Rob")
}

func removesTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		_, id := s.joins("Pia", "publisher")
		s.joins("Grace", "admin")
		at(s.ada, in.path(s)+"/users/"+id, "Pia").show(p)
		p.click("link", "Remove from "+in.name(s))
		p.sees("Remove Pia from " + in.name(s) + "?")
		s.grace().does(http.StatusOK, "", http.MethodPatch, s.path+"/members/"+id, object{"brands": object{s.brand: "admin"}})
		p.click("button", "Remove")
		p.sees("Grace changed Pia’s role just now", "Remove all the same")
	}
}

func savesTooLate(p *person) {
	s := newScene(p.t)
	s.joins("Grace", "admin")
	at(s.ada, s.path+"/settings", "Join page").show(p)
	p.choose("What those who ask for access see", "The organization's name alone")
	s.grace().does(http.StatusOK, "", http.MethodPatch, s.path, object{"name": "Hooli"})
	p.follow("button", "Save")
	p.sees("Grace changed these settings just now", "Hooli")
}

func renamesTooLate(p *person) {
	s := newScene(p.t)
	s.joins("Grace", "admin")
	at(s.ada, s.path+"/brands", "Globex").show(p)
	p.chooses("Rename", "Globex")
	p.fill("New name", "Initech")
	s.grace().does(http.StatusOK, "", http.MethodPatch, s.globex, object{"name": "Hooli"})
	p.click("button", "Rename")
	p.sees("Grace changed this brand just now: its name is now Hooli.")
}

func asksTooLate(p *person) {
	s := newScene(p.t)
	who, api, _ := s.account("Rob")
	at(who, s.join, "Ask "+s.place+" for access").show(p)
	api.post(http.StatusCreated, s.path+"/access-requests", object{"connection": s.platform})
	p.follow("button", "Ask for access")
	p.sees("You have asked " + s.place)
}

func invitesTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		at(s.ada, in.path(s)+"/users", "Ada").show(p)
		p.click("link", "Invite users")
		p.fill("E-mail addresses", nina)
		if in.kind == "organization" {
			p.click("checkbox", "Globex")
		}
		p.click("button", "Check and continue")
		p.sees("1 person gets Viewer on Globex.")
		s.invites(in.path(s), nina, "viewer")
		p.click("button", "Invite 1 person")
		p.sees("No invitation was sent", "This person has an open invitation already.")
	}
}

func cleansUpTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		id, link := s.invites(in.path(s), nina, "viewer")
		(client{t: p.t}).post(http.StatusOK, "/invitations/"+tokenOf(link)+"/decline-by-address", object{"email": nina})
		at(s.ada, in.path(s)+"/users?tab=invited", nina).show(p)
		p.click("link", "Delete expired and declined")
		p.sees("Delete 1 invitation?")
		s.api.does(http.StatusNoContent, "", http.MethodDelete, in.path(s)+"/invitations/"+id, nil)
		p.follow("button", "Delete it")
		p.sees("There was nothing to delete any more.")
	}
}

// invitesHundred invites a hundred people, where there are a hundred brands.
func invitesHundred(in place, s *scene) func(*person) {
	return func(p *person) {
		var addresses []string
		for n := range hundred {
			addresses = append(addresses, fmt.Sprintf("further%d@invited.example.com", n))
		}
		at(s.ada, in.path(s)+"/users/invite", "Invite users to "+in.name(s)).show(p)
		p.fill("E-mail addresses", strings.Join(addresses, "\n"))
		if in.kind == "organization" {
			p.click("checkbox", "Globex")
		}
		p.sees("100 addresses.")
		p.click("button", "Check and continue")
		p.sees("100 people get Viewer on Globex.", addresses[99])
	}
}
