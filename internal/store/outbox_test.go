package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"prism-access/internal/audit"
	"prism-access/internal/testbed"
)

func TestOutboxHoldsWhatIsOldEnough(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	at := testbed.LongAgo()
	old := bed.Logs(org.ID, at, 33)
	young := bed.Logs(org.ID, at.Add(time.Millisecond), 3)

	// Other tests leave about a hundred in a shard.
	mine := func(before time.Time, limit int) []audit.Entry {
		t.Helper()
		found, err := bed.Table.Unpublished(t.Context(), before, limit)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(found, func(e audit.Entry) bool { return e.Scope.Organization != org.ID })
	}
	if got := mine(at, 1000); len(got) != 0 {
		t.Errorf("before they were written: got %d entries", len(got))
	}
	if diff := cmp.Diff(old, mine(at.Add(time.Millisecond), 1000)); diff != "" {
		t.Errorf("all of that moment, from all shards, oldest first: %s", diff)
	}
	if got := mine(at.Add(time.Millisecond), 1); len(got) > 16 {
		t.Errorf("one per shard: got %d", len(got))
	}

	before := bed.Partitions("ORG#" + org.ID + "#LOG")
	for range 2 { // marking twice is harmless
		if err := bed.Table.MarkPublished(t.Context(), old[:20]); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(old[20:], mine(at.Add(time.Millisecond), 1000)); diff != "" {
		t.Errorf("after marking 20: %s", diff)
	}
	if diff := cmp.Diff(before, bed.Partitions("ORG#"+org.ID+"#LOG")); diff != "" {
		t.Errorf("marking changes more than keys of an index: %s", diff)
	}
	if got := mine(at.Add(2*time.Millisecond), 1000); len(got) != 13+len(young) {
		t.Errorf("with the young ones: got %d", len(got))
	}
}

// TestMarkedEntriesAreTheActors looks at the item itself: the place of what is published is the actor's log.
func TestMarkedEntriesAreTheActors(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	entry := bed.Logs(org.ID, testbed.LongAgo(), 1)[0]
	if err := bed.Table.MarkPublished(t.Context(), []audit.Entry{entry}); err != nil {
		t.Fatal(err)
	}
	item := bed.Item("ORG#"+org.ID+"#LOG", entry.ID)
	if pk, sk := testbed.Text(item, "GSI2PK"), testbed.Text(item, "GSI2SK"); pk != "ORG#"+org.ID+"#LOG#ACTOR#"+entry.Actor.ID || sk != entry.ID {
		t.Errorf("got %s / %s", pk, sk)
	}
	gone := entry
	gone.ID = ulid.Make().String()
	if err := bed.Table.MarkPublished(t.Context(), []audit.Entry{gone}); err == nil {
		t.Error("an entry that is not there is marked, and so made")
	}
	if item := bed.Item("ORG#"+org.ID+"#LOG", gone.ID); item != nil {
		t.Errorf("got %v", item)
	}
}

// TestUnreadableEntryKeepsNoOther: the sweep gets the others and learns which one it is.
func TestUnreadableEntryKeepsNoOther(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	at := testbed.LongAgo()
	all := bed.Logs(org.ID, at, 4)
	bed.Spoil("ORG#"+org.ID+"#LOG", all[1].ID, "occurred_at")
	found, err := bed.Table.Unpublished(t.Context(), at.Add(time.Millisecond), 100)
	if err == nil || !strings.Contains(err.Error(), all[1].ID) {
		t.Errorf("got %v, want an error that names %s", err, all[1].ID)
	}
	found = slices.DeleteFunc(found, func(e audit.Entry) bool { return e.Scope.Organization != org.ID })
	if diff := cmp.Diff(slices.Delete(slices.Clone(all), 1, 2), found); diff != "" {
		t.Error(diff)
	}
}
