package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// AcceptInput accepts an invitation.
type AcceptInput struct {
	Locator
}

// Validate returns all bad fields.
func (in AcceptInput) Validate() []fault.Field { return nil }

// Backing is what stands behind an offer when it is accepted.
type Backing struct {
	Inviter access.Standing   // of the inviter in the invitation's scope
	Brands  map[string]string // id -> name of the offered brands that still exist
}

// AcceptStore turns invitations into memberships.
type AcceptStore interface {
	AnswerStore
	// Backing returns, in one consistent round, what stands behind the offer now.
	Backing(ctx context.Context, invitation Invitation) (Backing, error)
	// AcceptInvitation stores the accepted invitation and the membership, if the invitation is still pending in its generation
	// and not expired at now; else fault.Conflict. change.Before and After have the same version when nothing is added.
	AcceptInvitation(ctx context.Context, accepted Invitation, change member.Change, now time.Time, trail audit.Trail) error
	// InvalidateInvitation stores that the offer is void, under the same condition.
	InvalidateInvitation(ctx context.Context, invalid Invitation, now time.Time, trail audit.Trail) error
}

// Accept is the operation accept-invitation.
type Accept struct {
	Store AcceptStore
	Now   func() time.Time
	NewID func() string
	Links Links
}

// acceptAttempts bounds how often an accept starts again when somebody changed what it had read.
const acceptAttempts = 3

// Do makes the invitee a member at once. Repeating one's own accept answers the membership again (R15).
func (op Accept) Do(ctx context.Context, caller request.Caller, in AcceptInput) (member.Membership, error) {
	if err := caller.SignedIn(); err != nil {
		return member.Membership{}, err
	}
	ref, err := in.reference(op.Links)
	if err != nil {
		return member.Membership{}, err
	}
	for range acceptAttempts {
		var joined member.Membership
		joined, err = op.try(ctx, caller, ref, in.Scope)
		if !fault.HasCode(err, "changed_meanwhile") {
			joined.Actions = access.Actions{}
			return joined, err
		}
	}
	return member.Membership{}, fault.New(fault.Unavailable, "unavailable", "This invitation is being changed right now. Try again.")
}

func (op Accept) try(ctx context.Context, caller request.Caller, ref Reference, scope access.Scope) (member.Membership, error) {
	var none member.Membership
	found, err := op.Store.Answerable(ctx, ref, caller.User)
	if err != nil {
		return none, err
	}
	if err := checkLink(ref, found); err != nil {
		return none, err
	}
	now, invitation := op.Now(), *found.Invitation
	if ref.Generation == 0 && scope != invitation.Scope {
		return none, fault.Unknown()
	}
	if invitation.acceptedBy(found) {
		return *found.Member, nil
	}
	if err := canAnswer(ref, invitation, found.User, now); err != nil {
		return none, err
	}
	backing, err := op.Store.Backing(ctx, invitation)
	if err != nil {
		return none, err
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: found.User.Person(), Request: caller.Request}
	offer, void := remaining(invitation, backing)
	if void != "" {
		return none, op.invalidate(ctx, log, invitation, void)
	}
	change, changed := member.Add(found.Member, found.User.Person(), invitation.Scope.Root(), found.Organization, offer,
		member.Given{By: invitation.InvitedBy, At: now, Via: member.ViaInvitation})
	if len(change.After.Brands) > member.MaxBrands {
		return none, TooManyBrands()
	}
	accepted := invitation.answered(Accepted, now)
	accepted.AcceptedBy = caller.User
	trail := audit.Trail{Caller: caller, Result: []string{accepted.ID}, Unchanged: []access.Standing{backing.Inviter}, Entries: []audit.Entry{
		accepted.entry(log, event.InvitationAccepted{Invitation: accepted.fact(), User: found.User.Person()}),
	}}
	if changed {
		trail.Entries = append(trail.Entries, grantEntry(log, change, accepted.ID, member.ViaInvitation, false))
	} else {
		change.After = *change.Before
	}
	if err := op.Store.AcceptInvitation(ctx, accepted, change, now, trail); err != nil {
		return none, fmt.Errorf("accept invitation %s: %w", accepted.ID, err)
	}
	return change.After, nil
}

// ChangedMeanwhile says that what a transaction had read is not so any more: read it again.
func ChangedMeanwhile() *fault.Error {
	return fault.New(fault.Conflict, "changed_meanwhile", "Somebody changed this at the same moment. Read it again.")
}

// remaining returns what of the offer can be granted now, or why nothing can: the inviter lost the right to it (R16), or
// the brands it names are gone (R26).
func remaining(i Invitation, backing Backing) (offer access.Grant, void string) {
	offer = access.Grant{Role: i.Offer().Role}
	for _, brand := range i.Offer().Brands {
		if name, exists := backing.Brands[brand.ID]; exists {
			brand.Name = name
			offer.Brands = append(offer.Brands, brand)
		}
	}
	switch {
	case offer.Role == access.Member && len(offer.Brands) == 0:
		return offer, "brands_deleted"
	case !backing.Inviter.Holds(access.ManageUsers) || access.CheckCeiling(backing.Inviter, offer) != nil:
		return offer, "inviter_lost_rights"
	}
	return offer, ""
}

func (i Invitation) answered(status Status, now time.Time) Invitation {
	i.Status, i.RespondedAt = status, &now
	i.Version++
	return i
}

func (op Accept) invalidate(ctx context.Context, log audit.Log, invitation Invitation, reason string) error {
	invalid := invitation
	invalid.Status = InvalidGrant
	invalid.Version++
	now := log.Now
	log.Actor = access.System
	trail := audit.Trail{Entries: []audit.Entry{
		invalid.entry(log, event.InvitationInvalidated{Invitation: invalid.fact(), Reason: reason}),
	}}
	if err := op.Store.InvalidateInvitation(ctx, invalid, now, trail); err != nil {
		return fmt.Errorf("invalidate invitation %s: %w", invitation.ID, err)
	}
	return checkOpen(InvalidGrant)
}
