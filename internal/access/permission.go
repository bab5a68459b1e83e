// Package access holds the pure rules of who may do what: the permission catalogue, the built-in roles, the grant ceiling,
// and the Standing that every operation authorizes with. It reads nothing and knows no storage.
package access

import (
	"maps"
	"slices"
)

// Permission is one right in a scope.
type Permission string

// The permissions that operations ask for. The others are in the catalogue alone: other systems ask about them.
const (
	Read           Permission = "read"
	Publish        Permission = "publish"
	ManageUsers    Permission = "manage_users"
	ManageBrands   Permission = "manage_brands"
	ManageSettings Permission = "manage_settings"
	ViewAudit      Permission = "view_audit"

	// Of workspaces.
	Update            Permission = "update"
	Delete            Permission = "delete"
	Enable            Permission = "enable"
	Disable           Permission = "disable"
	ManageRole        Permission = "manage_role"
	ViewRoleUsers     Permission = "view_role_users"
	AddRoleUsers      Permission = "add_role_users"
	RemoveRoleUsers   Permission = "remove_role_users"
	SendInvitations   Permission = "send_invitations"
	ManageInvitations Permission = "manage_invitations"
)

// Definition is one line of the catalogue.
type Definition struct {
	Key         Permission   `json:"key"`
	Group       string       `json:"group"`
	Description string       `json:"description"`
	Implies     []Permission `json:"implies"`
}

var catalogue = map[Kind][]Definition{
	KindOrganization: {
		{Read, "organization", "See the organization and one's own access to it.", nil},
		{ManageUsers, "organization", "Invite, change and remove users of the organization and its brands.", []Permission{Read}},
		{ManageBrands, "organization", "Create, rename and delete brands.", []Permission{Read}},
		{ManageSettings, "organization", "Change the organization's name and settings.", []Permission{Read}},
		{ViewAudit, "organization", "Read the organization's audit log.", []Permission{Read}},
	},
	KindBrand: {
		{Read, "brand", "See the brand.", nil},
		{Publish, "brand", "Publish for the brand.", []Permission{Read}},
		{ManageUsers, "brand", "Invite, change and remove users of the brand.", []Permission{Read}},
		{ViewAudit, "brand", "Read the brand's audit log.", []Permission{Read}},
	},
	KindWorkspace: workspacePermissions,
}

// Catalogue returns the permissions of a kind of scope, in the order in which they are shown.
func Catalogue(kind Kind) []Definition { return slices.Clone(catalogue[kind]) }

// Set is a set of permissions that count: chosen plus implied.
type Set map[Permission]bool

// Effective returns what counts when these permissions are chosen in a kind of scope: themselves and all they imply.
// Permissions that are not in the catalogue grant nothing.
func Effective(kind Kind, chosen ...Permission) Set {
	set := Set{}
	for _, permission := range chosen {
		set.add(kind, permission)
	}
	return set
}

func (s Set) add(kind Kind, permission Permission) {
	for _, definition := range catalogue[kind] {
		if definition.Key != permission || s[permission] {
			continue
		}
		s[permission] = true
		for _, implied := range definition.Implies {
			s.add(kind, implied)
		}
	}
}

// All returns every permission of a kind of scope.
func All(kind Kind) Set {
	set := Set{}
	for _, definition := range catalogue[kind] {
		set[definition.Key] = true
	}
	return set
}

// Widest returns what says all of the set in the fewest lines of the catalogue: what nothing else in it implies.
func (s Set) Widest(kind Kind) []Definition {
	all := catalogue[kind]
	return slices.DeleteFunc(slices.Clone(all), func(one Definition) bool {
		return !s[one.Key] || slices.ContainsFunc(all, func(other Definition) bool { return s[other.Key] && slices.Contains(other.Implies, one.Key) })
	})
}

// Missing returns the permissions of wanted that s lacks, sorted.
func (s Set) Missing(wanted Set) []Permission {
	var missing []Permission
	for permission := range wanted {
		if !s[permission] {
			missing = append(missing, permission)
		}
	}
	slices.Sort(missing)
	return missing
}

// Sorted returns the permissions in alphabetical order.
func (s Set) Sorted() []Permission { return slices.Sorted(maps.Keys(s)) }
