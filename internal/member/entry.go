package member

import (
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
)

// Origin is where a change of somebody's role comes from.
type Origin struct {
	By         access.Person // who grants: at an accept not the actor, but the inviter
	Via        Via
	Invitation string
	Request    string // of an access request
	Notify     bool
	Reason     string
	// RoleDeleted says that nobody has changed the member, but the role before was deleted. The reason is the one of that.
	RoleDeleted bool
}

// Entry returns the log entry of the change: MemberAdded, or MemberRoleChanged for somebody who was in the organization already.
func (c Change) Entry(log audit.Log, origin Origin) audit.Entry {
	after := c.After
	about := audit.About{Scope: after.Scope, Touches: c.Touched(), User: after.User.ID, Sequence: after.Version}
	by := access.Person{ID: origin.By.ID, Name: origin.By.Name}
	if c.Before == nil {
		return log.Entry(about, event.MemberAdded{
			User: after.User, Via: string(origin.Via), GrantedBy: by, Invitation: origin.Invitation, Request: origin.Request,
			After: after.Grant(), Notify: origin.Notify,
		})
	}
	return log.Entry(about, event.MemberRoleChanged{
		User: after.User, Via: string(origin.Via), GrantedBy: by, Invitation: origin.Invitation, Request: origin.Request,
		Before: c.Before.Grant(), After: after.Grant(), Notify: origin.Notify, Reason: origin.Reason, RoleDeleted: origin.RoleDeleted,
	})
}
