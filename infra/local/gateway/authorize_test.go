package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/template"
)

// signer stands in for an issuer.
type signer struct {
	url string
	key *rsa.PrivateKey
}

var (
	issuer = newSigner("http://issuer.test")
	forger = newSigner("http://issuer.test")
)

func newSigner(url string) signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return signer{url: url, key: key}
}

func (s signer) keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}}
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signing).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// claims are valid ones, changed: a nil takes a claim away.
func claims(change map[string]any) map[string]any {
	out := map[string]any{
		"iss": issuer.url, "aud": "console", "sub": "ada", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "scope": "openid access.user",
	}
	for name, value := range change {
		if value == nil {
			delete(out, name)
			continue
		}
		out[name] = value
	}
	return out
}

func TestTokens(t *testing.T) {
	t.Parallel()
	var got events.APIGatewayV2HTTPRequest
	server := serve(t, capture(&got), template.Route{Method: "GET", Path: "/", Authorizer: "Token", Scopes: []string{"openid", "admin"}})
	bearer := func(change map[string]any) string { return "Bearer " + sign(t, jose.RS256, issuer.key, claims(change)) }
	invalid := func(description string) string {
		return `Bearer scope="" error="invalid_token" error_description="` + description + `"`
	}
	for _, c := range []struct {
		name, header string
		status       int
		challenge    string
	}{
		{"a good one", bearer(nil), 204, ""},
		{"a good one without the word Bearer", bearer(nil)[7:], 204, ""},
		{"client_id instead of aud", bearer(map[string]any{"aud": nil, "client_id": "other"}), 204, ""},
		{"several audiences", bearer(map[string]any{"aud": []string{"x", "other"}}), 204, ""},
		{"scopes as scp", bearer(map[string]any{"scope": nil, "scp": []string{"admin"}}), 204, ""},
		{"none", "", 401, "Bearer"},
		{"an empty one", "Bearer ", 401, invalid("the token is malformed")},
		{"nonsense", "Bearer nonsense", 401, invalid("the token is malformed")},
		{"another scheme", "Basic YTpi", 401, invalid("the token is malformed")},
		{"another key", "Bearer " + sign(t, jose.RS256, forger.key, claims(nil)), 401, invalid("the token is not signed by a key of the issuer")},
		{"no RSA", "Bearer " + sign(t, jose.HS256, []byte("0123456789abcdef0123456789abcdef"), claims(nil)), 401, invalid("the token is malformed")},
		{"another issuer", bearer(map[string]any{"iss": "http://other.test"}), 401, invalid("the token does not have a valid issuer")},
		{"another audience", bearer(map[string]any{"aud": "x"}), 401, invalid("the token does not have a valid audience")},
		{"another audience, though client_id fits", bearer(map[string]any{"aud": "x", "client_id": "console"}), 401, invalid("the token does not have a valid audience")},
		{"expired", bearer(map[string]any{"exp": time.Now().Add(-time.Second).Unix()}), 401, invalid("the token has expired")},
		{"without expiry", bearer(map[string]any{"exp": nil}), 401, invalid("the token has expired")},
		{"not valid yet", bearer(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 401, invalid("the token is not valid yet")},
		{"issued in the future", bearer(map[string]any{"iat": time.Now().Add(time.Hour).Unix()}), 401, invalid("the token is not valid yet")},
		{"no scope that is demanded", bearer(map[string]any{"scope": "email"}), 403, `Bearer scope="openid admin" error="insufficient_scope"`},
		{"an ID token", bearer(map[string]any{"scope": nil, "email": "ada@example.com"}), 403, `Bearer scope="openid admin" error="insufficient_scope"`},
	} {
		r := request(t, "GET", server.URL+"/", "")
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		response, body := send(t, r)
		if response.StatusCode != c.status || response.Header.Get("Www-Authenticate") != c.challenge {
			t.Errorf("%s: got %d %q, want %d %q", c.name, response.StatusCode, response.Header.Get("Www-Authenticate"), c.status, c.challenge)
		}
		want := map[int]string{204: "", 401: `{"message":"Unauthorized"}` + "\n", 403: `{"message":"Forbidden"}` + "\n"}[c.status]
		if body != want {
			t.Errorf("%s: body: got %q, want %q", c.name, body, want)
		}
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	var got events.APIGatewayV2HTTPRequest
	server := serve(
		t, capture(&got),
		template.Route{Method: "GET", Path: "/scoped", Authorizer: "Token", Scopes: []string{"openid"}},
		template.Route{Method: "GET", Path: "/plain", Authorizer: "Token"},
	)
	given := claims(map[string]any{
		"exp": 4102444800, "iat": 1700000000, "email_verified": true, "groups": []any{"a", "b", 3}, "ratio": 1.5, "deep": map[string]any{"x": []int{1}},
	})
	want := map[string]string{
		"iss": issuer.url, "aud": "console", "sub": "ada", "exp": "4102444800", "iat": "1700000000", "scope": "openid access.user",
		"email_verified": "true", "groups": "[a b 3]", "ratio": "1.5", "deep": `{"x":[1]}`,
	}
	token := sign(t, jose.RS256, issuer.key, withNull(given))
	for path, scopes := range map[string][]string{"/scoped": {"openid", "access.user"}, "/plain": nil} {
		r := request(t, "GET", server.URL+path, "")
		r.Header.Set("Authorization", "bearer "+token)
		if response, _ := send(t, r); response.StatusCode != 204 {
			t.Fatalf("%s: %d", path, response.StatusCode)
		}
		jwt := got.RequestContext.Authorizer.JWT
		if diff := cmp.Diff(want, jwt.Claims); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if diff := cmp.Diff(scopes, jwt.Scopes); diff != "" {
			t.Errorf("%s: scopes: %s", path, diff)
		}
	}
}

// withNull adds a claim that the service leaves out.
func withNull(in map[string]any) map[string]any {
	out := maps.Clone(in)
	out["nothing"] = nil
	return out
}
