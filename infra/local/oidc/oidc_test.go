package oidc_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	client "github.com/coreos/go-oidc/v3/oidc"

	"prism-access/infra/local/oidc"
)

const callback = "http://console.test/sign-in/callback"

var key = sync.OnceValues(oidc.NewKey)

// fixture is an issuer with one person, and a client of it.
type fixture struct {
	t         *testing.T
	issuer    *oidc.Issuer
	url       string
	provider  *client.Provider
	config    oauth2.Config
	mu        sync.Mutex
	confirmed []oidc.Person
	refuse    error          // what the trigger answers
	jar       http.CookieJar // of the browser; nil: it keeps none
}

var ada = oidc.Person{Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace", Username: "ada"}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.url = server.URL + "/dev/oidc"
	signing, err := key()
	if err != nil {
		t.Fatal(err)
	}
	f.issuer = oidc.New(oidc.Options{
		Issuer: f.url, ClientID: "console", Key: signing,
		RedirectURIs: []string{callback}, LogoutURIs: []string{"http://console.test/"},
		Confirmed: func(_ context.Context, p oidc.Person) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.confirmed = append(f.confirmed, p)
			return f.refuse
		},
	})
	mux.Handle("/dev/oidc/", http.StripPrefix("/dev/oidc", f.issuer.Handler()))
	if _, err := f.issuer.SignUp(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	if f.provider, err = client.NewProvider(t.Context(), f.url); err != nil {
		t.Fatal(err)
	}
	f.config = oauth2.Config{ClientID: "console", Endpoint: f.provider.Endpoint(), RedirectURL: callback, Scopes: []string{"openid", "email", "profile"}}
	return f
}

// page gets the sign-in page.
func (f *fixture) page(address string) (int, string) {
	f.t.Helper()
	return f.send(http.MethodGet, address, nil)
}

func (f *fixture) send(method, address string, form url.Values) (int, string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	browser := http.Client{Jar: f.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	if location := response.Header.Get("Location"); location != "" {
		return response.StatusCode, location
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// submit posts a form of the sign-in page and returns the parameters that the application gets.
func (f *fixture) submit(address string, form url.Values) url.Values {
	f.t.Helper()
	status, location := f.send(http.MethodPost, address, form)
	rest, ok := strings.CutPrefix(location, callback+"?")
	if status != http.StatusSeeOther || !ok {
		f.t.Fatalf("got %d %s, want a redirect to the application", status, location)
	}
	values, err := url.ParseQuery(rest)
	if err != nil {
		f.t.Fatal(err)
	}
	return values
}

type claims struct {
	Subject           string `json:"sub"`
	Email             string `json:"email"`
	EmailVerified     bool   `json:"email_verified"`
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
	Nonce             string `json:"nonce"`
}

func TestSignInOfAKnownPerson(t *testing.T) {
	t.Parallel()
	f := start(t)
	verifier := oauth2.GenerateVerifier()
	address := f.config.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier), client.Nonce("the-nonce"))
	person, _ := f.issuer.Person("ADA@example.com")
	if status, body := f.page(address); status != http.StatusOK || !strings.Contains(body, `name="person" value="`+person.Subject+`"`) {
		t.Fatalf("the page does not offer Ada: %d %s", status, body)
	}
	got := f.submit(address, url.Values{"person": {person.Subject}})
	if got.Get("state") != "the-state" || got.Get("iss") != f.url {
		t.Errorf("got %v", got)
	}
	tokens, err := f.config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	verified, err := f.provider.Verifier(&client.Config{ClientID: "console"}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var in claims
	if err := verified.Claims(&in); err != nil {
		t.Fatal(err)
	}
	want := claims{Subject: person.Subject, Email: "ada@example.com", EmailVerified: true, Name: "Ada Lovelace", PreferredUsername: "ada", Nonce: "the-nonce"}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
	info, err := f.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tokens))
	if err != nil || info.Subject != person.Subject || info.Email != "ada@example.com" {
		t.Errorf("userinfo: %v, %v", info, err)
	}
	access, err := f.provider.Verifier(&client.Config{ClientID: "console"}).Verify(t.Context(), tokens.AccessToken)
	if err != nil {
		t.Fatalf("access token: %v", err)
	}
	var api struct {
		Scope    string `json:"scope"`
		ClientID string `json:"client_id"`
	}
	if err := access.Claims(&api); err != nil || api.Scope != "openid access.user" || api.ClientID != "console" || access.Subject != person.Subject {
		t.Errorf("access token: %+v of %s, %v", api, access.Subject, err)
	}
	if len(f.confirmed) != 1 {
		t.Errorf("the trigger heard %v, want Ada's sign-up alone", f.confirmed)
	}
}

