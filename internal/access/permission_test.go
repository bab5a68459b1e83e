package access_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
)

// table is the permission table as the product says it, apart from the code: kind of scope, role, and what the role may do.
var table = map[access.Kind]map[access.Role][]access.Permission{
	access.KindOrganization: {
		access.Admin:  {"manage_brands", "manage_settings", "manage_users", "read", "view_audit"},
		access.Member: {"read"},
	},
	access.KindBrand: {
		access.Admin:     {"manage_users", "publish", "read", "view_audit"},
		access.Publisher: {"publish", "read"},
		access.Viewer:    {"read"},
	},
	access.KindWorkspace: {
		access.Admin: slices.Collect(maps.Keys(workspace)),
	},
}

// workspace is each permission of workspaces, with what it implies besides itself and read.
var workspace = map[access.Permission][]access.Permission{
	"read": nil, "update": nil, "delete": nil, "enable": nil, "disable": nil, "view_audit": nil,
	"view_computations": nil, "create_computation": {"view_computations"}, "run_computation": {"view_computations"},
	"manage_computations": {"create_computation", "run_computation", "view_computations"},
	"view_assets":         nil, "upload_assets": {"view_assets"}, "link_assets": {"view_assets"}, "update_assets": {"view_assets"},
	"send_invitations": nil, "manage_invitations": nil,
	"view_role_users": nil, "manage_role": nil, "add_role_users": {"view_role_users"}, "remove_role_users": {"view_role_users"},
	"view_billing": nil, "manage_billing": {"view_billing"},
	"create_cvms": nil, "remove_cvms": nil, "update_cvms": nil,
}

var (
	kinds = []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace, access.KindUser, "planet"}
	roles = []access.Role{access.Admin, access.Member, access.Publisher, access.Viewer, "", "owner", "Admin"}
)

// holds reports what the table says.
func holds(kind access.Kind, role access.Role, permission access.Permission) bool {
	return slices.Contains(table[kind][role], permission)
}

// everyPermission is each permission of any kind, and some that are none.
func everyPermission() []access.Permission {
	all := []access.Permission{"", "admin", "Read", "manage"}
	for _, kind := range kinds {
		for _, definition := range access.Catalogue(kind) {
			if !slices.Contains(all, definition.Key) {
				all = append(all, definition.Key)
			}
		}
	}
	return all
}

func TestPermissionTable(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		for _, role := range roles {
			got := access.PermissionsOf(kind, role)
			for _, permission := range everyPermission() {
				if got[permission] != holds(kind, role, permission) {
					t.Errorf("%s of %s: %s is %v, want %v", role, kind, permission, got[permission], !got[permission])
				}
			}
			if diff := cmp.Diff(len(table[kind][role]), len(got)); diff != "" {
				t.Errorf("%s of %s holds %v: %s", role, kind, got.Sorted(), diff)
			}
			if _, exists := table[kind][role]; access.IsRole(kind, role) != exists {
				t.Errorf("%s is a role of %s: got %v", role, kind, !exists)
			}
		}
	}
}

// TestAdminHoldsAll also holds for permissions that are still to come.
func TestAdminHoldsAll(t *testing.T) {
	t.Parallel()
	for _, kind := range []access.Kind{access.KindOrganization, access.KindBrand, access.KindWorkspace} {
		if diff := cmp.Diff(access.All(kind), access.PermissionsOf(kind, access.Admin)); diff != "" {
			t.Errorf("Admin of %s: %s", kind, diff)
		}
	}
}

func TestEveryPermissionImpliesRead(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		for _, definition := range access.Catalogue(kind) {
			effective := access.Effective(kind, definition.Key)
			if !effective[definition.Key] || !effective[access.Read] {
				t.Errorf("%s of %s counts as %v, want itself and read", definition.Key, kind, effective.Sorted())
			}
			for _, implied := range definition.Implies {
				if !access.All(kind)[implied] {
					t.Errorf("%s of %s implies %s, which is not in the catalogue", definition.Key, kind, implied)
				}
			}
			if definition.Description == "" || definition.Group == "" {
				t.Errorf("%s of %s is not described", definition.Key, kind)
			}
		}
	}
}

