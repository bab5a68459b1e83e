package store

import (
	"context"
	"errors"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

// RefitInvitation implements invitation.RefitStore.
func (t *Table) RefitInvitation(ctx context.Context, before, after invitation.Invitation) error {
	inWorkspace := after.Scope.Kind() == access.KindWorkspace
	offer := func(u *dynamo.Update) *dynamo.Update {
		if inWorkspace {
			u.Set("role", string(after.Role)).Set("role_name", after.RoleName)
		}
		return u.Set("scope_name", after.ScopeName).Set("brands", newOfferedBrandItems(after.Brands))
	}
	k := invitationKey(after.Scope.Root(), after.ID)
	itself := update(t, k, overtaken, func(u *dynamo.Update) {
		offer(u).Set("version", after.Version).If("'status' = ? AND 'version' = ?", string(invitation.Pending), before.Version)
	})
	guard := update(t, guardKey(after.Scope, after.InviteeKey), always(errOthersGuard), func(u *dynamo.Update) {
		if inWorkspace {
			as := invitedAs(after.Scope, after.Role, after.ExpiresAt, after.ID)
			u.Set("GSI2PK", as.PK).Set("GSI2SK", as.SK)
		}
		offer(u).Set("version", after.Version).If("'id' = ? AND 'generation' = ?", after.ID, after.Generation)
	})
	err := t.commit(ctx, []write{itself, guard})
	if errors.Is(err, errOthersGuard) { // it has lapsed
		return t.commit(ctx, []write{itself})
	}
	return err
}

// Held implements invitation.RefitStore.
func (t *Table) Held(ctx context.Context, i invitation.Invitation) (*member.Membership, error) {
	var owner *guardItem
	var membership *memberFields
	var g, more gets
	get(&g, emailKey(i.InviteeKey), &owner)
	if err := t.round(ctx, t.load(&g)); err != nil || owner == nil {
		return nil, err
	}
	get(&more, memberKey(i.Scope.Root(), owner.User), &membership)
	err := t.round(ctx, t.load(&more))
	return membership.membership(), err
}
