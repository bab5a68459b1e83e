package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// linked is an invitation of somebody, and the path of its link.
type linked struct {
	invitation.Invitation
	path string
}

func (s *site) linked(email string) linked {
	i := s.Pending(email)
	return linked{i, "/invitations/accept/" + testbed.Token(s.Links.URL(i))}
}

func (s *site) accept(t *testing.T, i linked, by testbed.Someone) {
	t.Helper()
	token := strings.TrimPrefix(i.path, invitation.Path)
	if _, err := s.Accept().Do(t.Context(), by.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: token}}); err != nil {
		t.Fatal(err)
	}
}

// resend sends an invitation again, and returns it with its new link.
func (s *site) resend(t *testing.T, i linked) linked {
	t.Helper()
	again, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
	if err != nil {
		t.Fatal(err)
	}
	return linked{again, "/invitations/accept/" + testbed.Token(again.AcceptURL)}
}

// late registers somebody after they were invited, so that the invitation stays one.
func (s *site) late(email string) testbed.Someone { return s.SomeoneWith("Grace", email) }

func (s *site) unverified(t *testing.T, email string) testbed.Someone {
	t.Helper()
	user, err := s.Register().Do(t.Context(), request.Request{}, account.RegisterInput{Issuer: "https://issuer.test", Subject: s.NewID(), Email: email, Name: "Una"})
	if err != nil {
		t.Fatal(err)
	}
	return testbed.Someone{Caller: testbed.Caller(user.ID), User: user}
}

