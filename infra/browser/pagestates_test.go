package browser

// pages is the table of all pages of organizations and brands in all states.
func (w *world) pages() map[string]states {
	empty, full, broken := w.empty, w.full, w.broken
	const unknown = "/organizations/org_01ARZ3NDEKTSV4RRFFQ69G5FAV"
	const nothing, mayNot = "There is nothing here", "You may not do this"
	dialog := func(s *scene, path, button string, sees ...string) cell {
		return after(func(p *person) {
			p.enters(s.ada)
			p.open(path)
			p.click("link", button)
			p.sees(sees...)
		})
	}
	return map[string]states{
		"home": {
			Routes:       []string{"/{$}"},
			NothingYet:   at(w.newcomer, "/", "You are in no organization yet."),
			NothingFound: left("unfiltered"),
			Forbidden:    left("own"),
			Conflict:     after(acceptsTooLate),
			Error:        fails(broken.ada, "/"),
			Hundred:      at(w.hal, "/", "Company 49", "Next page"),
		},
		"current": {
			Routes:       []string{ofOrganization + "/users", ofOrganization + "/users/{u}/role"},
			NothingYet:   at(w.bare.ada, w.bare.path+"/users", "1 person", "Nobody changes their own role."),
			NothingFound: at(empty.ada, empty.path+"/users?q=xyz", "Nobody here is found by “xyz”."),
			Forbidden:    at(w.vic, full.path+"/users", mayNot),
			Conflict:     after(changesRoleTooLate(places[0])),
			Error:        fails(broken.ada, broken.path+"/users"),
			Hundred:      at(full.ada, full.path+"/users", "50 people on this page", "Cora Number 20", "Next page"),
		},
		"invited": w.invited(places[0]),
		"requests": {
			Routes:       []string{ofOrganization + "/users", ofOrganization + "/access-requests/{r}/reject"},
			NothingYet:   at(w.bare.ada, w.bare.path+"/users?tab=requests", "Nobody has asked for access."),
			NothingFound: at(empty.ada, empty.path+"/users?tab=requests&status=approved", "No request is “Approved”."),
			Forbidden:    at(w.vic, full.path+"/users?tab=requests", mayNot),
			Conflict:     after(rejectsTooLate),
			Error:        fails(broken.ada, broken.path+"/users?tab=requests"),
			Hundred:      at(full.ada, full.path+"/users?tab=requests", "50 requests on this page", "Quentin Number 1", "Next page"),
		},
		"request": {
			Routes:       []string{ofOrganization + "/access-requests/{r}"},
			NothingYet:   left("single"),
			NothingFound: at(full.ada, full.path+"/access-requests/"+copied("req_", 999), nothing),
			Forbidden:    at(w.vic, full.path+"/access-requests/"+w.wants, mayNot),
			Conflict:     after(approvesTooLate),
			Error:        fails(broken.ada, broken.path+"/access-requests/"+copied("req_", 1)),
			Hundred:      at(full.ada, full.path+"/access-requests/"+w.wants, "Wanda Wants asks for access", "and 87 more"),
		},
		"profile": w.profile(places[0],
			at(empty.ada, empty.path+"/users/"+w.lonely, "Lone Member", "No brand access"), at(full.ada, full.path+"/users/"+w.many, "Manny Brands", "Brand 89")),
		"brand-profile": w.profile(places[1], left("single"), at(full.ada, full.globex+"/users/"+copied("usr_", 1), "Cora Number 1", "Publisher")),
		"brand-current": {
			Routes:       []string{ofBrand + "/users", ofBrand + "/users/{u}/role"},
			NothingYet:   at(empty.ada, empty.globex+"/users", "1 person", "Organization Admin"),
			NothingFound: at(empty.ada, empty.globex+"/users?q=xyz", "Nobody here is found by “xyz”."),
			Forbidden:    at(w.vic, full.globex+"/users", mayNot),
			Conflict:     after(changesRoleTooLate(places[1])),
			Error:        fails(broken.ada, broken.globex+"/users"),
			Hundred:      at(full.ada, full.globex+"/users", "50 people on this page", "Cora Number 20", "Next page"),
		},
		"brand-invited": w.invited(places[1]),
		"settings": {
			Routes:       []string{ofOrganization + "/settings"},
			NothingYet:   left("never"),
			NothingFound: at(full.ada, unknown+"/settings", nothing),
			Forbidden:    at(w.vic, full.path+"/settings", "You may not change these settings."),
			Conflict:     after(savesTooLate),
			Error:        fails(broken.ada, broken.path+"/settings"),
			Hundred:      at(full.ada, full.path+"/settings", "Portal 18"), // twenty are all there can be
		},
		"brands": {
			Routes:       []string{ofOrganization + "/brands", ofBrand + "/rename"},
			NothingYet:   at(w.bare.ada, w.bare.path+"/brands", "No brands yet."),
			NothingFound: at(full.ada, unknown+"/brands", nothing),
			Forbidden:    at(w.newcomer, full.path+"/brands", nothing),
			Conflict:     after(renamesTooLate),
			Error:        fails(broken.ada, broken.path+"/brands"),
			Hundred:      at(full.ada, full.path+"/brands", "Brand 49", "Next page"),
		},
		"log": {
			Routes:       []string{ofOrganization + "/audit-log"},
			NothingYet:   left("never"),
			NothingFound: at(empty.ada, empty.path+"/audit-log?type=BrandDeleted", "No “Brand deleted” is in the log."),
			Forbidden:    at(w.vic, full.path+"/audit-log", mayNot),
			Conflict:     left("append-only"),
			Error:        fails(broken.ada, broken.path+"/audit-log"),
			Hundred:      at(full.ada, full.path+"/audit-log", "50 entries on this page", "Next page"),
		},
		"brand-log": {
			Routes:       []string{ofBrand + "/audit-log"},
			NothingYet:   left("never"),
			NothingFound: at(empty.ada, empty.globex+"/audit-log?type=BrandDeleted", "No “Brand deleted” is in the log."),
			Forbidden:    at(w.vic, full.globex+"/audit-log", mayNot),
			Conflict:     left("append-only"),
			Error:        fails(broken.ada, broken.globex+"/audit-log"),
			Hundred:      at(full.ada, full.globex+"/audit-log", "50 entries on this page", "Next page"),
		},
		"accept": {
			Routes:       []string{"/invitations/accept/{token}"},
			NothingYet:   left("single"),
			NothingFound: at(nobody, w.offer[:len(w.offer)-4]+"AAAA", "This link does not work"),
			Forbidden:    at(w.newcomer, w.offer, "This invitation is for another account"),
			Conflict:     after(acceptsByLinkTooLate),
			Error:        fails(w.offeredTo, w.dead),
			Hundred:      at(nobody, w.offer, "You are invited to "+full.place, "and 87 more"),
		},
		"join": {
			Routes:       []string{"/join/{o}"},
			NothingYet:   at(w.newcomer, w.bare.join, "Ask "+w.bare.place+" for access"),
			NothingFound: at(w.newcomer, "/join/"+full.id+"?via=con_unknown", "This join link does not work"),
			Forbidden:    at(w.rejected, empty.join, "Your request was rejected", "Nobody here knows you"),
			Conflict:     after(asksTooLate),
			Error:        fails(w.newcomer, broken.join),
			Hundred:      at(w.newcomer, full.join, "Ask "+full.place+" for access", "101 brands"),
		},
		"sign-in": {
			Routes:       []string{"/sign-in", "/sign-in/callback"},
			NothingYet:   at(nobody, "/sign-in", "Sign in", "Create account"),
			NothingFound: left("unfiltered"),
			Forbidden:    left("open"),
			Conflict:     left("stateless"),
			Error:        at(nobody, "/sign-in/callback?state=lost&code=lost", "You are not signed in", "Nothing was changed."),
			Hundred:      left("single"),
		},
		"invite":         w.invite(places[0], dialog(w.bare, w.bare.path+"/users", "Invite users", w.bare.place+" has no brands yet")),
		"brand-invite":   w.invite(places[1], dialog(empty, empty.globex+"/users", "Invite users", "Invite users to Globex")),
		"resend":         w.resend(places[0]),
		"brand-resend":   w.resend(places[1]),
		"edit":           w.edit(places[0], at(full.ada, full.path+"/users/invitations/"+w.offers+"/edit", "Edit the invitation of", "101 brands")),
		"brand-edit":     w.edit(places[1], left("single")),
		"clean-up":       w.cleanUp(places[0], dialog(full, full.path+"/users?tab=invited", "Delete expired and declined", "There is nothing to delete")),
		"brand-clean-up": w.cleanUp(places[1], left("single")),
	}
}

