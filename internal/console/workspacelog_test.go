package console

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// TestAuditLogOfAWorkspace: all that can happen in a workspace is said in words, with roles by name.
func TestAuditLogOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	scope, ctx, by := l.in.Scope(), t.Context(), l.Ada.Caller
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.UpdateWorkspace().Do(ctx, by, workspace.UpdateInput{Scope: scope, Name: "Genome"}))
	must(l.DisableWorkspace().Do(ctx, by, workspace.SwitchInput{Scope: scope, Reason: "Audit"}))
	must(l.EnableWorkspace().Do(ctx, by, workspace.SwitchInput{Scope: scope}))
	must(l.UpdateRole().Do(ctx, by, role.UpdateInput{
		Scope: scope, ID: l.analyst.ID, Name: new("Scientist"), Description: new("Runs things"), Permissions: []access.Permission{"view_computations", "view_assets"},
	}))
	l.offers(t, l.analyst.ID, l.Someone("Grace"))
	must(l.UpdateMember().Do(ctx, by, member.UpdateInput{Scope: scope, User: l.vic.User.ID, Wish: member.Wish{Role: l.keeper.ID, Reason: "Promoted"}}))
	must(l.UpdateMember().Do(ctx, by, member.UpdateInput{Scope: scope, User: l.vic.User.ID, Wish: member.Wish{Role: l.analyst.ID}}))
	must(l.DeleteRole().Do(ctx, by, role.DeleteInput{Scope: scope, ID: l.analyst.ID, ReassignTo: l.keeper.ID}))
	l.settle(t)
	page := l.as(t, l.Ada).open("/workspaces/" + l.in.ID + "/audit-log")
	var got [][]string
	for _, row := range rows(page) {
		got = append(got, row[:4])
	}
	want := [][]string{
		{"Role changed of Vic", "Scientist → becomes Keeper", "Prism", "Directly Their role was deleted"},
		{"Role deleted Scientist", "In its place : Keeper", "Ada", "–"},
		{"Role changed of Vic", "Keeper → becomes Scientist", "Ada", "Directly"},
		{"Role changed of Vic", "Scientist → becomes Keeper", "Ada", "Directly Promoted"},
		{"Invited Grace", "Scientist", "Ada", "–"},
		{"Role edited Scientist", "Name : Analyst → becomes Scientist Description : none → becomes Runs things Permissions added : View assets Permissions removed : Run computation", "Ada", "–"},
		{"Workspace enabled", "–", "Ada", "–"},
		{"Workspace disabled", "–", "Ada", "Audit"},
		{"Workspace renamed Genome", "Name : Genomics → becomes Genome", "Ada", "–"},
		{"Role created Analyst", "Permissions added : Read, View computations and Run computation", "Ada", "–"},
		{"Role created Keeper", "Permissions added : Read, View computations, Run computation, View assets, Upload assets and Manage role", "Ada", "–"},
		{"Added Ada", "No access → becomes Admin", "Ada", "Created the workspace"},
		{"Workspace created Genomics", "–", "Ada", "–"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	options := page.texts("option")
	for said, is := range map[string]bool{"Role edited": true, "Workspace disabled": true, "Brand renamed": false, "Access asked for": false, "Settings changed": false} {
		if got := slices.Contains(options, said); got != is {
			t.Errorf("%s can be chosen: %v", said, got)
		}
	}
	ada := l.as(t, l.Ada)
	if got := rows(ada.open("/workspaces/" + l.in.ID + "/audit-log?user=" + l.vic.User.ID + "&type=MemberRoleChanged")); len(got) != 3 {
		t.Errorf("about Vic: %q", got)
	}
	ada.open("/workspaces/"+l.in.ID+"/users/"+l.vic.User.ID).says(t, "Changed from Scientist to Keeper", "Their role was deleted", "Promoted")
	l.as(t, l.kim).get("/workspaces/"+l.in.ID+"/audit-log").expect(t, http.StatusForbidden)
}

// TestAuditLogWithoutSeeingMembers: whoever may read the log and not see who is in finds nobody by name, and is told.
func TestAuditLogWithoutSeeingMembers(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	auditor := l.Role(l.Ada, l.in, "Auditor", access.ViewAudit)
	aud := l.Someone("Aud")
	l.Seat(l.Ada, l.in, auditor.ID, aud)
	path := "/workspaces/" + l.in.ID + "/audit-log"
	l.as(t, aud).get(path+"?actor=ada").expect(t, http.StatusUnprocessableEntity).says(t, "You may not see who is here, so nobody is found by name.")
	if got := rows(l.as(t, aud).open(path + "?type=RoleCreated")); len(got) != 3 {
		t.Errorf("got %q", got)
	}
}
