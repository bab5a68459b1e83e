package authn

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"prism-access/internal/account"
	"prism-access/internal/fault"
)

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/sign-in/callback"

// SignedOutPath is where people are when they have signed out; the template registers it with the provider.
const SignedOutPath = "/sign-in?done=out"

const (
	signInPrefix   = "__Host-sign-in-" // a digest of the attempt's state follows: each tab has its own
	signInLifetime = 15 * time.Minute
	signInRoom     = 4 << 10 // what the cookies of unfinished attempts may take of a request's headers, in bytes
	providerWait   = 5 * time.Second
)

// SignIn signs people in with an OpenID Connect provider: authorization code with PKCE, as a public client. The provider is
// looked up when the first person signs in, not before.
type SignIn struct {
	Issuer    string
	ClientID  string
	SignUpURL string // where the provider makes accounts, asked as for signing in; empty: where it signs in, by prompt=create
	BaseURL   string
	Now       func() time.Time // the real clock

	mu       sync.Mutex
	provider *oidc.Provider
	client   *http.Client
	endings  string // the provider's end_session_endpoint, if it has one
	creates  bool   // the provider says that it knows prompt=create
}

// Wish is what somebody wants from the provider.
type Wish struct {
	Next   string // the path to return to
	Hint   string // the address to sign in with
	Create bool   // an account, rather than sign in
	Switch bool   // to another account than the one the provider remembers
}

// attempt is one sign-in under way. The browser keeps it until the provider sends it back.
type attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
}

// Start prepares a sign-in and returns where the provider goes on with it. fault.Unavailable when the provider cannot be reached.
func (s *SignIn) Start(w http.ResponseWriter, r *http.Request, wish Wish) (location string, err error) {
	config, _, err := s.discover(r.Context())
	if err != nil {
		return "", err
	}
	try := attempt{State: NewSecret(), Nonce: NewSecret(), Verifier: oauth2.GenerateVerifier(), Next: OwnPath(wish.Next)}
	text, err := json.Marshal(try)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(try.Nonce), oauth2.S256ChallengeOption(try.Verifier)}
	switch {
	case wish.Create && s.SignUpURL != "":
		config.Endpoint.AuthURL = s.SignUpURL
	case wish.Create && s.creates:
		// https://openid.net/specs/openid-connect-prompt-create-1_0.html
		options = append(options, oauth2.SetAuthURLParam("prompt", "create"))
	case wish.Create, wish.Switch: // whom the provider remembers is not meant; its page for signing in leads on to signing up
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	if wish.Hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", wish.Hint))
	}
	forget(w, r)
	http.SetCookie(w, cookie(signInCookie(try.State), base64.RawURLEncoding.EncodeToString(text), signInLifetime))
	return config.AuthCodeURL(try.State, options...), nil
}

