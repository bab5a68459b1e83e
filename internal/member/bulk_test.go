package member_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func selected(people ...testbed.Someone) []member.Selected {
	var all []member.Selected
	for _, one := range people {
		all = append(all, member.Selected{ID: one.User.ID})
	}
	return all
}

// outcomes returns what became of each person, as "outcome" or the code of the error.
func outcomes(out member.BulkOutput) []string {
	var list []string
	for _, r := range out.Results {
		if r.Error != nil {
			if r.Outcome != member.Failed || r.Membership != nil {
				list = append(list, "an error, and "+string(r.Outcome))
			}
			list = append(list, r.Error.Code)
			continue
		}
		list = append(list, string(r.Outcome))
	}
	return list
}

// review is a scene with two further Admins, Abe and Tess.
type review struct {
	*testbed.Scene
	abe, tess testbed.Someone
}

func newReview(bed *testbed.Bed) review {
	c := review{Scene: bed.Scene(), abe: bed.Someone("Abe"), tess: bed.Someone("Tess")}
	c.Promote(c.Ada, c.ID, c.abe, c.tess)
	return c
}

// downgrade is what an access review ends with: some are Members with Viewer in Initech from now on, whatever they were, and out of Globex.
func (c review) downgrade(members []member.Selected) member.BulkUpdateInput {
	return member.BulkUpdateInput{
		Scope: c.Org, Members: members, Role: access.Member, Brands: roles(c.Globex, none, c.Initech, access.Viewer), Reason: " Access review ",
	}
}

