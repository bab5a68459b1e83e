// Package member holds who is in which scope with which role, and the questions asked about it.
package member

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/page"
)

// Via is how somebody got a role.
type Via string

// The ways in.
const (
	ViaCreator    Via = "creator"
	ViaInvitation Via = "invitation"
	ViaRequest    Via = "request"
	ViaDirect     Via = "direct"
)

// MaxBrands is how many brands one member can have (R27).
const MaxBrands = 90

// BrandGrant is a member's role in one brand, and who gave it.
type BrandGrant struct {
	access.BrandRole
	GrantedBy access.Person `json:"granted_by"`
	GrantedAt time.Time     `json:"granted_at"`
	JoinedAt  time.Time     `json:"joined_at"` // when the person got into the brand, whatever the role was then
	Via       Via           `json:"via"`
	// Version is the one of the whole membership that brought this role, and the version of the membership in the brand: what happens to
	// the person in other brands changes nothing there. 0 in what was stored before grants had one.
	Version int `json:"-"`
}

// Membership is somebody's role in a scope. In a brand's list, Scope is the brand and Role the role there.
type Membership struct {
	User      access.Person  `json:"user"`
	Scope     access.Scope   `json:"scope"`
	ScopeName string         `json:"scope_name"`
	Role      access.Role    `json:"role"`
	RoleName  string         `json:"-"`                // in a workspace; answers show it with the role
	Brands    []BrandGrant   `json:"brands,omitempty"` // of an organization's Member, by name
	GrantedBy access.Person  `json:"granted_by"`
	GrantedAt time.Time      `json:"granted_at"`
	JoinedAt  time.Time      `json:"joined_at"`
	Via       Via            `json:"via"`
	Version   int            `json:"version"`
	Actions   access.Actions `json:"actions"`
	// ScopeStatus is "enabled" or "disabled" where somebody lists the workspaces that they are in.
	ScopeStatus string `json:"scope_status,omitempty"`
	// MailsStopped is why mails to the member have stopped, where get-member tells that.
	MailsStopped *MailStop `json:"mails_stopped,omitempty"`
	// OrganizationAdmin marks, in a brand, somebody who has it as an Admin of its organization (R5).
	OrganizationAdmin bool `json:"organization_admin,omitempty"`
	// Admins is how many Admins the organization or workspace has, 0 when that was not read.
	Admins int `json:"-"`
	// Workspace is what was read of the workspace that it is in: zero in an organization.
	Workspace Workspace `json:"-"`
	// Alias is the id of a deleted role that the item still has, and that means Role (R18); empty otherwise.
	Alias access.Role `json:"-"`
	// LeftBrands are brands that the person has left by themselves: they are asked before they get in again (R23).
	LeftBrands []string `json:"-"`
}

// MarshalJSON returns the membership with its role, in a workspace by id and name.
func (m Membership) MarshalJSON() ([]byte, error) {
	type fields Membership
	return json.Marshal(struct {
		*fields
		Role access.NamedRole `json:"role"`
	}{(*fields)(&m), access.NamedRole{ID: m.Role, Name: m.RoleName}})
}

// UnmarshalJSON reads it back.
func (m *Membership) UnmarshalJSON(text []byte) error {
	type fields Membership
	read := struct {
		*fields
		Role access.NamedRole `json:"role"`
	}{fields: (*fields)(m)}
	err := json.Unmarshal(text, &read)
	m.Role, m.RoleName = read.Role.ID, read.Role.Name
	return err
}

// Workspace is what the standing of a workspace's members depends on besides their roles.
type Workspace struct {
	Roles    access.CustomRoles
	Disabled bool
}

// Of returns the membership of the workspace with what its role is now and is called, and who gave it: of a role that has taken the place of another
// one, whoever deleted that one (R18).
func (m Membership) Of(workspace Workspace) Membership {
	m.Workspace = workspace
	if m.Role == "" {
		return m
	}
	stored := m.Role
	now, last := workspace.Roles.Follow(stored)
	if m.RoleName = workspace.Roles.Name(stored); now != stored {
		m.give(now, m.RoleName, Given{By: last.DeletedBy, At: last.DeletedAt, Via: ViaDirect})
		m.Alias = stored
	}
	return m
}

// StoredRole returns the role that the item has.
func (m Membership) StoredRole() access.Role {
	if m.Alias != "" {
		return m.Alias
	}
	return m.Role
}

// HasRole reports whether the member has a role, be it as what a deleted one means, or as the deleted one that the item still has (R18).
func (m Membership) HasRole(role access.Role) bool { return role == m.Role || role == m.StoredRole() }

// CountsAsAdmin reports whether the Admins that are counted include this one (R20): who is Admin because another role was deleted is counted when
// the item says so. The Admin who always stays is a person.
func (m Membership) CountsAsAdmin() bool {
	return m.StoredRole() == access.Admin && m.User.ClientID == ""
}

// give gives the membership another role.
func (m *Membership) give(role access.Role, name string, given Given) {
	m.Role, m.RoleName, m.Alias = role, name, ""
	m.GrantedBy, m.GrantedAt, m.Via = access.Person{ID: given.By.ID, Name: given.By.Name}, given.At, given.Via
}

// Grant returns what the membership holds.
func (m Membership) Grant() access.Grant {
	grant := access.Grant{Role: m.Role, RoleName: m.RoleName}
	for _, brand := range m.Brands {
		grant.Brands = append(grant.Brands, brand.BrandRole)
	}
	return grant
}

