package organization

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// DeleteInput names the organization to delete.
type DeleteInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Confirm string       `json:"confirm"`    // the organization's name, typed (R26)
}

// Validate returns all bad fields. What has to be typed is known to those alone who may delete.
func (in DeleteInput) Validate() []fault.Field { return nil }

// DeleteStore reads and deletes an organization.
type DeleteStore interface {
	GetStore
	// DeleteOrganization marks the organization as deleted at a time if it is still as deleted.Version - 1 says, else request.Overtaken. From
	// the commit on nobody has anything in it or in its brands.
	DeleteOrganization(ctx context.Context, deleted Organization, at time.Time, trail audit.Trail) error
}

// Delete is the operation delete-organization.
type Delete struct {
	Store DeleteStore
	Now   func() time.Time
	NewID func() string
}

// Deleted is the answer: there is nothing left to show.
type Deleted struct{}

// Do deletes the organization with all its brands. All grants stop working at once; what is left of them goes by its event (R26).
func (op Delete) Do(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	if err := caller.SignedIn(); err != nil {
		return Deleted{}, err
	}
	return request.Retry(func() (Deleted, error) { return op.delete(ctx, caller, in) })
}

func (op Delete) delete(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	standing, found, err := op.Store.Organization(ctx, caller.User, in.Scope)
	if err != nil {
		return Deleted{}, err
	}
	if err := standing.Require(access.ManageSettings); err != nil {
		return Deleted{}, err
	}
	if in.IfMatch != 0 && in.IfMatch != found.Version {
		return Deleted{}, Stale()
	}
	if err := fault.Fields(account.CheckConfirmed(in.Confirm, found.Name)); err != nil {
		return Deleted{}, err
	}
	found.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		log.Entry(audit.About{Scope: in.Scope, Sequence: found.Version}, event.OrganizationDeleted{Organization: found.ID, Before: found.settings()}),
	}}
	if err := op.Store.DeleteOrganization(ctx, found, log.Now, trail); err != nil {
		return Deleted{}, fmt.Errorf("delete organization %s: %w", found.ID, err)
	}
	return Deleted{}, nil
}
