package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"prism-access/infra/local/invoke"
)

const (
	tokenLifetime = time.Hour
	tokenScope    = "openid access.user"
)

// AccessToken returns a token for the API.
func (i *Issuer) AccessToken(p Person) (string, error) {
	return i.sign(map[string]any{
		"sub": p.Subject, "aud": i.o.ClientID, "client_id": i.o.ClientID, "scope": tokenScope, "token_use": "access",
		"username": p.Subject, "jti": invoke.UUID(),
	})
}

// ClientToken returns a token for another system, as one gets it for its client credentials.
func (i *Issuer) ClientToken(client string, scopes []string) (string, error) {
	return i.sign(map[string]any{
		"sub": client, "aud": i.o.ClientID, "client_id": client, "scope": strings.Join(scopes, " "), "token_use": "access", "jti": invoke.UUID(),
	})
}

// idToken returns a token that tells the client who has signed in.
func (i *Issuer) idToken(p Person, nonce string) (string, error) {
	claims := map[string]any{
		"sub": p.Subject, "aud": i.o.ClientID, "token_use": "id", "auth_time": time.Now().Unix(),
		"email": p.Email, "email_verified": p.EmailVerified,
	}
	if p.Name != "" {
		claims["name"] = p.Name
	}
	if p.Username != "" {
		claims["preferred_username"] = p.Username
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return i.sign(claims)
}

func (i *Issuer) sign(claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.o.Key, KeyID: i.keyID}}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims["iss"], claims["iat"], claims["exp"] = i.o.Issuer, now.Unix(), now.Add(tokenLifetime).Unix()
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// token exchanges a code, once, for tokens.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code string) { answer(w, http.StatusBadRequest, map[string]string{"error": code}) }
	if r.PostFormValue("grant_type") != "authorization_code" {
		refuse("unsupported_grant_type")
		return
	}
	client := r.PostFormValue("client_id")
	if user, _, ok := r.BasicAuth(); ok {
		client = user
	}
	if client != i.o.ClientID {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	i.mu.Lock()
	i.expire(time.Now())
	g, ok := i.codes[code]
	delete(i.codes, code)
	i.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.redirect != r.PostFormValue("redirect_uri") || g.challenge != base64.RawURLEncoding.EncodeToString(proof[:]) {
		refuse("invalid_grant")
		return
	}
	access, err := i.AccessToken(g.person)
	if err != nil {
		refuse("server_error")
		return
	}
	id, err := i.idToken(g.person, g.nonce)
	if err != nil {
		refuse("server_error")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": access, "id_token": id, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds()), "scope": tokenScope,
	})
}

func (i *Issuer) userinfo(w http.ResponseWriter, r *http.Request) {
	raw, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	var claims jwt.Claims
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err == nil {
		err = token.Claims(i.o.Key.Public(), &claims)
	}
	if err == nil {
		err = claims.ValidateWithLeeway(jwt.Expected{Issuer: i.o.Issuer, Time: time.Now()}, 0)
	}
	if err != nil {
		w.Header().Set("Www-Authenticate", `Bearer error="invalid_token"`)
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	for _, p := range i.People() {
		if p.Subject == claims.Subject {
			answer(w, http.StatusOK, p)
			return
		}
	}
	answer(w, http.StatusNotFound, map[string]string{"error": "unknown_user"})
}
