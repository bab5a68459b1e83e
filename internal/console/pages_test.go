package console

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

var clock = time.Date(2026, time.November, 22, 9, 30, 0, 0, time.UTC)

// hostile is what somebody may call themselves, or write.
var hostile = []string{
	"Ada Lovelace",
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `{{.}}`, `javascript:alert(1)`, `</title><h1>x</h1>`,
	"\u202egnp.exe", "אדה לאבלייס", strings.Repeat("𝔸", 100), strings.Repeat("W", 100), `&amp;lt;b&gt;`, "x\u0000y",
}

// state is a page in one state.
type state struct {
	name, template string
	page           func(name string) any
}

func framed(name string) frame {
	memberships := []member.Membership{
		{Scope: access.Organization("org_1"), ScopeName: name, Role: access.Admin},
		{Scope: access.Organization("org_2"), ScopeName: name, Role: access.Member, Brands: []member.BrandGrant{
			{BrandRole: access.BrandRole{ID: "brd_1", Name: name, Role: access.Admin}},
		}},
	}
	f := frame{
		Title: "Page", Now: clock, Me: account.User{ID: "usr_1", Name: name, Email: name}, Mine: page.List[member.Membership]{Items: memberships},
		Invited: 2, Notice: &notice{Text: name, Link: link{URL: "/", Text: "Next"}},
	}
	f.Nav = f.navigation(access.Scope{}, atHome)
	return f
}

func bare(name string, signedIn bool) frame {
	f := frame{Title: "Page", Now: clock}
	if signedIn {
		f.Me = account.User{ID: "usr_1", Name: name, Email: name}
	}
	return f
}

func membership(name string, role access.Role) member.Membership {
	person := access.Person{ID: "usr_1", Name: name, Email: name}
	m := member.Membership{
		User: person, Scope: access.Organization("org_1"), ScopeName: name, Role: role, GrantedBy: person, GrantedAt: clock, JoinedAt: clock,
		Via: member.ViaInvitation,
	}
	if role == access.Member {
		m.Brands = []member.BrandGrant{{BrandRole: access.BrandRole{ID: "brd_1", Name: name, Role: access.Viewer}, GrantedBy: person, GrantedAt: clock, JoinedAt: clock.Add(-48 * time.Hour)}}
	}
	return m
}

var allStatuses = []invitation.Status{
	invitation.Pending, invitation.Accepted, invitation.Declined, invitation.Expired, invitation.InvalidGrant, invitation.Closed, "unheard_of",
}

func offer(name string, status invitation.Status, scope access.Scope) invitation.Invitation {
	answered := clock.Add(-time.Hour)
	return invitation.Invitation{
		ID: "inv_1", Scope: scope, ScopeName: name, Invitee: access.Person{Email: name}, Role: access.Member, Status: status, Version: 2,
		Brands:    []access.BrandRole{{ID: "brd_1", Name: name, Role: access.Publisher}, {ID: "brd_2", Name: "Initech", Role: access.Viewer}},
		InvitedBy: access.Person{ID: "usr_2", Name: name}, Message: name, SentAt: clock, ExpiresAt: clock.Add(7 * 24 * time.Hour), RespondedAt: &answered,
		Delivery:  &invitation.Delivery{Status: "failed", Detail: name},
		Actions:   access.Actions{"resend": {Allowed: status == invitation.Pending, Reason: name}, "delete": {Allowed: status != invitation.Closed, Reason: name}},
		AcceptURL: "https://prism.test/invitations/accept/x",
	}
}

func wrong(f form, name string, fields ...string) form {
	f.Values.Set("invitees", name)
	f.Values.Set("name", name)
	f.Values.Set("email", name)
	f.Values.Set("message", name)
	f.Values.Set("expires_in_days", name)
	f.Values.Set("confirm", name)
	f.Problem, f.Errors = name, map[string]string{}
	for _, field := range fields {
		f.Errors[field] = name
	}
	return f
}

