package member

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// RemoveInput takes somebody out of an organization or a brand. "me" leaves.
type RemoveInput struct {
	Scope   access.Scope `path:"scope"`
	User    string       `path:"u"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Reason  string       `query:"reason"`
}

// Validate returns all bad fields.
func (in RemoveInput) Validate() []fault.Field {
	return account.CheckLength("?reason", in.Reason, account.MaxReason)
}

// Removed is the answer to a removal: nothing.
type Removed struct{}

// Remove is the operation remove-member.
type Remove struct{ Editing }

// Do takes the member out. Anybody may leave, but the last Admin (R5, R20).
func (op Remove) Do(ctx context.Context, caller request.Caller, in RemoveInput) (Removed, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return Removed{}, err
	}
	_, err := op.one(ctx, caller, removal(in.Scope, in.Reason), itself(caller, in.User), in.IfMatch)
	return Removed{}, err
}

func removal(scope access.Scope, reason string) edit {
	return edit{
		scope: scope, needs: access.ToRemoveUsers, reason: reason,
		decide: func(found Subjects, m Membership, _ time.Time) (Change, bool, error) {
			themselves := m.User.ID == found.Standing.Person.ID
			if err := mayRemove(found.Standing, m); err != nil {
				return Change{}, false, err
			}
			return m.out(scope, themselves), true, nil
		},
	}
}

// BulkRemoveInput takes several members out.
type BulkRemoveInput struct {
	Scope   access.Scope `path:"scope"`
	Members []Selected   `json:"members"`
	Reason  string       `json:"reason"`
	DryRun  bool         `query:"dry_run"`
}

// Validate returns all bad fields.
func (in BulkRemoveInput) Validate() []fault.Field {
	return append(validateSelected(in.Members), account.CheckLength("/reason", in.Reason, account.MaxReason)...)
}

// BulkRemove is the operation bulk-remove-members.
type BulkRemove struct{ Editing }

// Do takes each member out, or says why not. Nobody removes themselves in bulk: leaving is asked for by itself.
func (op BulkRemove) Do(ctx context.Context, caller request.Caller, in BulkRemoveInput) (BulkOutput, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return BulkOutput{}, err
	}
	others := removal(in.Scope, in.Reason)
	decide := others.decide
	others.decide = func(found Subjects, m Membership, now time.Time) (Change, bool, error) {
		if m.User.ID == found.Standing.Person.ID {
			return Change{}, false, leaveInstead()
		}
		return decide(found, m, now)
	}
	return op.several(ctx, caller, others, in.Members, in.DryRun)
}
