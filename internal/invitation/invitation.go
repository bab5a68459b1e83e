// Package invitation holds invitations: their states, their links, and everything that can be done with them.
package invitation

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
)

// Status is the state of an invitation.
type Status string

// All statuses (R3). Expired is computed from the clock before it is stored, see StatusAt.
const (
	Pending      Status = "pending"
	Accepted     Status = "accepted"
	Declined     Status = "declined"
	Expired      Status = "expired"
	InvalidGrant Status = "invalid_grant"
	Closed       Status = "closed"
)

// Why an invitation is invalid_grant. What was stored before they were kept says none.
const (
	ReasonBrandsDeleted = "brands_deleted"      // nothing of the offer is left (R26)
	ReasonRoleDeleted   = "role_deleted"        // the role of a workspace is gone (R18)
	ReasonLostRights    = "inviter_lost_rights" // to give it (R16)
)

// The lifetimes and limits of R6, R12, R27 and R34.
const (
	DefaultDays    = 7
	MaxDays        = 30
	MaxInvitees    = 100
	ResendInterval = time.Minute

	LinkRequestInterval = 24 * time.Hour // how long nobody can ask for a new link again
)

// Delivery is what became of the invitation's mail.
type Delivery struct {
	Status string    `json:"status"` // delayed, delivered or failed
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at"`
}

// Invitation offers roles to somebody.
type Invitation struct {
	ID          string             `json:"id"`
	Scope       access.Scope       `json:"scope"`
	ScopeName   string             `json:"scope_name"`
	Invitee     access.Person      `json:"invitee"`
	Role        access.Role        `json:"role"`
	RoleName    string             `json:"-"`                // in a workspace; answers show it with the role
	Brands      []access.BrandRole `json:"brands,omitempty"` // of an organization's invitation
	Status      Status             `json:"status"`
	Reason      string             `json:"reason,omitempty"` // why it is invalid_grant
	Delivery    *Delivery          `json:"delivery,omitempty"`
	InvitedBy   access.Person      `json:"invited_by"`
	Message     string             `json:"message,omitempty"`
	CreatedAt   time.Time          `json:"created_at"`
	SentAt      time.Time          `json:"sent_at"` // when the present link was made
	ExpiresAt   time.Time          `json:"expires_at"`
	RespondedAt *time.Time         `json:"responded_at,omitempty"`
	Version     int                `json:"version,omitempty"` // absent in list-my-invitations of what was stored before it was kept there
	Actions     access.Actions     `json:"actions"`
	AcceptURL   string             `json:"accept_url,omitempty"` // in single answers to those who may invite

	// OrganizationName is of a brand's invitation; empty in list-my-invitations of what was stored before it was kept there.
	OrganizationName string `json:"organization_name,omitempty"`

	// LinkRequestedAt is when the invitee asked for a new link, since the present one was made (R34).
	LinkRequestedAt *time.Time `json:"link_requested_at,omitempty"`

	// RoleDeleted says, of an answered invitation to a workspace, that the role it offered was deleted since. Successor is the one that took its
	// place; SuccessorName is what that is called, empty when nothing is there in its place (R18).
	RoleDeleted   bool        `json:"-"`
	Successor     access.Role `json:"-"`
	SuccessorName string      `json:"-"`

	// Permissions are what the role of a workspace counts for, for those who answer it.
	Permissions access.Set `json:"-"`

	Generation int    `json:"-"` // counts the links; only the newest works
	InviteeKey string `json:"-"` // the address in its compared form; in a workspace the user id
	AcceptedBy string `json:"-"` // user id
	Unmailed   bool   `json:"-"` // whoever sent it last delivers the link (notify: false)
}

// MarshalJSON returns the invitation with its role, in a workspace by id and name.
func (i Invitation) MarshalJSON() ([]byte, error) {
	type fields Invitation
	return json.Marshal(struct {
		fields
		Role access.NamedRole `json:"role"`
	}{fields(i), access.NamedRole{ID: i.Role, Name: i.RoleName}})
}

// UnmarshalJSON reads it back.
func (i *Invitation) UnmarshalJSON(text []byte) error {
	type fields Invitation
	read := struct {
		*fields
		Role access.NamedRole `json:"role"`
	}{fields: (*fields)(i)}
	err := json.Unmarshal(text, &read)
	i.Role, i.RoleName = read.Role.ID, read.Role.Name
	return err
}

// Of returns the invitation with what it offers in a workspace of these roles now, and what that is called (R18). What is not open any more says
// for good what it offered then.
func (i Invitation) Of(roles access.CustomRoles) Invitation {
	now := roles.Resolve(i.Role)
	if i.Status == Pending {
		i.Role, i.RoleName = now, roles.Name(now)
		return i
	}
	i.RoleDeleted = !roles.Has(i.Role)
	if now != i.Role {
		i.Successor = now
	}
	if i.RoleDeleted && roles.Has(now) {
		i.SuccessorName = roles.Name(now)
	}
	return i
}

// counting returns the invitation with what its role counts for in a workspace of these roles.
func (i Invitation) counting(roles access.CustomRoles) Invitation {
	if i.Scope.Kind() == access.KindWorkspace {
		i.Permissions = roles.Permissions(i.Role)
	}
	return i
}

// StatusAt returns the status by the clock: a pending invitation past its time is expired, whether or not TTL has removed
// its guard yet (R12).
func (i Invitation) StatusAt(now time.Time) Status {
	if i.Status == Pending && !i.ExpiresAt.After(now) {
		return Expired
	}
	return i.Status
}