func TestAcceptPage(t *testing.T) {
	t.Parallel()
	nobody := func(*testing.T, *site, linked) *testbed.Someone { return nil }
	invitee := func(_ *testing.T, s *site, i linked) *testbed.Someone { g := s.late(i.Invitee.Email); return &g }
	for _, c := range []struct {
		name   string
		before func(t *testing.T, s *site, i linked)
		who    func(t *testing.T, s *site, i linked) *testbed.Someone
		link   func(i linked) string // nil: the invitation's own
		state  string
		status int
		next   string // where the page's first button leads; "form" to accept, "link" to ask for a new link
	}{
		{"signed out", nil, nobody, nil, stateSignedOut, 200, "/sign-in?next="},
		{"the invitee", nil, invitee, nil, stateReady, 200, "form"},
		{"somebody else", nil, func(_ *testing.T, s *site, _ linked) *testbed.Someone { return &s.Cleo }, nil, stateWrongAccount, 200, "/sign-in?switch=1&next="},
		{"the address is not verified", nil, func(t *testing.T, s *site, i linked) *testbed.Someone {
			u := s.unverified(t, i.Invitee.Email)
			return &u
		}, nil, stateUnverified, 200, "/sign-in?switch=1&next="},
		{"expired", func(_ *testing.T, s *site, _ linked) { s.Advance(8 * 24 * time.Hour) }, invitee, nil, stateExpired, 200, "link"},
		{"expired, signed out", func(_ *testing.T, s *site, _ linked) { s.Advance(8 * 24 * time.Hour) }, nobody, nil, stateExpired, 200, "/sign-in?next="},
		{"superseded", func(t *testing.T, s *site, i linked) { s.resend(t, i) }, invitee, nil, stateSuperseded, 410, "/"},
		{"superseded, and expired", func(t *testing.T, s *site, i linked) {
			s.resend(t, i)
			s.Advance(8 * 24 * time.Hour)
		}, invitee, nil, stateSuperseded, 410, "link"},
		{"superseded, somebody else", func(t *testing.T, s *site, i linked) { s.resend(t, i) }, func(_ *testing.T, s *site, _ linked) *testbed.Someone {
			nina := s.Someone("Nina")
			return &nina
		}, nil, stateSuperseded, 410, "link"},
		{"superseded, signed out", func(t *testing.T, s *site, i linked) { s.resend(t, i) }, nobody, nil, stateSuperseded, 410, "/sign-in?next="},
		{"declined", func(t *testing.T, s *site, i linked) {
			in := invitation.DeclineInput{Locator: invitation.Locator{Token: strings.TrimPrefix(i.path, invitation.Path)}, Email: i.Invitee.Email}
			if _, err := s.Decline().Do(t.Context(), request.Caller{}, in); err != nil {
				t.Fatal(err)
			}
		}, invitee, nil, stateDeclined, 200, "link"},
		{"deleted", func(t *testing.T, s *site, i linked) {
			if _, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: s.Org, ID: i.ID}); err != nil {
				t.Fatal(err)
			}
		}, invitee, nil, stateDeleted, 410, "/"},
		{"closed", func(_ *testing.T, s *site, i linked) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, string(invitation.Closed))
		}, invitee, nil, stateClosed, 200, "/"},
		{"used by another", func(t *testing.T, s *site, i linked) { s.accept(t, i, s.late(i.Invitee.Email)) }, func(_ *testing.T, s *site, _ linked) *testbed.Someone {
			return &s.Cleo
		}, nil, stateUsed, 200, "/sign-in?switch=1&next="},
		{"used, signed out", func(t *testing.T, s *site, i linked) { s.accept(t, i, s.late(i.Invitee.Email)) }, nobody, nil, stateUsed, 200, "/sign-in?next="},
		{"not valid any more", func(_ *testing.T, s *site, i linked) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, string(invitation.InvalidGrant))
		}, invitee, nil, stateInvalid, 200, "link"},
		{"organization deleted", func(_ *testing.T, s *site, _ linked) { s.DeleteScope(s.Org) }, invitee, nil, stateScopeDeleted, 410, "/"},
		{"forged", nil, invitee, func(i linked) string { return i.path[:len(i.path)-2] + "xx" }, stateForged, 404, "/"},
		{"cut off", nil, nobody, func(linked) string { return "/invitations/accept/AQEB" }, stateForged, 404, "/sign-in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			i := s.linked(s.Address("grace"))
			if c.before != nil {
				c.before(t, s, i)
			}
			v := s.anonymous(t)
			if who := c.who(t, s, i); who != nil {
				v = s.as(t, *who)
			}
			path := i.path
			if c.link != nil {
				path = c.link(i)
			}
			var page answer
			s.Unchanged(t, s.ID, func() { page = v.get(path).expect(t, c.status) })
			if got := page.one(t, "section.accept").attr("data-state"); got != c.state {
				t.Fatalf("got state %s, want %s: %s", got, c.state, page.text())
			}
			if strings.Contains(page.text(), i.Invitee.Email) && c.state == stateSignedOut {
				t.Error("the page tells a stranger the invited address")
			}
			checkNext(t, page, path, c.next)
		})
	}
}

// checkNext reports when the page's one next step is another than it should be.
func checkNext(t *testing.T, page answer, path, next string) {
	t.Helper()
	primary := page.one(t, "main").one(t, ".primary")
	if action, isForm := map[string]string{"form": path, "link": path + "/request-link"}[next]; isForm {
		if form, inForm := primary.up("form"); !inForm || form.attr("action") != action || form.attr("method") != "post" {
			t.Errorf("the next step is no form to %s", action)
		}
		return
	}
	want := next
	if strings.HasSuffix(next, "next=") {
		want += url.QueryEscape(path)
	}
	if got := primary.attr("href"); got != want {
		t.Errorf("the next step leads to %s, want %s", got, want)
	}
}

// Somebody who holds an older link to a workspace is led to where the invitation can be answered.
func TestSupersededInAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	who := s.Someone("Uma")
	i := s.invitedToLab(t, who)
	s.Advance(time.Hour)
	if _, err := s.Resend().Do(t.Context(), s.Lab().Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	uma, path := s.as(t, who), invitation.Path+testbed.Token(i.AcceptURL)
	page := uma.get(path).expect(t, http.StatusGone)
	checkNext(t, page, path, invitedPath)
	uma.open(invitedPath).says(t, s.Lab().Workspace.Name)
}

