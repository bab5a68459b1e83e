package clock_test

import (
	"testing"
	"time"

	"prism-access/infra/local/clock"
)

func TestClock(t *testing.T) {
	t.Parallel()
	var (
		c     clock.Clock
		moves int
	)
	c.OnMove(func() { moves++ })
	c.Advance(48 * time.Hour)
	c.Advance(-24 * time.Hour)
	if ahead := time.Until(c.Now()); ahead < 23*time.Hour || ahead > 25*time.Hour {
		t.Errorf("the clock is %s ahead, want 24 h", ahead)
	}
	c.Set(0)
	if ahead := time.Until(c.Now()); ahead > time.Second || moves != 3 {
		t.Errorf("after a reset the clock is %s ahead, %d moves were told; want none and 3", ahead, moves)
	}
}
