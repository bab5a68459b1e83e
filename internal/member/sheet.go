package member

import (
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/page"
)

// SheetOf is a list of members of that kind of scope as a CSV file, for reviews of who has access.
func SheetOf(kind access.Kind) page.Sheet[Membership] {
	if kind == access.KindWorkspace {
		return inWorkspace
	}
	return inOrganization
}

const sheetName = "members.csv"

// inWorkspace has no columns for what workspaces do not have: brands, and addresses, by which nobody is known there.
var inWorkspace = page.Sheet[Membership]{
	Name:   sheetName,
	Header: []string{"id", "name", "username", "scope", "role", "role_id", "granted_by", "granted_by_id", "granted_at", "joined_at", "via", "client_id"},
	Row: func(m Membership) []string {
		return []string{
			m.User.ID, m.User.Name, m.User.Username, m.Scope.String(), m.RoleName, string(m.Role),
			m.GrantedBy.Name, m.GrantedBy.ID, m.GrantedAt.UTC().Format(time.RFC3339), m.JoinedAt.UTC().Format(time.RFC3339), string(m.Via),
			m.User.ClientID,
		}
	},
}

// inOrganization is of organizations and brands.
var inOrganization = page.Sheet[Membership]{
	Name: sheetName,
	Header: []string{
		"id", "name", "email", "username", "scope", "role", "organization_admin", "brands", "granted_by", "granted_by_id", "granted_at", "joined_at", "via",
		"granters", "client_id",
	},
	Row: func(m Membership) []string {
		brands := make([]string, len(m.Brands))
		for i, b := range m.Brands {
			brands[i] = b.Name + ": " + string(b.Role)
		}
		granters := make([]string, 0, 1)
		for _, g := range m.Givers() {
			granters = append(granters, g.String())
		}
		everywhere := "no"
		if m.OrganizationAdmin || m.Scope.Kind() == access.KindOrganization && m.Role == access.Admin {
			everywhere = "yes"
		}
		return []string{
			m.User.ID, m.User.Name, m.User.Email, m.User.Username, m.Scope.String(), string(m.Role), everywhere, strings.Join(brands, "; "),
			m.GrantedBy.Name, m.GrantedBy.ID, m.GrantedAt.UTC().Format(time.RFC3339), m.JoinedAt.UTC().Format(time.RFC3339), string(m.Via),
			strings.Join(granters, "; "), m.User.ClientID,
		}
	},
}
