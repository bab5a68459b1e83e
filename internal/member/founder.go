package member

import (
	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
)

// Founder returns the membership of whoever makes a new organization or workspace, who is its first Admin, and the log entry that says so.
func Founder(log audit.Log, scope access.Scope, name string) (Membership, audit.Entry) {
	offer := access.Grant{Role: access.Admin, RoleName: access.Standing{Scope: scope}.RoleName(access.Admin)}
	change, _ := Add(nil, Left{}, log.Actor, scope, name, offer, Given{By: log.Actor, At: log.Now, Via: ViaCreator})
	first := change.After
	return first, log.Entry(audit.About{Scope: scope, User: first.User.ID, Sequence: first.Version}, event.MemberAdded{
		User: first.User, Via: string(first.Via), GrantedBy: first.GrantedBy, After: first.Grant(),
	})
}
