package boot

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/event"
	"prism-access/internal/trigger"
	"prism-access/internal/upkeep"
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
	return lambda.NewHandler(trigger.FromBus{Operation: upkeep.MaintainIndexes, Handle: e.confirming(upkeep.MaintainIndexes, e.indexes().Do), Logger: e.Logger}.Do)
}

// CleanUp is the function clean-up.
func CleanUp(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.FromBus{Operation: upkeep.CleansUp, Handle: e.confirming(upkeep.CleansUp, e.cleanUp().Do), Logger: e.Logger}.Do)
}

// TrackMail is the function track-mail.
func TrackMail(e *Env) lambda.Handler {
	return lambda.NewHandler(trigger.TrackMail{Track: e.Track(), Logger: e.Logger}.Do)
}

// confirming returns what a subscriber does with an event: handle it, then confirm it.
func (e *Env) confirming(subscriber string, handle func(context.Context, event.Envelope) error) func(context.Context, event.Envelope) error {
	return upkeep.Confirm{Store: e.Table(), Subscriber: subscriber, Handle: handle}.Do
}
