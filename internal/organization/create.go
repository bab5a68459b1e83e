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
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// CreateInput names the new organization.
type CreateInput struct {
	Name string `json:"name"`
}

// Validate returns all bad fields.
func (in CreateInput) Validate() []fault.Field { return account.CheckName("/name", in.Name) }

// CreateStore keeps new organizations.
type CreateStore interface {
	request.Records
	GetStore
	// User returns the user record; a *fault.Error of kind fault.NotFound when there is none.
	User(ctx context.Context, id string) (account.User, error)
	// CreateOrganization stores the organization and its first Admin.
	CreateOrganization(ctx context.Context, created Organization, first member.Membership, trail audit.Trail) error
}

// Create is the operation create-organization.
type Create struct {
	Store   CreateStore
	Now     func() time.Time
	NewID   func() string
	BaseURL string
}

// Do creates the organization; the caller becomes its Admin.
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (Organization, error) {
	if err := caller.SignedIn(); err != nil {
		return Organization{}, err
	}
	create := func() (Organization, error) { return op.create(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, create, func(made request.Record) (Organization, error) {
		return Get{Store: op.Store, BaseURL: op.BaseURL}.Do(ctx, caller, GetInput{Scope: access.Organization(made.Result[0])})
	})
}

func (op Create) create(ctx context.Context, caller request.Caller, in CreateInput) (Organization, error) {
	user, err := op.Store.User(ctx, caller.User)
	if err != nil {
		return Organization{}, err
	}
	created := Organization{
		ID: "org_" + op.NewID(), Name: account.CleanName(in.Name), ExistingAccounts: Join, ListBrandsToRequesters: true, Version: 1,
		Connections: []Connection{{ID: "con_" + op.NewID(), Name: JoinPage, Enabled: true}},
	}
	scope := access.Organization(created.ID)
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: user.Person(), Request: caller.Request}
	opened := log.Entry(audit.About{Scope: scope, Sequence: created.Version}, event.OrganizationCreated{Organization: created.ID, After: created.settings()})
	first, joined := member.Founder(log, scope, created.Name)
	trail := audit.Trail{Caller: caller, Result: []string{created.ID}, Entries: []audit.Entry{opened, joined}}
	if err := op.Store.CreateOrganization(ctx, created, first, trail); err != nil {
		return Organization{}, fmt.Errorf("create organization: %w", err)
	}
	return created.as(caller, first.Standing(scope, true), op.BaseURL), nil
}
