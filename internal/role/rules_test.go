package role

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

func bad(fields []fault.Field) []string {
	var all []string
	for _, field := range fields {
		all = append(all, field.Pointer+" "+field.Code)
	}
	return all
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long, odd := strings.Repeat("é", 501), access.Permission("publish")
	chosen := []access.Permission{access.Read}
	for name, c := range map[string]struct {
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		"nothing":                  {CreateInput{}, []string{"/name required", "/permissions required"}},
		"no permission":            {CreateInput{Name: "Viewer", Permissions: []access.Permission{}}, []string{"/permissions required"}},
		"unknown permissions":      {CreateInput{Name: "Viewer", Permissions: []access.Permission{access.Read, odd, ""}}, []string{"/permissions/1 unknown_permission", "/permissions/2 unknown_permission"}},
		"too long":                 {CreateInput{Name: long[:202], Description: long, Permissions: chosen}, []string{"/name too_long", "/description too_long"}},
		"as long as it may be":     {CreateInput{Name: long[:200], Description: " " + long[:1000] + " ", Permissions: chosen}, nil},
		"a change of nothing":      {UpdateInput{}, []string{" nothing_to_change"}},
		"a change to nothing":      {UpdateInput{Name: new(""), Permissions: []access.Permission{}}, []string{"/name required", "/permissions required"}},
		"a change of one thing":    {UpdateInput{Description: new("")}, nil},
		"a change too long":        {UpdateInput{Description: &long, Permissions: []access.Permission{odd}}, []string{"/description too_long", "/permissions/0 unknown_permission"}},
		"a role in its own place":  {DeleteInput{ID: "rol_1", ReassignTo: "rol_1"}, []string{"?reassign_to same_role"}},
		"a role for a long reason": {DeleteInput{ID: "rol_1", Reason: strings.Repeat("x", 501)}, []string{"?reason too_long"}},
		"a role in another place":  {DeleteInput{ID: "rol_1", ReassignTo: "rol_2"}, nil},
	} {
		if diff := cmp.Diff(c.want, bad(c.in.Validate())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestChosenIsStoredOnceAndInOrder: what is implied is no choice.
func TestChosenIsStoredOnceAndInOrder(t *testing.T) {
	t.Parallel()
	got := choose([]access.Permission{"upload_assets", access.Read, "upload_assets", access.Update})
	if want := []access.Permission{access.Read, access.Update, "upload_assets"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAdminHasAll(t *testing.T) {
	t.Parallel()
	seen := admin().as(request.Caller{User: "usr_1"}, access.Standing{})
	if len(seen.Permissions) != len(access.Catalogue(access.KindWorkspace)) || !slices.Equal(seen.Permissions, seen.Effective) || !seen.BuiltIn {
		t.Errorf("got %+v", seen)
	}
}

func TestNamesDifferByMoreThanCase(t *testing.T) {
	t.Parallel()
	roles := access.CustomRoles{"rol_1": {Name: "Größe"}, "rol_2": {Name: "Gone", Deleted: true}, "rol_3": {Name: "Moved", Deleted: true, ReassignedTo: "rol_1"}}
	for name, taken := range map[string]bool{"größe": true, "GRÖßE": true, "Grösse": false, "admin": true, "ADMIN": true, "Role deleted": false, "Gone": false, "Moved": false} {
		if got := checkFree(name, "rol_9", roles) != nil; got != taken {
			t.Errorf("%s is taken: %v", name, got)
		}
	}
	if checkFree("größe", "rol_1", roles) != nil {
		t.Error("a role stands in its own way")
	}
}

// TestTracesAreForgotten once nobody can come upon them: no invitation lasts so long, and nobody is stored with them or has them by way of others.
func TestTracesAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	old, recent := now.Add(-traceLife-time.Second), now.Add(-traceLife)
	roles := access.CustomRoles{
		"live":        {Name: "Viewer"},
		"recent":      {Deleted: true, DeletedAt: recent},
		"tombstone":   {Deleted: true, DeletedAt: old},
		"rewritten":   {Deleted: true, DeletedAt: old, ReassignedTo: "live", Rewritten: true},
		"not yet":     {Deleted: true, DeletedAt: old, ReassignedTo: "by way of"},
		"by way of":   {Deleted: true, DeletedAt: old, ReassignedTo: "and another", Rewritten: true},
		"and another": {Deleted: true, DeletedAt: old, ReassignedTo: "live", Rewritten: true},
	}
	if diff := cmp.Diff([]access.Role{"rewritten", "tombstone"}, forgettable(roles, now)); diff != "" {
		t.Error(diff)
	}
	before := map[access.Role]access.Role{}
	for id := range roles {
		before[id] = roles.Resolve(id)
	}
	for _, id := range forgettable(roles, now) {
		delete(roles, id)
	}
	for id := range roles {
		if got := roles.Resolve(id); got != before[id] {
			t.Errorf("%s meant %s, and now %s", id, before[id], got)
		}
	}
}

func TestEffect(t *testing.T) {
	t.Parallel()
	before := access.Effective(access.KindWorkspace, "run_computation", "view_assets")
	after := access.Effective(access.KindWorkspace, "link_assets")
	want := &Effect{Gained: []access.Permission{"link_assets"}, Lost: []access.Permission{"view_computations", "run_computation"}, InUse: InUse{Members: 2}}
	if diff := cmp.Diff(want, effectOf(before, after, InUse{Members: 2})); diff != "" {
		t.Error(diff)
	}
}

func TestInUseInWords(t *testing.T) {
	t.Parallel()
	if err := checkUnused(InUse{}, nil); err != nil {
		t.Errorf("nobody has it: %v", err)
	}
	for want, c := range map[string]struct {
		counts InUse
		moving []string
	}{
		"This role is in use by 1 member and 0 open invitations. Name a role that they have instead.":                                                                         {InUse{1, 0}, nil},
		"This role is in use by 0 members and 1 open invitation. Name a role that they have instead.":                                                                         {InUse{0, 1}, nil},
		"This role is in use by 99 members and 1 open invitation. Name a role that they have instead.":                                                                        {InUse{99, 1}, nil},
		"This role is in use by 99+ members and 99+ open invitations. Name a role that they have instead.":                                                                    {InUse{100, 100}, nil},
		"This role is in use by 0 members and 0 open invitations, and members of deleted roles are still being moved to it (Old, Older). Name a role that they have instead.": {InUse{}, []string{"Old", "Older"}},
	} {
		got, is := errors.AsType[*fault.Error](checkUnused(c.counts, c.moving))
		if !is || got.Message != want || got.Counts["members"] != c.counts.Members || got.Counts["open_invitations"] != c.counts.OpenInvitations {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	roles := access.CustomRoles{
		"old": {Name: "Old", Deleted: true, ReassignedTo: "rol_1"}, "older": {Name: "Older", Deleted: true, ReassignedTo: "rol_2", Rewritten: true},
		"oldest": {Name: "Oldest", Deleted: true, ReassignedTo: "older"}, "gone": {Name: "Gone", Deleted: true}, "rol_1": {Name: "One"}, "rol_2": {Name: "Two"},
	}
	for id, want := range map[access.Role][]string{"rol_1": {"Old"}, "rol_2": {"Oldest"}, "rol_3": nil, "": nil} { // by way of a role whose own members are moved
		if got := roles.MovingTo(id); !slices.Equal(got, want) {
			t.Errorf("%s: %q are moving, want %q", id, got, want)
		}
	}
}
