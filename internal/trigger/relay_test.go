package trigger_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	local "prism-access/infra/local/bus"
	"prism-access/infra/local/tableproxy"
	"prism-access/internal/testbed"
	"prism-access/internal/upkeep"
)

func TestRelayPublishesABatch(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	if failed := do(t, relay(bed, e, l), records); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	if diff := cmp.Diff(ids, e.published(t, org)); diff != "" {
		t.Errorf("on the bus, in their order: %s", diff)
	}
	if left := unpublished(t, bed, org, ids); left != nil {
		t.Errorf("still to be published: %v", left)
	}
	if log := l.String(); strings.Contains(log, "@example.com") || !strings.Contains(log, `"entries":6`) {
		t.Errorf("logged %s", log)
	}
}

// TestRelayReportsTheLowestFailure: the call to the bus succeeds, but for some entries. What was taken is marked; what was not comes again,
// with all that follows it, and is the same by id.
func TestRelayReportsTheLowestFailure(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	e.setRefused(ids[4], ids[2])
	failed := do(t, relay(bed, e, l), records)
	if diff := cmp.Diff([]string{records[2].Change.SequenceNumber}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if diff := cmp.Diff([]string{ids[2], ids[4]}, unpublished(t, bed, org, ids)); diff != "" {
		t.Errorf("still to be published: %s", diff)
	}
	e.setRefused()
	if failed := do(t, relay(bed, e, l), records[2:]); failed != nil { // as the stream brings it again
		t.Errorf("got failures %v", failed)
	}
	want := slices.Concat(ids[:2], ids[3:4], ids[5:], ids[2:])
	if diff := cmp.Diff(want, e.published(t, org)); diff != "" {
		t.Errorf("on the bus: %s", diff)
	}
	checkNothingLost(t, bed, e, org, ids)
	if n := strings.Count(l.String(), "relay failed"); n != 2 {
		t.Errorf("%d failures are logged, want 2: %s", n, l)
	}
}

// checkNothingLost holds that each entry is on the bus at least once, nothing else is, and nothing is left to publish.
func checkNothingLost(t *testing.T, bed *testbed.Bed, e *eventbridge, org string, ids []string) {
	t.Helper()
	got := e.published(t, org)
	slices.Sort(got)
	if diff := cmp.Diff(ids, slices.Compact(got)); diff != "" { // a subscriber drops doubles by id
		t.Errorf("without doubles: %s", diff)
	}
	if left := unpublished(t, bed, org, ids); left != nil {
		t.Errorf("still to be published: %v", left)
	}
}

func TestRelayWithTheBusDown(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	e.SetFault(local.Down)
	failed := do(t, relay(bed, e, l), records)
	if diff := cmp.Diff([]string{records[0].Change.SequenceNumber}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if diff := cmp.Diff(ids, unpublished(t, bed, org, ids)); diff != "" {
		t.Errorf("still to be published: %s", diff)
	}
	e.SetFault(local.None)
	if failed := do(t, relay(bed, e, l), records); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	checkNothingLost(t, bed, e, org, ids)
}

// TestRelayCrashesBetweenPublishAndMark: what is on the bus comes again, which a subscriber sees by its id. Nothing is lost.
func TestRelayCrashesBetweenPublishAndMark(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	proxy, err := tableproxy.Start(t.Context(), bed.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	proxy.SetDown(true)
	failed := do(t, relay(testbed.NewAt(t, proxy.URL), e, l), records)
	if diff := cmp.Diff([]string{records[0].Change.SequenceNumber}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if diff := cmp.Diff(ids, e.published(t, org)); diff != "" {
		t.Errorf("on the bus: %s", diff)
	}
	if diff := cmp.Diff(ids, unpublished(t, bed, org, ids)); diff != "" {
		t.Errorf("still to be published: %s", diff)
	}
	proxy.SetDown(false)
	if failed := do(t, relay(testbed.NewAt(t, proxy.URL), e, l), records); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	if diff := cmp.Diff(slices.Concat(ids, ids), e.published(t, org)); diff != "" {
		t.Errorf("on the bus, twice: %s", diff)
	}
	checkNothingLost(t, bed, e, org, ids)
}

// TestRelayMeetsAPoisonRecord: it is reported, so that it ends in the dead-letter queue; all others of its batch are published.
func TestRelayMeetsAPoisonRecord(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	records[3].Change.NewImage = map[string]events.DynamoDBAttributeValue{"PK": records[3].Change.Keys["PK"], "SK": records[3].Change.Keys["SK"]}
	failed := do(t, relay(bed, e, l), records)
	if diff := cmp.Diff([]string{records[3].Change.SequenceNumber}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if diff := cmp.Diff(slices.Concat(ids[:3], ids[4:]), e.published(t, org)); diff != "" {
		t.Errorf("on the bus: %s", diff)
	}
	if diff := cmp.Diff(ids[3:4], unpublished(t, bed, org, ids)); diff != "" {
		t.Errorf("left for the sweep: %s", diff)
	}
	if failed := do(t, relay(bed, e, l), records[3:4]); len(failed) != 1 { // the batch halved, and halved again
		t.Errorf("alone it is reported as %v", failed)
	}
	if failed := do(t, relay(bed, e, l), records[4:]); failed != nil {
		t.Errorf("what follows it fails: %v", failed)
	}
	if !strings.Contains(l.String(), records[3].EventID) {
		t.Errorf("the log does not say which: %s", l)
	}
}

func TestRelayGetsTheSameRecordTwice(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	if failed := do(t, relay(bed, e, l), append(records[:2:2], records...)); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	if failed := do(t, relay(bed, e, l), records[1:3]); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	checkNothingLost(t, bed, e, org, ids)
}

func TestRelayOfNothing(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	if failed := do(t, relay(bed, e, l), nil); failed != nil {
		t.Errorf("got failures %v", failed)
	}
}

// TestRelayAwaitsBeforeItPublishes: what cannot be noted as awaited is not published, or it could be lost unnoticed.
func TestRelayAwaitsBeforeItPublishes(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	e, l := newEventbridge(t), &logs{}
	org := flow(t, bed)
	records, ids := inserted(t, bed, org)
	r := relay(bed, e, l)
	r.Relay.Awaits = upkeep.Subscribers
	proxy.SetDown(true)
	failed := do(t, r, records)
	proxy.SetDown(false)
	if diff := cmp.Diff([]string{records[0].Change.SequenceNumber}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if got := e.published(t, org); len(got) > 0 {
		t.Errorf("published %v", got)
	}
	if failed := do(t, r, records); failed != nil {
		t.Errorf("got failures %v", failed)
	}
	checkNothingLost(t, bed, e, org, ids)
}
