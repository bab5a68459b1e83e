package role_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

func (l *lab) drop(by testbed.Someone, id, to access.Role) error {
	_, err := l.DeleteRole().Do(l.T.Context(), by.Caller, role.DeleteInput{Scope: l.scope, ID: id, ReassignTo: to})
	return err
}

// TestDelete is R18: nobody loses a role by accident, and whoever has it has the other one from the commit on.
func TestDelete(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	runner := l.Role(l.ada, l.Workspace, "Runner", "run_computation")
	inUse := fault.New(fault.Conflict, "role_in_use", "This role is in use by 1 member and 0 open invitations. Name a role that they have instead.")
	inUse.Counts = map[string]int{"members": 1, "open_invitations": 0}
	l.Unchanged(t, l.ID, func() {
		testbed.CheckFault(t, l.drop(l.ada, l.viewer.ID, ""), inUse)
		testbed.CheckCode(t, l.drop(l.ada, l.viewer.ID, "rol_"+access.Role(l.NewID())), fault.Invalid, "invalid_input")
		testbed.CheckFault(t, l.drop(l.kim, l.keeper.ID, l.viewer.ID), fault.New(fault.Conflict, "own_role", "This is your own role, and nobody gives themselves another one."))
		out, err := l.DeleteRole().Do(t.Context(), l.kim.Caller, role.DeleteInput{Scope: l.scope, ID: l.viewer.ID, ReassignTo: runner.ID, DryRun: true})
		want := &role.Effect{Gained: []access.Permission{"view_computations", "run_computation"}, Lost: []access.Permission{"view_assets"}, InUse: role.InUse{Members: 1}}
		if diff := cmp.Diff(want, out.Effect); diff != "" || err != nil {
			t.Errorf("a dry run: %s, %v", diff, err)
		}
	})
	log := l.Appended(l.scope, func() {
		in := role.DeleteInput{Scope: l.scope, ID: l.viewer.ID, ReassignTo: runner.ID, Reason: "One role for all."}
		if _, err := l.DeleteRole().Do(t.Context(), l.kim.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{Type: "RoleDeleted", Actor: l.kim.User.ID, Scope: l.scope, Sequence: "2", Fact: event.RoleDeleted{
		Role: l.viewer.ID, Before: event.RoleSettings{Name: "Viewer", Permissions: []access.Permission{"view_assets"}},
		ReassignedTo: &access.NamedRole{ID: runner.ID, Name: "Runner"}, Reason: "One role for all.",
	}}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if !l.may(l.vic, "run_computation") || l.may(l.vic, "view_assets") {
		t.Error("Vic has the old role")
	}
	trace, err := l.get(l.ada, l.viewer.ID)
	if err != nil || *trace.Members != 1 || trace.ReassignedTo == nil || trace.ReassignedTo.ID != runner.ID || trace.Actions["update"].Code != "role_deleted" {
		t.Errorf("what is left: %+v, %v", trace, err)
	}
	for leaving, want := range map[bool][]string{false: {"Admin", "Keeper", "Runner"}, true: {"Admin", "Keeper", "Runner", "Viewer"}} {
		list, err := l.ListRoles().Do(t.Context(), l.ada.Caller, role.ListInput{Scope: l.scope, Leaving: leaving})
		var names []string
		for _, r := range list.Items {
			names = append(names, r.Name)
		}
		if diff := cmp.Diff(want, names); diff != "" || err != nil {
			t.Errorf("leaving %v: %s, %v", leaving, diff, err)
		}
	}
	testbed.CheckFault(t, l.drop(l.ada, l.viewer.ID, runner.ID), fault.Unknown())
	testbed.CheckCode(t, l.drop(l.ada, runner.ID, ""), fault.Conflict, "role_in_use") // by Vic, who is not rewritten yet
	if err := l.drop(l.ada, runner.ID, l.keeper.ID); err != nil || !l.may(l.vic, access.ManageRole) {
		t.Errorf("one after the other: %v", err)
	}
	l.Role(l.ada, l.Workspace, "Viewer", access.Read) // the name is free
}

// TestDeleteUnused leaves nothing but a trace that grants nothing.
func TestDeleteUnused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	spare := l.Role(l.ada, l.Workspace, "Spare", access.ManageRole)
	if err := l.drop(l.ada, spare.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := l.get(l.ada, spare.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("it is there: %v", err)
	}
	late := l.Someone("Grace")
	l.Seat(l.ada, l.Workspace, spare.ID, late) // in the same moment
	if l.may(late, access.Read) {
		t.Error("the trace grants something")
	}
	l.leavesWithoutARole(late)
}

// leavesWithoutARole has somebody whose role was deleted look at what they have, which is to leave, and leave (R5). The workspace is not theirs to see
// in any other way.
func (l *lab) leavesWithoutARole(who testbed.Someone) {
	t, leave := l.T, member.RemoveInput{Scope: l.scope, User: "me", Reason: "Nothing to do here."}
	own, err := l.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: l.scope, User: "me"})
	if err != nil || own.RoleName != "Role deleted" || own.Version != 1 || !own.Actions["remove"].Allowed || own.Actions["update"].Allowed {
		t.Errorf("their own: %+v, %v", own, err)
	}
	mine, err := l.MyAccess().Do(t.Context(), who.Caller, member.MyAccessInput{Fresh: []access.Scope{l.scope}})
	if err != nil || len(mine.Items) != 1 || cmp.Diff(own.Actions, mine.Items[0].Actions) != "" {
		t.Errorf("in their list: %+v, %v", mine, err)
	}
	l.Unchanged(t, l.ID, func() {
		for name, do := range map[string]func() error{
			"another member": func() error {
				_, err := l.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: l.scope, User: l.vic.User.ID})
				return err
			},
			"taking another one out": func() error {
				_, err := l.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: l.scope, User: l.vic.User.ID})
				return err
			},
			"taking out somebody who is not in": func() error {
				_, err := l.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: l.scope, User: l.Someone("Hal").User.ID})
				return err
			},
			"their own role": func() error {
				_, err := l.UpdateMember().Do(t.Context(), who.Caller, member.UpdateInput{Scope: l.scope, User: "me", Wish: member.Wish{Role: l.viewer.ID}})
				return err
			},
			"leaving in bulk": func() error {
				_, err := l.BulkRemove().Do(t.Context(), who.Caller, member.BulkRemoveInput{Scope: l.scope, Members: []member.Selected{{ID: who.User.ID}}})
				return err
			},
		} {
			if err := do(); !errors.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		stale := leave
		stale.IfMatch = 2
		_, err := l.RemoveMember().Do(t.Context(), who.Caller, stale)
		testbed.CheckFault(t, err, member.Stale())
	})
	log := l.Appended(l.scope, func() {
		if _, err := l.RemoveMember().Do(t.Context(), who.Caller, leave); err != nil {
			t.Error(err)
		}
	})
	if len(log) != 1 || !cmp.Equal(log[0].Fact, event.Fact(event.MemberRemoved{
		User:   access.Person{ID: who.User.ID, Name: who.User.Name, Username: who.User.Username},
		Before: access.Grant{Role: own.Role, RoleName: "Role deleted"}, Left: true, Reason: leave.Reason,
	})) {
		t.Errorf("logged %+v", log)
	}
	if _, err := l.GetMember().Do(t.Context(), l.ada.Caller, member.GetInput{Scope: l.scope, User: who.User.ID}); !errors.Is(err, fault.NotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTracesAreBounded: what a workspace remembers of deleted roles has to fit into its item. What nobody can come upon any more does not count, and
// goes with the next one.
func TestTracesAreBounded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const month = 31 * 24 * time.Hour
	first, second := l.Role(l.ada, l.Workspace, "First", access.Read), l.Role(l.ada, l.Workspace, "Second", access.Read)
	l.AddTraces(l.ID, 3, l.Now().Add(-month-time.Second), "")
	l.AddTraces(l.ID, role.MaxDeleted-1, l.Now().Add(-month), "")
	if err := l.drop(l.ada, first.ID, ""); err != nil {
		t.Fatalf("number %d: %v", role.MaxDeleted, err)
	}
	stored := func() int {
		item, _ := l.Item("WORKSPACE#"+l.ID, "WORKSPACE")["roles"].(map[string]any)
		roles, _ := item["M"].(map[string]any)
		return len(roles)
	}
	if n := stored(); n != role.MaxDeleted+3 { // with Keeper, Viewer and Second
		t.Errorf("%d roles are stored", n)
	}
	tooMany := fault.Fields([]fault.Field{{Pointer: "", Code: "too_many_roles", Detail: "At most 200 roles of a workspace can be deleted in a month."}})
	l.Unchanged(t, l.ID, func() {
		for _, in := range []role.DeleteInput{{ID: second.ID}, {ID: second.ID, DryRun: true}, {ID: l.viewer.ID, ReassignTo: second.ID}} {
			in.Scope = l.scope
			_, err := l.DeleteRole().Do(t.Context(), l.ada.Caller, in)
			testbed.CheckFault(t, err, testbed.FaultOf(tooMany))
		}
	})
	l.Advance(time.Second)
	if err := l.drop(l.ada, second.ID, ""); err != nil {
		t.Errorf("a moment later: %v", err)
	}
	for range 10 { // all of them are not forgotten at once
		l.Role(l.ada, l.Workspace, "Role "+l.NewID(), access.Read)
	}
	if n := stored(); n != 14 { // with Keeper, Viewer, First and Second
		t.Errorf("%d roles are stored", n)
	}
}

