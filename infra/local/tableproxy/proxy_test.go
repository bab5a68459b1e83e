package tableproxy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/testtable"
)

// fixture is a proxy before the shared table and a client that does not retry.
type fixture struct {
	proxy  *tableproxy.Proxy
	client *dynamodb.Client
	direct *dynamodb.Client
	table  string
	pk     string
}

func start(t *testing.T) *fixture {
	t.Helper()
	table := testtable.Shared(t)
	proxy, err := tableproxy.Start(t.Context(), table.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	once := dynamodb.NewFromConfig(testtable.Config(), func(o *dynamodb.Options) {
		o.BaseEndpoint, o.DisableValidateResponseChecksum, o.RetryMaxAttempts = &proxy.URL, true, 1
	})
	return &fixture{proxy: proxy, client: once, direct: testtable.Client(table.Endpoint), table: table.Name, pk: "TEST#" + invoke.UUID()}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func (f *fixture) key(sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"PK": text(f.pk), "SK": text(sk)}
}

// item stands in the index under its partition, with the rank as sort key.
func (f *fixture) item(sk, rank string) map[string]types.AttributeValue {
	item := f.key(sk)
	item["GSI1PK"], item["GSI1SK"] = text(f.pk), text(rank)
	return item
}

func (f *fixture) transact(ctx context.Context, sks ...string) error {
	in := &dynamodb.TransactWriteItemsInput{}
	for _, sk := range sks {
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: &types.Put{TableName: &f.table, Item: f.item(sk, sk)}})
	}
	_, err := f.client.TransactWriteItems(ctx, in)
	return err
}

func (f *fixture) exists(t *testing.T, sk string) bool {
	t.Helper()
	out, err := f.direct.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &f.table, Key: f.key(sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item != nil
}

// listed returns what the index says, as "sk@rank".
func (f *fixture) listed(t *testing.T) []string {
	t.Helper()
	out, err := f.client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &f.table, IndexName: aws.String("GSI1"), KeyConditionExpression: aws.String("GSI1PK = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text(f.pk)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, item := range out.Items {
		found = append(found, fmt.Sprintf("%s@%s", item["SK"].(*types.AttributeValueMemberS).Value, item["GSI1SK"].(*types.AttributeValueMemberS).Value))
	}
	return found
}

func TestConflict(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.proxy.Inject("TransactWriteItems", 2, tableproxy.Conflict(1))
	if err := f.transact(t.Context(), "a", "b"); err != nil {
		t.Fatalf("the first transaction: %v", err)
	}
	err := f.transact(t.Context(), "c", "d", "e")
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Fatalf("the second transaction: got %v", err)
	}
	var codes []string
	for _, reason := range cancelled.CancellationReasons {
		codes = append(codes, aws.ToString(reason.Code))
	}
	if diff := cmp.Diff([]string{"None", "TransactionConflict", "None"}, codes); diff != "" {
		t.Error(diff)
	}
	if f.exists(t, "c") {
		t.Error("the cancelled transaction has written")
	}
	if err := f.transact(t.Context(), "c", "d"); err != nil {
		t.Errorf("the third transaction: %v", err)
	}
	if got := f.proxy.Count("TransactWriteItems"); got != 3 {
		t.Errorf("counted %d transactions, want 3", got)
	}
}

