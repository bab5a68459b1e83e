package testbed

import "prism-access/internal/access"

// reasons are the sentences of the codes that refuse to edit a member.
var reasons = map[string]string{
	"permission_missing": "Your role does not allow this.",
	"own_role":           "Nobody changes their own role. Ask another Admin.",
	"organization_admin": "An Organization Admin has every brand. That is changed in the organization, by its Admins.",
	"last_admin":         "An organization always keeps one Admin.",
}

// Edits returns the actions of a membership for whoever is refused an update and the removal with these codes; an empty one allows it.
func Edits(update, remove string) access.Actions {
	action := func(code string) access.Action {
		return access.Action{Allowed: code == "", Code: code, Reason: reasons[code], Missing: map[string]string{"permission_missing": "manage_users"}[code]}
	}
	return access.Actions{"update": action(update), "remove": action(remove)}
}
