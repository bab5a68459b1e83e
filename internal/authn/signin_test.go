package authn_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/authn"
	"prism-access/internal/fault"
)

const baseURL = "https://prism.example.com"

func newSignIn(issuer string) *authn.SignIn {
	return &authn.SignIn{Issuer: issuer, ClientID: clientID, BaseURL: baseURL, Now: time.Now}
}

// start begins a sign-in and returns the request the provider gets, and the cookie the browser keeps.
func start(t *testing.T, s *authn.SignIn, wish authn.Wish) (url.Values, *http.Cookie) {
	t.Helper()
	to, cookie := startAt(t, s, wish)
	if to.Path != "/authorize" {
		t.Fatalf("got %s, want where the provider signs in", to)
	}
	return to.Query(), cookie
}

// startAt returns where the provider gets the request, too.
func startAt(t *testing.T, s *authn.SignIn, wish authn.Wish) (*url.URL, *http.Cookie) {
	t.Helper()
	w := httptest.NewRecorder()
	location, err := s.Start(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in", nil), wish)
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, s.Issuer+"/") {
		t.Fatalf("got %s (%v), want the provider", location, err)
	}
	return to, w.Result().Cookies()[0]
}

func finish(t *testing.T, s *authn.SignIn, query url.Values, cookie *http.Cookie) (account.RegisterInput, string, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, authn.CallbackPath+"?"+query.Encode(), nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return s.Finish(httptest.NewRecorder(), r)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSignIn(p.URL)
	request, cookie := start(t, s, authn.Wish{Next: "/organizations/org_1/users?tab=invited", Hint: "ada@example.com"})
	want := map[string]string{
		"client_id": clientID, "response_type": "code", "redirect_uri": baseURL + "/sign-in/callback", "scope": "openid email profile",
		"code_challenge_method": "S256", "login_hint": "ada@example.com", "prompt": "",
	}
	for name, value := range want {
		if got := request.Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
	if len(request.Get("state")) < 32 || len(request.Get("nonce")) < 32 || request.Get("state") == request.Get("nonce") {
		t.Errorf("got state %q and nonce %q, want two unguessable ones", request.Get("state"), request.Get("nonce"))
	}
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" || !strings.HasPrefix(cookie.Name, "__Host-sign-in-") {
		t.Errorf("got cookie %v", cookie)
	}
	who, next, err := finish(t, s, url.Values{"state": {request.Get("state")}, "code": {p.authorize(request)}}, cookie)
	if err != nil {
		t.Fatal(err)
	}
	wantWho := account.RegisterInput{Issuer: p.URL, Subject: "ada", Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace"}
	if diff := cmp.Diff(wantWho, who); diff != "" {
		t.Error(diff)
	}
	if next != "/organizations/org_1/users?tab=invited" {
		t.Errorf("got next %q", next)
	}
}

func TestSignInPassesWishesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		prompts        []string
		signUp         string // the path of the page for it
		wish           authn.Wish
		prompt, leadTo string
	}{
		{wish: authn.Wish{}, leadTo: "/authorize"},
		{wish: authn.Wish{Switch: true}, prompt: "login", leadTo: "/authorize"},
		{prompts: []string{"login", "create"}, wish: authn.Wish{Create: true}, prompt: "create", leadTo: "/authorize"},
		{prompts: []string{"login"}, wish: authn.Wish{Create: true}, prompt: "login", leadTo: "/authorize"},
		{wish: authn.Wish{Create: true}, prompt: "login", leadTo: "/authorize"},
		{signUp: "/signup", wish: authn.Wish{Create: true}, leadTo: "/signup"},
		{signUp: "/signup", wish: authn.Wish{Switch: true}, prompt: "login", leadTo: "/authorize"},
		{signUp: "/signup", wish: authn.Wish{}, leadTo: "/authorize"},
	} {
		p := newProvider(t)
		p.prompts = c.prompts
		s := newSignIn(p.URL)
		if c.signUp != "" {
			s.SignUpURL = p.URL + c.signUp
		}
		to, _ := startAt(t, s, c.wish)
		request := to.Query()
		if got := request.Get("prompt"); got != c.prompt || to.Path != c.leadTo {
			t.Errorf("%+v: got %s with prompt %q", c, to.Path, got)
		}
		if request.Has("login_hint") || request.Get("client_id") != clientID || request.Get("code_challenge") == "" || request.Get("state") == "" {
			t.Errorf("%+v: got %s", c, to)
		}
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		claims   map[string]any
		change   func(answer url.Values)
		noCookie bool
		kind     fault.Kind
		code     string
	}{
		{name: "no cookie", noCookie: true, kind: fault.BadRequest, code: "sign_in_lost"},
		{name: "state of another sign-in", change: func(a url.Values) { a.Set("state", "x") }, kind: fault.BadRequest, code: "sign_in_lost"},
		{name: "no state", change: func(a url.Values) { a.Del("state") }, kind: fault.BadRequest, code: "sign_in_lost"},
		{name: "unknown code", change: func(a url.Values) { a.Set("code", "x") }, kind: fault.BadRequest, code: "sign_in_failed"},
		{name: "cancelled", change: func(a url.Values) { a.Set("error", "access_denied") }, kind: fault.Forbidden, code: "sign_in_refused"},
		{name: "nonce of another sign-in", claims: map[string]any{"nonce": "x"}, kind: fault.BadRequest, code: "sign_in_failed"},
		{name: "token for another client", claims: map[string]any{"aud": "other"}, kind: fault.BadRequest, code: "sign_in_failed"},
		{name: "token of another issuer", claims: map[string]any{"iss": "https://evil.example.com"}, kind: fault.BadRequest, code: "sign_in_failed"},
		{name: "expired token", claims: map[string]any{"exp": 1}, kind: fault.BadRequest, code: "sign_in_failed"},
		{name: "no address", claims: map[string]any{"email": ""}, kind: fault.Forbidden, code: "no_email"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.claims = c.claims
			s := newSignIn(p.URL)
			request, cookie := start(t, s, authn.Wish{})
			answer := url.Values{"state": {request.Get("state")}, "code": {p.authorize(request)}}
			if c.change != nil {
				c.change(answer)
			}
			if c.noCookie {
				cookie = nil
			}
			who, _, err := finish(t, s, answer, cookie)
			if !errors.Is(err, c.kind) || !fault.HasCode(err, c.code) || who != (account.RegisterInput{}) {
				t.Errorf("got %+v and %v, want nobody and %s", who, err, c.code)
			}
		})
	}
}

