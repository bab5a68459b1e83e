package member_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

func adminsOf(l *testbed.Lab) string {
	return testbed.Text(l.Item("WORKSPACE#"+l.ID, "WORKSPACE"), "admins")
}

// listed returns the members that somebody lists in the lab, as "role name".
func listed(t *testing.T, l *testbed.Lab, who testbed.Someone, in member.ListInput) []string {
	t.Helper()
	in.Scope = l.Scope
	got, err := l.ListMembers().Do(t.Context(), who.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, m := range got.Items {
		names = append(names, m.RoleName+" "+m.User.Name)
		if m.User.Email != "" || m.ScopeName != "Genomics" || m.Scope != l.Scope || m.Workspace.Roles != nil {
			t.Errorf("listed %+v", m)
		}
	}
	return names
}

// TestMembersOfAWorkspace lists them by role and name, with who let them in, found by name and username but not by address.
func TestMembersOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	l.Index(l.ID)
	if diff := cmp.Diff([]string{"Admin Ada", "Manager Mia", "Analyst Ann", "Viewer Vic"}, listed(t, l, l.Mia, member.ListInput{})); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		in   member.ListInput
		want []string
	}{
		{member.ListInput{Role: l.Viewer.ID}, []string{"Viewer Vic"}},
		{member.ListInput{Role: access.Admin}, []string{"Admin Ada"}},
		{member.ListInput{Q: "an"}, []string{"Analyst Ann"}},
		{member.ListInput{Q: l.Vic.User.Username}, []string{"Viewer Vic"}},
		{member.ListInput{Q: "vi", Role: l.Viewer.ID}, []string{"Viewer Vic"}},
		{member.ListInput{Q: "vi", Role: l.Analyst.ID}, []string{}},
		{member.ListInput{Q: l.Vic.User.Email}, []string{}},
		{member.ListInput{Q: "example.com"}, []string{}},
		{member.ListInput{Role: l.Viewer.ID, Fresh: []string{l.Ann.User.ID, l.Vic.User.ID}}, []string{"Viewer Vic"}},
	} {
		if diff := cmp.Diff(c.want, listed(t, l, l.Ada, c.in)); diff != "" {
			t.Errorf("%+v: %s", c.in, diff)
		}
	}
	for _, q := range []string{"", "vic"} {
		_, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope, Role: "rol_" + access.Role(l.NewID()), Q: q})
		testbed.CheckFault(t, err, testbed.FaultOf(fault.Fields([]fault.Field{{Pointer: "?role", Code: "unknown_role", Detail: "There is no such role here."}})))
	}
	one := 1
	first, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope, Query: page.Query{Limit: &one}})
	if err != nil || len(first.Items) != 1 || first.NextCursor == "" {
		t.Errorf("%+v, %v", first, err)
	}
	want := []string{"?brand unknown_parameter", "?granted_by unknown_parameter"}
	if diff := cmp.Diff(want, testbed.Bad(member.ListInput{Scope: l.Scope, Brand: "none", GrantedBy: "left"})); diff != "" {
		t.Error(diff)
	}
}

