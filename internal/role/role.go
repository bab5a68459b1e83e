// Package role holds the roles of workspaces: the built-in Admin, and those that a workspace makes of permissions.
package role

import (
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// The limits of R27. Deleted roles leave a trace for a while (R18), of some 200 bytes in the workspace's item, of 1,000 with the longest names.
const (
	MaxRoles       = 100
	MaxDeleted     = 200
	MaxDescription = 500
)

// Role is a named set of permissions in a workspace.
type Role struct {
	ID          access.Role         `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Permissions []access.Permission `json:"permissions"` // as chosen
	Effective   []access.Permission `json:"effective"`   // what counts: chosen and implied
	BuiltIn     bool                `json:"built_in"`
	Version     int                 `json:"version"`
	Actions     access.Actions      `json:"actions"`
	// ReassignedTo is, of a role that was deleted, the one that those have who had it (R18).
	ReassignedTo *access.NamedRole `json:"reassigned_to,omitempty"`
	// Members and OpenInvitations are how many have the role and are offered it, each at most member.CountCap, for those who may see them.
	Members         *int `json:"members,omitempty"`
	OpenInvitations *int `json:"open_invitations,omitempty"`
	// Next is, of a deleted role that more still have than are counted, the name of the first of them: they are rewritten in the order of their names.
	Next string `json:"-"`
}

// admin is the built-in role: it holds every permission there is, and will be (R1).
func admin() Role {
	all := access.All(access.KindWorkspace)
	return Role{
		ID: access.Admin, Name: access.CustomRoles(nil).Name(access.Admin), Description: "Everything in the workspace, now and in the future.",
		Permissions: inOrder(all), BuiltIn: true, Version: 1,
	}
}

// inOrder returns the permissions in the order of the catalogue.
func inOrder(set access.Set) []access.Permission {
	ordered := []access.Permission{}
	for _, definition := range access.Catalogue(access.KindWorkspace) {
		if set[definition.Key] {
			ordered = append(ordered, definition.Key)
		}
	}
	return ordered
}

func (r Role) effective() access.Set {
	return access.Effective(access.KindWorkspace, r.Permissions...)
}

func (r Role) settings() event.RoleSettings {
	return event.RoleSettings{Name: r.Name, Description: r.Description, Permissions: r.Permissions}
}

// as returns the role as a caller with this standing in its workspace sees it.
func (r Role) as(caller request.Caller, standing access.Standing) Role {
	r.Effective = inOrder(r.effective())
	person, writer := caller.SignedIn(), caller.SignedIn(request.ScopeWriteMembers)
	r.Actions = access.Actions{
		"update":            access.ActionFrom(person, mayChange(standing, r)),
		"delete":            access.ActionFrom(person, mayChange(standing, r), mayDelete(standing, r)),
		"duplicate":         access.ActionFrom(person, standing.Require(access.ManageRole), within(standing, r)),
		"assign":            access.ActionFrom(writer, standing.May(access.ToChangeUsers), within(standing, r)),
		"create_invitation": access.ActionFrom(person, standing.May(access.ToInvite), within(standing, r)),
	}
	return r
}

// within is the grant ceiling for roles (R16): nobody creates, changes or gives away one that counts for more than their own.
func within(standing access.Standing, r Role) error {
	if r.ReassignedTo != nil {
		return fault.New(fault.Conflict, "role_deleted", "This role was deleted.")
	}
	if lacking := standing.Permissions().Missing(r.effective()); len(lacking) > 0 {
		return access.Exceeding(lacking...)
	}
	return nil
}

// mayChange returns why somebody of this standing may not change or delete the role as it is, or nil.
func mayChange(standing access.Standing, r Role) error {
	if err := standing.Require(access.ManageRole); err != nil {
		return err
	}
	if r.BuiltIn {
		return fault.New(fault.Conflict, "built_in_role", "Admin is built in: it can be neither changed nor deleted.")
	}
	return within(standing, r)
}

// Stale says that somebody else changed the role since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this role since you read it. Read it again.")
}

// checkDescription returns what is wrong with a description, as zero or one field.
func checkDescription(description string) []fault.Field {
	return account.CheckLength("/description", strings.TrimSpace(description), MaxDescription)
}

// checkPermissions returns what is wrong with the permissions chosen for a role.
func checkPermissions(chosen []access.Permission) []fault.Field {
	if len(chosen) == 0 {
		return []fault.Field{{Pointer: "/permissions", Code: "required", Detail: "Choose at least one permission."}}
	}
	var fields []fault.Field
	known := access.All(access.KindWorkspace)
	for i, permission := range chosen {
		if !known[permission] {
			fields = append(fields, fault.Field{
				Pointer: "/permissions/" + strconv.Itoa(i), Code: "unknown_permission", Detail: "There is no such permission in workspaces.",
			})
		}
	}
	return fields
}

// choose returns the chosen permissions as they are stored: each once, in the order of the catalogue.
func choose(chosen []access.Permission) []access.Permission {
	set := access.Set{}
	for _, permission := range chosen {
		set[permission] = true
	}
	return inOrder(set)
}

// checkFree returns what is wrong with the name of a role among the others of its workspace, as zero or one field. Names differ by more than
// their case.
func checkFree(name string, id access.Role, roles access.CustomRoles) []fault.Field {
	for _, other := range append(roles.Live(), access.Admin) {
		if other != id && strings.EqualFold(roles.Name(other), name) {
			return []fault.Field{{Pointer: "/name", Code: "taken", Detail: "The workspace has a role of this name."}}
		}
	}
	return nil
}
