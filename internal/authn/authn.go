// Package authn tells who asks: by the claims of a verified token, or by the session of somebody who signed in to the console
// with an OpenID Connect provider. What they may do is not decided here.
package authn

import (
	"prism-access/internal/account"
	"prism-access/internal/request"
)

// FromClaims returns the caller that a verified token names. Its issuer and subject alone count: everything else about the person
// comes from the table. Without them nobody is signed in.
func FromClaims(claims map[string]string) request.Caller {
	issuer, subject := claims["iss"], claims["sub"]
	if issuer == "" || subject == "" {
		return request.Caller{}
	}
	return request.Caller{User: account.UserID(issuer, subject)}
}
