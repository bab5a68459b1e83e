package testbed

import (
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// Lab is a workspace with somebody in each of its roles, and a stranger with a workspace of their own.
type Lab struct {
	*Bed
	ID        string
	Scope     access.Scope
	Workspace workspace.Workspace
	Manager   role.Role // may do everything with people, and what an Analyst may
	Analyst   role.Role
	Viewer    role.Role
	Ada       Someone             // Admin
	Mia       Someone             // Manager
	Ann       Someone             // Analyst
	Vic       Someone             // Viewer
	Eve       Someone             // Admin of another workspace
	Other     workspace.Workspace // Eve's
	Elsewhere access.Scope        // it is
}

// NewLab sets the scene.
func (b *Bed) NewLab() *Lab {
	b.T.Helper()
	l := &Lab{Bed: b, Ada: b.Someone("Ada"), Mia: b.Someone("Mia"), Ann: b.Someone("Ann"), Vic: b.Someone("Vic"), Eve: b.Someone("Eve")}
	l.Workspace = b.Workspace(l.Ada, "Genomics")
	l.ID, l.Scope = l.Workspace.ID, l.Workspace.Scope()
	l.Manager = b.Role(l.Ada, l.Workspace, "Manager", access.AddRoleUsers, access.RemoveRoleUsers, access.SendInvitations, access.ManageInvitations,
		"run_computation", "view_assets")
	l.Analyst = b.Role(l.Ada, l.Workspace, "Analyst", "run_computation", "view_assets")
	l.Viewer = b.Role(l.Ada, l.Workspace, "Viewer", "view_computations", "view_assets")
	l.Enlist(l.Manager.ID, l.Mia)
	l.Enlist(l.Analyst.ID, l.Ann)
	l.Enlist(l.Viewer.ID, l.Vic)
	l.Other = b.Workspace(l.Eve, "Elsewhere")
	l.Elsewhere = l.Other.Scope()
	return l
}

// BelowAdmin is the refusal (R16) that whoever holds just these permissions in a workspace gets for what takes all that an Admin holds.
func BelowAdmin(held ...access.Permission) *fault.Error {
	var missing []access.Permission
	for _, definition := range access.Catalogue(access.KindWorkspace) {
		if !slices.Contains(held, definition.Key) {
			missing = append(missing, definition.Key)
		}
	}
	slices.Sort(missing)
	return access.Exceeding(missing...)
}

// HeldByManager is what a lab's Manager holds, with what that implies.
func HeldByManager() []access.Permission {
	return []access.Permission{
		access.Read, access.ViewRoleUsers, access.AddRoleUsers, access.RemoveRoleUsers, access.SendInvitations, access.ManageInvitations,
		"view_computations", "run_computation", "view_assets",
	}
}

// Enlist gets people into the lab: Ada invites them, they accept.
func (l *Lab) Enlist(given access.Role, people ...Someone) {
	l.T.Helper()
	off := false
	for _, one := range people {
		out, err := l.Create().Do(l.T.Context(), l.Ada.Caller, invitation.CreateInput{
			Scope: l.Scope, Invitees: []invitation.Invitee{{Username: one.User.Username}}, Terms: invitation.Terms{Role: given, Notify: &off},
		})
		if err != nil || out.Results[0].Invitation == nil {
			l.T.Fatalf("invite %s: %+v, %v", one.User.Name, out, err)
		}
		locator := invitation.Locator{Token: Token(out.Results[0].Invitation.AcceptURL)}
		if _, err := l.Accept().Do(l.T.Context(), one.Caller, invitation.AcceptInput{Locator: locator}); err != nil {
			l.T.Fatalf("%s accepts: %v", one.User.Name, err)
		}
	}
}

// Newcomer is somebody who got into the lab with a role just now.
func (l *Lab) Newcomer(given access.Role) Someone {
	l.T.Helper()
	grace := l.Someone("Grace")
	l.Enlist(given, grace)
	return grace
}
