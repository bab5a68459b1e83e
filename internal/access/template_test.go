package access

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTemplates: what they count for, written down from the design and not from the table.
func TestTemplates(t *testing.T) {
	t.Parallel()
	want := map[string][]Permission{
		"Member":              {"read", "view_assets", "view_computations", "view_role_users"},
		"Viewer":              {"read", "view_assets", "view_computations"},
		"Computation Manager": {"create_computation", "manage_computations", "read", "run_computation", "view_assets", "view_computations"},
		"Data Analyst":        {"read", "run_computation", "upload_assets", "view_assets", "view_computations"},
		"ML Engineer":         {"create_computation", "link_assets", "read", "run_computation", "update_assets", "upload_assets", "view_assets", "view_computations"},
		"Auditor":             {"read", "view_assets", "view_audit", "view_billing", "view_computations", "view_role_users"},
	}
	got := map[string][]Permission{}
	for _, template := range Templates() {
		got[template.Name] = Effective(KindWorkspace, template.Permissions...).Sorted()
		if found, known := TemplateOf(template.Key); !known || found.Name != template.Name {
			t.Errorf("%s is found as %q, %v", template.Key, found.Name, known)
		}
		if template.Description == "" {
			t.Errorf("%s does not say what it may do", template.Name)
		}
		order := slices.DeleteFunc(Catalogue(KindWorkspace), func(d Definition) bool { return !slices.Contains(template.Permissions, d.Key) })
		if len(order) != len(template.Permissions) {
			t.Errorf("%s names permissions that there are not: %v", template.Name, template.Permissions)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, known := TemplateOf("admin"); known {
		t.Error("Admin is built in, and no template")
	}
}
