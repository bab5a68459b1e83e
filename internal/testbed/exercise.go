package testbed

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// Exercise is an operation on a scope of a scene, to be tried by all who may not do it.
type Exercise struct {
	Scene *Scene
	Scope access.Scope // where Do works for Ada
	Needs access.Permission
	// Outlives: what Do reads of the scope stays after it was deleted.
	Outlives bool
	Do       func(ctx context.Context, caller request.Caller, scope access.Scope) error
}

// Refusals tries the operation signed out, from outside, in scopes that do not exist or are deleted, and without the permission.
// Each has its own refusal, and none changes anything.
func (e Exercise) Refusals(t *testing.T) {
	t.Helper()
	s := e.Scene
	unknown := access.Organization("org_" + s.NewID())
	if e.Scope.Kind() == access.KindBrand {
		unknown = access.Brand(s.ID, "brd_"+s.NewID())
	}
	type row struct {
		name   string
		caller request.Caller
		scope  access.Scope
		want   *fault.Error
	}
	rows := []row{
		{"anonymous", request.Caller{}, e.Scope, fault.New(fault.Unauthenticated, "not_signed_in", "Sign in first.")},
		{"not registered", Caller("usr_" + s.NewID()), e.Scope, fault.Unknown()},
		{"another tenant", s.Eve.Caller, e.Scope, fault.Unknown()},
		{"a scope of another tenant", s.Ada.Caller, s.Elsewhere, fault.Unknown()},
		{"a brand of another tenant", s.Ada.Caller, s.Hooli, fault.Unknown()},
		{"a brand of another tenant under the own organization", s.Ada.Caller, access.Brand(s.ID, s.Hooli.Brand), fault.Unknown()},
		{"an unknown scope", s.Ada.Caller, unknown, fault.Unknown()},
		{"a scope that is none", s.Ada.Caller, access.Organization("#"), fault.Unknown()},
		{"no scope", s.Ada.Caller, access.Scope{}, fault.Unknown()},
	}
	lacking := []Someone{s.Bob, s.Cleo, s.Dan}
	if e.Scope.Kind() == access.KindBrand {
		lacking = []Someone{s.Cleo}
		rows = append(rows, row{"in another brand only", s.Dan.Caller, e.Scope, fault.Unknown()})
	}
	if e.Needs == access.Read {
		lacking = nil
	}
	for _, one := range lacking {
		rows = append(rows, row{"without the permission", one.Caller, e.Scope, access.MissingPermissions(e.Needs)})
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() { CheckFault(t, e.Do(t.Context(), c.caller, c.scope), c.want) })
		})
	}
	if !e.Outlives {
		e.whenDeleted(t)
	}
}

// whenDeleted tries the operation by everybody in a scope that was deleted.
func (e Exercise) whenDeleted(t *testing.T) {
	t.Helper()
	t.Run("deleted", func(t *testing.T) {
		b := New(t)
		ada := b.Someone("Ada")
		gone, brands := b.Organization(ada.Caller, "Gone", "Gone too")
		scope := access.Organization(gone.ID)
		if e.Scope.Kind() == access.KindBrand {
			scope = brands[0].Scope()
		}
		b.DeleteScope(scope)
		b.Unchanged(t, gone.ID, func() { CheckFault(t, e.Do(t.Context(), ada.Caller, scope), fault.Unknown()) })
	})
}

// CheckFault compares what an operation says with the fault that is due.
func CheckFault(t testing.TB, err error, want *fault.Error) {
	t.Helper()
	got, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Errorf("got %v, want %s %s", err, want.Kind, want.Code)
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(fault.Error{}, "Err")); diff != "" {
		t.Errorf("another fault (-want +got):\n%s", diff)
	}
}

// CheckCode compares just the kind and the code of what an operation says.
func CheckCode(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if got := FaultOf(err); got.Kind != kind || got.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

// FaultOf returns the fault in an error, an empty one when it is none.
func FaultOf(err error) *fault.Error {
	if found, ok := errors.AsType[*fault.Error](err); ok {
		return found
	}
	return &fault.Error{}
}

// Bad returns what an input says is wrong with it, as "pointer code".
func Bad(in interface{ Validate() []fault.Field }) []string {
	var bad []string
	for _, field := range in.Validate() {
		bad = append(bad, field.Pointer+" "+field.Code)
	}
	return bad
}
