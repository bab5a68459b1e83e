package store

import (
	"context"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// memberSegments returns what a list of members is made of. Whoever is in a brand: the organization's Admins, then the brand's own.
func memberSegments(scope access.Scope, role access.Role) []segment {
	own := prefixed("GSI2", membersPartition(scope), "")
	if role != "" {
		own = prefixed("GSI2", membersPartition(scope), membersPrefix(role))
	}
	if scope.Kind() == access.KindBrand && (role == "" || role == access.Admin) {
		admins := prefixed("GSI2", membersPartition(scope.Root()), membersPrefix(access.Admin))
		return []segment{admins, own}
	}
	return []segment{own}
}

// Members implements member.ListStore.
func (t *Table) Members(ctx context.Context, read member.ListRead) (access.Standing, []member.Membership, page.Position, error) {
	var a authority
	var g gets
	a.collect(&g, read.Scope, read.Caller)
	fresh := map[string]memberFields{}
	for _, user := range read.Fresh {
		getInto(&g, memberKey(read.Scope.Root(), user), fresh, user)
	}
	listing, err := newListing[memberFields](t, memberSegments(read.Scope, read.Role), read.Limit, read.After)
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, "", err
	}
	items, next := listing.page()
	members := make([]member.Membership, 0, len(read.Fresh)+len(items))
	for _, user := range read.Fresh {
		if item, found := fresh[user]; found && read.After == "" {
			if m := a.membership(&item).In(read.Scope); m != nil && (read.Role == "" || m.HasRole(read.Role)) {
				members = append(members, *m)
			}
		}
	}
	for i := range items {
		m := a.membership(&items[i])
		if slices.Contains(read.Fresh, m.User.ID) {
			continue // shown as the table has it
		}
		if m.Scope != read.Scope { // an Organization Admin in a brand's list
			m = m.In(read.Scope)
		}
		members = append(members, *m)
	}
	return a.standing(), members, next, nil
}

// MyAccess implements member.MyAccessStore.
func (t *Table) MyAccess(ctx context.Context, read member.MyAccessRead) ([]member.Membership, page.Position, error) {
	fresh := slices.DeleteFunc(slices.Clone(read.Fresh), func(scope access.Scope) bool { return read.Kind != nil && scope.Kind() != *read.Kind })
	var g gets
	pinned := map[string]memberFields{}
	for _, scope := range fresh {
		getInto(&g, memberKey(scope, read.User), pinned, scope.String())
	}
	listing, err := newListing[memberFields](t, []segment{membershipSegment(read.User, read.Kind)}, read.Limit, read.After)
	if err != nil {
		return nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return nil, "", err
	}
	items, next := listing.page()
	var found []*member.Membership
	for _, scope := range fresh {
		if item, ok := pinned[scope.String()]; ok {
			found = append(found, item.membership())
		}
	}
	for i := range items {
		m := items[i].membership()
		if !slices.Contains(fresh, m.Scope) {
			found = append(found, m)
		}
	}
	memberships, err := t.named(ctx, found)
	return memberships, next, err
}

// membershipSegment returns where somebody's memberships are, in one kind of scope or in all.
func membershipSegment(user string, kind *access.Kind) segment {
	prefix := ""
	if kind != nil {
		prefix = membershipsPrefix(*kind)
	}
	return prefixed("GSI1", membershipsPartition(user), prefix)
}

// named returns the memberships whose scope exists, with its name and, in a workspace, that of the role.
func (t *Table) named(ctx context.Context, found []*member.Membership) ([]member.Membership, error) {
	var g gets
	around := make([]authority, len(found))
	for i, m := range found {
		around[i].collectScope(&g, m.Scope)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return nil, err
	}
	memberships := []member.Membership{}
	for i, m := range found {
		if around[i].exists() {
			memberships = append(memberships, around[i].named(*m))
		}
	}
	return memberships, nil
}

// Counts implements member.CountStore.
func (t *Table) Counts(ctx context.Context, caller string, scope access.Scope, now time.Time) (access.Standing, member.Counts, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	members := t.counting(memberSegments(scope, ""))
	open := t.counting(invitationSegments(scope, invitation.Filter(invitation.Pending), now))
	asked := counting{}
	if scope.Kind() == access.KindOrganization { // a brand has none
		asked = t.counting(accessRequestSegments(scope, accessrequest.Pending))
	}
	err := t.round(ctx, slices.Concat(members.parts, open.parts, asked.parts, []func(context.Context) error{t.load(&g)})...)
	return a.standing(), member.Counts{Members: members.sum(), Invitations: open.sum(), Requests: asked.sum()}, err
}

// counting counts the items of segments side by side.
type counting struct {
	parts  []func(context.Context) error
	counts []int
}

func (t *Table) counting(segments []segment) counting {
	c := counting{counts: make([]int, len(segments))}
	for i, s := range segments {
		c.parts = append(c.parts, t.count(s, &c.counts[i]))
	}
	return c
}

func (c counting) sum() int {
	total := 0
	for _, n := range c.counts {
		total += n
	}
	return min(total, member.CountCap)
}

// count counts the items of a segment until there are member.CountCap. Large items take a further request, since an answer ends
// after a megabyte.
func (t *Table) count(s segment, out *int) func(context.Context) error {
	return func(ctx context.Context) error {
		query, err := t.query(s, place{})
		if err != nil {
			return err
		}
		*out, err = query.SearchLimit(member.CountCap).Count(ctx)
		return err
	}
}
