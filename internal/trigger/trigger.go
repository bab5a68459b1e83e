// Package trigger is the edge of the functions that nobody calls by HTTP: what a stream, a queue, a schedule or the user pool hands over
// becomes the input of an operation, and its outcome the answer that decides about another attempt.
package trigger

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"golang.org/x/sync/errgroup"

	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/store"
)

// RelayLog is the edge of relay-log: inserted log entries come from the table's stream.
type RelayLog struct {
	Relay  audit.Relay
	Logger *slog.Logger
}

// Do publishes the entries of a batch. The answer names the first record that failed: the stream brings it and all after it again, and
// one that cannot be read at all ends in the dead-letter queue.
func (t RelayLog) Do(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	var entries []audit.Entry
	var sequences []string
	failed := make(map[string]error)
	for _, record := range batch.Records {
		entry, err := store.EntryInserted(record)
		if err != nil {
			failed[record.Change.SequenceNumber] = err
			continue
		}
		entries, sequences = append(entries, entry), append(sequences, record.Change.SequenceNumber)
	}
	if len(entries) > 0 {
		for i, err := range t.Relay.Do(ctx, entries) {
			if err != nil {
				failed[sequences[i]] = err
			}
		}
	}
	answer := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for _, record := range batch.Records {
		err, bad := failed[record.Change.SequenceNumber]
		if !bad {
			continue
		}
		t.Logger.ErrorContext(ctx, "relay failed", "operation", "relay-log", "record", record.EventID, "error", err, "request_id", invocation(ctx).ID)
		if len(answer.BatchItemFailures) == 0 {
			answer.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: record.Change.SequenceNumber}}
		}
	}
	t.Logger.InfoContext(ctx, "relayed", "operation", "relay-log", "entries", len(entries), "failed", len(failed), "request_id", invocation(ctx).ID)
	return answer, nil
}

// ExpireInvitations is the edge of expire-invitations: TTL's removals of guards and reminders come from the table's stream.
type ExpireInvitations struct {
	Expire invitation.Expire
	Remind invitation.Remind
	Logger *slog.Logger
}

// sideBySide is how many records of a batch are handled at the same time: each is about an invitation of its own.
const sideBySide = 8

// Do records the expiries and reminders of a batch. The answer names the first record that failed: the stream brings that one and all after it
// again, and what was recorded already is not recorded twice.
func (t ExpireInvitations) Do(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	answer := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	failed := make([]error, len(batch.Records))
	var group errgroup.Group
	group.SetLimit(sideBySide)
	for i, record := range batch.Records {
		group.Go(func() error {
			failed[i] = t.handle(ctx, record)
			return nil
		})
	}
	_ = group.Wait() // what failed is kept by record
	for i, record := range batch.Records {
		if failed[i] == nil {
			continue
		}
		t.Logger.ErrorContext(ctx, "expire failed", "operation", "expire-invitations", "record", record.EventID, "error", failed[i], "request_id", invocation(ctx).ID)
		if len(answer.BatchItemFailures) == 0 {
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: record.Change.SequenceNumber})
		}
	}
	return answer, nil
}

// handle records what the removal of one item means.
func (t ExpireInvitations) handle(ctx context.Context, record events.DynamoDBEventRecord) error {
	ref, isExpiry, err := store.GuardExpired(record)
	if err != nil {
		return err
	}
	if !isExpiry {
		return t.remind(ctx, record)
	}
	recorded, err := t.Expire.Do(ctx, ref)
	if err != nil {
		return err
	}
	became := "nothing to expire" // it has moved on, or somebody else has recorded it
	if recorded {
		became = "expired"
	}
	t.Logger.InfoContext(ctx, became, "operation", "expire-invitations", "scope", ref.Root.String(), "invitation", ref.ID, "request_id", invocation(ctx).ID)
	return nil
}

