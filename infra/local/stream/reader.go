// Package stream reads the stream of the table and hands its records to functions as Lambda's event source mappings do:
// filtered, in order, in batches, with bounded retries, bisecting and a queue for what failed for good.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"prism-access/infra/local/awsjson"
)

const (
	poll       = 50 * time.Millisecond // between two looks at a shard that had nothing new
	rediscover = 10 * time.Second      // between two looks for new shards
	pageSize   = 1000                  // records of a GetRecords
)

// Options are what a Reader needs.
type Options struct {
	Endpoint string // of the server, not of a proxy before it
	Table    string
	Mappings []*Mapping
	// See gets every record, in order, before any function, and may change it.
	See func(*Record)
	// State is what Stop returned when the stack last ran, so that nothing is lost or doubled; nil reads all there is.
	State *State
}

// State is how far reading has come.
type State struct {
	Shards  map[string]string    `json:"shards"`  // shard -> sequence number of the last record read
	Pending map[string][]*Record `json:"pending"` // function -> records read and not yet done with
}

// Reader reads a table's stream.
type Reader struct {
	client   awsjson.Client
	arn      string
	mappings []*Mapping
	see      func(*Record)

	shards    map[string]string // as in State
	iterators map[string]string // of open shards
	ended     map[string]bool

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Start finds the stream of the table and begins to read, until Stop. What is in the stream already is read unless the
// state says that it has been.
func Start(ctx context.Context, o Options) (*Reader, error) {
	r := &Reader{
		client: awsjson.Client{Endpoint: o.Endpoint}, mappings: o.Mappings, see: o.See,
		shards: map[string]string{}, iterators: map[string]string{}, ended: map[string]bool{},
	}
	var described struct {
		Table struct{ LatestStreamArn string }
	}
	if err := r.client.Table(ctx, "DescribeTable", map[string]any{"TableName": o.Table}, &described); err != nil {
		return nil, fmt.Errorf("find the stream: %w", err)
	}
	if r.arn = described.Table.LatestStreamArn; r.arn == "" {
		return nil, fmt.Errorf("table %s has no stream", o.Table)
	}
	if o.State != nil {
		if o.State.Shards != nil {
			r.shards = o.State.Shards
		}
		for _, m := range r.mappings {
			m.add(o.State.Pending[m.Function.Name]...)
		}
	}
	if err := r.discover(ctx); err != nil {
		return nil, fmt.Errorf("read the stream: %w", err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	r.done.Go(func() { r.read(running) })
	for _, m := range r.mappings {
		r.done.Go(func() { m.run(running) })
	}
	return r, nil
}

// Waiting returns how many records were read that a function is not done with yet, summed over the functions.
func (r *Reader) Waiting() int {
	count := 0
	for _, m := range r.mappings {
		count += m.waiting()
	}
	return count
}

// Stop ends reading once the invocations under way are over, and returns how far it has come.
func (r *Reader) Stop() State {
	r.cancel()
	r.done.Wait()
	state := State{Shards: r.shards, Pending: map[string][]*Record{}}
	for _, m := range r.mappings {
		state.Pending[m.Function.Name] = m.pending
	}
	return state
}

// read takes all open shards in turn. An error is told and tried again: the server may be busy or gone for a while.
func (r *Reader) read(ctx context.Context) {
	looked := time.Now()
	failing := false
	for ctx.Err() == nil {
		count, err := r.round(ctx)
		if err == nil && time.Since(looked) > rediscover {
			looked, err = time.Now(), r.discover(ctx)
		}
		if err != nil && ctx.Err() == nil && !failing {
			slog.ErrorContext(ctx, "read the stream", "error", err)
		}
		failing = err != nil
		if count == 0 {
			select {
			case <-ctx.Done():
			case <-time.After(poll):
			}
		}
	}
}

// round reads each open shard once and returns the number of records.
func (r *Reader) round(ctx context.Context) (int, error) {
	count := 0
	for shard, iterator := range r.iterators {
		var page struct {
			Records           []*Record
			NextShardIterator string
		}
		err := r.client.Stream(ctx, "GetRecords", map[string]any{"ShardIterator": iterator, "Limit": pageSize}, &page)
		if refused, ok := errors.AsType[*awsjson.Error](err); ok && (refused.Code == "ExpiredIteratorException" || refused.Code == "TrimmedDataAccessException") {
			delete(r.iterators, shard) // this machine may have slept
			return count, r.discover(ctx)
		}
		if err != nil {
			return count, err
		}
		for _, record := range page.Records {
			r.take(record)
			r.shards[shard] = record.Change.SequenceNumber
		}
		count += len(page.Records)
		r.iterators[shard] = page.NextShardIterator
		if page.NextShardIterator == "" {
			delete(r.iterators, shard)
			r.ended[shard] = true
			if err := r.discover(ctx); err != nil {
				return count, err
			}
		}
	}
	return count, nil
}

func (r *Reader) take(record *Record) {
	record.EventSourceARN = r.arn
	if r.see != nil {
		r.see(record)
	}
	for _, m := range r.mappings {
		m.add(record)
	}
}

// discover opens the shards whose parents have been read to their end, each where it was left.
func (r *Reader) discover(ctx context.Context) error {
	type shard struct{ ShardID, ParentShardID string }
	var shards []shard
	request := map[string]any{"StreamArn": r.arn}
	for {
		var page struct {
			StreamDescription struct {
				Shards []struct {
					ShardID       string `json:"ShardId"`
					ParentShardID string `json:"ParentShardId"`
				}
				LastEvaluatedShardID string `json:"LastEvaluatedShardId"`
			}
		}
		if err := r.client.Stream(ctx, "DescribeStream", request, &page); err != nil {
			return err
		}
		for _, s := range page.StreamDescription.Shards {
			shards = append(shards, shard(s))
		}
		if page.StreamDescription.LastEvaluatedShardID == "" {
			break
		}
		request["ExclusiveStartShardId"] = page.StreamDescription.LastEvaluatedShardID
	}
	known := map[string]bool{}
	for _, s := range shards {
		known[s.ShardID] = true
	}
	for _, s := range shards {
		if r.iterators[s.ShardID] != "" || r.ended[s.ShardID] || known[s.ParentShardID] && !r.ended[s.ParentShardID] {
			continue
		}
		if err := r.open(ctx, s.ShardID); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) open(ctx context.Context, shard string) error {
	var out struct{ ShardIterator string }
	request := map[string]any{"StreamArn": r.arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
	if after := r.shards[shard]; after != "" {
		request["ShardIteratorType"], request["SequenceNumber"] = "AFTER_SEQUENCE_NUMBER", after
	}
	err := r.client.Stream(ctx, "GetShardIterator", request, &out)
	if refused, ok := errors.AsType[*awsjson.Error](err); ok && r.shards[shard] != "" {
		// The stream does not reach back that far, or is another one with the same name.
		slog.WarnContext(ctx, "read the stream from its beginning", "reason", refused.Message)
		delete(r.shards, shard)
		return r.open(ctx, shard)
	}
	if err != nil {
		return err
	}
	r.iterators[shard] = out.ShardIterator
	return nil
}
