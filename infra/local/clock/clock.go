// Package clock is the movable clock of the local stack.
package clock

import (
	"sync"
	"time"
)

// Clock tells the real time plus an offset. Its zero value tells the real time. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	moved  []func()
}

// Now returns the possibly moved time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()) }

// Offset returns how far the clock is ahead of the real time.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Advance moves the clock by d and tells everybody who asked for it.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Offset() + d) }

// Set makes the clock be ahead of the real time by offset; 0 resets it.
func (c *Clock) Set(offset time.Duration) {
	c.mu.Lock()
	c.offset = offset
	moved := c.moved
	c.mu.Unlock()
	for _, f := range moved {
		f()
	}
}

// OnMove has f called after each move. It is called in the mover's goroutine and should return at once.
func (c *Clock) OnMove(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = append(c.moved, f)
}