// lapsed reports whether the invitation has expired without the log saying so yet.
func (i Invitation) lapsed(now time.Time) bool {
	return i.Status == Pending && i.StatusAt(now) == Expired
}

// Offer returns what accepting would add in the organization or workspace. A brand's invitation makes the person an organization Member.
func (i Invitation) Offer() access.Grant {
	if i.Scope.Kind() == access.KindBrand {
		return access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: i.Scope.Brand, Name: i.ScopeName, Role: i.Role}}}
	}
	return access.Grant{Role: i.Role, RoleName: i.RoleName, Brands: slices.Clone(i.Brands)}
}

// Among returns the invitation as what is left of it: with those of its brands alone that exist, by their present names; existing maps ids to
// names.
func (i Invitation) Among(existing map[string]string) Invitation {
	var brands []access.BrandRole
	for _, b := range i.Brands {
		if name, exists := existing[b.ID]; exists {
			b.Name = name
			brands = append(brands, b)
		}
	}
	i.Brands = brands
	return i.named(access.Brand(i.Scope.Organization, i.Scope.Brand), existing[i.Scope.Brand])
}

// fact returns the invitation as events carry it.
func (i Invitation) fact() event.Invitation {
	return event.Invitation{
		ID: i.ID, Invitee: i.Invitee, Offer: i.Offer(), Status: string(i.Status), InvitedBy: i.InvitedBy,
		ExpiresAt: i.ExpiresAt, Generation: i.Generation,
	}
}

// Expire returns the invitation as it is after its time.
func (i Invitation) Expire() Invitation {
	i.Status = Expired
	i.Version++
	return i
}

// canResend returns why an invitation cannot be sent again now, or nil (R6). The minute is between two resends: what was just created can be
// edited at once.
func canResend(i Invitation, now time.Time) error {
	switch i.StatusAt(now) {
	case Accepted:
		return fault.New(fault.Conflict, "invitation_accepted", "This invitation was accepted already.")
	case Closed:
		return fault.New(fault.Conflict, "invitation_closed", "This invitation is closed: the person has got in another way, or was removed.")
	case Pending, Declined, Expired, InvalidGrant:
	}
	if wait := i.SentAt.Add(ResendInterval).Sub(now); i.Generation > 1 && wait > 0 && !i.SentAt.After(now) {
		err := fault.New(fault.TooMany, "too_many_resends", "This invitation was sent again less than a minute ago.")
		err.RetryAfter = wait
		return err
	}
	return nil
}

// mayBack returns why somebody of this standing may not have the open invitation in their name, or nil. Whoever sent it again did not have to invite.
func (i Invitation) mayBack(standing access.Standing) error {
	err := standing.May(access.ToInvite)
	if i.Generation > 1 && standing.May(access.ToManageInvitations) == nil {
		err = nil
	}
	return cmp.Or(err, access.CheckCeiling(standing, i.Offer()))
}

// MayResend returns why somebody of this standing may not send the invitation again with what it offers, where that is still there, or nil: whoever sends
// it answers for the offer (R6, R16).
func (i Invitation) MayResend(standing access.Standing) error {
	role := i.offered()
	if i.Scope.Kind() == access.KindWorkspace && !standing.Roles.Has(role) { // it was deleted: another one has to be offered
		role = ""
	}
	return cmp.Or(standing.May(i.toResend(role)...), access.CheckCeiling(standing, i.Offer()))
}

// toResend returns what it takes to send the invitation again with a role: another one than its own is another offer, and to make one is to invite (R7).
func (i Invitation) toResend(role access.Role) []access.Deed {
	deeds := []access.Deed{access.ToManageInvitations}
	if role != i.offered() {
		deeds = append(deeds, access.ToInvite)
	}
	return deeds
}

// offered returns the role that the invitation offers when it is sent again with no other.
func (i Invitation) offered() access.Role { return cmp.Or(i.Successor, i.Role) }

// named returns the invitation with the present name of the scope, if that is its own.
func (i Invitation) named(scope access.Scope, name string) Invitation {
	if i.Scope == scope && name != "" {
		i.ScopeName = name
	}
	return i
}

// as returns the invitation as somebody with this standing in its scope, or in the organization of its brand, sees it now. That resend is
// allowed does not say that it will work: whether a brand was deleted since, the address has another open invitation or the person has got in
// is found out by sending. Reading that as well would take a round more.
func (i Invitation) as(standing access.Standing, now time.Time) Invitation {
	resend := standing.May(access.ToManageInvitations)
	if resend == nil {
		resend = canResend(i, now)
	}
	if resend == nil && standing.May(access.ToInvite) != nil { // whoever may invite can offer another role, if only their own (R7)
		resend = i.MayResend(standing)
	}
	i.Actions = access.Actions{
		"resend": access.ActionFrom(resend),
		"delete": access.ActionFrom(standing.May(access.ToManageInvitations)),
	}
	i.Status = i.StatusAt(now)
	return i.named(standing.Scope, standing.ScopeName).within(standing)
}

// within returns the invitation, if it is a brand's, with the present name of its organization.
func (i Invitation) within(standing access.Standing) Invitation {
	if i.Scope.Kind() == access.KindBrand {
		i.OrganizationName = standing.RootName
	}
	return i
}
