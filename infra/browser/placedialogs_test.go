package browser

import (
	"maps"
	"net/http"
)

// dialogs is the table of what organizations and brands ask before a change, in all states.
func (w *world) dialogs() map[string]states {
	empty, bare, full, broken := w.empty, w.bare, w.full, w.broken
	const mayNot = "You may not do this"
	same := left("as on other pages")
	all := map[string]states{
		"delete": {
			Routes:       []string{ofOrganization + "/delete"},
			NothingYet:   opens(bare.ada, bare.path+"/settings", "Delete organization", "Everybody in "+bare.place+" loses what they have in it"),
			NothingFound: left("single"),
			Forbidden:    at(w.vic, full.path+"/delete", "You may not delete it"),
			Conflict:     after(deletesOrganizationTooLate),
			Error:        fails(broken.ada, broken.path+"/delete"),
			Hundred:      left("single"),
		},
		"brand-delete": {
			Routes:       []string{ofBrand + "/delete"},
			NothingYet:   at(empty.ada, empty.globex+"/delete", "Delete the brand Globex?"),
			NothingFound: left("single"),
			Forbidden:    at(w.vic, full.globex+"/delete", "You may not delete it"),
			Conflict:     after(deletesBrandTooLate),
			Error:        same,
			Hundred:      left("single"),
		},
		"brand-new": {
			Routes:       []string{ofOrganization + "/brands/new"},
			NothingYet:   opens(bare.ada, bare.path+"/brands", "Create brand", "Name of the brand"),
			NothingFound: left("unfiltered"),
			Forbidden:    at(w.vic, full.path+"/brands/new", mayNot),
			Conflict:     left("new"),
			Error:        same,
			Hundred:      left("single"),
		},
		"connection": {
			Routes: []string{
				ofOrganization + "/settings/connections/new", ofOrganization + "/settings/connections/{c}", ofOrganization + "/settings/connections/{c}/remove",
			},
			NothingYet:   opens(bare.ada, bare.path+"/settings", "Add connection", "Add a connection to "+bare.place),
			NothingFound: left("unfiltered"),
			Forbidden:    at(w.vic, full.path+"/settings/connections/new", mayNot),
			Conflict:     after(switchesOffTooLate),
			Error:        same,
			Hundred:      opens(full.ada, full.path+"/settings", "Remove Portal 7", "Remove the connection Portal 7?"),
		},
		"withdraw": {
			Routes: []string{ofOrganization + "/access-requests/{r}/withdraw"},
			NothingYet: after(func(p *person) {
				s := newScene(p.t)
				who, _ := s.asks("Rob")
				opens(who, "/", "Withdraw the request to "+s.place, "Withdraw your request").show(p)
			}),
			NothingFound: left("single"),
			Forbidden:    left("own"),
			Conflict:     after(withdrawsTooLate),
			Error:        same,
			Hundred:      left("single"),
		},
	}
	for _, in := range places {
		prefix := map[string]string{"brand": "brand-"}[in.kind]
		maps.Copy(all, map[string]states{prefix + "leave": w.leaving(in), prefix + "selected": w.selected(in)})
	}
	return all
}

// leaving is the page and dialog by which one leaves a place.
func (w *world) leaving(in place) states {
	return states{
		Routes:       []string{in.route + "/leave"},
		NothingYet:   at(w.vic, in.path(w.full)+"/leave", "Leave "+in.name(w.full)+"?"),
		NothingFound: left("single"),
		Forbidden:    in.once(at(w.bare.ada, w.bare.path+"/leave", "An organization always keeps one Admin.")),
		Conflict:     after(leavesPlaceTooLate(in)),
		Error:        left("as on other pages"),
		Hundred:      left("single"),
	}
}

// selected is what is asked about people who were selected.
func (w *world) selected(in place) states {
	return states{
		Routes:       []string{in.route + "/users"},
		NothingYet:   left("single"),
		NothingFound: left("unfiltered"),
		Forbidden:    left("as on other pages"),
		Conflict:     after(changesSeveralTooLateIn(in)),
		Error:        left("as on other pages"),
		Hundred: after(func(p *person) {
			at(w.full.ada, in.path(w.full)+"/users", "50 people on this page").show(p)
			p.click("button", "Select all on this page")
			p.click("button", "Remove")
			p.seesIn(inDialog, "Remove 49 people from "+in.name(w.full))
		}),
	}
}

func deletesOrganizationTooLate(p *person) {
	s := newScene(p.t)
	deletesRenamed(p, s.ada, s.path, "organization", s.place, s.changes)
}

// deletesRenamed deletes an organization or a workspace that was renamed meanwhile.
func deletesRenamed(p *person, who account, path, kind, called string, changes func(path string, to object)) {
	at(who, path+"/settings").show(p)
	p.click("link", "Delete "+kind)
	p.fill("Type "+called+" to confirm", called)
	changes(path, object{"name": "Hooli"})
	p.click("button", "Delete "+kind)
	p.seesIn(inDialog, "You changed", "just now", "Hooli", "Type Hooli to confirm")
}

func deletesBrandTooLate(p *person) {
	s := newScene(p.t)
	at(s.ada, s.path+"/brands").show(p)
	p.chooses("Delete", "Globex")
	p.fill("Type Globex to confirm", "Globex")
	s.changes(s.globex, object{"name": "Hooli"})
	p.click("button", "Delete brand")
	p.seesIn(inDialog, "Hooli", "Type Hooli to confirm")
}

func switchesOffTooLate(p *person) {
	s := newScene(p.t)
	at(s.ada, s.path+"/settings").show(p)
	p.click("link", "Change Join page")
	p.choose("State", "Off")
	s.changes(s.path, object{"connections": []object{{"id": s.platform, "name": "Portal", "enabled": true}}})
	p.click("button", "Save")
	p.seesIn(inDialog, "just now")
}

func withdrawsTooLate(p *person) {
	s := newScene(p.t)
	who, id := s.asks("Rob")
	at(who, "/").show(p)
	p.click("link", "Withdraw the request to "+s.place)
	p.seesIn(inDialog, "Withdraw your request")
	s.api.post(http.StatusOK, s.path+"/access-requests/"+id+"/reject", object{"reason": "Nobody here knows Rob"})
	p.click("button", "Withdraw")
	p.sees("rejected")
}

func leavesPlaceTooLate(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		pia, id := s.joins("Pia", "publisher")
		at(pia, in.path(s)+"/leave", "Leave "+in.name(s)+"?").show(p)
		s.changes(s.path+"/members/"+id, object{"brands": object{s.brand: "admin"}})
		p.click("button", "Leave")
		p.sees("Ada changed Pia’s role just now")
	}
}

func changesSeveralTooLateIn(in place) func(*person) {
	return func(p *person) {
		s := newScene(p.t)
		_, pia := s.joins("Pia", "viewer")
		s.joins("Vic", "viewer")
		at(s.ada, in.path(s)+"/users", "Pia").show(p)
		p.click("button", "Select all on this page")
		deed := "Remove 2 people"
		if in.kind == "organization" {
			deed = "Change 2 people"
			p.click("button", "Edit brands and roles")
			p.picks("Globex", "Publisher")
			p.click("button", "Check and continue")
		} else {
			p.click("button", "Remove")
		}
		p.seesIn(inDialog, "2 of 2 people")
		s.changes(s.path+"/members/"+pia, object{"brands": object{s.brand: "admin"}})
		p.click("button", deed)
		p.sees("You changed Pia’s role just now", "1 not", "Check the failed ones again")
	}
}
