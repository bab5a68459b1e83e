// Package console serves the pages for people. It calls the operations in-process, as the API's functions do, and has no rules of
// its own: what somebody may do is what the answers say.
package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/authn"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/role"
	"prism-access/internal/telemetry"
	"prism-access/internal/workspace"
)

// Config is what the console needs: the operations, and how people sign in.
type Config struct {
	BaseURL   string                     // where people reach the console, without a slash at the end
	Now       func() time.Time           // the features' clock, which may be moved
	RealNow   func() time.Time           // the clock of sessions and of the log
	RequestID func(*http.Request) string // the id that the log and the error pages name
	Logger    *slog.Logger
	Part      page.Bound // how much of a list one file holds; zero: as much as an answer can
	Sessions  authn.Sessions
	SignIn    *authn.SignIn

	Register account.Register
	Me       account.Me
	MyAccess member.MyAccess
	Mine     invitation.Mine

	CountInvited invitation.Count

	CreateOrganization organization.Create
	GetOrganization    organization.Get
	UpdateOrganization organization.Update
	DeleteOrganization organization.Delete
	CreateBrand        brand.Create
	ListBrands         brand.List
	GetBrand           brand.Get
	UpdateBrand        brand.Update
	DeleteBrand        brand.Delete

	CreateWorkspace  workspace.Create
	GetWorkspace     workspace.Get
	UpdateWorkspace  workspace.Update
	EnableWorkspace  workspace.Switch
	DisableWorkspace workspace.Switch
	DeleteWorkspace  workspace.Delete

	CreateRole role.Create
	ListRoles  role.List
	GetRole    role.Get
	UpdateRole role.Update
	DeleteRole role.Delete
	Offering   invitation.Offering

	Count       member.Count
	ListMembers member.List
	GetMember   member.Get

	UpdateMember      member.Update
	ResumeMails       member.Resume
	RemoveMember      member.Remove
	BulkUpdateMembers member.BulkUpdate
	BulkRemoveMembers member.BulkRemove
	ListAuditLog      audit.List

	CreateInvitations invitation.Create
	InvitedElsewhere  invitation.Elsewhere
	ListInvitations   invitation.List
	FindUsers         invitation.FindUsers
	GetInvitation     invitation.Get
	ResendInvitation  invitation.Resend
	DeleteInvitation  invitation.Delete
	CleanUp           invitation.CleanUp

	ShowInvitation    invitation.Show
	AcceptInvitation  invitation.Accept
	DeclineInvitation invitation.Decline
	RequestLink       invitation.RequestLink

	PreviewJoin           accessrequest.PreviewJoin
	CreateAccessRequest   accessrequest.Create
	MyAccessRequests      accessrequest.Mine
	ListAccessRequests    accessrequest.List
	GetAccessRequest      accessrequest.Get
	ApproveAccessRequest  accessrequest.Approve
	RejectAccessRequest   accessrequest.Reject
	WithdrawAccessRequest accessrequest.Withdraw
}

type console struct {
	Config
	door authn.Door
}

// New returns the handler of all pages. It fails when BaseURL is no URL.
func New(config Config) (http.Handler, error) {
	c := &console{Config: config, door: authn.Door{Sessions: config.Sessions, Now: config.RealNow}}
	mux := http.NewServeMux()
	c.route(mux.Handle)
	forgery := http.NewCrossOriginProtection()
	base, err := url.Parse(config.BaseURL)
	if err != nil {
		return nil, err
	}
	// Behind a proxy the host of a request is not the one that the browser has asked for.
	if err := forgery.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, err
	}
	forgery.SetDenyHandler(c.handler(anybody, func(*visit) error {
		return fault.New(fault.Forbidden, "cross_origin", "This came from another site, so nothing was changed.")
	}))
	return c.edge(apart(forgery.Handler(mux))), nil
}

// apart keeps the API's callers from our pages: what comes here below /v1 is an operation that the API does not have.
func apart(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1" && !strings.HasPrefix(r.URL.Path, "/v1/") {
			pages.ServeHTTP(w, r)
			return
		}
		err, seen := fault.Unknown(), seenOf(r)
		seen.err = err
		text, _ := json.Marshal(map[string]any{ // of words and a number
			"title": http.StatusText(http.StatusNotFound), "status": http.StatusNotFound,
			"code": err.Code, "detail": err.Message, "request_id": seen.id,
		})
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(text) // whoever asked is gone when this fails
	})
}

// deadline ends a request before the gateway would, and in time to say so.
const deadline = 4500 * time.Millisecond

