package testbed

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	contract "prism-access/events"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/store"
)

// Spoil gives an attribute of an item a text that it cannot have.
func (b *Bed) Spoil(pk, sk, attribute string) {
	b.T.Helper()
	b.update(pk, sk, "SET "+attribute+" = :spoilt", Item{":spoilt": text("spoilt")})
}

// LongAgo returns a moment of the nineties that no other test has: all of them share the outbox, and so each can look at what is older
// than its own. Sweeps of tests, which publish all that is older than theirs, take place in the seventies.
func LongAgo() time.Time {
	const tenYears = 10 * 365 * 24 * 3600 * 1000 // milliseconds
	later, err := rand.Int(rand.Reader, big.NewInt(tenYears))
	if err != nil { // crypto/rand never fails
		panic(err)
	}
	return time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(later.Int64()) * time.Millisecond)
}

// Logs stores n log entries of a moment, spread over the shards of the outbox, each in a transaction of its own, and returns them in the order
// of their ids. When the test ends they leave the outbox, as far as they are still in it.
func (b *Bed) Logs(organization string, at time.Time, n int) []audit.Entry {
	b.T.Helper()
	return b.logs(organization, at, n, func(i int) int { return i })
}

// LogsOfOneShard is Logs with all of the entries in one shard of the outbox.
func (b *Bed) LogsOfOneShard(organization string, at time.Time, n int) []audit.Entry {
	b.T.Helper()
	return b.logs(organization, at, n, func(int) int { return 0 })
}

func (b *Bed) logs(organization string, at time.Time, n int, shard func(int) int) []audit.Entry {
	b.T.Helper()
	scope := access.Organization(organization)
	var all []audit.Entry
	for i := range n {
		id := ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()).String()
		id = id[:len(id)-1] + string(ulid.Encoding[shard(i)%len(ulid.Encoding)])
		made := brand.Brand{ID: "brd_" + id, Organization: organization, Name: "Globex", Version: 1}
		data, err := json.Marshal(event.BrandCreated{Brand: made.ID, After: event.Named{Name: made.Name}})
		if err != nil {
			b.T.Fatal(err)
		}
		entry := audit.Entry{
			ID: id, Type: "BrandCreated", OccurredAt: at, Actor: access.Person{ID: account.UserID("issuer", "ada"), Name: "Ada"}, Scope: scope,
			Scopes: []access.Scope{scope, made.Scope()}, Sequence: 1, Data: data,
		}
		if err := b.Table.CreateBrand(b.T.Context(), made, audit.Trail{Entries: []audit.Entry{entry}}); err != nil {
			b.T.Fatal(err)
		}
		all = append(all, entry)
	}
	b.T.Cleanup(func() {
		if err := b.Table.MarkPublished(context.WithoutCancel(b.T.Context()), all); err != nil {
			b.T.Error(err)
		}
	})
	slices.SortFunc(all, func(x, y audit.Entry) int { return strings.Compare(x.ID, y.ID) })
	return all
}

// Backdate stores an entry like one of that type in a log, which was made then and is not published yet, and returns its id.
func (b *Bed) Backdate(log, ofType string, at time.Time) string {
	b.T.Helper()
	id := ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()).String()
	id = id[:len(id)-1] + "0"
	for _, item := range b.Partitions(log) {
		if Text(item, "type") == ofType {
			item["SK"], item["GSI2PK"], item["GSI2SK"] = text(id), text(store.UnpublishedPrefix+"0"), text(id)
			b.put(item)
			return id
		}
	}
	b.T.Fatalf("%s is not in %s", ofType, log)
	return ""
}

// Endpoint returns where the table itself is, for a proxy to stand before it.
func (b *Bed) Endpoint() string { return b.endpoint }

// Envelopes returns what the log of an organization or a workspace has to publish, oldest first.
func (b *Bed) Envelopes(id string) []event.Envelope {
	b.T.Helper()
	return b.envelopes(rootOf(id) + "#LOG")
}

// EnvelopesOf returns what the log of a person has to publish, oldest first.
func (b *Bed) EnvelopesOf(user string) []event.Envelope {
	b.T.Helper()
	return b.envelopes("USER#" + user + "#LOG")
}

func (b *Bed) envelopes(partition string) []event.Envelope {
	b.T.Helper()
	var out []event.Envelope
	items := b.Partitions(partition)
	for _, name := range slices.Sorted(maps.Keys(items)) {
		image, err := json.Marshal(items[name])
		if err != nil {
			b.T.Fatal(err)
		}
		record := events.DynamoDBEventRecord{EventID: name}
		if err := json.Unmarshal(image, &record.Change.NewImage); err != nil {
			b.T.Fatal(err)
		}
		entry, err := store.EntryInserted(record)
		if err != nil {
			b.T.Fatal(err)
		}
		out = append(out, b.valid(entry.Event()))
	}
	return out
}

// valid holds an event against its schema, as others rely on it, and returns it.
func (b *Bed) valid(e event.Envelope) event.Envelope {
	b.T.Helper()
	put, err := json.Marshal(e)
	if err == nil {
		err = contract.Validate(e.DetailType, put)
	}
	if err != nil {
		b.T.Errorf("event %s is not as its schema says: %v\n%s", e.DetailType, err, put)
	}
	return e
}

// GiveBrands gives a member of an organization roles in as many brands, which need not exist.
func (b *Bed) GiveBrands(organization, user string, many int) {
	b.T.Helper()
	item := b.Item("ORG#"+organization, "MEMBER#"+user)
	brands := Item{}
	for i := range many {
		at := text(b.Now().Format(time.RFC3339))
		by := map[string]any{"M": Item{"id": text("system"), "name": text("System")}}
		brands[fmt.Sprintf("brd_%026d", i)] = map[string]any{"M": Item{
			"name": text(fmt.Sprint("Brand ", i)), "role": text("viewer"), "granted_by": by, "granted_at": at, "via": text("direct"),
		}}
	}
	item["brands"] = map[string]any{"M": brands}
	b.put(item)
}
