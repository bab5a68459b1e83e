package console

import (
	"encoding/json"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
)

var allRequestStatuses = []accessrequest.Status{
	accessrequest.Pending, accessrequest.Approved, accessrequest.Rejected, accessrequest.Withdrawn, accessrequest.Closed, "unheard_of",
}

// asked is somebody's request as one of those who decide sees it.
func asked(name string, status accessrequest.Status) accessrequest.AccessRequest {
	r := accessrequest.AccessRequest{
		ID: "req_1", Organization: "org_1", OrganizationName: name, Requester: access.Person{ID: "usr_2", Name: name, Email: name},
		Connection: accessrequest.Named{ID: "con_1", Name: name}, Message: name, Status: status, CreatedAt: clock, Version: 1,
		Actions: access.Actions{
			"approve": {Allowed: status == accessrequest.Pending, Reason: name}, "reject": {Allowed: status == accessrequest.Pending, Reason: name},
			"withdraw": {Allowed: status == accessrequest.Pending, Reason: name},
		},
	}
	for _, b := range brandsNamed(name, 8) {
		r.WantedBrands = append(r.WantedBrands, accessrequest.Named{ID: b.ID, Name: b.Name})
	}
	if status != accessrequest.Pending {
		when := clock.Add(-time.Hour)
		r.DecidedAt, r.DecidedBy, r.Reason = &when, &access.Person{ID: "usr_3", Name: name}, name
		r.Granted = &access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: "brd_1", Name: name, Role: access.Viewer}}}
	}
	return r
}

// requestStates are the pages about access requests in each state.
func requestStates() []state {
	about := func(name string, r accessrequest.AccessRequest, f form) *requestView {
		p := &requestView{frame: framed(name), Form: f, Terms: termsOf(f, access.KindOrganization, stock{Brands: brandsNamed(name, 200)})}
		p.fill(r)
		return p
	}
	var all []state
	for _, status := range allRequestStatuses {
		for _, template := range []string{"request", "request-reject", "request-withdraw"} {
			all = append(all,
				state{string(status), template, func(name string) any { return about(name, asked(name, status), newForm("/x")) }},
				state{string(status) + ", wrong", template, func(name string) any {
					return about(name, asked(name, status), wrong(newForm("/x"), name, decideFields...))
				}},
				state{string(status) + ", one's own", template, func(name string) any {
					r := asked(name, status)
					delete(r.Actions, "approve")
					delete(r.Actions, "reject")
					return about(name, r, newForm("/x"))
				}},
				state{string(status) + ", not to be decided", template, func(name string) any {
					r := asked(name, status)
					r.Actions = access.Actions{"approve": {Reason: name}, "reject": {Reason: name}}
					return about(name, r, newForm("/x"))
				}},
			)
		}
		all = append(all, state{"my request, " + string(status), "home", func(name string) any {
			r := asked(name, status)
			one := myRequest{requestRow: requestRowOf(r, clock), Place: name, Withdraw: r.Actions["withdraw"]}
			if r.DecidedAt != nil {
				one.Again = at(clock, clock)
			}
			return &homeView{frame: framed(name), Requests: []myRequest{one}}
		}})
	}
	for _, role := range []access.Role{access.Admin, access.Member} {
		all = append(all, state{"review of " + string(role), "request", func(name string) any {
			f := wrong(newForm("/x"), name, "confirm", "reason")
			f.Values.Set("role", string(role))
			f.Values["brands"], f.Values["brand_role"] = []string{"brd_1", "brd_2"}, []string{"viewer"}
			p := about(name, asked(name, accessrequest.Pending), f)
			p.Review = true
			p.review(f.offered(), brandsNamed(name, 3))
			return p
		}}, state{"review of " + string(role) + " for somebody who is in", "request", func(name string) any {
			f := newForm("/x")
			f.Values.Set("role", string(role))
			f.Values["brands"], f.Values["brand_role"] = []string{"brd_1"}, []string{"viewer"}
			r := asked(name, accessrequest.Pending)
			p := about(name, r, f)
			p.meet(r, &member.Membership{Role: access.Member, Brands: []member.BrandGrant{{BrandRole: access.BrandRole{ID: "brd_1", Name: name, Role: access.Viewer}}}})
			p.Review = true
			p.review(f.offered(), brandsNamed(name, 3))
			return p
		}})
	}
	list := func(name, chosen string, later bool) *listPage {
		return &listPage{
			frame: framed(name), Scope: access.Organization("org_1"), Place: name, Base: "/u", Tab: tabRequests, Members: "1", Invited: "0", Asking: "99+", Later: later,
			Sees: true, Invites: true, Manages: true,
			Filter: filter{Name: "status", Label: "Status", Any: "All statuses", Chosen: chosen, Options: requestStatusOptions},
		}
	}
	return append(all,
		state{"requests, nothing", "users", func(name string) any { return list(name, "", false) }},
		state{"requests, nothing found", "users", func(name string) any { return list(name, "pending", false) }},
		state{"requests, nothing further", "users", func(name string) any { return list(name, "", true) }},
		state{"requests", "users", func(name string) any {
			p := list(name, "", true)
			for _, status := range allRequestStatuses {
				p.Requests = append(p.Requests, requestRowOf(asked(name, status), clock))
			}
			bare := asked(name, accessrequest.Pending)
			bare.WantedBrands, bare.Message, bare.Actions = nil, "", access.Actions{"approve": {Reason: name}}
			p.Requests = append(p.Requests, requestRowOf(bare, clock))
			p.Requests[0].Fresh = true
			return p
		}},
	)
}

