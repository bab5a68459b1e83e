package invitation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestAcceptInWorkspaceMeanwhile changes the workspace between the two reads of an accept: what was read last counts.
func TestAcceptInWorkspaceMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, l *testbed.Lab)
		code   string
		status invitation.Status // empty: there is nothing to see any more
		log    []string
	}{
		"disabled": {func(t *testing.T, l *testbed.Lab) {
			_, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope})
			must(t, err)
		}, "scope_disabled", invitation.Pending, []string{"WorkspaceDisabled", "WorkspaceEnabled"}},
		"its role deleted for another one": {func(t *testing.T, l *testbed.Lab) {
			_, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID})
			must(t, err)
		}, "", invitation.Accepted, []string{"RoleDeleted", "InvitationAccepted", "MemberAdded"}},
		"the inviter gets less": {func(_ *testing.T, l *testbed.Lab) {
			l.SetRole(l.ID, l.Mia.User.ID, l.Viewer.ID)
		}, "invalid_grant", invitation.InvalidGrant, []string{"InvitationInvalidated"}},
		"the role gets more than the inviter has": {func(t *testing.T, l *testbed.Lab) {
			_, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Permissions: []access.Permission{"manage_billing"}})
			must(t, err)
		}, "invalid_grant", invitation.InvalidGrant, []string{"RoleUpdated", "InvitationInvalidated"}},
		"deleted": {func(_ *testing.T, l *testbed.Lab) { l.DeleteScope(l.Scope) }, "scope_deleted", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			l := bed.NewLab()
			grace := l.Someone("Grace")
			i := invite(t, l.Bed, l.Mia, invitation.CreateInput{
				Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: l.Analyst.ID},
			})
			log := l.Appended(l.Scope, func() {
				proxy.Inject("BatchGetItem", 2, tableproxy.Before(func() { c.change(t, l) }))
				m, err := accept(t, l.Bed, grace, i)
				if c.code != "" {
					failsWith(t, err, c.code)
				} else if must(t, err); m.Role != l.Viewer.ID {
					t.Errorf("she is %s", m.Role)
				}
				if c.code == "scope_disabled" {
					_, err := l.EnableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope})
					must(t, err)
				}
			})
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" && len(c.log)+len(log) > 0 {
				t.Error(diff)
			}
			if c.status == "" {
				return
			}
			found, err := l.Get().Do(t.Context(), l.Ada.Caller, invitation.GetInput{Scope: l.Scope, ID: i.ID})
			if err != nil || found.Status != c.status {
				t.Errorf("it is %s, %v", found.Status, err)
			}
		})
	}
}
