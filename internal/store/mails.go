package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// claimItem says that somebody sends the mail about an event to a recipient, or has sent it. It lives by the real clock.
type claimItem struct {
	PK, SK    string
	ClaimedAt time.Time `dynamo:"claimed_at,unixtime"`
	Sent      bool      `dynamo:"sent"`
	Expires   time.Time `dynamo:"expires,unixtime"`
}

// claimLife is how long an event is remembered as mailed: longer than any queue keeps it.
const claimLife = 14 * 24 * time.Hour

// HasAccount implements mail.Store.
func (t *Table) HasAccount(ctx context.Context, email string) (bool, error) {
	var owner *guardItem
	var g gets
	get(&g, emailKey(email), &owner)
	err := t.round(ctx, t.load(&g))
	return owner != nil, err
}

// rootItems are the item of an organization or of a workspace, whichever it is.
type rootItems struct {
	organization *organizationItem
	workspace    *workspaceItem
}

func (r *rootItems) collect(g *gets, root access.Scope) {
	if root.Kind() == access.KindWorkspace {
		get(g, rootKey(root), &r.workspace)
	} else {
		get(g, rootKey(root), &r.organization)
	}
}

// value returns what a mail says of it, or fault.Unknown.
func (r *rootItems) value() (access.Root, error) {
	switch {
	case r.organization.exists():
		return access.Root{Name: r.organization.Name}, nil
	case r.workspace.exists():
		return access.Root{Name: r.workspace.Name, Roles: r.workspace.roles(), Disabled: r.workspace.Disabled}, nil
	default:
		return access.Root{}, fault.Unknown()
	}
}

// Root implements mail.Store.
func (t *Table) Root(ctx context.Context, scope access.Scope) (access.Root, error) {
	var items rootItems
	var g gets
	items.collect(&g, scope)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return access.Root{}, err
	}
	return items.value()
}

// InvitationByID implements mail.Store.
func (t *Table) InvitationByID(ctx context.Context, root access.Scope, id string) (invitation.Invitation, error) {
	found, err := t.Referenced(ctx, invitation.Reference{Root: root, ID: id})
	if err != nil {
		return invitation.Invitation{}, err
	}
	if found == nil {
		return invitation.Invitation{}, fault.Unknown()
	}
	return *found, nil
}

// Offered implements mail.Store.
func (t *Table) Offered(ctx context.Context, i invitation.Invitation) (access.Root, invitation.Invitation, error) {
	var items rootItems
	brands := map[string]brandRecord{}
	var g gets
	items.collect(&g, i.Scope.Root())
	for _, b := range i.Offer().Brands {
		getInto(&g, brandKey(i.Scope.Organization, b.ID), brands, b.ID)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return access.Root{}, i, err
	}
	root, err := items.value()
	names := brandNames(brands)
	switch {
	case err != nil:
		return root, i, err
	case i.Scope.Kind() == access.KindWorkspace:
		return root, i.Of(root.Roles), nil
	case i.Scope.Kind() == access.KindBrand && names[i.Scope.Brand] == "":
		return root, i, fault.Unknown()
	default:
		return root, i.Among(names), nil
	}
}

// RequestByID implements mail.Store.
func (t *Table) RequestByID(ctx context.Context, organization access.Scope, id string) (accessrequest.AccessRequest, error) {
	var item *accessRequestItem
	var g gets
	get(&g, accessRequestKey(organization, id), &item)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return accessrequest.AccessRequest{}, err
	}
	if item == nil {
		return accessrequest.AccessRequest{}, fault.Unknown()
	}
	return *item.value(), nil
}

// StandingOf implements mail.Store.
func (t *Table) StandingOf(ctx context.Context, user string, scope access.Scope) (access.Standing, error) {
	var a authority
	var g gets
	a.collect(&g, scope, user)
	err := t.round(ctx, t.load(&g))
	return a.standing(), err
}

// adminsAtOnce is how many Admins are looked up at once.
const adminsAtOnce = 50

// Admins implements mail.Store.
func (t *Table) Admins(ctx context.Context, scope access.Scope, after page.Position) ([]member.Membership, page.Position, error) {
	listing, err := newListing[memberFields](t, memberSegments(scope, access.Admin), adminsAtOnce, after)
	if err != nil {
		return nil, "", err
	}
	if err := t.round(ctx, listing.read); err != nil {
		return nil, "", err
	}
	items, next := listing.page()
	users, members := map[string]userItem{}, map[string]memberFields{}
	var g gets
	for _, item := range items {
		getInto(&g, userKey(item.User), users, item.User)
		getInto(&g, memberKey(scope.Root(), item.User), members, item.User)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return nil, "", err
	}
	var admins []member.Membership
	for _, item := range items {
		present, isMember := members[item.User]
		if user := users[item.User]; !user.EmailVerified || !isMember {
			continue
		} else if in := present.membership().In(scope); in != nil && in.Role == access.Admin {
			in.User.Email = user.Email
			admins = append(admins, *in)
		}
	}
	return admins, next, nil
}

// ClaimMail implements mail.Store. The claim is a transaction, whose token makes a repeated request harmless.
func (t *Table) ClaimMail(ctx context.Context, eventID string, to invitation.Addressee, lapse time.Duration) (claimed, sent bool, err error) {
	recipient := account.Fingerprint(to.Address)
	k, now := mailClaimKey(eventID, recipient), t.realNow()
	claim := claimItem{PK: k.PK, SK: k.SK, ClaimedAt: now, Expires: now.Add(claimLife)}
	held := func(old dynamo.Item) error {
		var before claimItem
		if err := decode(old, &before); err != nil {
			return err
		}
		return &heldClaim{sent: before.Sent}
	}
	claims := put(t, claim, held, "attribute_not_exists(PK) OR ('sent' = ? AND 'claimed_at' <= ?)", false, now.Add(-lapse).Unix())
	refused, err := t.tryCommit(ctx, append([]write{claims}, t.mayMail(to)...))
	if err != nil || refused == nil {
		return err == nil, false, err
	}
	if before, isHeld := errors.AsType[*heldClaim](refused[0]); isHeld {
		return false, before.sent, nil
	}
	return false, false, cmp.Or(refused...)
}

// heldClaim says that the claim is somebody else's.
type heldClaim struct{ sent bool }

func (*heldClaim) Error() string { return "the mail is claimed" }

// SettleMail implements mail.Store.
func (t *Table) SettleMail(ctx context.Context, eventID, recipient string) error {
	k := mailClaimKey(eventID, account.Fingerprint(recipient))
	return t.round(ctx, func(ctx context.Context) error {
		return t.table.Update("PK", k.PK).Range("SK", k.SK).Set("sent", true).If("attribute_exists(PK)").Run(ctx)
	})
}

// ReleaseMail implements mail.Store.
func (t *Table) ReleaseMail(ctx context.Context, eventID, recipient string) error {
	k := mailClaimKey(eventID, account.Fingerprint(recipient))
	return t.round(ctx, func(ctx context.Context) error {
		err := t.table.Delete("PK", k.PK).Range("SK", k.SK).If("'sent' = ?", false).Run(ctx)
		if dynamo.IsCondCheckFailed(err) {
			return nil
		}
		return err
	})
}
