package ttl_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/clock"
	"prism-access/infra/local/stream"
	"prism-access/infra/local/testtable"
	"prism-access/infra/local/ttl"
)

type fixture struct {
	t     *testing.T
	table testtable.Table
	db    *dynamodb.Client
	clock clock.Clock

	mu      sync.Mutex
	records []*stream.Record
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// put writes an item that expires after a time.
func (f *fixture) put(pk, sk string, after time.Duration) {
	f.t.Helper()
	item := map[string]types.AttributeValue{
		"PK": text(pk), "SK": text(sk), "expires": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(after).Unix(), 10)},
	}
	// DynamoDB Local's own job removes nothing else.
	for _, name := range []string{"GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"} {
		item[name] = text("-")
	}
	if _, err := f.db.PutItem(f.t.Context(), &dynamodb.PutItemInput{TableName: &f.table.Name, Item: item}); err != nil {
		f.t.Fatal(err)
	}
}

// removals returns the records of removals, keyed by sort key, once there are as many as wanted.
func (f *fixture) removals(count int, within time.Duration) map[string]*stream.Record {
	f.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		found := map[string]*stream.Record{}
		f.mu.Lock()
		for _, record := range f.records {
			if record.EventName == "REMOVE" {
				found[record.Change.Keys.Text("SK")] = record
			}
		}
		f.mu.Unlock()
		if len(found) >= count || time.Now().After(deadline) {
			return found
		}
	}
}

// TestSweeper runs in an almost empty table, where DynamoDB Local's own job takes seconds rather than minutes: it also
// shows that the two ways of removal look the same to functions.
func TestSweeper(t *testing.T) {
	f := &fixture{t: t, table: testtable.Own(t)}
	f.db = testtable.Client(f.table.Endpoint)
	f.put("BYSERVICE#", "service", -time.Minute)
	for there := true; there; time.Sleep(100 * time.Millisecond) { // the job looks every ten seconds
		out, err := f.db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &f.table.Name, Key: map[string]types.AttributeValue{
			"PK": text("BYSERVICE#"), "SK": text("service"),
		}})
		if err != nil {
			t.Fatal(err) // at the end of the test's time, too
		}
		there = out.Item != nil
	}
	f.put("GUARD#before", "before", time.Hour)
	f.put("OTHER#o", "other", time.Hour)

	sweeper := ttl.New(ttl.Options{Endpoint: f.table.Endpoint, Table: f.table.Name, Attribute: "expires", Prefix: "GUARD#", Now: f.clock.Now})
	if err := sweeper.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader, err := stream.Start(t.Context(), stream.Options{
		Endpoint: f.table.Endpoint, Table: f.table.Name,
		See: func(record *stream.Record) {
			sweeper.See(record)
			f.mu.Lock()
			defer f.mu.Unlock()
			f.records = append(f.records, record)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Stop()
	f.clock.OnMove(sweeper.Wake)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go sweeper.Run(ctx)

	f.put("GUARD#now", "now", time.Hour)
	f.put("GUARD#renewed", "renewed", time.Hour)
	f.put("GUARD#renewed", "renewed", 9*time.Hour)
	f.put("GUARD#later", "later", 9*time.Hour)
	f.put("GUARD#revoked", "revoked", time.Hour)
	if _, err := f.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &f.table.Name, Key: map[string]types.AttributeValue{
		"PK": text("GUARD#revoked"), "SK": text("revoked"),
	}}); err != nil {
		t.Fatal(err)
	}
	f.put("OTHER#", "past", -time.Minute)

	if got := f.removals(5, 5*time.Second); got["past"] == nil || !cmp.Equal(got["past"].UserIdentity, stream.Service()) {
		t.Errorf("what lives by the real clock: %+v", got["past"])
	} else if got["revoked"] == nil || got["revoked"].UserIdentity != nil {
		t.Errorf("what a person removed: %+v", got)
	}
	f.clock.Advance(2 * time.Hour)
	moved := time.Now()
	got := f.removals(5, 5*time.Second)
	if took := time.Since(moved); took > 3*time.Second {
		t.Errorf("removal took %s", took)
	}
	for _, name := range []string{"before", "now"} {
		if got[name] == nil || !cmp.Equal(got[name].UserIdentity, stream.Service()) {
			t.Errorf("%s: %+v, want a removal by the service", name, got[name])
		}
	}

	byService := got["service"]
	if byService == nil {
		t.Fatal("the stream does not show what DynamoDB Local removed by itself")
	}
	if !sweeper.Settled() {
		t.Error("a removal has not been recognised in the stream")
	}
	// Whatever differs between the two beside the item itself would show here.
	same := cmp.Options{
		cmpopts.IgnoreFields(stream.Record{}, "EventID", "came"),
		cmpopts.IgnoreFields(stream.Change{}, "ApproximateCreationDateTime", "SequenceNumber", "SizeBytes", "Keys", "OldImage"),
	}
	if diff := cmp.Diff(byService, got["now"], same); diff != "" {
		t.Errorf("the service's removal and ours differ: %s", diff)
	}
	if diff := cmp.Diff(names(byService.Change.OldImage), names(got["now"].Change.OldImage)); diff != "" {
		t.Error(diff)
	}
	final := f.removals(5, 0)
	for _, name := range []string{"renewed", "later", "other"} {
		if final[name] != nil {
			t.Errorf("%s was removed: %+v", name, final[name])
		}
	}
}

func names(i awsjson.Item) []string {
	var out []string
	for name := range i {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func TestLoadOfATableThatIsNotThere(t *testing.T) {
	t.Parallel()
	table := testtable.Shared(t)
	sweeper := ttl.New(ttl.Options{Endpoint: table.Endpoint, Table: fmt.Sprint(table.Name, "-not-there"), Now: time.Now})
	if err := sweeper.Load(t.Context()); err == nil {
		t.Error("no error")
	}
}
