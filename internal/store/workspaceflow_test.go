package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// workspaces has Ada make a workspace with roles, let somebody in, change and delete roles, and disable and enable it; another one she deletes.
func (f *flow) workspaces(ada, gil request.Caller) {
	f.t.Helper()
	creating := workspace.Create{Store: f.table, Now: f.clock, NewID: f.newID}
	editing := workspace.Editing{Store: f.table, Now: f.clock, NewID: f.newID}
	changing := role.Changing{Store: f.table, Now: f.clock, NewID: f.newID}
	settled := must[workspace.Workspace](f.t)
	lab := settled(creating.Do(f.ctx(), ada, workspace.CreateInput{Name: "Genomics"})).Scope()
	settled(workspace.Update{Editing: editing}.Do(f.ctx(), ada, workspace.UpdateInput{Scope: lab, Name: "Genomics Lab"}))
	created := func(name string, permissions ...access.Permission) access.Role {
		f.t.Helper()
		in := role.CreateInput{Scope: lab, Name: name, Description: "For " + name, Permissions: permissions}
		return must[role.Role](f.t)(role.Create{Changing: changing}.Do(f.ctx(), ada, in)).ID
	}
	viewer, analyst, spare := created("Viewer", "view_assets"), created("Data Analyst 😀", "run_computation", "upload_assets"), created("Spare", access.ManageRole)
	f.seat(ada, lab, analyst, gil)
	f.offer(ada, lab, viewer, f.person("kit"))
	must[role.Outcome](f.t)(role.Update{Changing: changing}.Do(f.ctx(), ada, role.UpdateInput{Scope: lab, ID: analyst, Permissions: []access.Permission{"run_computation"}}))
	dropped := must[role.Outcome](f.t)
	dropped(role.Delete{Changing: changing}.Do(f.ctx(), ada, role.DeleteInput{Scope: lab, ID: spare}))
	dropped(role.Delete{Changing: changing}.Do(f.ctx(), ada, role.DeleteInput{Scope: lab, ID: analyst, ReassignTo: viewer}))
	reassign := member.Reassign{Store: f.table, Now: f.clock, NewID: f.newID, CorrelationID: "click of ada"}
	must[bool](f.t)(reassign.Do(f.ctx(), lab, gil.User))
	settled(workspace.Switch{Editing: editing, To: workspace.Disabled}.Do(f.ctx(), ada, workspace.SwitchInput{Scope: lab, Reason: "During the audit"}))
	settled(workspace.Switch{Editing: editing, To: workspace.Enabled}.Do(f.ctx(), ada, workspace.SwitchInput{Scope: lab}))
	gone := settled(creating.Do(f.ctx(), ada, workspace.CreateInput{Name: "Gone"}))
	must[workspace.Deleted](f.t)(workspace.Delete{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, workspace.DeleteInput{Scope: gone.Scope(), Confirm: "Gone"}))
}

// offer invites somebody to a workspace with a role.
func (f *flow) offer(by request.Caller, lab access.Scope, given access.Role, who request.Caller) invitation.Invitation {
	f.t.Helper()
	f.now = f.now.Add(time.Second)
	user := must[account.User](f.t)(account.Me{Store: f.table}.Do(f.ctx(), who, account.MeInput{}))
	out := must[invitation.CreateOutput](f.t)(invitation.Create{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), by, invitation.CreateInput{
		Scope: lab, Invitees: []invitation.Invitee{{Username: user.Username}}, Terms: invitation.Terms{Role: given},
	}))
	return *out.Results[0].Invitation
}

// seat has somebody accept a role in a workspace.
func (f *flow) seat(by request.Caller, lab access.Scope, given access.Role, who request.Caller) {
	f.t.Helper()
	link := f.offer(by, lab, given, who).AcceptURL
	must[member.Membership](f.t)(invitation.Accept{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), who, invitation.AcceptInput{
		Locator: invitation.Locator{Token: token(link)},
	}))
}
