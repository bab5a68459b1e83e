// Package bus puts events onto EventBridge.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"prism-access/internal/event"
)

// Bus is one EventBridge bus.
type Bus struct {
	putEvents func(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
	name      string
}

// The limits of one call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const (
	entriesPerCall = 10
	attemptTimeout = 3 * time.Second
	maxBackoff     = 500 * time.Millisecond
)

// New returns the bus with that name. endpoint is empty for AWS's own.
func New(cfg aws.Config, name, endpoint string) Bus {
	client := eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(attemptTimeout)
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = maxBackoff })
	})
	return Bus{putEvents: client.PutEvents, name: name}
}

// Publish implements audit.Publisher. A call that succeeds can still have refused entries, so each is looked at (pitfall 33).
func (b Bus) Publish(ctx context.Context, events []event.Envelope) []error {
	errs := make([]error, len(events))
	for from := 0; from < len(events); from += entriesPerCall {
		to := min(from+entriesPerCall, len(events))
		b.put(ctx, events[from:to], errs[from:to])
	}
	return errs
}

func (b Bus) put(ctx context.Context, events []event.Envelope, errs []error) {
	entries := make([]types.PutEventsRequestEntry, len(events))
	for i, e := range events {
		detail, err := json.Marshal(e.Detail)
		if err != nil { // an envelope is plain data
			panic(err)
		}
		resources := make([]string, len(e.Detail.Metadata.Scopes))
		for n, scope := range e.Detail.Metadata.Scopes {
			resources[n] = scope.String()
		}
		entries[i] = types.PutEventsRequestEntry{
			EventBusName: aws.String(b.name), Source: aws.String(e.Source), DetailType: aws.String(e.DetailType),
			Detail: aws.String(string(detail)), Time: aws.Time(e.Detail.Metadata.OccurredAt), Resources: resources,
		}
	}
	out, err := b.putEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	for i := range errs {
		switch {
		case err != nil:
			errs[i] = fmt.Errorf("put events: %w", err)
		case i >= len(out.Entries):
			errs[i] = errors.New("put events: no answer for this entry")
		case out.Entries[i].ErrorCode != nil:
			errs[i] = fmt.Errorf("put events: %s: %s", *out.Entries[i].ErrorCode, aws.ToString(out.Entries[i].ErrorMessage))
		}
	}
}
