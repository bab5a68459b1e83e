package bench

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"prism-access/infra/local/testtable"
	"prism-access/internal/page"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

const (
	atATime = 8
	shifts  = 5  // in which operations and the SDK alone take turns
	share   = 30 // % of the throughput of the SDK at least: where the CPU is all there is, 3 times the CPU of it make a third
)

// loads are the operations whose throughput is measured, with how many runs of a shift take about half a second.
var loads = []struct {
	name string
	runs int
}{{"check-access", 600}, {"list-members", 200}, {"create-invitations", 120}, {"accept-invitation", 60}}

// BenchmarkThroughput runs operations side by side on DynamoDB Local, which shares the machine with them. How many it can do at most is measured by the
// plain SDK making as many calls of the kind.
func BenchmarkThroughput(b *testing.B) {
	p := newPlace(b, 2*page.DefaultLimit)
	client := testtable.Client(os.Getenv("DYNAMODB_ENDPOINT"))
	for _, load := range loads {
		op := measured[slices.IndexFunc(measured, func(op operation) bool { return op.name == load.name })]
		asked := p.calls(op)
		alone := func(ctx context.Context) error {
			for _, in := range asked {
				if err := send(ctx, client, p.bare(in)); err != nil {
					return err
				}
			}
			return nil
		}
		next := op.ready(p)
		var ours, theirs time.Duration
		for shift := range shifts + 1 {
			runs := make([]run, load.runs)
			for i := range runs {
				runs[i] = next()
			}
			took, tookAlone := together(b, runs), together(b, slices.Repeat([]run{alone}, load.runs))
			if shift > 0 { // the first one warms up
				ours, theirs = ours+took, theirs+tookAlone
			}
		}
		rate := func(took time.Duration) float64 { return float64(shifts*load.runs) / took.Seconds() }
		calls := float64(len(asked))
		report(b, op.name, metric{rate(ours), "ops/s"}, metric{calls * rate(ours), "requests/s"}, metric{calls * rate(theirs), "sdk-requests/s"})
		how := fmt.Sprintf("%.0f requests/s, %.0f by the plain SDK", calls*rate(ours), calls*rate(theirs))
		hold(b, figure{op.name, "/s", how, rate(ours), math.Inf(1)})
		holdAtLeast(b, figure{op.name, "% of the SDK", how, 100 * rate(ours) / rate(theirs), share})
	}
}

// together returns how long the runs take, some at a time.
func together(b *testing.B, runs []run) time.Duration {
	b.Helper()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(atATime)
	started := time.Now()
	for _, do := range runs {
		group.Go(func() error { return do(ctx) })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(started)
}

// calls returns the inputs of the calls that one run of an operation makes.
func (p place) calls(op operation) []any {
	p.T.Helper()
	var t tape
	usual := p.Table
	defer func() { p.Table = usual }()
	p.Table = store.New(t.listening(testbed.Config()), testbed.TableName(), store.Options{
		RealNow: time.Now, MailsPerHour: 1e6, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"),
	})
	do := op.ready(p)()
	t.asked = nil // to make it ready
	if err := do(p.T.Context()); err != nil {
		p.T.Fatal(err)
	}
	return t.asked
}

// bare returns what reads as it is, and for what writes a transaction of as many new items of about the same size, without conditions.
func (p place) bare(in any) any {
	transaction, writes := in.(*dynamodb.TransactWriteItemsInput)
	if !writes {
		return in
	}
	partition, bare := "BENCH#"+p.NewID(), &dynamodb.TransactWriteItemsInput{}
	for i, write := range transaction.TransactItems {
		item := item{}
		switch {
		case write.Put != nil:
			item = maps.Clone(write.Put.Item)
		case write.Update != nil:
			for name, value := range write.Update.ExpressionAttributeValues {
				item["of"+name] = value
			}
		}
		item["PK"], item["SK"] = &types.AttributeValueMemberS{Value: partition}, &types.AttributeValueMemberS{Value: strconv.Itoa(i)}
		bare.TransactItems = append(bare.TransactItems, types.TransactWriteItem{Put: &types.Put{TableName: aws.String(testbed.TableName()), Item: item}})
	}
	return bare
}
