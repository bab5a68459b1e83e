package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/invoke"
	"prism-access/infra/local/stream"
	"prism-access/infra/local/testtable"
)

// listener is a function that keeps what it is given.
type listener struct {
	mu      sync.Mutex
	records []events.DynamoDBEventRecord
}

func (l *listener) Invoke(_ context.Context, event []byte) ([]byte, error) {
	var in events.DynamoDBEvent
	if err := json.Unmarshal(event, &in); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, in.Records...)
	return nil, nil
}

// wait returns what has come, in the form "INSERT a 1", once there are as many as wanted.
func (l *listener) wait(t *testing.T, count int) []string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		l.mu.Lock()
		var seen []string
		for _, r := range l.records {
			image := r.Change.NewImage
			if image == nil {
				image = r.Change.OldImage
			}
			seen = append(seen, fmt.Sprintf("%s %s %s", r.EventName, r.Change.Keys["SK"].String(), image["n"].Number()))
		}
		l.mu.Unlock()
		if len(seen) >= count || time.Now().After(deadline) {
			return seen
		}
	}
}

func TestReader(t *testing.T) {
	table := testtable.Own(t)
	db := testtable.Client(table.Endpoint)
	put := func(sk, n string) {
		t.Helper()
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table.Name, Item: map[string]types.AttributeValue{
			"PK": &types.AttributeValueMemberS{Value: "P"}, "SK": &types.AttributeValueMemberS{Value: sk}, "n": &types.AttributeValueMemberN{Value: n},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	start := func(l *listener, state *stream.State) *stream.Reader {
		t.Helper()
		r, err := stream.Start(t.Context(), stream.Options{
			Endpoint: table.Endpoint, Table: table.Name, State: state,
			Mappings: []*stream.Mapping{{Function: &invoke.Function{Name: "f", Start: invoke.Same(l)}, BatchSize: 2, MaxRetries: -1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}

	put("a", "1") // before anybody reads
	first := &listener{}
	reader := start(first, nil)
	put("a", "2")
	put("b", "1")
	if _, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table.Name, Key: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "P"}, "SK": &types.AttributeValueMemberS{Value: "a"},
	}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"INSERT a 1", "MODIFY a 2", "INSERT b 1", "REMOVE a 2"}, first.wait(t, 4)); diff != "" {
		t.Error(diff)
	}
	got := first.records[1]
	want := events.DynamoDBEventRecord{
		AWSRegion: got.AWSRegion, EventID: got.EventID, EventName: "MODIFY", EventSource: "aws:dynamodb", EventVersion: "1.1", EventSourceArn: got.EventSourceArn,
		Change: events.DynamoDBStreamRecord{
			ApproximateCreationDateTime: got.Change.ApproximateCreationDateTime,
			Keys:                        map[string]events.DynamoDBAttributeValue{"PK": events.NewStringAttribute("P"), "SK": events.NewStringAttribute("a")},
			NewImage: map[string]events.DynamoDBAttributeValue{
				"PK": events.NewStringAttribute("P"), "SK": events.NewStringAttribute("a"), "n": events.NewNumberAttribute("2"),
			},
			OldImage: map[string]events.DynamoDBAttributeValue{
				"PK": events.NewStringAttribute("P"), "SK": events.NewStringAttribute("a"), "n": events.NewNumberAttribute("1"),
			},
			SequenceNumber: got.Change.SequenceNumber, SizeBytes: got.Change.SizeBytes, StreamViewType: "NEW_AND_OLD_IMAGES",
		},
	}
	attribute := cmp.Comparer(func(a, b events.DynamoDBAttributeValue) bool {
		x, xErr := json.Marshal(a)
		y, yErr := json.Marshal(b)
		return xErr == nil && yErr == nil && string(x) == string(y)
	})
	if diff := cmp.Diff(want, got, attribute); diff != "" {
		t.Error(diff)
	}
	if age := time.Since(got.Change.ApproximateCreationDateTime.Time); got.EventID == "" || got.Change.SequenceNumber == "" || age < -time.Minute || age > time.Minute {
		t.Errorf("id %q, sequence number %q, age %s", got.EventID, got.Change.SequenceNumber, age)
	}

	// A reader that goes on where the last one stopped misses nothing and repeats nothing.
	state := reader.Stop()
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	put("c", "1")
	var kept stream.State
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	second := &listener{}
	reader = start(second, &kept)
	put("d", "1")
	if diff := cmp.Diff([]string{"INSERT c 1", "INSERT d 1"}, second.wait(t, 2)); diff != "" {
		t.Error(diff)
	}
	reader.Stop()

	// A state of another stream is worth nothing.
	for shard := range kept.Shards {
		kept.Shards[shard] = "not a number"
	}
	third := &listener{}
	reader = start(third, &kept)
	if got := third.wait(t, 6); len(got) != 6 {
		t.Errorf("from the beginning: %v", got)
	}
	reader.Stop()
}

func TestReaderOfATableWithoutStream(t *testing.T) {
	t.Parallel()
	table := testtable.Shared(t)
	if _, err := stream.Start(t.Context(), stream.Options{Endpoint: table.Endpoint, Table: "nowhere-" + aws.ToString(&table.Name)}); err == nil {
		t.Error("no error")
	}
}
