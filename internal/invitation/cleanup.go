package invitation

import (
	"context"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// CleanUpInput deletes the invitations of a scope that came to nothing (R28).
type CleanUpInput struct {
	Scope  access.Scope `path:"scope"`
	DryRun bool         `query:"dry_run"` // count, and change nothing
	Shown  []string     `json:"-"`        // ids: nothing else is deleted, for the console. nil: all
}

// Validate returns all bad fields.
func (in CleanUpInput) Validate() []fault.Field { return nil }

// CleanUpOutput is what became of each invitation, and how many are left: at most MaxCleaned are deleted at once, and counting stops at
// CountedLeft.
type CleanUpOutput struct {
	Results   []CleanUpResult `json:"results"`
	Remaining int             `json:"remaining"`
	Found     []Invitation    `json:"-"` // of a dry run: what would go, for the console
}

// CleanUpResult is what became of one invitation.
type CleanUpResult struct {
	ID      string       `json:"id"`
	Outcome Cleaned      `json:"outcome"`
	Error   *fault.Error `json:"error,omitempty"`
}

// Cleaned is the outcome for one invitation.
type Cleaned string

// The outcomes.
const (
	CleanedDeleted Cleaned = "deleted"
	CleanedFailed  Cleaned = "failed"
)

// The limits of R27 and R30.
const (
	MaxCleaned  = 100
	CountedLeft = 100
)

// cleanedAtOnce is how many go into one transaction: each takes up to four writes of its hundred.
const cleanedAtOnce = 24

// Failed reports whether an invitation could not be deleted.
func (o CleanUpOutput) Failed() bool {
	return slices.ContainsFunc(o.Results, func(r CleanUpResult) bool { return r.Outcome == CleanedFailed })
}

// CleanUpStore finds and removes invitations.
type CleanUpStore interface {
	request.Records
	DeleteStore
	// Finished returns, in one round, the caller's standing in the scope and up to a limit of its invitations that have expired at now or were
	// declined. The list may lag behind by seconds.
	Finished(ctx context.Context, caller string, scope access.Scope, now time.Time, limit int) (access.Standing, []Invitation, error)
	// DeleteInvitations removes all of them as they were read, or none: request.Overtaken when one has changed.
	DeleteInvitations(ctx context.Context, deleted []Invitation, trail audit.Trail) error
}

// CleanUp is the operation clean-up-invitations.
type CleanUp struct {
	Store CleanUpStore
	Now   func() time.Time
	NewID func() string
}

// Do deletes what has expired or was declined, each with an entry of its own in the log.
func (op CleanUp) Do(ctx context.Context, caller request.Caller, in CleanUpInput) (CleanUpOutput, error) {
	if err := caller.SignedIn(); err != nil {
		return CleanUpOutput{}, err
	}
	return request.Once(ctx, op.Store, caller, func() (CleanUpOutput, error) { return op.cleanUp(ctx, caller, in) }, recalled)
}

// recalled answers what an earlier request with the same key has deleted.
func recalled(made request.Record) (CleanUpOutput, error) {
	out := CleanUpOutput{Results: []CleanUpResult{}}
	for _, id := range made.Result {
		out.Results = append(out.Results, CleanUpResult{ID: id, Outcome: CleanedDeleted})
	}
	return out, nil
}

func (op CleanUp) cleanUp(ctx context.Context, caller request.Caller, in CleanUpInput) (CleanUpOutput, error) {
	now := op.Now()
	standing, found, err := op.Store.Finished(ctx, caller.User, in.Scope, now, MaxCleaned+CountedLeft)
	if err != nil {
		return CleanUpOutput{}, err
	}
	if err := standing.May(access.ToManageInvitations); err != nil {
		return CleanUpOutput{}, err
	}
	if in.DryRun {
		out := CleanUpOutput{Results: []CleanUpResult{}, Remaining: min(len(found), CountedLeft)}
		out.Found = found[:min(len(found), MaxCleaned)]
		return out, nil
	}
	first := slices.DeleteFunc(slices.Clone(found), func(i Invitation) bool { return in.Shown != nil && !slices.Contains(in.Shown, i.ID) })
	first = first[:min(len(first), MaxCleaned)]
	if len(first) == 0 { // perhaps because this request was here before
		made, used, err := request.Recall(ctx, caller, op.Store.Recorded)
		if err != nil {
			return CleanUpOutput{}, err
		}
		if used {
			return recalled(made)
		}
	}
	c := cleaning{CleanUp: op, caller: caller, standing: standing, log: audit.Log{Now: now, NewID: op.NewID, Actor: standing.Person, Request: caller.Request}}
	for _, i := range first {
		c.ids = append(c.ids, i.ID)
	}
	for some := range slices.Chunk(first, cleanedAtOnce) {
		if err := c.delete(ctx, some); err != nil {
			return CleanUpOutput{}, err
		}
	}
	return CleanUpOutput{Results: append([]CleanUpResult{}, c.results...), Remaining: min(len(found)-len(first), CountedLeft)}, nil
}

// cleaning is a clean-up under way.
type cleaning struct {
	CleanUp
	caller   request.Caller
	standing access.Standing
	log      audit.Log
	ids      []string // of all that are to be deleted
	results  []CleanUpResult
	recorded bool // under the caller's key
}

// delete deletes some together or, when one of them has changed since, one by one. An error ends the call: nothing was deleted yet.
func (c *cleaning) delete(ctx context.Context, some []Invitation) error {
	var entries []audit.Entry
	for _, i := range some {
		entries = append(entries, i.deletion(c.log)...)
	}
	err := c.Store.DeleteInvitations(ctx, some, c.trail(c.standing, entries))
	if request.IsOvertaken(err) {
		return c.deleteEach(ctx, some)
	}
	if err != nil && len(c.results) == 0 {
		return err
	}
	for _, i := range some {
		c.note(i.ID, err)
	}
	return nil
}

func (c *cleaning) deleteEach(ctx context.Context, some []Invitation) error {
	for _, i := range some {
		_, err := request.Retry(func() (Deleted, error) { return Deleted{}, c.deleteOne(ctx, i) })
		if request.IsRepeated(err) || err != nil && len(c.results) == 0 && !fault.HasCode(err, Stale().Code) {
			return err
		}
		c.note(i.ID, err)
	}
	return nil
}

// deleteOne deletes one from a fresh look. What somebody else has deleted is gone as well; what was sent again stays.
func (c *cleaning) deleteOne(ctx context.Context, listed Invitation) error {
	standing, found, err := c.Store.Invitation(ctx, c.caller.User, c.standing.Scope, listed.ID)
	if err != nil {
		return err
	}
	if err := standing.May(access.ToManageInvitations); err != nil {
		return err
	}
	if found == nil {
		return nil
	}
	if status := found.StatusAt(c.log.Now); status != Expired && status != Declined {
		return Stale()
	}
	return c.Store.DeleteInvitation(ctx, *found, c.trail(standing, found.deletion(c.log)))
}

// trail returns what goes with a deletion. The first one keeps the caller's key, for all.
func (c *cleaning) trail(standing access.Standing, entries []audit.Entry) audit.Trail {
	caller := c.caller
	if c.recorded {
		caller.Request.IdempotencyKey = ""
	}
	return audit.Trail{Caller: caller, Result: c.ids, Unchanged: []access.Standing{standing}, Entries: entries}
}

func (c *cleaning) note(id string, err error) {
	if err != nil {
		c.results = append(c.results, CleanUpResult{ID: id, Outcome: CleanedFailed, Error: fault.Of(err)})
		return
	}
	c.recorded = true
	c.results = append(c.results, CleanUpResult{ID: id, Outcome: CleanedDeleted})
}
