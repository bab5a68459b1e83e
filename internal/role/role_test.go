package role_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

func TestSkeleton(t *testing.T) {
	t.Parallel()
	b := testbed.New(t)
	ada := b.Someone("Ada")
	w := b.Workspace(ada, "Lab")
	t.Log(b.Item("WORKSPACE#"+w.ID, "WORKSPACE"))
	b.Role(ada, w, "Viewer", "view_assets", access.Read)
	t.Log(b.Item("WORKSPACE#"+w.ID, "WORKSPACE"))
	b.Role(ada, w, "Editor", "view_assets", access.ManageRole)
}
