package testbed

import (
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/role"
	"prism-access/internal/workspace"
)

// This file has the operations on the bed's table, wired as package boot wires them.

// Register returns the operation register-user.
func (b *Bed) Register() account.Register {
	return account.Register{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Me returns the operation get-me.
func (b *Bed) Me() account.Me { return account.Me{Store: b.Table} }

// CreateOrganization returns the operation create-organization.
func (b *Bed) CreateOrganization() organization.Create {
	return organization.Create{Store: b.Table, Now: b.Now, NewID: b.NewID, BaseURL: BaseURL}
}

// GetOrganization returns the operation get-organization.
func (b *Bed) GetOrganization() organization.Get {
	return organization.Get{Store: b.Table, BaseURL: BaseURL}
}

// UpdateOrganization returns the operation update-organization.
func (b *Bed) UpdateOrganization() organization.Update {
	return organization.Update{Store: b.Table, Now: b.Now, NewID: b.NewID, BaseURL: BaseURL}
}

// CreateBrand returns the operation create-brand.
func (b *Bed) CreateBrand() brand.Create {
	return brand.Create{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// GetBrand returns the operation get-brand.
func (b *Bed) GetBrand() brand.Get { return brand.Get{Store: b.Table} }

// UpdateBrand returns the operation update-brand.
func (b *Bed) UpdateBrand() brand.Update {
	return brand.Update{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// DeleteBrand returns the operation delete-brand.
func (b *Bed) DeleteBrand() brand.Delete {
	return brand.Delete{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// DeleteOrganization returns the operation delete-organization.
func (b *Bed) DeleteOrganization() organization.Delete {
	return organization.Delete{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// ListBrands returns the operation list-brands.
func (b *Bed) ListBrands() brand.List { return brand.List{Store: b.Table} }

// CreateWorkspace returns the operation create-workspace.
func (b *Bed) CreateWorkspace() workspace.Create {
	return workspace.Create{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// GetWorkspace returns the operation get-workspace.
func (b *Bed) GetWorkspace() workspace.Get { return workspace.Get{Store: b.Table} }

// CreateRole returns the operation create-role.
func (b *Bed) CreateRole() role.Create { return role.Create{Changing: b.changing()} }

// UpdateRole returns the operation update-role.
func (b *Bed) UpdateRole() role.Update {
	return role.Update{Changing: b.changing()}
}

// DeleteRole returns the operation delete-role.
func (b *Bed) DeleteRole() role.Delete {
	return role.Delete{Changing: b.changing()}
}

// GetRole returns the operation get-role.
func (b *Bed) GetRole() role.Get {
	return role.Get{Store: b.Table, Now: b.Now}
}

// ListRoles returns the operation list-roles.
func (b *Bed) ListRoles() role.List {
	return role.List{Store: b.Table}
}

// UpdateWorkspace returns the operation update-workspace.
func (b *Bed) UpdateWorkspace() workspace.Update {
	return workspace.Update{Editing: b.settling()}
}

// EnableWorkspace returns the operation enable-workspace.
func (b *Bed) EnableWorkspace() workspace.Switch {
	return workspace.Switch{Editing: b.settling(), To: workspace.Enabled}
}

// DisableWorkspace returns the operation disable-workspace.
func (b *Bed) DisableWorkspace() workspace.Switch {
	return workspace.Switch{Editing: b.settling(), To: workspace.Disabled}
}

// DeleteWorkspace returns the operation delete-workspace.
func (b *Bed) DeleteWorkspace() workspace.Delete {
	return workspace.Delete{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

func (b *Bed) changing() role.Changing {
	return role.Changing{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

func (b *Bed) settling() workspace.Editing {
	return workspace.Editing{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// ListPermissions returns the operation list-permissions.
func (b *Bed) ListPermissions() role.Permissions { return role.Permissions{} }

// ListMembers returns the operation list-members.
func (b *Bed) ListMembers() member.List { return member.List{Store: b.Table} }

// GetMember returns the operation get-member.
func (b *Bed) GetMember() member.Get { return member.Get{Store: b.Table} }

// AddClient returns the operation add-client.
func (b *Bed) AddClient() member.AddClient {
	return member.AddClient{Store: b.Table, Now: b.Now, NewID: b.NewID, Issuer: Issuer}
}

// ResumeMails returns the operation resume-mails.
func (b *Bed) ResumeMails() member.Resume {
	return member.Resume{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// UpdateMember returns the operation update-member.
func (b *Bed) UpdateMember() member.Update { return member.Update{Editing: b.editing()} }

// RemoveMember returns the operation remove-member.
func (b *Bed) RemoveMember() member.Remove { return member.Remove{Editing: b.editing()} }

// BulkUpdate returns the operation bulk-update-members.
func (b *Bed) BulkUpdate() member.BulkUpdate { return member.BulkUpdate{Editing: b.editing()} }

// BulkRemove returns the operation bulk-remove-members.
func (b *Bed) BulkRemove() member.BulkRemove { return member.BulkRemove{Editing: b.editing()} }

func (b *Bed) editing() member.Editing {
	return member.Editing{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// MyAccess returns the operation list-my-access.
func (b *Bed) MyAccess() member.MyAccess { return member.MyAccess{Store: b.Table} }

// ListAuditLog returns the operation list-audit-log.
func (b *Bed) ListAuditLog() audit.List { return audit.List{Store: b.Table} }

// ListEvents returns the operation list-events.
func (b *Bed) ListEvents() audit.Feed { return audit.Feed{Store: b.Table, Now: b.Now} }

// CheckAccess returns the operation check-access.
func (b *Bed) CheckAccess() member.CheckAccess { return member.CheckAccess{Store: b.Table} }

// Count returns the counting of the users page.
func (b *Bed) Count() member.Count { return member.Count{Store: b.Table, Now: b.Now} }

// FindUsers returns the operation.
func (b *Bed) FindUsers() invitation.FindUsers { return invitation.FindUsers{Store: b.Table} }

// Create returns the operation create-invitations.
func (b *Bed) Create() invitation.Create {
	return invitation.Create{Store: b.Table, Now: b.Now, NewID: b.NewID, Links: b.Links}
}

// Accept returns the operation accept-invitation.
func (b *Bed) Accept() invitation.Accept {
	return invitation.Accept{Store: b.Table, Now: b.Now, NewID: b.NewID, Links: b.Links}
}

// Decline returns the operation decline-invitation.
func (b *Bed) Decline() invitation.Decline {
	return invitation.Decline{Store: b.Table, Now: b.Now, NewID: b.NewID, Links: b.Links}
}

// Resend returns the operation resend-invitation.
func (b *Bed) Resend() invitation.Resend {
	return invitation.Resend{Store: b.Table, Now: b.Now, NewID: b.NewID, Links: b.Links}
}

// Delete returns the operation delete-invitation.
func (b *Bed) Delete() invitation.Delete {
	return invitation.Delete{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Get returns the operation get-invitation.
func (b *Bed) Get() invitation.Get {
	return invitation.Get{Store: b.Table, Now: b.Now, Links: b.Links}
}

// List returns the operation list-invitations.
func (b *Bed) List() invitation.List { return invitation.List{Store: b.Table, Now: b.Now} }

// CleanUpInvitations returns the operation clean-up-invitations.
func (b *Bed) CleanUpInvitations() invitation.CleanUp {
	return invitation.CleanUp{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// RequestLink returns the operation request-link.
func (b *Bed) RequestLink() invitation.RequestLink {
	return invitation.RequestLink{Store: b.Table, Now: b.Now, NewID: b.NewID, Links: b.Links}
}

// Remind returns the second operation of expire-invitations.
func (b *Bed) Remind() invitation.Remind {
	return invitation.Remind{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Track returns the operation of track-mail.
func (b *Bed) Track() invitation.Track {
	return invitation.Track{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Undelivered returns the report that the mail with a link was refused for good.
func Undelivered(link invitation.Reference, why string) invitation.Report {
	return invitation.Report{About: link, Status: invitation.DeliveryFailed, Detail: why}
}

// Expire returns the operation of expire-invitations.
func (b *Bed) Expire() invitation.Expire {
	return invitation.Expire{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Mine returns the operation list-my-invitations.
func (b *Bed) Mine() invitation.Mine { return invitation.Mine{Store: b.Table, Now: b.Now} }

// Offering returns the listing of what offers a role.
func (b *Bed) Offering() invitation.Offering {
	return invitation.Offering{Store: b.Table, Now: b.Now}
}

// InvitedElsewhere returns the looking up of what else people are invited to.
func (b *Bed) InvitedElsewhere() invitation.Elsewhere {
	return invitation.Elsewhere{Store: b.Table, Now: b.Now}
}

// CountInvited returns the counting beside Workspaces.
func (b *Bed) CountInvited() invitation.Count { return invitation.Count{Store: b.Table, Now: b.Now} }

// Preview returns the operation preview-invitation.
func (b *Bed) Preview() invitation.Show {
	return invitation.Show{Store: b.Table, Now: b.Now, Links: b.Links}
}

// PreviewJoin returns the operation preview-join.
func (b *Bed) PreviewJoin() accessrequest.PreviewJoin {
	return accessrequest.PreviewJoin{Store: b.Table, Now: b.Now}
}

// Ask returns the operation create-access-request.
func (b *Bed) Ask() accessrequest.Create {
	return accessrequest.Create{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// AccessRequests returns the operation list-access-requests.
func (b *Bed) AccessRequests() accessrequest.List { return accessrequest.List{Store: b.Table} }

// AccessRequest returns the operation get-access-request.
func (b *Bed) AccessRequest() accessrequest.Get { return accessrequest.Get{Store: b.Table} }

// Approve returns the operation approve-access-request.
func (b *Bed) Approve() accessrequest.Approve {
	return accessrequest.Approve{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Reject returns the operation reject-access-request.
func (b *Bed) Reject() accessrequest.Reject {
	return accessrequest.Reject{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// Withdraw returns the operation withdraw-access-request.
func (b *Bed) Withdraw() accessrequest.Withdraw {
	return accessrequest.Withdraw{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// CloseRequest returns the operation of subscribers that closes access requests.
func (b *Bed) CloseRequest() accessrequest.Close {
	return accessrequest.Close{Store: b.Table, Now: b.Now, NewID: b.NewID}
}

// MyRequests returns the operation list-my-access-requests.
func (b *Bed) MyRequests() accessrequest.Mine { return accessrequest.Mine{Store: b.Table} }