// TestBulkUpdate changes Admins and Members in one call: each for themselves, and in full or not at all. Before, a dry run says the same.
func TestBulkUpdate(t *testing.T) {
	t.Parallel()
	c := newReview(testbed.New(t))
	in := c.downgrade([]member.Selected{
		{ID: c.abe.User.ID, Version: 1},
		{ID: c.Ada.User.ID},
		{ID: c.Cleo.User.ID, Version: 7},
		{ID: c.Bob.User.ID},
		{ID: c.Dan.User.ID, Version: 1},
		{ID: c.Eve.User.ID},
		{ID: c.tess.User.ID},
		{ID: "me"},
		{ID: "x#LOG"},
	})
	want := []string{"changed", "own_role", "stale_version", "changed", "unchanged", "not_found", "changed", "own_role", "not_found"}
	var dry member.BulkOutput
	in.DryRun = true
	c.Unchanged(t, c.ID, func() {
		var err error
		if dry, err = c.BulkUpdate().Do(t.Context(), c.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	if diff := cmp.Diff(want, outcomes(dry)); diff != "" || !dry.Failed() {
		t.Errorf("dry: %s", diff)
	}
	in.DryRun = false
	cleo, bob := get(t, c.Scene, c.Ada, c.Org, c.Cleo.User.ID), get(t, c.Scene, c.Ada, c.Org, c.Bob.User.ID)
	var out member.BulkOutput
	log := c.Appended(c.Org, func() {
		var err error
		if out, err = c.BulkUpdate().Do(t.Context(), c.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	if diff := cmp.Diff(dry, out); diff != "" {
		t.Errorf("what was said would happen, and what has: %s", diff)
	}
	for i, r := range out.Results {
		if r.ID != in.Members[i].ID {
			t.Errorf("number %d is %s", i, r.ID)
		}
		if r.Error == nil {
			if diff := cmp.Diff(get(t, c.Scene, c.Ada, c.Org, r.ID), *r.Membership); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(c.Scene, 1, access.Viewer)}}, r.Membership.Grant()); diff != "" {
				t.Error(diff)
			}
		}
	}
	if diff := cmp.Diff(&bob, out.Results[3].Before); diff != "" {
		t.Errorf("Bob before: %s", diff)
	}
	if diff := cmp.Diff(cleo, get(t, c.Scene, c.Ada, c.Org, c.Cleo.User.ID)); diff != "" {
		t.Errorf("Cleo was stale: %s", diff)
	}
	if admins(c.Scene) != "1" || len(log) != 3 {
		t.Errorf("%s Admins, logged %v", admins(c.Scene), testbed.Types(log))
	}
	for i, user := range []testbed.Someone{c.abe, c.Bob, c.tess} {
		fact, _ := log[i].Fact.(event.MemberRoleChanged)
		if log[i].User != user.User.ID || log[i].Actor != c.Ada.User.ID || fact.Reason != "Access review" || !fact.Notify {
			t.Errorf("logged %+v", log[i])
		}
	}
}

// TestBulkRules are those of single changes.
func TestBulkRules(t *testing.T) {
	t.Parallel()
	c := newReview(testbed.New(t))
	c.GiveBrands(c.ID, c.Dan.User.ID, 90)
	c.SetRole(c.ID, c.Bob.User.ID, access.Admin) // and the count does not know
	for name, row := range map[string]struct {
		in   member.BulkUpdateInput
		want []string
	}{
		"an Admin needs a brand": {member.BulkUpdateInput{Members: selected(c.abe, c.Cleo), Role: access.Member}, []string{"invalid_input", "unchanged"}},
		"an Admin has all brands": {
			member.BulkUpdateInput{Members: selected(c.abe, c.Cleo), Brands: roles(c.Globex, access.Viewer)}, []string{"invalid_input", "changed"},
		},
		"an unknown brand": {
			member.BulkUpdateInput{Members: selected(c.abe, c.Cleo), Role: access.Member, Brands: roles(c.Hooli, access.Viewer)}, []string{"invalid_input", "invalid_input"},
		},
		"too many brands": {member.BulkUpdateInput{Members: selected(c.Dan, c.Cleo), Brands: roles(c.Initech, access.Viewer)}, []string{"too_many_brands", "changed"}},
	} {
		row.in.Scope, row.in.DryRun = c.Org, true
		out, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, row.in)
		if diff := cmp.Diff(row.want, outcomes(out)); err != nil || diff != "" {
			t.Error(name, err, diff)
		}
	}
	// With the count of Admins at 3, of the four Admins here the last one stays whatever the rules decide.
	out, err := c.BulkUpdate().Do(t.Context(), c.Ada.Caller, c.downgrade(selected(c.abe, c.tess, c.Bob, c.Cleo)))
	if diff := cmp.Diff([]string{"changed", "changed", "last_admin", "changed"}, outcomes(out)); err != nil || diff != "" || admins(c.Scene) != "1" {
		t.Errorf("%v %s, %s Admins", err, diff, admins(c.Scene))
	}
}

func TestBulkValidates(t *testing.T) {
	t.Parallel()
	scope := access.Organization("org_1")
	people := func(n int) []member.Selected {
		var all []member.Selected
		for i := range n {
			all = append(all, member.Selected{ID: "usr_" + strconv.Itoa(i)})
		}
		return all
	}
	for _, c := range []struct {
		members []member.Selected
		role    access.Role
		brands  map[string]*access.Role
		want    []string
	}{
		{people(1), access.Member, nil, nil},
		{people(100), "", roles(access.Brand("org_1", "brd_1"), none), nil},
		{nil, access.Member, nil, []string{"/members out_of_range"}},
		{people(101), access.Member, nil, []string{"/members out_of_range"}},
		{[]member.Selected{{ID: "a"}, {}, {ID: "a", Version: -1}}, access.Member, nil, []string{"/members/1/id required", "/members/2/id duplicate", "/members/2/version out_of_range"}},
		{people(1), access.Admin, nil, []string{"/role not_allowed"}},
		{people(1), access.Viewer, nil, []string{"/role unknown_role"}},
		{people(1), "", nil, []string{"/role required"}},
		{people(1), "", map[string]*access.Role{"brd_1": new(access.Member)}, []string{"/brands/brd_1 unknown_role"}},
	} {
		in := member.BulkUpdateInput{Scope: scope, Members: c.members, Role: c.role, Brands: c.brands}
		if diff := cmp.Diff(c.want, testbed.Bad(in)); diff != "" {
			t.Errorf("%d members: %s", len(c.members), diff)
		}
		if c.role != access.Member {
			continue
		}
		if diff := cmp.Diff(c.want, testbed.Bad(member.BulkRemoveInput{Scope: scope, Members: c.members})); diff != "" {
			t.Errorf("removing %d members: %s", len(c.members), diff)
		}
	}
}

func TestBulkRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, dry := range []bool{false, true} {
		update := func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.BulkUpdate().Do(ctx, caller, member.BulkUpdateInput{Scope: scope, Members: selected(s.Cleo), Brands: roles(s.Globex, access.Viewer), DryRun: dry})
			return err
		}
		remove := func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.BulkRemove().Do(ctx, caller, member.BulkRemoveInput{Scope: scope, Members: selected(s.Cleo), DryRun: dry})
			return err
		}
		testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: update}.Refusals(t)
		testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: remove}.Refusals(t)
		testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageUsers, Do: remove}.Refusals(t)
	}
}

