package upkeep

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"prism-access/internal/page"
)

// workers bounds how many things of a page are done at once.
const workers = 8

// pages does something with each thing of all pages. One that fails leaves the others; the error is all that failed.
func pages[T any](ctx context.Context, read func(after page.Position) ([]T, page.Position, error), do func(context.Context, T) error) error {
	var failed []error
	after := page.Position("")
	for {
		things, next, err := read(after)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		errs := make([]error, len(things))
		var group errgroup.Group
		group.SetLimit(workers)
		for i, thing := range things {
			group.Go(func() error {
				errs[i] = do(ctx, thing)
				return nil
			})
		}
		_ = group.Wait() // returns none
		if err := errors.Join(errs...); err != nil {
			failed = append(failed, err)
		}
		if next == "" || ctx.Err() != nil {
			return errors.Join(append(failed, ctx.Err())...)
		}
		after = next
	}
}
