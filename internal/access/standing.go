package access

import (
	"maps"
	"slices"

	"prism-access/internal/fault"
)

// Standing is what one consistent round of reads says about a person in a scope: whether the scope is there, and what they are in it.
// The zero Standing may do nothing.
type Standing struct {
	Scope     Scope
	ScopeName string
	RootName  string // of the organization of a brand; else that of the scope
	Exists    bool   // the scope, and the organization above it, is there and not deleted
	Disabled  bool   // a workspace that nobody can work in until it is enabled (R29)
	Person    Person
	Role      Role            // in the organization or the workspace; empty for somebody who is not in it
	Roles     CustomRoles     // of the workspace
	RolesAt   int             // counts the changes of Roles, so that a transaction can check that they are as they were read
	Brands    map[string]Role // brand id -> role
	Admins    int             // how many the scope's root has; 0 when nobody asked
	Version   int             // of the member item, so that a transaction can check that nothing changed since
}

// Permissions returns what the person may do in s.Scope.
func (s Standing) Permissions() Set { return s.PermissionsIn(s.Scope) }

// PermissionsIn returns what the person may do in a scope of the same root: the organization, or one of its brands.
// An Organization Admin has all of every brand.
func (s Standing) PermissionsIn(scope Scope) Set {
	if !s.Exists || s.Role == "" || scope.Root() != s.Scope.Root() {
		return Set{}
	}
	switch scope.Kind() {
	case KindBrand:
		if s.Role == Admin {
			return PermissionsOf(KindBrand, Admin)
		}
		return PermissionsOf(KindBrand, s.Brands[scope.Brand])
	case KindWorkspace:
		held := s.Roles.Permissions(s.Role)
		if s.Disabled {
			maps.DeleteFunc(held, func(p Permission, _ bool) bool { return p != Read && p != Enable && p != Delete })
		}
		return held
	default:
		return PermissionsOf(scope.Kind(), s.Role)
	}
}

// PermissionsOf returns what a role counts for in the standing's organization or workspace.
func (s Standing) PermissionsOf(role Role) Set {
	if s.Scope.Kind() == KindWorkspace {
		return s.Roles.Permissions(role)
	}
	return PermissionsOf(KindOrganization, role)
}

// May returns nil when the person may do the deeds in s.Scope, else what Require returns.
func (s Standing) May(deeds ...Deed) error {
	var needs []Permission
	for _, deed := range deeds {
		needs = append(needs, deed.In(s.Scope.Kind()))
	}
	return s.Require(needs...)
}

// Enabled returns nil, or the 409 of a workspace that is disabled.
func (s Standing) Enabled() error {
	if s.Exists && s.Disabled {
		return fault.New(fault.Conflict, "scope_disabled", "This workspace is disabled. Nobody can work in it until it is enabled.")
	}
	return nil
}

// Holds reports whether the person has the permission in s.Scope.
func (s Standing) Holds(permission Permission) bool { return s.Permissions()[permission] }

// Require returns nil when the person has the permissions in s.Scope. Whoever may not even read the scope gets
// fault.NotFound, as if it did not exist; whoever may gets fault.Forbidden naming all that is missing (R19), or in a disabled workspace
// fault.Conflict with code scope_disabled (R29).
func (s Standing) Require(permissions ...Permission) error {
	held := s.Permissions()
	missing := slices.DeleteFunc(slices.Compact(permissions), func(needed Permission) bool { return held[needed] })
	switch {
	case len(missing) == 0:
		return nil
	case !held[Read]:
		return fault.Unknown()
	case s.Disabled:
		return s.Enabled()
	default:
		return MissingPermissions(missing...)
	}
}

// MissingPermissions is the 403 that names what the caller lacks.
func MissingPermissions(missing ...Permission) *fault.Error {
	err := fault.New(fault.Forbidden, "permission_missing", "Your role does not allow this.")
	for _, permission := range missing {
		err.Missing = append(err.Missing, string(permission))
	}
	return err
}

// RoleName returns what a role of the standing's workspace is called; empty elsewhere, where roles are built in.
func (s Standing) RoleName(role Role) string {
	if s.Scope.Kind() != KindWorkspace || role == "" {
		return ""
	}
	return s.Roles.Name(role)
}

// UnknownRole is the field of a role that a workspace does not have.
func UnknownRole() fault.Field {
	return fault.Field{Pointer: "/role", Code: "unknown_role", Detail: "There is no such role here."}
}
