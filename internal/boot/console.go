package boot

import (
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/account"
	"prism-access/internal/authn"
	"prism-access/internal/brand"
	"prism-access/internal/console"
	"prism-access/internal/httpapi"
	"prism-access/internal/member"
)

// Console is the function console: all pages.
func Console(e *Env) lambda.Handler {
	base := e.baseURL()
	handler, err := console.New(console.Config{
		BaseURL: base, Now: e.now, RealNow: time.Now, Logger: e.Logger, Spec: httpapi.Spec, Sessions: e.Table(),
		RequestID: func(r *http.Request) string { return r.Header.Get(httpapi.RequestID) },
		SignIn:    &authn.SignIn{Issuer: e.required("OIDC_ISSUER"), ClientID: e.required("OIDC_CLIENT_ID"), BaseURL: base, Now: time.Now},
		Register:  e.register(), Me: account.Me{Store: e.Table()}, MyAccess: member.MyAccess{Store: e.Table()}, Mine: e.listMyInvitations(),
		CreateOrganization: e.createOrganization(), GetOrganization: e.getOrganization(), UpdateOrganization: e.updateOrganization(),
		CreateBrand: e.createBrand(), ListBrands: brand.List{Store: e.Table()},
		Count: e.countMembers(), ListMembers: member.List{Store: e.Table()}, GetMember: member.Get{Store: e.Table()},
		CreateInvitations: e.createInvitations(), ListInvitations: e.listInvitations(), GetInvitation: e.getInvitation(),
		ResendInvitation: e.resendInvitation(), DeleteInvitation: e.deleteInvitation(),
		ShowInvitation: e.showInvitation(), AcceptInvitation: e.acceptInvitation(), DeclineInvitation: e.declineInvitation(),
	})
	if err != nil {
		e.problems = append(e.problems, "BASE_URL: "+err.Error())
	}
	return httpapi.Pages{Handler: handler}
}
