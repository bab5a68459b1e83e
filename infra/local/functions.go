package main

import (
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/boot/publish"
)

// functions are the deployed functions by the name of their folder.
var functions = map[string]boot.Function{
	"accept-invitation":       boot.AcceptInvitation,
	"approve-access-request":  boot.ApproveAccessRequest,
	"bulk-remove-members":     boot.BulkRemoveMembers,
	"bulk-update-members":     boot.BulkUpdateMembers,
	"check-access":            boot.CheckAccess,
	"clean-up-invitations":    boot.CleanUpInvitations,
	"request-link":            boot.RequestLink,
	"clean-up":                boot.CleanUp,
	"console":                 pages.Console,
	"create-access-request":   boot.CreateAccessRequest,
	"create-brand":            boot.CreateBrand,
	"create-invitations":      boot.CreateInvitations,
	"create-organization":     boot.CreateOrganization,
	"decline-invitation":      boot.DeclineInvitation,
	"delete-brand":            boot.DeleteBrand,
	"delete-invitation":       boot.DeleteInvitation,
	"delete-organization":     boot.DeleteOrganization,
	"expire-invitations":      boot.ExpireInvitations,
	"find-users":              boot.FindUsers,
	"get-access-request":      boot.GetAccessRequest,
	"get-brand":               boot.GetBrand,
	"get-invitation":          boot.GetInvitation,
	"get-me":                  boot.GetMe,
	"get-member":              boot.GetMember,
	"get-organization":        boot.GetOrganization,
	"list-access-requests":    boot.ListAccessRequests,
	"list-brands":             boot.ListBrands,
	"list-audit-log":          boot.ListAuditLog,
	"list-invitations":        boot.ListInvitations,
	"list-members":            boot.ListMembers,
	"list-my-access":          boot.ListMyAccess,
	"list-my-access-requests": boot.ListMyAccessRequests,
	"list-my-invitations":     boot.ListMyInvitations,
	"maintain-indexes":        boot.MaintainIndexes,
	"preview-invitation":      boot.PreviewInvitation,
	"preview-join":            boot.PreviewJoin,
	"register-user":           boot.RegisterUser,
	"reject-access-request":   boot.RejectAccessRequest,
	"relay-log":               publish.RelayLog,
	"remove-member":           boot.RemoveMember,
	"resend-invitation":       boot.ResendInvitation,
	"send-mail":               mails.SendMail,
	"sweep-log":               publish.SweepLog,
	"update-brand":            boot.UpdateBrand,
	"update-member":           boot.UpdateMember,
	"update-organization":     boot.UpdateOrganization,
	"withdraw-access-request": boot.WithdrawAccessRequest,
}
