package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// workspaceItem is a workspace with what its roles count for, so that authorizing somebody reads no role.
type workspaceItem struct {
	PK, SK    string
	ID        string                       `dynamo:"id"`
	Name      string                       `dynamo:"name"`
	Disabled  bool                         `dynamo:"disabled,omitempty"`
	Roles     map[string]workspaceRoleItem `dynamo:"roles"`
	Admins    int                          `dynamo:"admins"` // the only counter: a workspace always keeps one Admin
	Version   int                          `dynamo:"version"`
	RolesAt   int                          `dynamo:"roles_version"` // counts the changes of Roles, which are made one after the other
	DeletedAt *time.Time                   `dynamo:"deleted_at,omitempty"`
}

// workspaceRoleItem is a role as the workspace's item has it. What is said of it besides stands in the role's own item.
type workspaceRoleItem struct {
	Name         string              `dynamo:"name"`
	Permissions  []access.Permission `dynamo:"permissions,omitempty"` // as chosen
	DeletedAt    *time.Time          `dynamo:"deleted_at,omitempty"`
	DeletedBy    *personItem         `dynamo:"deleted_by,omitempty"`    // nil in what was stored before traces had it
	ReassignedTo string              `dynamo:"reassigned_to,omitempty"` // of a deleted one
	Rewritten    bool                `dynamo:"rewritten,omitempty"`     // of a deleted one: nobody is stored with it any more
}

func (i *workspaceItem) exists() bool { return i != nil && i.DeletedAt == nil }

// roles returns the workspace's own roles, the deleted ones as far as they still mean something.
func (i *workspaceItem) roles() access.CustomRoles {
	if i == nil {
		return nil
	}
	roles := make(access.CustomRoles, len(i.Roles))
	for id, item := range i.Roles {
		role := access.CustomRole{
			Name: item.Name, Chosen: item.Permissions, Deleted: item.DeletedAt != nil, ReassignedTo: access.Role(item.ReassignedTo), Rewritten: item.Rewritten,
		}
		if item.DeletedAt != nil {
			role.DeletedAt, role.DeletedBy = *item.DeletedAt, access.System
		}
		if item.DeletedBy != nil {
			role.DeletedBy = item.DeletedBy.person()
		}
		roles[access.Role(id)] = role
	}
	return roles
}

// newWorkspaceItem returns a new workspace, with its first Admin counted.
func newWorkspaceItem(w workspace.Workspace) workspaceItem {
	k := workspaceKey(w.ID)
	return workspaceItem{PK: k.PK, SK: k.SK, ID: w.ID, Name: w.Name, Roles: map[string]workspaceRoleItem{}, Admins: 1, Version: w.Version}
}

func (i *workspaceItem) value() workspace.Workspace {
	w := workspace.Workspace{ID: i.ID, Name: i.Name, Status: workspace.Enabled, Version: i.Version}
	if i.Disabled {
		w.Status = workspace.Disabled
	}
	return w
}

// roleItem is a role of a workspace.
type roleItem struct {
	PK, SK      string
	ID          access.Role         `dynamo:"id"`
	Name        string              `dynamo:"name"`
	Description string              `dynamo:"description,omitempty"`
	Permissions []access.Permission `dynamo:"permissions"` // as chosen
	Version     int                 `dynamo:"version"`
}

func newRoleItem(scope access.Scope, r role.Role) roleItem {
	k := roleKey(scope, r.ID)
	return roleItem{PK: k.PK, SK: k.SK, ID: r.ID, Name: r.Name, Description: r.Description, Permissions: r.Permissions, Version: r.Version}
}

func (i *roleItem) role() *role.Role {
	if i == nil {
		return nil
	}
	return &role.Role{ID: i.ID, Name: i.Name, Description: i.Description, Permissions: i.Permissions, Version: i.Version}
}

// newWorkspaceRoleItem returns what the item of the workspace says of a role after a change. Of a deleted one it is what became of it.
func newWorkspaceRoleItem(c role.Change) workspaceRoleItem {
	if c.After == nil {
		by := newPersonItem(c.By)
		return workspaceRoleItem{Name: c.Before.Name, DeletedAt: &c.At, DeletedBy: &by, ReassignedTo: string(c.ReassignedTo)}
	}
	return workspaceRoleItem{Name: c.After.Name, Permissions: c.After.Permissions}
}
