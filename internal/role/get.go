package role

import (
	"context"

	"prism-access/internal/access"
)

// GetStore reads a role.
type GetStore interface {
	// Role returns, in one consistent round, the caller's standing in the workspace and the role, nil when there is none of its own with the id.
	Role(ctx context.Context, caller string, workspace access.Scope, id access.Role) (access.Standing, *Role, error)
}
