package tableproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/invoke"
)

// lag lets the indexes of a table answer from a past state. It keeps a second table, without a stream, which gets every
// write some time after the first one, and asks that one whenever an index is queried.
type lag struct {
	table, shadow string
	keys          []string // names of the key attributes
	delay         time.Duration
	call          awsjson.Client
	cancel        context.CancelFunc
	applied       chan struct{} // closed when the applier has ended

	mu    sync.Mutex // held from reading an image to queueing it, so that images are queued in the order of time
	queue chan change
}

type change struct {
	due  time.Time
	key  awsjson.Item
	item awsjson.Item // nil when it was deleted
}

const (
	queueSize   = 10_000
	batchWrites = 25 // items in a BatchWriteItem
)

// DelayIndexes lets queries on the indexes of the table answer what they would have answered some time ago, as to the
// writes that pass through this proxy from now on. What is in the table already is copied when copyExisting is set; else
// index queries do not find it. A delay in force ends first.
func (p *Proxy) DelayIndexes(ctx context.Context, table string, delay time.Duration, copyExisting bool) error {
	p.switching.Lock()
	defer p.switching.Unlock()
	p.stopDelay()
	l := &lag{
		table: table, shadow: table + "-lagging-" + invoke.UUID(), delay: delay, call: awsjson.Client{Endpoint: p.target},
		applied: make(chan struct{}), queue: make(chan change, queueSize),
	}
	if err := l.create(ctx); err != nil {
		return fmt.Errorf("delay the indexes of %s: %w", table, err)
	}
	p.mu.Lock()
	p.lag = l
	p.mu.Unlock()
	if copyExisting {
		// Writes that come meanwhile wait in the queue until the copy is whole.
		if err := l.copy(ctx); err != nil {
			p.stopDelay()
			return fmt.Errorf("delay the indexes of %s: %w", table, err)
		}
	}
	background, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go l.apply(background)
	return nil
}

// StopDelay lets the indexes answer from the present again.
func (p *Proxy) StopDelay() {
	p.switching.Lock()
	defer p.switching.Unlock()
	p.stopDelay()
}

func (p *Proxy) stopDelay() {
	p.mu.Lock()
	l := p.lag
	p.lag = nil
	p.mu.Unlock()
	if l == nil {
		return
	}
	if l.cancel != nil {
		l.cancel()
		<-l.applied
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.call.Table(ctx, "DeleteTable", map[string]any{"TableName": l.shadow}, nil); err != nil {
		slog.WarnContext(ctx, "delete the lagging copy of the table", "error", err)
	}
}

func (l *lag) create(ctx context.Context) error {
	type index struct{ IndexName, KeySchema, Projection json.RawMessage }
	var described struct {
		Table struct {
			AttributeDefinitions   json.RawMessage
			KeySchema              []struct{ AttributeName, KeyType string }
			GlobalSecondaryIndexes []index
		}
	}
	if err := l.call.Table(ctx, "DescribeTable", map[string]any{"TableName": l.table}, &described); err != nil {
		return err
	}
	for _, key := range described.Table.KeySchema {
		l.keys = append(l.keys, key.AttributeName)
	}
	return l.call.Table(ctx, "CreateTable", map[string]any{
		"TableName": l.shadow, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": described.Table.AttributeDefinitions,
		"KeySchema": described.Table.KeySchema, "GlobalSecondaryIndexes": described.Table.GlobalSecondaryIndexes,
	}, nil)
}

func (l *lag) copy(ctx context.Context) error {
	request := map[string]any{"TableName": l.table, "ConsistentRead": true}
	for {
		var page struct {
			Items            []awsjson.Item
			LastEvaluatedKey awsjson.Item
		}
		if err := l.call.Table(ctx, "Scan", request, &page); err != nil {
			return err
		}
		for start := 0; start < len(page.Items); start += batchWrites {
			var puts []any
			for _, i := range page.Items[start:min(start+batchWrites, len(page.Items))] {
				puts = append(puts, map[string]any{"PutRequest": map[string]any{"Item": i}})
			}
			if err := l.call.Table(ctx, "BatchWriteItem", map[string]any{"RequestItems": map[string]any{l.shadow: puts}}, nil); err != nil {
				return err
			}
		}
		if len(page.LastEvaluatedKey) == 0 {
			return nil
		}
		request["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

// apply writes what has become old enough into the second table.
func (l *lag) apply(ctx context.Context) {
	defer close(l.applied)
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-l.queue:
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(c.due)):
			}
			operation, request := "PutItem", map[string]any{"TableName": l.shadow, "Item": c.item}
			if c.item == nil {
				operation, request = "DeleteItem", map[string]any{"TableName": l.shadow, "Key": c.key}
			}
			if err := l.call.Table(ctx, operation, request, nil); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "write to the lagging copy of the table", "error", err)
			}
		}
	}
}

