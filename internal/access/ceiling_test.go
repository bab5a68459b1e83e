package access_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prism-access/internal/access"
	"prism-access/internal/fault"
)

var (
	organization = access.Organization("org_1")
	globex       = access.Brand("org_1", "brd_globex")
	initech      = access.Brand("org_1", "brd_initech")
	scopes       = []access.Scope{organization, globex, initech}

	organizationRoles = []access.Role{"", access.Member, access.Admin, "owner"}
	brandRoles        = []access.Role{"", access.Viewer, access.Publisher, access.Admin, "owner"}
)

// everyGrant is each combination of a role in the organization and in two brands.
func everyGrant() []access.Grant {
	var all []access.Grant
	for _, role := range organizationRoles {
		for _, inGlobex := range brandRoles {
			for _, inInitech := range brandRoles {
				grant := access.Grant{Role: role}
				if inGlobex != "" {
					grant.Brands = append(grant.Brands, access.BrandRole{ID: globex.Brand, Name: "Globex", Role: inGlobex})
				}
				if inInitech != "" {
					grant.Brands = append(grant.Brands, access.BrandRole{ID: initech.Brand, Name: "Initech", Role: inInitech})
				}
				all = append(all, grant)
			}
		}
	}
	return all
}

func standing(scope access.Scope, exists bool, held access.Grant) access.Standing {
	s := access.Standing{Scope: scope, Exists: exists, Role: held.Role, Brands: map[string]access.Role{}}
	for _, brand := range held.Brands {
		s.Brands[brand.ID] = brand.Role
	}
	return s
}

// gives reports, by the table alone, whether somebody who holds a grant has a permission in a scope.
func gives(grant access.Grant, scope access.Scope, permission access.Permission) bool {
	if scope.Kind() == access.KindOrganization {
		return holds(access.KindOrganization, grant.Role, permission)
	}
	if grant.Role == "" {
		return false // the roles in brands are a Member's
	}
	if grant.Role == access.Admin && slices.Contains(table[access.KindBrand][access.Admin], permission) {
		return true
	}
	return grant.Role != access.Admin && offers(grant, scope, permission)
}

// offers reports whether a grant names a permission in a scope, whoever gets it.
func offers(grant access.Grant, scope access.Scope, permission access.Permission) bool {
	if scope.Kind() == access.KindOrganization {
		return holds(access.KindOrganization, grant.Role, permission)
	}
	return slices.ContainsFunc(grant.Brands, func(b access.BrandRole) bool {
		return b.ID == scope.Brand && holds(access.KindBrand, b.Role, permission)
	})
}

// TestStandingFollowsTheTable walks everybody (each role in the organization and in two brands) x each scope asked from x each scope asked
// about x each permission.
func TestStandingFollowsTheTable(t *testing.T) {
	t.Parallel()
	for _, held := range everyGrant() {
		for _, from := range scopes {
			someone, lost := standing(from, true, held), standing(from, false, held)
			for _, in := range scopes {
				got := someone.PermissionsIn(in)
				for _, permission := range everyPermission() {
					if got[permission] != gives(held, in, permission) {
						t.Errorf("%+v has %s in %s: got %v", held, permission, in, got[permission])
					}
				}
				if got := lost.PermissionsIn(in); len(got) != 0 {
					t.Errorf("%+v of a scope that is gone holds %v in %s", held, got.Sorted(), in)
				}
			}
			for _, foreign := range []access.Scope{access.Organization("org_2"), access.Brand("org_2", globex.Brand), {Workspace: "org_1"}, {}, access.User("org_1")} {
				if got := someone.PermissionsIn(foreign); len(got) != 0 {
					t.Errorf("%+v of %s holds %v in %s", held, from, got.Sorted(), foreign)
				}
			}
		}
	}
}

// TestGrantCeiling walks grantors x scopes x offers: nobody grants what they do not hold, and the refusal names exactly what they lack.
func TestGrantCeiling(t *testing.T) {
	t.Parallel()
	refused, granted := 0, 0
	for _, held := range everyGrant() {
		for _, from := range scopes {
			grantor := standing(from, true, held)
			for _, offer := range everyGrant() {
				var lacking []string
				for _, permission := range everyPermission() {
					if slices.ContainsFunc(scopes, func(s access.Scope) bool { return offers(offer, s, permission) && !gives(held, s, permission) }) {
						lacking = append(lacking, string(permission))
					}
				}
				slices.Sort(lacking)
				err := access.CheckCeiling(grantor, offer)
				if lacking == nil {
					granted++
					if err != nil {
						t.Fatalf("%+v offers %+v from %s: %v", held, offer, from, err)
					}
					continue
				}
				refused++
				var got *fault.Error
				if !errors.As(err, &got) || got.Kind != fault.Forbidden || got.Code != "permission_missing" || !slices.Equal(got.Missing, lacking) {
					t.Fatalf("%+v offers %+v from %s: got %v, want a refusal that names %v", held, offer, from, err, lacking)
				}
			}
		}
	}
	if refused == 0 || granted == 0 {
		t.Errorf("%d refused and %d granted, want some of both", refused, granted)
	}
}