// remind records a reminder, if the record is of one.
func (t ExpireInvitations) remind(ctx context.Context, record events.DynamoDBEventRecord) error {
	due, isReminder, err := store.ReminderDue(record)
	if err != nil || !isReminder {
		return err
	}
	if err := t.Remind.Do(ctx, due); err != nil {
		return err
	}
	t.Logger.InfoContext(ctx, "reminder due", "operation", "expire-invitations", "scope", due.Root.String(), "invitation", due.ID, "request_id", invocation(ctx).ID)
	return nil
}

// SweepLog is the edge of sweep-log: a schedule.
type SweepLog struct {
	Sweep  audit.Sweep
	Logger *slog.Logger
}

// Do publishes what the relay has left.
func (t SweepLog) Do(ctx context.Context, _ events.EventBridgeEvent) error {
	published, err := t.Sweep.Do(ctx)
	t.Logger.InfoContext(ctx, "swept", "operation", "sweep-log", "published", published, "request_id", invocation(ctx).ID)
	return err
}

// FromBus is the edge of a subscriber: events of the bus come through its queue.
type FromBus struct {
	Operation string
	Handle    func(context.Context, event.Envelope) error
	Logger    *slog.Logger
}

// Do handles each message by itself and names those that failed, so that the queue brings only them again.
func (t FromBus) Do(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	return eachMessage(ctx, batch, t.Logger, func(body []byte) ([]any, error) {
		var envelope event.Envelope
		err := json.Unmarshal(body, &envelope)
		if err == nil {
			err = t.Handle(ctx, envelope)
		}
		metadata := envelope.Detail.Metadata
		return []any{
			"operation", t.Operation, "event", metadata.ID, "type", envelope.DetailType, "correlation_id", metadata.CorrelationID,
		}, err
	}), nil
}

// eachMessage handles the messages of a queue one by one and logs what handle says of each. The answer names those that failed.
func eachMessage(ctx context.Context, batch events.SQSEvent, logger *slog.Logger, handle func(body []byte) (attrs []any, err error)) events.SQSEventResponse {
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, message := range batch.Records {
		attrs, err := handle([]byte(message.Body))
		attrs = append(attrs, "request_id", invocation(ctx).ID)
		if err != nil {
			logger.ErrorContext(ctx, "event failed", append(attrs, "message", message.MessageId, "error", err)...)
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
			continue
		}
		logger.InfoContext(ctx, "event handled", attrs...)
	}
	return answer
}

// RegisterUser is the edge of register-user: the user pool's post-confirmation trigger.
type RegisterUser struct {
	Register account.Register
	Issuer   string // empty: the user pool of the event
	Logger   *slog.Logger
}

// Do registers the confirmed user. Cognito wants its event back.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
func (t RegisterUser) Do(ctx context.Context, in events.CognitoEventUserPoolsPostConfirmation) (events.CognitoEventUserPoolsPostConfirmation, error) {
	issuer := t.Issuer
	if issuer == "" {
		issuer = "https://cognito-idp." + in.Region + ".amazonaws.com/" + in.UserPoolID
	}
	attributes := in.Request.UserAttributes
	ask := invocation(ctx)
	user, err := t.Register.Do(ctx, ask, account.RegisterInput{
		Issuer: issuer, Subject: attributes["sub"], Email: attributes["email"], EmailVerified: attributes["email_verified"] == "true",
		Name: attributes["name"], PreferredUsername: attributes["preferred_username"],
	})
	if err != nil {
		return in, err
	}
	t.Logger.InfoContext(ctx, "registered", "operation", "register-user", "user", user.ID, "request_id", ask.ID, "correlation_id", ask.CorrelationID)
	return in, nil
}

// invocation returns the request that an invocation is by itself. The user pool's event has no id, so it is Lambda's.
func invocation(ctx context.Context) request.Request {
	lambda, known := lambdacontext.FromContext(ctx)
	if !known {
		return request.Request{}
	}
	return request.Request{ID: lambda.AwsRequestID, CorrelationID: lambda.AwsRequestID}
}
