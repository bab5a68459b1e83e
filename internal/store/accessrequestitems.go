package store

import (
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
)

type accessRequestItem struct {
	PK, SK           string
	GSI1PK, GSI1SK   string
	GSI2PK, GSI2SK   string
	ID               string        `dynamo:"id"`
	Organization     string        `dynamo:"organization"`
	OrganizationName string        `dynamo:"organization_name"`
	Requester        requesterItem `dynamo:"requester"`
	Connection       namedItem     `dynamo:"connection"`
	Message          string        `dynamo:"message,omitempty"`
	WantedBrands     []namedItem   `dynamo:"wanted_brands,omitempty"`
	Status           string        `dynamo:"status"`
	DecidedBy        *personItem   `dynamo:"decided_by,omitempty"`
	DecidedAt        *time.Time    `dynamo:"decided_at,omitempty"`
	Reason           string        `dynamo:"reason,omitempty"`
	Granted          *grantItem    `dynamo:"granted,omitempty"`
	CreatedAt        time.Time     `dynamo:"created_at"`
	Version          int           `dynamo:"version"`
}

// requesterItem is a user as they were when they asked.
type requesterItem struct {
	ID       string `dynamo:"id"`
	Name     string `dynamo:"name"`
	Email    string `dynamo:"email"`
	Username string `dynamo:"username,omitempty"`
	Version  int    `dynamo:"version"` // of the user record
}

type namedItem struct {
	ID   string `dynamo:"id"`
	Name string `dynamo:"name"`
}

type grantItem struct {
	Role   string             `dynamo:"role"`
	Brands []offeredBrandItem `dynamo:"brands,omitempty"`
}

// requestedItem is the guard of an open request. That of a rejected one says when its time is over, and TTL removes it then.
type requestedItem struct {
	PK, SK  string
	ID      string `dynamo:"id"`
	Expires int64  `dynamo:"expires,omitempty"`
}

func newAccessRequestItem(r accessrequest.AccessRequest) accessRequestItem {
	k, mine, in := accessRequestKey(r.Scope(), r.ID), requestsBy(r.Requester.ID, r.CreatedAt, r.ID), requestsIn(r)
	item := accessRequestItem{
		PK: k.PK, SK: k.SK, GSI1PK: mine.PK, GSI1SK: mine.SK, GSI2PK: in.PK, GSI2SK: in.SK,
		ID: r.ID, Organization: r.Organization, OrganizationName: r.OrganizationName,
		Requester: requesterItem{
			ID: r.Requester.ID, Name: r.Requester.Name, Email: r.Requester.Email, Username: r.Requester.Username, Version: r.UserVersion,
		},
		Connection: namedItem{ID: r.Connection.ID, Name: r.Connection.Name}, Message: r.Message, Status: string(r.Status), DecidedAt: r.DecidedAt,
		Reason: r.Reason, CreatedAt: r.CreatedAt, Version: r.Version,
	}
	for _, b := range r.WantedBrands {
		item.WantedBrands = append(item.WantedBrands, namedItem{ID: b.ID, Name: b.Name})
	}
	if r.DecidedBy != nil {
		by := newPersonItem(*r.DecidedBy)
		item.DecidedBy = &by
	}
	if r.Granted != nil {
		item.Granted = &grantItem{Role: string(r.Granted.Role)}
		for _, b := range r.Granted.Brands {
			item.Granted.Brands = append(item.Granted.Brands, offeredBrandItem{ID: b.ID, Name: b.Name, Role: string(b.Role)})
		}
	}
	return item
}

func newRequestedItem(r accessrequest.AccessRequest, until time.Time) requestedItem {
	k := requestedKey(r.Scope(), r.Requester.ID)
	item := requestedItem{PK: k.PK, SK: k.SK, ID: r.ID}
	if !until.IsZero() {
		item.Expires = until.Unix()
	}
	return item
}

func (i *requestedItem) before() accessrequest.Before {
	if i == nil {
		return accessrequest.Before{}
	}
	before := accessrequest.Before{Request: i.ID}
	if i.Expires != 0 {
		before.Until = time.Unix(i.Expires, 0).UTC()
	}
	return before
}

func (i *accessRequestItem) value() *accessrequest.AccessRequest {
	if i == nil {
		return nil
	}
	r := accessrequest.AccessRequest{
		ID: i.ID, Organization: i.Organization, OrganizationName: i.OrganizationName,
		Requester:   access.Person{ID: i.Requester.ID, Name: i.Requester.Name, Email: i.Requester.Email, Username: i.Requester.Username},
		UserVersion: i.Requester.Version, Connection: accessrequest.Named(i.Connection), Message: i.Message,
		Status: accessrequest.Status(i.Status), DecidedAt: i.DecidedAt, Reason: i.Reason, CreatedAt: i.CreatedAt, Version: i.Version,
	}
	for _, b := range i.WantedBrands {
		r.WantedBrands = append(r.WantedBrands, accessrequest.Named(b))
	}
	if i.DecidedBy != nil {
		by := i.DecidedBy.person()
		r.DecidedBy = &by
	}
	if i.Granted != nil {
		r.Granted = &access.Grant{Role: access.Role(i.Granted.Role)}
		for _, b := range i.Granted.Brands {
			r.Granted.Brands = append(r.Granted.Brands, access.BrandRole{ID: b.ID, Name: b.Name, Role: access.Role(b.Role)})
		}
	}
	return &r
}
