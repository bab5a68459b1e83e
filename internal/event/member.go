package event

import "prism-access/internal/access"

// MemberAdded says that somebody has got into a scope they were not in.
type MemberAdded struct {
	User       access.Person `json:"user"`
	Via        string        `json:"via"` // creator, invitation, request or direct
	GrantedBy  access.Person `json:"granted_by"`
	Invitation string        `json:"invitation,omitempty"`
	Request    string        `json:"request,omitempty"` // of the access request, when via is request
	After      access.Grant  `json:"after"`
	Notify     bool          `json:"notify"` // whether the person is to be told by mail
}

// MemberRoleChanged says that a member holds something else than before.
type MemberRoleChanged struct {
	User       access.Person `json:"user"`
	Via        string        `json:"via"`
	GrantedBy  access.Person `json:"granted_by"`
	Invitation string        `json:"invitation,omitempty"`
	Request    string        `json:"request,omitempty"` // of the access request, when via is request
	Before     access.Grant  `json:"before"`
	After      access.Grant  `json:"after"`
	Notify     bool          `json:"notify"`
	Reason     string        `json:"reason,omitempty"`
	// RoleDeleted is true when this follows from the deletion of the role in Before (R18). The reason is then the one of that.
	RoleDeleted bool `json:"role_deleted,omitempty"`
}

// NoReason stood as the reason where RoleDeleted is true before roles were deleted with one: nobody has written it.
const NoReason = "role_deleted"

// MemberRemoved says that somebody is out of a scope: of an organization with all its brands, or of one brand.
type MemberRemoved struct {
	User   access.Person `json:"user"`
	Before access.Grant  `json:"before"` // in the organization
	After  access.Grant  `json:"after"`  // what is left there after leaving a brand; empty for somebody who is out of the organization
	Left   bool          `json:"left"`   // by themselves
	Notify bool          `json:"notify"`
	Reason string        `json:"reason,omitempty"`
}

func (MemberAdded) fact()       {}
func (MemberRoleChanged) fact() {}
func (MemberRemoved) fact()     {}
