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

// UpdateInput names what changes; what is nil stays.
type UpdateInput struct {
	Scope            access.Scope      `path:"scope"`
	IfMatch          int               `header:"If-Match"` // 0: whatever the version is
	Name             *string           `json:"name"`
	ExistingAccounts *ExistingAccounts `json:"existing_accounts"`
}

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field {
	if in.Name == nil && in.ExistingAccounts == nil {
		return []fault.Field{{Pointer: "", Code: "nothing_to_change", Detail: "Name at least one thing to change: name or existing_accounts."}}
	}
	var fields []fault.Field
	if in.Name != nil {
		fields = append(fields, account.CheckName("/name", *in.Name)...)
	}
	if in.ExistingAccounts != nil && *in.ExistingAccounts != Join && *in.ExistingAccounts != Ask {
		fields = append(fields, fault.Field{Pointer: "/existing_accounts", Code: "unknown_value", Detail: `Existing accounts either "join" or are asked: "ask".`})
	}
	return fields
}

// UpdateStore reads and changes an organization.
type UpdateStore interface {
	GetStore
	// UpdateOrganization stores the settings of an organization that is still as before.Version says, else request.Overtaken.
	UpdateOrganization(ctx context.Context, before, after Organization, trail audit.Trail) error
}

// Update is the operation update-organization.
type Update struct {
	Store   UpdateStore
	Now     func() time.Time
	NewID   func() string
	BaseURL string
}

// Do changes the settings. Nothing is written when nothing changes.
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Organization, error) {
	if err := caller.SignedIn(); err != nil {
		return Organization{}, err
	}
	return request.Retry(func() (Organization, error) { return op.update(ctx, caller, in) })
}

func (op Update) update(ctx context.Context, caller request.Caller, in UpdateInput) (Organization, error) {
	standing, before, err := op.Store.Organization(ctx, caller.User, in.Scope)
	if err != nil {
		return Organization{}, err
	}
	if err := standing.Require(access.ManageSettings); err != nil {
		return Organization{}, err
	}
	if in.IfMatch != 0 && in.IfMatch != before.Version {
		return Organization{}, Stale()
	}
	after := before
	if in.Name != nil {
		after.Name = account.CleanName(*in.Name)
	}
	if in.ExistingAccounts != nil {
		after.ExistingAccounts = *in.ExistingAccounts
	}
	if after.settings() == before.settings() {
		return before.as(standing, op.BaseURL), nil
	}
	after.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		log.Entry(audit.About{Scope: in.Scope, Sequence: after.Version}, event.OrganizationUpdated{
			Organization: after.ID, Before: before.settings(), After: after.settings(),
		}),
	}}
	if err := op.Store.UpdateOrganization(ctx, before, after, trail); err != nil {
		return Organization{}, fmt.Errorf("update organization %s: %w", after.ID, err)
	}
	return after.as(standing, op.BaseURL), nil
}

// Stale says that somebody else changed the organization since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this organization since you read it. Read it again.")
}
