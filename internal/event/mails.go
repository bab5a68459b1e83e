package event

import (
	"time"

	"prism-access/internal/access"
)

// MailsStopped says that no mails about the organization or workspace go to an address any more: none arrive there, or none are wanted.
type MailsStopped struct {
	// User is whose address it is. Of an invitation to an address it has that alone; in a workspace it is empty when nobody has the address any more.
	User  access.Person `json:"user"`
	After MailStop      `json:"after"`
}

// MailsResumed says that mails go there again, as somebody wants it who could know why they had stopped.
type MailsResumed struct {
	User   access.Person `json:"user"`
	Before MailStop      `json:"before"`
}

// MailStop is why mails to an address have stopped, and since when.
type MailStop struct {
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

func (MailsStopped) fact() {}
func (MailsResumed) fact() {}
