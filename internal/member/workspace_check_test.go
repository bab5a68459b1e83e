package member_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/role"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// TestCheckAccessInWorkspaces: whoever asks is told by which role, who gave it and how, with what is implied counted, in one round.
func TestCheckAccessInWorkspaces(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	yes := func(role access.Role, name string, permission access.Permission, via member.Via) member.CheckResult {
		return member.CheckResult{Verdict: &member.Verdict{Allowed: true, Because: []member.Because{{
			Scope: l.Scope, Role: access.NamedRole{ID: role, Name: name}, Permission: permission, GrantedBy: by(l.Ada), GrantedAt: testbed.Start, Via: via,
		}}}}
	}
	no := func(permission access.Permission) member.CheckResult {
		return member.CheckResult{Verdict: &member.Verdict{Because: []member.Because{}, Missing: permission}}
	}
	client := testbed.Someone{Caller: request.Caller{User: "usr_" + l.NewID(), Scopes: request.ScopeCheck}}
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		check member.Check
		want  member.CheckResult
	}{
		{"Admin", l.Ada, member.Check{Permission: "create_cvms"}, yes(access.Admin, "Admin", "create_cvms", member.ViaCreator)},
		{"chosen", l.Ann, member.Check{Permission: "run_computation"}, yes(l.Analyst.ID, "Analyst", "run_computation", member.ViaInvitation)},
		{"implied", l.Ann, member.Check{Permission: "view_computations"}, yes(l.Analyst.ID, "Analyst", "view_computations", member.ViaInvitation)},
		{"implied by all", l.Vic, member.Check{Permission: access.Read}, yes(l.Viewer.ID, "Viewer", access.Read, member.ViaInvitation)},
		{"lacking", l.Ann, member.Check{Permission: "create_computation"}, no("create_computation")},
		{"a stranger", l.Eve, member.Check{Permission: access.Read}, no(access.Read)},
		{"somebody else", l.Mia, member.Check{User: l.Ann.User.ID, Permission: "run_computation"}, yes(l.Analyst.ID, "Analyst", "run_computation", member.ViaInvitation)},
		{"somebody else, by one who may not see", l.Ann, member.Check{User: l.Vic.User.ID, Permission: access.Read}, member.CheckResult{Error: access.MissingPermissions(access.ViewRoleUsers)}},
		{"somebody else, by a stranger", l.Eve, member.Check{User: l.Ann.User.ID, Permission: access.Read}, no(access.Read)},
		{"somebody, by a client", client, member.Check{User: l.Ann.User.ID, Permission: "view_assets"}, yes(l.Analyst.ID, "Analyst", "view_assets", member.ViaInvitation)},
		{"an unknown workspace", l.Ada, member.Check{Scope: access.Workspace("wsp_" + l.NewID()), Permission: access.Read}, no(access.Read)},
		{"a workspace that cannot be", l.Ada, member.Check{Scope: access.Workspace("w 1"), Permission: access.Read}, no(access.Read)},
		{"another workspace", l.Ada, member.Check{Scope: l.Elsewhere, Permission: access.Read}, no(access.Read)},
	} {
		if c.check.Scope == (access.Scope{}) {
			c.check.Scope = l.Scope
		}
		ctx, meter := telemetry.WithMeter(t.Context())
		got, err := l.CheckAccess().Do(ctx, c.who.Caller, member.CheckInput{Checks: []member.Check{c.check}})
		if diff := cmp.Diff(member.CheckOutput{Results: []member.CheckResult{c.want}}, got); err != nil || diff != "" || meter.Rounds() != 1 {
			t.Errorf("%s: %v, %d rounds %s", c.name, err, meter.Rounds(), diff)
		}
	}
	written, err := json.Marshal(yes(l.Viewer.ID, "Viewer", access.Read, member.ViaInvitation).Because[0].Role)
	if want := fmt.Sprintf(`{"id":%q,"name":"Viewer"}`, l.Viewer.ID); err != nil || string(written) != want {
		t.Errorf("the role is written as %s, %v", written, err)
	}
}

// TestCheckAccessFollowsRoles: what happens to a role, or to who has it, counts from the next question.
func TestCheckAccessFollowsRoles(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	allowed := func(who testbed.Someone, permission access.Permission) bool {
		t.Helper()
		got, err := l.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: l.Scope, Permission: permission}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Allowed
	}
	if !allowed(l.Ann, "run_computation") || allowed(l.Ann, "create_cvms") {
		t.Error("before")
	}
	in := role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Permissions: []access.Permission{"create_cvms"}}
	if _, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
	if allowed(l.Ann, "run_computation") || !allowed(l.Ann, "create_cvms") || !allowed(l.Ann, access.Read) {
		t.Error("the edited role does not count")
	}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID}); err != nil {
		t.Fatal(err)
	}
	if allowed(l.Ann, "create_cvms") || !allowed(l.Ann, "view_computations") {
		t.Error("the role that takes the place of the deleted one does not count")
	}
	if _, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: l.Ann.User.ID}); err != nil {
		t.Fatal(err)
	}
	if allowed(l.Ann, access.Read) {
		t.Error("who was removed may read")
	}
	l.DeleteScope(l.Scope)
	if allowed(l.Ada, access.Read) {
		t.Error("the deleted workspace lets its Admin read")
	}
}
