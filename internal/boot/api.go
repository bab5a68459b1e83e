package boot

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/httpapi"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// api puts an operation behind API Gateway.
func api[In httpapi.Input, Out any](e *Env, route httpapi.Route[Out], do func(context.Context, request.Caller, In) (Out, error)) lambda.Handler {
	return httpapi.Handler[In, Out]{Route: route, Do: do, Logger: e.Logger, Now: time.Now}
}

func created[Out any](Out) int { return http.StatusCreated }

func ofOrganization(o organization.Organization) int    { return o.Version }
func ofBrand(b brand.Brand) int                         { return b.Version }
func ofInvitation(i invitation.Invitation) int          { return i.Version }
func ofAccessRequest(r accessrequest.AccessRequest) int { return r.Version }
func ofMembership(m member.Membership) int              { return m.Version }

func statusOfInvitations(out invitation.CreateOutput) int {
	switch {
	case out.DryRun:
		return http.StatusOK
	case out.Failed():
		return http.StatusMultiStatus
	default:
		return http.StatusCreated
	}
}

func statusOfBulk(out member.BulkOutput) int {
	if out.Failed() {
		return http.StatusMultiStatus
	}
	return http.StatusOK
}

func statusOfCleanUp(out invitation.CleanUpOutput) int {
	if out.Failed() {
		return http.StatusMultiStatus
	}
	return http.StatusOK
}

// GetMe is the function get-me.
func GetMe(e *Env) lambda.Handler {
	return api(e, httpapi.Route[account.User]{Operation: "get-me"}, account.Me{Store: e.Table()}.Do)
}

// ListMyAccess is the function list-my-access.
func ListMyAccess(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[member.Membership]]{Operation: "list-my-access"}, member.MyAccess{Store: e.Table()}.Do)
}

// ListMyInvitations is the function list-my-invitations.
func ListMyInvitations(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[invitation.Invitation]]{Operation: "list-my-invitations"}, e.ListMyInvitations().Do)
}

// CreateOrganization is the function create-organization.
func CreateOrganization(e *Env) lambda.Handler {
	return api(e, httpapi.Route[organization.Organization]{
		Operation: "create-organization", Status: created[organization.Organization], Version: ofOrganization,
		Location: func(o organization.Organization) string { return "organizations/" + o.ID },
	}, e.CreateOrganization().Do)
}

// GetOrganization is the function get-organization.
func GetOrganization(e *Env) lambda.Handler {
	return api(e, httpapi.Route[organization.Organization]{Operation: "get-organization", Version: ofOrganization}, e.GetOrganization().Do)
}

// UpdateOrganization is the function update-organization.
func UpdateOrganization(e *Env) lambda.Handler {
	return api(e, httpapi.Route[organization.Organization]{Operation: "update-organization", Version: ofOrganization}, e.UpdateOrganization().Do)
}

// DeleteOrganization is the function delete-organization.
func DeleteOrganization(e *Env) lambda.Handler {
	return api(e, httpapi.Route[organization.Deleted]{
		Operation: "delete-organization", Status: func(organization.Deleted) int { return http.StatusNoContent },
	}, e.DeleteOrganization().Do)
}

// CreateBrand is the function create-brand.
func CreateBrand(e *Env) lambda.Handler {
	return api(e, httpapi.Route[brand.Brand]{Operation: "create-brand", Status: created[brand.Brand], Version: ofBrand}, e.CreateBrand().Do)
}

// GetBrand is the function get-brand.
func GetBrand(e *Env) lambda.Handler {
	return api(e, httpapi.Route[brand.Brand]{Operation: "get-brand", Version: ofBrand}, e.GetBrand().Do)
}

// UpdateBrand is the function update-brand.
func UpdateBrand(e *Env) lambda.Handler {
	return api(e, httpapi.Route[brand.Brand]{Operation: "update-brand", Version: ofBrand}, e.UpdateBrand().Do)
}

// DeleteBrand is the function delete-brand.
func DeleteBrand(e *Env) lambda.Handler {
	return api(e, httpapi.Route[brand.Deleted]{
		Operation: "delete-brand", Status: func(brand.Deleted) int { return http.StatusNoContent },
	}, e.DeleteBrand().Do)
}

// ListBrands is the function list-brands.
func ListBrands(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[brand.Brand]]{Operation: "list-brands"}, brand.List{Store: e.Table()}.Do)
}

// CreateInvitations is the function create-invitations.
func CreateInvitations(e *Env) lambda.Handler {
	op := e.CreateInvitations()
	return api(e, httpapi.Route[invitation.CreateOutput]{Operation: "create-invitations", Status: statusOfInvitations}, op.Do)
}

// FindUsers is the function find-users.
func FindUsers(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.Hits]{Operation: "find-users"}, e.FindUsers().Do)
}

// ListInvitations is the function list-invitations.
func ListInvitations(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[invitation.Invitation]]{Operation: "list-invitations"}, e.ListInvitations().Do)
}

// GetInvitation is the function get-invitation.
func GetInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.Invitation]{Operation: "get-invitation", Version: ofInvitation}, e.GetInvitation().Do)
}

// ResendInvitation is the function resend-invitation.
func ResendInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.Invitation]{Operation: "resend-invitation", Version: ofInvitation}, e.ResendInvitation().Do)
}

// DeleteInvitation is the function delete-invitation.
func DeleteInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.Deleted]{
		Operation: "delete-invitation", Status: func(invitation.Deleted) int { return http.StatusNoContent },
	}, e.DeleteInvitation().Do)
}

