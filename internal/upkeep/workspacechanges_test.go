package upkeep_test

import (
	"fmt"
	"maps"
	"strings"

	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// changes are those of all kinds of scopes.
var changes = func() map[string]change {
	all := maps.Clone(changesOfOrganizations)
	maps.Copy(all, changesOfWorkspaces)
	return all
}()

// heals returns the scene's lab, whose events count, and an open invitation of somebody as Analyst.
func heals(h *healing) (*testbed.Lab, testbed.Someone, invitation.Invitation) {
	l := h.Lab()
	h.labs = append(h.labs, l.ID)
	grace := h.Someone("Grace")
	return l, grace, asks(h.t, l, grace, l.Analyst.ID)
}

// says returns what is wrong with what somebody's open invitation says: the scope, the role, and its id.
func says(l *testbed.Lab, who testbed.Someone, want [3]string) string {
	if got := offers(l, who); len(got) != 1 || got[0] != want {
		return fmt.Sprintf("the invitation says %v\n", got)
	}
	return ""
}

var changesOfWorkspaces = map[string]change{
	"WorkspaceUpdated": func(h *healing) (func() error, func() string) {
		l, grace, _ := heals(h)
		return func() error {
			_, err := h.UpdateWorkspace().Do(h.t.Context(), l.Ada.Caller, workspace.UpdateInput{Scope: l.Scope, Name: "Genome Lab"})
			return err
		}, func() string { return says(l, grace, [3]string{"Genome Lab", "Analyst", string(l.Analyst.ID)}) }
	},
	"RoleUpdated": func(h *healing) (func() error, func() string) {
		l, grace, _ := heals(h)
		return func() error {
			_, err := h.UpdateRole().Do(h.t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Name: new("Data Analyst")})
			return err
		}, func() string { return says(l, grace, [3]string{"Genomics", "Data Analyst", string(l.Analyst.ID)}) }
	},
	"RoleDeleted": func(h *healing) (func() error, func() string) {
		l, grace, _ := heals(h)
		return func() error {
				_, err := h.DeleteRole().Do(h.t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID})
				return err
			}, func() string {
				left := says(l, grace, [3]string{"Genomics", "Viewer", string(l.Viewer.ID)})
				if stored := storedRoles(l)["Ann"]; stored != string(l.Viewer.ID) {
					left += "Ann is stored as " + stored
				}
				return left
			}
	},
	"WorkspaceDeleted": func(h *healing) (func() error, func() string) {
		l, _, made := heals(h)
		return func() error {
				_, err := h.DeleteWorkspace().Do(h.t.Context(), l.Ada.Caller, workspace.DeleteInput{Scope: l.Scope, Confirm: "Genomics"})
				return err
			}, func() string {
				left := strings.Join(entries(l), "\n")
				for name, item := range l.Partitions("WORKSPACE#" + l.ID) {
					switch {
					case strings.HasSuffix(name, " INVITATION#"+made.ID) && testbed.Text(item, "status") == "closed", strings.HasSuffix(name, " WORKSPACE"):
					case strings.Contains(name, " INVITATION#") && testbed.Text(item, "status") == "accepted":
					default:
						left += name + "\n"
					}
				}
				return left
			}
	},
}
