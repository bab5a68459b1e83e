package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/guregu/dynamo/v2"
)

// HashKey and RangeKey make a key usable in a batch of the table library.
func (k key) HashKey() any  { return k.PK }
func (k key) RangeKey() any { return k.SK }

// gets collects items to be read consistently by one round, whatever their types.
type gets struct {
	keys  []key
	sinks map[key][]func(dynamo.Item) error
}

// get adds an item. *out is set when the item exists, and nil otherwise.
func get[T any](g *gets, k key, out **T) {
	*out = nil
	g.add(k, func(item dynamo.Item) error {
		*out = new(T)
		return decode(item, *out)
	})
}

// getInto adds an item that is put under name into the map when it exists.
func getInto[T any](g *gets, k key, out map[string]T, name string) {
	g.add(k, func(item dynamo.Item) error {
		var value T
		err := decode(item, &value)
		out[name] = value
		return err
	})
}

// into returns what sets *out to the item when it exists.
func into[T any](out *T) func(dynamo.Item) error {
	return func(item dynamo.Item) error { return decode(item, out) }
}

// DynamoDB's limits in bytes. Behind a longer key, made of an id in a request, there is nothing.
const (
	maxPartitionKey = 2048
	maxSortKey      = 1024
)

func (g *gets) add(k key, sink func(dynamo.Item) error) {
	if len(k.PK) > maxPartitionKey || len(k.SK) > maxSortKey {
		return
	}
	if g.sinks == nil {
		g.sinks = map[key][]func(dynamo.Item) error{}
	}
	if len(g.sinks[k]) == 0 {
		g.keys = append(g.keys, k)
	}
	g.sinks[k] = append(g.sinks[k], sink)
}

// batchSize is DynamoDB's limit for one BatchGetItem.
const batchSize = 100

// load reads what was collected, consistently: as many BatchGetItem as it takes, side by side.
func (t *Table) load(g *gets) func(context.Context) error {
	return func(ctx context.Context) error {
		if len(g.keys) == 0 {
			return nil
		}
		chunks := slices.Collect(slices.Chunk(g.keys, batchSize))
		found := make([][]dynamo.Item, len(chunks))
		if err := atOnce(ctx, len(chunks), func(ctx context.Context, i int) error {
			keyed := make([]dynamo.Keyed, len(chunks[i]))
			for n, k := range chunks[i] {
				keyed[n] = k
			}
			err := t.table.Batch("PK", "SK").Get(keyed...).Consistent(true).All(ctx, &found[i])
			if errors.Is(err, dynamo.ErrNotFound) {
				return nil
			}
			return err
		}); err != nil {
			return err
		}
		for _, items := range found {
			for _, item := range items {
				if err := g.deliver(item); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func (g *gets) deliver(item dynamo.Item) error {
	k := key{textIn(item, "PK"), textIn(item, "SK")}
	if k.PK == "" || k.SK == "" {
		return errors.New("an item without its key")
	}
	for _, sink := range g.sinks[k] {
		if err := sink(item); err != nil {
			return fmt.Errorf("read item %s %s: %w", k.PK, k.SK, err)
		}
	}
	return nil
}

// textIn returns an attribute that is a text; empty when it is none.
func textIn(item dynamo.Item, name string) string {
	value, _ := item[name].(*types.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}
