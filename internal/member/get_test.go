package member_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// by returns a person as who granted something.
func by(one testbed.Someone) access.Person {
	return access.Person{ID: one.User.ID, Name: one.User.Name}
}

// held is what somebody got directly from Ada in one brand of the scene.
func held(s *testbed.Scene, n int, role access.Role) member.BrandGrant {
	return member.BrandGrant{
		BrandRole: access.BrandRole{ID: s.Brands[n].ID, Name: s.Brands[n].Name, Role: role},
		GrantedBy: by(s.Ada), GrantedAt: testbed.Start, JoinedAt: testbed.Start, Via: member.ViaDirect, Version: 1,
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	membership := func(of testbed.Someone, scope access.Scope, name string, role access.Role, via member.Via, actions access.Actions, brands ...member.BrandGrant) member.Membership {
		return member.Membership{
			User: of.User.Person(), Scope: scope, ScopeName: name, Role: role, Brands: brands, GrantedBy: by(s.Ada),
			GrantedAt: testbed.Start, JoinedAt: testbed.Start, Via: via, Version: 1, Actions: actions, OrganizationAdmin: scope != s.Org && of.User.ID == s.Ada.User.ID,
		}
	}
	may, leave, self := testbed.Edits("", ""), testbed.Edits("permission_missing", ""), testbed.Edits("own_role", "")
	bob := func(actions access.Actions) member.Membership {
		return membership(s.Bob, s.Org, "Acme", access.Member, member.ViaDirect, actions, held(s, 0, access.Admin))
	}
	bobInGlobex := func(actions access.Actions) member.Membership {
		return membership(s.Bob, s.Globex, "Globex", access.Admin, member.ViaDirect, actions)
	}
	theirs := testbed.Edits("organization_admin", "organization_admin")
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		scope access.Scope
		user  string
		want  member.Membership
	}{
		{"one's own", s.Bob, s.Org, "me", bob(leave)},
		{"one's own by id", s.Bob, s.Org, s.Bob.User.ID, bob(leave)},
		{"one's own in a brand", s.Bob, s.Globex, "me", bobInGlobex(self)},
		{"by an Organization Admin", s.Ada, s.Org, s.Bob.User.ID, bob(may)},
		{"by an Organization Admin in a brand", s.Ada, s.Globex, s.Bob.User.ID, bobInGlobex(may)},
		{"by a Brand Admin", s.Bob, s.Globex, s.Cleo.User.ID, membership(s.Cleo, s.Globex, "Globex", access.Publisher, member.ViaDirect, may)},
		{"an Organization Admin in a brand", s.Bob, s.Globex, s.Ada.User.ID, membership(s.Ada, s.Globex, "Globex", access.Admin, member.ViaCreator, theirs)},
		{"an Organization Admin's own in a brand", s.Ada, s.Globex, "me", membership(s.Ada, s.Globex, "Globex", access.Admin, member.ViaCreator, testbed.Edits("own_role", "organization_admin"))},
		{"the last Admin's own", s.Ada, s.Org, "me", membership(s.Ada, s.Org, "Acme", access.Admin, member.ViaCreator, testbed.Edits("own_role", "last_admin"))},
		{"a Viewer's own", s.Dan, s.Initech, "me", membership(s.Dan, s.Initech, "Initech", access.Viewer, member.ViaDirect, leave)},
	} {
		got, err := s.GetMember().Do(t.Context(), c.who.Caller, member.GetInput{Scope: c.scope, User: c.user})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Error(c.name, err, diff)
		}
	}
}

func TestGetRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	get := func(user string) func(context.Context, request.Caller, access.Scope) error {
		return func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			_, err := s.GetMember().Do(ctx, caller, member.GetInput{Scope: scope, User: user})
			return err
		}
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: get(s.Ada.User.ID)}.Refusals(t)
	testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageUsers, Do: get(s.Ada.User.ID)}.Refusals(t)

	for name, user := range map[string]string{
		"unknown": "usr_" + s.NewID(), "of another tenant": s.Eve.User.ID, "in another brand only": s.Dan.User.ID, "no id": "",
		"a key": "x#" + s.Cleo.User.ID, "long": strings.Repeat("u", 3000), "odd": "\x00\u202e😀",
	} {
		err := get(user)(t.Context(), s.Ada.Caller, s.Globex)
		if diff := cmp.Diff(fault.Unknown(), testbed.FaultOf(err)); diff != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Their own membership is nothing to those who are not in.
	for _, one := range []testbed.Someone{s.Eve, s.Dan} {
		testbed.CheckFault(t, get("me")(t.Context(), one.Caller, s.Globex), fault.Unknown())
	}
}