func TestTwoSignInsAtOnce(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSignIn(p.URL)
	first, one := start(t, s, authn.Wish{Next: "/one"})
	second, two := start(t, s, authn.Wish{Next: "/two"})
	callback := func(query url.Values, cookies ...*http.Cookie) (*http.Response, string, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, authn.CallbackPath+"?"+query.Encode(), nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		_, next, err := s.Finish(w, r)
		return w.Result(), next, err
	}
	if got, _, err := callback(url.Values{"state": {"x"}}, one, two); err == nil || len(got.Cookies()) != 0 {
		t.Errorf("an answer to neither: got %v and cookies %v, want an error that takes nothing back", err, got.Cookies())
	}
	got, _, err := callback(url.Values{"state": {second.Get("state")}, "error": {"access_denied"}}, one, two)
	if taken := got.Cookies(); err == nil || len(taken) != 1 || taken[0].Name != two.Name || taken[0].MaxAge >= 0 {
		t.Errorf("refused: got %v and cookies %v, want the second alone taken back", err, taken)
	}
	if _, next, err := callback(url.Values{"state": {first.Get("state")}, "code": {p.authorize(first)}}, one); err != nil || next != "/one" {
		t.Errorf("got %q and %v, want the first to go on to its page", next, err)
	}
}

func TestUnfinishedSignInsDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := newSignIn(newProvider(t).URL)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in", nil)
	var taken int
	for range 20 {
		w := httptest.NewRecorder()
		if _, err := s.Start(w, r, authn.Wish{Next: "/" + strings.Repeat("a", 300)}); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.Result().Cookies() {
			if c.MaxAge < 0 {
				taken++
				continue
			}
			r.AddCookie(c)
		}
	}
	if taken == 0 {
		t.Error("nothing was ever taken back")
	}
}

func TestEmailVerifiedAsText(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]bool{true: true, false: false, "true": true, "false": false, 1: false} {
		p := newProvider(t)
		p.claims = map[string]any{"email_verified": value}
		s := newSignIn(p.URL)
		request, cookie := start(t, s, authn.Wish{})
		who, _, err := finish(t, s, url.Values{"state": {request.Get("state")}, "code": {p.authorize(request)}}, cookie)
		if err != nil || who.EmailVerified != want {
			t.Errorf("%v: got %v and %v, want %v", value, who.EmailVerified, err, want)
		}
	}
}

func TestSignInSurvivesAProviderThatIsDownAtFirst(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSignIn(p.URL)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p.Config.Handler = func(healthy http.Handler) http.Handler {
		down := true
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down {
				down = false
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			healthy.ServeHTTP(w, r)
		})
	}(p.Config.Handler)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in", nil)
	if _, err := s.Start(httptest.NewRecorder(), r, authn.Wish{}); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
	// What a request that is over has looked up still serves the next one.
	if _, err := s.Start(httptest.NewRecorder(), r.WithContext(ended), authn.Wish{}); err != nil {
		t.Fatal(err)
	}
	request, cookie := start(t, s, authn.Wish{})
	if _, _, err := finish(t, s, url.Values{"state": {request.Get("state")}, "code": {p.authorize(request)}}, cookie); err != nil {
		t.Fatal(err)
	}
}