// joinStates are the states of the join page.
func joinStates() []state {
	var all []state
	for _, name := range []string{
		stateSignedOut, stateReady, stateAsked, stateInvited, stateMember, stateRejected, stateUnverified, stateForged,
	} {
		for _, brands := range []int{0, 1, 200} {
			all = append(all, state{name, "join", func(hostile string) any {
				p := &joinView{
					frame: bare(hostile, name != stateSignedOut), State: name, Place: hostile, From: hostile, Form: wrong(newForm("/x"), hostile, "message"), Accept: newForm("/x"),
					Members: "/o", SignIn: "/sign-in", Create: "/sign-in", Switch: "/sign-in", Again: at(clock, clock),
				}
				p.Request = requestRowOf(asked(hostile, accessrequest.Pending), clock)
				if name == stateRejected {
					p.Request = requestRowOf(asked(hostile, accessrequest.Rejected), clock)
				}
				p.Brands = termsOf(p.Form, access.KindOrganization, stock{Brands: brandsNamed(hostile, brands)}).Brands
				return p
			}})
		}
	}
	return all
}

// settingsStates are the pages about an organization's settings, about brands, and about what ends them.
var deletable = map[bool]access.Kind{true: access.KindOrganization, false: access.KindBrand}

func settingsStates() []state {
	acme := func(name string, may bool) organization.Organization {
		action := access.Action{Allowed: may, Reason: name}
		return organization.Organization{
			ID: "org_1", Name: name, ExistingAccounts: organization.Ask, Version: 3,
			Connections: []organization.Connection{{ID: "con_1", Name: name, Enabled: true, URL: "https://prism.test/join/org_1?via=con_1"}, {ID: "con_2", Name: name}},
			Actions:     access.Actions{"update": action, "delete": action},
		}
	}
	settings := func(name string, f form, may bool) *settingsView {
		p := &settingsView{frame: framed(name), Base: "/organizations/org_1"}
		p.fill(f, acme(name, may), "con_1")
		return p
	}
	all := []state{
		{"may change", "settings", func(name string) any { return settings(name, newForm("/x"), true) }},
		{"wrong", "settings", func(name string) any {
			return settings(name, wrong(newForm("/x"), name, "name", "existing_accounts"), true)
		}},
		{"may not", "settings", func(name string) any { return settings(name, newForm("/x"), false) }},
		{"rename", "rename", func(name string) any {
			return &renameView{frame: framed(name), Form: wrong(newForm("/x"), name, "name"), Was: name, Action: access.Action{Allowed: true}, Back: "/b"}
		}},
		{"may not be renamed", "rename", func(name string) any {
			return &renameView{frame: framed(name), Form: newForm("/x"), Was: name, Action: access.Action{Reason: name}, Back: "/b"}
		}},
		{"nothing to clean up", "clean-up", func(name string) any {
			return &cleanUpView{frame: framed(name), Form: newForm("/x"), Place: name, Back: "/u"}
		}},
		{"brands to manage", "brands", func(name string) any {
			p := &brandsView{frame: framed(name), Place: name, Base: "/b"}
			for _, may := range []bool{true, false} {
				b := brand.Brand{ID: "brd_1", Organization: "org_1", Name: name, Actions: access.Actions{
					"update": {Allowed: may}, "delete": {Allowed: may}, "list_audit_log": {Allowed: true}, "list_members": {Allowed: may},
				}}
				p.build(access.Organization("org_1"), page.List[brand.Brand]{Items: []brand.Brand{b}}, nil)
			}
			return p
		}},
	}
	for _, n := range []int{1, 12, 100} {
		all = append(all,
			state{"to clean up", "clean-up", func(name string) any {
				return &cleanUpView{frame: framed(name), Form: wrong(newForm("/x"), name), Place: name, Found: n, Counted: capped(n), Who: []waiting{{Who: name}, {Who: name, Asked: at(clock, clock)}}, More: n - 1, Back: "/u"}
			}},
			state{"left over", "clean-up", func(name string) any {
				return &cleanUpView{frame: framed(name), Form: newForm("/x"), Sent: true, Deleted: n - 1, Back: "/u", Results: []resultRow{
					{Who: name, Status: status{Text: "Not deleted", Icon: "alert", Tone: "bad", Detail: name}},
				}}
			}},
		)
	}
	for _, is := range []bool{true, false} {
		all = append(all,
			state{"connection", "connection", func(name string) any {
				return &connectionView{
					frame: framed(name), Form: wrong(newForm("/x"), name, "name"), Place: name, New: is, Was: name, Back: "/s",
					States: []option{{Value: yes, Text: "On", Note: "Note", Chosen: true}},
				}
			}},
			state{"remove a connection", "disconnect", func(name string) any {
				return &disconnectView{frame: framed(name), Form: wrong(newForm("/x"), name), Place: name, Name: name, Last: is, Back: "/s"}
			}},
			state{"may be deleted", "deletion", func(name string) any {
				return &deletionView{
					frame: framed(name), Form: wrong(newForm("/x"), name, "confirm"), Place: name, Kind: deletable[is], Parent: name, Effects: []string{name},
					Action: access.Action{Allowed: true}, Back: "/s",
				}
			}},
			state{"may not be deleted", "deletion", func(name string) any {
				return &deletionView{frame: framed(name), Form: newForm("/x"), Place: name, Kind: deletable[is], Action: access.Action{Reason: name}, Back: "/s"}
			}},
		)
	}
	return all
}

