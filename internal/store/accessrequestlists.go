package store

import (
	"context"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/page"
)

// accessRequestSegments returns what a list of access requests is made of: of one status, or the pending ones and then the others, which
// sort around them.
func accessRequestSegments(scope access.Scope, status accessrequest.Status) []segment {
	partition := requestsPartition(scope)
	of := func(status accessrequest.Status) segment {
		s := prefixed("GSI2", partition, string(status)+"#")
		s.backwards = status != accessrequest.Pending // who waits longest comes first
		return s
	}
	if status != "" {
		return []segment{of(status)}
	}
	pending := of(accessrequest.Pending)
	return []segment{
		pending,
		{index: "GSI2", partition: partition, from: pending.to, to: after(""), backwards: true}, // withdrawn, rejected
		{index: "GSI2", partition: partition, from: " ", to: pending.from, backwards: true},     // closed, approved
	}
}

// AccessRequests implements accessrequest.ListStore.
func (t *Table) AccessRequests(ctx context.Context, read accessrequest.ListRead) (access.Standing, []accessrequest.AccessRequest, page.Position, error) {
	var a authority
	var g gets
	a.collect(&g, read.Scope, read.Caller)
	fresh := map[string]accessRequestItem{}
	for _, id := range read.Fresh {
		getInto(&g, accessRequestKey(read.Scope, id), fresh, id)
	}
	listing, err := newListing[accessRequestItem](t, accessRequestSegments(read.Scope, read.Status), read.Limit, read.After)
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, "", err
	}
	items, next := listing.page()
	found := []accessrequest.AccessRequest{}
	for _, id := range read.Fresh {
		item, exists := fresh[id]
		if exists && read.After == "" && (read.Status == "" || string(read.Status) == item.Status) {
			found = append(found, *item.value())
		}
	}
	for i := range items {
		if !slices.Contains(read.Fresh, items[i].ID) { // those are shown as the table has them, or not at all
			found = append(found, *items[i].value())
		}
	}
	return a.standing(), found, next, nil
}

// MyRequests implements accessrequest.MineStore.
func (t *Table) MyRequests(ctx context.Context, user string, limit int, position page.Position) ([]accessrequest.AccessRequest, page.Position, error) {
	mine := prefixed("GSI1", "REQUESTER#"+user, "")
	mine.backwards = true
	listing, err := newListing[accessRequestItem](t, []segment{mine}, limit, position)
	if err != nil {
		return nil, "", err
	}
	if err := t.round(ctx, listing.read); err != nil {
		return nil, "", err
	}
	items, next := listing.page()
	found := []accessrequest.AccessRequest{}
	for i := range items {
		found = append(found, *items[i].value())
	}
	return found, next, nil
}
