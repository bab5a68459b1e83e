// Package oidc is a small OpenID Connect issuer for the local stack. It plays the user pool's part: people sign up and sign
// in, one click each, the browser that they did it in is remembered, and the post-confirmation trigger hears of everybody new.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Person is somebody with an account at this issuer.
type Person struct {
	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name"`
	Username      string `json:"preferred_username,omitempty"`
	// Unheard is set while the trigger has not taken this person as they are now. It hears of them at the next sign-in.
	Unheard bool `json:"unheard,omitempty"`
}

// Options are what an issuer needs.
type Options struct {
	Issuer       string // its URL, below which Handler is served
	ClientID     string // of the one client, which is public
	RedirectURIs []string
	LogoutURIs   []string
	Key          *rsa.PrivateKey
	// Confirmed is the post-confirmation trigger: it hears of everybody who signs up.
	Confirmed func(context.Context, Person) error
}

// Issuer is the issuer. It is safe for concurrent use.
type Issuer struct {
	o     Options
	keyID string

	mu     sync.Mutex
	people []Person
	codes  map[string]grant
}

// Errors of signing up and in.
var (
	ErrAddress = errors.New("this is not an e-mail address")
	ErrTaken   = errors.New("there is an account with this e-mail address already")
	ErrName    = errors.New("a name is needed") // by the form alone
	ErrTrigger = errors.New("PostConfirmation failed with error")
)

// New returns an issuer that nobody has an account at.
func New(o Options) *Issuer {
	sum := sha256.Sum256(o.Key.PublicKey.N.Bytes())
	return &Issuer{o: o, keyID: fmt.Sprintf("%x", sum[:8]), codes: map[string]grant{}}
}

// NewKey returns a key to sign tokens with.
func NewKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// Keys returns the public keys.
func (i *Issuer) Keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.o.Key.Public(), KeyID: i.keyID, Algorithm: string(jose.RS256), Use: "sig"}}}
}

// Handler serves the issuer's endpoints. It expects to be mounted below the issuer's path, with that path taken away.
func (i *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, i.Keys()) })
	mux.HandleFunc("GET /authorize", i.showSignIn)
	mux.HandleFunc("POST /authorize", i.signIn)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /userinfo", i.userinfo)
	mux.HandleFunc("GET /logout", i.logout)
	return mux
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	base := i.o.Issuer
	answer(w, http.StatusOK, map[string]any{
		"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
		"jwks_uri": base + "/jwks", "userinfo_endpoint": base + "/userinfo", "end_session_endpoint": base + "/logout",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"grant_types_supported": []string{"authorization_code"}, "code_challenge_methods_supported": []string{"S256"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "token_endpoint_auth_methods_supported": []string{"none"},
		"scopes_supported": []string{"openid", "email", "profile", "access.user"}, "prompt_values_supported": []string{"login", "select_account", "create"},
		"claims_supported": []string{"sub", "email", "email_verified", "name", "preferred_username"},
		"authorization_response_iss_parameter_supported": true,
	})
}

// People returns everybody with an account, in the order in which they came.
func (i *Issuer) People() []Person {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.people)
}

// Restore gives the people accounts without telling anybody.
func (i *Issuer) Restore(people []Person) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.people = slices.Clone(people)
}

// Person finds somebody by e-mail address.
func (i *Issuer) Person(email string) (Person, bool) {
	return i.find(func(p Person) bool { return strings.EqualFold(p.Email, strings.TrimSpace(email)) })
}

func (i *Issuer) bySubject(subject string) (Person, bool) {
	return i.find(func(p Person) bool { return p.Subject == subject })
}

func (i *Issuer) find(is func(Person) bool) (Person, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.people, is)
	if at < 0 {
		return Person{}, false
	}
	return i.people[at], true
}

// SignUp makes an account and tells the trigger. The subject follows from the address, so that the same person comes back
// after a restart. A name may be missing. Errors: ErrAddress, ErrTaken, and ErrTrigger with what the trigger returns; the
// account stays in that case, as in a user pool, and signing up is not to be repeated: the next sign-in tells the trigger.
func (i *Issuer) SignUp(ctx context.Context, p Person) (Person, error) {
	p.Email, p.Name, p.Username = strings.TrimSpace(p.Email), strings.TrimSpace(p.Name), strings.TrimSpace(p.Username)
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email {
		return Person{}, ErrAddress
	}
	p.Subject, p.Unheard = subjectOf(p.Email), true
	i.mu.Lock()
	if slices.ContainsFunc(i.people, func(other Person) bool { return other.Subject == p.Subject }) {
		i.mu.Unlock()
		return Person{}, ErrTaken
	}
	i.people = append(i.people, p)
	i.mu.Unlock()
	return i.SignIn(ctx, p)
}

// attempts is how often the trigger is tried, as a user pool does.
const attempts = 3

// SignIn tells the trigger of a person whom it has not heard of, and returns the person. The error is ErrTrigger with what
// the trigger returned at its last attempt.
func (i *Issuer) SignIn(ctx context.Context, p Person) (Person, error) {
	if !p.Unheard {
		return p, nil
	}
	p.Unheard = false
	if i.o.Confirmed != nil {
		var err error
		for range attempts {
			if err = i.o.Confirmed(ctx, p); err == nil || ctx.Err() != nil {
				break
			}
		}
		if err != nil {
			return p, fmt.Errorf("%w %w", ErrTrigger, err)
		}
	}
	i.change(p.Subject, func(kept *Person) { kept.Unheard = false })
	return p, nil
}

// Verify makes the person's address a verified one, which the trigger hears at the next sign-in. It says whether the person
// is known.
func (i *Issuer) Verify(subject string) bool {
	return i.change(subject, func(p *Person) { p.EmailVerified, p.Unheard = true, true })
}

func (i *Issuer) change(subject string, how func(*Person)) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.people, func(p Person) bool { return p.Subject == subject })
	if at >= 0 {
		how(&i.people[at])
	}
	return at >= 0
}

func subjectOf(email string) string {
	b := sha256.Sum256([]byte("prism local " + strings.ToLower(email)))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// expire forgets codes that nobody came for.
func (i *Issuer) expire(now time.Time) {
	for code, g := range i.codes {
		if now.After(g.until) {
			delete(i.codes, code)
		}
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client gone does not matter
}
