package upkeep

import (
	"context"
	"fmt"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// CleanUpStore finds and removes what is left of deleted scopes, and finds what may have become pointless.
type CleanUpStore interface {
	// ScopeExists reports, in one consistent round, whether an organization, a brand or a workspace is there and not deleted, and which of the
	// brands of the organization are, as ids with their names.
	ScopeExists(ctx context.Context, scope access.Scope, brands ...string) (exists bool, names map[string]string, err error)
	// OpenInvitationsOf returns a page of the open invitations of an address, given in its compared form, or to workspaces of a user, wherever
	// they lead.
	OpenInvitationsOf(ctx context.Context, invitee string, after page.Position) ([]invitation.Invitation, page.Position, error)
	// OpenInvitationsIn returns a page of the pending invitations to a scope, to an organization with those to its brands.
	OpenInvitationsIn(ctx context.Context, scope access.Scope, after page.Position) ([]invitation.Invitation, page.Position, error)
	// OpenRequestsIn returns a page of the open access requests in an organization.
	OpenRequestsIn(ctx context.Context, organization access.Scope, after page.Position) ([]accessrequest.AccessRequest, page.Position, error)
	// DropBrands stores that the member of the organization holds nothing in brands that are deleted. request.Overtaken when the membership has
	// changed since it was read.
	DropBrands(ctx context.Context, after member.Membership, brands []string) error
	// EraseMember removes the membership of a deleted organization or workspace with its copies in brands. request.Overtaken when it has changed since it was read.
	EraseMember(ctx context.Context, m member.Membership) error
	// EraseCopy removes what a brand's list has of somebody who holds nothing there.
	EraseCopy(ctx context.Context, brand access.Scope, user string) error
	// EraseEntries removes what is left in the search of a deleted scope.
	EraseEntries(ctx context.Context, scope access.Scope) error
	// EraseMailStops forgets which addresses get no mails about a deleted organization or workspace.
	EraseMailStops(ctx context.Context, root access.Scope) error
	// EraseRoles removes the roles of a deleted workspace.
	EraseRoles(ctx context.Context, workspace access.Scope) error
}

// CleanUp is the operation clean-up.
type CleanUp struct {
	Store       CleanUpStore
	Roles       RoleStore
	Indexes     Indexes
	Reassign    member.Reassign
	Invitations invitation.Close
	Offers      invitation.Refit
	Requests    accessrequest.Close
}

// CleanUpEvents returns the types of the events that call for cleaning up; the rule of the bus names the same.
func CleanUpEvents() []string {
	return []string{
		event.TypeOf(event.MemberAdded{}), event.TypeOf(event.MemberRoleChanged{}), event.TypeOf(event.MemberRemoved{}),
		event.TypeOf(event.BrandUpdated{}), event.TypeOf(event.BrandDeleted{}),
		event.TypeOf(event.OrganizationUpdated{}), event.TypeOf(event.OrganizationDeleted{}),
		event.TypeOf(event.WorkspaceUpdated{}), event.TypeOf(event.WorkspaceDeleted{}),
		event.TypeOf(event.RoleUpdated{}), event.TypeOf(event.RoleDeleted{}),
		event.TypeOf(event.InvitationCreated{}), event.TypeOf(event.InvitationResent{}), event.TypeOf(event.AccessRequestCreated{}),
	}
}

// Do does what an event calls for. An error says that it is to be tried again: then it goes on with what is left, however far it came.
func (op CleanUp) Do(ctx context.Context, received event.Envelope) error {
	if !slices.Contains(CleanUpEvents(), received.DetailType) {
		return nil
	}
	metadata := received.Detail.Metadata
	because := metadata.CorrelationID
	op.Invitations.CorrelationID, op.Offers.CorrelationID, op.Requests.CorrelationID, op.Reassign.CorrelationID = because, because, because, because
	fact, err := received.Fact()
	if err == nil {
		err = op.follow(ctx, metadata, fact)
	}
	if err != nil {
		return fmt.Errorf("event %s: %w", metadata.ID, err)
	}
	return nil
}

func (op CleanUp) follow(ctx context.Context, metadata event.Metadata, fact event.Fact) error {
	root := metadata.Scope.Root()
	switch fact := fact.(type) {
	case event.MemberAdded:
		return op.settle(ctx, root, fact.User.ID, nil)
	case event.MemberRoleChanged:
		return op.settle(ctx, root, fact.User.ID, nil)
	case event.MemberRemoved:
		return op.settle(ctx, root, fact.User.ID, &removal{scope: metadata.Scope, at: metadata.OccurredAt})
	case event.BrandUpdated:
		return op.refitBrand(ctx, access.Brand(root.Organization, fact.Brand))
	case event.OrganizationUpdated:
		if fact.Before.Name == fact.After.Name {
			return nil
		}
		return op.refit(ctx, root, func(i invitation.Invitation) bool { return i.Scope == root })
	case event.BrandDeleted:
		return op.dissolveBrand(ctx, access.Brand(root.Organization, fact.Brand))
	case event.OrganizationDeleted:
		return op.dissolve(ctx, root)
	case event.WorkspaceUpdated:
		return op.refit(ctx, root, func(invitation.Invitation) bool { return true })
	case event.WorkspaceDeleted:
		return op.dissolve(ctx, root)
	case event.RoleUpdated:
		if fact.Before.Name == fact.After.Name {
			return nil
		}
		return op.refitRole(ctx, root, fact.Role)
	case event.RoleDeleted:
		if err := op.refitRole(ctx, root, fact.Role); err != nil || fact.ReassignedTo == nil { // it means nothing, and nobody is to have another one
			return err
		}
		op.Reassign.Deleted, op.Reassign.Reason = fact.Role, fact.Reason
		return op.reassign(ctx, root, fact.Role)
	case event.InvitationCreated:
		return op.hold(ctx, metadata.Scope, fact.Invitation)
	case event.InvitationResent:
		return op.hold(ctx, metadata.Scope, fact.Invitation)
	case event.AccessRequestCreated:
		return op.requested(ctx, root, fact.AccessRequest.Requester.ID, metadata.OccurredAt)
	}
	return nil
}

// removal is when somebody was taken out of a scope, or left it. What they were offered later is another matter.
type removal struct {
	scope access.Scope
	at    time.Time
}

// covers reports whether the removal ends an invitation.
func (r *removal) covers(i invitation.Invitation) bool {
	return r != nil && !i.SentAt.After(r.at) && (i.Scope == r.scope || i.Scope.Root() == r.scope)
}

// settle follows a change of what somebody holds in an organization or a workspace: what was granted in what is deleted goes, and so do open invitations and
// requests that offer nothing more (R17), all those of somebody who was removed.
func (op CleanUp) settle(ctx context.Context, organization access.Scope, user string, out *removal) error {
	subject, _, err := op.shed(ctx, organization, user)
	if err != nil {
		return err
	}
	if organization.Kind() == access.KindWorkspace {
		if subject.Member != nil && subject.Member.Alias != "" { // given a role while it was being deleted
			if _, err := op.Reassign.Do(ctx, organization, user); err != nil {
				return err
			}
		}
		return op.settleInvitations(ctx, organization, subject, out, user)
	}
	reason, until := accessrequest.ReasonJoined, farAway
	if out != nil && out.scope == organization && subject.Member == nil {
		reason, until = accessrequest.ReasonRemoved, out.at
	}
	if err := op.Requests.Do(ctx, organization, user, reason, until); err != nil {
		return err
	}
	who := subject.User
	if who == nil || !who.EmailVerified {
		return nil
	}
	return op.settleInvitations(ctx, organization, subject, out, account.EmailKey(who.Email))
}

// settleInvitations closes those of the invitee's open invitations that have become pointless.
func (op CleanUp) settleInvitations(ctx context.Context, organization access.Scope, subject Subject, out *removal, invitee string) error {
	return pages(ctx, func(after page.Position) ([]invitation.Invitation, page.Position, error) {
		return op.Store.OpenInvitationsOf(ctx, invitee, after)
	}, func(ctx context.Context, i invitation.Invitation) error {
		switch {
		case i.Scope.Root() != organization:
			return nil
		case out.covers(i):
			return op.Invitations.Do(ctx, i.Reference(), invitation.ReasonRemoved, out.covers)
		default:
			return op.Invitations.Do(ctx, i.Reference(), invitation.ReasonJoined, func(now invitation.Invitation) bool {
				return subject.Member != nil && !access.Adds(subject.Member.Grant(), now.Offer())
			})
		}
	})
}

// farAway is after all that has happened.
var farAway = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// shed takes from somebody what they hold in deleted brands, or all of it in a deleted organization, and from the search before: what is still
// held shows that there is something to do. It returns the person as they are then, and whether anything was taken.
func (op CleanUp) shed(ctx context.Context, organization access.Scope, user string) (subject Subject, shed bool, err error) {
	for range attempts {
		subject, err = op.Indexes.Store.Subject(ctx, organization, user)
		if err != nil || subject.Member == nil {
			return subject, shed, err
		}
		gone := subject.gone()
		if subject.Exists && len(gone) == 0 {
			return subject, shed, nil
		}
		if err := op.Indexes.Person(ctx, organization, user); err != nil {
			return subject, shed, err
		}
		if subject.Exists {
			after := subject.Member.Among(subject.Brands)
			after.Version++
			err = op.Store.DropBrands(ctx, after, gone)
		} else {
			err = op.Store.EraseMember(ctx, *subject.Member)
		}
		if err != nil && !request.IsOvertaken(err) {
			return subject, shed, err
		}
		shed = shed || err == nil
	}
	return subject, shed, fmt.Errorf("%s in %s changes all the time", user, organization)
}

// gone returns the member's brands that do not exist any more.
func (s Subject) gone() []string {
	var gone []string
	for _, b := range s.Member.Brands {
		if _, exists := s.Brands[b.ID]; !exists {
			gone = append(gone, b.ID)
		}
	}
	return gone
}

// dissolveBrand removes what is left of a deleted brand. Each person's part is done at once and is then gone from the list that this works
// through, so that another attempt begins with what is left.
func (op CleanUp) dissolveBrand(ctx context.Context, brand access.Scope) error {
	if exists, _, err := op.Store.ScopeExists(ctx, brand); err != nil || exists {
		return err
	}
	err := pages(ctx, func(after page.Position) ([]string, page.Position, error) {
		return op.Indexes.Store.MembersIn(ctx, brand, after)
	}, func(ctx context.Context, user string) error {
		_, shed, err := op.shed(ctx, brand.Root(), user)
		if err != nil || shed {
			return err
		}
		return op.Store.EraseCopy(ctx, brand, user)
	})
	if err != nil {
		return err
	}
	if err := op.closeAll(ctx, brand); err != nil {
		return err
	}
	if err := op.refitBrand(ctx, brand); err != nil {
		return err
	}
	if err := op.lessenRequests(ctx, brand); err != nil {
		return err
	}
	return op.Store.EraseEntries(ctx, brand)
}

// dissolve removes what is left of a deleted organization or workspace, as dissolveBrand does. Its log stays, and so do the names of its brands.
func (op CleanUp) dissolve(ctx context.Context, root access.Scope) error {
	if exists, _, err := op.Store.ScopeExists(ctx, root); err != nil || exists {
		return err
	}
	err := pages(ctx, func(after page.Position) ([]string, page.Position, error) {
		return op.Indexes.Store.MembersIn(ctx, root, after)
	}, func(ctx context.Context, user string) error {
		_, _, err := op.shed(ctx, root, user)
		return err
	})
	if err != nil {
		return err
	}
	if err := op.closeAll(ctx, root); err != nil {
		return err
	}
	rest := op.closeRequests
	if root.Kind() == access.KindWorkspace {
		rest = op.Store.EraseRoles
	}
	if err := rest(ctx, root); err != nil {
		return err
	}
	if err := op.Store.EraseMailStops(ctx, root); err != nil {
		return err
	}
	return op.Store.EraseEntries(ctx, root)
}

// closeRequests closes the open access requests of a deleted organization.
func (op CleanUp) closeRequests(ctx context.Context, organization access.Scope) error {
	return op.requests(ctx, organization, func(ctx context.Context, r accessrequest.AccessRequest) error {
		return op.Requests.Do(ctx, organization, r.Requester.ID, accessrequest.ReasonDeleted, farAway)
	})
}

// lessenRequests closes those open access requests that ask for nothing more once a brand is deleted, because the person has the rest (R17).
func (op CleanUp) lessenRequests(ctx context.Context, brand access.Scope) error {
	return op.requests(ctx, brand.Root(), func(ctx context.Context, r accessrequest.AccessRequest) error {
		if !slices.ContainsFunc(r.WantedBrands, func(b accessrequest.Named) bool { return b.ID == brand.Brand }) {
			return nil
		}
		return op.Requests.Do(ctx, brand.Root(), r.Requester.ID, accessrequest.ReasonJoined, farAway)
	})
}

// requests does something with each open access request in an organization.
func (op CleanUp) requests(ctx context.Context, organization access.Scope, do func(context.Context, accessrequest.AccessRequest) error) error {
	return pages(ctx, func(after page.Position) ([]accessrequest.AccessRequest, page.Position, error) {
		return op.Store.OpenRequestsIn(ctx, organization, after)
	}, do)
}

// closeAll closes the open invitations to a deleted scope.
func (op CleanUp) closeAll(ctx context.Context, scope access.Scope) error {
	return pages(ctx, func(after page.Position) ([]invitation.Invitation, page.Position, error) {
		return op.Store.OpenInvitationsIn(ctx, scope, after)
	}, func(ctx context.Context, i invitation.Invitation) error {
		return op.Invitations.Do(ctx, i.Reference(), invitation.ReasonDeleted, func(invitation.Invitation) bool { return true })
	})
}

// refitBrand has the open invitations that lead to a brand, or offer something in it, say what has become of it.
func (op CleanUp) refitBrand(ctx context.Context, brand access.Scope) error {
	return op.refit(ctx, brand.Root(), func(i invitation.Invitation) bool {
		return i.Scope == brand || slices.ContainsFunc(i.Brands, func(b access.BrandRole) bool { return b.ID == brand.Brand })
	})
}

// refitRole does the same with those that offer a role of a workspace.
func (op CleanUp) refitRole(ctx context.Context, workspace access.Scope, role access.Role) error {
	return op.refit(ctx, workspace, func(i invitation.Invitation) bool { return i.Role == role })
}

// refit has the open invitations to an organization or a workspace that are concerned say what is there now.
func (op CleanUp) refit(ctx context.Context, root access.Scope, concerned func(invitation.Invitation) bool) error {
	return pages(ctx, func(after page.Position) ([]invitation.Invitation, page.Position, error) {
		return op.Store.OpenInvitationsIn(ctx, root, after)
	}, func(ctx context.Context, i invitation.Invitation) error {
		if !concerned(i) {
			return nil
		}
		return op.Offers.Do(ctx, i.Reference())
	})
}

// hold follows an invitation that was made while its scope, or what it offers, was being deleted or renamed.
func (op CleanUp) hold(ctx context.Context, scope access.Scope, made event.Invitation) error {
	var offered []string
	for _, b := range made.Offer.Brands {
		offered = append(offered, b.ID)
	}
	exists, names, err := op.Store.ScopeExists(ctx, scope, offered...)
	if err != nil {
		return err
	}
	ref := invitation.Reference{Root: scope.Root(), ID: made.ID}
	if !exists {
		return op.Invitations.Do(ctx, ref, invitation.ReasonDeleted, func(invitation.Invitation) bool { return true })
	}
	stale := slices.ContainsFunc(made.Offer.Brands, func(b access.BrandRole) bool { return names[b.ID] != b.Name })
	if stale || scope.Kind() == access.KindWorkspace { // which looks at the role itself
		return op.Offers.Do(ctx, ref)
	}
	return nil
}

// requested closes a request that was made while its person got in, or while the organization was being deleted.
func (op CleanUp) requested(ctx context.Context, organization access.Scope, user string, at time.Time) error {
	exists, _, err := op.Store.ScopeExists(ctx, organization)
	if err != nil {
		return err
	}
	reason := accessrequest.ReasonJoined
	if !exists {
		reason = accessrequest.ReasonDeleted
	}
	return op.Requests.Do(ctx, organization, user, reason, at)
}
