package brand

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

// CreateInput names the new brand of an organization.
type CreateInput struct {
	Scope access.Scope `path:"scope"`
	Name  string       `json:"name"`
}

// Validate returns all bad fields.
func (in CreateInput) Validate() []fault.Field { return account.CheckName("/name", in.Name) }

// CreateStore keeps new brands.
type CreateStore interface {
	request.Records
	// CountBrands returns, in one round, the caller's standing in the organization and how many brands it has.
	CountBrands(ctx context.Context, caller string, organization access.Scope) (access.Standing, int, error)
	// Brands returns the named brands of an organization that exist, with the caller's standing, in one consistent round.
	Brands(ctx context.Context, caller string, organization access.Scope, ids []string) (access.Standing, []Brand, error)
	// CreateBrand stores the brand.
	CreateBrand(ctx context.Context, created Brand, trail audit.Trail) error
}

// Create is the operation create-brand.
type Create struct {
	Store CreateStore
	Now   func() time.Time
	NewID func() string
}

// Do creates the brand.
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (Brand, error) {
	if err := caller.SignedIn(); err != nil {
		return Brand{}, err
	}
	create := func() (Brand, error) { return op.create(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, create, func(made request.Record) (Brand, error) {
		standing, found, err := op.Store.Brands(ctx, caller.User, in.Scope, made.Result)
		if err != nil {
			return Brand{}, err
		}
		if err := standing.Require(access.Read); err != nil || len(found) == 0 {
			return Brand{}, fault.Unknown()
		}
		return found[0].as(caller, standing), nil
	})
}

func (op Create) create(ctx context.Context, caller request.Caller, in CreateInput) (Brand, error) {
	standing, count, err := op.Store.CountBrands(ctx, caller.User, in.Scope)
	if err != nil {
		return Brand{}, err
	}
	if err := standing.Require(access.ManageBrands); err != nil {
		return Brand{}, err
	}
	if count >= MaxBrands {
		return Brand{}, fault.Fields([]fault.Field{{Pointer: "/name", Code: "too_many_brands", Detail: "An organization has at most 1,000 brands."}})
	}
	created := Brand{ID: "brd_" + op.NewID(), Organization: in.Scope.Organization, Name: account.CleanName(in.Name), Version: 1}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{created.ID}, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		log.Entry(audit.About{Scope: in.Scope, Touches: []access.Scope{created.Scope()}, Sequence: created.Version},
			event.BrandCreated{Brand: created.ID, After: event.Named{Name: created.Name}}),
	}}
	if err := op.Store.CreateBrand(ctx, created, trail); err != nil {
		return Brand{}, fmt.Errorf("create brand: %w", err)
	}
	return created.as(caller, standing), nil
}
