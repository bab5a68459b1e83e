package store

import (
	"time"

	"prism-access/internal/access"
)

// workspaceItem is a workspace with what its roles count for, so that authorizing somebody reads no role.
type workspaceItem struct {
	PK, SK    string
	ID        string                       `dynamo:"id"`
	Name      string                       `dynamo:"name"`
	Disabled  bool                         `dynamo:"disabled,omitempty"`
	Roles     map[string]workspaceRoleItem `dynamo:"roles,omitempty"`
	Admins    int                          `dynamo:"admins"` // the only counter: a workspace always keeps one Admin
	Version   int                          `dynamo:"version"`
	RolesAt   int                          `dynamo:"roles_version"` // counts the changes of Roles, which are made one after the other
	DeletedAt *time.Time                   `dynamo:"deleted_at,omitempty"`
}

// workspaceRoleItem is a role as the workspace's item has it. What is said of it besides stands in the role's own item.
type workspaceRoleItem struct {
	Name         string     `dynamo:"name"`
	Permissions  []string   `dynamo:"permissions,omitempty"` // as chosen
	DeletedAt    *time.Time `dynamo:"deleted_at,omitempty"`
	ReassignedTo string     `dynamo:"reassigned_to,omitempty"` // of a deleted one
}

func (i *workspaceItem) exists() bool { return i != nil && i.DeletedAt == nil }

// roles returns the workspace's own roles, the deleted ones as far as they still mean something.
func (i *workspaceItem) roles() access.CustomRoles {
	if i == nil {
		return nil
	}
	roles := make(access.CustomRoles, len(i.Roles))
	for id, item := range i.Roles {
		role := access.CustomRole{Name: item.Name, Deleted: item.DeletedAt != nil, ReassignedTo: access.Role(item.ReassignedTo)}
		for _, permission := range item.Permissions {
			role.Chosen = append(role.Chosen, access.Permission(permission))
		}
		roles[access.Role(id)] = role
	}
	return roles
}
