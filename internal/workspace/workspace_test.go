package workspace_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// stage is a workspace of Ada's, in which Vic has a role without any of the permissions that it takes here, and Eve is not.
type stage struct {
	*testbed.Bed
	made          workspace.Workspace
	scope         access.Scope
	ada, vic, eve testbed.Someone
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return stageOn(testbed.New(t))
}

func stageOn(b *testbed.Bed) *stage {
	b.T.Helper()
	s := &stage{Bed: b, ada: b.Someone("Ada"), vic: b.Someone("Vic"), eve: b.Someone("Eve")}
	s.made = b.Workspace(s.ada, "Genomics")
	s.scope = s.made.Scope()
	b.Seat(s.ada, s.made, b.Role(s.ada, s.made, "Viewer", "view_assets").ID, s.vic)
	return s
}

// with puts somebody into the workspace whose role has just these permissions.
func (s *stage) with(permissions ...access.Permission) testbed.Someone {
	s.T.Helper()
	one := s.Someone("Una")
	s.Seat(s.ada, s.made, s.Role(s.ada, s.made, "Role "+s.NewID(), permissions...).ID, one)
	return one
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b := testbed.New(t)
	ada := b.Someone("Ada")
	caller := testbed.WithKey(ada.Caller, "click", "what is asked")
	made, err := b.CreateWorkspace().Do(t.Context(), caller, workspace.CreateInput{Name: "  Genomics \u202e Lab "})
	if err != nil || made.Name != "Genomics Lab" || made.Status != workspace.Enabled || made.Version != 1 {
		t.Fatalf("made %+v, %v", made, err)
	}
	by := access.Person{ID: ada.User.ID, Name: ada.User.Name}
	named := access.Person{ID: ada.User.ID, Name: ada.User.Name, Username: ada.User.Username} // workspaces know nobody's address
	want := []testbed.Logged{
		{Type: "WorkspaceCreated", Actor: ada.User.ID, Scope: made.Scope(), Sequence: "1", Fact: event.WorkspaceCreated{Workspace: made.ID, After: event.Named{Name: "Genomics Lab"}}},
		{Type: "MemberAdded", Actor: ada.User.ID, Scope: made.Scope(), User: ada.User.ID, Sequence: "1", Fact: event.MemberAdded{
			User: named, Via: "creator", GrantedBy: by, After: access.Grant{Role: access.Admin, RoleName: "Admin"},
		}},
	}
	if diff := cmp.Diff(want, b.Log(made.Scope())); diff != "" {
		t.Error(diff)
	}
	for verb, action := range made.Actions {
		if !action.Allowed {
			t.Errorf("the Admin may not %s: %+v", verb, action)
		}
	}
	again, err := b.CreateWorkspace().Do(t.Context(), caller, workspace.CreateInput{Name: "Genomics Lab"})
	if diff := cmp.Diff(made, again); diff != "" || err != nil {
		t.Errorf("repeated: %s, %v", diff, err)
	}
	read, err := b.GetWorkspace().Do(t.Context(), ada.Caller, workspace.GetInput{Scope: made.Scope()})
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("made and read: %s, %v", diff, err)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	una := s.with(access.Update)
	in := workspace.UpdateInput{Scope: s.scope, Name: " Proteomics ", IfMatch: 1}
	var out workspace.Workspace
	log := s.Appended(s.scope, func() {
		var err error
		if out, err = s.UpdateWorkspace().Do(t.Context(), una.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{Type: "WorkspaceUpdated", Actor: una.User.ID, Scope: s.scope, Sequence: "2", Fact: event.WorkspaceUpdated{
		Workspace: s.made.ID, Before: event.Named{Name: "Genomics"}, After: event.Named{Name: "Proteomics"},
	}}}
	if diff := cmp.Diff(want, log); diff != "" || out.Name != "Proteomics" || out.Version != 2 {
		t.Errorf("%+v: %s", out, diff)
	}
	s.Unchanged(t, s.made.ID, func() {
		_, err := s.UpdateWorkspace().Do(t.Context(), una.Caller, in)
		testbed.CheckFault(t, err, workspace.Stale())
		in.IfMatch = 0
		if again, err := s.UpdateWorkspace().Do(t.Context(), una.Caller, in); err != nil || again.Version != 2 {
			t.Errorf("as it is already: %+v, %v", again, err)
		}
	})
}

// do performs an operation on the workspace.
type do func(ctx context.Context, caller request.Caller, scope access.Scope) error

func (s *stage) operations() map[access.Permission]do {
	on := func(op workspace.Switch) do {
		return func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := op.Do(ctx, caller, workspace.SwitchInput{Scope: scope, Reason: " The audit "})
			return err
		}
	}
	return map[access.Permission]do{
		access.Read: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.GetWorkspace().Do(ctx, caller, workspace.GetInput{Scope: scope})
			return err
		},
		access.Update: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.UpdateWorkspace().Do(ctx, caller, workspace.UpdateInput{Scope: scope, Name: "Another"})
			return err
		},
		access.ManageRole: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.CreateRole().Do(ctx, caller, role.CreateInput{Scope: scope, Name: "New " + s.NewID(), Permissions: []access.Permission{access.Read}})
			return err
		},
		access.Delete: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.DeleteWorkspace().Do(ctx, caller, workspace.DeleteInput{Scope: scope, Confirm: "Genomics"})
			return err
		},
		access.Enable: on(s.EnableWorkspace()), access.Disable: on(s.DisableWorkspace()),
	}
}

