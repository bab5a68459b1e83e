package main

import (
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/boot/publish"
)

// functions are the deployed functions by the name of their folder.
var functions = map[string]boot.Function{
	"accept-invitation":   boot.AcceptInvitation,
	"check-access":        boot.CheckAccess,
	"console":             pages.Console,
	"create-brand":        boot.CreateBrand,
	"create-invitations":  boot.CreateInvitations,
	"create-organization": boot.CreateOrganization,
	"decline-invitation":  boot.DeclineInvitation,
	"delete-invitation":   boot.DeleteInvitation,
	"expire-invitations":  boot.ExpireInvitations,
	"get-invitation":      boot.GetInvitation,
	"get-me":              boot.GetMe,
	"get-member":          boot.GetMember,
	"get-organization":    boot.GetOrganization,
	"list-brands":         boot.ListBrands,
	"list-invitations":    boot.ListInvitations,
	"list-members":        boot.ListMembers,
	"list-my-access":      boot.ListMyAccess,
	"list-my-invitations": boot.ListMyInvitations,
	"preview-invitation":  boot.PreviewInvitation,
	"register-user":       boot.RegisterUser,
	"relay-log":           publish.RelayLog,
	"resend-invitation":   boot.ResendInvitation,
	"send-mail":           mails.SendMail,
	"sweep-log":           publish.SweepLog,
	"update-organization": boot.UpdateOrganization,
}
