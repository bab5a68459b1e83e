package access

import "slices"

// Template is a role as many workspaces want one, to begin a role of one's own with.
type Template struct {
	Key         string
	Name        string
	Description string
	Permissions []Permission // as chosen
}

var templates = []Template{
	{"member", "Member", "Sees computations, assets and who is here.", []Permission{Read, "view_computations", "view_assets", ViewRoleUsers}},
	{"viewer", "Viewer", "Sees computations and assets, and changes nothing.", []Permission{Read, "view_computations", "view_assets"}},
	{"computation_manager", "Computation Manager", "Creates, runs, changes and deletes computations.", []Permission{"manage_computations", "view_assets"}},
	{"data_analyst", "Data Analyst", "Runs computations that others have made, and uploads assets.", []Permission{"run_computation", "view_assets", "upload_assets"}},
	{"ml_engineer", "ML Engineer", "Creates and runs computations, and works on their assets.", []Permission{
		"create_computation", "run_computation", "upload_assets", "link_assets", "update_assets",
	}},
	{"auditor", "Auditor", "Sees everything, the billing and the audit log included, and changes nothing.", []Permission{
		Read, ViewAudit, "view_computations", "view_assets", ViewRoleUsers, "view_billing",
	}},
}

// Templates returns the templates of workspace roles, in the order in which they are offered.
func Templates() []Template { return slices.Clone(templates) }

// TemplateOf returns the template of a key.
func TemplateOf(key string) (Template, bool) {
	at := slices.IndexFunc(templates, func(t Template) bool { return t.Key == key })
	if at < 0 {
		return Template{}, false
	}
	return templates[at], true
}
