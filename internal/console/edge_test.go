package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/fault"
	"prism-access/internal/testbed"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protection is what every answer has, whatever it is.
var protection = map[string]string{
	"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000",
	"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, elsewhere := s.as(t, s.Ada), s.as(t, s.Ada)
	elsewhere.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	org := "/" + s.Org.String()
	long := url.Values{"name": {strings.Repeat("x", maxBody)}}
	answers := []answer{
		elsewhere.post("/organizations/new", nil).expect(t, http.StatusForbidden), ada.post("/organizations/new", long).expect(t, http.StatusRequestEntityTooLarge),
		ada.send(http.MethodDelete, "/organizations/new", nil), ada.get(org+"/").expect(t, http.StatusNotFound), s.anonymous(t).get(org).expect(t, http.StatusSeeOther),
		s.anonymous(t).post(org+"/brands/new", nil).expect(t, http.StatusUnauthorized), ada.get("/v1/nowhere").expect(t, http.StatusNotFound),
	}
	for _, path := range []string{"/", "/sign-in", "/nowhere", "/invitations/accept/x", org, org + "/users/invite", "/openapi.yaml", "/docs", "/static/x/console.css", "/favicon.ico"} {
		answers = append(answers, ada.get(path))
	}
	for _, a := range answers {
		for name, want := range protection {
			if got := a.header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s, %d: %s is %q, want %q", a.path, a.status, name, got, want)
			}
		}
		open := slices.Contains([]string{"/openapi.yaml", "/docs", "/favicon.ico"}, a.path)
		if got := a.header.Get("Cache-Control"); !open && got != "no-store" {
			t.Errorf("%s, %d: Cache-Control is %q", a.path, a.status, got)
		}
	}
}

func TestStaticFilesKeepForEver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.anonymous(t).open("/sign-in")
	var addresses []string
	for _, n := range append(page.all("link"), page.all("script")...) {
		addresses = append(addresses, n.attr("href")+n.attr("src"))
	}
	addresses = append(addresses, strings.Split(page.all("use")[0].attr("href"), "#")[0])
	types := map[string]string{}
	for _, address := range addresses {
		a := s.anonymous(t).open(address)
		types[address[strings.LastIndexByte(address, '/')+1:]] = a.header.Get("Content-Type")
		if got := a.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control is %q", address, got)
		}
		s.anonymous(t).get(strings.Replace(address, "/static/", "/static/0", 1)).expect(t, http.StatusNotFound)
	}
	want := map[string]string{
		"mark.svg": "image/svg+xml", "icons.svg": "image/svg+xml", "console.css": "text/css; charset=utf-8",
		"htmx-4.0.1.min.js": "text/javascript; charset=utf-8", "console.js": "text/javascript; charset=utf-8",
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
	s.anonymous(t).get("/static//").expect(t, http.StatusTemporaryRedirect) // cleaned by the mux, never a file of the machine
	s.anonymous(t).get("/static/x/..%2f..%2frender.go").expect(t, http.StatusNotFound)
}

func TestUnknownOperationsAreProblems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/v1", "/v1/", "/v1/nowhere", "/v1//me", "/v1/../v1/x"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			nobody := s.anonymous(t)
			nobody.header.Set("Sec-Fetch-Site", "cross-site")
			a := nobody.send(method, path, nil).expect(t, http.StatusNotFound)
			var got struct {
				Title, Code, Detail string
				Status              int
				RequestID           string `json:"request_id"`
			}
			if err := json.Unmarshal([]byte(a.text()), &got); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			if got.Title != "Not Found" || got.Status != 404 || got.Code != "not_found" || got.Detail != fault.Unknown().Message ||
				!strings.HasPrefix(got.RequestID, "req-") || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: got %+v as %s", method, path, got, a.header.Get("Content-Type"))
			}
		}
	}
	if a := s.anonymous(t).get("/v10").expect(t, http.StatusNotFound); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("/v10: got %s, want a page", a.header.Get("Content-Type"))
	}
}

func TestContractIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.anonymous(t).open("/openapi.yaml"); a.header.Get("Content-Type") != "application/yaml" || !strings.Contains(a.text(), "openapi: 3.1") {
		t.Errorf("got %v: %s", a.header, a.text())
	}
}

// Who is asked to sign in stands in the table of the pages. A script would put the sign-in into the part that it has asked for.
func TestWhoeverIsNotSignedInIsAskedToByTheWholePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	nobody := s.anonymous(t)
	nobody.header.Set("Hx-Request", "true")
	path := "/" + s.Org.String() + "/users?tab=invited"
	a := nobody.get(path).expect(t, http.StatusNoContent)
	if got := a.header.Get("Hx-Redirect"); got != "/sign-in?next="+url.QueryEscape(path) {
		t.Errorf("a script is led to %q", got)
	}
}

