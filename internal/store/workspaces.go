package store

import (
	"context"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// CreateWorkspace implements workspace.CreateStore.
func (t *Table) CreateWorkspace(ctx context.Context, created workspace.Workspace, first member.Membership, trail audit.Trail) error {
	return t.create(ctx, newWorkspaceItem(created), first, trail)
}

// Workspace implements workspace.GetStore.
func (t *Table) Workspace(ctx context.Context, caller string, scope access.Scope) (access.Standing, workspace.Workspace, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	if err := t.round(ctx, t.load(&g)); err != nil || !a.exists() || a.workspace == nil {
		return a.standing(), workspace.Workspace{}, err
	}
	return a.standing(), a.workspace.value(), nil
}

// Role implements role.GetStore.
func (t *Table) Role(ctx context.Context, caller string, scope access.Scope, id access.Role) (access.Standing, *role.Role, error) {
	var a authority
	var g gets
	var found *roleItem
	a.collect(&g, scope, caller)
	get(&g, roleKey(scope, id), &found)
	err := t.round(ctx, t.load(&g))
	return a.standing(), found.role(), err
}

// ChangeRole implements role.ChangeStore.
func (t *Table) ChangeRole(ctx context.Context, c role.Change, trail audit.Trail) error {
	own := roleKey(c.Workspace, c.ID())
	listed := update(t, workspaceKey(c.Workspace.Workspace), overtaken, func(u *dynamo.Update) {
		u.Set(rolePath(c.ID()), newWorkspaceRoleItem(c)).Set("roles_version", c.RolesAt+1).
			If("'roles_version' = ? AND attribute_not_exists('deleted_at') AND attribute_not_exists('disabled')", c.RolesAt)
		for _, id := range c.Forget {
			u.Remove(rolePath(id))
		}
	})
	writes := []write{listed}
	switch {
	case c.Before == nil:
		writes = append(writes, putNew(t, newRoleItem(c.Workspace, *c.After), overtaken))
	case c.After == nil:
		writes = append(writes, remove(t, own, overtaken, "'version' = ?", c.Before.Version))
	default:
		writes = append(writes, put(t, newRoleItem(c.Workspace, *c.After), overtaken, "'version' = ?", c.Before.Version))
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// rolePath is where the item of a workspace has a role. Ids of roles are made of letters, digits and an underscore.
func rolePath(id access.Role) string { return "'roles'.'" + string(id) + "'" }
