package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/guregu/dynamo/v2"

	"prism-access/internal/fault"
)

// newestSchema is the newest form of items that this code reads. An item says in "schema" which form it has, and nothing while that is the first.
// When it has another, and what may change without one, is decided in infra/decisions/0013.
const newestSchema = 1

// decode reads an item into its type. One of a form that only later code knows is fault.Unavailable: this code is about to be replaced by that,
// and would give, show or write back something else than the item says.
func decode(item dynamo.Item, out any) error {
	if raw, is := out.(*dynamo.Item); is { // is to be decoded one by one
		*raw = item
		return nil
	}
	schema, has := item["schema"].(*types.AttributeValueMemberN)
	if !has {
		return dynamo.UnmarshalItem(item, out)
	}
	if number, err := strconv.Atoi(schema.Value); err != nil || number > newestSchema {
		var k key
		_ = dynamo.UnmarshalItem(item, &k) // all items have their key in one form
		return &fault.Error{
			Kind: fault.Unavailable, Code: "unavailable", Message: busy, RetryAfter: retryAfter,
			Err: fmt.Errorf("item %s %s has schema %s, and this release reads %d at most", k.PK, k.SK, schema.Value, newestSchema),
		}
	}
	return dynamo.UnmarshalItem(item, out)
}

// collect reads all that a query brings.
func collect[T any](ctx context.Context, query *dynamo.Query, out *[]T) error {
	var items []dynamo.Item
	if err := query.All(ctx, &items); err != nil && !errors.Is(err, dynamo.ErrNotFound) {
		return err
	}
	*out = make([]T, len(items))
	for i, item := range items {
		if err := decode(item, &(*out)[i]); err != nil {
			return err
		}
	}
	return nil
}
