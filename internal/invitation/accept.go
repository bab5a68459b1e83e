package invitation

import (
	"context"
	"fmt"
	"strings"
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
	// Shown is the Meaning of what the invitee was shown: nothing else is granted then. Empty: whatever the invitation offers by now.
	Shown string `json:"-"`
}

// Meaning is what an invitation offers at a moment: a role, in which brands, and in a workspace what it counts for. Others may change all that after it
// was shown, and send nothing again.
func (i Invitation) Meaning() string {
	var meaning strings.Builder
	meaning.WriteString(string(i.Role))
	for _, brand := range i.Brands {
		meaning.WriteString(" " + brand.ID)
	}
	for _, permission := range i.Permissions.Sorted() {
		meaning.WriteString(" " + string(permission))
	}
	return meaning.String()
}

// Validate returns all bad fields.
func (in AcceptInput) Validate() []fault.Field { return nil }

// AcceptStore turns invitations into memberships.
type AcceptStore interface {
	request.Records
	AnswerStore
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

// Do makes the invitee a member at once. Repeating one's own accept answers the membership again (R15).
func (op Accept) Do(ctx context.Context, caller request.Caller, in AcceptInput) (member.Membership, error) {
	if err := caller.SignedIn(); err != nil {
		return member.Membership{}, err
	}
	ref, err := in.reference(op.Links)
	if err != nil {
		return member.Membership{}, err
	}
	accept := func() (member.Membership, error) { return op.accept(ctx, caller, ref, in) }
	return request.Once(ctx, op.Store, caller, accept, func(request.Record) (member.Membership, error) { return accept() })
}

func (op Accept) accept(ctx context.Context, caller request.Caller, ref Reference, in AcceptInput) (member.Membership, error) {
	var none member.Membership
	found, err := answerable(ctx, op.Store, ref, caller.User)
	if err != nil {
		return none, err
	}
	if err := in.check(ref, found); err != nil {
		return none, err
	}
	now, invitation := op.Now(), found.invitation()
	if found.acceptedBy(caller.User) && found.Member != nil {
		return found.shown(caller, *found.Member), nil
	}
	if err := canAnswer(invitation, found.User, now); err != nil {
		return none, err
	}
	if err := in.shows(invitation); err != nil {
		return none, err
	}
	if err := found.enabled(); err != nil {
		return none, err
	}
	backing, err := op.Store.Backing(ctx, invitation)
	if err != nil {
		return none, err
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: found.User.Person(), Request: caller.Request}
	if !backing.hasScope(invitation) {
		return none, scopeDeleted()
	}
	if err := backing.Inviter.Enabled(); err != nil { // it was disabled between the two reads: the invitation stays as it is
		return none, err
	}
	invitation = backing.left(invitation).counting(backing.Inviter.Roles)
	offer := invitation.Offer()
	if reason := invitation.void(backing.Inviter); reason != "" {
		return none, op.invalidate(ctx, log, found.stored(), reason)
	}
	if in.Shown != "" && in.Shown != invitation.Meaning() {
		return none, Stale()
	}
	change, changed := member.Add(found.Member, found.Left, found.User.Person(), invitation.Scope.Root(), found.Root, offer,
		member.Given{By: invitation.InvitedBy, At: now, Via: member.ViaInvitation})
	if len(change.After.Brands) > member.MaxBrands {
		return none, member.TooManyBrands()
	}
	accepted := invitation.answered(Accepted, now)
	accepted.AcceptedBy = caller.User
	trail := audit.Trail{Caller: caller, Result: []string{accepted.ID}, Entries: []audit.Entry{
		accepted.entry(log, event.InvitationAccepted{Invitation: accepted.fact(), User: found.User.Person().In(invitation.Scope), Unmailed: accepted.Unmailed}),
	}}
	if backing.Inviter.Person.ID != caller.User { // an item can be conditioned once only
		trail.Unchanged = append(trail.Unchanged, backing.Inviter)
	}
	if changed {
		trail.Entries = append(trail.Entries, change.Entry(log, member.Origin{
			By: invitation.InvitedBy, Via: member.ViaInvitation, Invitation: accepted.ID,
		}))
	} else { // the membership must be as it was read, as it would have to be to change
		change.After = *change.Before
		trail.Unchanged = append(trail.Unchanged, found.Member.Standing(invitation.Scope, true))
	}
	if err := op.Store.AcceptInvitation(ctx, accepted, change, now, trail); err != nil {
		return none, fmt.Errorf("accept invitation %s: %w", accepted.ID, err)
	}
	if change.After.Role == access.Admin && (change.Before == nil || change.Before.Role != access.Admin) {
		found.Admins++
	}
	return found.shown(caller, change.After), nil
}

// shown returns the membership in the organization or workspace as its own holder, who asks, sees it.
func (a Answerable) shown(caller request.Caller, m member.Membership) member.Membership {
	m.ScopeName, m.Admins = a.Root, a.Admins
	if m.Scope.Kind() == access.KindWorkspace {
		m = m.Of(a.Workspace)
	}
	return m.Own(caller)
}

// void returns why nothing of what is left of the invitation can be granted now: what it names is gone, or the inviter lost the right to it (R16). Empty
// when it can.
func (i Invitation) void(inviter access.Standing) string {
	reason := emptied(i.Offer(), inviter)
	if reason == "" && i.mayBack(inviter) != nil {
		return ReasonLostRights
	}
	return reason
}

// emptied returns why nobody can grant anything of what is left of an offer: the role or the brands it names are gone (R18, R26). Empty when
// somebody can. inviter is anybody's standing in the scope.
func emptied(offer access.Grant, inviter access.Standing) string {
	switch {
	case inviter.Scope.Kind() == access.KindWorkspace && !inviter.Roles.Has(offer.Role):
		return ReasonRoleDeleted
	case isNothing(offer):
		return ReasonBrandsDeleted
	}
	return ""
}

// OffersNothing reports whether accepting would make somebody a Member without any brand: of what is left of an invitation, that is nothing.
func (i Invitation) OffersNothing() bool { return isNothing(i.Offer()) }

// isNothing reports whether an offer makes somebody a Member without any brand (R9).
func isNothing(offer access.Grant) bool { return offer.Role == access.Member && len(offer.Brands) == 0 }

func (i Invitation) answered(status Status, now time.Time) Invitation {
	i.Status, i.RespondedAt = status, &now
	i.Version++
	return i
}

func (op Accept) invalidate(ctx context.Context, log audit.Log, invitation Invitation, reason string) error {
	invalid, trail := invitation.invalidated(log, reason)
	if err := op.Store.InvalidateInvitation(ctx, invalid, log.Now, trail); err != nil {
		return fmt.Errorf("invalidate invitation %s: %w", invitation.ID, err)
	}
	return invalid.checkOpen(log.Now)
}

// invalidated returns the invitation that nothing can be granted of any more, and the trail of that.
func (i Invitation) invalidated(log audit.Log, reason string) (Invitation, audit.Trail) {
	i.Status, i.Reason = InvalidGrant, reason
	i.Version++
	log.Actor = access.System
	return i, audit.Trail{Entries: []audit.Entry{i.entry(log, event.InvitationInvalidated{Invitation: i.fact(), Reason: reason})}}
}