// TestMemberOfAWorkspace: who may see the others sees them with what may be done with them; everybody sees themselves.
func TestMemberOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	got, err := l.GetMember().Do(t.Context(), l.Mia.Caller, member.GetInput{Scope: l.Scope, User: l.Vic.User.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := member.Membership{
		User: access.Person{ID: l.Vic.User.ID, Name: "Vic", Username: l.Vic.User.Username}, Scope: l.Scope, ScopeName: "Genomics",
		Role: l.Viewer.ID, RoleName: "Viewer", GrantedBy: by(l.Ada), GrantedAt: testbed.Start, JoinedAt: testbed.Start, Via: member.ViaInvitation, Version: 1,
		Actions: access.Actions{"update": {Allowed: true}, "remove": {Allowed: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		who, whom      testbed.Someone
		update, remove string
	}{
		{l.Mia, l.Ada, "permission_missing", "permission_missing"}, // who holds more (R16)
		{l.Mia, l.Mia, "own_role", ""},
		{l.Ada, l.Ada, "own_role", "last_admin"},
		{l.Ada, l.Mia, "", ""},
		{l.Vic, l.Vic, "permission_missing", ""},
	} {
		got, err := l.GetMember().Do(t.Context(), c.who.Caller, member.GetInput{Scope: l.Scope, User: c.whom.User.ID})
		if err != nil || got.Actions["update"].Code != c.update || got.Actions["remove"].Code != c.remove {
			t.Errorf("%s with %s: %+v, %v", c.who.User.Name, c.whom.User.Name, got.Actions, err)
		}
	}
	_, err = l.GetMember().Do(t.Context(), l.Vic.Caller, member.GetInput{Scope: l.Scope, User: l.Ann.User.ID})
	testbed.CheckFault(t, err, access.MissingPermissions(access.ViewRoleUsers))
	_, err = l.GetMember().Do(t.Context(), l.Eve.Caller, member.GetInput{Scope: l.Scope, User: l.Ann.User.ID})
	testbed.CheckFault(t, err, fault.Unknown())
}

// TestUpdateInAWorkspace gives other roles, and refuses to.
func TestUpdateInAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	update := func(who testbed.Someone, user string, role access.Role) (member.Membership, error) {
		return l.UpdateMember().Do(t.Context(), who.Caller, member.UpdateInput{Scope: l.Scope, User: user, Wish: member.Wish{Role: role, Reason: "Review"}})
	}
	log := l.Appended(l.Scope, func() {
		got, err := update(l.Mia, l.Vic.User.ID, l.Analyst.ID)
		if err != nil || got.Role != l.Analyst.ID || got.RoleName != "Analyst" || got.Version != 2 || got.GrantedBy.ID != l.Mia.User.ID {
			t.Errorf("%+v, %v", got, err)
		}
	})
	want := []event.Fact{event.MemberRoleChanged{
		User: access.Person{ID: l.Vic.User.ID, Name: "Vic", Username: l.Vic.User.Username}, Via: "direct", GrantedBy: by(l.Mia),
		Before: access.Grant{Role: l.Viewer.ID, RoleName: "Viewer"}, After: access.Grant{Role: l.Analyst.ID, RoleName: "Analyst"}, Notify: true, Reason: "Review",
	}}
	if diff := cmp.Diff(want, []event.Fact{log[0].Fact}); diff != "" || len(log) != 1 || log[0].Sequence != "2" {
		t.Error(diff, log)
	}
	unknownRole := testbed.FaultOf(fault.Fields([]fault.Field{access.UnknownRole()}))
	theirs := l.Role(l.Eve, l.Other, "Viewer", access.Read)
	belowAdmin := testbed.BelowAdmin(testbed.HeldByManager()...)
	biller, uploader := l.Newcomer(l.Role(l.Ada, l.Workspace, "Biller", "manage_billing").ID), l.Role(l.Ada, l.Workspace, "Uploader", "upload_assets").ID
	l.Unchanged(t, l.ID, func() {
		if got, err := update(l.Ada, l.Ann.User.ID, l.Analyst.ID); err != nil || got.Version != 1 {
			t.Errorf("the same role: %+v, %v", got, err)
		}
		for _, c := range []struct {
			name string
			who  testbed.Someone
			user string
			role access.Role
			want *fault.Error
		}{
			{"beyond one's own", l.Mia, l.Vic.User.ID, access.Admin, belowAdmin},
			{"of one who holds more", l.Mia, l.Ada.User.ID, l.Viewer.ID, belowAdmin},
			{"of one who holds more, beyond one's own", l.Mia, biller.User.ID, uploader, access.Exceeding("manage_billing", "upload_assets", "view_billing")},
			{"one's own", l.Mia, l.Mia.User.ID, l.Viewer.ID, fault.New(fault.Conflict, "own_role", "Nobody changes their own role. Ask an Admin.")},
			{"an Admin's own", l.Ada, l.Ada.User.ID, l.Viewer.ID, fault.New(fault.Conflict, "own_role", "Nobody changes their own role. Ask another Admin.")},
			{"without the right", l.Ann, l.Vic.User.ID, l.Viewer.ID, access.MissingPermissions(access.AddRoleUsers)},
			{"a role of another workspace", l.Ada, l.Vic.User.ID, theirs.ID, unknownRole},
			{"an unknown role", l.Ada, l.Vic.User.ID, "rol_unknown", unknownRole},
			{"a role of organizations", l.Ada, l.Vic.User.ID, access.Member, unknownRole},
			{"somebody who is not in", l.Ada, l.Eve.User.ID, l.Viewer.ID, fault.Unknown()},
			{"a stranger", l.Eve, l.Vic.User.ID, l.Viewer.ID, fault.Unknown()},
		} {
			_, err := update(c.who, c.user, c.role)
			t.Run(c.name, func(t *testing.T) { testbed.CheckFault(t, err, c.want) })
		}
	})
	if diff := cmp.Diff([]string{"/role required"}, testbed.Bad(member.UpdateInput{Scope: l.Scope})); diff != "" {
		t.Error(diff)
	}
	brands := map[string]*access.Role{"brd_1": nil}
	if diff := cmp.Diff([]string{"/brands not_allowed"}, testbed.Bad(member.UpdateInput{Scope: l.Scope, Wish: member.Wish{Role: l.Viewer.ID, Brands: brands}})); diff != "" {
		t.Error(diff)
	}
}

// TestAdminsOfAWorkspace: one always stays, on every path and at the same moment (R20).
func TestAdminsOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	last := member.LastAdmin(access.KindWorkspace)
	l.Unchanged(t, l.ID, func() {
		_, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: "me"})
		testbed.CheckFault(t, err, last)
	})
	if _, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, member.UpdateInput{Scope: l.Scope, User: l.Vic.User.ID, Wish: member.Wish{Role: access.Admin}}); err != nil {
		t.Fatal(err)
	}
	if got := adminsOf(l); got != "2" {
		t.Errorf("%s Admins", got)
	}
	two, errs := []testbed.Someone{l.Ada, l.Vic}, [2]error{}
	testbed.AtOnce(2, func(i int) {
		_, errs[i] = l.RemoveMember().Do(t.Context(), two[i].Caller, member.RemoveInput{Scope: l.Scope, User: "me"})
	})
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), fault.Conflict) || adminsOf(l) != "1" {
		t.Errorf("%v, %s Admins", errs, adminsOf(l))
	}
}

