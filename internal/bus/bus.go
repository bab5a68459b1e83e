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
	bytesPerCall   = 256 << 10
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
	entries := make([]types.PutEventsRequestEntry, len(events))
	for i, e := range events {
		entries[i] = b.entry(e)
	}
	for from := 0; from < len(entries); {
		to, size := from, 0
		for to < len(entries) && to-from < entriesPerCall && (to == from || size+sizeOf(entries[to]) <= bytesPerCall) {
			size += sizeOf(entries[to])
			to++
		}
		b.put(ctx, entries[from:to], errs[from:to])
		from = to
	}
	return errs
}

func (b Bus) entry(e event.Envelope) types.PutEventsRequestEntry {
	detail, err := json.Marshal(e.Detail)
	if err != nil { // an envelope is plain data
		panic(err)
	}
	resources := make([]string, len(e.Detail.Metadata.Scopes))
	for n, scope := range e.Detail.Metadata.Scopes {
		resources[n] = scope.String()
	}
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(b.name), Source: aws.String(e.Source), DetailType: aws.String(e.DetailType),
		Detail: aws.String(string(detail)), Time: aws.Time(e.Detail.Metadata.OccurredAt), Resources: resources,
	}
}

// sizeOf returns what an entry counts against the limit of a call.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
func sizeOf(e types.PutEventsRequestEntry) int {
	const ofTime = 14
	size := ofTime + len(*e.Source) + len(*e.DetailType) + len(*e.Detail)
	for _, resource := range e.Resources {
		size += len(resource)
	}
	return size
}

func (b Bus) put(ctx context.Context, entries []types.PutEventsRequestEntry, errs []error) {
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
