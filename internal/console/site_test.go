package console

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"prism-access/internal/authn"
	"prism-access/internal/testbed"
	"prism-access/internal/testbed/roles"
)

// site is the console on the real table.
type site struct {
	*testbed.Scene
	config  Config
	handler http.Handler
	log     *lines
}

// lines is a log to look at.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newSite serves the console for a scene.
func newSite(t *testing.T) *site {
	t.Helper()
	return serve(t, testbed.NewScene(t))
}

func serve(t *testing.T, scene *testbed.Scene) *site {
	t.Helper()
	s := &site{Scene: scene, log: &lines{}}
	s.config = configOf(roles.Bed("console", scene.Bed), s.log)
	s.start(t)
	return s
}

func (s *site) start(t *testing.T) {
	t.Helper()
	handler, err := New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.handler = handler
}

func configOf(b *testbed.Bed, log *lines) Config {
	return Config{
		BaseURL: testbed.BaseURL, Now: b.Now, RealNow: b.RealNow, Logger: slog.New(slog.NewTextHandler(log, nil)),
		RequestID: func(r *http.Request) string { return r.Header.Get("X-Request-Id") },
		Sessions:  b.Table, SignIn: &authn.SignIn{Issuer: "http://127.0.0.1:1", ClientID: "console", BaseURL: testbed.BaseURL, Now: b.RealNow},
		Register: b.Register(), Me: b.Me(), MyAccess: b.MyAccess(), Mine: b.Mine(), CountInvited: b.CountInvited(),
		CreateWorkspace: b.CreateWorkspace(), GetWorkspace: b.GetWorkspace(), UpdateWorkspace: b.UpdateWorkspace(),
		EnableWorkspace: b.EnableWorkspace(), DisableWorkspace: b.DisableWorkspace(), DeleteWorkspace: b.DeleteWorkspace(),
		CreateOrganization: b.CreateOrganization(), GetOrganization: b.GetOrganization(), UpdateOrganization: b.UpdateOrganization(),
		CreateBrand: b.CreateBrand(), ListBrands: b.ListBrands(), Count: b.Count(), ListMembers: b.ListMembers(), GetMember: b.GetMember(),
		UpdateMember: b.UpdateMember(), ResumeMails: b.ResumeMails(), RemoveMember: b.RemoveMember(), BulkUpdateMembers: b.BulkUpdate(), BulkRemoveMembers: b.BulkRemove(),
		ListAuditLog:      b.ListAuditLog(),
		CreateInvitations: b.Create(), InvitedElsewhere: b.InvitedElsewhere(), ListInvitations: b.List(), FindUsers: b.FindUsers(), GetInvitation: b.Get(), ResendInvitation: b.Resend(), DeleteInvitation: b.Delete(),
		ShowInvitation: b.Preview(), AcceptInvitation: b.Accept(), DeclineInvitation: b.Decline(),
		RequestLink: b.RequestLink(), CleanUp: b.CleanUpInvitations(), DeleteOrganization: b.DeleteOrganization(),
		CreateRole: b.CreateRole(), ListRoles: b.ListRoles(), GetRole: b.GetRole(), UpdateRole: b.UpdateRole(), DeleteRole: b.DeleteRole(), Offering: b.Offering(),
		GetBrand: b.GetBrand(), UpdateBrand: b.UpdateBrand(), DeleteBrand: b.DeleteBrand(),
		PreviewJoin: b.PreviewJoin(), CreateAccessRequest: b.Ask(), MyAccessRequests: b.MyRequests(), ListAccessRequests: b.AccessRequests(),
		GetAccessRequest: b.AccessRequest(), ApproveAccessRequest: b.Approve(), RejectAccessRequest: b.Reject(), WithdrawAccessRequest: b.Withdraw(),
	}
}

// visitor is a browser without JavaScript.
type visitor struct {
	t       *testing.T
	site    *site
	user    string // id, empty for nobody
	cookies map[string]*http.Cookie
	header  http.Header // sent with each request
}

