package trigger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	local "prism-access/infra/local/bus"
	"prism-access/internal/audit"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

// TestSweep goes through the days of a sweep one after the other: it publishes all that is older than its clock, also what other tests of the
// seventies have left.
func TestSweep(t *testing.T) {
	t.Parallel()
	bed, e, l := testbed.New(t), newEventbridge(t), &logs{}
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	day := time.Date(1975, time.January, 1, 12, 0, 0, 0, time.UTC)
	sweep := func(now time.Time) error {
		edge := trigger.SweepLog{Sweep: audit.Sweep{Relay: audit.Relay{Outbox: bed.Table, Publisher: e.bus()}, Now: func() time.Time { return now }}, Logger: l.logger()}
		return edge.Do(t.Context(), events.EventBridgeEvent{})
	}
	idsOf := func(entries ...audit.Entry) []string {
		var ids []string
		for _, entry := range entries {
			ids = append(ids, entry.ID)
		}
		return ids
	}
	left := func(entries []audit.Entry) []string { return unpublished(t, bed, org.ID, idsOf(entries...)) }

	// The relay gets two minutes.
	old, young := bed.Logs(org.ID, day, 40), bed.Logs(org.ID, day.Add(time.Second), 3)
	now := day.Add(2*time.Minute + time.Millisecond)
	if err := sweep(day.Add(2*time.Minute - time.Millisecond)); err != nil {
		t.Error(err)
	}
	if got := e.published(t, org.ID); got != nil {
		t.Errorf("before its time: %v", got)
	}
	if err := sweep(now); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(idsOf(old...), e.published(t, org.ID)); diff != "" {
		t.Errorf("what is two minutes old, oldest first: %s", diff)
	}
	if got := left(old); got != nil {
		t.Errorf("still to be published: %v", got)
	}
	if err := sweep(now); err != nil || len(e.published(t, org.ID)) != len(old) {
		t.Errorf("a second sweep publishes again: %v", err)
	}
	if diff := cmp.Diff(idsOf(young...), left(young)); diff != "" {
		t.Errorf("the young ones are left: %s", diff)
	}

	// The bus takes some, then none, then all.
	now = now.Add(time.Minute)
	e.setRefused(young[1].ID)
	if err := sweep(now); err == nil || !strings.Contains(err.Error(), young[1].ID) {
		t.Errorf("a refused entry: got %v", err)
	}
	if diff := cmp.Diff(idsOf(young[1]), left(young)); diff != "" {
		t.Errorf("left after the bus has refused one: %s", diff)
	}
	e.setRefused()
	e.SetFault(local.Down)
	if err := sweep(now); err == nil {
		t.Error("the bus is down, and the sweep says nothing")
	}
	e.SetFault(local.None)
	if err := sweep(now); err != nil || left(young) != nil {
		t.Errorf("the bus is up again: %v, left %v", err, left(young))
	}

	// One that cannot be read does not stand in the way of the others.
	spoilt := bed.Logs(org.ID, day.Add(time.Hour), 3)
	bed.Spoil("ORG#"+org.ID+"#LOG", spoilt[0].ID, "occurred_at")
	if err := sweep(now.Add(2 * time.Hour)); err == nil || !strings.Contains(err.Error(), spoilt[0].ID) {
		t.Errorf("an entry that cannot be read: got %v", err)
	}
	if diff := cmp.Diff(idsOf(spoilt[0]), left(spoilt)); diff != "" {
		t.Errorf("left: %s", diff)
	}
	want := slices.Concat(idsOf(old...), idsOf(young[0], young[2], young[1]), idsOf(spoilt[1:]...))
	if diff := cmp.Diff(want, e.published(t, org.ID)); diff != "" {
		t.Errorf("all in all: %s", diff)
	}
}
