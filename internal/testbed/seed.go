package testbed

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"prism-access/internal/member"
)

const (
	batchWrites = 25 // items in a BatchWriteItem
	seedWorkers = 4
)

// Copies stores many copies of an item. Each has the texts of old replaced in all its attributes by what renamed returns.
func (b *Bed) Copies(original Item, many int, old []string, renamed func(i int) []string) {
	b.T.Helper()
	text, err := json.Marshal(original)
	if err != nil || len(original) == 0 {
		b.T.Fatalf("copy %v: %v", original, err)
	}
	group, ctx := errgroup.WithContext(b.T.Context())
	group.SetLimit(seedWorkers)
	for start := 0; start < many; start += batchWrites {
		group.Go(func() error {
			var puts []any
			for i := start; i < min(start+batchWrites, many); i++ {
				pairs := make([]string, 0, 2*len(old))
				for n, name := range renamed(i) {
					pairs = append(pairs, old[n], name)
				}
				puts = append(puts, map[string]any{"PutRequest": map[string]any{
					"Item": json.RawMessage(strings.NewReplacer(pairs...).Replace(string(text))),
				}})
			}
			return b.batch(ctx, puts)
		})
	}
	if err := group.Wait(); err != nil {
		b.T.Fatal(err)
	}
}

// Ninety adds so many brands to the scene that one member can have just them, and returns their ids.
func (s *Scene) Ninety() []string {
	s.T.Helper()
	ids := make([]string, member.MaxBrands)
	original := s.Item("ORG#"+s.ID, "BRAND#"+s.Globex.Brand)
	s.Copies(original, len(ids), []string{s.Globex.Brand, "Globex"}, func(i int) []string {
		ids[i] = "brd_" + strings.Repeat("Z", 24) + strconv.Itoa(10+i)
		return []string{ids[i], "Brand " + strconv.Itoa(10+i)}
	})
	return ids
}

func (b *Bed) batch(ctx context.Context, puts []any) error {
	return b.raw().Table(ctx, "BatchWriteItem", map[string]any{"RequestItems": map[string]any{TableName(): puts}}, nil)
}
