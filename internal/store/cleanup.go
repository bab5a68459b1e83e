package store

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// ScopeExists implements upkeep.CleanUpStore.
func (t *Table) ScopeExists(ctx context.Context, scope access.Scope, brands ...string) (exists bool, names map[string]string, err error) {
	var a authority
	found := map[string]brandRecord{}
	var g gets
	a.collectScope(&g, scope)
	for _, id := range brands {
		getInto(&g, brandKey(scope.Organization, id), found, id)
	}
	err = t.round(ctx, t.load(&g))
	return a.exists(), brandNames(found), err
}

// OpenInvitationsOf implements upkeep.CleanUpStore.
func (t *Table) OpenInvitationsOf(ctx context.Context, invitee string, after page.Position) ([]invitation.Invitation, page.Position, error) {
	items, next, err := pageOf[openItem](ctx, t, prefixed("GSI1", invitedTo(invitee, time.Time{}, "").PK, ""), after)
	var open []invitation.Invitation
	for _, item := range items {
		i := item.invitation()
		i.SentAt, i.Version = item.SentAt, item.Version
		open = append(open, i)
	}
	return open, next, err
}

// OpenInvitationsIn implements upkeep.CleanUpStore.
func (t *Table) OpenInvitationsIn(ctx context.Context, scope access.Scope, after page.Position) ([]invitation.Invitation, page.Position, error) {
	items, next, err := pageOfAll[invitationItem](ctx, t, invitationSegments(scope, invitation.Filter(invitation.Pending), time.Time{}), after)
	var open []invitation.Invitation
	for i := range items {
		open = append(open, *items[i].value())
	}
	return open, next, err
}

// OpenRequestsIn implements upkeep.CleanUpStore.
func (t *Table) OpenRequestsIn(ctx context.Context, organization access.Scope, after page.Position) ([]accessrequest.AccessRequest, page.Position, error) {
	s := prefixed("GSI2", requestsPartition(organization), string(accessrequest.Pending)+"#")
	items, next, err := pageOf[accessRequestItem](ctx, t, s, after)
	var open []accessrequest.AccessRequest
	for i := range items {
		open = append(open, *items[i].value())
	}
	return open, next, err
}

// DropBrands implements upkeep.CleanUpStore.
func (t *Table) DropBrands(ctx context.Context, after member.Membership, brands []string) error {
	writes := []write{put(t, newMemberItem(after), overtaken, "'version' = ?", after.Version-1)}
	for _, id := range brands {
		writes = append(writes, remove(t, memberKey(access.Brand(after.Scope.Organization, id), after.User.ID), overtaken, ""))
	}
	return t.commit(ctx, writes)
}

// EraseMember implements upkeep.CleanUpStore.
func (t *Table) EraseMember(ctx context.Context, m member.Membership) error {
	writes := []write{remove(t, memberKey(m.Scope, m.User.ID), overtaken, "attribute_not_exists(PK) OR 'version' = ?", m.Version)}
	for _, b := range m.Brands {
		writes = append(writes, remove(t, memberKey(access.Brand(m.Scope.Organization, b.ID), m.User.ID), overtaken, ""))
	}
	return t.commit(ctx, writes)
}

// EraseCopy implements upkeep.CleanUpStore.
func (t *Table) EraseCopy(ctx context.Context, brand access.Scope, user string) error {
	return t.commit(ctx, []write{remove(t, memberKey(brand, user), overtaken, "")})
}

// EraseEntries implements upkeep.CleanUpStore.
func (t *Table) EraseEntries(ctx context.Context, scope access.Scope) error {
	return t.erase(ctx, segment{partition: searchPartition(scope), from: " ", to: "~" + behindWords})
}

// EraseRoles implements upkeep.CleanUpStore.
func (t *Table) EraseRoles(ctx context.Context, workspace access.Scope) error {
	return t.erase(ctx, prefixed("", partition(workspace), rolePrefix))
}

// EraseMailStops implements upkeep.CleanUpStore.
func (t *Table) EraseMailStops(ctx context.Context, root access.Scope) error {
	return t.erase(ctx, segment{partition: mailStopKey(root, "").PK, from: " ", to: "~"})
}

// erase removes all items of a segment of the table itself, in pages. Another attempt begins with what is left.
func (t *Table) erase(ctx context.Context, all segment) error {
	for {
		items, next, err := pageOf[struct{ PK, SK string }](ctx, t, all, "")
		if err != nil || len(items) == 0 {
			return err
		}
		var writes []write
		for _, item := range items {
			writes = append(writes, remove(t, key{item.PK, item.SK}, overtaken, ""))
		}
		if err := t.commit(ctx, writes); err != nil || next == "" {
			return err
		}
	}
}