// invited is the tab of the invitations of a place.
func (w *world) invited(in place) states {
	const tab = "/users?tab=invited"
	return states{
		Routes:       []string{in.route + "/users", in.route + "/users/invitations/{i}/delete"},
		NothingYet:   at(w.empty.ada, in.path(w.empty)+tab, "No invitations yet."),
		NothingFound: at(w.empty.ada, in.path(w.empty)+tab+"&status=declined", "No invitation is “Declined”."),
		Forbidden:    at(w.vic, in.path(w.full)+tab, "You may not do this"),
		Conflict:     after(deletesTooLate(in)),
		Error:        fails(w.broken.ada, in.path(w.broken)+tab),
		Hundred:      at(w.full.ada, in.path(w.full)+tab, "50 invitations on this page", "Next page"),
	}
}

// once is a page that is the same in all places, so that one of them shows it.
func (in place) once(c cell) cell {
	if in.kind != "organization" {
		return left("as in the organization")
	}
	return c
}

// invite is the page and dialog that invites to a place.
func (w *world) invite(in place, first cell) states {
	return states{
		Routes:       []string{in.route + "/users/invite"},
		NothingYet:   first,
		NothingFound: left("unfiltered"),
		Forbidden:    at(w.vic, in.path(w.full)+"/users/invite", "You may not do this"),
		Conflict:     after(invitesTooLate(in)),
		Error:        in.once(fails(w.broken.ada, in.path(w.broken)+"/users/invite")),
		Hundred:      after(invitesHundred(in, w.full)),
	}
}

