package console

import (
	"fmt"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// seenMember is somebody's membership as somebody else sees it, who may do with it what the codes leave.
func seenMember(name string, scope access.Scope, role access.Role, update, remove string) member.Membership {
	m := membership(name, role)
	m.User.ID, m.Version, m.Actions = "usr_2", 3, testbed.Edits(update, remove)
	m.Scope = scope
	switch scope.Kind() {
	case access.KindBrand:
		m.Brands, m.OrganizationAdmin = nil, update == "organization_admin"
	case access.KindWorkspace:
		m.Brands, m.RoleName, m.User.Email, m.User.Username = nil, name, "", "ada"
	}
	return m
}

// memberStates are the pages about members in each state.
func memberStates() []state {
	all := append(listStates(), roleStates()...)
	return append(all, bulkStates()...)
}

var bothScopes = []access.Scope{access.Organization("org_1"), access.Brand("org_1", "brd_1")}

// allScopes has one of each kind.
var allScopes = append([]access.Scope{access.Workspace("wsp_1")}, bothScopes...)

// rolesHere are roles of a scope: of a workspace also one of its own.
func rolesHere(scope access.Scope) []access.Role {
	if scope.Kind() == access.KindWorkspace {
		return []access.Role{access.Admin, "rol_1"}
	}
	return access.Roles(scope.Kind())
}

// stockNamed is what a scope has to give: brands, and roles of a workspace.
func stockNamed(name string, brands int) stock {
	has := stock{Brands: brandsNamed(name, brands)}
	may := access.Actions{toAssign: {Allowed: true}, toOffer: {Allowed: true}}
	for _, r := range []role.Role{
		{ID: "rol_1", Name: name, Permissions: []access.Permission{"run_computation"}, Actions: may},
		{ID: "rol_2", Name: name, Permissions: []access.Permission{access.Read}},
		{ID: access.Admin, Name: "Admin", BuiltIn: true, Permissions: access.All(access.KindWorkspace).Sorted(), Actions: may},
	} {
		if brands > 0 {
			has.Roles = append(has.Roles, r)
		}
	}
	return has
}

func listStates() []state {
	var all []state
	for _, scope := range allScopes {
		for _, may := range []string{"", "own_role", "organization_admin", "last_admin"} {
			all = append(all,
				state{"list, " + may, "users", func(name string) any {
					p := &listPage{frame: framed(name), Scope: scope, Place: name, Base: "/u", Tab: tabCurrent, Members: "50", Next: "/u?cursor=c", Sees: true, Invites: may != "", Manages: may != "own_role"}
					if scope.Kind() == access.KindBrand {
						p.Parent = name
					}
					p.membersAsked(map[string][]string{"q": {name}, "role": {"admin"}, "brand": {"none"}, "granted_by": {"left"}}, stockNamed(name, 1))
					row := rowOf(seenMember(name, scope, rolesHere(scope)[1], may, may), "usr_2", clock, true)
					other := rowOf(seenMember(name, scope, access.Admin, may, may), "", clock, true)
					other.ID, other.From = "usr_3", p.View()
					p.People = []memberRow{row, other}
					return p
				}},
				state{"profile, " + may, "profile", func(name string) any {
					m := seenMember(name, scope, rolesHere(scope)[1], may, may)
					m.MailsStopped = &member.MailStop{Why: "mailbox does not exist", At: clock}
					p := &profileView{frame: framed(name), subject: subjectOf(m, "usr_1", fromProfile), Form: form{Key: "k", Problem: name}}
					after := map[string]any{"role": "member", "brands": []any{map[string]any{"id": "brd_1", "name": name, "role": "viewer"}}}
					var log page.List[audit.Listed]
					for _, what := range []string{"MemberAdded", "MemberRoleChanged", "MemberRemoved", "InvitationCreated", "MailsStopped", "MailsResumed", "Unheard"} {
						log.Items = append(log.Items, audit.Listed{
							Type: what, OccurredAt: clock, Actor: access.Person{Name: name}, User: &m.User, Before: after, After: after, Reason: name,
						})
					}
					log.NextCursor = "c"
					p.fill(m, "usr_1", log)
					return p
				}},
				state{"own profile, " + may, "profile", func(name string) any {
					m := seenMember(name, scope, access.Admin, "own_role", may)
					m.MailsStopped = &member.MailStop{Why: "mailbox does not exist", At: clock}
					p := &profileView{frame: framed(name), subject: subjectOf(m, "usr_2", "")}
					p.fill(m, "usr_2", page.List[audit.Listed]{})
					return p
				}},
			)
		}
		all = append(all,
			state{"nobody found", "users", func(name string) any {
				p := &listPage{frame: framed(name), Scope: scope, Place: name, Base: "/u", Tab: tabCurrent, Members: "50", Sees: true, Invites: true, Manages: true}
				p.membersAsked(map[string][]string{"q": {name}}, stock{})
				return p
			}},
			state{"without a brand", "profile", func(name string) any {
				m := seenMember(name, scope, rolesHere(scope)[1], "", "")
				m.Brands = nil
				p := &profileView{frame: framed(name), subject: subjectOf(m, "usr_1", "")}
				p.fill(m, "usr_1", page.List[audit.Listed]{})
				return p
			}},
		)
	}
	return all
}

func brandsNamed(name string, n int) []brand.Brand {
	var all []brand.Brand
	for i := range n {
		all = append(all, brand.Brand{ID: fmt.Sprintf("brd_%d", i+1), Organization: "org_1", Name: name})
	}
	return all
}

func roleStates() []state {
	var all []state
	about := func(name string, scope access.Scope, role access.Role, update string, brands int) (*roleView, member.Membership) {
		m := seenMember(name, scope, role, update, update)
		p := &roleView{frame: framed(name), subject: subjectOf(m, "usr_1", "q="+name), Action: m.Actions["update"], Admin: role == access.Admin, Create: "/b"}
		f := newForm("/x")
		f.begin(m, stockNamed(name, brands))
		p.choose(f, stockNamed(name, brands))
		return p, m
	}
	for _, scope := range allScopes {
		roles := rolesHere(scope)
		for _, from := range roles {
			all = append(all,
				state{"choice from " + string(from), "role", func(name string) any { p, _ := about(name, scope, from, "", 200); return p }},
				state{"choice without brands", "role", func(name string) any { p, _ := about(name, scope, from, "", 0); return p }},
				state{"choice, wrong", "role", func(name string) any {
					p, _ := about(name, scope, from, "", 2)
					p.Form, p.Conflict = wrong(p.Form, name, roleFields...), name
					return p
				}},
				state{"not to be changed", "role", func(name string) any { p, _ := about(name, scope, from, "own_role", 2); return p }},
			)
			for _, to := range roles {
				for _, conflict := range []bool{false, true} {
					all = append(all, state{"from " + string(from) + " to " + string(to), "role", func(name string) any {
						p, m := about(name, scope, from, "", 2)
						after := m
						if after.Role = to; from != to {
							after.Brands = nil
						}
						p.review(m, after, stockNamed(name, 2))
						if conflict {
							p.Conflict, p.Form = name, wrong(p.Form, name, roleFields...)
						}
						return p
					}})
				}
			}
		}
		for _, self := range []string{"usr_1", "usr_2"} {
			for _, why := range []string{"", "last_admin"} {
				for _, conflict := range []string{"", "Grace changed it."} {
					all = append(all, state{"remove " + why, "remove", func(name string) any {
						m := seenMember(name, scope, access.Admin, why, why)
						return &removeView{
							frame: framed(name), subject: subjectOf(m, self, fromHome), Form: wrong(newForm("/x"), name, "reason"), Action: m.Actions["remove"],
							Conflict: conflict, Parent: name,
						}
					}})
				}
			}
		}
	}
	return all
}

func bulkStates() []state {
	var all []state
	for _, scope := range []access.Scope{access.Organization("org_1"), access.Workspace("wsp_1")} {
		all = append(all, bulkStatesOf(scope)...)
	}
	return all
}

func bulkStatesOf(scope access.Scope) []state {
	var all []state
	whole, roles := scope.Kind() == access.KindOrganization, rolesHere(scope)
	for _, removing := range []bool{false, true} {
		view := func(name string, members ...string) *bulkView {
			f := newForm("/x")
			f.Values["members"] = members
			f.Values.Set(brandField+"brd_1", "viewer")
			p := &bulkView{
				frame: framed(name), way: wayFrom("q="+name, "/u", "/u"), Form: f, Kind: scope.Kind(), Place: name, Whole: whole, Removing: removing, Members: members, Create: "/b",
				Brands: f.brandChoices(brandsNamed(name, 2), option{Text: "As it is"}, option{Value: takeAway, Text: noAccess}),
			}
			if !whole {
				p.Brands, p.Roles = nil, stockNamed(name, 2).choices(scope.Kind(), toAssign, "rol_1")
			}
			return p
		}
		results := func(name string, sent, able bool) *bulkView {
			p := view(name, "usr_2.3", "usr_3.1")
			p.Sent = sent
			m := seenMember(name, scope, roles[0], "", "")
			after := seenMember(name, scope, roles[1], "", "")
			out := member.BulkOutput{Results: []member.Result{
				{ID: "usr_2", Outcome: member.Failed, Before: &m, Error: &fault.Error{Code: "own_role", Message: name}},
				{ID: "usr_3", Outcome: member.Failed, Error: &fault.Error{Code: "x", Message: name, Fields: []fault.Field{{Detail: name}}}},
				{ID: "usr_4", Outcome: member.Unchanged, Before: &m},
			}}
			if able {
				out.Results = append(out.Results, member.Result{ID: "usr_5", Outcome: member.Changed, Before: &m, Membership: &after}, member.Result{ID: "usr_6", Outcome: member.Changed, Before: &m})
			}
			p.build(out)
			return p
		}
		all = append(all,
			state{"nobody chosen", "bulk", func(name string) any { p := view(name); p.Form.Problem = name; return p }},
			state{"choice", "bulk", func(name string) any { return view(name, "usr_2.3") }},
			state{"choice, wrong", "bulk", func(name string) any {
				p := view(name, "usr_2.3", "usr_3.1")
				p.Form = wrong(p.Form, name, bulkFields...)
				return p
			}},
		)
		for _, sent := range []bool{false, true} {
			for _, able := range []bool{false, true} {
				all = append(all, state{"results", "bulk", func(name string) any { return results(name, sent, able) }})
			}
		}
	}
	return all
}