func TestEndURL(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	end, err := url.Parse(newSignIn(p.URL).EndURL(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"a": {"b"}, "client_id": {clientID}, "post_logout_redirect_uri": {baseURL + authn.SignedOutPath}, "logout_uri": {baseURL + authn.SignedOutPath}}
	if diff := cmp.Diff(want, end.Query()); diff != "" || end.Path != "/logout" {
		t.Errorf("got %s: %s", end, diff)
	}
	without := newProvider(t)
	without.end = false
	if got := newSignIn(without.URL).EndURL(t.Context()); got != "" {
		t.Errorf("no such endpoint: got %q", got)
	}
	if got := newSignIn("http://127.0.0.1:1").EndURL(t.Context()); got != "" {
		t.Errorf("provider down: got %q", got)
	}
}

func TestOwnPath(t *testing.T) {
	t.Parallel()
	for _, own := range []string{
		"/", "/invitations/accept/AQEB-_x", "/organizations/org_1/users?tab=invited&status=pending", "/a#b", "/a%2F%2Fb", "/?next=//evil.example.com",
	} {
		if got := authn.OwnPath(own); got != own {
			t.Errorf("%q: got %q", own, got)
		}
	}
	for _, foreign := range []string{
		"", "https://evil.example.com", "//evil.example.com", "///evil.example.com", "/\\evil.example.com", "\\\\evil.example.com", "\\/evil.example.com",
		"/\tevil", "/\n/evil.example.com", "/\r\nSet-Cookie: a=b", "\t//evil.example.com", " //evil.example.com", "javascript:alert(1)",
		"data:text/html,x", "evil.example.com", "./a", "../a", "?a", "#a", "/a\x00b", "/a\u0085b", "/%zz", "/sign-in?next=/", "/sign-in/callback?code=1",
		"/sign-out", "/" + strings.Repeat("a", 2000),
	} {
		if got := authn.OwnPath(foreign); got != "/" {
			t.Errorf("%q: got %q, want /", foreign, got)
		}
	}
}

// FuzzOwnPath: whatever page is asked for after the sign-in, the browser is led to it as it is or to the home page, and never to another site.
func FuzzOwnPath(f *testing.F) {
	for _, path := range []string{
		"/", "/invitations/accept/AQEB-_x", "/organizations/org_1/users?tab=invited#top", "//evil.example.com", "///evil.example.com", "/\\evil.example.com", "/\t/evil.example.com",
		"https://evil.example.com", "/.//evil.example.com", "/a/..//evil.example.com/", "/%2f%2fevil.example.com", "/@evil.example.com", "javascript:alert(1)", "/sign-in?next=/", "",
	} {
		f.Add(path)
	}
	base, _ := url.Parse(baseURL)
	f.Fuzz(func(t *testing.T, path string) {
		own := authn.OwnPath(path)
		if own != path && own != "/" {
			t.Errorf("%q becomes %q", path, own)
		}
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, authn.CallbackPath, nil), own, http.StatusSeeOther)
		for _, location := range []string{own, w.Header().Get("Location")} { // for our script and for browsers
			seen := asBrowsersRead.Replace(location)
			to, err := base.Parse(seen)
			if err != nil || to.Scheme != base.Scheme || to.Host != base.Host || to.User != nil || strings.HasPrefix(seen, "//") {
				t.Errorf("%q leads to %q, %v", path, location, err)
			}
		}
	})
}

// asBrowsersRead takes a backslash for a slash, and leaves out tabs and line ends.
var asBrowsersRead = strings.NewReplacer("\\", "/", "\t", "", "\r", "", "\n", "")

func TestFromClaims(t *testing.T) {
	t.Parallel()
	claims := map[string]string{"iss": "https://issuer.example.com", "sub": "ada", "email": "mallory@example.com"}
	if got, want := authn.FromClaims(claims).User, account.UserID("https://issuer.example.com", "ada"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, scopes := range []string{"a b", "[a b]", "b", "[b]"} {
		claims["scope"] = scopes
		if got := authn.FromClaims(claims); !got.HasScope("b") || got.HasScope("c") {
			t.Errorf("the scopes %q are %q", scopes, got.Scopes)
		}
	}
	delete(claims, "scope")
	claims["scp"] = "[a b]"
	if got := authn.FromClaims(claims); !got.HasScope("b") || got.HasScope("c") {
		t.Errorf("the scopes in scp are %q", got.Scopes)
	}
	for scopes, want := range map[string]bool{"openid access.user": false, "[prism/access.user members.read]": false, "": true, "openid": true, "access.check": true} {
		claims["scope"], claims["scp"] = scopes, ""
		if got := authn.FromClaims(claims); got.Client != want {
			t.Errorf("with the scopes %q it is a client's: %v", scopes, got.Client)
		}
	}
	for _, claims := range []map[string]string{nil, {"sub": "ada"}, {"iss": "https://issuer.example.com"}} {
		if got := authn.FromClaims(claims); got.SignedIn() == nil {
			t.Errorf("%v: got %+v, want nobody", claims, got)
		}
	}
}
