package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

// Invitation implements invitation.GetStore.
func (t *Table) Invitation(ctx context.Context, caller string, scope access.Scope, id string) (access.Standing, *invitation.Invitation, error) {
	var a authority
	var item *invitationItem
	var g gets
	a.collect(&g, scope, caller)
	get(&g, invitationKey(scope.Root(), id), &item)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return access.Standing{}, nil, err
	}
	found := a.invitation(item)
	if found != nil && scope.Kind() == access.KindBrand && found.Scope != scope {
		found = nil
	}
	return a.standing(), found, nil
}

// Referenced implements invitation.ExpireStore.
func (t *Table) Referenced(ctx context.Context, ref invitation.Reference) (*invitation.Invitation, error) {
	var item *invitationItem
	var g gets
	get(&g, invitationKey(ref.Root, ref.ID), &item)
	err := t.round(ctx, t.load(&g))
	return item.value(), err
}

// Answerable implements invitation.AnswerStore.
func (t *Table) Answerable(ctx context.Context, ref invitation.Reference, user string) (invitation.Answerable, error) {
	var (
		a       authority
		item    *invitationItem
		who     *userItem
		earlier *leftItem
		g       gets
	)
	a.collect(&g, ref.Root, user)
	get(&g, invitationKey(ref.Root, ref.ID), &item)
	if user != "" {
		get(&g, userKey(user), &who)
		get(&g, leftKey(ref.Root, user), &earlier)
	}
	err := t.round(ctx, t.load(&g))
	found := invitation.Answerable{Invitation: a.invitation(item), User: who.user(), Member: a.membership(a.member), Left: earlier.left()}
	if standing := a.standing(); standing.Exists {
		found.Root, found.Admins = standing.ScopeName, standing.Admins
		found.Workspace = member.Workspace{Roles: standing.Roles, Disabled: standing.Disabled}
	}
	if item != nil {
		found.Stored = access.NamedRole{ID: access.Role(item.Role), Name: item.RoleName}
	}
	return found, err
}

// Backing implements invitation.AcceptStore.
func (t *Table) Backing(ctx context.Context, i invitation.Invitation) (invitation.Backing, error) {
	var inviter authority
	var g gets
	inviter.collect(&g, i.Scope, i.InvitedBy.ID)
	brands := map[string]brandRecord{}
	for _, b := range i.Offer().Brands {
		getInto(&g, brandKey(i.Scope.Organization, b.ID), brands, b.ID)
	}
	err := t.round(ctx, t.load(&g))
	return invitation.Backing{Inviter: inviter.standing(), Brands: brandNames(brands)}, err
}

func brandNames(records map[string]brandRecord) map[string]string {
	names := make(map[string]string, len(records))
	for id, b := range records {
		if b.exists() {
			names[id] = b.Name
		}
	}
	return names
}

// inWholeSeconds returns a time that compares as text with those at which invitations expire, which have no fractions.
func inWholeSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// settle moves an invitation out of pending, if it is as it was read: in that generation and version, with the same said of its mail and of a wish
// for a new link, which are noted without a new version and would be lost. more is a further condition.
func (t *Table) settle(after invitation.Invitation, more string, args ...any) write {
	condition, known := delivered(after.Delivery)
	condition = "'status' = ? AND 'generation' = ? AND 'version' = ? AND " + condition
	values := append([]any{string(invitation.Pending), after.Generation, after.Version - 1}, known...)
	if asked := after.LinkRequestedAt; asked == nil {
		condition += " AND attribute_not_exists('link_requested_at')"
	} else {
		condition, values = condition+" AND 'link_requested_at' = ?", append(values, asked.UTC())
	}
	return put(t, newInvitationItem(after), overtaken, condition+more, append(values, args...)...)
}

// answer returns the writes that close an open invitation: the invitation itself, and its guard if TTL has not removed it yet.
func (t *Table) answer(after invitation.Invitation, now time.Time) []write {
	return []write{
		t.settle(after, " AND 'expires_at' > ?", inWholeSeconds(now)), // TTL may come late (pitfall 1)
		t.releaseGuard(after),
	}
}

// releaseGuard removes the guard of the invitation, unless it is gone or another invitation's by now.
func (t *Table) releaseGuard(i invitation.Invitation) write {
	return remove(t, guardKey(i.Scope, i.InviteeKey), overtaken, "attribute_not_exists(PK) OR 'id' = ?", i.ID)
}

