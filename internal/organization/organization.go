// Package organization holds organizations: their name, settings and connections.
package organization

import (
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

// ExistingAccounts says what an invitation does when the address has an account already (R4).
type ExistingAccounts string

// The two settings.
const (
	Join ExistingAccounts = "join" // the account joins at once
	Ask  ExistingAccounts = "ask"  // it is asked by a pending invitation
)

// Organization is a company: it has members and brands.
type Organization struct {
	ID                     string           `json:"id"`
	Name                   string           `json:"name"`
	ExistingAccounts       ExistingAccounts `json:"existing_accounts"`
	Connections            []Connection     `json:"connections"`
	ListBrandsToRequesters bool             `json:"list_brands_to_requesters"`
	Version                int              `json:"version"`
	Actions                access.Actions   `json:"actions"`
}

// Connection is a platform through which people ask for access (R21).
type Connection struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
	URL     string `json:"url"`
}

// JoinPage is the name of the connection every organization starts with.
const JoinPage = "Join page"

func (o Organization) settings() event.Settings {
	s := event.Settings{Name: o.Name, ExistingAccounts: string(o.ExistingAccounts), ListBrandsToRequesters: &o.ListBrandsToRequesters}
	for _, c := range o.Connections {
		s.Connections = append(s.Connections, event.ConnectionSetting{ID: c.ID, Name: c.Name, Enabled: c.Enabled})
	}
	return s
}

// as returns the organization as a caller with this standing sees it.
func (o Organization) as(caller request.Caller, standing access.Standing, baseURL string) Organization {
	for i := range o.Connections {
		o.Connections[i].URL = baseURL + "/join/" + o.ID + "?via=" + o.Connections[i].ID
	}
	person, reader := caller.SignedIn(), caller.SignedIn(request.ScopeReadMembers)
	o.Actions = access.Actions{
		"update":               access.ActionFrom(person, standing.Require(access.ManageSettings)),
		"delete":               access.ActionFrom(person, standing.Require(access.ManageSettings)),
		"create_brand":         access.ActionFrom(person, standing.Require(access.ManageBrands)),
		"create_invitation":    access.ActionFrom(person, standing.Require(access.ManageUsers)),
		"list_members":         access.ActionFrom(reader, standing.Require(access.ManageUsers)),
		"list_invitations":     access.ActionFrom(person, standing.Require(access.ManageUsers)),
		"list_access_requests": access.ActionFrom(person, standing.Require(access.ManageUsers)),
		"list_audit_log":       access.ActionFrom(reader, standing.Require(access.ViewAudit)),
	}
	return o
}
