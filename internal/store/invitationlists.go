package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/page"
)

// invitationIndex returns where a scope's invitations are listed: an organization's include its brands'.
func invitationIndex(scope access.Scope) (index, partition string) {
	if scope.Kind() == access.KindBrand {
		return "GSI2", invitationsOf(scope)
	}
	return "GSI1", allInvitationsOf(scope)
}

// invitationSegments returns what a list of invitations is made of. Pending ones sort by expiry, so the clock divides them into
// open and expired, and a filter reads what it returns. Without a filter one descending range does: the names of the statuses happen
// to sort undelivered, pending, invalid_grant, expired, declined, closed, accepted.
func invitationSegments(scope access.Scope, filter invitation.Filter, now time.Time) []segment {
	index, partition := invitationIndex(scope)
	pendingPrefix := string(invitation.Pending) + "#"
	undeliveredPrefix := undelivered + "#"
	between := func(from, to string) segment {
		return segment{index: index, partition: partition, from: from, to: to}
	}
	open := func(prefix string) segment { return between(prefix+keyTime(now.Add(time.Second)), after(prefix)) }
	lapsed := func(prefix string) segment { return between(prefix, after(prefix+keyTime(now)+"#")) }
	switch filter {
	case invitation.FilterAll:
		all := prefixed(index, partition, "")
		all.backwards = true
		return []segment{all}
	case invitation.Filter(invitation.Pending):
		return []segment{open(undeliveredPrefix), open(pendingPrefix)}
	case invitation.FilterDeliveryFailed:
		return []segment{open(undeliveredPrefix)}
	case invitation.Filter(invitation.Expired):
		return []segment{lapsed(undeliveredPrefix), lapsed(pendingPrefix), prefixed(index, partition, string(invitation.Expired)+"#")}
	default:
		settled := prefixed(index, partition, string(filter)+"#")
		settled.backwards = true
		return []segment{settled}
	}
}

// Invitations implements invitation.ListStore.
func (t *Table) Invitations(ctx context.Context, read invitation.ListRead) (access.Standing, []invitation.Invitation, page.Position, error) {
	var a authority
	var g gets
	a.collect(&g, read.Scope, read.Caller)
	fresh := map[string]invitationItem{}
	for _, id := range read.Fresh {
		getInto(&g, invitationKey(read.Scope.Root(), id), fresh, id)
	}
	listing, err := newListing[invitationItem](t, invitationSegments(read.Scope, read.Filter, read.Now), read.Limit, read.After)
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, "", err
	}
	items, next := listing.page()
	found := []invitation.Invitation{}
	for _, id := range read.Fresh {
		item, exists := fresh[id]
		if i := a.invitation(&item); exists && read.After == "" && belongs(*i, read) {
			found = append(found, *i)
		}
	}
	for i := range items {
		if !slices.Contains(read.Fresh, items[i].ID) { // those are shown as the table has them, or not at all
			found = append(found, *a.invitation(&items[i]))
		}
	}
	return a.standing(), found, next, nil
}

// belongs reports whether an invitation is in the scope and passes the filter.
func belongs(i invitation.Invitation, read invitation.ListRead) bool {
	if read.Scope.Kind() == access.KindBrand && i.Scope != read.Scope {
		return false
	}
	status := i.StatusAt(read.Now)
	switch read.Filter {
	case invitation.FilterAll:
		return true
	case invitation.FilterDeliveryFailed:
		return status == invitation.Pending && strings.HasPrefix(invitationPlace(i), undelivered)
	default:
		return invitation.Filter(status) == read.Filter
	}
}

// openFor is what is open at now for an invitee, by expiry.
func openFor(invitee string, now time.Time) segment {
	return segment{index: "GSI1", partition: invitedTo(invitee, now, "").PK, from: keyTime(now.Add(time.Second)), to: after("")}
}

// CountInvited implements invitation.CountStore.
func (t *Table) CountInvited(ctx context.Context, user string, now time.Time) (int, error) {
	var n int
	err := t.round(ctx, t.count(openFor(user, now), &n)) // whoever is invited by address is invited to an organization
	return n, err
}

// maxOpenRead is how many of somebody's open invitations, of whatever organization, are looked through for those of one.
const maxOpenRead = 100