func states() []state {
	all := []state{
		{"nobody", "sign-in", func(string) any {
			return &signInView{frame: bare("", false), Heading: "Sign in", SignIn: "/sign-in?next=%2F", Create: "/x"}
		}},
		{"out", "sign-in", func(string) any {
			return &signInView{frame: bare("", false), Heading: "Sign in", Out: true, SignIn: "/sign-in?next=%2F", Create: "/x"}
		}},
		{"refused", "sign-in", func(name string) any {
			return &signInView{frame: bare("", false), Heading: "No", Problem: name, SignIn: "/sign-in", Create: "/x"}
		}},
		{"reference", "docs", func(string) any { return docsPage() }},
		{"elsewhere", "leave", func(string) any { return &leavePage{frame: bare("", false), Location: "/x"} }},
		{"first part", "sheet", func(name string) any {
			return &sheetView{frame: framed(name), Place: name, N: 1, Rows: 2, File: "/f", Next: "/n", List: "/u"}
		}},
		{"last part", "sheet", func(name string) any {
			return &sheetView{frame: framed(name), Place: name, N: 2, Rows: 1, File: "/f", List: "/u"}
		}},
		{"nothing", "home", func(name string) any { return &homeView{frame: framed(name)} }},
		{"all", "home", func(name string) any {
			p := &homeView{frame: framed(name)}
			refused := offer(name, invitation.Pending, access.Brand("org_1", "brd_1"))
			open := refused
			open.Actions = access.Actions{"accept": {Allowed: true}, "decline": {Allowed: true}}
			creator := membership(name, access.Admin)
			creator.Via = member.ViaCreator
			p.build([]invitation.Invitation{open, refused}, []member.Membership{
				creator, membership(name, access.Member), {Scope: access.Organization("org_2"), ScopeName: name, Role: access.Member},
			})
			p.More, p.Next = "/?invitations=c", "/?cursor=c"
			return p
		}},
		{"asked", "decline", func(name string) any {
			return &declineView{frame: framed(name), Place: name, InvitedBy: name, Offer: offering{Text: name}, Form: wrong(newForm("/x"), name), Back: "/"}
		}},
		{"empty", "create", func(name string) any {
			return &createView{frame: framed(name), Form: newForm("/x"), Heading: name, Label: "Name", Hint: "Hint", Button: "Create", Back: "/"}
		}},
		{"wrong", "create", func(name string) any {
			return &createView{frame: framed(name), Form: wrong(newForm("/x"), name, "name"), Heading: name, Label: "Name", Hint: "Hint", Button: "Create", Back: "/"}
		}},
		{"none, may create", "brands", func(name string) any {
			return &brandsView{frame: framed(name), Place: name, Base: "/b", Create: access.Action{Allowed: true}}
		}},
		{"none", "brands", func(name string) any { return &brandsView{frame: framed(name), Place: name, Base: "/b"} }},
		{"some", "brands", func(name string) any {
			return &brandsView{frame: framed(name), Place: name, Base: "/b", Later: true, Next: "/b?cursor=c", Brands: []brandCard{
				{Name: name, Role: "Admin", Users: "/u", Fresh: true}, {Name: name, Role: "Viewer", GrantedBy: name, Via: "by invitation", Granted: at(clock, clock), Leave: "/l"}, {Name: name},
			}}
		}},
	}
	all = append(all, usersStates()...)
	all = append(all, memberStates()...)
	all = append(all, requestStates()...)
	all = append(all, joinStates()...)
	all = append(all, settingsStates()...)
	all = append(all, logStates()...)
	all = append(all, workspaceStates()...)
	all = append(all, statesOfRoles()...)
	all = append(all, panelStates()...)
	all = append(all, acceptStates()...)
	return append(all, failureStates()...)
}

