// Package workspace holds workspaces: their name, and whether people can work in them.
package workspace

import "prism-access/internal/access"

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

// as returns the workspace as somebody with this standing sees it.
func (w Workspace) as(standing access.Standing) Workspace {
	standing.Disabled = w.Status == Disabled
	w.Actions = access.Actions{
		"update":            access.ActionFrom(standing.Require(access.Update)),
		"delete":            access.ActionFrom(standing.Require(access.Delete)),
		"enable":            access.ActionFrom(standing.Require(access.Enable)),
		"disable":           access.ActionFrom(standing.Require(access.Disable)),
		"create_role":       access.ActionFrom(standing.Require(access.ManageRole)),
		"create_invitation": access.ActionFrom(standing.May(access.ToInvite)),
		"list_roles":        access.ActionFrom(standing.Require(access.Read)),
		"list_members":      access.ActionFrom(standing.May(access.ToViewUsers)),
		"list_invitations":  access.ActionFrom(standing.May(access.ToManageInvitations)),
		"list_audit_log":    access.ActionFrom(standing.Require(access.ViewAudit)),
	}
	return w
}
