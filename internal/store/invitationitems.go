package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

type invitationItem struct {
	PK, SK         string
	GSI1PK, GSI1SK string
	GSI2PK, GSI2SK string
	invitationFields
	Status      string        `dynamo:"status"`
	Reason      string        `dynamo:"reason,omitempty"`
	Delivery    *deliveryItem `dynamo:"delivery,omitempty"`
	SentAt      time.Time     `dynamo:"sent_at"`
	RespondedAt *time.Time    `dynamo:"responded_at,omitempty"`
	AskedAt     *time.Time    `dynamo:"link_requested_at,omitempty"`
	AcceptedBy  string        `dynamo:"accepted_by,omitempty"`
	Unmailed    bool          `dynamo:"unmailed,omitempty"`
	Version     int           `dynamo:"version"`
}

// invitationFields are what the invitation and its guard have in common: what list-my-invitations shows.
type invitationFields struct {
	ID         string             `dynamo:"id"`
	Scope      string             `dynamo:"scope"`
	ScopeName  string             `dynamo:"scope_name"`
	In         string             `dynamo:"organization_name,omitempty"` // of a brand's
	Email      string             `dynamo:"email"`
	Invitee    string             `dynamo:"invitee"`        // the address in its compared form; in a workspace the user id
	User       *personItem        `dynamo:"user,omitempty"` // invited to a workspace
	Username   string             `dynamo:"username,omitempty"`
	Role       string             `dynamo:"role"`
	RoleName   string             `dynamo:"role_name,omitempty"` // in a workspace, as it was then
	Brands     []offeredBrandItem `dynamo:"brands,omitempty"`
	InvitedBy  personItem         `dynamo:"invited_by"`
	Message    string             `dynamo:"message,omitempty"`
	CreatedAt  time.Time          `dynamo:"created_at"`
	ExpiresAt  time.Time          `dynamo:"expires_at"`
	Generation int                `dynamo:"generation"`
}

type offeredBrandItem struct {
	ID   string `dynamo:"id"`
	Name string `dynamo:"name"`
	Role string `dynamo:"role"`
}

type deliveryItem struct {
	Status string    `dynamo:"status"`
	Detail string    `dynamo:"detail,omitempty"`
	At     time.Time `dynamo:"at"`
}

// openItem is the guard of an open invitation. TTL removes it when the time is over.
type openItem struct {
	PK, SK         string
	GSI1PK, GSI1SK string
	GSI2PK, GSI2SK string `dynamo:",omitempty"`
	invitationFields
	SentAt  time.Time `dynamo:"sent_at"`
	Version int       `dynamo:"version,omitempty"` // of the invitation; 0 in what was stored before guards had it
	Expires time.Time `dynamo:"expires,unixtime"`
}

func newInvitationFields(i invitation.Invitation) invitationFields {
	fields := invitationFields{
		ID: i.ID, Scope: i.Scope.String(), ScopeName: i.ScopeName, In: i.OrganizationName, Email: i.Invitee.Email, Invitee: i.InviteeKey, Username: i.Invitee.Username,
		Role: string(i.Role), RoleName: i.RoleName,
		InvitedBy: newPersonItem(i.InvitedBy), Message: i.Message, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt.UTC(), Generation: i.Generation,
	}
	if i.Invitee.ID != "" {
		fields.User = new(newPersonItem(i.Invitee))
	}
	fields.Brands = newOfferedBrandItems(i.Brands)
	return fields
}

func newOfferedBrandItems(brands []access.BrandRole) []offeredBrandItem {
	var items []offeredBrandItem
	for _, b := range brands {
		items = append(items, offeredBrandItem{ID: b.ID, Name: b.Name, Role: string(b.Role)})
	}
	return items
}

func newInvitationItem(i invitation.Invitation) invitationItem {
	k, place := invitationKey(i.Scope.Root(), i.ID), invitationPlace(i)
	item := invitationItem{
		PK: k.PK, SK: k.SK, GSI1PK: allInvitationsOf(i.Scope.Root()), GSI1SK: place, GSI2PK: invitationsOf(i.Scope), GSI2SK: place,
		invitationFields: newInvitationFields(i), Status: string(i.Status), Reason: i.Reason, SentAt: i.SentAt, RespondedAt: i.RespondedAt,
		AskedAt: i.LinkRequestedAt, AcceptedBy: i.AcceptedBy, Unmailed: i.Unmailed, Version: i.Version,
	}
	if i.Delivery != nil {
		item.Delivery = new(newDeliveryItem(*i.Delivery))
	}
	return item
}

func newDeliveryItem(d invitation.Delivery) deliveryItem {
	return deliveryItem{Status: d.Status, Detail: d.Detail, At: d.At}
}

func newOpenItem(i invitation.Invitation) openItem {
	k, mine := guardKey(i.Scope, i.InviteeKey), invitedTo(i.InviteeKey, i.ExpiresAt, i.ID)
	item := openItem{
		PK: k.PK, SK: k.SK, GSI1PK: mine.PK, GSI1SK: mine.SK, invitationFields: newInvitationFields(i), SentAt: i.SentAt, Version: i.Version,
		Expires: i.ExpiresAt,
	}
	if i.Scope.Kind() == access.KindWorkspace {
		with := invitedAs(i.Scope, i.Role, i.ExpiresAt, i.ID)
		item.GSI2PK, item.GSI2SK = with.PK, with.SK
	}
	return item
}

func (f invitationFields) invitation() invitation.Invitation {
	scope, _ := access.ParseScope(f.Scope) // we wrote it
	i := invitation.Invitation{
		ID: f.ID, Scope: scope, ScopeName: f.ScopeName, OrganizationName: f.In, Invitee: access.Person{Email: f.Email}, InviteeKey: f.Invitee, Role: access.Role(f.Role), RoleName: f.RoleName,
		Status: invitation.Pending, InvitedBy: f.InvitedBy.person(), Message: f.Message, CreatedAt: f.CreatedAt, ExpiresAt: f.ExpiresAt,
		Generation: f.Generation,
	}
	if f.User != nil {
		i.Invitee = access.Person{ID: f.User.ID, Name: f.User.Name, Username: f.Username}
	}
	for _, b := range f.Brands {
		i.Brands = append(i.Brands, access.BrandRole{ID: b.ID, Name: b.Name, Role: access.Role(b.Role)})
	}
	return i
}

// invitation returns an invitation of the scope or of what it belongs to, in a workspace with what its role is now.
func (a *authority) invitation(item *invitationItem) *invitation.Invitation {
	i := item.value()
	if i != nil && a.workspace != nil {
		*i = i.Of(a.around().Roles)
	}
	return i
}

func (i *invitationItem) value() *invitation.Invitation {
	if i == nil {
		return nil
	}
	v := i.invitation()
	v.Status, v.SentAt, v.RespondedAt = invitation.Status(i.Status), i.SentAt, i.RespondedAt
	v.AcceptedBy, v.Unmailed, v.Version, v.Reason, v.LinkRequestedAt = i.AcceptedBy, i.Unmailed, i.Version, i.Reason, i.AskedAt
	if i.Delivery != nil {
		v.Delivery = &invitation.Delivery{Status: i.Delivery.Status, Detail: i.Delivery.Detail, At: i.Delivery.At}
	}
	return &v
}
