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
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// CreateInput names the new workspace.
type CreateInput struct {
	Name string `json:"name"`
}

// Validate returns all bad fields.
func (in CreateInput) Validate() []fault.Field { return account.CheckName("/name", in.Name) }

// CreateStore keeps new workspaces.
type CreateStore interface {
	request.Records
	GetStore
	// User returns the user record; a *fault.Error of kind fault.NotFound when there is none.
	User(ctx context.Context, id string) (account.User, error)
	// CreateWorkspace stores the workspace and its first Admin.
	CreateWorkspace(ctx context.Context, created Workspace, first member.Membership, trail audit.Trail) error
}

// Create is the operation create-workspace.
type Create struct {
	Store CreateStore
	Now   func() time.Time
	NewID func() string
}

// Do creates the workspace; the caller becomes its Admin.
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (Workspace, error) {
	if err := caller.SignedIn(); err != nil {
		return Workspace{}, err
	}
	create := func() (Workspace, error) { return op.create(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, create, func(made request.Record) (Workspace, error) {
		return Get{Store: op.Store}.Do(ctx, caller, GetInput{Scope: access.Workspace(made.Result[0])})
	})
}

func (op Create) create(ctx context.Context, caller request.Caller, in CreateInput) (Workspace, error) {
	user, err := op.Store.User(ctx, caller.User)
	if err != nil {
		return Workspace{}, err
	}
	created := Workspace{ID: "wsp_" + op.NewID(), Name: account.CleanName(in.Name), Status: Enabled, Version: 1}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: user.Person(), Request: caller.Request}
	opened := created.entry(log, event.WorkspaceCreated{Workspace: created.ID, After: event.Named{Name: created.Name}})
	first, joined := member.Founder(log, created.Scope(), created.Name)
	trail := audit.Trail{Caller: caller, Result: []string{created.ID}, Entries: []audit.Entry{opened, joined}}
	if err := op.Store.CreateWorkspace(ctx, created, first, trail); err != nil {
		return Workspace{}, fmt.Errorf("create workspace: %w", err)
	}
	return created.as(caller, first.Standing(created.Scope(), true)), nil
}

// entry returns the log entry of a fact about the workspace.
func (w Workspace) entry(log audit.Log, fact event.Fact) audit.Entry {
	return log.Entry(audit.About{Scope: w.Scope(), Sequence: w.Version}, fact)
}
