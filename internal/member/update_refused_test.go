package member_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestUpdateOfNothing writes nothing, and answers what is there.
func TestUpdateOfNothing(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	abe := s.Someone("Abe")
	s.Promote(s.Ada, s.ID, abe)
	for _, c := range []struct {
		who   testbed.Someone
		scope access.Scope
		user  testbed.Someone
		wish  member.Wish
	}{
		{s.Ada, s.Org, s.Cleo, wish(access.Member, "", nil)},
		{s.Ada, s.Org, s.Cleo, wish("", "", roles(s.Globex, access.Publisher, s.Initech, none))},
		{s.Ada, s.Org, s.Cleo, wish("", "", map[string]*access.Role{"brd_" + s.NewID(): nil})},
		{s.Ada, s.Org, abe, wish(access.Admin, "admin", nil)},
		{s.Bob, s.Globex, s.Cleo, wish(access.Publisher, "", nil)},
	} {
		s.Unchanged(t, s.ID, func() {
			got, err := s.UpdateMember().Do(t.Context(), c.who.Caller, member.UpdateInput{Scope: c.scope, User: c.user.User.ID, Wish: c.wish})
			if diff := cmp.Diff(get(t, s, c.who, c.scope, c.user.User.ID), got, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Error(c.wish, err, diff)
			}
		})
	}
}

func TestUpdateRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	update := func(user string, w member.Wish) func(context.Context, request.Caller, access.Scope) error {
		return func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.UpdateMember().Do(ctx, caller, member.UpdateInput{Scope: scope, User: user, Wish: w})
			return err
		}
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: update(s.Cleo.User.ID, wish("", "", roles(s.Globex, access.Viewer)))}.Refusals(t)
	testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageUsers, Do: update(s.Cleo.User.ID, wish(access.Viewer, "", nil))}.Refusals(t)

	abe := s.Someone("Abe")
	s.Promote(s.Ada, s.ID, abe)
	gone := s.NewBrand("Gone")
	s.Join(s.Ada, gone, access.Viewer, s.Dan)
	s.DeleteScope(gone.Scope()) // a moment ago: Dan's role in it is still there
	oneself := "Nobody changes their own role. Ask another Admin."
	theirs := "An Organization Admin has every brand. That is changed in the organization, by its Admins."
	bad := func(pointer, code, detail string) *fault.Error {
		return testbed.FaultOf(fault.Fields([]fault.Field{{Pointer: pointer, Code: code, Detail: detail}}))
	}
	const noBrand = "The organization has no such brand."
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		scope access.Scope
		user  string
		match int
		wish  member.Wish
		want  *fault.Error
	}{
		{"an Admin's own", s.Ada, s.Org, "me", 0, wish(access.Member, "", roles(s.Globex, access.Viewer)), fault.New(fault.Conflict, "own_role", oneself)},
		{"an Admin's own by id", s.Ada, s.Org, s.Ada.User.ID, 0, wish(access.Admin, "admin", nil), fault.New(fault.Conflict, "own_role", oneself)},
		{"a Brand Admin's own", s.Bob, s.Globex, "me", 0, wish(access.Viewer, "", nil), fault.New(fault.Conflict, "own_role", oneself)},
		{"an Admin's own in a brand", s.Ada, s.Globex, "me", 0, wish(access.Viewer, "", nil), fault.New(fault.Conflict, "own_role", oneself)},
		{"a Member's own", s.Cleo, s.Org, "me", 0, wish(access.Admin, "admin", nil), access.MissingPermissions(access.ManageUsers)},
		{"a Publisher's own", s.Cleo, s.Globex, "me", 0, wish(access.Admin, "", nil), access.MissingPermissions(access.ManageUsers)},
		{"an Organization Admin in a brand", s.Bob, s.Globex, s.Ada.User.ID, 0, wish(access.Viewer, "", nil), fault.New(fault.Conflict, "organization_admin", theirs)},
		{"an Organization Admin in a brand by another", s.Ada, s.Globex, abe.User.ID, 0, wish(access.Viewer, "", nil), fault.New(fault.Conflict, "organization_admin", theirs)},
		{"an Admin to Member without a brand", s.Ada, s.Org, abe.User.ID, 0, wish(access.Member, "", nil), bad("/brands", "required", "A Member needs at least one brand.")},
		{"an Admin to Member of nothing", s.Ada, s.Org, abe.User.ID, 0, wish(access.Member, "", roles(s.Globex, none)), bad("/brands", "required", "A Member needs at least one brand.")},
		{"brands for an Admin", s.Ada, s.Org, abe.User.ID, 0, wish("", "", roles(s.Globex, access.Viewer)), bad("/brands", "not_allowed", "An Organization Admin has every brand.")},
		{"an unknown brand", s.Ada, s.Org, s.Cleo.User.ID, 0, wish("", "", map[string]*access.Role{"brd_a/b~c": new(access.Viewer)}), bad("/brands/brd_a~1b~0c", "unknown_brand", noBrand)},
		{"a brand of another tenant", s.Ada, s.Org, s.Cleo.User.ID, 0, wish("", "", roles(s.Globex, access.Viewer, s.Hooli, access.Viewer)), bad("/brands/"+s.Hooli.Brand, "unknown_brand", noBrand)},
		{"a brand deleted a moment ago", s.Ada, s.Org, s.Cleo.User.ID, 0, wish("", "", roles(gone.Scope(), access.Viewer)), bad("/brands/"+gone.ID, "unknown_brand", noBrand)},
		{"another role in a brand deleted a moment ago", s.Ada, s.Org, s.Dan.User.ID, 0, wish("", "", roles(gone.Scope(), access.Admin)), bad("/brands/"+gone.ID, "unknown_brand", noBrand)},
		{"in a brand deleted a moment ago", s.Ada, gone.Scope(), s.Dan.User.ID, 0, wish(access.Admin, "", nil), fault.Unknown()},
		{"somebody of another brand", s.Bob, s.Globex, s.Dan.User.ID, 0, wish(access.Viewer, "", nil), fault.Unknown()},
		{"somebody who is not in", s.Ada, s.Org, s.Eve.User.ID, 0, wish(access.Admin, "admin", nil), fault.Unknown()},
		{"nobody", s.Ada, s.Org, "", 0, wish(access.Admin, "admin", nil), fault.Unknown()},
		{"a key", s.Ada, s.Org, "x#" + s.Cleo.User.ID, 0, wish(access.Admin, "admin", nil), fault.Unknown()},
		{"of an earlier version", s.Ada, s.Org, s.Cleo.User.ID, 7, wish(access.Admin, "admin", nil), member.Stale()},
		{"of no version of ours", s.Ada, s.Org, s.Cleo.User.ID, -1, wish(access.Member, "", nil), member.Stale()},
		{"of an earlier version in a brand", s.Bob, s.Globex, s.Cleo.User.ID, 7, wish(access.Viewer, "", nil), member.Stale()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := s.UpdateMember().Do(t.Context(), c.who.Caller, member.UpdateInput{Scope: c.scope, User: c.user, IfMatch: c.match, Wish: c.wish})
				testbed.CheckFault(t, err, c.want)
			})
		})
	}
}