// TestNobodyOfAGoneScopeGrants also holds for Admins.
func TestNobodyOfAGoneScopeGrants(t *testing.T) {
	t.Parallel()
	for _, scope := range scopes {
		gone := standing(scope, false, access.Grant{Role: access.Admin})
		if err := access.CheckCeiling(gone, access.Grant{Role: access.Member}); !errors.Is(err, fault.Forbidden) {
			t.Errorf("%s: got %v, want a refusal", scope, err)
		}
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	for _, held := range everyGrant() {
		for _, in := range scopes {
			someone := standing(in, true, held)
			for _, permission := range everyPermission() {
				err := someone.Require(permission)
				want := "nothing"
				switch {
				case gives(held, in, permission):
				case gives(held, in, access.Read):
					want = "permission_missing"
				default:
					want = "not_found"
				}
				if got := codeOf(err); got != want {
					t.Errorf("%+v needs %s in %s: got %s, want %s", held, permission, in, got, want)
				}
				if someone.Holds(permission) != (err == nil) {
					t.Errorf("%+v, %s in %s: Holds and Require differ", held, permission, in)
				}
			}
		}
	}
}

func codeOf(err error) string {
	var known *fault.Error
	switch {
	case err == nil:
		return "nothing"
	case errors.As(err, &known):
		return known.Code
	default:
		return err.Error()
	}
}

// TestActionFrom shows that what is shown says what would be refused.
func TestActionFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		refusal error
		want    access.Action
	}{
		{nil, access.Action{Allowed: true}},
		{fmt.Errorf("resend: %w", fault.New(fault.Conflict, "last_admin", "One Admin stays.")), access.Action{Code: "last_admin", Reason: "One Admin stays."}},
		{errors.New("dial tcp 10.0.0.1: refused"), access.Action{Code: "internal", Reason: "This cannot be done now."}},
	} {
		if diff := cmp.Diff(c.want, access.ActionFrom(c.refusal)); diff != "" {
			t.Errorf("%v: %s", c.refusal, diff)
		}
	}
}

// grants draws what somebody with one of the roles can hold or be offered: roles in up to four brands, each brand once.
func grants(roles ...access.Role) *rapid.Generator[access.Grant] {
	return rapid.Custom(func(t *rapid.T) access.Grant {
		grant := access.Grant{Role: rapid.SampledFrom(roles).Draw(t, "role")}
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"brd_1", "brd_2", "brd_3", "brd_4"}), 0, 4, rapid.ID).Draw(t, "brands")
		for _, id := range ids {
			grant.Brands = append(grant.Brands, access.BrandRole{ID: id, Role: rapid.SampledFrom(brandRoles).Draw(t, "brand role")})
		}
		return grant
	})
}

// TestMergeNeverLowers is R17: who accepts an offer keeps what they hold and gets what is offered, in each scope.
func TestMergeNeverLowers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		held, offered := grants("", access.Member, access.Admin).Draw(t, "held"), grants(access.Member, access.Admin).Draw(t, "offered")
		before := access.Grant{Role: held.Role, Brands: slices.Clone(held.Brands)}
		merged := access.Merge(held, offered)
		everywhere := []access.Scope{organization}
		for _, id := range []string{"brd_1", "brd_2", "brd_3", "brd_4"} {
			everywhere = append(everywhere, access.Brand(organization.Organization, id))
		}
		for _, scope := range everywhere {
			got := standing(scope, true, merged).Permissions()
			for _, source := range []access.Grant{held, offered} {
				if missing := got.Missing(standing(scope, true, source).Permissions()); missing != nil {
					t.Fatalf("%+v and %+v make %+v, which lacks %v in %s", held, offered, merged, missing, scope)
				}
			}
			if scope.Kind() != access.KindBrand || merged.Role == access.Admin {
				continue
			}
			// Nor does it give more than one of both has, given that the person is in the organization now.
			for permission := range got {
				if !offers(held, scope, permission) && !offers(offered, scope, permission) {
					t.Fatalf("%+v and %+v make %+v, which has %s in %s from neither", held, offered, merged, permission, scope)
				}
			}
		}
		if merged.Role == access.Admin && merged.Brands != nil {
			t.Fatalf("an Admin keeps %+v", merged.Brands)
		}
		if diff := cmp.Diff(merged, access.Merge(merged, offered)); diff != "" {
			t.Fatalf("accepting the same twice changes something: %s", diff)
		}
		if diff := cmp.Diff(before, held); diff != "" {
			t.Fatalf("what was held changed under way: %s", diff)
		}
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	brands := func(pairs ...access.Role) []access.BrandRole {
		var out []access.BrandRole
		for i, role := range pairs {
			if role != "" {
				out = append(out, access.BrandRole{ID: fmt.Sprint("brd_", i), Role: role})
			}
		}
		return out
	}
	for name, c := range map[string]struct{ held, offered, want access.Grant }{
		"somebody new": {access.Grant{}, access.Grant{Role: access.Member, Brands: brands(access.Viewer)}, access.Grant{Role: access.Member, Brands: brands(access.Viewer)}},
		"an Admin is made a Member": {
			access.Grant{Role: access.Admin}, access.Grant{Role: access.Member, Brands: brands(access.Publisher)}, access.Grant{Role: access.Admin},
		},
		"a Member is made an Admin": {
			access.Grant{Role: access.Member, Brands: brands(access.Viewer, access.Admin)}, access.Grant{Role: access.Admin}, access.Grant{Role: access.Admin},
		},
		"per brand the higher role stays": {
			access.Grant{Role: access.Member, Brands: brands(access.Admin, access.Viewer)},
			access.Grant{Role: access.Member, Brands: brands(access.Viewer, access.Publisher, access.Viewer)},
			access.Grant{Role: access.Member, Brands: brands(access.Admin, access.Publisher, access.Viewer)},
		},
	} {
		if diff := cmp.Diff(c.want, access.Merge(c.held, c.offered)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
