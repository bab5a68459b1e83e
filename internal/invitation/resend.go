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

// ResendInput sends an invitation again, perhaps with another offer; what is left out stays, as far as it was not deleted since (R7).
type ResendInput struct {
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"i"`
	IfMatch int          `header:"If-Match"` // 0: whatever the version is
	Terms
}

// Validate returns all bad fields that can be known without the invitation.
func (in ResendInput) Validate() []fault.Field { return nil }

// Again is what stands in the table before an invitation is sent again.
type Again struct {
	Brand  string             // name of the invitation's own brand; empty when it was deleted, and for an organization's invitation
	Brands map[string]string  // id -> name of the brands asked for that exist
	Open   Open               // the guard of the person's open invitation, zero for none
	Other  *Invitation        // the invitation of that guard, when it is another one
	Member *member.Membership // the invitee's membership in the organization, if the address has an account
}

// Resending is an invitation before and after it was sent again.
type Resending struct {
	Before, After Invitation
	Lapsed        *Invitation // another one, whose guard stood in the way: expires in the same transaction
	Mails         bool        // counts against the mails of the hour
}

// ResendStore reads and changes invitations.
type ResendStore interface {
	request.Records
	GetStore
	// Again reads consistently what resend needs: in one round, in two when the address has an account or another invitation.
	Again(ctx context.Context, invitation Invitation, brands []string) (Again, error)
	// ResendInvitation stores the invitation with its new generation and guard. request.Overtaken when it is not as before any
	// more; fault.Conflict with code invitation_pending when another one is open; fault.TooMany when the hour's mails are used up.
	ResendInvitation(ctx context.Context, resending Resending, trail audit.Trail) error
}

// Resend is the operation resend-invitation.
type Resend struct {
	Store ResendStore
	Now   func() time.Time
	NewID func() string
	Links Links
}

// Do makes the invitation pending again with a new link; the old link is dead (R6).
func (op Resend) Do(ctx context.Context, caller request.Caller, in ResendInput) (Invitation, error) {
	resend := func() (Invitation, error) { return op.resend(ctx, caller, in) }
	return request.Once(ctx, op.Store, caller, resend, func(request.Record) (Invitation, error) {
		return Get{Store: op.Store, Now: op.Now, Links: op.Links}.Do(ctx, caller, GetInput{Scope: in.Scope, ID: in.ID})
	})
}

func (op Resend) resend(ctx context.Context, caller request.Caller, in ResendInput) (Invitation, error) {
	standing, before, err := load(ctx, op.Store, caller, in.Scope, in.ID, access.ToManageInvitations)
	if err != nil {
		return Invitation{}, err
	}
	if in.IfMatch != 0 && in.IfMatch != before.Version {
		return Invitation{}, Stale()
	}
	now := op.Now()
	if err := canResend(before, now); err != nil {
		return Invitation{}, err
	}
	terms := in.completed(before)
	if err := standing.May(before.toResend(terms.Role)...); err != nil {
		return Invitation{}, err
	}
	fields := terms.validate(before.Scope.Kind())
	switch gone := before.Scope.Kind() == access.KindWorkspace && terms.Role != "" && !standing.Roles.Has(terms.Role); {
	case gone && in.Role == "":
		fields = append(fields, fault.Field{Pointer: "/role", Code: "required", Detail: "The role that this invitation offers was deleted. Choose another one."})
	case gone:
		fields = append(fields, access.UnknownRole())
	}
	if err := fault.Fields(fields); err != nil {
		return Invitation{}, err
	}
	found, err := op.Store.Again(ctx, before, terms.Brands)
	if err != nil {
		return Invitation{}, err
	}
	if before.Scope.Kind() == access.KindBrand && found.Brand == "" { // R26: a deleted scope closes its invitations
		return Invitation{}, fault.New(fault.Conflict, "invitation_closed", "This invitation is closed: the brand it leads to was deleted.")
	}
	if in.Brands == nil {
		if terms, err = terms.left(found.Brands); err != nil {
			return Invitation{}, err
		}
	}
	log := audit.Log{Now: now, NewID: op.NewID, Actor: standing.Person, Request: caller.Request}
	change := Resending{Before: before, Mails: terms.notify()}
	current, entries := before.settled(log)
	if other := found.Other; other != nil && other.lapsed(now) {
		_, others := other.settled(log)
		change.Lapsed, entries = other, append(entries, others...)
	}
	current = current.named(standing.Scope, standing.ScopeName).named(before.Scope, found.Brand).within(standing)
	if change.After, err = current.again(terms, found, standing, now); err != nil {
		return Invitation{}, err
	}
	after := change.After
	trail := audit.Trail{Caller: caller, Result: []string{after.ID}, Unchanged: []access.Standing{standing}, Entries: append(entries, after.entry(log,
		event.InvitationResent{Invitation: after.fact(), Before: before.Offer(), After: after.Offer(), Notify: terms.notify()},
	))}
	if err := op.Store.ResendInvitation(ctx, change, trail); err != nil {
		return Invitation{}, fmt.Errorf("resend invitation %s: %w", in.ID, err)
	}
	return after.withLink(op.Links, standing, now), nil
}

// completed returns the terms with what the invitation has where nothing new is said.
func (t Terms) completed(i Invitation) Terms {
	if t.Role == "" {
		t.Role = i.offered()
	}
	if t.Message == nil {
		t.Message = &i.Message
	}
	if i.Scope.Kind() != access.KindOrganization || t.Role != access.Member {
		return t
	}
	if t.Brands == nil {
		for _, brand := range i.Brands {
			t.Brands = append(t.Brands, brand.ID)
		}
	}
	if t.BrandRole == "" && len(i.Brands) > 0 {
		t.BrandRole = i.Brands[0].Role
	}
	return t
}

// left returns terms that have taken over the brands of the invitation with those that exist still, or what is wrong when none does (R26).
func (t Terms) left(existing map[string]string) (Terms, error) {
	var left []string
	for _, id := range t.Brands {
		if _, exists := existing[id]; exists {
			left = append(left, id)
		}
	}
	if len(left) == 0 && len(t.Brands) > 0 {
		return t, fault.Fields([]fault.Field{{Pointer: "/brands", Code: "required", Detail: "The brands that this invitation offers were deleted. Choose others."}})
	}
	t.Brands = left
	return t, nil
}

// again returns the invitation as it is after it was sent again.
func (i Invitation) again(terms Terms, found Again, standing access.Standing, now time.Time) (Invitation, error) {
	brands, fields := terms.offered(found.Brands)
	if err := fault.Fields(fields); err != nil {
		return Invitation{}, err
	}
	if found.Open.Invitation != "" && found.Open.Invitation != i.ID && found.Open.ExpiresAt.After(now) {
		return Invitation{}, AlreadyPending(found.Open.Invitation)
	}
	if found.Member != nil {
		if err := checkNotIn(i.Scope, *found.Member); err != nil {
			return Invitation{}, err
		}
	}
	i.Role, i.RoleName = terms.Role, standing.RoleName(terms.Role)
	i.RoleDeleted, i.Successor, i.SuccessorName = false, "", ""
	i.Brands, i.Message, i.Unmailed = brands, terms.message(), !terms.notify()
	if err := access.CheckCeiling(standing, i.Offer()); err != nil {
		return Invitation{}, err
	}
	i.Status, i.Reason, i.Delivery, i.RespondedAt, i.LinkRequestedAt = Pending, "", nil, nil, nil
	i.InvitedBy = access.Person{ID: standing.Person.ID, Name: standing.Person.Name}
	i.SentAt, i.ExpiresAt = now, terms.expiry(now)
	i.Generation++
	i.Version++
	if i.StatusAt(now) != Pending {
		return Invitation{}, fmt.Errorf("invitation %s would expire at once", i.ID)
	}
	return i, nil
}
