// Package brand holds the brands of an organization.
package brand

import "prism-access/internal/access"

// MaxBrands is how many brands an organization can have (R27).
const MaxBrands = 1000

// Brand belongs to one organization.
type Brand struct {
	ID           string         `json:"id"`
	Organization string         `json:"organization"`
	Name         string         `json:"name"`
	Version      int            `json:"version"`
	Actions      access.Actions `json:"actions"`
}

// Scope returns the brand as a scope.
func (b Brand) Scope() access.Scope { return access.Brand(b.Organization, b.ID) }

// as returns the brand as somebody with this standing in the organization sees it.
func (b Brand) as(standing access.Standing) Brand {
	standing.Scope = b.Scope()
	manage := access.ActionFrom(standing.Require(access.ManageUsers))
	own := access.ActionFrom(mayManage(standing))
	b.Actions = access.Actions{
		"update": own, "delete": own, "create_invitation": manage, "list_members": manage, "list_invitations": manage,
		"list_audit_log": access.ActionFrom(standing.Require(access.ViewAudit)),
	}
	return b
}
