package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/infra/local/testtable"
)

// fading is a context that is cancelled when it has been asked some times: wherever somebody looks, it can be over.
type fading struct {
	context.Context
	left atomic.Int64
}

func (f *fading) Err() error {
	if f.left.Add(-1) < 0 {
		return context.Canceled
	}
	return f.Context.Err()
}

// TestQueryIsStopped: a query that is stopped midway, because another one of its round has failed, ends with an error, and asks nothing of the
// table that our rights do not cover.
func TestQueryIsStopped(t *testing.T) {
	t.Parallel()
	at := testtable.Shared(t)
	table := New(testtable.Config(), at.Name, Options{RealNow: time.Now, Endpoint: at.Endpoint})
	partition := "SESSION#stopped-" + newToken()
	const items = 5
	for i := range items {
		if err := table.table.Put(sessionItem{PK: partition, SK: fmt.Sprint(i)}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	whole, stopped := 0, 0
	for n := range int64(60) {
		ctx := &fading{Context: t.Context()}
		ctx.left.Store(n)
		got, err := queryOne[dynamo.Item](ctx, table, prefixed("", partition, ""), 0, 10, place{})
		switch {
		case err != nil:
			stopped++
		case len(got.items) == items && !got.cut:
			whole++
		default:
			t.Errorf("stopped after %d looks: got %d items and no error", n, len(got.items))
		}
	}
	if whole == 0 || stopped == 0 {
		t.Errorf("%d were whole and %d stopped, want some of both", whole, stopped)
	}
}