// AcceptInvitation implements invitation.AcceptStore.
func (t *Table) AcceptInvitation(ctx context.Context, accepted invitation.Invitation, change member.Change, now time.Time, trail audit.Trail) error {
	writes := t.answer(accepted, now)
	if change.Before == nil || change.Before.Version != change.After.Version {
		writes = append(writes, t.change(change)...)
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// InvalidateInvitation implements invitation.AcceptStore.
func (t *Table) InvalidateInvitation(ctx context.Context, invalid invitation.Invitation, now time.Time, trail audit.Trail) error {
	return t.commit(ctx, append(t.answer(invalid, now), t.trail(trail)...))
}

// DeclineInvitation implements invitation.DeclineStore.
func (t *Table) DeclineInvitation(ctx context.Context, declined invitation.Invitation, now time.Time, trail audit.Trail) error {
	return t.commit(ctx, append(t.answer(declined, now), t.trail(trail)...))
}

// CloseInvitation implements invitation.CloseStore.
func (t *Table) CloseInvitation(ctx context.Context, closed invitation.Invitation, now time.Time, trail audit.Trail) error {
	return t.commit(ctx, append(t.answer(closed, now), t.trail(trail)...))
}

// DeleteInvitation implements invitation.DeleteStore.
func (t *Table) DeleteInvitation(ctx context.Context, deleted invitation.Invitation, trail audit.Trail) error {
	writes := append([]write{
		remove(t, invitationKey(deleted.Scope.Root(), deleted.ID), overtaken, "'version' = ?", deleted.Version),
	}, t.trail(trail)...)
	if deleted.Status != invitation.Pending {
		return t.commit(ctx, writes)
	}
	release := t.releaseGuard(deleted)
	release.refuse = always(errOthersGuard)
	err := t.commit(ctx, append(slices.Clone(writes), release))
	if errors.Is(err, errOthersGuard) { // it has lapsed, and the address has a newer invitation: that one's guard stays
		return t.commit(ctx, writes)
	}
	return err
}

// errOthersGuard says that the guard is another invitation's by now.
var errOthersGuard = errors.New("the guard is another invitation's")

// ExpireInvitation implements invitation.ExpireStore.
func (t *Table) ExpireInvitation(ctx context.Context, expired invitation.Invitation, trail audit.Trail) error {
	return t.commit(ctx, append([]write{t.settle(expired, "")}, t.trail(trail)...))
}

// Again implements invitation.ResendStore.
func (t *Table) Again(ctx context.Context, i invitation.Invitation, brands []string) (invitation.Again, error) {
	var (
		g     gets
		guard *openItem
		owner *guardItem
		own   *brandRecord
		found = map[string]brandRecord{}
		again invitation.Again

		membership *memberFields
	)
	get(&g, guardKey(i.Scope, i.InviteeKey), &guard)
	if i.Scope.Kind() == access.KindWorkspace {
		get(&g, memberKey(i.Scope, i.InviteeKey), &membership)
	} else {
		get(&g, emailKey(i.InviteeKey), &owner)
	}
	for _, id := range brands {
		getInto(&g, brandKey(i.Scope.Organization, id), found, id)
	}
	if i.Scope.Kind() == access.KindBrand {
		get(&g, brandKey(i.Scope.Organization, i.Scope.Brand), &own)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return again, err
	}
	if own.exists() {
		again.Brand = own.Name
	}
	again.Brands = brandNames(found)
	if guard != nil {
		again.Open = invitation.Open{Invitation: guard.ID, ExpiresAt: guard.ExpiresAt}
	}
	again.Member = membership.membership()
	var (
		other *invitationItem
		more  gets
	)
	if owner != nil {
		get(&more, memberKey(i.Scope.Root(), owner.User), &membership)
	}
	if guard != nil && guard.ID != i.ID {
		get(&more, invitationKey(i.Scope.Root(), guard.ID), &other)
	}
	if len(more.keys) == 0 {
		return again, nil
	}
	err := t.round(ctx, t.load(&more))
	again.Member, again.Other = membership.membership(), other.value()
	return again, err
}

// ResendInvitation implements invitation.ResendStore.
func (t *Table) ResendInvitation(ctx context.Context, r invitation.Resending, trail audit.Trail) error {
	after := r.After
	writes := []write{
		put(t, newInvitationItem(after), overtaken, "'version' = ?", r.Before.Version),
		put(t, newOpenItem(after), alreadyOpen, "attribute_not_exists(PK) OR 'id' = ? OR 'expires' <= ?", after.ID, after.SentAt.Unix()),
	}
	writes = append(writes, t.reminder(after, r.Mails)...)
	if r.Lapsed != nil {
		writes = append(writes, t.settle(r.Lapsed.Expire(), ""))
	}
	if r.Mails {
		writes = append(writes, t.reserveMails(after.Scope.Root(), 1))
	}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// alreadyOpen refuses with the id of the open invitation, so that the caller can resend that one (R13).
func alreadyOpen(old dynamo.Item) error {
	var guard openItem
	if err := decode(old, &guard); err != nil {
		return err
	}
	return invitation.AlreadyPending(guard.ID)
}

// UsersNamed implements invitation.FindUsersStore.
func (t *Table) UsersNamed(ctx context.Context, caller string, workspace access.Scope, beginning string, limit int) (access.Standing, []invitation.Hit, error) {
	var a authority
	var g gets
	var found []guardItem
	a.collect(&g, workspace, caller)
	names := usernameKey(beginning)
	err := t.round(ctx, t.load(&g), func(ctx context.Context) error {
		return collect(ctx, t.table.Get("PK", names.PK).Range("SK", dynamo.BeginsWith, names.SK).Consistent(true).Limit(limit).SearchLimit(limit).RequestLimit(1), &found)
	})
	var hits []invitation.Hit
	for _, item := range found {
		hits = append(hits, invitation.Hit{Username: item.SK, Name: item.Name})
	}
	return a.standing(), hits, err
}

// Ground implements invitation.CreateStore.
func (t *Table) Ground(ctx context.Context, caller string, scope access.Scope, brands, addresses []string) (invitation.Ground, error) {
	var (
		a        authority
		g        gets
		existing = map[string]brandRecord{}
		owners   = map[string]guardItem{}
		open     = map[string]openItem{}
	)
	a.collect(&g, scope, caller)
	now, unknown, used := t.realNow(), unknownUsernames(caller), (*rateItem)(nil)
	if scope.Kind() == access.KindWorkspace {
		get(&g, unknown.key(unknown.begins(now)), &used)
	}
	for _, id := range brands {
		getInto(&g, brandKey(scope.Organization, id), existing, id)
	}
	for _, address := range addresses {
		if scope.Kind() == access.KindWorkspace {
			getInto(&g, usernameKey(address), owners, address)
			continue
		}
		getInto(&g, emailKey(address), owners, address)
		getInto(&g, guardKey(scope, address), open, address)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return invitation.Ground{}, err
	}
	ground := invitation.Ground{
		Standing: a.standing(), Brands: brandNames(existing), Accounts: map[string]string{}, Open: openOf(open),
	}
	if used != nil && used.Used+len(addresses) > unknown.limit {
		ground.Limited = unknown.exceeded(now)
	}
	ground.RootName = ground.Standing.ScopeName
	if scope.Kind() == access.KindBrand {
		ground.RootName = a.organization.name()
	}
	ground.AsksAccounts = a.organization.exists() && a.organization.ExistingAccounts == "ask"
	for address, owner := range owners {
		ground.Accounts[address] = owner.User
	}
	return ground, nil
}

func openOf(guards map[string]openItem) map[string]invitation.Open {
	open := make(map[string]invitation.Open, len(guards))
	for invitee, guard := range guards {
		open[invitee] = invitation.Open{Invitation: guard.ID, ExpiresAt: guard.ExpiresAt}
	}
	return open
}

// Find implements invitation.CreateStore.
func (t *Table) Find(ctx context.Context, root access.Scope, users, invitations []string, unknown invitation.Unknown) (invitation.Found, error) {
	var g gets
	guards := map[string]openItem{}
	userItems, memberItems, invitationItems := map[string]userItem{}, map[string]memberFields{}, map[string]invitationItem{}
	leftItems := map[string]leftItem{}
	for _, id := range users {
		getInto(&g, userKey(id), userItems, id)
		getInto(&g, memberKey(root, id), memberItems, id)
		getInto(&g, leftKey(root, id), leftItems, id)
		if root.Kind() == access.KindWorkspace {
			getInto(&g, guardKey(root, id), guards, id)
		}
	}
	for _, id := range invitations {
		getInto(&g, invitationKey(root, id), invitationItems, id)
	}
	if err := t.round(ctx, t.load(&g), t.countUnknown(unknown)); err != nil {
		return invitation.Found{}, err
	}
	found := invitation.Found{
		Users: map[string]account.User{}, Members: map[string]member.Membership{}, Invitations: map[string]invitation.Invitation{},
		Left: map[string]member.Left{}, Open: openOf(guards),
	}
	for id, item := range userItems {
		found.Users[id] = *item.user()
	}
	for id, item := range memberItems {
		found.Members[id] = *item.membership()
	}
	for id, item := range leftItems {
		found.Left[id] = item.left()
	}
	for id, item := range invitationItems {
		found.Invitations[id] = *item.value()
	}
	return found, nil
}