// TestLimits fills a workspace with roles, up to the limit.
func TestLimits(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var last role.Role
	for n := range role.MaxRoles - 2 {
		last = l.Role(l.ada, l.Workspace, "Role "+strconv.Itoa(n), access.Read)
	}
	create := role.CreateInput{Scope: l.scope, Name: "One more", Permissions: []access.Permission{access.Read}}
	_, err := l.CreateRole().Do(t.Context(), l.ada.Caller, create)
	if found := testbed.FaultOf(err); len(found.Fields) != 1 || found.Fields[0].Code != "too_many_roles" {
		t.Errorf("role 101: %v", err)
	}
	list, err := l.ListRoles().Do(t.Context(), l.ada.Caller, role.ListInput{Scope: l.scope})
	if err != nil || len(list.Items) != 50 || list.NextCursor == "" {
		t.Errorf("%d roles on the first page: %v", len(list.Items), err)
	}
	if err := l.drop(l.ada, last.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err = l.CreateRole().Do(t.Context(), l.ada.Caller, create); err != nil {
		t.Errorf("role 100: %v", err)
	}
}

// TestRaces has two Admins change one role at once, one delete what the other changes, and two take the same name: one of them wins, and the other
// is told what belongs to what is there then.
func TestRaces(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := labIn(bed)
	update := func(in role.UpdateInput) error {
		in.Scope = l.scope
		_, err := l.UpdateRole().Do(t.Context(), l.ada.Caller, in)
		return err
	}
	meanwhile := func(do func() error) {
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			if err := do(); err != nil {
				t.Errorf("meanwhile: %v", err)
			}
		}))
	}
	other := l.viewer
	meanwhile(func() error {
		return update(role.UpdateInput{ID: other.ID, Permissions: []access.Permission{"view_billing"}})
	})
	testbed.CheckFault(t, update(role.UpdateInput{ID: other.ID, Name: new("Watcher"), IfMatch: 1}), role.Stale())
	meanwhile(func() error {
		return update(role.UpdateInput{ID: other.ID, Permissions: []access.Permission{"view_assets"}})
	})
	if err := update(role.UpdateInput{ID: other.ID, Name: new("Watcher")}); err != nil {
		t.Errorf("without a version: %v", err)
	}
	seen, err := l.get(l.ada, other.ID)
	if err != nil || seen.Name != "Watcher" || !slices.Equal(seen.Permissions, []access.Permission{"view_assets"}) || seen.Version != 4 {
		t.Errorf("both changes: %+v, %v", seen, err)
	}
	spare := l.Role(l.ada, l.Workspace, "Spare", access.Read)
	meanwhile(func() error { return update(role.UpdateInput{ID: spare.ID, Name: new("Reserve")}) })
	_, err = l.CreateRole().Do(t.Context(), l.ada.Caller, role.CreateInput{Scope: l.scope, Name: "reserve", Permissions: []access.Permission{access.Read}})
	testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
	meanwhile(func() error { return l.drop(l.ada, spare.ID, "") })
	testbed.CheckFault(t, update(role.UpdateInput{ID: spare.ID, Name: new("Late")}), fault.Unknown())
	spare = l.Role(l.ada, l.Workspace, "Spare", access.Read)
	meanwhile(func() error { return l.drop(l.ada, other.ID, l.keeper.ID) })
	testbed.CheckCode(t, l.drop(l.ada, spare.ID, other.ID), fault.Invalid, "invalid_input") // into one that is gone by then
}

// TestRoleLosesItsRightMeanwhile changes what the caller may do between reading and writing, without touching their membership.
func TestRoleLosesItsRightMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := labIn(bed)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		in := role.UpdateInput{Scope: l.scope, ID: l.keeper.ID, Permissions: []access.Permission{"view_assets"}}
		if _, err := l.UpdateRole().Do(t.Context(), l.ada.Caller, in); err != nil {
			t.Error(err)
		}
	}))
	_, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, role.UpdateInput{Scope: l.scope, ID: l.viewer.ID, Name: new("Watcher")})
	testbed.CheckFault(t, err, access.MissingPermissions(access.ManageRole))
	if seen, err := l.get(l.ada, l.viewer.ID); err != nil || seen.Name != "Viewer" {
		t.Errorf("%+v, %v", seen, err)
	}
}
