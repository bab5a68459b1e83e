package member_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// shown returns memberships as "role name".
func shown(memberships []member.Membership) []string {
	list := []string{}
	for _, m := range memberships {
		list = append(list, string(m.Role)+" "+m.User.Name)
	}
	return list
}

func TestListMembers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	abe := s.Someone("Abe")
	s.Promote(s.Ada, s.ID, abe)
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		scope access.Scope
		role  access.Role
		want  []string
	}{
		{"all", s.Ada, s.Org, "", []string{"admin Abe", "admin Ada", "member Bob", "member Cleo", "member Dan"}},
		{"the Admins", s.Ada, s.Org, access.Admin, []string{"admin Abe", "admin Ada"}},
		{"the Members", s.Ada, s.Org, access.Member, []string{"member Bob", "member Cleo", "member Dan"}},
		{"of a brand", s.Ada, s.Globex, "", []string{"admin Abe", "admin Ada", "admin Bob", "publisher Cleo"}},
		{"of a brand by its Admin", s.Bob, s.Globex, "", []string{"admin Abe", "admin Ada", "admin Bob", "publisher Cleo"}},
		{"the Admins of a brand", s.Bob, s.Globex, access.Admin, []string{"admin Abe", "admin Ada", "admin Bob"}},
		{"the Publishers of a brand", s.Bob, s.Globex, access.Publisher, []string{"publisher Cleo"}},
		{"the Viewers of a brand", s.Bob, s.Globex, access.Viewer, []string{}},
		{"the Viewers of another", s.Ada, s.Initech, access.Viewer, []string{"viewer Dan"}},
	} {
		got, err := s.ListMembers().Do(t.Context(), c.who.Caller, member.ListInput{Scope: c.scope, Role: c.role})
		if diff := cmp.Diff(c.want, shown(got.Items)); err != nil || diff != "" || got.NextCursor != "" {
			t.Error(c.name, err, diff, got.NextCursor)
		}
		for _, m := range got.Items { // the list shows what the table holds
			one, err := s.GetMember().Do(t.Context(), c.who.Caller, member.GetInput{Scope: c.scope, User: m.User.ID})
			if diff := cmp.Diff(one, m); err != nil || diff != "" {
				t.Error(c.name, m.User.Name, err, diff)
			}
		}
	}
}

func TestListMembersRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, scope := range []access.Scope{s.Org, s.Globex} {
		testbed.Exercise{Scene: s, Scope: scope, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.ListMembers().Do(ctx, caller, member.ListInput{Scope: scope, Fresh: []string{s.Ada.User.ID}})
			return err
		}}.Refusals(t)
	}
}

// TestListMembersOrder has names that sort oddly or could break a key. Whoever is in must be in the list, once, and under their role.
func TestListMembersOrder(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada := bed.Someone("Ada")
	org, brands := bed.Organization(ada.Caller, "Acme", "Globex")
	names := []string{
		"bea", "Bert", "#", "##admin#zoe", "😀 Smile", "\U0010ffff last", "\uffff", "ängström", "zoë", "Zoe", "~", "!", "李", strings.Repeat("x", 100), "admin",
	}
	var people []testbed.Someone
	for i, name := range names {
		people = append(people, bed.SomeoneWith(name, bed.Address("p"+string(rune('a'+i)))))
	}
	bed.Join(ada, brands[0], access.Viewer, people...)
	scope, one := access.Organization(org.ID), 1
	lists := map[string]member.ListInput{
		"all": {Scope: scope}, "the Members": {Scope: scope, Role: access.Member}, "the Viewers": {Scope: brands[0].Scope(), Role: access.Viewer}, "the brand": {Scope: brands[0].Scope()},
	}
	for name, in := range lists {
		in.Limit = &one
		all := testbed.Flat(t, testbed.Pages(t, func(cursor string) (page.List[member.Membership], error) {
			in.Cursor = cursor
			return bed.ListMembers().Do(t.Context(), ada.Caller, in)
		}), one)
		if in.Role == "" {
			if len(all) == 0 || all[0].User.Name != "Ada" {
				t.Fatalf("%s: the Admin is not the first: %v", name, shown(all))
			}
			all = all[1:]
		}
		var got []string
		for _, m := range all {
			got = append(got, m.User.Name)
		}
		want := slices.Clone(names)
		slices.Sort(want)
		sorted := slices.Sorted(slices.Values(got))
		if diff := cmp.Diff(want, sorted); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		plain := slices.DeleteFunc(slices.Clone(got), func(name string) bool { return !slices.Contains([]string{"admin", "bea", "Bert", "Zoe", "zoë"}, name) })
		if diff := cmp.Diff([]string{"admin", "bea", "Bert", "Zoe", "zoë"}, plain); diff != "" {
			t.Errorf("%s: not by name: %s", name, diff)
		}
	}
}

func TestListMembersPages(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Promote(s.Ada, s.ID, s.Someone("Abe"))
	for _, scope := range []access.Scope{s.Org, s.Globex} {
		whole, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: scope})
		if err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit <= len(whole.Items)+1; limit++ {
			pages := testbed.Pages(t, func(cursor string) (page.List[member.Membership], error) {
				return s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: scope, Query: page.Query{Limit: &limit, Cursor: cursor}})
			})
			if diff := cmp.Diff(whole.Items, testbed.Flat(t, pages, limit)); diff != "" {
				t.Errorf("%s by %d: %s", scope, limit, diff)
			}
			if want := (len(whole.Items) + limit - 1) / limit; len(pages) != want {
				t.Errorf("%s by %d: %d pages, want %d", scope, limit, len(pages), want)
			}
		}
	}
}

