package console

import (
	"context"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// frame is what every page has around its content.
type frame struct {
	Title  string
	Me     account.User // empty: nobody is signed in
	Nav    nav
	Notice *notice
	Now    time.Time // by the features' clock

	Mine    page.List[member.Membership] // the first page of the caller's own, with the one in the page's organization or workspace
	Invited int                          // how many workspaces invite the caller
}

// nav is the sidebar: where one can go, the organization or workspace one is in, and at its foot the Control Center.
type nav struct {
	Main    []link
	Place   string
	Inside  []link
	Control []link
}

// link leads somewhere.
type link struct {
	URL, Text, Note, Icon string
	Current               bool
	Badge                 bool // how many workspaces invite stands beside it
}

// notice says what was just done. It stays until one leaves the page.
type notice struct {
	Text string
	Link link // a next step, if there is one
}

// At returns how a time looks now.
func (f frame) At(t time.Time) moment { return at(f.Now, t) }

// bare is the frame of pages that people reach from mails and before they are signed in.
func (v *visit) bare(title string) frame { return frame{Title: title, Now: v.Now()} }

// The places of the sidebar.
const (
	atHome       = "home"
	atWorkspaces = "workspaces"
	atOverview   = "overview"
	atUsers      = "users"
	atInvited    = "invited" // of a workspace, where the invitations have an entry of their own
	atBrands     = "brands"
	atRoles      = "roles"
	atSettings   = "settings"
	atLog        = "log"
)

// load reads what the frame of a page in the scope needs, side by side with the page's own parts.
func (v *visit) load(title string, scope access.Scope, place string, parts ...func(context.Context) error) (frame, error) {
	f := v.bare(title)
	var fresh []access.Scope
	for _, id := range v.fresh("org_") {
		fresh = append(fresh, access.Organization(id))
	}
	for _, id := range v.fresh("wsp_") {
		fresh = append(fresh, access.Workspace(id))
	}
	if root := scope.Root(); root != (access.Scope{}) && !slices.Contains(fresh, root) {
		fresh = append(fresh, root)
	}
	all := []func(context.Context) error{
		func(ctx context.Context) (err error) {
			f.Me, err = v.Me.Do(ctx, v.caller, account.MeInput{})
			return err
		},
		func(ctx context.Context) (err error) {
			f.Mine, err = v.MyAccess.Do(ctx, v.caller, member.MyAccessInput{Fresh: fresh})
			return err
		},
		func(ctx context.Context) (err error) {
			f.Invited, err = v.CountInvited.Do(ctx, v.caller)
			return err
		},
	}
	for _, part := range parts {
		if part != nil {
			all = append(all, part)
		}
	}
	if err := together(v.r.Context(), all...); err != nil {
		return f, err
	}
	f.Nav = f.navigation(scope, place)
	return f, nil
}

// maxControls bounds the Control Center of somebody who manages many organizations: the others are on the home page.
const maxControls = 6

func (f frame) navigation(scope access.Scope, place string) nav {
	n := nav{Main: []link{
		{URL: "/", Text: "Home", Icon: "home", Current: place == atHome},
		{URL: workspacesPath, Text: "Workspaces", Icon: "grid", Current: place == atWorkspaces, Badge: true},
	}}
	for _, m := range f.Mine.Items {
		in := m.Scope == scope.Root()
		if in {
			n.Place = m.ScopeName
		}
		switch {
		case in && m.Scope.Kind() == access.KindWorkspace:
			n.Inside = insideWorkspace(m, place)
		case in:
			n.Inside, n.Control = inside(m, scope, place), controls(m, scope)
		case scope.Organization == "" && m.Scope.Kind() == access.KindOrganization:
			n.Control = append(n.Control, controls(m, scope)...)
		}
	}
	if len(n.Control) > maxControls {
		n.Control = append(n.Control[:maxControls:maxControls], link{URL: "/", Text: "All organizations", Icon: "building"})
	}
	return n
}

// inside lists the pages of an organization for somebody with this membership.
func inside(m member.Membership, scope access.Scope, place string) []link {
	base := organizationPath(m.Scope)
	whole := scope.Kind() == access.KindOrganization
	var links []link
	if m.Role == access.Admin {
		links = append(links, link{URL: base + "/users", Text: "Users", Icon: "users", Current: place == atUsers && whole})
	}
	links = append(links, link{URL: base + "/brands", Text: "Brands", Icon: "tag", Current: place == atBrands || !whole})
	if m.Role == access.Admin {
		links = append(links,
			link{URL: base + "/settings", Text: "Settings", Icon: "gear", Current: place == atSettings},
			link{URL: base + "/audit-log", Text: "Audit log", Icon: "clock", Current: place == atLog && whole})
	}
	return links
}

// insideWorkspace lists the pages of a workspace for somebody with this membership: what one may not see is absent.
func insideWorkspace(m member.Membership, place string) []link {
	base, standing := scopePath(m.Scope), m.Standing(m.Scope, true)
	held := standing.Permissions()
	if !held[access.Read] { // the role was deleted
		return nil
	}
	links := []link{{URL: base, Text: "Overview", Icon: "box", Current: place == atOverview}}
	add := func(may bool, l link) {
		if may {
			links = append(links, l)
		}
	}
	add(standing.May(access.ToViewUsers) == nil, link{URL: base + "/users", Text: "Members", Icon: "users", Current: place == atUsers})
	add(true, link{URL: base + "/roles", Text: "Roles", Icon: "key", Current: place == atRoles})
	add(standing.May(access.ToManageInvitations) == nil || standing.May(access.ToInvite) == nil, link{URL: base + "/users?tab=" + tabInvited, Text: "Invitations", Icon: "mail", Current: place == atInvited})
	add(held[access.Update] || held[access.Enable] || held[access.Disable] || held[access.Delete], link{
		URL: base + "/settings", Text: "Settings", Icon: "gear", Current: place == atSettings,
	})
	add(held[access.ViewAudit], link{URL: base + "/audit-log", Text: "Audit log", Icon: "clock", Current: place == atLog})
	return links
}

// controls are a membership's part of the Control Center: the organization's settings for its Admins, a brand's for that brand's.
func controls(m member.Membership, scope access.Scope) []link {
	base := organizationPath(m.Scope)
	if m.Role == access.Admin {
		return []link{
			{URL: base + "/users", Text: "Organization settings", Note: m.ScopeName, Icon: "building"},
			{URL: base + "/brands", Text: "Brand settings", Note: "All brands of " + m.ScopeName, Icon: "tag", Current: scope.Brand != ""},
		}
	}
	var links []link
	for _, brand := range m.Brands {
		if brand.Role == access.Admin {
			links = append(links, link{URL: base + "/brands/" + brand.ID + "/users", Text: "Brand settings", Note: brand.Name, Icon: "tag", Current: scope.Brand == brand.ID})
		}
	}
	return links
}

// scopePath is where the pages of an organization, a brand or a workspace begin.
func scopePath(s access.Scope) string { return "/" + s.String() }

// organizationPath is where the pages of its organization, or of the workspace, begin.
func organizationPath(s access.Scope) string { return scopePath(s.Root()) }

// membershipIn returns the caller's membership in the organization or workspace of the page, if the frame has it.
func (f frame) membershipIn(scope access.Scope) (member.Membership, bool) {
	at := slices.IndexFunc(f.Mine.Items, func(m member.Membership) bool { return m.Scope == scope.Root() })
	if at < 0 {
		return member.Membership{}, false
	}
	return f.Mine.Items[at], true
}

// leavePage leads on to another site.
type leavePage struct {
	frame
	Location string
}

// failurePage says what went wrong.
type failurePage struct {
	frame
	failure
	SignIn string
	Again  string // the address that did not answer, where asking once more may help
	Way    link   // to the organization that the address is of, for those who are in it
	Sent   *sentForm
}

// sentForm is a form as it was sent.
type sentForm struct {
	Action string
	Fields []option
}
