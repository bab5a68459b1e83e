package member

import (
	"cmp"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
)

// MailStop is why no mails about an organization or workspace go to an address, and since when. It holds until somebody who can know that lets them go on:
// by sending an invitation to the address again there, or by resume-mails for a member. Each organization and workspace has its own, so that none learns
// what became of another's mails, nor can make them stop.
type MailStop struct {
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// Stopped returns the log entry: no mails about root go to somebody any more, of whom the address may be all that is known.
func (s MailStop) Stopped(log audit.Log, root access.Scope, whom access.Person) audit.Entry {
	whom = whom.In(root)
	return log.Entry(aboutMails(root, whom), event.MailsStopped{User: whom, After: event.MailStop(s)})
}

// Resumed returns the log entry: they go there again.
func (s MailStop) Resumed(log audit.Log, root access.Scope, whom access.Person) audit.Entry {
	whom = whom.In(root)
	return log.Entry(aboutMails(root, whom), event.MailsResumed{User: whom, Before: event.MailStop(s)})
}

// aboutMails is about an address, which has no versions.
func aboutMails(root access.Scope, whom access.Person) audit.About {
	return audit.About{Scope: root, User: cmp.Or(whom.ID, account.EmailKey(whom.Email)), Sequence: 1}
}
