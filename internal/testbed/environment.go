package testbed

import (
	"cmp"
	"strings"

	"github.com/oklog/ulid/v2"

	"prism-access/internal/account"
	"prism-access/internal/request"
)

// This file is what functions find around them: their environment, and the tokens of people.

const (
	// Issuer is who says who people are.
	Issuer   = "https://issuer.test"
	linkKeys = "1:a-key-for-tests-that-is-long-enough-0123456789"
)

// Environment returns the variables of all functions, on the bed's table.
func (b *Bed) Environment() map[string]string {
	return map[string]string{
		"TABLE_NAME": TableName(), "BUS_NAME": "prism", "BASE_URL": BaseURL, "LINK_KEYS": linkKeys, "MAIL_FROM": "Prism <no-reply@prism.test>",
		"MAIL_CONFIGURATION_SET": "prism", "OIDC_ISSUER": Issuer, "OIDC_CLIENT_ID": "console",
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL_DYNAMODB": b.endpoint,
	}
}

// registered registers somebody and remembers what the issuer calls them.
func (b *Bed) registered(in account.RegisterInput) account.User {
	b.T.Helper()
	user, err := b.Register().Do(b.T.Context(), request.Request{}, in)
	if err != nil {
		b.T.Fatalf("register %s: %v", in.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subjects[user.ID] = in.Subject
	return user
}

// Unverified registers somebody who has not proven to own their address.
func (b *Bed) Unverified(name, email string) Someone {
	b.T.Helper()
	user := b.registered(account.RegisterInput{Issuer: Issuer, Subject: ulid.Make().String(), Email: email, Name: name})
	return Someone{Caller(user.ID), user}
}

// Renamed has a person sign in with another name.
func (b *Bed) Renamed(who Someone, name string) Someone {
	b.T.Helper()
	b.mu.Lock()
	subject := b.subjects[who.User.ID]
	b.mu.Unlock()
	who.User = b.registered(account.RegisterInput{
		Issuer: Issuer, Subject: subject, Email: who.User.Email, EmailVerified: who.User.EmailVerified, Name: name,
	})
	return who
}

// Client returns another system, which is in no scope yet, with a token for these scopes, and its client id.
func (b *Bed) Client(name string, scopes ...string) (client Someone, id string) {
	id = name + "-" + ulid.Make().String()
	client = Someone{User: account.User{ID: account.UserID(Issuer, id), Name: name}}
	client.Caller = Caller(client.User.ID)
	client.Caller.Client, client.Caller.Scopes = true, strings.Join(scopes, " ")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subjects[client.User.ID] = id
	return client, id
}

// Subject returns what the issuer calls somebody.
func (b *Bed) Subject(who Someone) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.subjects[who.User.ID]
}

// Claims returns what a person's verified token says, as the gateway hands it on. For the zero Someone it is that of a person who is not
// registered here.
func (b *Bed) Claims(who Someone) map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	subject := b.subjects[who.User.ID]
	if subject == "" {
		subject = "not-registered"
	}
	return map[string]string{"iss": Issuer, "sub": subject, "scope": cmp.Or(who.Caller.Scopes, "openid access.user")}
}
