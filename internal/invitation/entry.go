package invitation

import (
	"cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
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
	return log.Entry(audit.About{Scope: i.Scope, Touches: touches, User: cmp.Or(i.AcceptedBy, i.Invitee.ID, i.InviteeKey), Sequence: i.Version}, fact)
}
