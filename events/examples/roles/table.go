package roles

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/guregu/dynamo/v2"
)

// Table keeps the rows in DynamoDB.
type Table struct{ table dynamo.Table }

// FromEnvironment returns the table of the function, with what Lambda's environment says; locally also where it is.
func FromEnvironment(getenv func(string) string) Table {
	config := aws.Config{Region: getenv("AWS_REGION"), Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: getenv("AWS_SESSION_TOKEN"),
		}, nil
	})}
	if endpoint := getenv("AWS_ENDPOINT_URL_DYNAMODB"); endpoint != "" {
		config.BaseEndpoint = &endpoint
	}
	return New(config, getenv("ROLES_TABLE"))
}

// New returns the table of that name. An endpoint other than AWS's is the configuration's.
func New(config aws.Config, name string) Table { return Table{dynamo.New(config).Table(name)} }

// Keep stores a row unless one that is as new is there.
func (t Table) Keep(ctx context.Context, row Row) error {
	err := t.table.Put(row).If("attribute_not_exists('sequence') OR 'sequence' < ?", row.Sequence).Run(ctx)
	if dynamo.IsCondCheckFailed(err) { // a double, or an event that was overtaken
		return nil
	}
	return err
}

// Members returns who holds what in an organization or a workspace.
func (t Table) Members(ctx context.Context, root string) (map[string]Held, error) {
	var rows []Row
	err := t.table.Get("root", root).Consistent(true).All(ctx, &rows)
	return Members(rows), err
}

// Handle is the function: it keeps what the messages of the queue tell and names those that failed, so that the queue brings only them again.
func (t Table) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, message := range batch.Records {
		if err := t.handle(ctx, message.Body); err != nil {
			slog.ErrorContext(ctx, "event failed", "message", message.MessageId, "error", err)
			answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	return answer, nil
}

func (t Table) handle(ctx context.Context, body string) error {
	var event Event
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		return fmt.Errorf("no event: %w", err)
	}
	row, tells, err := event.Row()
	if err != nil || !tells {
		return err
	}
	return t.Keep(ctx, row)
}
