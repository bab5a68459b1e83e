package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/request"
)

// entryItem is a log entry: the audit record and the outbox.
type entryItem struct {
	PK, SK         string
	GSI1PK, GSI1SK string `dynamo:",omitempty"`
	GSI2PK, GSI2SK string
	Type           string   `dynamo:"type"`
	OccurredAt     string   `dynamo:"occurred_at"`
	ActorID        string   `dynamo:"actor_id"`
	ActorName      string   `dynamo:"actor_name"`
	ActorClient    string   `dynamo:"actor_client,omitempty"` // what its tokens name another system by; people have none
	Scope          string   `dynamo:"scope"`
	Scopes         []string `dynamo:"scopes"`
	User           string   `dynamo:"user,omitempty"`
	Sequence       int      `dynamo:"sequence"`
	RequestID      string   `dynamo:"request_id,omitempty"`
	CorrelationID  string   `dynamo:"correlation_id,omitempty"`
	Data           string   `dynamo:"data"`
}

func newEntryItem(e audit.Entry) entryItem {
	k := entryKey(e.Scope.Root(), e.ID)
	about, outbox := entriesAbout(e.Scope.Root(), e.User, e.ID), unpublished(e.ID)
	item := entryItem{
		PK: k.PK, SK: k.SK, GSI1PK: about.PK, GSI1SK: about.SK, GSI2PK: outbox.PK, GSI2SK: outbox.SK,
		Type: e.Type, OccurredAt: e.OccurredAt.UTC().Format(time.RFC3339Nano), ActorID: e.Actor.ID, ActorName: e.Actor.Name, ActorClient: e.Actor.ClientID,
		Scope: e.Scope.String(), User: e.User, Sequence: e.Sequence, RequestID: e.RequestID, CorrelationID: e.CorrelationID, Data: string(e.Data),
	}
	for _, scope := range e.Scopes {
		item.Scopes = append(item.Scopes, scope.String())
	}
	return item
}

// entryOf reads a log entry, however it has come. What is none is an error that names it.
func entryOf(item dynamo.Item) (audit.Entry, error) {
	var i entryItem
	err := decode(item, &i)
	if err == nil && (i.SK == "" || i.Type == "") {
		err = errors.New("it has no id or no type")
	}
	var e audit.Entry
	if err == nil {
		e, err = i.entry()
	}
	if err != nil {
		return audit.Entry{}, fmt.Errorf("log entry %s %s: %w", i.PK, i.SK, err)
	}
	return e, nil
}

func (i entryItem) entry() (audit.Entry, error) {
	at, err := time.Parse(time.RFC3339Nano, i.OccurredAt)
	if err != nil {
		return audit.Entry{}, err
	}
	scope, err := access.ParseScope(i.Scope)
	if err != nil {
		return audit.Entry{}, err
	}
	e := audit.Entry{
		ID: i.SK, Type: i.Type, OccurredAt: at, Actor: access.Person{ID: i.ActorID, Name: i.ActorName, ClientID: i.ActorClient},
		Scope: scope, User: i.User, Sequence: i.Sequence, RequestID: i.RequestID, CorrelationID: i.CorrelationID, Data: []byte(i.Data),
	}
	for _, path := range i.Scopes {
		touched, err := access.ParseScope(path)
		if err != nil {
			return audit.Entry{}, err
		}
		e.Scopes = append(e.Scopes, touched)
	}
	return e, nil
}

// recordItem is the record of a request with an Idempotency-Key.
type recordItem struct {
	PK, SK      string
	Fingerprint string    `dynamo:"fingerprint"`
	Result      []string  `dynamo:"result,omitempty"`
	Expires     time.Time `dynamo:"expires,unixtime"`
}

// recordLife is how long a repeated request is recognised.
const recordLife = 24 * time.Hour

func (t *Table) newRecord(k key, caller request.Caller, result []string) recordItem {
	return recordItem{PK: k.PK, SK: k.SK, Fingerprint: caller.Request.Fingerprint, Result: result, Expires: t.realNow().Add(recordLife)}
}

// repeated refuses because a request with the same Idempotency-Key was here before; request.Once finds out what it did.
var repeated = always(request.Repeated())

// trail returns the writes that go with every change: the record of the request, the check that people's rights are as
// they were read, and the log entries.
func (t *Table) trail(trail audit.Trail) []write {
	var writes []write
	if trail.Caller.Request.IdempotencyKey != "" {
		record := t.newRecord(recordKey(trail.Caller), trail.Caller, trail.Result)
		writes = append(writes, put(t, record, repeated, "attribute_not_exists(PK) OR 'expires' <= ?", t.realNow().Unix()))
	}
	writes = append(writes, t.unchanged(trail.Unchanged)...)
	return append(writes, t.entries(trail.Entries)...)
}

// unchanged checks that the member items are as they were read, so that nobody completes a change with a right just lost.
func (t *Table) unchanged(standings []access.Standing) []write {
	var writes []write
	for _, standing := range standings {
		k := memberKey(standing.Scope.Root(), standing.Person.ID)
		writes = append(writes, check(t, k, overtaken, "'version' = ?", standing.Version))
	}
	return writes
}

func (t *Table) entries(entries []audit.Entry) []write {
	var writes []write
	for _, entry := range entries {
		writes = append(writes, putNew(t, newEntryItem(entry), overtaken))
	}
	return writes
}

// Recorded implements request.Records.
func (t *Table) Recorded(ctx context.Context, caller request.Caller) (request.Record, bool, error) {
	var record *recordItem
	var g gets
	get(&g, recordKey(caller), &record)
	if err := t.round(ctx, t.load(&g)); err != nil || record == nil || !record.Expires.After(t.realNow()) {
		return request.Record{}, false, err
	}
	return request.Record{Fingerprint: record.Fingerprint, Result: record.Result}, true, nil
}

// RecordedItems implements request.ItemRecords.
func (t *Table) RecordedItems(ctx context.Context, caller request.Caller) (request.Record, bool, error) {
	var items []recordItem
	err := t.round(ctx, func(ctx context.Context) error {
		return collect(ctx, t.table.Get("PK", requestKey(caller.User, caller.Request.IdempotencyKey).PK).Consistent(true), &items)
	})
	record, used := request.Record{Items: map[int]string{}}, false
	for _, item := range items {
		if !item.Expires.After(t.realNow()) {
			continue
		}
		record.Fingerprint, used = item.Fingerprint, true
		if number, isItem := strings.CutPrefix(item.SK, itemPrefix); isItem && len(item.Result) == 1 {
			if i, convErr := strconv.Atoi(number); convErr == nil {
				record.Items[i] = item.Result[0]
			}
		}
	}
	return record, used, err
}
