package upkeep

import (
	"context"
	"sync/atomic"

	"prism-access/internal/access"
	"prism-access/internal/page"
)

// RoleStore finds who is stored with a deleted role.
type RoleStore interface {
	// HoldersOf returns a page of the ids of those who are stored with a role of a workspace. It may lag behind by seconds.
	HoldersOf(ctx context.Context, workspace access.Scope, role access.Role, after page.Position) ([]string, page.Position, error)
	// Rewritten stores that nobody has the deleted role any more. Nothing happens when the workspace knows nothing of it by now.
	Rewritten(ctx context.Context, workspace access.Scope, role access.Role) error
}

// reassign rewrites those who are stored with a deleted role. Each is gone from the list that this works through once they are rewritten, so that
// another attempt begins with who is left. When nobody is left, what the workspace remembers of the role may go in time; who gets it in the same
// moment is rewritten when their own event comes.
func (op CleanUp) reassign(ctx context.Context, workspace access.Scope, role access.Role) error {
	if exists, _, err := op.Store.ScopeExists(ctx, workspace); err != nil || !exists {
		return err
	}
	for {
		var changed atomic.Bool
		err := pages(ctx, func(after page.Position) ([]string, page.Position, error) {
			return op.Roles.HoldersOf(ctx, workspace, role, after)
		}, func(ctx context.Context, user string) error {
			did, err := op.Reassign.Do(ctx, workspace, user)
			if did {
				changed.Store(true)
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case !changed.Load(): // all that is still listed lags behind
			return op.Roles.Rewritten(ctx, workspace, role)
		}
	}
}