// handler treats one request: index queries go to the second table, and what writes have changed is queued for it.
func (l *lag) handler(operation string, body []byte, next http.Handler) http.Handler {
	if operation == "Query" {
		var request map[string]json.RawMessage
		if json.Unmarshal(body, &request) != nil || request["IndexName"] == nil || string(request["TableName"]) != fmt.Sprintf("%q", l.table) {
			return next
		}
		request["TableName"] = json.RawMessage(fmt.Sprintf("%q", l.shadow))
		changed, _ := json.Marshal(request) // came out of JSON
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(changed)), int64(len(changed))
			next.ServeHTTP(w, r)
		})
	}
	keys := l.written(operation, body)
	if len(keys) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &status{ResponseWriter: w}
		next.ServeHTTP(recorder, r)
		if recorder.code == http.StatusOK {
			if err := l.remember(context.WithoutCancel(r.Context()), keys); err != nil {
				slog.WarnContext(r.Context(), "read what was written", "error", err)
			}
		}
	})
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// written returns the keys of the items that a request writes.
func (l *lag) written(operation string, body []byte) []awsjson.Item {
	type write struct {
		TableName string
		Item, Key awsjson.Item
	}
	var writes []*write
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		w := &write{}
		if json.Unmarshal(body, w) == nil {
			writes = append(writes, w)
		}
	case "TransactWriteItems":
		var request struct {
			TransactItems []struct{ Put, Update, Delete *write }
		}
		_ = json.Unmarshal(body, &request) // what is malformed writes nothing
		for _, i := range request.TransactItems {
			writes = append(writes, i.Put, i.Update, i.Delete)
		}
	case "BatchWriteItem":
		var request struct {
			RequestItems map[string][]struct{ PutRequest, DeleteRequest *write }
		}
		_ = json.Unmarshal(body, &request) // what is malformed writes nothing
		for table, items := range request.RequestItems {
			for _, i := range items {
				for _, w := range []*write{i.PutRequest, i.DeleteRequest} {
					if w != nil {
						w.TableName = table
						writes = append(writes, w)
					}
				}
			}
		}
	}
	var keys []awsjson.Item
	for _, w := range writes {
		if w == nil || w.TableName != l.table {
			continue
		}
		all := awsjson.Item{}
		maps.Copy(all, w.Item)
		maps.Copy(all, w.Key)
		keys = append(keys, l.key(all))
	}
	return keys
}

func (l *lag) key(all awsjson.Item) awsjson.Item {
	key := awsjson.Item{}
	for _, name := range l.keys {
		key[name] = all[name]
	}
	return key
}

// remember queues the present state of items.
func (l *lag) remember(ctx context.Context, keys []awsjson.Item) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	due := time.Now().Add(l.delay)
	for _, key := range keys {
		var found struct{ Item awsjson.Item }
		if err := l.call.Table(ctx, "GetItem", map[string]any{"TableName": l.table, "Key": key, "ConsistentRead": true}, &found); err != nil {
			return err
		}
		l.queue <- change{due: due, key: key, item: found.Item}
	}
	return nil
}

// Delayed says whether the indexes lag.
func (p *Proxy) Delayed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lag != nil
}
