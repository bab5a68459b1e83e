package boot

import (
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/role"
	"prism-access/internal/upkeep"
	"prism-access/internal/workspace"
)

// Each operation with its dependencies. The API's functions and the console take the same ones.

// Register returns the operation.
func (e *Env) Register() account.Register {
	return account.Register{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// CreateOrganization returns the operation.
func (e *Env) CreateOrganization() organization.Create {
	return organization.Create{Store: e.Table(), Now: e.Now, NewID: e.newID, BaseURL: e.BaseURL()}
}

// GetOrganization returns the operation.
func (e *Env) GetOrganization() organization.Get {
	return organization.Get{Store: e.Table(), BaseURL: e.BaseURL()}
}

// UpdateOrganization returns the operation.
func (e *Env) UpdateOrganization() organization.Update {
	return organization.Update{Store: e.Table(), Now: e.Now, NewID: e.newID, BaseURL: e.BaseURL()}
}

// CreateBrand returns the operation.
func (e *Env) CreateBrand() brand.Create {
	return brand.Create{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// GetBrand returns the operation.
func (e *Env) GetBrand() brand.Get { return brand.Get{Store: e.Table()} }

// UpdateBrand returns the operation.
func (e *Env) UpdateBrand() brand.Update {
	return brand.Update{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// DeleteBrand returns the operation.
func (e *Env) DeleteBrand() brand.Delete {
	return brand.Delete{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// DeleteOrganization returns the operation.
func (e *Env) DeleteOrganization() organization.Delete {
	return organization.Delete{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// CreateWorkspace returns the operation.
func (e *Env) CreateWorkspace() workspace.Create {
	return workspace.Create{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// GetWorkspace returns the operation.
func (e *Env) GetWorkspace() workspace.Get { return workspace.Get{Store: e.Table()} }

// CreateRole returns the operation.
func (e *Env) CreateRole() role.Create { return role.Create{Changing: e.changing()} }

// UpdateRole returns the operation.
func (e *Env) UpdateRole() role.Update {
	return role.Update{Changing: e.changing()}
}

// DeleteRole returns the operation.
func (e *Env) DeleteRole() role.Delete {
	return role.Delete{Changing: e.changing()}
}

// GetRole returns the operation.
func (e *Env) GetRole() role.Get {
	return role.Get{Store: e.Table(), Now: e.Now}
}

// ListRoles returns the operation.
func (e *Env) ListRoles() role.List {
	return role.List{Store: e.Table()}
}

// UpdateWorkspace returns the operation.
func (e *Env) UpdateWorkspace() workspace.Update {
	return workspace.Update{Editing: e.settling()}
}

// EnableWorkspace returns the operation.
func (e *Env) EnableWorkspace() workspace.Switch {
	return workspace.Switch{Editing: e.settling(), To: workspace.Enabled}
}

// DisableWorkspace returns the operation.
func (e *Env) DisableWorkspace() workspace.Switch {
	return workspace.Switch{Editing: e.settling(), To: workspace.Disabled}
}

// DeleteWorkspace returns the operation.
func (e *Env) DeleteWorkspace() workspace.Delete {
	return workspace.Delete{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

func (e *Env) changing() role.Changing {
	return role.Changing{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

func (e *Env) settling() workspace.Editing {
	return workspace.Editing{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// CreateInvitations returns the operation.
func (e *Env) CreateInvitations() invitation.Create {
	return invitation.Create{Store: e.Table(), Now: e.Now, NewID: e.newID, Links: e.Links()}
}

// FindUsers returns the operation.
func (e *Env) FindUsers() invitation.FindUsers { return invitation.FindUsers{Store: e.Table()} }

// ListInvitations returns the operation.
func (e *Env) ListInvitations() invitation.List {
	return invitation.List{Store: e.Table(), Now: e.Now}
}

// GetInvitation returns the operation.
func (e *Env) GetInvitation() invitation.Get {
	return invitation.Get{Store: e.Table(), Now: e.Now, Links: e.Links()}
}

// ResendInvitation returns the operation.
func (e *Env) ResendInvitation() invitation.Resend {
	return invitation.Resend{Store: e.Table(), Now: e.Now, NewID: e.newID, Links: e.Links()}
}

// DeleteInvitation returns the operation.
func (e *Env) DeleteInvitation() invitation.Delete {
	return invitation.Delete{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// CleanUpInvitations returns the operation.
func (e *Env) CleanUpInvitations() invitation.CleanUp {
	return invitation.CleanUp{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// RequestLink returns the operation.
func (e *Env) RequestLink() invitation.RequestLink {
	return invitation.RequestLink{Store: e.Table(), Now: e.Now, NewID: e.newID, Links: e.Links()}
}

// ShowInvitation returns the operation.
func (e *Env) ShowInvitation() invitation.Show {
	return invitation.Show{Store: e.Table(), Now: e.Now, Links: e.Links()}
}

// AcceptInvitation returns the operation.
func (e *Env) AcceptInvitation() invitation.Accept {
	return invitation.Accept{Store: e.Table(), Now: e.Now, NewID: e.newID, Links: e.Links()}
}

// DeclineInvitation returns the operation.
func (e *Env) DeclineInvitation() invitation.Decline {
	return invitation.Decline{Store: e.Table(), Now: e.Now, NewID: e.newID, Links: e.Links()}
}

// ListMyInvitations returns the operation.
func (e *Env) ListMyInvitations() invitation.Mine {
	return invitation.Mine{Store: e.Table(), Now: e.Now}
}

// Offering returns the operation.
func (e *Env) Offering() invitation.Offering {
	return invitation.Offering{Store: e.Table(), Now: e.Now}
}

// InvitedElsewhere returns the operation.
func (e *Env) InvitedElsewhere() invitation.Elsewhere {
	return invitation.Elsewhere{Store: e.Table(), Now: e.Now}
}

// CountInvited returns the operation.
func (e *Env) CountInvited() invitation.Count {
	return invitation.Count{Store: e.Table(), Now: e.Now}
}

// AddClient returns the operation.
func (e *Env) AddClient() member.AddClient {
	return member.AddClient{Store: e.Table(), Now: e.Now, NewID: e.newID, Issuer: e.Required("OIDC_ISSUER")}
}

// ResumeMails returns the operation.
func (e *Env) ResumeMails() member.Resume {
	return member.Resume{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// UpdateMember returns the operation.
func (e *Env) UpdateMember() member.Update { return member.Update{Editing: e.editing()} }

// RemoveMember returns the operation.
func (e *Env) RemoveMember() member.Remove { return member.Remove{Editing: e.editing()} }

// BulkUpdateMembers returns the operation.
func (e *Env) BulkUpdateMembers() member.BulkUpdate { return member.BulkUpdate{Editing: e.editing()} }

// BulkRemoveMembers returns the operation.
func (e *Env) BulkRemoveMembers() member.BulkRemove { return member.BulkRemove{Editing: e.editing()} }

func (e *Env) editing() member.Editing {
	return member.Editing{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// PreviewJoin returns the operation.
func (e *Env) PreviewJoin() accessrequest.PreviewJoin {
	return accessrequest.PreviewJoin{Store: e.Table(), Now: e.Now}
}

// CreateAccessRequest returns the operation.
func (e *Env) CreateAccessRequest() accessrequest.Create {
	return accessrequest.Create{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// ListAccessRequests returns the operation.
func (e *Env) ListAccessRequests() accessrequest.List { return accessrequest.List{Store: e.Table()} }

// GetAccessRequest returns the operation.
func (e *Env) GetAccessRequest() accessrequest.Get { return accessrequest.Get{Store: e.Table()} }

// ApproveAccessRequest returns the operation.
func (e *Env) ApproveAccessRequest() accessrequest.Approve {
	return accessrequest.Approve{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// RejectAccessRequest returns the operation.
func (e *Env) RejectAccessRequest() accessrequest.Reject {
	return accessrequest.Reject{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// WithdrawAccessRequest returns the operation.
func (e *Env) WithdrawAccessRequest() accessrequest.Withdraw {
	return accessrequest.Withdraw{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// CloseAccessRequest returns the operation of subscribers.
func (e *Env) CloseAccessRequest() accessrequest.Close {
	return accessrequest.Close{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

// ListMyAccessRequests returns the operation.
func (e *Env) ListMyAccessRequests() accessrequest.Mine { return accessrequest.Mine{Store: e.Table()} }

// ListAuditLog returns the operation.
func (e *Env) ListAuditLog() audit.List { return audit.List{Store: e.Table()} }

// ListEvents returns the operation.
func (e *Env) ListEvents() audit.Feed { return audit.Feed{Store: e.Table(), Now: e.Now} }

// CountMembers returns the operation.
func (e *Env) CountMembers() member.Count {
	return member.Count{Store: e.Table(), Now: e.Now}
}

func (e *Env) expire() invitation.Expire {
	return invitation.Expire{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

func (e *Env) indexes() upkeep.Indexes { return upkeep.Indexes{Store: e.Table()} }

func (e *Env) cleanUp() upkeep.CleanUp {
	return upkeep.CleanUp{
		Store: e.Table(), Roles: e.Table(), Indexes: e.indexes(), Reassign: member.Reassign{Store: e.Table(), Now: e.Now, NewID: e.newID},
		Invitations: invitation.Close{Store: e.Table(), Now: e.Now, NewID: e.newID}, Offers: invitation.Refit{Store: e.Table(), Now: e.Now, NewID: e.newID},
		Requests: e.CloseAccessRequest(),
	}
}

// Track returns what notes what became of mails.
func (e *Env) Track() invitation.Track {
	return invitation.Track{Store: e.Table(), Now: e.Now, NewID: e.newID}
}

func (e *Env) remind() invitation.Remind {
	return invitation.Remind{Store: e.Table(), Now: e.Now, NewID: e.newID}
}