func usersStates() []state {
	list := func(name, tab, parent, chosen string, later bool) *listPage {
		return &listPage{
			frame: framed(name), Scope: access.Organization("org_1"), Place: name, Parent: parent, Base: "/u", Tab: tab, Members: "99+", Invited: "0", Later: later,
			Sees: true, Invites: true, Manages: true,
			Filter: filter{Name: "role", Label: "Role", Any: "All", Chosen: chosen, Options: []option{{Value: "admin", Text: "Admin"}}},
		}
	}
	var all []state
	for _, tab := range []string{tabCurrent, tabInvited} {
		all = append(all,
			state{tab + " nothing", "users", func(name string) any { return list(name, tab, "", "", false) }},
			state{tab + " nothing found", "users", func(name string) any { return list(name, tab, name, "admin", false) }},
			state{tab + " nothing further", "users", func(name string) any { return list(name, tab, "", "", true) }},
		)
	}
	for _, parent := range []string{"", "Acme"} {
		all = append(all,
			state{"people of " + parent, "users", func(name string) any {
				p := list(name, tabCurrent, parent, "admin", true)
				p.Next = "/u?cursor=c"
				for _, role := range []access.Role{access.Admin, access.Member} {
					p.People = append(p.People, rowOf(membership(name, role), "usr_1", clock, true), rowOf(membership(name, role), "", clock, false))
				}
				return p
			}},
			state{"offers of " + parent, "users", func(name string) any {
				p := list(name, tabInvited, parent, "", false)
				for _, status := range allStatuses {
					p.Offers = append(p.Offers, offerRow(offer(name, status, access.Organization("org_1")), "/u", clock), offerRow(offer(name, status, access.Brand("org_1", "brd_1")), "/u", clock))
				}
				return p
			}},
		)
	}
	for _, chosen := range []string{"", "pending"} {
		for _, manages := range []bool{true, false} {
			all = append(all, state{"offers of a workspace", "users", func(name string) any {
				p := list(name, tabInvited, "", chosen, false)
				p.Scope, p.Manages, p.Invites = access.Workspace("wsp_1"), manages, chosen == ""
				for _, status := range allStatuses {
					i := offer(name, status, p.Scope)
					i.RoleName, i.Invitee = name, access.Person{ID: "usr_2", Name: name, Username: "ada"}
					if chosen == "" {
						p.Offers = append(p.Offers, offerRow(i, "/u", clock))
					}
				}
				return p
			}})
		}
	}
	return all
}

func manyBrandsToChoose() []option {
	var many []option
	for n := range 20 {
		many = append(many, option{Value: fmt.Sprintf("brd_%d", n), Text: "Brand"})
	}
	return many
}