// Standing returns the membership as what its holder may do in scope.
func (m Membership) Standing(scope access.Scope, exists bool) access.Standing {
	standing := access.Standing{Scope: scope, ScopeName: m.ScopeName, Exists: exists, Person: m.User, Role: m.Role, Version: m.Version, Admins: m.Admins, Roles: m.Workspace.Roles, Disabled: m.Workspace.Disabled}
	if len(m.Brands) > 0 {
		standing.Brands = make(map[string]access.Role, len(m.Brands))
		for _, brand := range m.Brands {
			standing.Brands[brand.ID] = brand.Role
		}
	}
	return standing
}

// In returns an organization's membership as it counts in a scope of that organization, nil when it does not.
func (m *Membership) In(scope access.Scope) *Membership {
	if m == nil || scope.Kind() != access.KindBrand {
		return m
	}
	in := *m
	in.Scope, in.Brands, in.LeftBrands = scope, nil, nil
	if m.Role == access.Admin {
		in.OrganizationAdmin = true
		return &in
	}
	for _, b := range m.Brands {
		if b.ID == scope.Brand {
			in.Role, in.GrantedBy, in.GrantedAt, in.JoinedAt, in.Via = b.Role, b.GrantedBy, b.GrantedAt, b.JoinedAt, b.Via
			if b.Version != 0 {
				in.Version = b.Version
			}
			return &in
		}
	}
	return nil
}

// HasLeft reports whether the person has left the scope, a brand of the organization, by themselves.
func (m Membership) HasLeft(scope access.Scope) bool {
	return slices.Contains(m.LeftBrands, scope.Brand)
}

// Left is what is known of somebody who was in an organization once.
type Left struct {
	Themselves bool     // they left by themselves: they are asked before they get in again (R4)
	Version    int      // of their last membership; the next one goes on from it, so that subscribers can tell what is newer
	Brands     []string // those that they had left by themselves before
}

// Asks reports whether the person is to be asked before they get into the scope again: they left it, or its organization, by themselves.
func (l Left) Asks(scope access.Scope) bool {
	return l.Themselves || slices.Contains(l.Brands, scope.Brand)
}

// Change is a membership before and after. Before is nil for somebody who joins, After has no role for somebody who is out.
type Change struct {
	Before     *Membership
	After      Membership
	Themselves bool // who is out has left by themselves
}

// Touched returns the brands in which the person's role is another one than before.
func (c Change) Touched() []access.Scope {
	before := map[string]access.Role{}
	if c.Before != nil {
		for _, brand := range c.Before.Brands {
			before[brand.ID] = brand.Role
		}
	}
	var touched []access.Scope
	for _, brand := range c.After.Brands {
		if before[brand.ID] != brand.Role {
			touched = append(touched, access.Brand(c.After.Scope.Organization, brand.ID))
		}
		delete(before, brand.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		touched = append(touched, access.Brand(c.After.Scope.Organization, id))
	}
	return touched
}

// Given is who gave something, when and how.
type Given struct {
	By  access.Person
	At  time.Time
	Via Via
}

// Add returns the change that gives a person what is offered in an organization or a workspace, on top of what they hold there (R17).
// before is nil for somebody who is not in it, then left is what is known of an earlier time. Changed reports whether anything is added.
func Add(before *Membership, left Left, person access.Person, root access.Scope, name string, offer access.Grant, given Given) (change Change, changed bool) {
	person = person.In(root)
	after := Membership{User: person, Scope: root, ScopeName: name, Version: left.Version, LeftBrands: left.Brands}
	if before != nil {
		after = *before
		after.User, after.ScopeName = person, name
	}
	held := after.Grant()
	merged := access.Merge(held, offer)
	by := access.Person{ID: given.By.ID, Name: given.By.Name}
	if before == nil {
		after.JoinedAt = given.At
	}
	if before == nil || merged.Role != held.Role {
		after.give(merged.Role, merged.RoleName, given)
		changed = true
	}
	brands := make([]BrandGrant, 0, len(merged.Brands))
	for _, brand := range merged.Brands {
		at := slices.IndexFunc(after.Brands, func(b BrandGrant) bool { return b.ID == brand.ID })
		if at >= 0 && after.Brands[at].Role == brand.Role {
			brands = append(brands, after.Brands[at])
			continue
		}
		grant := BrandGrant{BrandRole: brand, GrantedBy: by, GrantedAt: given.At, JoinedAt: given.At, Via: given.Via, Version: after.Version + 1}
		if at >= 0 { // another role, in the same stay
			grant.JoinedAt = after.Brands[at].JoinedAt
		}
		brands = append(brands, grant)
		changed = true
	}
	after.setBrands(brands)
	after.Version++
	return Change{Before: before, After: after}, changed
}

// Among returns the membership with those of its brands alone that exist, and their present names; existing maps ids to names.
func (m Membership) Among(existing map[string]string) Membership {
	var brands []BrandGrant
	for _, b := range m.Brands {
		if name, exists := existing[b.ID]; exists {
			b.Name = name
			brands = append(brands, b)
		}
	}
	m.setBrands(brands)
	return m
}

// setBrands gives the membership its brands, by name. Who is in a brand has not left it.
func (m *Membership) setBrands(brands []BrandGrant) {
	page.Sort(brands, func(a, b BrandGrant) int {
		return strings.Compare(strings.ToLower(a.Name)+a.ID, strings.ToLower(b.Name)+b.ID)
	})
	m.Brands = brands
	m.LeftBrands = slices.DeleteFunc(slices.Clone(m.LeftBrands), func(id string) bool {
		return m.Role == access.Admin || slices.ContainsFunc(brands, func(b BrandGrant) bool { return b.ID == id })
	})
}
