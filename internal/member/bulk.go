package member

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// MaxSelected is how many people one call edits (R27).
const MaxSelected = 100

// Selected is one of several people to be edited.
type Selected struct {
	ID      string `json:"id"`
	Version int    `json:"version"` // 0: whatever it is
}

// Outcome is what became of one of several people.
type Outcome string

// The outcomes.
const (
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
	Failed    Outcome = "failed"
)

// Result is the outcome for one of several people.
type Result struct {
	ID         string       `json:"id"`
	Outcome    Outcome      `json:"outcome"`
	Membership *Membership  `json:"membership,omitempty"` // as it is now; of a dry run, as it would be
	Error      *fault.Error `json:"error,omitempty"`
	Before     *Membership  `json:"-"` // as the call found it, nil for nobody
}

// BulkOutput is the outcome for each person, in the order asked for.
type BulkOutput struct {
	Results []Result `json:"results"`
}

// Failed reports whether anybody could not be edited.
func (o BulkOutput) Failed() bool {
	return slices.ContainsFunc(o.Results, func(r Result) bool { return r.Outcome == Failed })
}

func validateSelected(members []Selected) []fault.Field {
	if n := len(members); n == 0 || n > MaxSelected {
		return []fault.Field{{Pointer: "/members", Code: "out_of_range", Detail: "A call names 1 to 100 members."}}
	}
	var fields []fault.Field
	seen := map[string]bool{}
	for i, m := range members {
		at := fmt.Sprintf("/members/%d/", i)
		switch {
		case m.ID == "":
			fields = append(fields, fault.Field{Pointer: at + "id", Code: "required", Detail: "Name a member."})
		case seen[m.ID]:
			fields = append(fields, fault.Field{Pointer: at + "id", Code: "duplicate", Detail: "This member is named twice."})
		}
		if m.Version < 0 {
			fields = append(fields, fault.Field{Pointer: at + "version", Code: "out_of_range", Detail: "A version is 1 or more."})
		}
		seen[m.ID] = true
	}
	return fields
}

// several edits people, each in full or not at all: what is wrong with one leaves the others. With dryRun it only says what would be. It returns
// an error when nobody could be changed because the table does not answer, because the caller has lost the right to it, or because the
// Idempotency-Key belongs to another request.
func (op Editing) several(ctx context.Context, caller request.Caller, e edit, members []Selected, dryRun bool) (BulkOutput, error) {
	b := &bulk{op: op, caller: caller, edit: e, members: members, dryRun: dryRun, results: make([]Result, len(members))}
	for i, m := range members {
		b.users, b.todo = append(b.users, itself(caller, m.ID)), append(b.todo, i)
		b.results[i].ID = m.ID
	}
	// Those whom somebody else's change overtakes are decided again from fresh reads.
	_, err := request.Retry(func() (struct{}, error) {
		if err := b.round(ctx); err != nil {
			return struct{}{}, err
		}
		if len(b.todo) > 0 {
			return struct{}{}, request.Overtaken()
		}
		return struct{}{}, nil
	})
	for _, i := range b.todo {
		b.settle(i, nil, false, err)
	}
	if err == nil {
		err = b.stopped
	}
	if err != nil && !slices.ContainsFunc(b.results, func(r Result) bool { return r.Outcome == Changed }) {
		return BulkOutput{}, err
	}
	return BulkOutput{Results: b.results}, nil
}

// bulk is one call that edits several people under way.
type bulk struct {
	op      Editing
	caller  request.Caller
	edit    edit
	members []Selected
	dryRun  bool
	users   []string // their ids
	found   Subjects // as last read
	results []Result
	todo    []int // people without a final result
	stopped error // why some were not tried
}

// round reads, decides and stores for all that are to do, and leaves to do who was overtaken.
func (b *bulk) round(ctx context.Context) error {
	if err := b.read(ctx); err != nil {
		return err
	}
	var done request.Record
	if !b.dryRun { // after the people: whoever was read as changed by the same request is recalled
		var err error
		if done, _, err = request.Recall(ctx, b.caller, b.op.Store.RecordedItems); err != nil {
			return err
		}
	}
	log := audit.Log{Now: b.op.Now(), NewID: b.op.NewID, Actor: b.found.Standing.Person, Request: b.caller.Request}
	var changes []Numbered
	for _, i := range b.todo {
		if user, recalled := done.Items[i]; recalled {
			b.settle(i, b.found.seen(b.caller, user), true, nil)
			continue
		}
		change, changed, err := b.op.decided(b.edit, b.found, b.users[i], b.members[i].Version)
		b.settle(i, change.After.SeenIn(b.caller, b.found.Standing), changed, err)
		if err == nil && changed && !b.dryRun {
			changes = append(changes, Numbered{Change: change, Number: i, Entry: change.edited(log, b.edit)})
		}
	}
	b.todo = nil
	if len(changes) > 0 {
		b.save(ctx, changes)
	}
	return nil
}

// read reads what stands of the people, and whether the caller may still edit anybody.
func (b *bulk) read(ctx context.Context) error {
	users := make([]string, len(b.todo))
	for n, i := range b.todo {
		users[n] = b.users[i]
	}
	found, err := b.op.Store.Subjects(ctx, b.caller.User, b.edit.scope, users, b.edit.brands)
	if err == nil {
		err = found.Standing.May(b.edit.needs)
	}
	if err != nil {
		return err
	}
	b.found = found
	return nil
}

// save stores the changes. The caller is never among the people: nobody edits themselves in bulk.
func (b *bulk) save(ctx context.Context, changes []Numbered) {
	trail := audit.Trail{Caller: b.caller, Unchanged: []access.Standing{b.found.Standing}}
	for n, err := range b.op.Store.ChangeMembers(ctx, b.edit.scope, changes, trail) {
		i := changes[n].Number
		switch {
		case err == nil:
		case request.IsOvertaken(err), request.IsRepeated(err): // by the same request at the same moment, which the next round recalls
			b.todo = append(b.todo, i)
		default:
			if errors.Is(err, fault.Unavailable) || request.IsKeyReused(err) {
				b.stopped = err
			}
			b.settle(i, nil, false, fmt.Errorf("edit member %s: %w", b.users[i], err))
		}
	}
}

func (b *bulk) settle(i int, after *Membership, changed bool, err error) {
	r := Result{ID: b.members[i].ID, Before: b.found.seen(b.caller, b.users[i])}
	switch {
	case err != nil:
		r.Outcome, r.Error = Failed, fault.Of(err)
	case changed:
		r.Outcome, r.Membership = Changed, after
	default:
		r.Outcome, r.Membership = Unchanged, after
	}
	b.results[i] = r
}
