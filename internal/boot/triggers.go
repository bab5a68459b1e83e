package boot

import (
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/trigger"
)

// RegisterUser is the function register-user.
func RegisterUser(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.RegisterUser{Register: e.Register(), Issuer: e.getenv("OIDC_ISSUER"), Logger: e.Logger}.Do)
}

// ExpireInvitations is the function expire-invitations.
func ExpireInvitations(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.ExpireInvitations{Expire: e.expire(), Logger: e.Logger}.Do)
}
