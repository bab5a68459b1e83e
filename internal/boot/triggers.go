package boot

import (
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/trigger"
)

// RegisterUser is the function register-user.
func RegisterUser(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.RegisterUser{Register: e.register(), Issuer: e.getenv("OIDC_ISSUER"), Logger: e.Logger}.Do)
}

// RelayLog is the function relay-log.
func RelayLog(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.RelayLog{Relay: e.relay(), Logger: e.Logger}.Do)
}

// ExpireInvitations is the function expire-invitations.
func ExpireInvitations(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.ExpireInvitations{Expire: e.expire(), Logger: e.Logger}.Do)
}

// SweepLog is the function sweep-log.
func SweepLog(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.SweepLog{Sweep: e.sweep(), Logger: e.Logger}.Do)
}

// SendMail is the function send-mail.
func SendMail(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.FromBus{Operation: "send-mail", Handle: e.deliver().Do, Logger: e.Logger}.Do)
}