func panelStates() []state {
	brands := []option{{Value: "brd_1", Text: "Globex"}}
	terms := func(kind access.Kind, brands []option) termsView {
		t := termsView{Kind: kind, Roles: rolesOf(kind, ""), Brands: brands}
		if kind == access.KindOrganization {
			t.BrandRoles = rolesOf(access.KindBrand, "")
		}
		return t
	}
	about := func(name string, status invitation.Status, scope access.Scope) *invitationView {
		p := &invitationView{frame: framed(name), Form: newForm("/x")}
		i := offer(name, status, scope)
		if scope.Kind() == access.KindWorkspace {
			i.RoleName, i.Invitee = name, access.Person{ID: "usr_2", Name: name, Username: "ada"}
		}
		p.fill(scope, i)
		p.Action, p.Terms = i.Actions["resend"], terms(scope.Kind(), brands)
		p.Open, p.Again = p.Action.Allowed, scope.Kind() == access.KindWorkspace
		return p
	}
	results := func(name string, sent bool) *inviteView {
		p := &inviteView{frame: framed(name), Form: wrong(newForm("/x"), name), Place: name, Whole: true, Back: "/u", Terms: terms(access.KindOrganization, brands), Sent: sent}
		in := invitation.CreateInput{Terms: invitation.Terms{Role: access.Member, Brands: []string{"brd_1"}, BrandRole: access.Viewer}}
		failed := func(code, id string) invitation.Result {
			return invitation.Result{Invitee: invitation.Invitee{Email: name}, Outcome: invitation.Failed, Error: &fault.Error{Code: code, Message: name, ExistingID: id}}
		}
		p.build(access.Organization("org_1"), in, invitation.CreateOutput{Results: []invitation.Result{
			{Invitee: invitation.Invitee{Email: name}, Outcome: invitation.Invited},
			{Invitee: invitation.Invitee{Email: name}, Outcome: invitation.Joined},
			failed("already_member", "usr_1"), failed("invitation_pending", "inv_01J00000000000000000000000"), failed("invitation_pending", "javascript:x"),
		}})
		return p
	}
	var all []state
	for _, roles := range []int{0, 2} {
		for _, found := range []lookup{{}, {Nobody: true}, {Hits: []invitation.Hit{{Username: "ada", Name: "Ada"}}}} {
			found.Lookup, found.Invite = "/f", "/i"
			view := func(name string) any {
				f := wrong(newForm("/x"), name, inviteFields...)
				return &inviteView{frame: framed(name), lookup: found, Form: f, Kind: access.KindWorkspace, Place: name, Back: "/u", Terms: termsOf(f, access.KindWorkspace, stockNamed(name, roles))}
			}
			all = append(all, state{"by username", "invite", view}, state{"users", "lookup", func(name string) any {
				found.Wrong = name
				return &lookupView{frame: framed(name), lookup: found}
			}})
		}
	}
	for _, kind := range []access.Kind{access.KindOrganization, access.KindBrand} {
		for _, some := range [][]option{nil, brands, manyBrandsToChoose()} {
			all = append(all, state{"form for " + string(kind), "invite", func(name string) any {
				return &inviteView{frame: framed(name), Form: newForm("/x"), Place: name, Whole: kind == access.KindOrganization, Brands: "/b", Back: "/u", Terms: terms(kind, some)}
			}})
		}
		all = append(all, state{"wrong for " + string(kind), "invite", func(name string) any {
			return &inviteView{frame: framed(name), Form: wrong(newForm("/x"), name, inviteFields...), Place: name, Whole: kind == access.KindOrganization, Back: "/u", Terms: terms(kind, brands)}
		}})
	}
	all = append(all,
		state{"checked", "invite", func(name string) any { return results(name, false) }},
		state{"sent", "invite", func(name string) any { return results(name, true) }},
		state{"nobody left", "invite", func(name string) any {
			p := results(name, false)
			p.Sendable, p.Effects = 0, nil
			return p
		}},
	)
	for _, scope := range allScopes {
		for _, status := range allStatuses {
			all = append(all,
				state{"resend " + string(status), "resend", func(name string) any { return about(name, status, scope) }},
				state{"delete " + string(status), "delete", func(name string) any { p := about(name, status, scope); p.Action.Allowed = true; return p }},
				state{"not to be deleted " + string(status), "delete", func(name string) any { return about(name, status, scope) }},
				state{"link " + string(status), "link", func(name string) any {
					p := about(name, status, scope)
					if status != invitation.Pending {
						p.URL = ""
					}
					return p
				}},
			)
		}
		all = append(all,
			state{"edit", "resend", func(name string) any { p := about(name, invitation.Pending, scope); p.Edit = true; return p }},
			state{"edit, wrong", "resend", func(name string) any {
				p := about(name, invitation.Pending, scope)
				p.Edit, p.Form = true, wrong(p.Form, name, inviteFields...)
				return p
			}},
			state{"confirm", "resend", func(name string) any {
				p := about(name, invitation.Pending, scope)
				p.Confirm, p.Form = true, wrong(p.Form, name, "confirm")
				return p
			}},
		)
	}
	return all
}

// acceptStateNames are the states of the accept page.
var acceptStateNames = []string{
	stateSignedOut, stateReady, stateWrongAccount, stateUnverified, stateExpired, stateSuperseded, stateDeclined, stateDeleted, stateClosed, stateUsed,
	stateInvalid, stateScopeDeleted, stateForged, stateMember, stateDisabled,
}

