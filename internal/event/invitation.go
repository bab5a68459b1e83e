package event

import (
	"time"

	"prism-access/internal/access"
)

// Invitation is an invitation as it is after the event. It never holds its link.
type Invitation struct {
	ID         string        `json:"id"`
	Invitee    access.Person `json:"invitee"`
	Offer      access.Grant  `json:"offer"`
	Status     string        `json:"status"`
	InvitedBy  access.Person `json:"invited_by"`
	ExpiresAt  time.Time     `json:"expires_at"`
	Generation int           `json:"generation"` // counts the links; only the newest works
}

// Delivery is what became of an invitation's mail.
type Delivery struct {
	Status string    `json:"status"` // delayed, delivered or failed
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at"`
}

// InvitationCreated says that somebody was invited.
type InvitationCreated struct {
	Invitation Invitation `json:"invitation"`
	Notify     bool       `json:"notify"` // false: the caller delivers the link
}

// InvitationResent says that an invitation is open again with a new link, perhaps with another offer (R6, R7).
type InvitationResent struct {
	Invitation Invitation   `json:"invitation"`
	Before     access.Grant `json:"before"`
	After      access.Grant `json:"after"`
	Notify     bool         `json:"notify"`
}

// InvitationAccepted says that the invitee is in. MemberAdded or MemberRoleChanged goes with it when anything was added.
type InvitationAccepted struct {
	Invitation Invitation    `json:"invitation"`
	User       access.Person `json:"user"`
	Unmailed   bool          `json:"unmailed,omitempty"` // it was sent without mail (notify: false), and its inviter gets none about this
}

// InvitationDeclined says that the invitee does not want to.
type InvitationDeclined struct {
	Invitation Invitation `json:"invitation"`
}

// InvitationExpired says that nobody answered in time. It can come late: DynamoDB's TTL has no bound (R12).
type InvitationExpired struct {
	Invitation Invitation `json:"invitation"`
}

// InvitationExpiring says that an open invitation expires in two days or less (R12).
type InvitationExpiring struct {
	Invitation Invitation `json:"invitation"`
	Notify     bool       `json:"notify"` // false: the caller delivers the link, and so reminds
}

// InvitationLinkRequested says that the invitee asks for another link, since theirs is dead (R34).
type InvitationLinkRequested struct {
	Invitation Invitation    `json:"invitation"`
	User       access.Person `json:"user"`
}

// InvitationInvalidated says that the inviter may no longer grant what was offered (R16) or that nothing of it is left (R26).
type InvitationInvalidated struct {
	Invitation Invitation `json:"invitation"`
	Reason     string     `json:"reason"`
}

// InvitationClosed says that there is nothing left to answer: the person has what it offers in another way, was removed (R17), or its scope
// is deleted (R26).
type InvitationClosed struct {
	Invitation Invitation `json:"invitation"`
	Reason     string     `json:"reason"` // joined, removed or deleted
}

// InvitationDeleted says that an invitation was removed; its link is dead (R2).
type InvitationDeleted struct {
	Invitation Invitation `json:"invitation"`
}

// InvitationDelivered says that the mail with the newest link has arrived at the recipient's mail server.
type InvitationDelivered struct {
	Invitation Invitation `json:"invitation"`
	Delivery   Delivery   `json:"delivery"`
}

// InvitationDeliveryDelayed says that the recipient's mail server does not take the mail with the newest link yet.
type InvitationDeliveryDelayed struct {
	Invitation Invitation `json:"invitation"`
	Delivery   Delivery   `json:"delivery"`
}

// InvitationDeliveryFailed says that the mail with the newest link never arrives, or was reported as spam. The invitation is open as before.
type InvitationDeliveryFailed struct {
	Invitation Invitation `json:"invitation"`
	Delivery   Delivery   `json:"delivery"`
}

func (InvitationCreated) fact()         {}
func (InvitationResent) fact()          {}
func (InvitationAccepted) fact()        {}
func (InvitationDeclined) fact()        {}
func (InvitationExpired) fact()         {}
func (InvitationInvalidated) fact()     {}
func (InvitationClosed) fact()          {}
func (InvitationExpiring) fact()        {}
func (InvitationLinkRequested) fact()   {}
func (InvitationDeleted) fact()         {}
func (InvitationDelivered) fact()       {}
func (InvitationDeliveryDelayed) fact() {}
func (InvitationDeliveryFailed) fact()  {}
