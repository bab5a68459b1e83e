// Package authn tells who asks: by the claims of a verified token, or by the session of somebody who signed in to the console
// with an OpenID Connect provider. What they may do is not decided here.
package authn

import (
	"cmp"
	"strings"

	"prism-access/internal/account"
	"prism-access/internal/request"
)

// FromClaims returns the caller that a verified token names. Its issuer and subject say who it is: everything else about the person
// comes from the table. Its scopes say what it is good for; a list of them the gateway hands on as "[a b]", and looks for them in scp as well. A
// token without the scope of people is a client's. Without issuer and subject nobody is signed in.
func FromClaims(claims map[string]string) request.Caller {
	issuer, subject := claims["iss"], claims["sub"]
	if issuer == "" || subject == "" {
		return request.Caller{}
	}
	caller := request.Caller{User: account.UserID(issuer, subject), Scopes: strings.Trim(cmp.Or(claims["scope"], claims["scp"]), "[]")}
	caller.Client = !caller.HasScope(request.ScopeUser)
	return caller
}