// answer is what a visitor gets.
type answer struct {
	node
	status int
	header http.Header
	path   string // of the request
}

// anonymous is somebody who is not signed in.
func (s *site) anonymous(t *testing.T) *visitor {
	t.Helper()
	return &visitor{t: t, site: s, cookies: map[string]*http.Cookie{}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// as is somebody who is signed in.
func (s *site) as(t *testing.T, someone testbed.Someone) *visitor {
	t.Helper()
	v := s.anonymous(t)
	v.user = someone.User.ID
	w := httptest.NewRecorder()
	door := authn.Door{Sessions: s.config.Sessions, Now: s.config.RealNow}
	if err := door.Open(w, httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "/", nil), someone.User.ID); err != nil {
		t.Fatal(err)
	}
	v.keep(w.Result())
	return v
}

// keep takes the cookies of an answer, as a browser does that is on our side.
func (v *visitor) keep(r *http.Response) {
	v.t.Helper()
	for _, c := range r.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			v.t.Errorf("a cookie that others may get, or set: %v", c)
		}
		v.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
}

// get asks for a page without following redirects.
func (v *visitor) get(path string) answer { v.t.Helper(); return v.send(http.MethodGet, path, nil) }

// post sends a form.
func (v *visitor) post(path string, values url.Values) answer {
	v.t.Helper()
	return v.send(http.MethodPost, path, values)
}

func (v *visitor) send(method, path string, values url.Values) answer {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), method, path, strings.NewReader(values.Encode()))
	maps.Copy(r.Header, v.header)
	r.Host = cmp.Or(v.header.Get("Host"), r.Host)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Request-Id", "req-"+rand.Text())
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.handler.ServeHTTP(w, r)
	v.keep(w.Result())
	a := answer{status: w.Code, header: w.Header(), path: path, node: parse(v.t, w.Body.String())}
	leaves := a.header.Get("Location") != "" || a.header.Get("Refresh") != ""
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && !leaves && v.header.Get("Hx-Request") == "" && method != http.MethodHead {
		checkPage(v.t, a.node)
		if a.status != http.StatusUnauthorized { // which keeps a form as it was sent
			checkVersions(v.t, a.node)
		}
	}
	return a
}

// open asks for a page that has to be there.
func (v *visitor) open(path string) answer {
	v.t.Helper()
	return v.get(path).expect(v.t, http.StatusOK)
}

func (a answer) expect(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %d, want %d; the page says:\n%s", a.path, a.status, status, a.text())
	}
	return a
}

// follow goes where a redirect leads, which has to be a page of ours.
func (v *visitor) follow(a answer) answer {
	v.t.Helper()
	a.expect(v.t, http.StatusSeeOther)
	to := a.header.Get("Location")
	if !strings.HasPrefix(to, "/") {
		v.t.Fatalf("%s leads to %s, which is no page of ours", a.path, to)
	}
	return v.open(to)
}

// submit sends the form with that action as a browser does: with what it holds, and what is typed or chosen.
func (v *visitor) submit(a answer, action string, typed url.Values) answer {
	v.t.Helper()
	values := fieldsOf(a.one(v.t, "form[action="+action+"]"))
	maps.Copy(values, typed)
	return v.post(action, values)
}

// fieldsOf returns what a form holds before anything is typed.
func fieldsOf(form node) url.Values {
	values := url.Values{}
	for _, field := range form.all("") {
		name := field.attr("name")
		switch kind := field.attr("type"); {
		case name == "" || field.Data == "button":
		case kind == "radio" || kind == "checkbox":
			if field.carries("checked") {
				values.Add(name, field.attr("value"))
			}
		case field.Data == "input":
			values.Add(name, field.attr("value"))
		case field.Data == "textarea":
			values.Add(name, field.text())
		case field.Data == "select":
			for _, o := range field.all("option[selected]") {
				values.Add(name, o.attr("value"))
			}
		}
	}
	return values
}
