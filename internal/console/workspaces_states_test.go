package console

import (
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// inWorkspace is somebody in a workspace, with a role of its own or the built-in one.
func inWorkspace(name string, role access.Role, disabled bool) member.Membership {
	m := membership(name, role)
	m.Scope, m.RoleName, m.Brands = access.Workspace("wsp_1"), name, nil
	m.Workspace = member.Workspace{Disabled: disabled, Roles: access.CustomRoles{"rol_1": {Name: name, Chosen: []access.Permission{"run_computation", "view_assets"}}}}
	return m
}

// framedIn is the frame of a page in the workspace of a membership.
func framedIn(m member.Membership) frame {
	f := framed(m.ScopeName)
	f.Mine = page.List[member.Membership]{Items: append(f.Mine.Items, m)}
	f.Nav = f.navigation(m.Scope, atHome)
	return f
}

// The members of workspaces that pages are shown to.
func workspaceMembers(name string) []member.Membership {
	creator := inWorkspace(name, access.Admin, false)
	creator.Via, creator.Actions = member.ViaCreator, access.Actions{"remove": {Reason: name}}
	analyst := inWorkspace(name, "rol_1", true)
	analyst.Actions = access.Actions{"remove": {Allowed: true}}
	return []member.Membership{creator, analyst, inWorkspace(name, "rol_deleted", false)}
}

func workspaceStates() []state {
	yes, no := access.Action{Allowed: true}, func(why string) access.Action { return access.Action{Reason: why} }
	all := []state{
		{"none", "workspaces", func(name string) any { return &workspacesView{frame: framed(name), Default: "/w"} }},
		{"some", "workspaces", func(name string) any {
			p := &workspacesView{frame: framed(name), Default: "/w", Later: true, Next: "/w?cursor=c"}
			for _, m := range workspaceMembers(name) {
				p.Workspaces = append(p.Workspaces, workspaceCardOf(m, clock))
			}
			return p
		}},
		{"with workspaces", "home", func(name string) any {
			p := &homeView{frame: framed(name)}
			p.build(nil, workspaceMembers(name))
			return p
		}},
		{"none", "invited", func(name string) any { return &invitedView{frame: framed(name)} }},
		{"some", "invited", func(name string) any {
			open := offer(name, invitation.Pending, access.Workspace("wsp_1"))
			open.RoleName, open.Actions = name, access.Actions{"accept": yes, "decline": yes}
			return &invitedView{frame: framed(name), Offers: []offerCard{cardOf(open, clock)}, Next: "/w?cursor=c"}
		}},
		{"of a workspace", "decline", func(name string) any {
			return &declineView{frame: framed(name), Place: name, InvitedBy: name, Offer: offering{Text: name}, Form: newForm("/x"), Back: invitedPath}
		}},
		{"of a workspace", "deletion", func(name string) any {
			return &deletionView{
				frame: framed(name), Form: wrong(newForm("/x"), name, "confirm"), Place: name, Kind: access.KindWorkspace, Effects: []string{name}, Action: yes, Back: "/s",
			}
		}},
		{"nothing to change", "workspace-settings", func(name string) any {
			return &workspaceSettingsView{frame: framed(name), Form: newForm("/x"), Place: name, Base: "/w", Update: no(name)}
		}},
		{"disabled, for one who may enable", "workspace-settings", func(name string) any {
			return &workspaceSettingsView{frame: framed(name), Form: newForm("/x"), Place: name, Base: "/w", Disabled: true, Update: no(name), Enable: yes}
		}},
		{"all", "workspace-settings", func(name string) any {
			return &workspaceSettingsView{
				frame: framedIn(inWorkspace(name, access.Admin, false)), Form: wrong(newForm("/x"), name, "name"), Place: name, Base: "/w",
				Update: yes, Enable: yes, Disable: yes, Delete: yes,
			}
		}},
	}
	for _, m := range []func(string) member.Membership{
		func(name string) member.Membership { return workspaceMembers(name)[0] }, func(name string) member.Membership { return workspaceMembers(name)[1] },
	} {
		all = append(all, state{"opened", "workspace", func(name string) any {
			own := m(name)
			return &workspaceView{
				frame: framedIn(own), Place: name, Base: "/w", Card: workspaceCardOf(own, clock), Abilities: abilities(own.Workspace.Roles.Permissions(own.Role)),
				Disabled: own.Workspace.Disabled, Invite: !own.Workspace.Disabled,
			}
		}})
	}
	for _, enable := range []bool{false, true} {
		for _, p := range []switchView{{Already: true}, {Action: yes, Effects: []string{"Effect"}}, {Action: no("Because")}} {
			all = append(all, state{"of " + yesNo(enable), "switch", func(name string) any {
				shown := p
				shown.frame, shown.Form, shown.Place, shown.Enable, shown.Back = framed(name), wrong(newForm("/x"), name, "reason"), name, enable, "/s"
				return &shown
			}})
		}
	}
	for _, signedIn := range []bool{false, true} {
		for _, name := range []string{stateSignedOut, stateReady, stateWrongAccount, stateDisabled, stateInvalid, stateDeclined} {
			all = append(all, state{name + " of a workspace", "accept", func(hostile string) any {
				p := &acceptView{frame: bare(hostile, signedIn), State: name, Form: newForm("/x"), Decline: newForm("/x/decline"), NewLink: newForm("/x/request-link")}
				p.fill(invitation.Preview{
					Scope: access.Workspace("wsp_1"), ScopeName: hostile, Role: access.NamedRole{ID: "rol_1", Name: hostile}, InvitedBy: invitation.PreviewName{Name: hostile},
					ExpiresAt: clock, InviteeHint: hostile, Reason: invitation.ReasonRoleDeleted, Permissions: access.Set{access.Read: true},
				}, "/invitations/accept/x")
				return p
			}})
		}
	}
	return all
}
