package oidc_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"prism-access/infra/local/oidc"
)

func TestLogout(t *testing.T) {
	t.Parallel()
	f := start(t)
	for query, want := range map[string]string{
		"?post_logout_redirect_uri=http://console.test/&state=x": "http://console.test/?state=x",
		"?logout_uri=http://console.test/&client_id=console":     "http://console.test/",
	} {
		if status, got := f.page(f.url + "/logout" + query); status != http.StatusSeeOther || got != want {
			t.Errorf("%s: got %d %s, want %s", query, status, got, want)
		}
	}
	if status, body := f.page(f.url + "/logout?post_logout_redirect_uri=http://evil.test/"); status != http.StatusOK || !strings.Contains(body, "You are signed out") {
		t.Errorf("another address: got %d %s", status, body)
	}
}

// A browser is remembered until it signs out: whoever signs in there again is not asked, unless the application wants the page.
func TestABrowserIsRemembered(t *testing.T) {
	t.Parallel()
	f := start(t)
	grace, err := f.issuer.SignUp(t.Context(), oidc.Person{Email: "grace@example.com", Name: "Grace"})
	if err != nil {
		t.Fatal(err)
	}
	if f.jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	verifier := oauth2.GenerateVerifier()
	address := func(parameters ...string) string {
		options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
		for i := 0; i < len(parameters); i += 2 {
			options = append(options, oauth2.SetAuthURLParam(parameters[i], parameters[i+1]))
		}
		return f.config.AuthCodeURL("s", options...)
	}
	if status, to := f.page(address()); status != http.StatusOK {
		t.Errorf("a browser that nobody has signed in with is led to %s", to)
	}
	f.submit(address(), url.Values{"person": {grace.Subject}})
	for _, hint := range []string{grace.Email, ada.Email} {
		status, location := f.page(address("login_hint", hint))
		to, err := url.Parse(location)
		if status != http.StatusSeeOther || err != nil {
			t.Fatalf("a hint at %s: got %d %s", hint, status, location)
		}
		tokens, err := f.config.Exchange(t.Context(), to.Query().Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if who, err := f.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tokens)); err != nil || who.Subject != grace.Subject {
			t.Errorf("a hint at %s signs in %+v (%v), want Grace", hint, who, err)
		}
	}
	for _, prompt := range []string{"login", "select_account", "create"} {
		if status, to := f.page(address("prompt", prompt)); status != http.StatusOK {
			t.Errorf("prompt=%s leads to %s", prompt, to)
		}
	}
	f.page(f.url + "/logout")
	if status, to := f.page(address()); status != http.StatusOK {
		t.Errorf("signed out, and led to %s at once", to)
	}
}