// edge is what every answer goes through: headers, the deadline, the line in the log.
func (c *console) edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := c.RealNow()
		ctx, cancel := context.WithTimeout(r.Context(), deadline)
		defer cancel()
		ctx, _ = telemetry.WithMeter(ctx)
		answer := &seen{ResponseWriter: w, id: c.RequestID(r)}
		protect(answer.Header())
		r = r.WithContext(context.WithValue(ctx, seenKey{}, answer))
		next.ServeHTTP(answer, r)
		c.log(r, answer, c.RealNow().Sub(started))
	})
}

// protect sets the headers that every answer has. Pages name no other origin at all.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000") // the gateway has no other way; browsers pass it over where there is none, as locally
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// Patterns returns the patterns of all pages and forms, as http.ServeMux takes them: what tests of the console have to reach.
func Patterns() []string {
	var all []string
	new(console).route(func(pattern string, _ http.Handler) { all = append(all, pattern) })
	return all
}

// route names all pages.
func (c *console) route(handle func(pattern string, h http.Handler)) {
	page := func(pattern string, h handler) { handle(pattern, c.handler(signedIn, h)) }
	open := func(pattern string, h handler) { handle(pattern, c.handler(anybody, h)) }

	open("GET /sign-in", signInPage)
	open("GET "+authn.CallbackPath, signInCallback)
	open("POST /sign-out", signOut)
	open("GET "+invitation.Path+"{token}", acceptPage)
	open("POST "+invitation.Path+"{token}", acceptByLink)
	open("GET "+invitation.Path+"{token}/decline", declinePage)
	open("POST "+invitation.Path+"{token}/decline", declineByLink)
	open("POST "+invitation.Path+"{token}/request-link", requestLink)
	open("GET "+joinPath+"{o}", joinPage)
	open("POST "+joinPath+"{o}", askForAccess)

	page("GET /{$}", homePage)
	page("GET /organizations/new", newOrganizationPage)
	page("POST /organizations/new", createOrganization)
	page("GET /organizations/{o}", organizationPage)
	page("GET /organizations/{o}/brands", brandsPage)
	page("GET /organizations/{o}/brands/new", newBrandPage)
	page("POST /organizations/{o}/brands/new", createBrand)
	settingsPages(page)
	brandPages(page)
	requestPages(page)
	workspacePages(page)
	customRolePages(page)
	open("GET "+badgePath, badge)

	// All kinds of scope share these.
	for _, scope := range []string{"/organizations/{o}", "/organizations/{o}/brands/{b}", "/workspaces/{w}"} {
		page("GET "+scope+"/users", usersPage)
		page("GET "+scope+"/users/invite", invitePage)
		page("POST "+scope+"/users/invite", invite)
		page("GET "+scope+"/users/invitations/{i}/resend", resendPage)
		page("POST "+scope+"/users/invitations/{i}/resend", resend)
		page("GET "+scope+"/users/invitations/{i}/delete", deletePage)
		page("POST "+scope+"/users/invitations/{i}/delete", deleteInvitation)
		page("GET "+scope+"/users/invitations/{i}/link", linkPage)
		page("GET "+scope+"/invitations/{i}/accept", toAnswer)
		page("POST "+scope+"/invitations/{i}/accept", acceptByID)
		page("GET "+scope+"/invitations/{i}/decline", declineByIDPage)
		page("POST "+scope+"/invitations/{i}/decline", declineByID)
		page("GET "+scope+"/users/invitations/clean-up", cleanUpPage)
		page("POST "+scope+"/users/invitations/clean-up", cleanUpInvitations)
		page("GET "+scope+"/audit-log", auditLogPage)
		page("GET "+scope+"/audit-log/export", exportAuditLog)
		memberPages(scope, page)
	}
	for _, scope := range []string{"/organizations/{o}", "/organizations/{o}/brands/{b}"} { // in a workspace, resending is editing
		page("GET "+scope+"/users/invitations/{i}/edit", resendPage)
		page("POST "+scope+"/users/invitations/{i}/edit", resend)
	}
	page("GET /workspaces/{w}/users/find", lookupPage)
	for _, scope := range []string{"/organizations/{o}", "/workspaces/{w}"} {
		page("GET "+scope+"/users/change", selectedPage)
		page("POST "+scope+"/users/change", changeSelected)
		page("POST "+scope+"/users/{u}/resume-mails", resumeMails)
	}

	handle("GET /static/{version}/{file}", http.HandlerFunc(serveStatic))
	handle("GET /favicon.ico", http.HandlerFunc(favicon))
	handle("GET /openapi.yaml", http.HandlerFunc(c.contract))
	handle("GET /docs", http.HandlerFunc(c.docs))
	open("/", func(*visit) error { return fault.Unknown() })
}

func (c *console) contract(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(readContract()) // whoever asked is gone when this fails
}