// TestDowngradeEachOtherInAWorkspace has two Admins give each other another role at the same moment: one of them stays Admin.
func TestDowngradeEachOtherInAWorkspace(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	abe := l.Newcomer(access.Admin)
	downgrade := func(who, whom testbed.Someone) error {
		_, err := l.UpdateMember().Do(t.Context(), who.Caller, member.UpdateInput{Scope: l.Scope, User: whom.User.ID, Wish: member.Wish{Role: l.Viewer.ID}})
		return err
	}
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		if err := downgrade(abe, l.Ada); err != nil {
			t.Error(err)
		}
	}))
	testbed.CheckFault(t, downgrade(l.Ada, abe), access.MissingPermissions(access.AddRoleUsers))
	if got := adminsOf(l); got != "1" {
		t.Errorf("%s Admins", got)
	}
}

// TestRemoveFromAWorkspace takes somebody out, who is asked again like anybody else.
func TestRemoveFromAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	remove := func(who testbed.Someone, user string) error {
		_, err := l.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: l.Scope, User: user, Reason: "Review"})
		return err
	}
	l.Unchanged(t, l.ID, func() {
		testbed.CheckFault(t, remove(l.Ann, l.Vic.User.ID), access.MissingPermissions(access.RemoveRoleUsers))
		testbed.CheckFault(t, remove(l.Mia, l.Ada.User.ID), testbed.BelowAdmin(testbed.HeldByManager()...))
		testbed.CheckFault(t, remove(l.Eve, l.Vic.User.ID), fault.Unknown())
		testbed.CheckFault(t, remove(l.Ada, l.Eve.User.ID), fault.Unknown())
	})
	log := l.Appended(l.Scope, func() {
		if err := errors.Join(remove(l.Mia, l.Vic.User.ID), remove(l.Ann, "me")); err != nil {
			t.Fatal(err)
		}
	})
	removed := func(who testbed.Someone, role access.Role, name string, left bool) event.MemberRemoved {
		return event.MemberRemoved{
			User: access.Person{ID: who.User.ID, Name: who.User.Name, Username: who.User.Username}, Before: access.Grant{Role: role, RoleName: name},
			Left: left, Notify: !left, Reason: "Review",
		}
	}
	want := []event.Fact{removed(l.Vic, l.Viewer.ID, "Viewer", false), removed(l.Ann, l.Analyst.ID, "Analyst", true)}
	if got := []event.Fact{log[0].Fact, log[1].Fact}; len(log) != 2 || cmp.Diff(want, got) != "" {
		t.Error(cmp.Diff(want, got))
	}
	_, err := l.GetMember().Do(t.Context(), l.Vic.Caller, member.GetInput{Scope: l.Scope, User: "me"})
	testbed.CheckFault(t, err, fault.Unknown())
	l.Enlist(l.Analyst.ID, l.Vic)
	if got, err := l.GetMember().Do(t.Context(), l.Vic.Caller, member.GetInput{Scope: l.Scope, User: "me"}); err != nil || got.Version != 3 {
		t.Errorf("after coming again: %+v, %v", got, err)
	}
}

