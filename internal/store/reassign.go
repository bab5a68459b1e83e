package store

import (
	"context"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// Holder implements member.ReassignStore.
func (t *Table) Holder(ctx context.Context, workspace access.Scope, user string) (member.Holder, error) {
	var a authority
	var g gets
	a.collect(&g, workspace, user)
	if err := t.round(ctx, t.load(&g)); err != nil || !a.exists() {
		return member.Holder{}, err
	}
	return member.Holder{Roles: a.around().Roles, Member: a.membership(a.member)}, nil
}

// HoldersOf implements upkeep.RoleStore.
func (t *Table) HoldersOf(ctx context.Context, workspace access.Scope, role access.Role, after page.Position) ([]string, page.Position, error) {
	items, next, err := pageOf[memberFields](ctx, t, prefixed("GSI2", membersPartition(workspace), membersPrefix(role)), after)
	users := make([]string, len(items))
	for i, item := range items {
		users[i] = item.User
	}
	return users, next, err
}

// Rewritten implements upkeep.RoleStore. It counts as a change of the roles, which are changed one after the other.
func (t *Table) Rewritten(ctx context.Context, workspace access.Scope, role access.Role) error {
	done := rolePath(role) + ".'rewritten'"
	err := t.commit(ctx, []write{update(t, workspaceKey(workspace.Workspace), overtaken, func(u *dynamo.Update) {
		u.Set(done, true).Add("roles_version", 1).If("attribute_exists(" + rolePath(role) + ".'deleted_at') AND attribute_not_exists(" + done + ")")
	})})
	if request.IsOvertaken(err) {
		return nil
	}
	return err
}