// entries are one log entry of each type, and one of a type that is not known.
func entries(name string) []audit.Listed {
	var all []audit.Listed
	var thing map[string]any
	said, _ := json.Marshal(map[string]any{
		"name": name, "existing_accounts": "ask", "connections": []any{map[string]any{"id": "con_1", "name": name, "enabled": true}},
		"offer":   map[string]any{"role": "member", "brands": []any{map[string]any{"id": "brd_1", "name": name, "role": "viewer"}}},
		"granted": map[string]any{"role": "admin"}, "wanted_brands": []any{map[string]any{"id": "brd_1", "name": name}}, "role": "member",
	})
	_ = json.Unmarshal(said, &thing)
	for _, what := range append(event.Types(), "UnheardOf") {
		l := audit.Listed{
			ID: "1", Type: what, OccurredAt: clock, Actor: access.Person{ID: "usr_1", Name: name}, User: &access.Person{ID: "usr_2", Name: name},
			Before: map[string]any{"name": "x", "role": "admin"}, After: thing, Via: "request", Reason: name,
		}
		all = append(all, l)
		l.Actor, l.User, l.Before, l.After = access.Person{ID: "system"}, nil, nil, nil
		all = append(all, l)
	}
	return all
}

func logStates() []state {
	view := func(name string, scope access.Scope, query map[string][]string, log page.List[audit.Listed]) *logView {
		p := &logView{frame: framed(name), Scope: scope, Place: name, Base: "/l", logFilters: readLogFilters(scope.Kind(), query)}
		if p.Person.Typed == name {
			p.Person.Found = []candidate{{"usr_01J00000000000000000000000", name, name, name}, {"usr_01J00000000000000000000001", name, name, name}}
		}
		p.asked(scope)
		p.fill(log)
		return p
	}
	var all []state
	for _, scope := range bothScopes {
		all = append(all,
			state{"nothing", "audit-log", func(name string) any { return view(name, scope, nil, page.List[audit.Listed]{}) }},
			state{"nothing found", "audit-log", func(name string) any {
				return view(name, scope, map[string][]string{
					"actor": {"system"}, "user": {"usr_01J00000000000000000000000"}, "type": {"MemberAdded"}, "from": {"2026-11-01"}, "to": {"2026-11-02"},
				}, page.List[audit.Listed]{NextCursor: "c"})
			}},
			state{"unknown filters", "audit-log", func(name string) any {
				return view(name, scope, map[string][]string{"actor": {name}, "user": {name}, "type": {name}, "from": {name}}, page.List[audit.Listed]{})
			}},
			state{"nothing further", "audit-log", func(name string) any {
				p := view(name, scope, nil, page.List[audit.Listed]{})
				p.Later = true
				return p
			}},
			state{"everything", "audit-log", func(name string) any {
				return view(name, scope, nil, page.List[audit.Listed]{Items: entries(name), NextCursor: "c"})
			}},
		)
	}
	return all
}
