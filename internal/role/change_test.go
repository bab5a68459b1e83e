package role_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// lab is a workspace of Ada's with a Keeper of roles, who is no Admin, and a Viewer.
type lab struct {
	*testbed.Bed
	workspace.Workspace
	scope          access.Scope
	ada, kim, vic  testbed.Someone
	keeper, viewer role.Role
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return labIn(testbed.New(t))
}

func labIn(b *testbed.Bed) *lab {
	b.T.Helper()
	l := &lab{Bed: b, ada: b.Someone("Ada"), kim: b.Someone("Kim"), vic: b.Someone("Vic")}
	l.Workspace = b.Workspace(l.ada, "Genomics")
	l.scope = l.Workspace.Scope()
	l.keeper = b.Role(l.ada, l.Workspace, "Keeper", access.ManageRole, access.AddRoleUsers, "run_computation", "view_assets")
	l.viewer = b.Role(l.ada, l.Workspace, "Viewer", "view_assets")
	b.Seat(l.ada, l.Workspace, l.keeper.ID, l.kim)
	b.Seat(l.ada, l.Workspace, l.viewer.ID, l.vic)
	return l
}

func (l *lab) get(by testbed.Someone, id access.Role) (role.Role, error) {
	return l.GetRole().Do(context.WithoutCancel(l.T.Context()), by.Caller, role.GetInput{Scope: l.scope, ID: id})
}

// may returns what somebody may do in the lab.
func (l *lab) may(who testbed.Someone, permission access.Permission) bool {
	l.T.Helper()
	out, err := l.CheckAccess().Do(context.WithoutCancel(l.T.Context()), who.Caller, member.CheckInput{Check: member.Check{Scope: l.scope, Permission: permission}})
	if err != nil {
		l.T.Fatal(err)
	}
	return out.Allowed
}

func TestCreate(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var made role.Role
	log := l.Appended(l.scope, func() {
		var err error
		made, err = l.CreateRole().Do(t.Context(), l.ada.Caller, role.CreateInput{
			Scope: l.scope, Name: "  Data \u202e Analyst ", Description: " Runs what others have made.\n", Permissions: []access.Permission{"upload_assets", "run_computation", "upload_assets"},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	settings := event.RoleSettings{Name: "Data Analyst", Description: "Runs what others have made.", Permissions: []access.Permission{"run_computation", "upload_assets"}}
	want := []testbed.Logged{{
		Type: "RoleCreated", Actor: l.ada.User.ID, Scope: l.scope, Sequence: "1", Fact: event.RoleCreated{Role: made.ID, After: settings},
	}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	effective := []access.Permission{access.Read, "view_computations", "run_computation", "view_assets", "upload_assets"}
	if made.Name != settings.Name || made.BuiltIn || made.Version != 1 || !slices.Equal(made.Permissions, settings.Permissions) || !slices.Equal(made.Effective, effective) {
		t.Errorf("made %+v", made)
	}
	read, err := l.get(l.ada, made.ID)
	made.Members, made.OpenInvitations = new(0), new(0)
	if diff := cmp.Diff(made, read); diff != "" || err != nil {
		t.Errorf("made and read: %s, %v", diff, err)
	}
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	caller := testbed.WithKey(l.ada.Caller, "click", "what is asked")
	in := role.CreateInput{Scope: l.scope, Name: "Analyst", Permissions: []access.Permission{access.Read}}
	first, err := l.CreateRole().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.CreateRole().Do(t.Context(), caller, in)
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("repeated: %s, %v", diff, err)
	}
}

// TestNobodyMakesMoreThanTheyHold is R16: creating, changing what is more, changing into more, and giving more in the place of a deleted one.
func TestNobodyMakesMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	power := l.Role(l.ada, l.Workspace, "Power", "manage_billing")
	refused := func(err error, missing ...access.Permission) {
		t.Helper()
		testbed.CheckFault(t, err, access.Exceeding(missing...))
	}
	l.Unchanged(t, l.ID, func() {
		_, err := l.CreateRole().Do(t.Context(), l.kim.Caller, role.CreateInput{Scope: l.scope, Name: "Mine", Permissions: []access.Permission{"manage_billing", "view_assets", access.Delete}})
		refused(err, access.Delete, "manage_billing", "view_billing")
		for _, dry := range []bool{true, false} {
			_, err = l.UpdateRole().Do(t.Context(), l.kim.Caller, role.UpdateInput{Scope: l.scope, ID: power.ID, Name: new("Weak"), DryRun: dry})
			refused(err, "manage_billing", "view_billing")
			_, err = l.UpdateRole().Do(t.Context(), l.kim.Caller, role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Permissions: []access.Permission{"upload_assets"}, DryRun: dry})
			refused(err, "upload_assets")
			_, err = l.DeleteRole().Do(t.Context(), l.kim.Caller, role.DeleteInput{Scope: l.scope, ID: power.ID, DryRun: dry})
			refused(err, "manage_billing", "view_billing")
			_, err = l.DeleteRole().Do(t.Context(), l.kim.Caller, role.DeleteInput{Scope: l.scope, ID: l.viewer.ID, ReassignTo: power.ID, DryRun: dry})
			refused(err, "manage_billing", "view_billing")
		}
	})
	if _, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Permissions: []access.Permission{"run_computation"}}); err != nil {
		t.Errorf("within their own: %v", err)
	}
	seen, err := l.get(l.kim, power.ID)
	for _, verb := range []string{"update", "delete", "duplicate", "assign"} {
		if err != nil || seen.Actions[verb].Code != "permission_missing" {
			t.Errorf("%s: %+v, %v", verb, seen.Actions[verb], err)
		}
	}
}

