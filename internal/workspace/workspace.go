// Package workspace holds workspaces: their name, and whether people can work in them.
package workspace

import (
	"prism-access/internal/access"
	"prism-access/internal/request"
)

// Status says whether people can work in a workspace (R29).
type Status string

// The statuses.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Workspace has members, and roles of its own.
type Workspace struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Status  Status         `json:"status"`
	Version int            `json:"version"`
	Actions access.Actions `json:"actions"`
}

// Scope returns the workspace as a scope.
func (w Workspace) Scope() access.Scope { return access.Workspace(w.ID) }

// as returns the workspace as a caller with this standing sees it.
func (w Workspace) as(caller request.Caller, standing access.Standing) Workspace {
	standing.Disabled = w.Status == Disabled
	person, reader := caller.SignedIn(), caller.SignedIn(request.ScopeReadMembers)
	w.Actions = access.Actions{
		"update":            access.ActionFrom(person, standing.Require(access.Update)),
		"delete":            access.ActionFrom(person, standing.Require(access.Delete)),
		"enable":            access.ActionFrom(person, standing.Require(access.Enable)),
		"disable":           access.ActionFrom(person, standing.Require(access.Disable)),
		"create_role":       access.ActionFrom(person, standing.Require(access.ManageRole)),
		"create_invitation": access.ActionFrom(person, standing.May(access.ToInvite)),
		"list_roles":        access.ActionFrom(reader, standing.Require(access.Read)),
		"list_members":      access.ActionFrom(reader, standing.May(access.ToViewUsers)),
		"list_invitations":  access.ActionFrom(person, standing.May(access.ToManageInvitations)),
		"list_audit_log":    access.ActionFrom(reader, standing.Require(access.ViewAudit)),
	}
	return w
}
