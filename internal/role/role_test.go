package role_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

func TestSkeleton(t *testing.T) {
	t.Parallel()
	b := testbed.New(t)
	ada, grace := b.Someone("Ada"), b.Someone("Grace")
	w := b.Workspace(ada, "Lab")
	viewer := b.Role(ada, w, "Viewer", "view_assets", access.Read)
	b.Role(ada, w, "Editor", "view_assets", access.ManageRole)
	b.Seat(ada, w, viewer.ID, grace)
	got, err := b.GetWorkspace().Do(t.Context(), grace.Caller, workspace.GetInput{Scope: w.Scope()})
	t.Logf("%+v %v", got, err)
	m, err := b.GetMember().Do(t.Context(), ada.Caller, member.GetInput{Scope: w.Scope(), User: grace.User.ID})
	t.Logf("%+v %v", m, err)
	t.Log(b.Item("WORKSPACE#"+w.ID, "WORKSPACE"))
}
