package access_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
)

func TestScopePaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct {
		scope, root access.Scope
		kind        access.Kind
	}{
		"organizations/org_1":              {access.Organization("org_1"), access.Organization("org_1"), access.KindOrganization},
		"organizations/org_1/brands/brd_2": {access.Brand("org_1", "brd_2"), access.Organization("org_1"), access.KindBrand},
		"workspaces/wsp_3":                 {access.Scope{Workspace: "wsp_3"}, access.Scope{Workspace: "wsp_3"}, access.KindWorkspace},
		"users/usr_4":                      {access.User("usr_4"), access.User("usr_4"), access.KindUser},
	} {
		got, err := access.ParseScope(path)
		if err != nil || got != want.scope || got.Root() != want.root || got.Kind() != want.kind || got.String() != path || !got.Valid() {
			t.Errorf("%s: got %+v, %v", path, got, err)
		}
		text, err := json.Marshal(got)
		if err != nil || string(text) != `"`+path+`"` {
			t.Errorf("%s is written %s, %v", path, text, err)
		}
	}
}

func TestScopeRefuses(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", "/", "org_1", "organizations", "organizations/", "organizations//brands/brd_2", "organizations/org_1/", "organizations/org_1/brands",
		"organizations/org_1/brands/", "organizations/org_1/brands/brd_2/", "/organizations/org_1", "brands/brd_2", "organizations/org_1/members/usr_1",
		"Organizations/org_1", "planets/1",
	} {
		got, err := access.ParseScope(path)
		if err == nil || got != (access.Scope{}) {
			t.Errorf("%q: got %+v, want a refusal", path, got)
		}
		var scope access.Scope
		if json.Unmarshal([]byte(`"`+path+`"`), &scope) == nil {
			t.Errorf("%q is read as %+v", path, scope)
		}
	}
}

// TestOddIdsAreNoScope keeps what separates the parts of keys out of ids.
func TestOddIdsAreNoScope(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 3000)
	for _, id := range []string{"", "org_1#LOG", "org_1#BRAND#brd_2", "org 1", "org_ä", "org_😀", "org_1\x00", "org-1", "../org_1", "%23", long} {
		for _, scope := range []access.Scope{access.Organization(id), {Workspace: id}, access.User(id)} {
			if scope.Valid() {
				t.Errorf("%.60q is valid in %s", id, scope.Kind())
			}
		}
		if id != "" && access.Brand("org_1", id).Valid() || access.Brand(id, "brd_1").Valid() {
			t.Errorf("%.60q is valid beside an id that is one", id)
		}
	}
}

// FuzzParseScope: what is read is written alike, and never a brand without its organization.
func FuzzParseScope(f *testing.F) {
	for _, path := range []string{"organizations/org_1", "organizations/org_1/brands/brd_2", "workspaces/w", "users/u", "organizations//brands/b", "", "a/b/c/d", "organizations/#/brands/#"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		scope, err := access.ParseScope(path)
		if err != nil {
			return
		}
		if got := scope.String(); got != path {
			t.Errorf("%q is written %q", path, got)
		}
		if scope.Brand != "" && scope.Organization == "" {
			t.Errorf("%q is a brand of nothing", path)
		}
		again, err := access.ParseScope(scope.Root().String())
		if diff := cmp.Diff(scope.Root(), again); diff != "" || err != nil {
			t.Errorf("the root of %q: %s %v", path, diff, err)
		}
	})
}
