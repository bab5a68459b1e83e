package main

import (
	"cmp"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/events/examples/roles"
	"prism-access/infra/local/stack"
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
	"prism-access/internal/boot/pages"
	"prism-access/internal/boot/publish"
)

// functions are the deployed functions by the name of their folder.
var functions = map[string]boot.Function{
	"accept-invitation":       boot.AcceptInvitation,
	"add-client":              boot.AddClient,
	"approve-access-request":  boot.ApproveAccessRequest,
	"bulk-remove-members":     boot.BulkRemoveMembers,
	"bulk-update-members":     boot.BulkUpdateMembers,
	"check-access":            boot.CheckAccess,
	"clean-up":                boot.CleanUp,
	"clean-up-invitations":    boot.CleanUpInvitations,
	"console":                 pages.Console,
	"create-access-request":   boot.CreateAccessRequest,
	"create-brand":            boot.CreateBrand,
	"create-invitations":      boot.CreateInvitations,
	"create-organization":     boot.CreateOrganization,
	"create-role":             boot.CreateRole,
	"create-workspace":        boot.CreateWorkspace,
	"decline-invitation":      boot.DeclineInvitation,
	"delete-brand":            boot.DeleteBrand,
	"delete-invitation":       boot.DeleteInvitation,
	"delete-organization":     boot.DeleteOrganization,
	"delete-role":             boot.DeleteRole,
	"delete-workspace":        boot.DeleteWorkspace,
	"disable-workspace":       boot.DisableWorkspace,
	"enable-workspace":        boot.EnableWorkspace,
	"expire-invitations":      boot.ExpireInvitations,
	"find-users":              boot.FindUsers,
	"get-access-request":      boot.GetAccessRequest,
	"get-brand":               boot.GetBrand,
	"get-invitation":          boot.GetInvitation,
	"get-me":                  boot.GetMe,
	"get-member":              boot.GetMember,
	"get-organization":        boot.GetOrganization,
	"get-role":                boot.GetRole,
	"get-workspace":           boot.GetWorkspace,
	"list-access-requests":    boot.ListAccessRequests,
	"list-audit-log":          boot.ListAuditLog,
	"list-brands":             boot.ListBrands,
	"list-events":             boot.ListEvents,
	"list-invitations":        boot.ListInvitations,
	"list-members":            boot.ListMembers,
	"list-my-access":          boot.ListMyAccess,
	"list-my-access-requests": boot.ListMyAccessRequests,
	"list-my-invitations":     boot.ListMyInvitations,
	"list-permissions":        boot.ListPermissions,
	"list-roles":              boot.ListRoles,
	"maintain-indexes":        boot.MaintainIndexes,
	"preview-invitation":      boot.PreviewInvitation,
	"preview-join":            boot.PreviewJoin,
	"register-user":           boot.RegisterUser,
	"reject-access-request":   boot.RejectAccessRequest,
	"relay-log":               publish.RelayLog,
	"remove-member":           boot.RemoveMember,
	"request-link":            boot.RequestLink,
	"resend-invitation":       boot.ResendInvitation,
	"resume-mails":            boot.ResumeMails,
	"send-mail":               mails.SendMail,
	"sweep-log":               publish.SweepLog,
	"track-mail":              boot.TrackMail,
	"update-brand":            boot.UpdateBrand,
	"update-member":           boot.UpdateMember,
	"update-organization":     boot.UpdateOrganization,
	"update-role":             boot.UpdateRole,
	"update-workspace":        boot.UpdateWorkspace,
	"withdraw-access-request": boot.WithdrawAccessRequest,
}

// samples are the subscribers of events/examples, which run beside the functions; that which pushes to a URL only when there is one. The
// environment says so: PUSH is the URL, PUSH_SECRET the API key or, with PUSH_TOKENS, the secret of the client that gets its tokens there.
func samples(root string, getenv func(string) string) []stack.Sample {
	examples := filepath.Join(root, "events", "examples")
	all := []stack.Sample{{
		Template: filepath.Join(examples, "roles", "template.yaml"), Name: "keep-roles", Table: "Roles",
		Parameters: map[string]string{"AlarmTopic": "local"},
		Function: func(e *boot.Env) lambda.Handler {
			e.Required("ROLES_TABLE")
			return lambda.NewHandler(roles.FromEnvironment(e.Get).Handle)
		},
	}}
	if to := getenv("PUSH"); to != "" {
		all = append(all, stack.Sample{
			Template: filepath.Join(examples, "push", "template.yaml"),
			Parameters: map[string]string{
				"Url": to, "TokenUrl": getenv("PUSH_TOKENS"), "Secret": cmp.Or(getenv("PUSH_SECRET"), "local"), "AlarmTopic": "local",
			},
		})
	}
	return all
}