// Whoever has accepted by the newer link needs no link any more.
func TestSupersededAndAccepted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	old := s.linked(s.Address("grace"))
	grace := s.late(old.Invitee.Email)
	s.accept(t, s.resend(t, old), grace)
	page := s.as(t, grace).get(old.path).expect(t, http.StatusGone)
	if got := page.one(t, "section.accept").attr("data-state"); got != stateMember || page.one(t, "a.primary").attr("href") != "/"+s.Org.String() || page.has("form[action="+old.path+"/request-link]") {
		t.Errorf("the page is %s and says %s", got, page.text())
	}
}

// What the inviter wrote is shown to the invitee alone.
func TestTheMessageOfTheInviter(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
	in.Message = new("Welcome!\n\nSee https://evil.example.com <b>")
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	path := invitation.Path + testbed.Token(out.Results[0].Invitation.AcceptURL)
	grace := s.as(t, s.late(in.Invitees[0].Email))
	for _, at := range []string{path, path + "/decline"} {
		if got := facts(t, grace.open(at))["Message"]; got != "Welcome! See https: evil. example. com <b>" {
			t.Errorf("%s says %q", at, got)
		}
	}
	for name, v := range map[string]*visitor{"somebody else": s.as(t, s.Cleo), "signed out": s.anonymous(t)} {
		if page := v.open(path); strings.Contains(page.text(), "Welcome!") {
			t.Errorf("%s reads %s", name, page.text())
		}
	}
	if got := s.as(t, s.Cleo).open(path).one(t, "section.accept").text(); !strings.Contains(got, "The invitation to Acme was sent to g***@example.com .") {
		t.Errorf("somebody else reads %s", got)
	}
}

// A brand that is gone takes what led to it along: of an invitation to it nothing remains.
func TestAcceptPageOfADeletedBrand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.Address("grace")
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/invitations/accept/" + testbed.Token(out.Results[0].Invitation.AcceptURL)
	s.DeleteScope(s.Globex)
	page := s.as(t, s.late(email)).get(path).expect(t, http.StatusGone)
	if got := page.one(t, "section.accept").attr("data-state"); got != stateScopeDeleted {
		t.Errorf("got state %s", got)
	}
}

