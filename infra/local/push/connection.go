package push

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Connection is how a request proves who sends it: by an API key in a header, or by a token that client credentials give.
type Connection struct {
	Header, Key string

	TokenURL               string // "" for an API key
	ClientID, ClientSecret string
	Form                   url.Values // what else is sent for a token
}

// tokens authorizes requests and renews the token of a connection. It is safe for concurrent use.
type tokens struct {
	connection Connection
	config     clientcredentials.Config
	client     *http.Client

	mu    sync.Mutex
	token *oauth2.Token
}

func newTokens(c Connection, client *http.Client) *tokens {
	return &tokens{connection: c, client: client, config: clientcredentials.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, EndpointParams: c.Form, AuthStyle: oauth2.AuthStyleInParams,
	}}
}

// authorize puts the key or a token that is valid into the request's header, and returns the token. Its error holds no secret.
func (t *tokens) authorize(ctx context.Context, r *http.Request) (*oauth2.Token, error) {
	if t.connection.TokenURL == "" {
		r.Header.Set(t.connection.Header, t.connection.Key)
		return nil, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.token.Valid() {
		token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			return nil, errors.New("no token: " + refused.Response.Status)
		}
		if err != nil {
			return nil, errors.New("no token: " + cause(err))
		}
		t.token = token
	}
	t.token.SetAuthHeader(r)
	return t.token, nil
}

// drop forgets a token that was refused, unless there is another one meanwhile.
func (t *tokens) drop(token *oauth2.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = nil
	}
}

// retryAfter reads a header of that name, which holds seconds or a time.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return time.Until(at)
}

// part returns what stands in an event below some names.
func part(event string, names []string) (string, bool) {
	found := json.RawMessage(event)
	for _, name := range names {
		var object map[string]json.RawMessage
		if json.Unmarshal(found, &object) != nil || object[name] == nil {
			return "", false
		}
		found = object[name]
	}
	return string(found), true
}