func TestRefusedNames(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	taken := fault.Fields([]fault.Field{{Pointer: "/name", Code: "taken", Detail: "The workspace has a role of this name."}})
	l.Unchanged(t, l.ID, func() {
		for _, name := range []string{"keeper", " VIEWER ", "admin"} {
			_, err := l.CreateRole().Do(t.Context(), l.ada.Caller, role.CreateInput{Scope: l.scope, Name: name, Permissions: []access.Permission{access.Read}})
			testbed.CheckFault(t, err, testbed.FaultOf(taken))
		}
		_, err := l.UpdateRole().Do(t.Context(), l.ada.Caller, role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Name: new("KEEPER")})
		testbed.CheckFault(t, err, testbed.FaultOf(taken))
	})
	if out, err := l.UpdateRole().Do(t.Context(), l.ada.Caller, role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Name: new("VIEWER")}); err != nil || out.Role.Name != "VIEWER" {
		t.Errorf("its own name: %+v, %v", out, err)
	}
}

// TestUpdate shows who has the role from then on, and what a dry run says of it beforehand.
func TestUpdate(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	in := role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Permissions: []access.Permission{"run_computation"}, Description: new("Runs."), IfMatch: 1}
	gained, lost := []access.Permission{"view_computations", "run_computation"}, []access.Permission{"view_assets"}
	l.Unchanged(t, l.ID, func() {
		dry := in
		dry.DryRun = true
		out, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, dry)
		if diff := cmp.Diff(role.Outcome{Effect: &role.Effect{Gained: gained, Lost: lost, InUse: role.InUse{Members: 1}}}, out); diff != "" || err != nil {
			t.Errorf("a dry run: %s, %v", diff, err)
		}
	})
	var out role.Outcome
	log := l.Appended(l.scope, func() {
		var err error
		if out, err = l.UpdateRole().Do(t.Context(), l.kim.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{Type: "RoleUpdated", Actor: l.kim.User.ID, Scope: l.scope, Sequence: "2", Fact: event.RoleUpdated{
		Role: l.viewer.ID, Before: event.RoleSettings{Name: "Viewer", Permissions: []access.Permission{"view_assets"}},
		After: event.RoleSettings{Name: "Viewer", Description: "Runs.", Permissions: []access.Permission{"run_computation"}}, Added: gained, Removed: lost,
	}}}
	if diff := cmp.Diff(want, log); diff != "" || out.Role.Version != 2 {
		t.Errorf("version %d: %s", out.Role.Version, diff)
	}
	if !l.may(l.vic, "run_computation") || l.may(l.vic, "view_assets") {
		t.Error("Vic may do what he could before")
	}
	l.Unchanged(t, l.ID, func() {
		_, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, in)
		testbed.CheckFault(t, err, role.Stale())
		in.IfMatch = 2
		if out, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, in); err != nil || out.Role.Version != 2 {
			t.Errorf("as it is already: %+v, %v", out, err)
		}
	})
}

// TestBuiltIn is R1.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.Unchanged(t, l.ID, func() {
		_, err := l.UpdateRole().Do(t.Context(), l.ada.Caller, role.UpdateInput{Scope: l.scope, ID: access.Admin, Name: new("Boss")})
		testbed.CheckCode(t, err, fault.Conflict, "built_in_role")
		_, err = l.DeleteRole().Do(t.Context(), l.ada.Caller, role.DeleteInput{Scope: l.scope, ID: access.Admin, ReassignTo: l.viewer.ID})
		testbed.CheckCode(t, err, fault.Conflict, "built_in_role")
	})
	seen, err := l.get(l.vic, access.Admin)
	if err != nil || seen.Name != "Admin" || seen.Members != nil || seen.OpenInvitations != nil {
		t.Errorf("Vic sees %+v, %v", seen, err)
	}
	if seen, err = l.get(l.ada, access.Admin); err != nil || *seen.Members != 1 || *seen.OpenInvitations != 0 || seen.Actions["update"].Code != "built_in_role" {
		t.Errorf("Ada sees %+v, %v", seen, err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.Role(l.ada, l.Workspace, "analyst", access.Read)
	in := role.ListInput{Scope: l.scope, Query: page.Query{Limit: new(2)}}
	list := func(cursor string) (page.List[role.Role], error) {
		in.Cursor = cursor
		return l.ListRoles().Do(t.Context(), l.vic.Caller, in)
	}
	pages := testbed.Pages(t, list)
	var names []string
	for _, one := range testbed.Flat(t, pages, 2) {
		names = append(names, one.Name)
	}
	if diff := cmp.Diff([]string{"Admin", "analyst", "Keeper", "Viewer"}, names); diff != "" {
		t.Error(diff)
	}
	all, err := l.ListPermissions().Do(t.Context(), l.vic.Caller, role.PermissionsInput{})
	if err != nil || len(all.Items) != 25 || all.Items[0].Key != access.Read || all.Items[0].Implies == nil || all.NextCursor != "" {
		t.Errorf("the permissions are %+v, %v", all, err)
	}
}
