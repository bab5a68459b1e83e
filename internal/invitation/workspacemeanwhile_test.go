package invitation_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
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

// TestRoleDeletedAsTheAcceptCommits deletes the role between the last read of an accept and its transaction, which does not check the workspace's item:
// the grant means what took the role's place from the first request on, or nothing, and is rewritten by the events.
func TestRoleDeletedAsTheAcceptCommits(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	for _, c := range []struct {
		name    string
		instead access.Role // empty: none, and she holds nothing
	}{
		{"for another one", l.Viewer.ID},
		{"for none", ""},
	} {
		gone := l.Role(l.Ada, l.Workspace, "Gone "+c.name, "run_computation")
		grace := l.Someone("Grace")
		i := invite(t, l.Bed, l.Mia, invitation.CreateInput{
			Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: gone.ID},
		})
		log := l.Appended(l.Scope, func() {
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
				op := l.DeleteRole()
				op.Store = uncounted{op.Store}
				_, err := op.Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID, ReassignTo: c.instead})
				must(t, err)
			}))
			_, err := accept(t, l.Bed, grace, i)
			must(t, err)
		})
		if diff := cmp.Diff([]string{"InvitationAccepted", "MemberAdded", "RoleDeleted"}, testbed.Types(log)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		holds := func(when string) {
			t.Helper()
			for _, permission := range []access.Permission{access.Read, "view_assets", "run_computation"} {
				check := member.CheckInput{Check: member.Check{Scope: l.Scope, Permission: permission}}
				want := c.instead != "" && permission != "run_computation"
				if out, err := l.CheckAccess().Do(t.Context(), grace.Caller, check); err != nil || out.Allowed != want {
					t.Errorf("%s, %s: %s is %v, %v", c.name, when, permission, out.Allowed, err)
				}
			}
		}
		holds("at once")
		for _, e := range l.Envelopes(l.ID) {
			if e.DetailType == "RoleDeleted" || e.DetailType == "MemberAdded" {
				must(t, l.Cleaner().Do(t.Context(), e))
			}
		}
		holds("in the end")
		stored := access.Role(testbed.Text(l.MemberItem(l.ID, grace.User.ID), "role"))
		want := c.instead
		if want == "" {
			want = gone.ID
		}
		if stored != want {
			t.Errorf("%s: she is stored as %s, want %s", c.name, stored, want)
		}
	}
}

// uncounted does not see who has a role or is offered it, as an index that lags.
type uncounted struct{ role.ChangeStore }

func (u uncounted) RoleInUse(ctx context.Context, caller string, scope access.Scope, id access.Role, now time.Time) (access.Standing, *role.Role, role.InUse, error) {
	standing, found, _, err := u.ChangeStore.RoleInUse(ctx, caller, scope, id, now)
	return standing, found, role.InUse{}, err
}
