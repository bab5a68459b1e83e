package store

import (
	"context"
	"errors"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/audit"
	"prism-access/internal/member"
)

// JoinGround implements accessrequest.AskStore.
func (t *Table) JoinGround(ctx context.Context, scope access.Scope, user string, brands []string) (accessrequest.Ground, error) {
	var (
		g          gets
		o          *organizationItem
		who        *userItem
		membership *memberFields
		guard      *requestedItem
		existing   = map[string]brandRecord{}
	)
	get(&g, organizationKey(scope.Organization), &o)
	get(&g, userKey(user), &who)
	get(&g, memberKey(scope, user), &membership)
	get(&g, requestedKey(scope, user), &guard)
	for _, id := range brands {
		getInto(&g, brandKey(scope.Organization, id), existing, id)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return accessrequest.Ground{}, err
	}
	ground := accessrequest.Ground{User: who.user(), Member: membership.membership(), Before: guard.before(), Brands: brandNames(existing)}
	if o.exists() {
		ground.Organization = o.organization()
	}
	return ground, nil
}

// mostInvitations is how many of somebody's open invitations are looked through: a request's worth.
const mostInvitations = 1000

func (t *Table) invitedInto(scope access.Scope, emailKey string, now time.Time, out **accessrequest.Invited) func(context.Context) error {
	mine := segment{index: "GSI1", partition: invitedTo(emailKey, now, "").PK, from: keyTime(now.Add(time.Second)), to: after("")}
	return func(ctx context.Context) error {
		found, err := queryOne[openItem](ctx, t, mine, 0, mostInvitations, place{})
		for _, item := range found.items {
			if i := item.value.invitation(); *out == nil && i.Scope.Root() == scope {
				*out = &accessrequest.Invited{ID: i.ID, Scope: i.Scope, Version: item.value.Version}
			}
		}
		return err
	}
}

// InvitedTo implements accessrequest.CreateStore.
func (t *Table) InvitedTo(ctx context.Context, scope access.Scope, emailKey string, now time.Time) (*accessrequest.Invited, error) {
	var invited *accessrequest.Invited
	err := t.round(ctx, t.invitedInto(scope, emailKey, now, &invited))
	return invited, err
}

// JoinDetails implements accessrequest.JoinStore.
func (t *Table) JoinDetails(ctx context.Context, scope access.Scope, emailKey string, now time.Time, withBrands bool) (*accessrequest.Invited, []accessrequest.Named, error) {
	var invited *accessrequest.Invited
	var brands []accessrequest.Named
	parts := []func(context.Context) error{t.invitedInto(scope, emailKey, now, &invited)}
	if withBrands {
		parts = append(parts, t.allBrands(scope, &brands))
	}
	err := t.round(ctx, parts...)
	return invited, brands, err
}

// allBrands reads all brands of an organization: with 1,000 of them a megabyte at most, and so a request or two.
func (t *Table) allBrands(scope access.Scope, out *[]accessrequest.Named) func(context.Context) error {
	return func(ctx context.Context) error {
		query, err := t.query(prefixed("", partition(scope), brandPrefix), place{})
		if err != nil {
			return err
		}
		var records []brandRecord
		if err := collect(ctx, query, &records); err != nil {
			return err
		}
		for i := range records {
			if records[i].exists() {
				*out = append(*out, accessrequest.Named{ID: records[i].ID, Name: records[i].Name})
			}
		}
		return nil
	}
}

// accessRequestsPerHour is how often somebody may ask for access in an hour, whichever the organizations (R27).
const accessRequestsPerHour = 5