func TestWorkspacePermissionsImply(t *testing.T) {
	t.Parallel()
	if got := len(access.Catalogue(access.KindWorkspace)); got != len(workspace) {
		t.Errorf("there are %d permissions, want %d", got, len(workspace))
	}
	groups := map[string]int{}
	for _, definition := range access.Catalogue(access.KindWorkspace) {
		groups[definition.Group]++
		want := access.Set{definition.Key: true, access.Read: true}
		for _, implied := range workspace[definition.Key] {
			want[implied] = true
		}
		if diff := cmp.Diff(want, access.Effective(access.KindWorkspace, definition.Key)); diff != "" {
			t.Errorf("%s: %s", definition.Key, diff)
		}
	}
	want := map[string]int{
		"workspace management": 6, "computation access": 4, "asset management": 4, "invitation controls": 2, "role administration": 4,
		"billing access": 2, "CVM management": 3,
	}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Error(diff)
	}
}

func TestEffectiveIsWhatIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		if got := access.Effective(kind, "", "admin", "manage", "READ"); len(got) != 0 {
			t.Errorf("what is no permission of %s counts as %v", kind, got.Sorted())
		}
	}
	if got := access.Effective(access.KindOrganization, access.Publish); len(got) != 0 {
		t.Errorf("a brand's permission counts in an organization as %v", got.Sorted())
	}
	got := access.Effective(access.KindBrand, access.Publish, access.ViewAudit, access.Publish).Sorted()
	if diff := cmp.Diff([]access.Permission{"publish", "read", "view_audit"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	held := access.PermissionsOf(access.KindBrand, access.Publisher)
	if diff := cmp.Diff([]access.Permission{"manage_users", "view_audit"}, held.Missing(access.All(access.KindBrand))); diff != "" {
		t.Error(diff)
	}
	if got := held.Missing(held); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
}

// TestCatalogueCannotBeChanged shows that what is handed out is a copy.
func TestCatalogueCannotBeChanged(t *testing.T) {
	t.Parallel()
	access.Catalogue(access.KindBrand)[0].Key = "everything"
	access.Roles(access.KindBrand)[0] = "owner"
	access.All(access.KindBrand)["everything"] = true
	if access.Catalogue(access.KindBrand)[0].Key != access.Read || access.Roles(access.KindBrand)[0] != access.Admin || access.All(access.KindBrand)["everything"] {
		t.Error("the catalogue changed")
	}
}

func TestRolesAreInOrderOfPower(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		order := access.Roles(kind)
		for i, higher := range order {
			for _, lower := range order[i:] {
				if missing := access.PermissionsOf(kind, higher).Missing(access.PermissionsOf(kind, lower)); missing != nil {
					t.Errorf("%s of %s stands above %s and lacks %v", higher, kind, lower, missing)
				}
				for _, pair := range [][2]access.Role{{higher, lower}, {lower, higher}} {
					if got := access.Higher(kind, pair[0], pair[1]); got != higher {
						t.Errorf("the higher of %v in %s: got %s, want %s", pair, kind, got, higher)
					}
				}
			}
			for _, none := range []access.Role{"", "owner"} {
				if access.Higher(kind, none, higher) != higher || access.Higher(kind, higher, none) != higher {
					t.Errorf("%q counts more than %s in %s", none, higher, kind)
				}
			}
		}
	}
}

// TestWidest leaves out what something else in a set implies.
func TestWidest(t *testing.T) {
	t.Parallel()
	held := access.Effective(access.KindWorkspace, "manage_computations", "view_assets")
	var got []access.Permission
	for _, one := range held.Widest(access.KindWorkspace) {
		got = append(got, one.Key)
	}
	if diff := cmp.Diff([]access.Permission{"manage_computations", "view_assets"}, got); diff != "" {
		t.Error(diff)
	}
	if got := access.Effective(access.KindWorkspace, access.Read).Widest(access.KindWorkspace); len(got) != 1 || got[0].Key != access.Read {
		t.Errorf("reading alone: %v", got)
	}
}
