package workspace

import (
	"context"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// EditStore reads and changes a workspace.
type EditStore interface {
	request.Records
	GetStore
	// UpdateWorkspace stores the workspace if it is still as before.Version says, and its roles as by.RolesAt says; else request.Overtaken.
	UpdateWorkspace(ctx context.Context, by access.Standing, before, after Workspace, trail audit.Trail) error
}

// Editing is what the operations share that change a workspace.
type Editing struct {
	Store EditStore
	Now   func() time.Time
	NewID func() string
}

// edit is one such operation.
type edit struct {
	scope   access.Scope
	version int // 0: whatever the version is
	may     func(access.Standing) error
	after   func(Workspace) Workspace
	fact    func(before, after Workspace) event.Fact
}

// do edits the workspace. Nothing is written when nothing changes.
func (op Editing) do(ctx context.Context, caller request.Caller, e edit) (Workspace, error) {
	if err := caller.SignedIn(); err != nil {
		return Workspace{}, err
	}
	once := func() (Workspace, error) { return op.once(ctx, caller, e) }
	return request.Once(ctx, op.Store, caller, once, func(request.Record) (Workspace, error) { // the same request again: what it did stands
		return Get{Store: op.Store}.Do(ctx, caller, GetInput{Scope: e.scope})
	})
}

func (op Editing) once(ctx context.Context, caller request.Caller, e edit) (Workspace, error) {
	standing, before, err := op.Store.Workspace(ctx, caller.User, e.scope)
	if err != nil {
		return Workspace{}, err
	}
	if err := e.may(standing); err != nil {
		return Workspace{}, err
	}
	if e.version != 0 && e.version != before.Version {
		return Workspace{}, Stale()
	}
	after := e.after(before)
	if after.Name == before.Name && after.Status == before.Status {
		return before.as(caller, standing), nil
	}
	after.Version++
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	trail := audit.Trail{Caller: caller, Result: []string{after.ID}, Unchanged: []access.Standing{standing}, Entries: []audit.Entry{
		after.entry(log, e.fact(before, after)),
	}}
	if err := op.Store.UpdateWorkspace(ctx, standing, before, after, trail); err != nil {
		return Workspace{}, fmt.Errorf("change workspace %s: %w", after.ID, err)
	}
	return after.as(caller, standing), nil
}

// Stale says that somebody else changed the workspace since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this workspace since you read it. Read it again.")
}

// UpdateInput renames a workspace.
type UpdateInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Name    string       `json:"name"`
}

// Validate returns all bad fields.
func (in UpdateInput) Validate() []fault.Field { return account.CheckName("/name", in.Name) }

// Update is the operation update-workspace.
type Update struct{ Editing }

// Do renames the workspace.
func (op Update) Do(ctx context.Context, caller request.Caller, in UpdateInput) (Workspace, error) {
	return op.do(ctx, caller, edit{
		scope: in.Scope, version: in.IfMatch,
		may: func(standing access.Standing) error { return standing.Require(access.Update) },
		after: func(w Workspace) Workspace {
			w.Name = account.CleanName(in.Name)
			return w
		},
		fact: func(before, after Workspace) event.Fact {
			return event.WorkspaceUpdated{Workspace: after.ID, Before: event.Named{Name: before.Name}, After: event.Named{Name: after.Name}}
		},
	})
}

// SwitchInput enables or disables a workspace.
type SwitchInput struct {
	Scope   access.Scope `path:"scope"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Reason  string       `json:"reason"`     // for the log (R22)
}

// Validate returns all bad fields.
func (in SwitchInput) Validate() []fault.Field {
	return account.CheckLength("/reason", in.Reason, account.MaxReason)
}

// Switch is the operations enable-workspace and disable-workspace.
type Switch struct {
	Editing
	To Status
}

// Do enables or disables the workspace (R29). To enable an enabled one changes nothing; to disable a disabled one is refused like all else in it.
func (op Switch) Do(ctx context.Context, caller request.Caller, in SwitchInput) (Workspace, error) {
	needs := map[Status]access.Permission{Enabled: access.Enable, Disabled: access.Disable}[op.To]
	return op.do(ctx, caller, edit{
		scope: in.Scope, version: in.IfMatch,
		may: func(standing access.Standing) error { return standing.Require(needs) },
		after: func(w Workspace) Workspace {
			w.Status = op.To
			return w
		},
		fact: func(_, after Workspace) event.Fact {
			if op.To == Enabled {
				return event.WorkspaceEnabled{Workspace: after.ID, Reason: strings.TrimSpace(in.Reason)}
			}
			return event.WorkspaceDisabled{Workspace: after.ID, Reason: strings.TrimSpace(in.Reason)}
		},
	})
}