// CreateRequest implements accessrequest.CreateStore.
func (t *Table) CreateRequest(ctx context.Context, created accessrequest.AccessRequest, now time.Time, trail audit.Trail) error {
	user := created.Requester.ID
	asked := func(old dynamo.Item) error {
		var guard requestedItem
		if err := decode(old, &guard); err != nil {
			return err
		}
		if before := guard.before(); !before.Until.IsZero() {
			return accessrequest.StillRejected(before.Request, before.Until.Sub(now))
		}
		return accessrequest.AlreadyPending(guard.ID)
	}
	writes := []write{
		// Who got in meanwhile would wait for ever: nobody closes a request that comes after the joining.
		check(t, memberKey(created.Scope(), user), always(accessrequest.AlreadyMember(user)), "attribute_not_exists(PK)"),
		put(t, newRequestedItem(created, time.Time{}), asked, "attribute_not_exists(PK) OR 'expires' <= ?", now.Unix()),
		t.reserve(rate{
			key: func(hour time.Time) key { return accessRequestRateKey(user, hour) }, limit: accessRequestsPerHour,
			code: "too_many_access_requests", message: "You have asked for access five times in this hour. Go on later.",
		}, 1),
		putNew(t, newAccessRequestItem(created), overtaken),
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// AccessRequest implements accessrequest.GetStore.
func (t *Table) AccessRequest(ctx context.Context, caller string, scope access.Scope, id string) (access.Standing, *accessrequest.AccessRequest, error) {
	standing, found, _, err := t.Deciding(ctx, caller, scope, id, nil)
	return standing, found, err
}

// Deciding implements accessrequest.ApproveStore.
func (t *Table) Deciding(
	ctx context.Context, caller string, scope access.Scope, id string, brands []string,
) (access.Standing, *accessrequest.AccessRequest, map[string]string, error) {
	var (
		a        authority
		g        gets
		item     *accessRequestItem
		existing = map[string]brandRecord{}
	)
	a.collect(&g, scope, caller)
	get(&g, accessRequestKey(scope, id), &item)
	for _, brand := range brands {
		getInto(&g, brandKey(scope.Organization, brand), existing, brand)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return access.Standing{}, nil, nil, err
	}
	return a.standing(), item.value(), brandNames(existing), nil
}

// settleRequest stores a request that was pending as it was read.
func (t *Table) settleRequest(settled accessrequest.AccessRequest) write {
	return put(t, newAccessRequestItem(settled), overtaken, "'status' = ? AND 'version' = ?", string(accessrequest.Pending), settled.Version-1)
}

// releaseRequested removes the guard of the request, unless it is gone or another request's by now.
func (t *Table) releaseRequested(r accessrequest.AccessRequest) write {
	return remove(t, requestedKey(r.Scope(), r.Requester.ID), overtaken, "attribute_not_exists(PK) OR 'id' = ?", r.ID)
}

// SettleRequest implements accessrequest.DecideStore.
func (t *Table) SettleRequest(ctx context.Context, settled accessrequest.AccessRequest, until time.Time, trail audit.Trail) error {
	guard := t.releaseRequested(settled)
	if !until.IsZero() {
		guard = put(t, newRequestedItem(settled, until), overtaken, "attribute_not_exists(PK) OR 'id' = ?", settled.ID)
	}
	return t.commit(ctx, append([]write{t.settleRequest(settled), guard}, t.trail(trail)...))
}

// ApproveRequest implements accessrequest.ApproveStore. A transaction that is refused brings the items that are not as they were taken for,
// so that finding out costs no round of its own.
func (t *Table) ApproveRequest(
	ctx context.Context, approved accessrequest.AccessRequest, requester accessrequest.Requester, change member.Change, trail audit.Trail,
) error {
	now := requester
	writes := append([]write{
		t.settleRequest(approved),
		t.releaseRequested(approved),
		check(t, userKey(requester.Person.ID), noted(func(i *userItem) {
			if i != nil {
				now.Person, now.Version = i.user().Person(), i.Version
			}
		}), "'version' = ?", requester.Version),
	}, t.approval(change, &now)...)
	refused, err := t.tryCommit(ctx, append(writes, t.trail(trail)...))
	if err != nil {
		return err
	}
	moved := false
	for _, refusal := range refused {
		switch {
		case refusal == nil:
		case errors.Is(refusal, errMoved):
			moved = true
		default:
			return refusal
		}
	}
	if moved {
		return &accessrequest.Meanwhile{Now: now}
	}
	return nil
}

// errMoved says that the requester is not as they were taken for.
var errMoved = errors.New("the requester has changed")

// noted refuses with errMoved, and hands on the item as it is, nil when there is none.
func noted[T any](take func(*T)) refusal {
	return func(old dynamo.Item) error {
		if old == nil {
			take(nil)
			return errMoved
		}
		item := new(T)
		if err := decode(old, item); err != nil {
			return err
		}
		take(item)
		return errMoved
	}
}

// approval returns the writes of the requester's membership. What it turns out to be, when they are refused, goes into now.
func (t *Table) approval(change member.Change, now *accessrequest.Requester) []write {
	isMember := noted(func(i *memberFields) { now.Member = i.membership() })
	if change.Before != nil && change.Before.Version == change.After.Version { // has all of it already, and must have still
		k := memberKey(change.After.Scope, change.After.User.ID)
		return []write{check(t, k, isMember, "'version' = ?", change.Before.Version)}
	}
	writes := t.change(change)
	writes[0].refuse = isMember // the truth comes first, and for somebody new then what is known of an earlier time
	if change.Before == nil {
		writes[1].refuse = noted(func(i *leftItem) { now.Left = i.left() })
	}
	return writes
}

// OpenRequest implements accessrequest.CloseStore.
func (t *Table) OpenRequest(ctx context.Context, scope access.Scope, user string) (*accessrequest.AccessRequest, *member.Membership, error) {
	var guard *requestedItem
	var held *memberFields
	var g gets
	get(&g, requestedKey(scope, user), &guard)
	get(&g, memberKey(scope, user), &held)
	if err := t.round(ctx, t.load(&g)); err != nil || guard == nil || guard.Expires != 0 {
		return nil, held.membership(), err
	}
	var item *accessRequestItem
	var more gets
	get(&more, accessRequestKey(scope, guard.ID), &item)
	err := t.round(ctx, t.load(&more))
	if item == nil || item.Status != string(accessrequest.Pending) {
		return nil, held.membership(), err
	}
	return item.value(), held.membership(), err
}
