package access

import (
	"prism-access/internal/fault"
)

// Standing is what one consistent round of reads says about a person in a scope: whether the scope is there, and what they are in it.
// The zero Standing may do nothing.
type Standing struct {
	Scope     Scope
	ScopeName string
	Exists    bool // the scope, and the organization above it, is there and not deleted
	Person    Person
	Role      Role            // in the organization; empty for somebody who is not in it
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
	if scope.Kind() == KindBrand {
		if s.Role == Admin {
			return All(KindBrand)
		}
		return PermissionsOf(KindBrand, s.Brands[scope.Brand])
	}
	return PermissionsOf(scope.Kind(), s.Role)
}

// Holds reports whether the person has the permission in s.Scope.
func (s Standing) Holds(permission Permission) bool { return s.Permissions()[permission] }

// Require returns nil when the person has the permission in s.Scope. Whoever may not even read the scope gets
// fault.NotFound, as if it did not exist; whoever may gets fault.Forbidden naming what is missing (R19).
func (s Standing) Require(permission Permission) error {
	held := s.Permissions()
	switch {
	case held[permission]:
		return nil
	case !held[Read]:
		return fault.Unknown()
	default:
		return MissingPermissions(permission)
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
