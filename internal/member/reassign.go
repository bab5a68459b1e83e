package member

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/request"
)

// Holder is somebody in a workspace, as one consistent round found them and the workspace's roles.
type Holder struct {
	Roles  access.CustomRoles
	Member *Membership // nil: not in it, or the workspace is deleted
}

// ReassignStore finds and changes those who are stored with a deleted role.
type ReassignStore interface {
	// Holder reads somebody in a workspace.
	Holder(ctx context.Context, workspace access.Scope, user string) (Holder, error)
	// ChangeMember stores the change. request.Overtaken when the membership is not as before any more.
	ChangeMember(ctx context.Context, change Change, trail audit.Trail) error
}

// Reassign rewrites members who are stored with a deleted role that means another one (R18). It is no function of its own: a subscriber does it.
type Reassign struct {
	Store ReassignStore
	Now   func() time.Time
	NewID func() string
	// CorrelationID is of the deletion.
	CorrelationID string
	// Deleted is the role whose deletion is followed, and Reason why it was deleted; empty where that is not known.
	Deleted access.Role
	Reason  string
}

// Do stores the role that the member's means by now, with an entry in the log, as granted by whoever gave it to them by deleting a role, and reports
// whether there was anything to do. Who is stored with a role that exists stays as they are, and so does who has one that means nothing.
func (op Reassign) Do(ctx context.Context, workspace access.Scope, user string) (changed bool, err error) {
	return request.Retry(func() (bool, error) {
		found, err := op.Store.Holder(ctx, workspace, user)
		if err != nil || found.Member == nil || found.Member.Alias == "" || !found.Roles.Has(found.Member.Role) {
			return false, err
		}
		before, after := *found.Member, *found.Member
		before.Role, before.RoleName = before.Alias, found.Roles[before.Alias].Name // what they were given
		by := after.GrantedBy
		log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: by, Request: request.Request{CorrelationID: op.CorrelationID}}
		after.give(after.Role, after.RoleName, Given{By: by, At: log.Now, Via: ViaDirect})
		after.Version++
		change := Change{Before: &before, After: after}
		origin := Origin{By: by, Via: ViaDirect, Notify: true, RoleDeleted: true}
		if before.Role == op.Deleted && found.Roles[op.Deleted].ReassignedTo == after.Role { // else whoever gave it has deleted another role, with a reason of their own
			origin.Reason = op.Reason
		}
		trail := audit.Trail{Entries: []audit.Entry{change.Entry(log, origin)}}
		if err := op.Store.ChangeMember(ctx, change, trail); err != nil {
			return false, fmt.Errorf("reassign %s: %w", user, err)
		}
		return true, nil
	})
}