func TestSignedOutPageIsAlikeForKnownAndUnknownAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.Address("grace")
	i := s.linked(email)
	read := func() string {
		page := s.anonymous(t).open(i.path)
		for _, key := range page.all("input[name=key]") { // another one in every form
			key.Attr = slices.DeleteFunc(key.Attr, func(a html.Attribute) bool { return a.Key == "value" })
		}
		var markup strings.Builder
		if err := html.Render(&markup, page.Node); err != nil {
			t.Fatal(err)
		}
		return markup.String()
	}
	unknown := read()
	s.late(email)
	if diff := cmp.Diff(unknown, read()); diff != "" {
		t.Errorf("the page tells who has an account (-unknown +known):\n%s", diff)
	}
	page := s.anonymous(t).open(i.path)
	back := url.QueryEscape(i.path)
	var links []string
	for _, a := range page.one(t, "main").all("a.button") {
		links = append(links, a.attr("href"))
	}
	if diff := cmp.Diff([]string{"/sign-in?next=" + back, "/sign-in?create=1&next=" + back}, links); diff != "" {
		t.Error(diff)
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	grace := s.as(t, s.late(i.Invitee.Email))
	page := grace.open(i.path)
	facts := page.one(t, "dl.facts").texts("dd")
	if len(facts) != 3 || !strings.HasPrefix(facts[0], "Publisher on Globex") || facts[1] != "Ada" || facts[2] != "29 Nov 2046, 09:30 UTC (in 7 days)" {
		t.Errorf("the page says %q", facts)
	}
	brands := "/" + s.Org.String() + "/brands"
	for range 2 { // a double click does not do it twice
		landed := grace.submit(page, i.path, nil).expect(t, http.StatusSeeOther)
		if got := landed.header.Get("Location"); !strings.HasPrefix(got, brands+"?") {
			t.Errorf("leads to %s", got)
		}
	}
	landed := grace.open(brands)
	if got := landed.texts("td"); len(got) != 4 || got[0] != "Globex" || got[1] != "Publisher" || got[2] != "Ada by invitation, just now" {
		t.Errorf("the brands are %q", got)
	}
	// The link leads straight on from now on.
	if got := grace.get(i.path).expect(t, http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(got, brands+"?") {
		t.Errorf("opened again, it leads to %s", got)
	}
	s.as(t, s.Ada).open("/" + s.Org.String() + "/users")
}

func TestWhereAnAcceptLeads(t *testing.T) {
	t.Parallel()
	org := access.Organization("org_1")
	brand := func(id string, role access.Role) access.BrandRole { return access.BrandRole{ID: id, Role: role} }
	for _, c := range []struct {
		got  access.Grant
		want string
	}{
		{access.Grant{Role: access.Admin}, "/organizations/org_1/users?fresh=usr_1,org_1"},
		{access.Grant{Role: access.Member, Brands: []access.BrandRole{brand("brd_1", access.Admin)}}, "/organizations/org_1/brands/brd_1/users?fresh=usr_1,org_1"},
		{access.Grant{Role: access.Member, Brands: []access.BrandRole{brand("brd_1", access.Viewer)}}, "/organizations/org_1/brands?fresh=usr_1,org_1"},
		{access.Grant{Role: access.Member, Brands: []access.BrandRole{brand("brd_1", access.Admin), brand("brd_2", access.Admin)}}, "/organizations/org_1/brands?fresh=usr_1,org_1"},
		{access.Grant{Role: access.Member}, "/organizations/org_1/brands?fresh=usr_1,org_1"},
	} {
		if got := arrival(org, c.got, "usr_1"); got != c.want {
			t.Errorf("%+v: leads to %s, want %s", c.got, got, c.want)
		}
	}
}

func TestAcceptIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	for _, c := range []struct {
		name   string
		who    *visitor
		path   string
		status int
		state  string
	}{
		{"signed out", s.anonymous(t), i.path, 401, stateSignedOut},
		{"wrong account", s.as(t, s.Cleo), i.path, 403, stateWrongAccount},
		{"not verified", s.as(t, s.unverified(t, i.Invitee.Email)), i.path, 403, stateUnverified},
		{"forged", s.as(t, s.Cleo), "/invitations/accept/AQEB", 404, stateForged},
	} {
		s.Unchanged(t, s.ID, func() {
			page := c.who.post(c.path, nil).expect(t, c.status)
			if got := page.one(t, "section.accept").attr("data-state"); got != c.state {
				t.Errorf("%s: got state %s, want %s", c.name, got, c.state)
			}
		})
	}
	s.Advance(8 * 24 * time.Hour)
	page := s.as(t, s.late(i.Invitee.Email)).post(i.path, nil).expect(t, http.StatusGone)
	if got := page.one(t, "section.accept").attr("data-state"); got != stateExpired {
		t.Errorf("expired: got state %s", got)
	}
}