func TestListMembersCursors(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	abe, one := s.Someone("Abe"), 1
	s.Promote(s.Ada, s.ID, abe)
	list := func(who testbed.Someone, scope access.Scope, role access.Role) func(string) error {
		return func(cursor string) error {
			_, err := s.ListMembers().Do(t.Context(), who.Caller, member.ListInput{Scope: scope, Role: role, Query: page.Query{Limit: &one, Cursor: cursor}})
			return err
		}
	}
	for _, scope := range []access.Scope{s.Org, s.Globex} {
		first, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: scope, Query: page.Query{Limit: &one}})
		if err != nil {
			t.Fatal(err)
		}
		binding := []string{"list-members", s.Ada.User.ID, scope.String(), ""}
		testbed.CheckCursors(t, first.NextCursor, binding, list(s.Ada, scope, ""), map[string]func(string) error{
			"another Admin's list": list(abe, scope, ""),
			"another brand":        list(s.Ada, s.Initech, ""),
			"another filter":       list(s.Ada, scope, access.Admin),
			"another list": func(cursor string) error {
				_, err := s.MyAccess().Do(t.Context(), s.Ada.Caller, member.MyAccessInput{Query: page.Query{Cursor: cursor}})
				return err
			},
		})
	}
}

// TestListMembersWithMuchToSay has items so large that DynamoDB ends a page early, after one megabyte.
func TestListMembersWithMuchToSay(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	const many = 120
	original := s.Item("ORG#"+s.ID, "MEMBER#"+s.Dan.User.ID)
	original["padding"] = map[string]any{"S": strings.Repeat("x", 20_000)}
	s.Copies(original, many, []string{s.Dan.User.ID}, func(int) []string { return []string{"usr_" + s.NewID()} })
	limit := page.MaxLimit
	var all []member.Membership
	for _, items := range testbed.Pages(t, func(cursor string) (page.List[member.Membership], error) {
		return s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: s.Org, Query: page.Query{Limit: &limit, Cursor: cursor}})
	}) {
		all = append(all, items...)
	}
	seen := map[string]bool{}
	for _, m := range all {
		seen[m.User.ID] = true
	}
	if len(all) != many+4 || len(seen) != len(all) {
		t.Errorf("listed %d, %d different ones, want %d", len(all), len(seen), many+4)
	}
}

// TestListMembersFresh shows that what one just changed is seen at once, while the indexes know nothing of it, and once when they have caught up.
func TestListMembersFresh(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	if err := proxy.DelayIndexes(t.Context(), testbed.TableName(), time.Hour, false); err != nil {
		t.Fatal(err)
	}
	ada, grace := bed.Someone("Ada"), bed.Someone("Grace")
	org, brands := bed.Organization(ada.Caller, "Acme", "Globex")
	bed.Join(ada, brands[0], access.Viewer, grace)
	list := func(scope access.Scope, role access.Role, fresh ...string) []string {
		t.Helper()
		got, err := bed.ListMembers().Do(t.Context(), ada.Caller, member.ListInput{Scope: scope, Role: role, Fresh: fresh})
		if err != nil {
			t.Fatal(err)
		}
		return shown(got.Items)
	}
	scope := access.Organization(org.ID)
	access1 := func(fresh ...access.Scope) int {
		t.Helper()
		got, err := bed.MyAccess().Do(t.Context(), grace.Caller, member.MyAccessInput{Fresh: fresh})
		if err != nil {
			t.Fatal(err)
		}
		return len(got.Items)
	}
	lagging := [][]string{list(scope, ""), list(brands[0].Scope(), "")}
	fresh := [][]string{
		list(scope, "", grace.User.ID), list(brands[0].Scope(), "", grace.User.ID), list(brands[0].Scope(), access.Viewer, grace.User.ID),
		list(brands[0].Scope(), access.Admin, grace.User.ID), list(scope, "", "usr_unknown", grace.User.ID),
	}
	if diff := cmp.Diff([][]string{{}, {}}, lagging); diff != "" {
		t.Errorf("the index does not lag, so this test shows nothing: %s", diff)
	}
	if diff := cmp.Diff([]int{0, 1}, []int{access1(), access1(scope)}); diff != "" {
		t.Errorf("Grace's access: %s", diff)
	}
	want := [][]string{{"member Grace"}, {"viewer Grace"}, {"viewer Grace"}, {}, {"member Grace"}}
	if diff := cmp.Diff(want, fresh); diff != "" {
		t.Error(diff)
	}
	proxy.StopDelay()
	if diff := cmp.Diff([]string{"admin Ada", "member Grace"}, list(scope, "")); diff != "" {
		t.Errorf("the index has not caught up: %s", diff)
	}
	// Nobody is there twice.
	if diff := cmp.Diff([]string{"member Grace", "admin Ada"}, list(scope, "", grace.User.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestListInputValidate(t *testing.T) {
	t.Parallel()
	zero := 0
	for _, c := range []struct {
		name string
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		{"nothing", member.ListInput{Scope: access.Organization("org_1")}, nil},
		{"a role", member.ListInput{Scope: access.Organization("org_1"), Role: access.Member}, nil},
		{"a role of brands", member.ListInput{Scope: access.Organization("org_1"), Role: access.Viewer}, []string{"?role unknown_role"}},
		{"a role of organizations", member.ListInput{Scope: access.Brand("org_1", "brd_1"), Role: access.Member}, []string{"?role unknown_role"}},
		{"all wrong", member.ListInput{Scope: access.Organization("org_1"), Role: "boss", Query: page.Query{Limit: &zero}}, []string{"?limit out_of_range", "?role unknown_role"}},
		{"my access", member.MyAccessInput{Query: page.Query{Limit: &zero}}, []string{"?limit out_of_range"}},
		{"get", member.GetInput{}, nil},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