// CleanUpInvitations is the function clean-up-invitations.
func CleanUpInvitations(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.CleanUpOutput]{Operation: "clean-up-invitations", Status: statusOfCleanUp}, e.CleanUpInvitations().Do)
}

// RequestLink is the function request-link.
func RequestLink(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.LinkRequested]{Operation: "request-link"}, e.RequestLink().Do)
}

// PreviewInvitation is the function preview-invitation.
func PreviewInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.Preview]{Operation: "preview-invitation"}, e.ShowInvitation().Do)
}

// AcceptInvitation is the function accept-invitation.
func AcceptInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Membership]{Operation: "accept-invitation", Version: ofMembership}, e.AcceptInvitation().Do)
}

// DeclineInvitation is the function decline-invitation.
func DeclineInvitation(e *Env) lambda.Handler {
	return api(e, httpapi.Route[invitation.DeclineOutput]{Operation: "decline-invitation"}, e.DeclineInvitation().Do)
}

// ListMembers is the function list-members.
func ListMembers(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[member.Membership]]{Operation: "list-members", CSV: httpapi.CSV(func(in member.ListInput) page.Sheet[member.Membership] { return member.SheetOf(in.Scope.Kind()) })}, member.List{Store: e.Table()}.Do)
}

// GetMember is the function get-member.
func GetMember(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Membership]{Operation: "get-member", Version: ofMembership}, member.Get{Store: e.Table()}.Do)
}

// AddClient is the function add-client.
func AddClient(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Membership]{
		Operation: "add-client", Status: created[member.Membership], Version: ofMembership,
		Location: func(m member.Membership) string { return m.Scope.String() + "/members/" + m.User.ID },
	}, e.AddClient().Do)
}

// UpdateMember is the function update-member.
func UpdateMember(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Membership]{Operation: "update-member", Version: ofMembership}, e.UpdateMember().Do)
}

// RemoveMember is the function remove-member.
func RemoveMember(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Removed]{
		Operation: "remove-member", Status: func(member.Removed) int { return http.StatusNoContent },
	}, e.RemoveMember().Do)
}

// ResumeMails is the function resume-mails.
func ResumeMails(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.Membership]{Operation: "resume-mails", Version: ofMembership}, e.ResumeMails().Do)
}

// BulkUpdateMembers is the function bulk-update-members.
func BulkUpdateMembers(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.BulkOutput]{Operation: "bulk-update-members", Status: statusOfBulk}, e.BulkUpdateMembers().Do)
}

// BulkRemoveMembers is the function bulk-remove-members.
func BulkRemoveMembers(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.BulkOutput]{Operation: "bulk-remove-members", Status: statusOfBulk}, e.BulkRemoveMembers().Do)
}

// ListAuditLog is the function list-audit-log.
func ListAuditLog(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[audit.Listed]]{Operation: "list-audit-log", CSV: httpapi.CSV(func(audit.ListInput) page.Sheet[audit.Listed] { return audit.Sheet })}, e.ListAuditLog().Do)
}

// ListEvents is the function list-events.
func ListEvents(e *Env) lambda.Handler {
	return api(e, httpapi.Route[audit.Events]{Operation: "list-events"}, e.ListEvents().Do)
}

// CheckAccess is the function check-access.
func CheckAccess(e *Env) lambda.Handler {
	return api(e, httpapi.Route[member.CheckOutput]{Operation: "check-access"}, member.CheckAccess{Store: e.Table()}.Do)
}

// PreviewJoin is the function preview-join.
func PreviewJoin(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.Join]{Operation: "preview-join"}, e.PreviewJoin().Do)
}

// CreateAccessRequest is the function create-access-request.
func CreateAccessRequest(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.AccessRequest]{
		Operation: "create-access-request", Status: created[accessrequest.AccessRequest], Version: ofAccessRequest,
		Location: func(r accessrequest.AccessRequest) string { return r.Scope().String() + "/access-requests/" + r.ID },
	}, e.CreateAccessRequest().Do)
}

// ListAccessRequests is the function list-access-requests.
func ListAccessRequests(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[accessrequest.AccessRequest]]{Operation: "list-access-requests"}, e.ListAccessRequests().Do)
}

// GetAccessRequest is the function get-access-request.
func GetAccessRequest(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.AccessRequest]{Operation: "get-access-request", Version: ofAccessRequest}, e.GetAccessRequest().Do)
}

// ApproveAccessRequest is the function approve-access-request.
func ApproveAccessRequest(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.AccessRequest]{Operation: "approve-access-request", Version: ofAccessRequest}, e.ApproveAccessRequest().Do)
}

// RejectAccessRequest is the function reject-access-request.
func RejectAccessRequest(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.AccessRequest]{Operation: "reject-access-request", Version: ofAccessRequest}, e.RejectAccessRequest().Do)
}

// WithdrawAccessRequest is the function withdraw-access-request.
func WithdrawAccessRequest(e *Env) lambda.Handler {
	return api(e, httpapi.Route[accessrequest.AccessRequest]{Operation: "withdraw-access-request", Version: ofAccessRequest}, e.WithdrawAccessRequest().Do)
}

// ListMyAccessRequests is the function list-my-access-requests.
func ListMyAccessRequests(e *Env) lambda.Handler {
	return api(e, httpapi.Route[page.List[accessrequest.AccessRequest]]{Operation: "list-my-access-requests"}, e.ListMyAccessRequests().Do)
}
