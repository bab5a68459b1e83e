package telemetry_test

import (
	"sync"
	"testing"

	"prism-access/internal/telemetry"
)

func TestMeterCountsItsOwnContext(t *testing.T) {
	t.Parallel()
	ctx, meter := telemetry.WithMeter(t.Context())
	other, otherMeter := telemetry.WithMeter(t.Context())
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			telemetry.From(ctx).Round()
			telemetry.From(ctx).Request(i%4 == 0)
			telemetry.From(ctx).Items(3, 2)
		})
	}
	group.Wait()
	telemetry.From(other).Request(true)
	if all, writes := meter.Requests(); meter.Rounds() != 100 || all != 100 || writes != 25 {
		t.Errorf("got %d rounds, %d requests, %d writes", meter.Rounds(), all, writes)
	}
	if read, returned := meter.ItemsRead(); read != 300 || returned != 200 {
		t.Errorf("got %d items read, %d returned", read, returned)
	}
	if all, writes := otherMeter.Requests(); otherMeter.Rounds() != 0 || all != 1 || writes != 1 {
		t.Errorf("the other: got %d rounds, %d requests, %d writes", otherMeter.Rounds(), all, writes)
	}
}

func TestWithoutMeterNothingIsCounted(t *testing.T) {
	t.Parallel()
	telemetry.From(t.Context()).Round()
	if got := telemetry.From(t.Context()).Rounds(); got != 0 {
		t.Errorf("got %d rounds", got)
	}
}
