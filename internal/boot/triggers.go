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
	return lambda.NewHandler(trigger.ExpireInvitations{Expire: e.expire(), Remind: e.remind(), Logger: e.Logger}.Do)
}

// MaintainIndexes is the function maintain-indexes.
func MaintainIndexes(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.FromBus{Operation: "maintain-indexes", Handle: e.indexes().Do, Logger: e.Logger}.Do)
}

// CleanUp is the function clean-up.
func CleanUp(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.FromBus{Operation: "clean-up", Handle: e.cleanUp().Do, Logger: e.Logger}.Do)
}
