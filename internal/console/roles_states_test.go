package console

import (
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
)

// rolesOfWorkspace are roles as pages are shown them: the built-in one, one that can be changed and one that cannot.
func rolesOfWorkspace(name string) []role.Role {
	yes, no := access.Action{Allowed: true}, access.Action{Reason: name}
	return []role.Role{
		{ID: access.Admin, Name: "Admin", BuiltIn: true, Actions: access.Actions{"update": no, "delete": no}},
		{
			ID: "rol_1", Name: name, Description: name, Permissions: []access.Permission{"manage_computations", "view_assets"}, Version: 1,
			Actions: access.Actions{"update": yes, "delete": yes},
		},
		{ID: "rol_2", Name: name, Permissions: []access.Permission{access.Read}, Version: 1, Actions: access.Actions{"update": no, "delete": no}},
	}
}

// statesOfRoles are the pages about the roles of workspaces.
func statesOfRoles() []state {
	scope, yes := access.Workspace("wsp_1"), access.Action{Allowed: true}
	all := access.All(access.KindWorkspace)
	chosen := []access.Permission{"manage_computations"}
	cards := func(name string) (out []roleCard) {
		for _, r := range rolesOfWorkspace(name) {
			out = append(out, roleCardOf(r, scope))
		}
		return out
	}
	return []state{
		{"those one may not change", "roles", func(name string) any {
			return &rolesView{frame: framed(name), Place: name, Base: "/r", Create: access.Action{Reason: name}, Roles: cards(name), Open: true}
		}},
		{"with one that is left", "roles", func(name string) any {
			return &rolesView{
				frame: framed(name), Place: name, Base: "/r", Create: yes, Roles: cards(name), Leaving: []leavingRole{{Name: name, URL: "/r/rol_3", Left: "99+ members", Turn: name, Next: name, NextURL: "/r/rol_1"}},
			}
		}},
		{"with its people", "about-role", func(name string) any {
			p := &aboutRole{
				frame: framedIn(inWorkspace(name, access.Admin, false)), Place: name, List: "/r", Users: "/u", AllMembers: "/m", MemberCount: "99+", AllOffers: "/o",
				OfferCount: "1", Invite: "/i",
			}
			p.Members = []member.Membership{inWorkspace(name, "rol_1", false)}
			open := offer(name, invitation.Pending, scope)
			open.RoleName, open.Actions = name, access.Actions{"resend": yes, "delete": yes}
			p.Offers = []invitation.Invitation{open}
			p.fill(rolesOfWorkspace(name)[1], scope, "edited")
			return p
		}},
		{"where one may not see who has it", "about-role", func(name string) any {
			p := &aboutRole{frame: framed(name), Place: name, List: "/r", Users: "/u", WhyMembers: name, WhyOffers: name}
			p.fill(rolesOfWorkspace(name)[0], scope, "")
			return p
		}},
		{"a new one", "role-editor", func(name string) any {
			return &editorView{
				frame: framed(name), Form: wrong(newForm("/x"), name, roleFormFields...), Place: name, Back: "/r", New: true, Action: yes,
				Templates: []option{{Text: name}, {Value: "viewer", Text: name, Note: name, Chosen: true}}, Begun: name, Beyond: name, Groups: permissionGroups(nil, access.Set{access.Read: true}),
			}
		}},
		{"one that somebody has changed", "role-editor", func(name string) any {
			return &editorView{
				frame: framed(name), Form: newForm("/x"), Place: name, Back: "/r", Was: name, Version: 2, Action: yes, Groups: permissionGroups(chosen, all), Conflict: name,
			}
		}},
		{"what it brings", "role-editor", func(name string) any {
			return &editorView{
				frame: framed(name), Form: newForm("/x"), Place: name, Back: "/r", Was: name, Version: 1, Action: yes, Review: true,
				Changes: []difference{{name, name, name}}, Gains: []string{name}, Lost: []string{name}, Effects: []string{name}, Kept: []option{{Value: name, Text: name}},
			}
		}},
		{"one that nobody has", "role-deletion", func(name string) any {
			return &roleDeletionView{frame: framed(name), Form: newForm("/x"), Name: name, Place: name, Version: 1, Action: yes, Back: "/r"}
		}},
		{"one that is in use", "role-deletion", func(name string) any {
			return &roleDeletionView{
				frame: framed(name), Form: wrong(newForm("/x"), name, "reassign_to"), Name: name, Place: name, Version: 1, Action: yes, Back: "/r", Holders: name, InUse: true,
				Choices: []option{{Value: "rol_2", Text: name, Note: name}}, Above: name, Create: "/r/new",
			}
		}},
		{"with another in its place", "role-deletion", func(name string) any {
			return &roleDeletionView{
				frame: framed(name), Form: wrong(newForm("/x"), name, "reason"), Name: name, Place: name, Version: 1, Action: yes, Back: "/r", Holders: name, InUse: true, Review: true, Next: name,
				Effects: []string{name}, Gains: []string{name}, Lost: []string{name},
			}
		}},
	}
}
