package access

import "encoding/json"

// Person is somebody as others see them; what the reader may not see is empty. A client, another system that is a member like a person, has a
// ClientID in place of address and username.
type Person struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
	ClientID string `json:"client_id,omitempty"`
}

// System acts when nobody does: an invitation expires by itself.
var System = Person{ID: "system", Name: "Prism Access"}

// In returns the person as they are known in a scope: in a workspace, where people are let in by username, without the address.
func (p Person) In(scope Scope) Person {
	if scope.Kind() == KindWorkspace {
		p.Email = ""
	}
	return p
}

// BrandRole is a role in one brand of an organization.
type BrandRole struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Grant is what a membership holds or an invitation offers: a role, and a role per brand for an organization's Member.
type Grant struct {
	Role     Role
	RoleName string // in a workspace
	Brands   []BrandRole
}

type grant struct {
	Role   *NamedRole  `json:"role,omitempty"`
	Brands []BrandRole `json:"brands,omitempty"`
}

// MarshalJSON returns what is granted, the role of a workspace with its name.
func (g Grant) MarshalJSON() ([]byte, error) {
	shown := grant{Brands: g.Brands}
	if g.Role != "" {
		shown.Role = &NamedRole{ID: g.Role, Name: g.RoleName}
	}
	return json.Marshal(shown)
}

// UnmarshalJSON reads it back.
func (g *Grant) UnmarshalJSON(text []byte) error {
	var read grant
	err := json.Unmarshal(text, &read)
	*g = Grant{Brands: read.Brands}
	if read.Role != nil {
		g.Role, g.RoleName = read.Role.ID, read.Role.Name
	}
	return err
}