// Finish takes the answer that the provider sent the browser back with, and returns who it says has signed in, and the path to go on
// to. fault.BadRequest when this is not the answer to a sign-in that this browser has started, fault.Forbidden when the
// provider let nobody in, fault.Unavailable when it cannot be reached.
func (s *SignIn) Finish(w http.ResponseWriter, r *http.Request) (account.RegisterInput, string, error) {
	var nobody account.RegisterInput
	try, err := attemptOf(r)
	if err != nil {
		return nobody, "/", err
	}
	http.SetCookie(w, cookie(signInCookie(try.State), "", 0))
	query := r.URL.Query()
	if reason := query.Get("error"); reason != "" {
		return nobody, try.Next, &fault.Error{
			Kind: fault.Forbidden, Code: "sign_in_refused", Message: "You were not signed in.", Err: errors.New(reason + ": " + query.Get("error_description")),
		}
	}
	config, provider, err := s.discover(r.Context())
	if err != nil {
		return nobody, try.Next, err
	}
	ctx := oidc.ClientContext(r.Context(), s.client)
	tokens, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(try.Verifier))
	if err != nil {
		return nobody, try.Next, exchangeFault(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	verified, err := provider.Verifier(&oidc.Config{ClientID: s.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return nobody, try.Next, badAnswer(err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(try.Nonce)) != 1 {
		return nobody, try.Next, badAnswer(errors.New("nonce of another sign-in"))
	}
	who, err := person(verified)
	return who, try.Next, err
}

// EndURL returns where the provider ends its own session and sends people back from, empty when it has no such place. It is a
// courtesy: a provider that cannot be reached has none.
func (s *SignIn) EndURL(ctx context.Context) string {
	if _, _, err := s.discover(ctx); err != nil || s.endings == "" {
		return ""
	}
	end, err := url.Parse(s.endings)
	if err != nil {
		return ""
	}
	query := end.Query()
	query.Set("client_id", s.ClientID)
	query.Set("post_logout_redirect_uri", s.BaseURL+SignedOutPath)
	// Cognito's name for it: https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
	query.Set("logout_uri", s.BaseURL+SignedOutPath)
	end.RawQuery = query.Encode()
	return end.String()
}

// discover returns the provider's endpoints, read once. What could not be read is tried again the next time.
func (s *SignIn) discover(ctx context.Context) (oauth2.Config, *oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		s.client = &http.Client{Timeout: providerWait}
		// The provider keeps this context for reading its keys later, so it may not end with the request.
		provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), s.client), s.Issuer)
		if err != nil {
			return oauth2.Config{}, nil, unreachable(err)
		}
		var further struct {
			End     string   `json:"end_session_endpoint"`
			Prompts []string `json:"prompt_values_supported"`
		}
		if err := provider.Claims(&further); err != nil {
			return oauth2.Config{}, nil, unreachable(err)
		}
		s.provider, s.endings, s.creates = provider, further.End, slices.Contains(further.Prompts, "create")
	}
	endpoint := s.provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client has nothing to authenticate with, and a code can be tried once
	return oauth2.Config{
		ClientID: s.ClientID, Endpoint: endpoint, RedirectURL: s.BaseURL + CallbackPath,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}, s.provider, nil
}

// signInCookie returns the name of the cookie of the attempt with this state.
func signInCookie(state string) string { return signInPrefix + hashOf(state)[:12] }

// forget takes the cookies of attempts that were never finished back when they have become too many for a request to carry.
func forget(w http.ResponseWriter, r *http.Request) {
	var names []string
	size := 0
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, signInPrefix) {
			names, size = append(names, c.Name), size+len(c.Value)
		}
	}
	if size <= signInRoom {
		return
	}
	for _, name := range names {
		http.SetCookie(w, cookie(name, "", 0))
	}
}

// attemptOf returns the attempt that the answer in the request belongs to. An answer to none leaves the others as they are.
func attemptOf(r *http.Request) (attempt, error) {
	lost := fault.New(fault.BadRequest, "sign_in_lost", "This sign-in is over, or was started in another window.")
	c, err := r.Cookie(signInCookie(r.URL.Query().Get("state")))
	if err != nil {
		return attempt{}, lost
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return attempt{}, lost
	}
	var try attempt
	if json.Unmarshal(text, &try) != nil || try.State == "" {
		return attempt{}, lost
	}
	if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("state")), []byte(try.State)) != 1 {
		return attempt{}, lost
	}
	try.Next = OwnPath(try.Next)
	return try, nil
}

func person(token *oidc.IDToken) (account.RegisterInput, error) {
	var claims struct {
		Email             string  `json:"email"`
		EmailVerified     boolish `json:"email_verified"`
		Name              string  `json:"name"`
		PreferredUsername string  `json:"preferred_username"`
	}
	if err := token.Claims(&claims); err != nil {
		return account.RegisterInput{}, badAnswer(err)
	}
	if claims.Email == "" {
		return account.RegisterInput{}, fault.New(fault.Forbidden, "no_email", "Your account there has no e-mail address, and Prism needs one.")
	}
	return account.RegisterInput{
		Issuer: token.Issuer, Subject: token.Subject, Email: claims.Email, EmailVerified: bool(claims.EmailVerified),
		Name: claims.Name, PreferredUsername: claims.PreferredUsername,
	}, nil
}

// boolish is a boolean that some providers write as text, Cognito among them.
type boolish bool

func (b *boolish) UnmarshalJSON(text []byte) error {
	*b = boolish(strings.Trim(string(text), `"`) == "true")
	return nil
}

func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
		return badAnswer(err)
	}
	return unreachable(err)
}

func badAnswer(err error) error {
	return &fault.Error{Kind: fault.BadRequest, Code: "sign_in_failed", Message: "Your sign-in could not be confirmed.", Err: err}
}

func unreachable(err error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: "provider_unavailable", Message: "The sign-in service does not answer.",
		RetryAfter: providerWait, Err: err,
	}
}
