package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

// confirmations is the outbox without what is unpublished, which belongs to other tests of the same table.
type confirmations struct{ *store.Table }

func (confirmations) Unpublished(context.Context, time.Time, int) ([]audit.Entry, error) {
	return nil, nil
}

// taking is a bus that takes everything.
type taking struct{ ids []string }

func (p *taking) Publish(_ context.Context, events []event.Envelope) []error {
	for _, e := range events {
		p.ids = append(p.ids, e.Detail.Metadata.ID)
	}
	return make([]error, len(events))
}

// TestABacklogIsPublishedAgain: more events of one shard, and of all, than one page has. Each comes once in a run, though two subscribers miss it, and
// also when the runs before were missed.
func TestABacklogIsPublishedAgain(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	at := testbed.LongAgo()
	all := slices.Concat(bed.LogsOfOneShard(org.ID, at, 105), bed.Logs(org.ID, at.Add(time.Second), 20))
	var awaited []audit.Awaited
	var want []string
	for _, entry := range all {
		awaited = append(awaited, audit.Awaited{Entry: entry, By: []string{"one", "other"}})
		want = append(want, entry.ID)
	}
	slices.Sort(want)
	if err := bed.Table.Await(t.Context(), awaited); err != nil {
		t.Fatal(err)
	}
	again := func(after time.Duration) []string {
		t.Helper()
		bus := &taking{}
		sweep := audit.Sweep{Relay: audit.Relay{Outbox: confirmations{bed.Table}, Publisher: bus}, Now: func() time.Time { return at.Add(after) }}
		if _, err := sweep.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(bus.ids, func(id string) bool { return !slices.Contains(want, id) })
	}
	for _, age := range []time.Duration{15 * time.Minute, 2 * time.Hour, 24 * time.Hour} {
		for _, run := range []time.Duration{time.Minute, 11 * time.Minute} {
			got := again(age + run)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s after %s:\n%s", run, age, strings.TrimSpace(diff))
			}
		}
		if got := again(age + 16*time.Minute); len(got) > 0 {
			t.Errorf("%s: %d are published without end", age, len(got))
		}
	}
	for _, entry := range all[:100] {
		for _, subscriber := range []string{"one", "other"} {
			if err := bed.Table.Confirm(t.Context(), entry.ID, subscriber); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := again(16 * time.Minute); len(got) != 25 {
		t.Errorf("%d are published again, want those 25 that are not confirmed", len(got))
	}
}
