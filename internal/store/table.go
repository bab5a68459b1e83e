// Package store is the DynamoDB table. It implements the small store interfaces that the features declare, and is the only
// importer of the DynamoDB client and of guregu/dynamo. keys.go is the data model.
package store

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	"github.com/guregu/dynamo/v2"
	"github.com/guregu/dynamo/v2/dynamodbiface"
	"golang.org/x/sync/errgroup"

	"prism-access/internal/fault"
	"prism-access/internal/telemetry"
)

// Table is the one table.
type Table struct {
	db    *dynamo.DB
	table dynamo.Table
	// realNow is the real clock: idempotency records, sessions, mail claims and rate windows live by it.
	realNow      func() time.Time
	mailsPerHour int
	callTimeout  time.Duration
}

// Options are what can be set.
type Options struct {
	RealNow      func() time.Time // required
	MailsPerHour int              // invitation mails of an organization, R6
	Endpoint     string           // empty: AWS's own
	Patience     int              // how many times the usual deadlines to wait, for tests on a busy machine; 0: once
}

// The deadlines keep a dead DynamoDB from outliving the gateway: SDK defaults would wait far longer (pitfall 42).
const (
	attemptTimeout = 1 * time.Second
	callTimeout    = 3500 * time.Millisecond
	maxAttempts    = 5
	maxBackoff     = 400 * time.Millisecond
)

// New returns the table. A client of HTTP in the configuration stands for its own.
func New(cfg aws.Config, name string, options Options) *Table {
	patient := func(d time.Duration) time.Duration { return d * time.Duration(max(1, options.Patience)) }
	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if options.Endpoint != "" {
			o.BaseEndpoint = aws.String(options.Endpoint)
			o.DisableValidateResponseChecksum = true // DynamoDB Local's checksums of errors do not match
		}
		if cfg.HTTPClient == nil {
			o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(patient(attemptTimeout)).WithTransportOptions(func(t *http.Transport) {
				t.MaxIdleConnsPerHost = 16
			})
		}
		// Conflicts are retried with the same token and the same contents: the SDK sends the same request again.
		o.Retryer = retry.NewStandard(dynamo.RetryTxConflicts, func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = maxBackoff
		})
	})
	db := dynamo.NewFromIface(meter(client))
	return &Table{db: db, table: db.Table(name), realNow: options.RealNow, mailsPerHour: options.MailsPerHour, callTimeout: patient(callTimeout)}
}

// metered hands the table library just the calls it needs, and counts them. The embedded interface stays nil: executing
// another call would be a programming error. It has the calls and not the client: of a type that can be reached from an interface the linker keeps all
// methods where templates look methods up by name, and the client has one for each of DynamoDB's operations.
type metered struct {
	dynamodbiface.DynamoDBAPI
	batchGetItem       call[dynamodb.BatchGetItemInput, dynamodb.BatchGetItemOutput]
	getItem            call[dynamodb.GetItemInput, dynamodb.GetItemOutput]
	query              call[dynamodb.QueryInput, dynamodb.QueryOutput]
	updateItem         call[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput]
	putItem            call[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	deleteItem         call[dynamodb.DeleteItemInput, dynamodb.DeleteItemOutput]
	transactWriteItems call[dynamodb.TransactWriteItemsInput, dynamodb.TransactWriteItemsOutput]
}

type call[In, Out any] func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

func meter(client *dynamodb.Client) metered {
	return metered{
		batchGetItem:       client.BatchGetItem,
		getItem:            client.GetItem,
		query:              client.Query,
		updateItem:         client.UpdateItem,
		putItem:            client.PutItem,
		deleteItem:         client.DeleteItem,
		transactWriteItems: client.TransactWriteItems,
	}
}

func (m metered) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	telemetry.From(ctx).Request(false)
	out, err := m.batchGetItem(ctx, in, opts...)
	if err == nil {
		for _, items := range out.Responses {
			telemetry.From(ctx).Items(len(items), len(items))
		}
	}
	return out, err
}

func (m metered) GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	telemetry.From(ctx).Request(false)
	out, err := m.getItem(ctx, in, opts...)
	if err == nil && len(out.Item) > 0 {
		telemetry.From(ctx).Items(1, 1)
	}
	return out, err
}

func (m metered) Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	telemetry.From(ctx).Request(false)
	out, err := m.query(ctx, in, opts...)
	if err == nil {
		telemetry.From(ctx).Items(int(out.ScannedCount), int(out.Count))
	}
	return out, err
}

func (m metered) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	telemetry.From(ctx).Request(true)
	return m.updateItem(ctx, in, opts...)
}

func (m metered) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	telemetry.From(ctx).Request(true)
	return m.putItem(ctx, in, opts...)
}

func (m metered) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	telemetry.From(ctx).Request(true)
	return m.deleteItem(ctx, in, opts...)
}

func (m metered) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, opts ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	telemetry.From(ctx).Request(true)
	return m.transactWriteItems(ctx, in, opts...)
}

// round runs requests side by side and counts them as one round.
func (t *Table) round(ctx context.Context, parts ...func(context.Context) error) error {
	telemetry.From(ctx).Round()
	ctx, cancel := context.WithTimeout(ctx, t.callTimeout)
	defer cancel()
	return unavailable(atOnce(ctx, len(parts), func(ctx context.Context, i int) error { return parts[i](ctx) }))
}

// atOnce does as many things side by side. The last one needs no goroutine, whose stack would have to grow to the SDK's depth each time.
func atOnce(ctx context.Context, many int, do func(ctx context.Context, i int) error) error {
	if many == 0 {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range many - 1 {
		group.Go(func() error { return do(ctx, i) })
	}
	if err := do(ctx, many-1); err != nil {
		group.Go(func() error { return err }) // the first error ends the others, and is returned
	}
	return group.Wait()
}

// What callers are told when the table does not answer, and how long they are to wait.
const (
	busy       = "This does not work right now. Try again in a moment."
	retryAfter = 2 * time.Second
)

// unavailable turns what the network or a DynamoDB in trouble said into the 503 of this API. A *fault.Error and nil pass, and so does
// what no later attempt cures, such as an item that cannot be read: that is internal.
func unavailable(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || !passes(err) {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Code: "unavailable", Message: busy,
		RetryAfter: retryAfter, Err: err,
	}
}

// hopeless are the answers of DynamoDB that stay the same: the request, our rights, the table or an item are not as they should be.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
var hopeless = []string{
	"ValidationException", "AccessDeniedException", "ResourceNotFoundException", "IdempotentParameterMismatchException", "ConditionalCheckFailedException",
}

// passes reports whether an error is one of the moment.
func passes(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	if _, isCall := errors.AsType[*smithy.OperationError](err); !isCall {
		return false
	}
	said, isAnswer := errors.AsType[smithy.APIError](err)
	return !isAnswer || !slices.Contains(hopeless, said.ErrorCode())
}