// changes lists every address that changes something, with what is sent there.
func (s *site) changes(t *testing.T) map[string]url.Values {
	t.Helper()
	_, wanted := readTable(t, forms, http.MethodPost, false)
	all := map[string]url.Values{}
	for pattern := range wanted {
		if pattern != "/sign-out" { // which changes nothing but the browser's session, and is for everybody
			f := s.sending(t, pattern)
			all[f.path] = f.values
		}
		if strings.HasSuffix(pattern, "{token}/decline") {
			all[s.sending(t, pattern).path] = url.Values{"email": {"somebody@example.com"}}
		}
	}
	return all
}

func TestNobodyChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, values := range s.changes(t) {
		s.Unchanged(t, s.ID, func() {
			a := s.anonymous(t).post(path, values)
			if a.status != http.StatusUnauthorized && a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: got %d", path, a.status)
			}
		})
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, values := range s.changes(t) {
		for name, header := range map[string]http.Header{
			"cross-site":        {"Sec-Fetch-Site": {"cross-site"}},
			"same-site":         {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.prism.test"}},
			"an old browser":    {"Origin": {"https://evil.example.com"}},
			"a sandboxed frame": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}},
		} {
			ada := s.as(t, s.Ada)
			ada.header = header
			s.Unchanged(t, s.ID, func() {
				if a := ada.post(path, values); a.status != http.StatusForbidden || !a.has("section#failure") {
					t.Errorf("%s from %s: got %d", path, name, a.status)
				}
			})
		}
	}
	for name, header := range map[string]http.Header{
		"behind a proxy": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {testbed.BaseURL}},
		"no browser":     {},
	} {
		ada := s.as(t, s.Ada)
		ada.header = header
		if a := ada.post("/organizations/new", url.Values{"name": {"Umbrella"}}); a.status != http.StatusSeeOther {
			t.Errorf("%s: got %d", name, a.status)
		}
	}
}

// Opening the address of a form sends none, also where there is no page.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	changes := s.changes(t)
	ada := s.as(t, s.Ada)
	s.Unchanged(t, s.ID, func() {
		for path := range changes {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if a := ada.send(method, path, nil); a.status >= http.StatusInternalServerError {
					t.Errorf("%s %s: got %d", method, path, a.status)
				}
			}
		}
	})
}

// What there is not, or is not where the address says, is refused as what one may not see.
func TestAddressesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	base := "/" + s.Org.String()
	const ok, none, forbidden = http.StatusOK, http.StatusNotFound, http.StatusForbidden
	for path, want := range map[string][4]int{ // Ada, Bob, Cleo, Eve
		base + "/users/invitations/inv_x/link":                           {none, none, none, none},
		base + "/users/invitations/inv_00000000000000000000000000/link":  {none, forbidden, forbidden, none},
		base + "/access-requests/req_x":                                  {none, none, none, none},
		base + "/access-requests/req_00000000000000000000000000":         {none, forbidden, forbidden, none},
		"/" + s.Initech.String() + "/users":                              {ok, none, none, none},
		"/organizations/org%23/users":                                    {none, none, none, none},
		"/" + s.Elsewhere.String() + "/users":                            {none, none, none, ok},
		"/organizations/" + s.ID + "/brands/" + s.Hooli.Brand + "/users": {none, none, none, none},
	} {
		for n, someone := range []testbed.Someone{s.Ada, s.Bob, s.Cleo, s.Eve} {
			a := s.as(t, someone).get(path)
			if a.status != want[n] {
				t.Errorf("%s, %s: got %d, want %d: %s", path, someone.User.Name, a.status, want[n], a.text())
			}
			if a.status >= 400 && !a.has("section#failure") {
				t.Errorf("%s, %s: the page does not say what happened", path, someone.User.Name)
			}
		}
	}
}

func TestTheSidebarOffersWhatOneMay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	base := "/" + s.Org.String()
	for _, c := range []struct {
		someone testbed.Someone
		inside  []string
		control []string
		named   []string // the entries of the Control Center: an organization is not named where a brand would be
	}{
		{
			s.Ada,
			[]string{base + "/users", base + "/brands", base + "/settings", base + "/audit-log"},
			[]string{base + "/users", base + "/brands"},
			[]string{"Organization settings Acme", "Brand settings All brands of Acme"},
		},
		{s.Bob, []string{base + "/brands"}, []string{"/" + s.Globex.String() + "/users"}, []string{"Brand settings Globex"}},
		{s.Cleo, []string{base + "/brands"}, nil, nil},
	} {
		page := s.as(t, c.someone).open(base + "/brands")
		var groups [][]string
		for _, group := range page.one(t, "nav#sidebar").all("ul.links") {
			var links []string
			for _, a := range group.all("a") {
				links = append(links, a.attr("href"))
			}
			groups = append(groups, links)
		}
		want := [][]string{{"/", "/workspaces"}, c.inside}
		if c.control != nil {
			want = append(want, c.control)
		}
		if diff := cmp.Diff(want, groups); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.someone.User.Name, diff)
		}
		if diff := cmp.Diff(c.named, page.one(t, "nav#sidebar").one(t, "div.foot").texts("a")); diff != "" {
			t.Errorf("%s, the Control Center (-want +got):\n%s", c.someone.User.Name, diff)
		}
	}
}

func TestTooLargeAFormIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Unchanged(t, s.ID, func() {
		for size, status := range map[int]int{maxBody: http.StatusUnprocessableEntity, maxBody + 1: http.StatusRequestEntityTooLarge} {
			name := strings.Repeat("x", size-len("name="))
			s.as(t, s.Ada).post("/"+s.Org.String()+"/brands/new", url.Values{"name": {name}}).expect(t, status)
		}
	})
}

func TestTheLogHasNoTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	token := testbed.Token(s.Links.URL(s.Pending(s.Address("open"))))
	path := "/invitations/accept/" + token
	s.anonymous(t).open(path)
	s.as(t, s.Cleo).open(path)
	s.anonymous(t).post(path+"/decline", url.Values{"email": {"somebody@example.com"}}).expect(t, http.StatusUnprocessableEntity)
	s.anonymous(t).get("/sign-in?next=" + url.QueryEscape(path))
	log := s.log.String()
	if strings.Contains(log, token) || strings.Contains(log, "somebody@example.com") {
		t.Errorf("the log holds a token or an address:\n%s", log)
	}
	for _, want := range []string{
		`operation=console route="GET /invitations/accept/{token}" method=GET status=200 caller="" request_id=req-`, "caller=" + s.Cleo.User.ID,
		`route="POST /invitations/accept/{token}/decline" method=POST status=422`, "code=invalid_input Refusals=1",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if n := strings.Count(log, "Refusals="); n != 1 {
		t.Errorf("%d refusals, want 1:\n%s", n, log)
	}
	for line := range strings.Lines(log) { // a click is what all comes from that it causes
		_, id, _ := strings.Cut(line, "request_id=")
		if id, _, _ = strings.Cut(id, " "); !strings.Contains(line, " correlation_id="+id+" ") {
			t.Errorf("it is not the click's own: %s", line)
		}
	}
	if lines := strings.Count(log, "\n"); lines != 4 {
		t.Errorf("4 requests, %d lines:\n%s", lines, log)
	}
}

func TestBaseURLHasToBeOne(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://\x00", "prism.test", ""} {
		if handler, err := New(Config{BaseURL: base}); err == nil {
			t.Errorf("%q: got %v", base, handler)
		}
	}
}

// A session outlives its user when the table is made anew.
func TestASessionWithoutAUserAsksToSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	gone := testbed.Someone{}
	gone.User.ID = "usr_" + s.NewID()
	visitor := s.as(t, gone)
	path := "/" + s.Org.String() + "/brands"
	if got := visitor.get(path).expect(t, http.StatusSeeOther).header.Get("Location"); got != "/sign-in?next="+url.QueryEscape(path) {
		t.Errorf("leads to %s", got)
	}
	if len(visitor.cookies) != 0 {
		t.Errorf("the cookies stay: %v", visitor.cookies)
	}
}

// Whoever has not proven their address is not told that invitations to it stand on the home page.
func TestHomeOfWhoeverIsNotVerified(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.Address("Uma")
	home := s.as(t, s.Unverified("Uma", email)).open("/").one(t, "div.empty").text()
	if !strings.Contains(home, "Invitations to "+email+" stand here when it is shown that this address is yours: verify it") || strings.Contains(home, "ask somebody to invite you") {
		t.Errorf("the page says %q", home)
	}
	if home := s.as(t, s.Someone("Vera")).open("/").one(t, "div.empty").text(); !strings.Contains(home, "ask somebody to invite you: the invitation then stands here") {
		t.Errorf("verified: the page says %q", home)
	}
}

// Inside a brand the Control Center says where one is.
func TestBrandSettingsAreCurrent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, who := range []testbed.Someone{s.Ada, s.Bob} {
		page := s.as(t, who).open("/" + s.Globex.String() + "/users")
		if got := page.one(t, "div.foot").all("a[aria-current=page]"); len(got) != 1 || !strings.HasPrefix(got[0].text(), "Brand settings") {
			t.Errorf("of %s: %s", who.User.Name, page.one(t, "div.foot").text())
		}
	}
}

// Whoever was signed out while a form was open sends it again from the page that says so, with all that was in it.
func TestFormIsKeptWhenSignedOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/settings"
	typed := fieldsOf(ada.open(path).one(t, "form[action="+path+"]"))
	typed.Set("name", `Umbrella "& Söhne" <b>`)
	typed.Set("existing_accounts", "ask")
	said := s.anonymous(t).post(path, typed).expect(t, http.StatusUnauthorized)
	if !strings.Contains(said.text(), "You are signed out") || said.one(t, "form#sent").one(t, "button").text() != "Send the form again" {
		t.Errorf("the page says %s", said.text())
	}
	if diff := cmp.Diff(typed, fieldsOf(said.one(t, "form#sent"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ada.follow(ada.submit(said, path, nil)).one(t, "div.notice").text(); got != "The settings are saved." {
		t.Errorf("sent again: %q", got)
	}
}
