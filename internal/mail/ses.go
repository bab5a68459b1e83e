package mail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"prism-access/internal/account"
)

// Refused says that a mail will never be sent as it is: trying again is of no use.
type Refused struct {
	Detail string // why, in words for the person who invited
	Err    error  // what the service said, for the log
}

func (r *Refused) Error() string { return "mail refused: " + r.Detail + ": " + r.Err.Error() }

// Unwrap returns the cause.
func (r *Refused) Unwrap() error { return r.Err }

// SESOptions are how mails leave.
type SESOptions struct {
	From             string // a verified address, alone or as "Name <address>"
	ConfigurationSet string
	Endpoint         string        // empty: the region's own
	AttemptTimeout   time.Duration // of one request; 0: 5 seconds
	TotalTimeout     time.Duration // of all attempts together; 0: 10 seconds
}

// SES sends by Amazon SES.
type SES struct {
	// A function rather than the client as an interface: where templates are executed, the linker keeps every method of a
	// type that is ever made an interface, and the client has more than a hundred.
	sendEmail func(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
	options   SESOptions
}

// NewSES returns a sender with credentials and region from the configuration.
func NewSES(config aws.Config, options SESOptions) SES {
	if options.AttemptTimeout == 0 {
		options.AttemptTimeout = 5 * time.Second
	}
	if options.TotalTimeout == 0 {
		options.TotalTimeout = 10 * time.Second
	}
	client := sesv2.NewFromConfig(config, func(o *sesv2.Options) {
		// The default backoff of up to 20 seconds would leave no time for another attempt.
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) { r.MaxBackoff = time.Second })
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(options.AttemptTimeout)
		if options.Endpoint != "" {
			o.BaseEndpoint = aws.String(options.Endpoint)
		}
	})
	return SES{sendEmail: client.SendEmail, options: options}
}

// Send hands the mail over. *Refused says that it never will be taken; any other error that it may be taken later, or was
// taken and the answer got lost.
func (s SES) Send(ctx context.Context, message Message) error {
	if _, err := account.ParseEmail(message.To); err != nil {
		return &Refused{Detail: "this is not an address that mail can be sent to", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.TotalTimeout)
	defer cancel()
	if _, err := s.sendEmail(ctx, s.input(message)); err != nil {
		return translate(err)
	}
	return nil
}

func (s SES) input(message Message) *sesv2.SendEmailInput {
	utf8 := func(data string) *types.Content {
		return &types.Content{Data: aws.String(data), Charset: aws.String("UTF-8")}
	}
	input := &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(s.options.From),
		Destination:      &types.Destination{ToAddresses: []string{message.To}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: utf8(message.Subject),
			Body:    &types.Body{Html: utf8(message.HTML), Text: utf8(message.Text)},
			// RFC 3834: nobody's out-of-office note comes back.
			Headers: []types.MessageHeader{{Name: aws.String("Auto-Submitted"), Value: aws.String("auto-generated")}},
		}},
		// Tracking would lead the accept link, which is a secret, through a redirect.
		ConfigurationOverrides: &types.ConfigurationOverrides{Tracking: &types.TrackingConfigurationOverrides{
			ClickTrackingEnabled: types.FeatureStatusDisabled, OpenTrackingEnabled: types.FeatureStatusDisabled,
		}},
	}
	if s.options.ConfigurationSet != "" {
		input.ConfigurationSetName = aws.String(s.options.ConfigurationSet)
	}
	for _, key := range slices.Sorted(maps.Keys(message.Tags)) {
		input.EmailTags = append(input.EmailTags, types.MessageTag{Name: aws.String(key), Value: aws.String(tagValue(message.Tags[key]))})
	}
	return input
}

// tagValue returns the value with what SES does not take in a tag replaced.
func tagValue(value string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, value)
}

// refusals are the answers of SES that stay the same however often one asks, with what they mean to somebody who invited.
// What an operator can put right in the account (a domain to be verified, a missing configuration set, a pause, a quota) is worth
// another attempt.
// Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
var refusals = map[string]string{
	"MessageRejected":           "the mail service did not take this mail",
	"AccountSuspendedException": "our mail service is suspended",
	"BadRequestException":       "the mail service cannot send to this address",
}

// unverified begins what SES says, as MessageRejected, when it has not verified the sender yet, or in its sandbox the recipient.
const unverified = "Email address is not verified"

func translate(err error) error {
	if said, isAnswer := errors.AsType[smithy.APIError](err); isAnswer {
		if detail, permanent := refusals[said.ErrorCode()]; permanent && !strings.HasPrefix(said.ErrorMessage(), unverified) {
			return &Refused{Detail: detail, Err: withoutAddresses(err)}
		}
	}
	return fmt.Errorf("send mail: %w", withoutAddresses(err))
}

var anyAddress = regexp.MustCompile(`[^\s<>()",:;]+@[^\s<>()",:;]+`)

// withoutAddresses keeps people's addresses, which SES likes to repeat, out of the log.
func withoutAddresses(err error) error {
	return errors.New(anyAddress.ReplaceAllString(err.Error(), "(address)"))
}
