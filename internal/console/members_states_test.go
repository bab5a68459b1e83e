package console

import (
	"fmt"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

// seenMember is somebody's membership as somebody else sees it, who may do with it what the codes leave.
func seenMember(name string, scope access.Scope, role access.Role, update, remove string) member.Membership {
	m := membership(name, role)
	m.User.ID, m.Version, m.Actions = "usr_2", 3, testbed.Edits(update, remove)
	m.Scope = scope
	if scope.Kind() == access.KindBrand {
		m.Brands, m.OrganizationAdmin = nil, update == "organization_admin"
	}
	return m
}

// memberStates are the pages about members in each state.
func memberStates() []state {
	all := append(listStates(), roleStates()...)
	return append(all, bulkStates()...)
}

var bothScopes = []access.Scope{access.Organization("org_1"), access.Brand("org_1", "brd_1")}

func listStates() []state {
	var all []state
	for _, scope := range bothScopes {
		for _, may := range []string{"", "own_role", "organization_admin", "last_admin"} {
			all = append(all,
				state{"list, " + may, "users", func(name string) any {
					p := &listPage{frame: framed(name), Scope: scope, Place: name, Base: "/u", Tab: tabCurrent, Members: "50", Next: "/u?cursor=c"}
					if scope.Kind() == access.KindBrand {
						p.Parent = name
					}
					p.membersAsked(map[string][]string{"q": {name}, "role": {"admin"}, "brand": {"none"}, "granted_by": {"left"}}, []brand.Brand{{ID: "brd_1", Name: name}}, []member.Membership{{User: access.Person{ID: "usr_2", Name: name}}})
					row := rowOf(seenMember(name, scope, access.Roles(scope.Kind())[1], may, may), "usr_2", clock, true)
					other := rowOf(seenMember(name, scope, access.Admin, may, may), "", clock, true)
					other.ID, other.From = "usr_3", p.View()
					p.People = []memberRow{row, other}
					return p
				}},
				state{"profile, " + may, "profile", func(name string) any {
					m := seenMember(name, scope, access.Roles(scope.Kind())[1], may, may)
					p := &profileView{frame: framed(name), subject: subjectOf(m, "usr_1", fromProfile)}
					after := map[string]any{"role": "member", "brands": []any{map[string]any{"id": "brd_1", "name": name, "role": "viewer"}}}
					var log page.List[audit.Listed]
					for _, what := range []string{"MemberAdded", "MemberRoleChanged", "MemberRemoved", "InvitationCreated", "Unheard"} {
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
					p := &profileView{frame: framed(name), subject: subjectOf(m, "usr_2", "")}
					p.fill(m, "usr_2", page.List[audit.Listed]{})
					return p
				}},
			)
		}
		all = append(all,
			state{"nobody found", "users", func(name string) any {
				p := &listPage{frame: framed(name), Scope: scope, Place: name, Base: "/u", Tab: tabCurrent, Members: "50"}
				p.membersAsked(map[string][]string{"q": {name}}, nil, nil)
				return p
			}},
			state{"without a brand", "profile", func(name string) any {
				m := seenMember(name, scope, access.Roles(scope.Kind())[1], "", "")
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
		f.begin(m)
		p.choose(f, brandsNamed(name, brands))
		return p, m
	}
	for _, scope := range bothScopes {
		roles := access.Roles(scope.Kind())
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
						p.review(m, after, 2)
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
						f := newForm("/x")
						f.had(m)
						return &removeView{
							frame: framed(name), subject: subjectOf(m, self, fromHome), Form: wrong(f, name, "reason"), Action: m.Actions["remove"], Had: f.kept(),
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
	for _, removing := range []bool{false, true} {
		view := func(name string, members ...string) *bulkView {
			f := newForm("/x")
			f.Values["members"] = members
			f.Values.Set(brandField+"brd_1", "viewer")
			p := &bulkView{
				frame: framed(name), way: wayFrom("q="+name, "/u", "/u"), Form: f, Place: name, Whole: true, Removing: removing, Members: members, Create: "/b",
				Brands: f.brandChoices(brandsNamed(name, 2), option{Text: "As it is"}, option{Value: takeAway, Text: noAccess}),
			}
			return p
		}
		results := func(name string, sent, able bool) *bulkView {
			p := view(name, "usr_2.3", "usr_3.1")
			p.Sent = sent
			m := seenMember(name, bothScopes[0], access.Admin, "", "")
			after := seenMember(name, bothScopes[0], access.Member, "", "")
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
				p.Form = wrong(p.Form, name, "brands", "reason")
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