func acceptStates() []state {
	var all []state
	for _, name := range acceptStateNames {
		for _, signedIn := range []bool{false, true} {
			for _, just := range []bool{false, true} {
				all = append(all, state{name, "accept", func(hostile string) any {
					p := &acceptView{frame: bare(hostile, signedIn), State: name, Just: just, Form: newForm("/x"), Decline: newForm("/x/decline"), NewLink: newForm("/x/request-link")}
					p.Late, p.Way, p.Asks = just, link{URL: "/organizations/org_1", Text: hostile}, just && signedIn && name == stateReady
					if signedIn {
						p.AskedAt, p.AskAgain = at(clock, clock), at(clock, clock.Add(invitation.LinkRequestInterval))
					}
					if just {
						p.Form.Problem, p.NewLink.Problem, p.Decline = hostile, hostile, wrong(p.Decline, hostile, "email")
					}
					p.fill(invitation.Preview{
						Scope: access.Organization("org_1"), ScopeName: hostile, Role: access.NamedRole{ID: access.Member}, InvitedBy: invitation.PreviewName{Name: hostile},
						Brands: []access.BrandRole{{ID: "brd_1", Name: hostile, Role: access.Viewer}}, ExpiresAt: clock, InviteeHint: hostile, Message: hostile,
					}, "/invitations/accept/x")
					if signedIn && just {
						p.Waits = "/"
					}
					return p
				}})
			}
		}
	}
	return all
}

func failureStates() []state {
	var all []state
	for _, kind := range []fault.Kind{
		"", fault.BadRequest, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Gone, fault.Stale, fault.TooLarge,
		fault.UnsupportedMedia, fault.Invalid, fault.TooMany, fault.Unavailable,
	} {
		for _, signedIn := range []bool{false, true} {
			all = append(all, state{"failure " + string(kind), "failure", func(name string) any {
				var err error = &fault.Error{Kind: kind, Code: "code", Message: name, Missing: []string{"manage_users", "unheard_of"}}
				if kind == "" {
					err = os.ErrInvalid
				}
				p := &failurePage{frame: bare(name, signedIn), failure: failureOf(err, name), SignIn: "/sign-in"}
				if signedIn {
					p.within(membership(name, access.Member), err)
				} else {
					p.Sent = &sentForm{Action: "/a", Fields: []option{{Value: "name", Text: name}}}
				}
				return p
			}})
		}
	}
	return all
}

func TestEveryPageInEveryState(t *testing.T) {
	t.Parallel()
	for _, s := range states() {
		for _, name := range hostile {
			text, err := render(s.template, s.page(name))
			if err != nil {
				t.Errorf("%s, %s: %v", s.template, s.name, err)
				break
			}
			t.Run(s.template+"/"+s.name, func(t *testing.T) { checkPage(t, parse(t, string(text))) })
		}
	}
}

// What somebody calls themselves stands on the page as they wrote it, and as nothing but text.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	for _, name := range hostile {
		text, err := render("home", &homeView{frame: framed(name)})
		if err != nil {
			t.Fatal(err)
		}
		page := parse(t, string(text))
		want := strings.Join(strings.Fields(strings.ReplaceAll(name, "\x00", "\ufffd")), " ")
		if got := page.one(t, "nav").one(t, "bdi.name").text(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

var shown = regexp.MustCompile(`show\([^,]+, "([a-z-]+)"`)

func TestNoPageIsForgotten(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, s := range states() {
		covered[s.template] = true
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]bool{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		for _, match := range shown.FindAllStringSubmatch(string(text), -1) {
			pages[match[1]] = true
			if !covered[match[1]] {
				t.Errorf("%s shows %s, which no test shows", source, match[1])
			}
		}
	}
	if len(pages) < 12 {
		t.Errorf("found only %d pages in the sources: %v", len(pages), pages)
	}
}
