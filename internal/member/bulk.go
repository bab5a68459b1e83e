package member

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// several edits people one after the other, each in a transaction of their own: all of them may move the one count of Admins. Nobody is
// half changed, and a failure of one leaves the others. With dryRun it only says what would be. It returns an error when nobody could be
// changed because the table does not answer, or because the caller has lost the right to it.
func (op Editing) several(ctx context.Context, caller request.Caller, e edit, members []Selected, dryRun bool) (BulkOutput, error) {
	b := &bulk{op: op, caller: caller, edit: e, members: members, results: make([]Result, len(members))}
	for _, m := range members {
		b.users = append(b.users, itself(caller, m.ID))
	}
	if err := b.read(ctx, b.users); err != nil {
		return BulkOutput{}, err
	}
	var made map[int]string
	if !dryRun { // after the people: whoever was read as changed by the same request is recalled
		var err error
		if made, err = b.recall(ctx); err != nil {
			return BulkOutput{}, err
		}
	}
	for i, m := range members {
		b.results[i].ID = m.ID
		switch user, recalled := made[i]; {
		case recalled:
			b.settle(i, b.found.seen(user), true, nil)
		case dryRun:
			change, changed, err := op.decided(e, b.found, b.users[i], m.Version)
			b.settle(i, change.After.SeenIn(b.found.Standing), changed, err)
		case b.stopped != nil:
			b.settle(i, nil, false, b.stopped)
		default:
			b.next(ctx, i)
		}
	}
	if b.stopped != nil && !slices.ContainsFunc(b.results, func(r Result) bool { return r.Outcome == Changed }) {
		return BulkOutput{}, b.stopped
	}
	return BulkOutput{Results: b.results}, nil
}

// bulk is one call that edits several people under way.
type bulk struct {
	op      Editing
	caller  request.Caller
	edit    edit
	members []Selected
	users   []string // their ids
	found   Subjects // as last read
	results []Result
	stopped error // why nobody further is tried
}

// recall returns whom an earlier request with the same Idempotency-Key has changed, by their number in the call.
func (b *bulk) recall(ctx context.Context) (map[int]string, error) {
	if b.caller.Request.IdempotencyKey == "" {
		return nil, nil
	}
	fingerprint, made, used, err := b.op.Store.RecordedItems(ctx, b.caller)
	switch {
	case err != nil || !used:
		return nil, err
	case fingerprint != b.caller.Request.Fingerprint:
		return nil, request.KeyReused()
	}
	return made, nil
}

// read reads what stands of some of the people, and whether the caller may still edit anybody.
func (b *bulk) read(ctx context.Context, users []string) error {
	found, err := b.op.Store.Subjects(ctx, b.caller.User, b.edit.scope, users, b.edit.brands)
	if err == nil {
		err = found.Standing.May(b.edit.needs)
	}
	if err != nil {
		b.stopped = err
		return err
	}
	if b.found.Members == nil {
		b.found = found
		return nil
	}
	b.found.Standing, b.found.Brands = found.Standing, found.Brands
	for _, user := range users {
		delete(b.found.Members, user)
	}
	maps.Copy(b.found.Members, found.Members)
	return nil
}

// next edits one of the people: from what the call has read, and from fresh reads when somebody has changed it since.
func (b *bulk) next(ctx context.Context, i int) {
	user, changed, again := b.users[i], false, false
	after, err := request.Retry(func() (*Membership, error) {
		if again {
			if err := b.read(ctx, []string{user}); err != nil {
				return nil, err
			}
		}
		again = true
		after, did, err := b.op.apply(ctx, b.caller.Item(i), b.edit, b.found, user, b.members[i].Version)
		changed = did
		return after, err
	})
	if request.IsRepeated(err) { // by the same request at the same moment
		if _, err = b.recall(ctx); err == nil {
			err = b.read(ctx, []string{user})
		}
		after, changed = b.found.seen(user), true
	}
	if errors.Is(err, fault.Unavailable) {
		b.stopped = err
	}
	b.settle(i, after, changed, err)
}

func (b *bulk) settle(i int, after *Membership, changed bool, err error) {
	r := &b.results[i]
	r.Before = b.found.seen(b.users[i])
	switch {
	case err != nil:
		r.Outcome, r.Error = Failed, fault.Of(err)
	case changed:
		r.Outcome, r.Membership = Changed, after
	default:
		r.Outcome, r.Membership = Unchanged, after
	}
}
