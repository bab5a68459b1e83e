package testbed

import (
	"testing"
	"time"

	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// Repeatable is an operation that makes something and takes an Idempotency-Key.
type Repeatable struct {
	Bed           *Bed
	Caller, Other request.Caller
	Do            func(caller request.Caller) (id string, err error)
	Log           func(id string) []Logged // of what was made
	DayLater      func()                   // what has to happen for the request to work once more, if anything
}

// Repeats sends the request again with the same key, with the key of another request, as somebody else, and a day later.
func Repeats(t *testing.T, r Repeatable) {
	t.Helper()
	caller := WithKey(r.Caller, "key-"+r.Bed.NewID(), "what is asked")
	first, err := r.Do(caller)
	if err != nil {
		t.Fatal(err)
	}
	log := len(r.Log(first))
	for range 2 {
		again, err := r.Do(caller)
		if err != nil || again != first {
			t.Errorf("repeated: got %s, %v, want %s", again, err, first)
		}
	}
	r.Bed.AdvanceReal(23 * time.Hour)
	if again, err := r.Do(caller); err != nil || again != first {
		t.Errorf("repeated after 23 hours: got %s, %v, want %s", again, err, first)
	}
	_, err = r.Do(WithKey(caller, caller.Request.IdempotencyKey, "something else"))
	CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
	if now := len(r.Log(first)); now != log {
		t.Errorf("the log has %d entries, after the first request %d", now, log)
	}
	other, err := r.Do(WithKey(r.Other, caller.Request.IdempotencyKey, "what is asked"))
	if other == first {
		t.Errorf("somebody else's key answers with the caller's: %s, %v", other, err)
	}
	r.Bed.AdvanceReal(2 * time.Hour)
	if r.DayLater != nil {
		r.DayLater()
	}
	if later, err := r.Do(caller); err != nil || later == first {
		t.Errorf("a day later: got %s, %v, want something new", later, err)
	}
}
