package audit

import (
	"context"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// FeedInput asks for the events of an organization or a workspace after one of them.
type FeedInput struct {
	Scope access.Scope `path:"scope"`
	After string       `query:"after"` // id of an event; empty: from the beginning
	Limit *int         `query:"limit"`
}

// Validate returns all bad fields.
func (in FeedInput) Validate() []fault.Field { return in.size().Validate() }

func (in FeedInput) size() page.Query { return page.Query{Limit: in.Limit} }

// Events is a stretch of the feed.
type Events struct {
	Items []event.Envelope `json:"items"` // oldest first
	After string           `json:"after"` // where to go on: the last one's id, else what was asked for
}

// Settled is the age from which on an entry is in the feed. An entry's place in the log is the time of its id, which is made before its transaction
// commits; who reads on from an entry must not do so while one before it can still come. That is over after at most
//
//	4.5 s  from the request to its deadline (httpapi, console), all transactions of a call with their retries included; subscribers make their
//	       entries just before they store them, which may take 3.5 s (store)
//	2 s    and less, for what was sent before the deadline to be carried out, and for the clocks of two functions to differ
//
// A client, a queue or a stream that tries again makes new ids. The rest is room (decision 0009).
const Settled = 30 * time.Second

// FeedRead is what the store reads for the feed.
type FeedRead struct {
	Caller string
	Scope  access.Scope // an organization or a workspace
	After  string
	Before time.Time // what was made then, or later, is left out
	Limit  int
}

// FeedStore reads logs as feeds.
type FeedStore interface {
	// Feed returns the entries of a log after an id, oldest first, and the caller's standing in the scope, in one consistent round. There can be fewer
	// than the limit although more follow, but none only when none follows.
	Feed(ctx context.Context, read FeedRead) (access.Standing, []Entry, error)
}

// Feed is the operation list-events.
type Feed struct {
	Store FeedStore
	Now   func() time.Time
}

// isEventID reports whether a text is a ULID as ids are written here.
func isEventID(text string) bool {
	const length, digits = 26, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(text) == length && text[0] <= '7' && strings.Trim(text, digits) == ""
}

// Do returns the events that follow. Nothing is ever put in before an event that was returned.
func (op Feed) Do(ctx context.Context, caller request.Caller, in FeedInput) (Events, error) {
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return Events{}, err
	}
	if in.After != "" && !isEventID(in.After) {
		return Events{}, page.InvalidCursor()
	}
	if in.Scope.Kind() == access.KindBrand { // the log is its organization's
		return Events{}, fault.Unknown()
	}
	standing, entries, err := op.Store.Feed(ctx, FeedRead{
		Caller: caller.User, Scope: in.Scope, After: in.After, Before: op.Now().Add(-Settled), Limit: in.size().Size(),
	})
	if err != nil {
		return Events{}, err
	}
	if err := standing.Require(access.ViewAudit); err != nil {
		return Events{}, err
	}
	out := Events{Items: eventsOf(entries), After: in.After}
	if len(entries) > 0 {
		out.After = entries[len(entries)-1].ID
	}
	return out, nil
}
