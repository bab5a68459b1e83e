package event

import "prism-access/internal/access"

// WorkspaceCreated says that there is a new workspace. Its creator's MemberAdded follows.
type WorkspaceCreated struct {
	Workspace string `json:"workspace"`
	After     Named  `json:"after"`
}

// WorkspaceUpdated says that a workspace has another name.
type WorkspaceUpdated struct {
	Workspace string `json:"workspace"`
	Before    Named  `json:"before"`
	After     Named  `json:"after"`
}

// WorkspaceEnabled says that people can work in a workspace again.
type WorkspaceEnabled struct {
	Workspace string `json:"workspace"`
	Reason    string `json:"reason,omitempty"`
}

// WorkspaceDisabled says that nobody can work in a workspace until it is enabled (R29). All keep their roles.
type WorkspaceDisabled struct {
	Workspace string `json:"workspace"`
	Reason    string `json:"reason,omitempty"`
}

// WorkspaceDeleted says that a workspace is gone, and so all that anybody held in it: no MemberRemoved follows (R26).
type WorkspaceDeleted struct {
	Workspace string `json:"workspace"`
	Before    Named  `json:"before"`
}

// RoleCreated says that a workspace has a new role.
type RoleCreated struct {
	Role  access.Role  `json:"role"`
	After RoleSettings `json:"after"`
}

// RoleUpdated says that a role is another one than before, for all who hold it.
type RoleUpdated struct {
	Role    access.Role         `json:"role"`
	Before  RoleSettings        `json:"before"`
	After   RoleSettings        `json:"after"`
	Added   []access.Permission `json:"added"`   // that count now and did not before
	Removed []access.Permission `json:"removed"` // that counted before
}

// RoleDeleted says that a role is gone. Whoever held it has ReassignedTo from then on (R18), for which MemberRoleChanged follows, one by one.
type RoleDeleted struct {
	Role         access.Role       `json:"role"`
	Before       RoleSettings      `json:"before"`
	ReassignedTo *access.NamedRole `json:"reassigned_to,omitempty"` // nil: nobody held it
	Reason       string            `json:"reason,omitempty"`
}

// RoleSettings are what can be set on a role.
type RoleSettings struct {
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Permissions []access.Permission `json:"permissions"` // as chosen
}

func (WorkspaceCreated) fact()  {}
func (WorkspaceUpdated) fact()  {}
func (WorkspaceEnabled) fact()  {}
func (WorkspaceDisabled) fact() {}
func (WorkspaceDeleted) fact()  {}
func (RoleCreated) fact()       {}
func (RoleUpdated) fact()       {}
func (RoleDeleted) fact()       {}
