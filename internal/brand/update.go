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

// UpdateInput renames a brand.
type UpdateInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Name    string       `json:"name"`
}

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field { return account.CheckName("/name", in.Name) }

// UpdateStore reads and renames a brand.
type UpdateStore interface {
	GetStore
	// UpdateBrand stores the name of a brand that is still as before.Version says, else request.Overtaken.
	UpdateBrand(ctx context.Context, before, after Brand, trail audit.Trail) error
}

// Update is the operation update-brand.
type Update struct {
	Store UpdateStore
	Now   func() time.Time
	NewID func() string
}

// Do renames the brand. Nothing is written when nothing changes.
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Brand, error) {
	return request.Retry(func() (Brand, error) { return op.update(ctx, caller, in) })
}

func (op Update) update(ctx context.Context, caller request.Caller, in UpdateInput) (Brand, error) {
	standing, before, err := load(ctx, op.Store, caller, in.Scope, in.IfMatch)
	if err != nil {
		return Brand{}, err
	}
	after := before
	if after.Name = account.CleanName(in.Name); after.Name == before.Name {
		return before.as(caller, standing), nil
	}
	after.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		after.entry(log, event.BrandUpdated{Brand: after.ID, Before: event.Named{Name: before.Name}, After: event.Named{Name: after.Name}}),
	}}
	if err := op.Store.UpdateBrand(ctx, before, after, trail); err != nil {
		return Brand{}, fmt.Errorf("update brand %s: %w", after.ID, err)
	}
	return after.as(caller, standing), nil
}

// entry returns the log entry of a fact about the brand.
func (b Brand) entry(log audit.Log, fact event.Fact) audit.Entry {
	return log.Entry(audit.About{Scope: b.Scope().Root(), Touches: []access.Scope{b.Scope()}, Sequence: b.Version}, fact)
}