func TestCodesAreWorthNothing(t *testing.T) {
	t.Parallel()
	f := start(t)
	person, _ := f.issuer.Person(ada.Email)
	verifier := oauth2.GenerateVerifier()
	address := f.config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))
	code := func() string { return f.submit(address, url.Values{"person": {person.Subject}}).Get("code") }
	used := code()
	if _, err := f.config.Exchange(t.Context(), used, oauth2.VerifierOption(verifier)); err != nil {
		t.Fatal(err)
	}
	elsewhere, other := f.config, f.config
	elsewhere.RedirectURL = callback + "/"
	other.ClientID = "other"
	for _, c := range []struct {
		name, code, verifier string
		config               oauth2.Config
		want                 string
	}{
		{"a second time", used, verifier, f.config, "invalid_grant"},
		{"with another verifier", code(), oauth2.GenerateVerifier(), f.config, "invalid_grant"},
		{"for another redirect address", code(), verifier, elsewhere, "invalid_grant"},
		{"for another client", code(), verifier, other, "invalid_client"},
		{"made up", "made-up", verifier, f.config, "invalid_grant"},
	} {
		_, err := c.config.Exchange(t.Context(), c.code, oauth2.VerifierOption(c.verifier))
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); !ok || refused.ErrorCode != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	f := start(t)
	verifier := oauth2.GenerateVerifier()
	address := f.config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "create"), oauth2.SetAuthURLParam("login_hint", "grace@example.com"))
	if _, body := f.page(address); !strings.Contains(body, "<details class=\"card\" open>") || strings.Index(body, "<details") > strings.Index(body, "Who are you?") || !strings.Contains(body, `value="grace@example.com"`) || !strings.Contains(body, `value="true" checked`) {
		t.Errorf("the form is not open, filled in and verified by default: %s", body)
	}
	form := url.Values{"email": {" grace@example.com "}, "name": {"Grace Hopper"}, "username": {"grace"}, "email_verified": {"true"}}
	code := f.submit(address, form).Get("code")
	if _, err := f.config.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err != nil {
		t.Error(err)
	}
	want := oidc.Person{Email: "grace@example.com", EmailVerified: true, Name: "Grace Hopper", Username: "grace"}
	got := f.confirmed[len(f.confirmed)-1]
	want.Subject = got.Subject
	if diff := cmp.Diff(want, got); diff != "" || got.Subject == "" {
		t.Errorf("the trigger heard %s", diff)
	}

	delete(form, "email_verified")
	form.Set("email", "katherine@example.com")
	f.submit(address, form)
	if got := f.confirmed[len(f.confirmed)-1]; got.EmailVerified || got.Subject == want.Subject {
		t.Errorf("without the tick: %+v", got)
	}

	before := len(f.confirmed)
	for name, form := range map[string]url.Values{
		"an account with this e-mail": {"email": {"Grace@Example.com"}, "name": {"Grace"}},
		"not an e-mail address":       {"email": {"Grace <grace@example.org>"}, "name": {"<b>Grace"}},
		"name is needed":              {"email": {"new@example.com"}, "name": {" "}},
		"not known any more":          {"person": {"made-up"}},
	} {
		status, body := f.send(http.MethodPost, address, form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, name) || strings.Contains(body, "<b>") {
			t.Errorf("%s: got %d %s", name, status, body)
		}
	}
	if len(f.confirmed) != before {
		t.Error("the trigger heard of a refused sign-up")
	}

	f.refuse = errors.New("no thanks")
	status, body := f.send(http.MethodPost, address, url.Values{"email": {"joan@example.com"}, "name": {"Joan"}})
	if status != http.StatusBadGateway || !strings.Contains(body, "PostConfirmation failed with error no thanks") {
		t.Errorf("a trigger that fails: got %d %s", status, body)
	}
	if got := len(f.confirmed) - before; got != 3 {
		t.Errorf("a trigger that fails was called %d times, want 3", got)
	}
	f.refuse = nil
	joan, _ := f.issuer.Person("joan@example.com")
	for range 2 {
		f.submit(address, url.Values{"person": {joan.Subject}})
	}
	if got := len(f.confirmed) - before; got != 4 {
		t.Errorf("the trigger was called %d times in all, want once more, at the next sign-in", got)
	}
}