// TestRefusals tries each operation by all who may not do it: none changes anything.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Unchanged(t, s.made.ID, func() {
		for needs, try := range s.operations() {
			testbed.CheckFault(t, try(t.Context(), request.Caller{}, s.scope), fault.New(fault.Unauthenticated, "not_signed_in", "Sign in first."))
			for _, scope := range []access.Scope{s.scope, access.Workspace("wsp_" + s.NewID()), access.Workspace("#"), {}, access.Organization(s.made.ID)} {
				testbed.CheckFault(t, try(t.Context(), s.eve.Caller, scope), fault.Unknown())
			}
			if needs != access.Read {
				testbed.CheckFault(t, try(t.Context(), s.vic.Caller, s.scope), access.MissingPermissions(needs))
			}
		}
		_, err := s.DeleteWorkspace().Do(t.Context(), s.ada.Caller, workspace.DeleteInput{Scope: s.scope, Confirm: "genomics"})
		testbed.CheckCode(t, err, fault.Invalid, fault.ConfirmationRequired)
		_, err = s.DeleteWorkspace().Do(t.Context(), s.ada.Caller, workspace.DeleteInput{Scope: s.scope, Confirm: "Genomics", IfMatch: 7})
		testbed.CheckFault(t, err, workspace.Stale())
		_, err = s.DisableWorkspace().Do(t.Context(), s.ada.Caller, workspace.SwitchInput{Scope: s.scope, IfMatch: 7})
		testbed.CheckFault(t, err, workspace.Stale())
	})
}