func TestConflictOfASingleWrite(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.proxy.Inject("PutItem", 1, tableproxy.Conflict(0))
	_, err := f.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &f.table, Item: f.key("a")})
	if _, ok := errors.AsType[*types.TransactionConflictException](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestOtherFaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, c := range []struct {
		name    string
		fault   tableproxy.Fault
		written bool
		is      func(error) bool
	}{
		{"lost reply", tableproxy.LoseReply(), true, nil},
		{"broken off", tableproxy.BreakOff(), false, nil},
		{"hanging", tableproxy.Hang(), false, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"throttled", tableproxy.Throttle(), false, func(err error) bool {
			return errors.As(err, new(*types.ProvisionedThroughputExceededException))
		}},
		{"failing", tableproxy.ServerError(), false, func(err error) bool { return errors.As(err, new(*types.InternalServerError)) }},
	} {
		f.proxy.Inject("TransactWriteItems", 1, c.fault)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := f.transact(ctx, c.name)
		cancel()
		if err == nil || c.is != nil && !c.is(err) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if got := f.exists(t, c.name); got != c.written {
			t.Errorf("%s: written %t, want %t", c.name, got, c.written)
		}
	}
	f.proxy.SetDown(true)
	if err := f.transact(t.Context(), "down"); err == nil {
		t.Error("a table that is down has answered")
	}
	f.proxy.SetDown(false)
	if err := f.transact(t.Context(), "up"); err != nil {
		t.Errorf("a table that is up again: %v", err)
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		if err := f.transact(t.Context(), "earlier"); err != nil {
			t.Error(err)
		}
	}))
	if err := f.transact(t.Context(), "later"); err != nil {
		t.Fatal(err)
	}
	if !f.exists(t, "earlier") || !f.exists(t, "later") {
		t.Error("not both have been written")
	}
}

func TestDelayedIndexes(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx := t.Context()
	const delay = 700 * time.Millisecond
	if err := f.proxy.DelayIndexes(ctx, f.table, delay, false); err != nil {
		t.Fatal(err)
	}
	write := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	put := func(sk, rank string) error {
		_, err := f.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &f.table, Item: f.item(sk, rank)})
		return err
	}
	write("put a", put("a", "1"))
	write("transaction", f.transact(ctx, "b", "c"))
	_, err := f.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
		f.table: {{PutRequest: &types.PutRequest{Item: f.item("d", "d")}}},
	}})
	write("batch", err)
	if got := f.listed(t); len(got) != 0 {
		t.Errorf("at once: %v", got)
	}
	if !f.exists(t, "a") {
		t.Error("the table itself lags")
	}
	time.Sleep(delay + 200*time.Millisecond)
	if diff := cmp.Diff([]string{"a@1", "b@b", "c@c", "d@d"}, f.listed(t)); diff != "" {
		t.Errorf("after the delay: %s", diff)
	}

	// A changed item stands where it stood, a deleted one is still there.
	_, err = f.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &f.table, Key: f.key("a"), UpdateExpression: aws.String("SET GSI1SK = :r"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":r": text("z")},
	})
	write("update a", err)
	_, err = f.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &f.table, Key: f.key("b")})
	write("delete b", err)
	if diff := cmp.Diff([]string{"a@1", "b@b", "c@c", "d@d"}, f.listed(t)); diff != "" {
		t.Errorf("at once after the changes: %s", diff)
	}
	time.Sleep(delay + 200*time.Millisecond)
	if diff := cmp.Diff([]string{"c@c", "d@d", "a@z"}, f.listed(t)); diff != "" {
		t.Errorf("after the delay of the changes: %s", diff)
	}

	write("put e", put("e", "0"))
	f.proxy.StopDelay()
	if diff := cmp.Diff([]string{"e@0", "c@c", "d@d", "a@z"}, f.listed(t)); diff != "" {
		t.Errorf("without a delay: %s", diff)
	}
}

func TestDelayedIndexesOfWhatIsThere(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.table = "small-" + invoke.UUID() // the shared table may be too large to copy
	named := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	definition := &dynamodb.CreateTableInput{
		TableName: &f.table, BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{named("PK", types.KeyTypeHash), named("SK", types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("GSI1"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
			KeySchema: []types.KeySchemaElement{named("GSI1PK", types.KeyTypeHash), named("GSI1SK", types.KeyTypeRange)},
		}},
	}
	for _, name := range []string{"PK", "SK", "GSI1PK", "GSI1SK"} {
		definition.AttributeDefinitions = append(definition.AttributeDefinitions, types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS})
	}
	if _, err := f.direct.CreateTable(t.Context(), definition); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 30 {
		sk := fmt.Sprintf("%02d", i)
		want = append(want, sk+"@"+sk)
		if _, err := f.direct.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &f.table, Item: f.item(sk, sk)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.proxy.DelayIndexes(t.Context(), f.table, time.Minute, true); err != nil {
		t.Fatal(err)
	}
	if err := f.transact(t.Context(), "99"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, f.listed(t)); diff != "" {
		t.Error(diff)
	}
}
