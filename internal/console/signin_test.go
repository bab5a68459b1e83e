package console

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/infra/local/oidc"
	"prism-access/internal/account"
	"prism-access/internal/authn"
	"prism-access/internal/testbed"
)

// withIssuer lets people sign in with a real issuer, and returns it.
func (s *site) withIssuer(t *testing.T) (*oidc.Issuer, string) {
	t.Helper()
	key, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer := oidc.New(oidc.Options{
		Issuer: server.URL, ClientID: "console", Key: key, Confirmed: func(context.Context, oidc.Person) error { return nil },
		RedirectURIs: []string{testbed.BaseURL + authn.CallbackPath}, LogoutURIs: []string{testbed.BaseURL + "/"},
	})
	handler = issuer.Handler()
	s.config.SignIn = &authn.SignIn{Issuer: server.URL, ClientID: "console", BaseURL: testbed.BaseURL, Now: s.RealNow}
	s.start(t)
	return issuer, server.URL
}

// click answers the issuer's page as a person there, and returns where that leads.
func click(t *testing.T, authorize string, p oidc.Person) *url.URL {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, authorize, strings.NewReader(url.Values{"person": {p.Subject}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil || !strings.HasPrefix(back.String(), testbed.BaseURL+authn.CallbackPath) {
		t.Fatalf("the issuer leads to %v (%v)", back, err)
	}
	return back
}

func (s *site) signUp(t *testing.T, issuer *oidc.Issuer, email string) oidc.Person {
	t.Helper()
	p, err := issuer.SignUp(t.Context(), oidc.Person{Email: email, EmailVerified: true, Name: "Grace Hopper"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// From the link in a mail to the member: sign-up, back to the same page, accept.
func TestSignUpComesBackToTheInvitation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	issuer, at := s.withIssuer(t)
	email := s.Address("grace")
	path := "/invitations/accept/" + testbed.Token(s.Links.URL(s.Pending(email)))

	grace := s.anonymous(t)
	page := grace.open(path)
	create := page.one(t, "a[class=button]").attr("href")
	grace.header.Del("Sec-Fetch-Site") // as when the address is opened from elsewhere
	authorize := grace.get(create).expect(t, http.StatusSeeOther).header.Get("Location")
	if !strings.HasPrefix(authorize, at+"/authorize?") || !strings.Contains(authorize, "prompt=create") {
		t.Fatalf("leads to %s", authorize)
	}
	person := s.signUp(t, issuer, email)
	back := click(t, authorize, person)
	if got := grace.get(back.RequestURI()).expect(t, http.StatusSeeOther).header.Get("Location"); got != path {
		t.Fatalf("after sign-in: leads to %s, want %s", got, path)
	}
	if c := grace.cookies["__Host-session"]; c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("got cookie %v", c)
	}
	if stays := slices.ContainsFunc(slices.Collect(maps.Keys(grace.cookies)), func(name string) bool { return strings.HasPrefix(name, "__Host-sign-in") }); stays {
		t.Error("the cookie of the sign-in stays")
	}
	landed := grace.follow(grace.submit(grace.open(path), path, nil))
	if got := landed.one(t, "div.notice").text(); got != "You are in. Welcome to Acme." {
		t.Errorf("the notice says %q", got)
	}
	me, err := s.Me().Do(t.Context(), testbed.Caller(account.UserID(at, person.Subject)), account.MeInput{})
	if err != nil || me.Email != email || !me.EmailVerified {
		t.Errorf("got %+v and %v", me, err)
	}
}

func TestSignInLeavesOurPagesByAPageInBetween(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, at := s.withIssuer(t)
	a := s.anonymous(t)
	// Both headers keep form-action from standing in the way: a redirect after a form may only lead to our own pages.
	page := a.send(http.MethodGet, "/sign-in?next=/", nil)
	if refresh := page.header.Get("Refresh"); page.status != http.StatusOK || !strings.HasPrefix(refresh, "0; url="+at+"/authorize?") {
		t.Errorf("got %d and Refresh %q", page.status, refresh)
	}
}

func TestSignInReturnsToOwnPagesOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	issuer, _ := s.withIssuer(t)
	person := s.signUp(t, issuer, s.Address("grace"))
	for next, want := range map[string]string{
		"/organizations/new": "/organizations/new", "//evil.example.com": "/", "https://evil.example.com": "/", `/\evil.example.com`: "/",
		"/\n//evil.example.com": "/", "javascript:alert(1)": "/", "": "/", "/sign-in?next=/": "/",
	} {
		v := s.anonymous(t)
		v.header.Del("Sec-Fetch-Site")
		authorize := v.get("/sign-in?next="+url.QueryEscape(next)).expect(t, http.StatusSeeOther).header.Get("Location")
		back := click(t, authorize, person)
		if got := v.get(back.RequestURI()).expect(t, http.StatusSeeOther).header.Get("Location"); got != want {
			t.Errorf("next=%q: leads to %q, want %q", next, got, want)
		}
	}
}

func TestSignInPassesTheHintAndTheSwitchOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withIssuer(t)
	v := s.anonymous(t)
	v.header.Del("Sec-Fetch-Site")
	to := v.get("/sign-in?switch=1&login_hint=ada%40example.com").expect(t, http.StatusSeeOther).header.Get("Location")
	if !strings.Contains(to, "prompt=login") || !strings.Contains(to, "login_hint=ada%40example.com") {
		t.Errorf("leads to %s", to)
	}
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.anonymous(t).open("/sign-in")
	if got := page.texts("a.button"); len(got) != 2 || got[0] != "Sign in" || got[1] != "Create account" {
		t.Errorf("got %q", got)
	}
	if got := s.as(t, s.Ada).get("/sign-in").expect(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
		t.Errorf("who is signed in is led to %s", got)
	}
}

func TestSignInThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	// Nobody answers at the provider's address.
	a := s.anonymous(t).get("/sign-in?next=/").expect(t, http.StatusServiceUnavailable)
	if !a.has("section#failure") || a.header.Get("Retry-After") == "" {
		t.Errorf("got %v: %s", a.header, a.text())
	}
	s.withIssuer(t)
	lost := s.anonymous(t).get(authn.CallbackPath+"?code=x&state=y").expect(t, http.StatusBadRequest)
	if got := lost.one(t, "div.problem").text(); !strings.Contains(got, "started in another window") || len(lost.all("a.button")) != 2 {
		t.Errorf("got %q", got)
	}
	v := s.anonymous(t)
	v.header.Del("Sec-Fetch-Site")
	to, err := url.Parse(v.get("/sign-in?next=/organizations/new").header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	cancelled := v.get(authn.CallbackPath+"?error=access_denied&state="+to.Query().Get("state")).expect(t, http.StatusForbidden)
	if got := cancelled.one(t, "a.primary").attr("href"); got != "/sign-in?next=%2Forganizations%2Fnew" {
		t.Errorf("trying again leads to %s", got)
	}
	if len(v.cookies) != 0 {
		t.Errorf("cookies stay: %v", v.cookies)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	before := ada.cookies["__Host-session"]
	ada.get("/sign-out").expect(t, http.StatusNotFound)
	if got := ada.follow(ada.post("/sign-out", nil)).one(t, "div.notice").text(); got != "You are signed out." {
		t.Errorf("got %q", got)
	}
	if len(ada.cookies) != 0 {
		t.Errorf("cookies stay: %v", ada.cookies)
	}
	ada.cookies["__Host-session"] = before
	ada.get("/").expect(t, http.StatusSeeOther)

	_, at := s.withIssuer(t)
	out := s.as(t, s.Ada).post("/sign-out", nil).expect(t, http.StatusOK)
	if got := out.header.Get("Refresh"); !strings.HasPrefix(got, "0; url="+at+"/logout?client_id=console&") {
		t.Errorf("at a provider that ends sessions: Refresh %q", got)
	}
}