// resend is the page and dialog that sends an invitation to a place again.
func (w *world) resend(in place) states {
	return w.invitation(in, "resend", after(resendsTooLate(in)), left("single"))
}

// edit is the one that sends it with something else.
func (w *world) edit(in place, many cell) states {
	return w.invitation(in, "edit", after(editsTooLate(in)), many)
}

func (w *world) invitation(in place, deed string, late, many cell) states {
	base := "/users/invitations/"
	return states{
		Routes:       []string{in.route + base + "{i}/" + deed},
		NothingYet:   left("single"),
		NothingFound: in.once(at(w.full.ada, in.path(w.full)+base+copied("inv_", 999)+"/"+deed, "There is nothing here")),
		Forbidden:    in.once(at(w.vic, in.path(w.full)+base+w.offers+"/"+deed, "You may not do this")),
		Conflict:     late,
		Error:        in.once(fails(w.broken.ada, in.path(w.broken)+base+copied("inv_", 1)+"/"+deed)),
		Hundred:      many,
	}
}

// cleanUp is the page and dialog that deletes the invitations to a place that came to nothing.
func (w *world) cleanUp(in place, first cell) states {
	const cleaning = "/users/invitations/clean-up"
	return states{
		Routes:       []string{in.route + cleaning},
		NothingYet:   first,
		NothingFound: left("unfiltered"),
		Forbidden:    in.once(at(w.vic, in.path(w.full)+cleaning, "You may not do this")),
		Conflict:     after(cleansUpTooLate(in)),
		Error:        in.once(fails(w.broken.ada, in.path(w.broken)+cleaning)),
		Hundred:      left("counted"),
	}
}

// profile is the page of somebody in a place.
func (w *world) profile(in place, first, many cell) states {
	of := in.path(w.full) + "/users/"
	return states{
		Routes:       []string{in.route + "/users/{u}", in.route + "/users/{u}/remove"},
		NothingYet:   first,
		NothingFound: in.once(at(w.full.ada, of+copied("usr_", 999), "There is nothing here")),
		Forbidden:    in.once(at(w.vic, of+w.many, "You may not do this")),
		Conflict:     after(removesTooLate(in)),
		Error:        in.once(fails(w.broken.ada, in.path(w.broken)+"/users/"+copied("usr_", 1))),
		Hundred:      many,
	}
}
