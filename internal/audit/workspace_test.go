package audit_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// TestListOfAWorkspace reads its log, in one round, with the names of roles and without anybody's address.
func TestListOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	if _, err := l.UpdateMember().Do(t.Context(), l.Mia.Caller, member.UpdateInput{Scope: l.Scope, User: l.Vic.User.ID, Wish: member.Wish{Role: l.Analyst.ID}}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Viewer.ID, ReassignTo: l.Analyst.ID, Reason: "One role."}); err != nil {
		t.Fatal(err)
	}
	list := func(in audit.ListInput) []audit.Listed {
		t.Helper()
		in.Scope, in.Query = l.Scope, page.Query{Limit: new(100)}
		ctx, meter := telemetry.WithMeter(t.Context())
		got, err := l.ListAuditLog().Do(ctx, l.Ada.Caller, in)
		if err != nil || meter.Rounds() != 1 {
			t.Fatalf("%v, %d rounds", err, meter.Rounds())
		}
		return got.Items
	}
	all := list(audit.ListInput{})
	joined := []string{"MemberAdded", "InvitationAccepted", "InvitationCreated"}
	want := []string{"RoleDeleted", "MemberRoleChanged"}
	for range 3 {
		want = append(want, joined...)
	}
	want = append(want, "RoleCreated", "RoleCreated", "RoleCreated", "MemberAdded", "WorkspaceCreated")
	if diff := cmp.Diff(want, types(all)); diff != "" {
		t.Fatal(diff)
	}
	named := func(r role.Role) any { return map[string]any{"id": string(r.ID), "name": r.Name} }
	changed := all[1]
	wantChange := audit.Listed{
		ID: changed.ID, Type: "MemberRoleChanged", OccurredAt: testbed.Start, Actor: access.Person{ID: l.Mia.User.ID, Name: "Mia"}, Scope: l.Scope,
		Scopes: []access.Scope{l.Scope}, User: &access.Person{ID: l.Vic.User.ID, Name: "Vic", Username: l.Vic.User.Username},
		Before: map[string]any{"role": named(l.Viewer)}, After: map[string]any{"role": named(l.Analyst)}, Via: "direct", Sequence: 2,
		GrantedBy: &access.Person{ID: l.Mia.User.ID, Name: "Mia"}, RequestID: l.Mia.Caller.Request.ID,
	}
	if diff := cmp.Diff(wantChange, changed); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"reassigned_to": named(l.Analyst)}, all[0].After); diff != "" || all[0].Before["name"] != "Viewer" || all[0].Reason != "One role." {
		t.Errorf("the deleted role: %v %s", all[0].Before, diff)
	}
	for _, l := range all { // what is about a role says which
		if strings.HasPrefix(l.Type, "Role") != strings.HasPrefix(string(l.Role), "rol_") || audit.Sheet.Row(l)[slices.Index(audit.Sheet.Header, "role_id")] != string(l.Role) {
			t.Errorf("%s is about the role %q: %q", l.Type, l.Role, audit.Sheet.Row(l))
		}
	}
	if all[0].Role != l.Viewer.ID {
		t.Errorf("the deleted role is %s, want %s", all[0].Role, l.Viewer.ID)
	}
	row := strings.Join(audit.Sheet.Row(changed), ",")
	if text, err := json.Marshal(all); err != nil || strings.Contains(string(text), "@example.com") || strings.Contains(row, "@example.com") {
		t.Errorf("%v, an address is in %s %s", err, text, row)
	}
	if diff := cmp.Diff([]string{"MemberRoleChanged", "MemberAdded", "InvitationAccepted", "InvitationCreated"}, types(list(audit.ListInput{User: l.Vic.User.ID}))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"RoleCreated", "RoleCreated", "RoleCreated"}, types(list(audit.ListInput{Type: "RoleCreated"}))); diff != "" {
		t.Error(diff)
	}
	old := earlier{audit.Found{Standing: access.Standing{Scope: l.Scope, Exists: true, Role: access.Admin}, Entries: []audit.Entry{
		{ID: "1", Type: "MemberRoleChanged", Scope: l.Scope, Data: json.RawMessage(`{"reason":"role_deleted","role_deleted":true}`)},
		{ID: "2", Type: "MemberRoleChanged", Scope: l.Scope, Data: json.RawMessage(`{"reason":"role_deleted"}`)},
	}}}
	got, err := audit.List{Store: old}.Do(t.Context(), l.Ada.Caller, audit.ListInput{Scope: l.Scope})
	if err != nil || len(got.Items) != 2 || got.Items[0].Reason != "" || got.Items[1].Reason != "role_deleted" {
		t.Errorf("of roles deleted before that had a reason: %+v, %v", got.Items, err)
	}
	for _, c := range []struct {
		who  testbed.Someone
		want *fault.Error
	}{{l.Mia, access.MissingPermissions(access.ViewAudit)}, {l.Eve, fault.Unknown()}} {
		_, err := l.ListAuditLog().Do(t.Context(), c.who.Caller, audit.ListInput{Scope: l.Scope})
		testbed.CheckFault(t, err, c.want)
	}
	auditor := l.Newcomer(l.Role(l.Ada, l.Workspace, "Auditor", access.ViewAudit).ID)
	if _, err := l.ListAuditLog().Do(t.Context(), auditor.Caller, audit.ListInput{Scope: l.Scope}); err != nil {
		t.Error(err)
	}
	l.DeleteScope(l.Scope)
	_, err = l.ListAuditLog().Do(t.Context(), l.Ada.Caller, audit.ListInput{Scope: l.Scope})
	testbed.CheckFault(t, err, fault.Unknown())
}

// earlier is a log that earlier code has written.
type earlier struct{ found audit.Found }

func (e earlier) Entries(context.Context, audit.Read) (audit.Found, error) { return e.found, nil }
