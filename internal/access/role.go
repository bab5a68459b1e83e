package access

import (
	"slices"
	"sync"
)

// Role is the id of a named set of permissions in one kind of scope.
type Role string

// The built-in roles. They can be neither changed nor deleted (R1).
const (
	Admin     Role = "admin"     // organization, brand and workspace
	Member    Role = "member"    // organization
	Publisher Role = "publisher" // brand
	Viewer    Role = "viewer"    // brand
)

var builtIn = map[Kind]map[Role][]Permission{
	KindOrganization: {
		Admin:  {Read, ManageUsers, ManageBrands, ManageSettings, ViewAudit},
		Member: {Read},
	},
	KindBrand: {
		Admin:     {Read, Publish, ManageUsers, ViewAudit},
		Publisher: {Read, Publish},
		Viewer:    {Read},
	},
	KindWorkspace: {
		Admin: keys(workspacePermissions),
	},
}

func keys(definitions []Definition) []Permission {
	all := make([]Permission, len(definitions))
	for i, definition := range definitions {
		all[i] = definition.Key
	}
	return all
}

// roleOrder lists the roles of a kind from the most to the least powerful, which is also the order of lists.
var roleOrder = map[Kind][]Role{
	KindOrganization: {Admin, Member},
	KindBrand:        {Admin, Publisher, Viewer},
	KindWorkspace:    {Admin},
}

// Roles returns the built-in roles of a kind of scope, most powerful first.
func Roles(kind Kind) []Role { return slices.Clone(roleOrder[kind]) }

// Valid reports whether the id of a role is one that can stand in keys.
func (r Role) Valid() bool { return isID(string(r)) }

// IsRole reports whether the role is built into that kind of scope.
func IsRole(kind Kind, role Role) bool { return slices.Contains(roleOrder[kind], role) }

// PermissionsOf returns what a built-in role may do in its kind of scope; nothing for an unknown role. The set is not to be changed: all who ask get
// the same.
func PermissionsOf(kind Kind, role Role) Set { return effective()[kind][role] }

// effective are the sets of the built-in roles, made when the first is asked for: a list asks for some of each person in it.
var effective = sync.OnceValue(func() map[Kind]map[Role]Set {
	all := map[Kind]map[Role]Set{}
	for kind, roles := range builtIn {
		all[kind] = map[Role]Set{}
		for role, chosen := range roles {
			all[kind][role] = Effective(kind, chosen...)
		}
	}
	return all
})

// Higher returns the more powerful of two roles of a kind. An unknown or empty role is the least (R17: accepting never lowers).
func Higher(kind Kind, a, b Role) Role {
	for _, role := range roleOrder[kind] {
		if role == a || role == b {
			return role
		}
	}
	return a
}
