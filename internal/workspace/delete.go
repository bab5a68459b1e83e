package workspace

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

// DeleteInput names the workspace to delete.
type DeleteInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Confirm string       `json:"confirm"`    // the workspace's name, typed (R26)
}

// Validate returns all bad fields. What has to be typed is known to those alone who may delete.
func (in DeleteInput) Validate() []fault.Field { return nil }

// DeleteStore reads and deletes a workspace.
type DeleteStore interface {
	GetStore
	// DeleteWorkspace marks the workspace as deleted at a time if it is still as deleted.Version - 1 says, and its roles as by.RolesAt says; else
	// request.Overtaken. From the commit on nobody has anything in it.
	DeleteWorkspace(ctx context.Context, by access.Standing, deleted Workspace, at time.Time, trail audit.Trail) error
}

// Delete is the operation delete-workspace.
type Delete struct {
	Store DeleteStore
	Now   func() time.Time
	NewID func() string
}

// Deleted is the answer: there is nothing left to show.
type Deleted struct{}

// Do deletes the workspace. Its grants stop working at once; what is left of them goes by its event (R26).
func (op Delete) Do(ctx context.Context, caller request.Caller, in DeleteInput) (Deleted, error) {
	if err := caller.SignedIn(); err != nil {
		return Deleted{}, err
	}
	return request.Retry(func() (Deleted, error) { return Deleted{}, op.delete(ctx, caller, in) })
}

func (op Delete) delete(ctx context.Context, caller request.Caller, in DeleteInput) error {
	standing, found, err := op.Store.Workspace(ctx, caller.User, in.Scope)
	if err != nil {
		return err
	}
	if err := standing.Require(access.Delete); err != nil {
		return err
	}
	if in.IfMatch != 0 && in.IfMatch != found.Version {
		return Stale()
	}
	if err := fault.Fields(account.CheckConfirmed(in.Confirm, found.Name)); err != nil {
		return err
	}
	found.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		found.entry(log, event.WorkspaceDeleted{Workspace: found.ID, Before: event.Named{Name: found.Name}}),
	}}
	if err := op.Store.DeleteWorkspace(ctx, standing, found, log.Now, trail); err != nil {
		return fmt.Errorf("delete workspace %s: %w", found.ID, err)
	}
	return nil
}