// InvitedBy implements invitation.ElsewhereStore.
func (t *Table) InvitedBy(ctx context.Context, caller string, organization access.Scope, addresses []string, now time.Time) (access.Standing, []invitation.Invitation, error) {
	var a authority
	var g gets
	a.collect(&g, organization, caller)
	parts, open := []func(context.Context) error{t.load(&g)}, make([]*listing[openItem], len(addresses))
	for n, address := range addresses {
		var err error
		if open[n], err = newListing[openItem](t, []segment{openFor(address, now)}, maxOpenRead, ""); err != nil {
			return access.Standing{}, nil, err
		}
		parts = append(parts, open[n].read)
	}
	if err := t.round(ctx, parts...); err != nil {
		return access.Standing{}, nil, err
	}
	var found []invitation.Invitation
	for _, one := range open {
		items, _ := one.page()
		for _, i := range openInvitations(items) {
			if i.Scope.Root() == organization {
				found = append(found, i)
			}
		}
	}
	return a.standing(), found, nil
}

// The segments of somebody's open invitations.
const (
	byAddress = iota // known when the user is
	byAccount
)

// MyInvitations implements invitation.MineStore.
func (t *Table) MyInvitations(ctx context.Context, read invitation.MineRead) (account.User, []invitation.Offered, page.Position, error) {
	var (
		who  *userItem
		g    gets
		more gets
		none account.User
	)
	get(&g, userKey(read.User), &who)
	listing, err := newListing[openItem](t, []segment{byAddress: {}, byAccount: openFor(read.User, read.Now)}, read.Limit, read.After)
	if err != nil {
		return none, nil, "", err
	}
	first := []func(context.Context) error{t.load(&g)}
	if read.Kind != access.KindOrganization {
		first = append(first, func(ctx context.Context) error { return listing.readOne(ctx, byAccount) })
	}
	if err := t.round(ctx, first...); err != nil {
		return none, nil, "", err
	}
	if who == nil {
		return none, nil, "", account.ErrNotRegistered()
	}
	workspaces := map[string]*authority{}
	for _, item := range listing.found[byAccount].items {
		scope, _ := access.ParseScope(item.value.Scope) // we wrote it
		workspaces[item.value.Scope] = new(authority)
		workspaces[item.value.Scope].collectScope(&more, scope)
	}
	second := []func(context.Context) error{t.load(&more)}
	if who.EmailVerified && read.Kind != access.KindWorkspace {
		listing.segments[byAddress] = openFor(account.EmailKey(who.Email), read.Now)
		second = append(second, func(ctx context.Context) error { return listing.readOne(ctx, byAddress) })
	}
	if err := t.round(ctx, second...); err != nil {
		return none, nil, "", err
	}
	items, next := listing.page()
	found := make([]invitation.Offered, len(items))
	for i, open := range openInvitations(items) {
		found[i].Invitation = open
		if workspace := workspaces[items[i].Scope]; workspace != nil {
			found[i].Workspace = workspace.standing()
		}
	}
	return *who.user(), found, next, nil
}

func openInvitations(items []openItem) []invitation.Invitation {
	found := []invitation.Invitation{}
	for _, item := range items {
		i := item.invitation()
		i.SentAt, i.Version = item.SentAt, item.Version
		found = append(found, i)
	}
	return found
}

// offeredAs is what is open at now in a workspace and offers a role, by expiry.
func offeredAs(workspace access.Scope, role access.Role, now time.Time) segment {
	return segment{index: "GSI2", partition: invitedAs(workspace, role, now, "").PK, from: keyTime(now) + "$", to: after("")}
}

// Offering implements invitation.OfferingStore.
func (t *Table) Offering(ctx context.Context, caller string, workspace access.Scope, role access.Role, now time.Time, limit int) (access.Standing, []invitation.Invitation, error) {
	var a authority
	var g gets
	a.collect(&g, workspace, caller)
	listing, err := newListing[openItem](t, []segment{offeredAs(workspace, role, now)}, limit, "")
	if err != nil {
		return access.Standing{}, nil, err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, err
	}
	items, _ := listing.page()
	return a.standing(), openInvitations(items), nil
}