func TestAnAddressIsVerifiedLater(t *testing.T) {
	t.Parallel()
	f := start(t)
	grace, err := f.issuer.SignUp(t.Context(), oidc.Person{Email: "grace@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	address := f.config.AuthCodeURL("s", oauth2.S256ChallengeOption("v"))
	button := `name="verify" value="` + grace.Subject + `">Verify this address`
	if _, body := f.page(address); strings.Count(body, "Verify this address") != 1 || !strings.Contains(body, button) {
		t.Errorf("one person's address is not verified: %s", body)
	}
	if status, to := f.send(http.MethodPost, address, url.Values{"verify": {grace.Subject}}); status != http.StatusSeeOther || to != address {
		t.Errorf("verifying leads to %d %s, want %s again", status, to, address)
	}
	if _, body := f.page(address); strings.Contains(body, "Verify this address") {
		t.Errorf("still to be verified: %s", body)
	}
	before := len(f.confirmed)
	f.submit(address, url.Values{"person": {grace.Subject}})
	want := []oidc.Person{{Subject: grace.Subject, Email: "grace@example.com", EmailVerified: true}}
	if diff := cmp.Diff(want, f.confirmed[before:]); diff != "" {
		t.Errorf("the trigger heard at the next sign-in (-want +got):\n%s", diff)
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	f := start(t)
	if _, err := f.issuer.SignUp(t.Context(), oidc.Person{Email: "grace@example.com", Name: "Grace"}); err != nil {
		t.Fatal(err)
	}
	page := func(parameters ...string) string {
		var options []oauth2.AuthCodeOption
		for i := 0; i < len(parameters); i += 2 {
			options = append(options, oauth2.SetAuthURLParam(parameters[i], parameters[i+1]))
		}
		_, body := f.page(f.config.AuthCodeURL("s", append(options, oauth2.S256ChallengeOption("v"))...))
		return body
	}
	known := page("login_hint", "GRACE@example.com", "prompt", "create")
	if at := strings.Index(known, "Continue as"); at < 0 || strings.Index(known, "<strong>Grace") < at || strings.Index(known, "<strong>Ada") < strings.Index(known, "Or as somebody else") || strings.Contains(known, "<details class=\"card\" open>") {
		t.Errorf("a hint at somebody known: %s", known)
	}
	if !strings.Contains(known, "address not verified") {
		t.Error("an address that is not verified is not marked")
	}
	if plain := page("prompt", "login"); strings.Contains(plain, "Continue as") || strings.Contains(plain, "<details class=\"card\" open>") || !strings.Contains(plain, "Who are you?") {
		t.Errorf("without a hint: %s", plain)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	valid := func() url.Values {
		return url.Values{
			"client_id": {"console"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
			"code_challenge": {"c"}, "code_challenge_method": {"S256"}, "state": {"s"},
		}
	}
	for _, c := range []struct{ name, parameter, value, want string }{
		{"another client", "client_id", "other", ""},
		{"another redirect address", "redirect_uri", callback + "?x", ""},
		{"a redirect address of somebody else", "redirect_uri", "http://evil.test/sign-in/callback", ""},
		{"the implicit flow", "response_type", "token", "unsupported_response_type"},
		{"no openid", "scope", "email", "invalid_scope"},
		{"no challenge", "code_challenge", "", "invalid_request"},
		{"a plain challenge", "code_challenge_method", "plain", "invalid_request"},
		{"no page wanted", "prompt", "none", "login_required"},
	} {
		query := valid()
		query.Set(c.parameter, c.value)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			status, got := f.send(method, f.url+"/authorize?"+query.Encode(), url.Values{})
			if c.want == "" && status != http.StatusBadRequest {
				t.Errorf("%s: %s: got %d %s, want an error page", c.name, method, status, got)
			}
			if c.want != "" && (status != http.StatusSeeOther || !strings.HasPrefix(got, callback+"?error="+c.want+"&") || !strings.Contains(got, "state=s")) {
				t.Errorf("%s: %s: got %d %s, want %s", c.name, method, status, got, c.want)
			}
		}
	}
}

func TestTheSamePersonComesBack(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	a, _ := one.issuer.Person(ada.Email)
	b, _ := two.issuer.Person(ada.Email)
	if a.Subject != b.Subject {
		t.Errorf("subjects differ: %s, %s", a.Subject, b.Subject)
	}
	restored := one.issuer.People()
	two.issuer.Restore(restored)
	if diff := cmp.Diff(restored, two.issuer.People()); diff != "" || len(two.confirmed) != 1 {
		t.Errorf("restored: %s; the trigger heard %v", diff, two.confirmed)
	}
}
