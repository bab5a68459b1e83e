package boot

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/access"
	"prism-access/internal/httpapi"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

func ofWorkspace(w workspace.Workspace) int { return w.Version }
func ofRole(r role.Role) int                { return r.Version }
func ofRoleOutcome(o role.Outcome) int      { return o.Role.Version }

// statusOfDeletedRole is 204, and 200 for a dry run, which has something to say.
func statusOfDeletedRole(o role.Outcome) int {
	if o.Effect != nil {
		return http.StatusOK
	}
	return http.StatusNoContent
}

// CreateWorkspace is the function create-workspace.
func CreateWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Workspace]{
		Operation: "create-workspace", Status: created[workspace.Workspace], Version: ofWorkspace,
		Location: func(w workspace.Workspace) string { return w.Scope().String() },
	}, e.CreateWorkspace().Do)
}

// GetWorkspace is the function get-workspace.
func GetWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Workspace]{Operation: "get-workspace", Version: ofWorkspace}, e.GetWorkspace().Do)
}

// UpdateWorkspace is the function update-workspace.
func UpdateWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Workspace]{Operation: "update-workspace", Version: ofWorkspace}, e.UpdateWorkspace().Do)
}

// EnableWorkspace is the function enable-workspace.
func EnableWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Workspace]{Operation: "enable-workspace", Version: ofWorkspace}, e.EnableWorkspace().Do)
}

// DisableWorkspace is the function disable-workspace.
func DisableWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Workspace]{Operation: "disable-workspace", Version: ofWorkspace}, e.DisableWorkspace().Do)
}

// DeleteWorkspace is the function delete-workspace.
func DeleteWorkspace(e *Env) lambda.Handler {
	return api(e, httpapi.Route[workspace.Deleted]{
		Operation: "delete-workspace", Status: func(workspace.Deleted) int { return http.StatusNoContent },
	}, e.DeleteWorkspace().Do)
}

// ListPermissions is the function list-permissions.
func ListPermissions(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[access.Definition]]{Operation: "list-permissions"}, role.Permissions{}.Do)
}

// ListRoles is the function list-roles.
func ListRoles(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[role.Role]]{Operation: "list-roles"}, e.ListRoles().Do)
}

// CreateRole is the function create-role.
func CreateRole(e *Env) lambda.Handler {
	return api(e, httpapi.Route[role.Role]{Operation: "create-role", Status: created[role.Role], Version: ofRole}, e.CreateRole().Do)
}

// GetRole is the function get-role.
func GetRole(e *Env) lambda.Handler {
	return api(e, httpapi.Route[role.Role]{Operation: "get-role", Version: ofRole}, e.GetRole().Do)
}

// UpdateRole is the function update-role.
func UpdateRole(e *Env) lambda.Handler {
	return api(e, httpapi.Route[role.Outcome]{Operation: "update-role", Version: ofRoleOutcome}, e.UpdateRole().Do)
}

// DeleteRole is the function delete-role.
func DeleteRole(e *Env) lambda.Handler {
	return api(e, httpapi.Route[role.Outcome]{Operation: "delete-role", Status: statusOfDeletedRole}, e.DeleteRole().Do)
}
