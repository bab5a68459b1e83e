// Package brand holds the brands of an organization.
package brand

import (
	"prism-access/internal/access"
	"prism-access/internal/request"
)

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

// as returns the brand as a caller with this standing in the organization sees it.
func (b Brand) as(caller request.Caller, standing access.Standing) Brand {
	standing.Scope = b.Scope()
	person, reader := caller.SignedIn(), caller.SignedIn(request.ScopeReadMembers)
	manage, own := standing.Require(access.ManageUsers), mayManage(standing)
	b.Actions = access.Actions{
		"update":            access.ActionFrom(person, own),
		"delete":            access.ActionFrom(person, own),
		"create_invitation": access.ActionFrom(person, manage),
		"list_members":      access.ActionFrom(reader, manage),
		"list_invitations":  access.ActionFrom(person, manage),
		"list_audit_log":    access.ActionFrom(reader, standing.Require(access.ViewAudit)),
	}
	return b
}