// TestDisabled is R29: holders of read, enable and delete may do just those, nobody anything else.
func TestDisabled(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	switcher := s.with(access.Enable, access.Disable)
	disabled := fault.New(fault.Conflict, "scope_disabled", "This workspace is disabled. Nobody can work in it until it is enabled.")
	try := s.operations()
	caller := testbed.WithKey(switcher.Caller, "click", "what is asked")
	log := s.Appended(s.scope, func() {
		for range 2 { // the same request again
			if err := try[access.Disable](t.Context(), caller, s.scope); err != nil {
				t.Fatal(err)
			}
		}
	})
	want := []testbed.Logged{{Type: "WorkspaceDisabled", Actor: switcher.User.ID, Scope: s.scope, Sequence: "2", Fact: event.WorkspaceDisabled{Workspace: s.made.ID, Reason: "The audit"}}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	seen, err := s.GetWorkspace().Do(t.Context(), s.ada.Caller, workspace.GetInput{Scope: s.scope})
	if err != nil {
		t.Fatal(err)
	}
	for verb, action := range seen.Actions {
		if may := verb == "enable" || verb == "delete" || verb == "list_roles"; action.Allowed != may || !may && action.Code != "scope_disabled" {
			t.Errorf("the Admin and %s: %+v", verb, action)
		}
	}
	s.Unchanged(t, s.made.ID, func() {
		refused(t, try[access.Disable](t.Context(), testbed.WithKey(switcher.Caller, "another", "what is asked"), s.scope), disabled)
		for needs, one := range try {
			want := disabled
			if needs == access.Read {
				want = nil
			}
			refused(t, one(t.Context(), s.vic.Caller, s.scope), want)
			if needs != access.Enable && needs != access.Delete {
				refused(t, one(t.Context(), s.ada.Caller, s.scope), want)
			}
		}
	})
	log = s.Appended(s.scope, func() {
		for range 2 {
			if err := try[access.Enable](t.Context(), switcher.Caller, s.scope); err != nil {
				t.Fatal(err)
			}
		}
	})
	want = []testbed.Logged{{Type: "WorkspaceEnabled", Actor: switcher.User.ID, Scope: s.scope, Sequence: "3", Fact: event.WorkspaceEnabled{Workspace: s.made.ID, Reason: "The audit"}}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if err := try[access.ManageRole](t.Context(), s.ada.Caller, s.scope); err != nil {
		t.Errorf("enabled again: %v", err)
	}
}

// refused holds an error against the fault that is due, nil for none.
func refused(t *testing.T, err error, want *fault.Error) {
	t.Helper()
	if want != nil {
		testbed.CheckFault(t, err, want)
	} else if err != nil {
		t.Errorf("refused: %v", err)
	}
}

// TestDelete ends all that anybody has in the workspace.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	una := s.with(access.Delete)
	if err := s.operations()[access.Disable](t.Context(), s.ada.Caller, s.scope); err != nil {
		t.Fatal(err)
	}
	log := s.Appended(s.scope, func() {
		if err := s.operations()[access.Delete](t.Context(), una.Caller, s.scope); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{Type: "WorkspaceDeleted", Actor: una.User.ID, Scope: s.scope, Sequence: "3", Fact: event.WorkspaceDeleted{Workspace: s.made.ID, Before: event.Named{Name: "Genomics"}}}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	s.Unchanged(t, s.made.ID, func() {
		for needs, try := range s.operations() {
			if err := try(t.Context(), s.ada.Caller, s.scope); testbed.FaultOf(err).Code != "not_found" {
				t.Errorf("%s: %v", needs, err)
			}
		}
	})
	out, err := s.CheckAccess().Do(t.Context(), s.ada.Caller, member.CheckInput{Check: member.Check{Scope: s.scope, Permission: access.Read}})
	if err != nil || out.Allowed {
		t.Errorf("Ada may read it: %+v, %v", out, err)
	}
}

// TestMeanwhile changes the workspace, or what the caller may do in it, between reading and writing.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := stageOn(bed)
	try := s.operations()
	meanwhile := func(needs access.Permission) {
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			if err := try[needs](t.Context(), s.ada.Caller, s.scope); err != nil {
				t.Errorf("%s meanwhile: %v", needs, err)
			}
		}))
	}
	disabled := fault.New(fault.Conflict, "scope_disabled", "This workspace is disabled. Nobody can work in it until it is enabled.")
	meanwhile(access.Disable)
	testbed.CheckFault(t, try[access.Update](t.Context(), s.ada.Caller, s.scope), disabled)
	meanwhile(access.Enable)
	if err := try[access.Enable](t.Context(), s.ada.Caller, s.scope); err != nil {
		t.Errorf("two enable it: %v", err)
	}
	meanwhile(access.Disable)
	testbed.CheckFault(t, try[access.ManageRole](t.Context(), s.ada.Caller, s.scope), disabled)
	if err := try[access.Enable](t.Context(), s.ada.Caller, s.scope); err != nil {
		t.Fatal(err)
	}
	meanwhile(access.Delete)
	testbed.CheckFault(t, try[access.ManageRole](t.Context(), s.ada.Caller, s.scope), fault.Unknown())
}

// TestRoleLosesItsRightMeanwhile changes what the caller's role may do between reading and writing, without touching their membership.
func TestRoleLosesItsRightMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	for _, needs := range []access.Permission{access.Update, access.Disable, access.Enable, access.Delete} {
		s := stageOn(bed)
		una, try := s.Someone("Una"), s.operations()
		given := s.Role(s.ada, s.made, "Given", needs)
		s.Seat(s.ada, s.made, given.ID, una)
		ada := func(permissions ...access.Permission) {
			for _, needed := range permissions {
				if err := try[needed](t.Context(), s.ada.Caller, s.scope); err != nil {
					t.Errorf("%s: %v", needed, err)
				}
			}
		}
		var before, after []access.Permission
		want := access.MissingPermissions(needs)
		if needs == access.Enable { // roles change while it is enabled
			before, after = []access.Permission{access.Enable}, []access.Permission{access.Disable}
			want = testbed.FaultOf(access.Standing{Exists: true, Disabled: true}.Enabled())
		}
		ada(after...)
		var stands testbed.Item
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			ada(before...)
			in := role.UpdateInput{Scope: s.scope, ID: given.ID, Permissions: []access.Permission{"view_assets"}}
			if _, err := s.UpdateRole().Do(t.Context(), s.ada.Caller, in); err != nil {
				t.Errorf("meanwhile: %v", err)
			}
			ada(after...)
			stands = s.Item("WORKSPACE#"+s.made.ID, "WORKSPACE")
		}))
		testbed.CheckFault(t, try[needs](t.Context(), una.Caller, s.scope), want)
		if diff := cmp.Diff(stands, s.Item("WORKSPACE#"+s.made.ID, "WORKSPACE")); diff != "" {
			t.Errorf("%s: the workspace has changed: %s", needs, diff)
		}
	}
}
