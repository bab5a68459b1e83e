// Package mails wires the function that sends mails. It stands apart from boot, as SES's client and the templates would start with
// every function.
package mails

import (
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/internal/boot"
	"prism-access/internal/mail"
	"prism-access/internal/trigger"
)

// SendMail is the function send-mail.
func SendMail(e *boot.Env) lambda.Handler {
	sender := mail.NewSES(e.AWS(), mail.SESOptions{
		From: e.Required("MAIL_FROM"), ConfigurationSet: e.Required("MAIL_CONFIGURATION_SET"), Endpoint: e.Get("AWS_ENDPOINT_URL_SESV2"),
	})
	deliver := mail.Deliver{
		Store: e.Table(), Sender: sender, Links: e.Links(), Track: e.Track(), BaseURL: e.BaseURL(), Now: e.Now, Logger: e.Logger,
	}
	return lambda.NewHandler(trigger.FromBus{Operation: "send-mail", Handle: deliver.Do, Logger: e.Logger}.Do)
}
