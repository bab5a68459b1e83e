package invitation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// RefitStore reads and rewrites open invitations.
type RefitStore interface {
	AnswerStore
	// InvalidateInvitation is that of AcceptStore.
	InvalidateInvitation(ctx context.Context, invalid Invitation, now time.Time, trail audit.Trail) error
	// CloseInvitation is that of CloseStore.
	CloseInvitation(ctx context.Context, closed Invitation, now time.Time, trail audit.Trail) error
	// Held returns, consistently, the membership in the organization of the account that has proven to own the invited address; nil for none. It takes
	// a round, two when there is an account.
	Held(ctx context.Context, invitation Invitation) (*member.Membership, error)
	// RefitInvitation stores what a pending invitation offers and what its scope is called, there and where the invitee's list and the role's count
	// read it. request.Overtaken when it is not as before any more.
	RefitInvitation(ctx context.Context, before, after Invitation) error
}

// Refit keeps true what open invitations say: they offer no brand that is deleted (R26), in place of a deleted role the one that it means (R18), and
// call everything by its present name. It is no function of its own: a subscriber does it. An accept grants what is left whether or not this has
// been here before.
type Refit struct {
	Store RefitStore
	Now   func() time.Time
	NewID func() string
	// CorrelationID is that of what was deleted or renamed.
	CorrelationID string
}

// refits bounds how often an invitation is looked at again while what it leads to changes.
const refits = 6

// Do makes the invitation, if it is pending, offer what is left; when nothing is, it becomes invalid_grant, and when the invitee has all of that, it is
// closed (R17). It looks again after it has written, so
// that what is renamed twice ends with the last name. Repeating it changes nothing.
func (op Refit) Do(ctx context.Context, ref Reference) error {
	for range refits {
		changed, err := op.refit(ctx, ref)
		if err != nil && !request.IsOvertaken(err) {
			return fmt.Errorf("refit invitation %s: %w", ref.ID, err)
		}
		if err == nil && !changed {
			return nil
		}
	}
	return fmt.Errorf("invitation %s changes all the time", ref.ID)
}

func (op Refit) refit(ctx context.Context, ref Reference) (changed bool, err error) {
	found, err := op.Store.Answerable(ctx, ref, "")
	if err != nil || found.Invitation == nil || found.Root == "" || found.Invitation.Status != Pending {
		return false, err
	}
	before, now := found.stored(), op.Now()
	backing, err := op.Store.Backing(ctx, before)
	if err != nil || !backing.hasScope(before) { // which closes it
		return false, err
	}
	after := backing.left(found.invitation())
	log := audit.Log{Now: now, NewID: op.NewID, Request: request.Request{CorrelationID: op.CorrelationID}}
	if len(after.Brands) < len(before.Brands) && before.StatusAt(now) == Pending {
		held, err := op.Store.Held(ctx, before)
		if err != nil {
			return false, err
		}
		if held != nil && !access.Adds(held.Grant(), after.Offer()) {
			closed, trail := before.closed(log, ReasonJoined)
			return true, op.Store.CloseInvitation(ctx, closed, now, trail)
		}
	}
	reason := emptied(after.Offer(), backing.Inviter)
	switch {
	case reason != "" && before.StatusAt(now) != Pending: // is granted no more anyway
		return false, nil
	case reason != "":
		invalid, trail := before.invalidated(log, reason)
		return true, op.Store.InvalidateInvitation(ctx, invalid, now, trail)
	case len(after.Brands) < len(before.Brands) || after.Role != before.Role: // another offer: who is about to send it again is told
		after.Version++
	case after.ScopeName == before.ScopeName && after.RoleName == before.RoleName && slices.Equal(after.Brands, before.Brands):
		return false, nil
	}
	return true, op.Store.RefitInvitation(ctx, before, after)
}

// stored returns the invitation as it stands in the table, which must be there.
func (a Answerable) stored() Invitation {
	i := *a.Invitation
	if i.Scope.Kind() == access.KindWorkspace {
		i.Role, i.RoleName = a.Stored.ID, a.Stored.Name
	}
	return i
}
