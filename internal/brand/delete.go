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

// DeleteInput names the brand to delete.
type DeleteInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Confirm string       `json:"confirm"`    // the brand's name, typed (R26)
}

// Validate returns all bad fields. What has to be typed is known to those alone who may delete.
func (in DeleteInput) Validate() []fault.Field { return nil }

// DeleteStore reads and deletes a brand.
type DeleteStore interface {
	GetStore
	// DeleteBrand marks the brand as deleted at a time if it is still as deleted.Version - 1 says, else request.Overtaken. From the commit on
	// nobody has anything in it.
	DeleteBrand(ctx context.Context, deleted Brand, at time.Time, trail audit.Trail) error
}

// Delete is the operation delete-brand.
type Delete struct {
	Store DeleteStore
	Now   func() time.Time
	NewID func() string
}

// Deleted is the answer: there is nothing left to show.
type Deleted struct{}

// Do deletes the brand. Its grants stop working at once; what is left of them goes by its event (R26).
func (op Delete) Do(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	return request.Retry(func() (Deleted, error) { return op.delete(ctx, caller, in) })
}

func (op Delete) delete(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	standing, found, err := load(ctx, op.Store, caller, in.Scope, in.IfMatch)
	if err != nil {
		return Deleted{}, err
	}
	if err := fault.Fields(account.CheckConfirmed(in.Confirm, found.Name)); err != nil {
		return Deleted{}, err
	}
	found.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		found.entry(log, event.BrandDeleted{Brand: found.ID, Before: event.Named{Name: found.Name}}),
	}}
	if err := op.Store.DeleteBrand(ctx, found, log.Now, trail); err != nil {
		return Deleted{}, fmt.Errorf("delete brand %s: %w", found.ID, err)
	}
	return Deleted{}, nil
}
