package access

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the kind of a scope.
type Kind string

// The kinds of scope. KindUser is the scope of events about a person, nobody has a role in it.
const (
	KindOrganization Kind = "organization"
	KindBrand        Kind = "brand"
	KindWorkspace    Kind = "workspace"
	KindUser         Kind = "user"
)

// Scope is what one can have a role in. Its text form is its path: organizations/org_1/brands/brd_2. The zero Scope is none.
type Scope struct {
	Organization string // also set for a brand
	Brand        string
	Workspace    string
	User         string
}

// Organization returns the scope of an organization.
func Organization(id string) Scope { return Scope{Organization: id} }

// Brand returns the scope of a brand of an organization.
func Brand(organization, id string) Scope { return Scope{Organization: organization, Brand: id} }

// Workspace returns the scope of a workspace.
func Workspace(id string) Scope { return Scope{Workspace: id} }

// User returns the scope of events about a person.
func User(id string) Scope { return Scope{User: id} }

// Kind says what kind of scope it is.
func (s Scope) Kind() Kind {
	switch {
	case s.Brand != "":
		return KindBrand
	case s.Organization != "":
		return KindOrganization
	case s.Workspace != "":
		return KindWorkspace
	default:
		return KindUser
	}
}

// Root is the scope that owns the data: the organization of a brand, else the scope itself.
func (s Scope) Root() Scope {
	s.Brand = ""
	return s
}

// String returns the path.
func (s Scope) String() string {
	switch s.Kind() {
	case KindBrand:
		return "organizations/" + s.Organization + "/brands/" + s.Brand
	case KindOrganization:
		return "organizations/" + s.Organization
	case KindWorkspace:
		return "workspaces/" + s.Workspace
	default:
		return "users/" + s.User
	}
}

// ParseScope reads a path. It checks the shape, not whether the scope exists.
func ParseScope(path string) (Scope, error) {
	parts := strings.Split(path, "/")
	if slices.Contains(parts, "") {
		return Scope{}, fmt.Errorf("scope %q: an empty part", path)
	}
	switch {
	case len(parts) == 4 && parts[0] == "organizations" && parts[2] == "brands":
		return Brand(parts[1], parts[3]), nil
	case len(parts) == 2 && parts[0] == "organizations":
		return Organization(parts[1]), nil
	case len(parts) == 2 && parts[0] == "workspaces":
		return Workspace(parts[1]), nil
	case len(parts) == 2 && parts[0] == "users":
		return User(parts[1]), nil
	}
	return Scope{}, fmt.Errorf("scope %q: not of the form organizations/{id}, organizations/{id}/brands/{id} or workspaces/{id}", path)
}

// Valid reports whether the scope is one whose ids can stand in keys: short, and made of the characters of ids only.
func (s Scope) Valid() bool {
	switch s.Kind() {
	case KindBrand:
		return isID(s.Organization) && isID(s.Brand)
	case KindOrganization:
		return isID(s.Organization)
	case KindWorkspace:
		return isID(s.Workspace)
	default:
		return isID(s.User)
	}
}

// maxID is longer than any id of ours.
const maxID = 64

func isID(text string) bool {
	return text != "" && len(text) <= maxID && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// MarshalText returns the path.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a path.
func (s *Scope) UnmarshalText(text []byte) error {
	parsed, err := ParseScope(string(text))
	*s = parsed
	return err
}
