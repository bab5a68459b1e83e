package invitation

import (
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/member"
)

// entry returns the log entry of a fact about the invitation.
func (i Invitation) entry(log audit.Log, fact event.Fact) audit.Entry {
	var touches []access.Scope
	if i.Scope != i.Scope.Root() {
		touches = append(touches, i.Scope.Root())
	}
	for _, brand := range i.Brands {
		touches = append(touches, access.Brand(i.Scope.Organization, brand.ID))
	}
	return log.Entry(audit.About{Scope: i.Scope, Touches: touches, User: i.AcceptedBy, Sequence: i.Version}, fact)
}

// grantOrigin is where a grant comes from.
type grantOrigin struct {
	by         access.Person // who grants: at an accept not the actor, but the inviter
	via        member.Via
	invitation string
	notify     bool
}

// grantEntry returns MemberAdded, or MemberRoleChanged for somebody who is in the organization already.
func grantEntry(log audit.Log, change member.Change, origin grantOrigin) audit.Entry {
	after := change.After
	about := audit.About{Scope: after.Scope, Touches: change.Touched(), User: after.User.ID, Sequence: after.Version}
	by := access.Person{ID: origin.by.ID, Name: origin.by.Name}
	if change.Before == nil {
		return log.Entry(about, event.MemberAdded{
			User: after.User, Via: string(origin.via), GrantedBy: by, Invitation: origin.invitation, After: after.Grant(), Notify: origin.notify,
		})
	}
	return log.Entry(about, event.MemberRoleChanged{
		User: after.User, Via: string(origin.via), GrantedBy: by, Invitation: origin.invitation, Before: change.Before.Grant(), After: after.Grant(),
		Notify: origin.notify,
	})
}