func TestUpdateValidates(t *testing.T) {
	t.Parallel()
	organization, brand := access.Organization("org_1"), access.Brand("org_1", "brd_1")
	viewer := map[string]*access.Role{"brd_1": new(access.Viewer)}
	many := func(n int) map[string]*access.Role {
		wished := map[string]*access.Role{}
		for i := range n {
			wished["brd_"+strconv.Itoa(i)] = nil
		}
		return wished
	}
	for _, c := range []struct {
		scope access.Scope
		wish  member.Wish
		want  []string
	}{
		{organization, member.Wish{Role: access.Member}, nil},
		{organization, member.Wish{Brands: viewer}, nil},
		{organization, member.Wish{Brands: many(90), Reason: strings.Repeat("é", 500)}, nil},
		{organization, member.Wish{Role: access.Admin, Confirm: "\tAdmin "}, nil},
		{brand, member.Wish{Role: access.Admin}, nil},
		{organization, member.Wish{}, []string{"/role required"}},
		{organization, member.Wish{Brands: many(0)}, []string{"/role required"}},
		{organization, member.Wish{Role: access.Viewer}, []string{"/role unknown_role"}},
		{organization, member.Wish{Role: "owner", Reason: strings.Repeat("r", 501)}, []string{"/role unknown_role", "/reason too_long"}},
		{organization, member.Wish{Brands: many(91)}, []string{"/brands too_many_brands"}},
		{organization, member.Wish{Brands: map[string]*access.Role{"a/b": new(access.Member), "c": new(access.Role), "d": new(access.Admin)}}, []string{"/brands/a~1b unknown_role", "/brands/c unknown_role"}},
		{organization, member.Wish{Role: access.Admin}, []string{"/confirm confirmation_required"}},
		{organization, member.Wish{Role: access.Admin, Confirm: "administrator"}, []string{"/confirm confirmation_required"}},
		{organization, member.Wish{Role: access.Admin, Confirm: "admin", Brands: viewer}, []string{"/brands not_allowed"}},
		{brand, member.Wish{}, []string{"/role required"}},
		{brand, member.Wish{Role: access.Member}, []string{"/role unknown_role"}},
		{brand, member.Wish{Role: access.Viewer, Brands: viewer}, []string{"/brands not_allowed"}},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(member.UpdateInput{Scope: c.scope, Wish: c.wish})); diff != "" {
			t.Errorf("%+v: %s", c.wish, diff)
		}
	}
}