func TestDecline(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	nobody := s.anonymous(t)
	page := nobody.open(i.path)
	decline := i.path + "/decline"
	for _, typed := range []string{"", "somebody@example.com", "nonsense"} {
		s.Unchanged(t, s.ID, func() {
			wrong := nobody.submit(page, decline, url.Values{"email": {typed}})
			if wrong.status != http.StatusUnprocessableEntity {
				t.Fatalf("%q: got %d", typed, wrong.status)
			}
			field := wrong.one(t, "input#email")
			if field.attr("aria-invalid") != "true" || field.attr("value") != typed || !wrong.has("details.decline[open]") {
				t.Errorf("%q: the page says %s", typed, wrong.text())
			}
		})
	}
	done := nobody.follow(nobody.submit(page, decline, url.Values{"email": {strings.ToUpper(i.Invitee.Email)}}))
	if got := done.one(t, "h1").text(); got != "You declined" {
		t.Errorf("got %q", got)
	}

	other := s.linked(s.Address("grace"))
	grace := s.as(t, s.late(other.Invitee.Email))
	done = grace.follow(grace.submit(grace.open(other.path+"/decline"), other.path+"/decline", nil))
	if got := done.one(t, "section.accept").attr("data-state"); got != stateDeclined {
		t.Errorf("signed in: got state %s", got)
	}
}

// A scanner opens each link of a mail, runs scripts and submits each form on the page without being signed in.
func TestScannersChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	scanner := s.anonymous(t)
	s.Unchanged(t, s.ID, func() {
		scanner.send(http.MethodHead, i.path, nil)
		page := scanner.open(i.path)
		for _, a := range page.all("a") {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				scanner.send(method, a.attr("href"), nil)
			}
		}
		forms := page.all("form")
		for _, form := range forms {
			for _, typed := range []string{"", "x", "scanner@example.com"} {
				values := fieldsOf(form)
				for name := range values {
					if name != "key" {
						values.Set(name, typed)
					}
				}
				scanner.send(strings.ToUpper(form.attr("method")), form.attr("action"), values)
			}
		}
		if len(forms) == 0 {
			t.Error("there is no form to try")
		}
		scanner.post(i.path, nil)
	})
}

func TestInvitationsForMe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.Address("grace")
	toOrg := s.Pending(email)
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Admin},
	})
	if err != nil {
		t.Fatal(err)
	}
	toBrand := out.Results[0].Invitation
	grace := s.as(t, s.late(email))
	home := grace.open("/")
	if got := home.texts("li.offer"); len(got) != 2 {
		t.Fatalf("got %q", got)
	}
	if got := home.texts("h3"); !slices.Equal(got, []string{"Acme", "Globex in Acme"}) {
		t.Errorf("they lead to %q", got)
	}
	if got := grace.open("/"+s.Globex.String()+"/invitations/"+toBrand.ID+"/decline").one(t, "h1").text(); got != "Decline the invitation to Globex in Acme ?" {
		t.Errorf("to decline, the page asks %q", got)
	}
	if s.as(t, s.Cleo).open("/").has("li.offer") {
		t.Error("somebody sees the invitations of others")
	}
	decline := "/" + s.Org.String() + "/invitations/" + toOrg.ID + "/decline"
	declined := grace.follow(grace.submit(grace.open(decline), decline, nil))
	if !declined.has("div.notice[role=status]") {
		t.Errorf("the page says %s", declined.text())
	}
	landed := grace.submit(home, "/"+s.Globex.String()+"/invitations/"+toBrand.ID+"/accept", nil).expect(t, http.StatusSeeOther)
	if got := landed.header.Get("Location"); !strings.HasPrefix(got, "/"+s.Globex.String()+"/users?") {
		t.Errorf("an accept as brand Admin leads to %s", got)
	}
	users := grace.follow(landed)
	if got := users.texts("bdi.name"); len(got) == 0 {
		t.Errorf("the users are %q", got)
	}
	home = grace.open("/")
	if home.has("li.offer") {
		t.Errorf("answered invitations stay: %q", home.texts("li.offer"))
	}
	if got := home.one(t, "li.organization").texts("h3"); len(got) != 1 || got[0] != "Acme Member" {
		t.Errorf("my organizations are %q", got)
	}
	// By id, an invitation of somebody else is one that does not exist.
	s.as(t, s.Cleo).post("/"+s.Org.String()+"/invitations/"+s.Pending(s.Address("x")).ID+"/accept", nil).expect(t, http.StatusNotFound)
}
