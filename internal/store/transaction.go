package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/guregu/dynamo/v2"

	"prism-access/internal/request"
)

// transactionSize is DynamoDB's limit for one TransactWriteItems.
const transactionSize = 100

// refusal says what a failed condition means, given the item as it is (nil when there is none).
type refusal func(old dynamo.Item) error

// write is one part of a transaction.
type write struct {
	add    func(*dynamo.WriteTx)
	refuse refusal
}

// always refuses with the same error whatever the item is.
func always(err error) refusal { return func(dynamo.Item) error { return err } }

// overtaken refuses because somebody changed what was read: read it again.
var overtaken = always(request.Overtaken())

func put(t *Table, item any, refuse refusal, condition string, args ...any) write {
	return write{refuse: refuse, add: func(tx *dynamo.WriteTx) {
		p := t.table.Put(item)
		if condition != "" {
			p = p.If(condition, args...)
		}
		tx.Put(p)
	}}
}

// putNew stores an item that must not exist yet.
func putNew(t *Table, item any, refuse refusal) write {
	return put(t, item, refuse, "attribute_not_exists(PK)")
}

func update(t *Table, k key, refuse refusal, change func(*dynamo.Update)) write {
	return write{refuse: refuse, add: func(tx *dynamo.WriteTx) {
		u := t.table.Update("PK", k.PK).Range("SK", k.SK)
		change(u)
		tx.Update(u)
	}}
}

func remove(t *Table, k key, refuse refusal, condition string, args ...any) write {
	return write{refuse: refuse, add: func(tx *dynamo.WriteTx) {
		d := t.table.Delete("PK", k.PK).Range("SK", k.SK)
		if condition != "" {
			d = d.If(condition, args...)
		}
		tx.Delete(d)
	}}
}

func check(t *Table, k key, refuse refusal, condition string, args ...any) write {
	return write{refuse: refuse, add: func(tx *dynamo.WriteTx) {
		tx.Check(t.table.Check("PK", k.PK).Range("SK", k.SK).If(condition, args...))
	}}
}

// commit writes all or nothing, as one round. When conditions fail, the error is that of the first write refused.
func (t *Table) commit(ctx context.Context, writes []write) error {
	refused, err := t.tryCommit(ctx, writes)
	return cmp.Or(append(refused, err)...)
}

// tryCommit writes all or nothing, as one round. When conditions fail nothing is written, and refused holds the error of each write whose
// condition failed.
func (t *Table) tryCommit(ctx context.Context, writes []write) (refused []error, err error) {
	if len(writes) > transactionSize {
		return nil, fmt.Errorf("a transaction of %d writes", len(writes))
	}
	err = t.round(ctx, func(ctx context.Context) (err error) {
		refused, err = t.transact(ctx, writes)
		return err
	})
	return refused, err
}

// transact is tryCommit as a part of a round.
func (t *Table) transact(ctx context.Context, writes []write) (refused []error, err error) {
	// The SDK repeats a request with the same token, so a lost answer or a conflict cannot write twice.
	tx := t.db.WriteTx().IdempotentWithToken(newToken()).IncludeAllItemsInCondCheckFail(true)
	for _, w := range writes {
		w.add(tx)
	}
	err = tx.Run(ctx)
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return nil, err
	}
	refused = make([]error, len(writes))
	failed := false
	for i, reason := range cancelled.CancellationReasons {
		if reason.Code != nil && *reason.Code == "ConditionalCheckFailed" {
			refused[i] = writes[i].refuse(reason.Item)
			failed = true
		}
	}
	if !failed { // conflicts or throttling that outlasted the retries
		return nil, err
	}
	return refused, nil
}

func newToken() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}