// TestBulkInAWorkspace changes and removes several, each with a result of their own. Nobody becomes Admin in bulk (R11).
func TestBulkInAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	everybody := append(selected(l.Vic, l.Ann, l.Ada, l.Mia), member.Selected{ID: "usr_unknown"})
	update := func(who testbed.Someone, dry bool) member.BulkOutput {
		out, err := l.BulkUpdate().Do(t.Context(), who.Caller, member.BulkUpdateInput{Scope: l.Scope, Members: everybody, Role: l.Viewer.ID, DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := []string{"unchanged", "changed", "failed permission_missing", "failed own_role", "failed not_found"}
	l.Unchanged(t, l.ID, func() {
		if diff := cmp.Diff(want, became(update(l.Mia, true))); diff != "" {
			t.Error(diff)
		}
	})
	log := l.Appended(l.Scope, func() {
		if diff := cmp.Diff(want, became(update(l.Mia, false))); diff != "" {
			t.Error(diff)
		}
	})
	if diff := cmp.Diff([]string{"MemberRoleChanged"}, testbed.Types(log)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/role not_allowed"}, testbed.Bad(member.BulkUpdateInput{Scope: l.Scope, Members: selected(l.Vic), Role: access.Admin})); diff != "" {
		t.Error(diff)
	}
	out, err := l.BulkUpdate().Do(t.Context(), l.Ada.Caller, member.BulkUpdateInput{Scope: l.Scope, Members: selected(l.Vic), Role: "rol_unknown"})
	if diff := cmp.Diff([]string{"failed invalid_input"}, became(out)); err != nil || diff != "" {
		t.Error(diff, err)
	}
	out, err = l.BulkRemove().Do(t.Context(), l.Mia.Caller, member.BulkRemoveInput{Scope: l.Scope, Members: everybody})
	want = []string{"changed", "changed", "failed permission_missing", "failed own_role", "failed not_found"}
	if diff := cmp.Diff(want, became(out)); err != nil || diff != "" {
		t.Error(diff, err)
	}
	_, err = l.BulkRemove().Do(t.Context(), l.Eve.Caller, member.BulkRemoveInput{Scope: l.Scope, Members: everybody})
	testbed.CheckFault(t, err, fault.Unknown())
}

// became are the outcomes of a bulk edit, as "outcome code".
func became(out member.BulkOutput) []string {
	var all []string
	for _, r := range out.Results {
		one := string(r.Outcome)
		if r.Error != nil {
			one += " " + r.Error.Code
		}
		all = append(all, one)
	}
	return all
}
