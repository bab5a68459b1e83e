package store

import (
	"context"
	"time"

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

// UpdateWorkspace implements workspace.EditStore.
func (t *Table) UpdateWorkspace(ctx context.Context, by access.Standing, before, after workspace.Workspace, trail audit.Trail) error {
	return t.reviseWorkspace(ctx, by, before.Version, trail, func(u *dynamo.Update) {
		u.Set("name", after.Name)
		if after.Status == workspace.Disabled {
			u.Set("disabled", true)
		} else {
			u.Remove("disabled")
		}
	})
}

// DeleteWorkspace implements workspace.DeleteStore.
func (t *Table) DeleteWorkspace(ctx context.Context, by access.Standing, deleted workspace.Workspace, at time.Time, trail audit.Trail) error {
	return t.reviseWorkspace(ctx, by, deleted.Version-1, trail, deletedAt(at))
}

// reviseWorkspace changes a workspace. The roles must be as they were read: they say what the caller may do.
func (t *Table) reviseWorkspace(ctx context.Context, by access.Standing, version int, trail audit.Trail, change func(*dynamo.Update)) error {
	revised := t.revise(workspaceKey(by.Scope.Workspace), version, func(u *dynamo.Update) {
		change(u)
		u.If("'roles_version' = ?", by.RolesAt)
	})
	return t.commit(ctx, append([]write{revised}, t.trail(trail)...))
}

// Roles implements role.ListStore.
func (t *Table) Roles(ctx context.Context, caller string, scope access.Scope) (access.Standing, []role.Role, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	listing, err := newListing[roleItem](t, []segment{prefixed("", partition(scope), rolePrefix)}, role.MaxRoles, "")
	if err != nil {
		return access.Standing{}, nil, err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, err
	}
	items, _ := listing.page()
	roles := make([]role.Role, len(items))
	for i := range items {
		roles[i] = *items[i].role()
	}
	return a.standing(), roles, nil
}

// Role implements role.GetStore.
func (t *Table) Role(ctx context.Context, caller string, scope access.Scope, id access.Role) (access.Standing, *role.Role, error) {
	return t.role(ctx, caller, scope, id)
}

// RoleInUse implements role.GetStore.
func (t *Table) RoleInUse(ctx context.Context, caller string, scope access.Scope, id access.Role, now time.Time) (access.Standing, *role.Role, role.InUse, error) {
	var counts role.InUse
	var counting []func(context.Context) error
	if id.Valid() { // else nobody has it
		counting = append(counting, t.count(memberSegments(scope, id)[0], &counts.Members), t.count(offeredAs(scope, id, now), &counts.OpenInvitations))
	}
	standing, found, err := t.role(ctx, caller, scope, id, counting...)
	return standing, found, counts, err
}

// FirstHolder implements role.GetStore.
func (t *Table) FirstHolder(ctx context.Context, workspace access.Scope, id access.Role) (name string, err error) {
	err = t.round(ctx, func(ctx context.Context) error {
		first, err := queryOne[memberFields](ctx, t, memberSegments(workspace, id)[0], 0, 1, place{})
		for _, item := range first.items {
			name = item.value.Name
		}
		return err
	})
	return name, err
}

func (t *Table) role(ctx context.Context, caller string, scope access.Scope, id access.Role, further ...func(context.Context) error) (access.Standing, *role.Role, error) {
	var a authority
	var g gets
	var found *roleItem
	a.collect(&g, scope, caller)
	get(&g, roleKey(scope, id), &found)
	err := t.round(ctx, append(further, t.load(&g))...)
	return a.standing(), found.role(), err
}

// ChangeRole implements role.ChangeStore.
func (t *Table) ChangeRole(ctx context.Context, c role.Change, trail audit.Trail) error {
	own := roleKey(c.Workspace, c.Role().ID)
	listed := update(t, workspaceKey(c.Workspace.Workspace), overtaken, func(u *dynamo.Update) {
		u.Set(rolePath(c.Role().ID), newWorkspaceRoleItem(c)).Set("roles_version", c.RolesAt+1).
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