// TestBulkRemove takes people out of a brand by its Admin, and out of the organization.
func TestBulkRemove(t *testing.T) {
	t.Parallel()
	c := newReview(testbed.New(t))
	hal := c.Someone("Hal")
	c.Join(c.Ada, c.Brands[0], access.Viewer, hal)
	for _, step := range []struct {
		who     testbed.Someone
		scope   access.Scope
		members []member.Selected
		want    []string
		log     []testbed.Someone
	}{
		{
			c.Bob, c.Globex, selected(c.Cleo, c.abe, c.Bob, c.Dan, hal),
			[]string{"changed", "organization_admin", "own_role", "not_found", "changed"},
			[]testbed.Someone{c.Cleo, hal},
		},
		{
			c.Ada, c.Org, append(selected(c.Cleo, c.abe, c.Ada, c.Eve, hal), member.Selected{ID: c.Dan.User.ID, Version: 2}),
			[]string{"changed", "changed", "own_role", "not_found", "changed", "stale_version"},
			[]testbed.Someone{c.Cleo, c.abe, hal},
		},
	} {
		in := member.BulkRemoveInput{Scope: step.scope, Members: step.members, Reason: "Access review", DryRun: true}
		c.Unchanged(t, c.ID, func() {
			dry, err := c.BulkRemove().Do(t.Context(), step.who.Caller, in)
			if diff := cmp.Diff(step.want, outcomes(dry)); err != nil || diff != "" {
				t.Errorf("dry: %v %s", err, diff)
			}
		})
		in.DryRun = false
		log := c.Appended(c.Org, func() {
			out, err := c.BulkRemove().Do(t.Context(), step.who.Caller, in)
			if diff := cmp.Diff(step.want, outcomes(out)); err != nil || diff != "" || out.Results[0].Membership != nil || out.Results[2].Error.Message != "Nobody removes themselves this way. Leave instead." {
				t.Errorf("%v %s, of themselves: %+v", err, diff, out.Results[2])
			}
		})
		if len(log) != len(step.log) {
			t.Fatalf("logged %v", testbed.Types(log))
		}
		for i, one := range step.log {
			fact, _ := log[i].Fact.(event.MemberRemoved)
			if log[i].User != one.User.ID || log[i].Scope != step.scope || fact.Left || !fact.Notify || fact.Reason != "Access review" {
				t.Errorf("logged %+v", log[i])
			}
			_, err := c.GetMember().Do(t.Context(), step.who.Caller, member.GetInput{Scope: step.scope, User: one.User.ID})
			testbed.CheckFault(t, err, fault.Unknown())
		}
	}
	if admins(c.Scene) != "2" {
		t.Errorf("%s Admins", admins(c.Scene))
	}
}
