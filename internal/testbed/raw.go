package testbed

import (
	"crypto/rand"
	"math/big"
	"time"
)

// Spoil gives an attribute of an item a text that it cannot have.
func (b *Bed) Spoil(pk, sk, attribute string) {
	b.T.Helper()
	b.update(pk, sk, "SET "+attribute+" = :spoilt", Item{":spoilt": text("spoilt")})
}

// LongAgo returns a moment of the nineties that no other test has: all of them share the outbox, and so each can look at what is older
// than its own. Sweeps of tests, which publish all that is older than theirs, take place in the seventies.
func LongAgo() time.Time {
	const tenYears = 10 * 365 * 24 * 3600 * 1000 // milliseconds
	later, err := rand.Int(rand.Reader, big.NewInt(tenYears))
	if err != nil { // crypto/rand never fails
		panic(err)
	}
	return time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(later.Int64()) * time.Millisecond)
}
