package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"prism-access/infra/local/template"
)

// Keys returns the issuer's present public keys.
type Keys func() jose.JSONWebKeySet

// refusal is why a token does not open a route.
type refusal struct {
	status    int
	challenge string // value of www-authenticate
}

func unauthorized(description string) *refusal {
	challenge := "Bearer"
	if description != "" {
		challenge = fmt.Sprintf(`Bearer scope="" error="invalid_token" error_description=%q`, description)
	}
	return &refusal{status: 401, challenge: challenge}
}

// authorize verifies the token of an Authorization header as the service's JWT authorizer does: RSA signature by a key of
// the issuer, then issuer, audience (client_id stands in where there is no aud), the three times, and one of the scopes.
// Times are compared with the real clock.
func authorize(header string, a template.Authorizer, scopes []string, keys Keys) (*events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription, *refusal) {
	raw := header
	if scheme, rest, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		raw = strings.TrimSpace(rest)
	}
	if raw == "" {
		return nil, unauthorized("")
	}
	claims, err := verify(raw, keys())
	if err != nil {
		return nil, unauthorized(err.Error())
	}
	if err := validate(claims, a, time.Now()); err != nil {
		return nil, unauthorized(err.Error())
	}
	granted := scopesOf(claims)
	out := &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{}}
	if len(scopes) > 0 {
		if !slices.ContainsFunc(granted, func(s string) bool { return slices.Contains(scopes, s) }) {
			return nil, &refusal{status: 403, challenge: fmt.Sprintf(`Bearer scope=%q error="insufficient_scope"`, strings.Join(scopes, " "))}
		}
		out.Scopes = granted // null in the event of a route that demands none
	}
	for name, value := range claims {
		if value != nil {
			out.Claims[name] = flat(value)
		}
	}
	return out, nil
}

func verify(raw string, keys jose.JSONWebKeySet) (map[string]any, error) {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
	if err != nil {
		return nil, errors.New("the token is malformed")
	}
	for _, key := range keys.Key(token.Headers[0].KeyID) {
		var payload json.RawMessage
		if token.Claims(key.Key, &payload) != nil {
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(string(payload)))
		decoder.UseNumber()
		var claims map[string]any
		if decoder.Decode(&claims) == nil && claims != nil {
			return claims, nil
		}
	}
	return nil, errors.New("the token is not signed by a key of the issuer")
}

func validate(claims map[string]any, a template.Authorizer, now time.Time) error {
	if claims["iss"] != a.Issuer {
		return errors.New("the token does not have a valid issuer")
	}
	audience, present := claims["aud"]
	if !present {
		audience = claims["client_id"]
	}
	if !slices.ContainsFunc(texts(audience), func(s string) bool { return slices.Contains(a.Audience, s) }) {
		return errors.New("the token does not have a valid audience")
	}
	if expiry, ok := instant(claims["exp"]); !ok || !now.Before(expiry) {
		return errors.New("the token has expired")
	}
	for _, name := range []string{"nbf", "iat"} {
		if _, present := claims[name]; !present {
			continue
		}
		if from, ok := instant(claims[name]); !ok || now.Before(from) {
			return errors.New("the token is not valid yet")
		}
	}
	return nil
}

func instant(value any) (time.Time, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(number.String(), 64)
	return time.Unix(int64(seconds), 0), err == nil
}

// texts reads a claim that is one text or several.
func texts(value any) []string {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	var out []string
	items, _ := value.([]any)
	for _, item := range items {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func scopesOf(claims map[string]any) []string {
	for _, name := range []string{"scope", "scp"} {
		if all := texts(claims[name]); len(all) > 0 {
			return strings.Fields(strings.Join(all, " "))
		}
	}
	return nil
}

// flat writes a claim as the service hands it on: everything is text, and a list becomes "[a b]".
func flat(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []any:
		parts := make([]string, len(value))
		for i, item := range value {
			parts[i] = flat(item)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case map[string]any:
		text, _ := json.Marshal(value) // came out of JSON
		return string(text)
	default:
		return fmt.Sprint(value)
	}
}
