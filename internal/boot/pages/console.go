// Package pages wires the function of the console. It stands apart from boot, as what only it imports would start with every function.
package pages

import (
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/account"
	"prism-access/internal/authn"
	"prism-access/internal/boot"
	"prism-access/internal/brand"
	"prism-access/internal/console"
	"prism-access/internal/httpapi"
	"prism-access/internal/member"
)

// Console is the function console: all pages.
func Console(e *boot.Env) lambda.Handler {
	base := e.BaseURL()
	handler, err := console.New(console.Config{
		BaseURL: base, Now: e.Now, RealNow: time.Now, Logger: e.Logger, Sessions: e.Table(),
		RequestID: func(r *http.Request) string { return r.Header.Get(httpapi.RequestID) },
		SignIn: &authn.SignIn{
			Issuer: e.Required("OIDC_ISSUER"), ClientID: e.Required("OIDC_CLIENT_ID"), SignUpURL: e.Get("OIDC_SIGN_UP_URL"), BaseURL: base, Now: time.Now,
		},
		Register: e.Register(), Me: account.Me{Store: e.Table()}, MyAccess: member.MyAccess{Store: e.Table()}, Mine: e.ListMyInvitations(), CountInvited: e.CountInvited(),
		CreateWorkspace: e.CreateWorkspace(), GetWorkspace: e.GetWorkspace(), UpdateWorkspace: e.UpdateWorkspace(),
		EnableWorkspace: e.EnableWorkspace(), DisableWorkspace: e.DisableWorkspace(), DeleteWorkspace: e.DeleteWorkspace(),
		CreateOrganization: e.CreateOrganization(), GetOrganization: e.GetOrganization(), UpdateOrganization: e.UpdateOrganization(),
		CreateBrand: e.CreateBrand(), ListBrands: brand.List{Store: e.Table()},
		Count: e.CountMembers(), ListMembers: member.List{Store: e.Table()}, GetMember: member.Get{Store: e.Table()},
		UpdateMember: e.UpdateMember(), ResumeMails: e.ResumeMails(), RemoveMember: e.RemoveMember(), BulkUpdateMembers: e.BulkUpdateMembers(), BulkRemoveMembers: e.BulkRemoveMembers(),
		ListAuditLog:      e.ListAuditLog(),
		CreateInvitations: e.CreateInvitations(), InvitedElsewhere: e.InvitedElsewhere(), ListInvitations: e.ListInvitations(), FindUsers: e.FindUsers(), GetInvitation: e.GetInvitation(),
		ResendInvitation: e.ResendInvitation(), DeleteInvitation: e.DeleteInvitation(),
		ShowInvitation: e.ShowInvitation(), AcceptInvitation: e.AcceptInvitation(), DeclineInvitation: e.DeclineInvitation(),
		RequestLink: e.RequestLink(), CleanUp: e.CleanUpInvitations(), DeleteOrganization: e.DeleteOrganization(),
		CreateRole: e.CreateRole(), ListRoles: e.ListRoles(), GetRole: e.GetRole(), UpdateRole: e.UpdateRole(), DeleteRole: e.DeleteRole(), Offering: e.Offering(),
		GetBrand: e.GetBrand(), UpdateBrand: e.UpdateBrand(), DeleteBrand: e.DeleteBrand(),
		PreviewJoin: e.PreviewJoin(), CreateAccessRequest: e.CreateAccessRequest(), MyAccessRequests: e.ListMyAccessRequests(),
		ListAccessRequests: e.ListAccessRequests(), GetAccessRequest: e.GetAccessRequest(), ApproveAccessRequest: e.ApproveAccessRequest(),
		RejectAccessRequest: e.RejectAccessRequest(), WithdrawAccessRequest: e.WithdrawAccessRequest(),
	})
	if err != nil {
		e.Refuse("BASE_URL: " + err.Error())
	}
	return httpapi.Pages{Handler: handler}
}
