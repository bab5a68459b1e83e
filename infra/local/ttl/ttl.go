// Package ttl removes expired items as the service does, within a second or two, and makes the stream's records of these
// removals say that the service did it.
//
// DynamoDB Local's own job knows the real time alone, takes minutes where there are many items, and ends for good at the
// first expired item that lacks a key of an index, as sessions do.
package ttl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/stream"
)

// Options say what is removed.
type Options struct {
	Endpoint  string
	Table     string
	Attribute string           // holds the time of expiry in seconds since 1970
	Prefix    string           // of the partition keys of the items that live by Now; the others live by the real clock
	Now       func() time.Time // the possibly moved clock
}

// Sweeper removes items. It is safe for concurrent use.
type Sweeper struct {
	client awsjson.Client
	o      Options
	wake   chan struct{}

	// mu is held while an item is deleted, so that its record in the stream is looked at after its mark has been set.
	mu      sync.Mutex
	expiry  map[key]int64  // of the items that are there
	removed map[key]string // by us and not yet seen in the stream: expiry of the item then
}

type key struct{ pk, sk string }

const interval = time.Second

// New returns a sweeper that knows no items yet.
func New(o Options) *Sweeper {
	return &Sweeper{
		client: awsjson.Client{Endpoint: o.Endpoint}, o: o, wake: make(chan struct{}, 1),
		expiry: map[key]int64{}, removed: map[key]string{},
	}
}

// Load learns the items that are in the table already. It is called before reading the stream begins.
func (s *Sweeper) Load(ctx context.Context) error {
	request := map[string]any{
		"TableName": s.o.Table, "FilterExpression": "attribute_exists(#expires)",
		"ExpressionAttributeNames": map[string]string{"#expires": s.o.Attribute},
	}
	for {
		var page struct {
			Items            []awsjson.Item
			LastEvaluatedKey awsjson.Item
		}
		if err := s.client.Table(ctx, "Scan", request, &page); err != nil {
			return fmt.Errorf("find the items that expire: %w", err)
		}
		s.mu.Lock()
		for _, item := range page.Items {
			s.learn(item)
		}
		s.mu.Unlock()
		if len(page.LastEvaluatedKey) == 0 {
			return nil
		}
		request["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

func (s *Sweeper) learn(item awsjson.Item) {
	if at, err := strconv.ParseInt(item.Number(s.o.Attribute), 10, 64); err == nil {
		s.expiry[keyOf(item)] = at
	} else {
		delete(s.expiry, keyOf(item))
	}
}

func keyOf(item awsjson.Item) key { return key{item.Text("PK"), item.Text("SK")} }

// See learns from a record of the stream and gives it the service's identity if this sweeper has caused it.
func (s *Sweeper) See(record *stream.Record) {
	k := keyOf(record.Change.Keys)
	s.mu.Lock()
	defer s.mu.Unlock()
	if record.EventName != "REMOVE" {
		s.learn(record.Change.NewImage)
		return
	}
	delete(s.expiry, k)
	if at, ours := s.removed[k]; ours && at == record.Change.OldImage.Number(s.o.Attribute) {
		delete(s.removed, k)
		record.UserIdentity = stream.Service()
	}
}

// Wake has expired items removed now rather than at the next second.
func (s *Sweeper) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Settled says whether every removal so far has come by in the stream.
func (s *Sweeper) Settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.removed) == 0
}

// Run removes what has expired, every second, until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	for {
		for _, k := range s.due() {
			if ctx.Err() != nil {
				return
			}
			if err := s.remove(ctx, k); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "remove an expired item", "error", err)
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-time.After(interval):
		}
	}
}

func (s *Sweeper) due() []key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []key
	for k, at := range s.expiry {
		if at <= s.now(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func (s *Sweeper) now(k key) int64 {
	if strings.HasPrefix(k.pk, s.o.Prefix) {
		return s.o.Now().Unix()
	}
	return time.Now().Unix()
}

// remove deletes one item under the condition that it has expired, since a resend may just have renewed it.
func (s *Sweeper) remove(ctx context.Context, k key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out struct{ Attributes awsjson.Item }
	err := s.client.Table(ctx, "DeleteItem", map[string]any{
		"TableName": s.o.Table, "ReturnValues": "ALL_OLD",
		"Key":                       map[string]any{"PK": map[string]string{"S": k.pk}, "SK": map[string]string{"S": k.sk}},
		"ConditionExpression":       "#expires <= :now",
		"ExpressionAttributeNames":  map[string]string{"#expires": s.o.Attribute},
		"ExpressionAttributeValues": map[string]any{":now": map[string]string{"N": strconv.FormatInt(s.now(k), 10)}},
	}, &out)
	if refused, ok := errors.AsType[*awsjson.Error](err); ok && refused.Code == "ConditionalCheckFailedException" {
		return nil // renewed or gone: the stream tells
	}
	if err != nil {
		return err
	}
	delete(s.expiry, k)
	s.removed[k] = out.Attributes.Number(s.o.Attribute)
	return nil
}
