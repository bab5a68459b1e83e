package mail

import (
	"context"
	"errors"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// Mails about what becomes of members, and about links that are asked for.

// toAdmins mails those Admins of a scope who are to be told, each once whatever comes between: one who cannot be mailed does not keep the others from it.
func (d Deliver) toAdmins(ctx context.Context, about event.Metadata, told func(member.Membership) bool, compose func(to string) (Message, error)) error {
	var failed []error
	for after, more := page.Position(""), true; more && ctx.Err() == nil; more = after != "" {
		var admins []member.Membership
		var err error
		if admins, after, err = d.Store.Admins(ctx, about.Scope, after); err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, admin := range admins {
			if !told(admin) {
				continue
			}
			composed, err := compose(admin.User.Email)
			if err == nil {
				err = d.send(ctx, about, *d.notice(composed, about.Scope))
			}
			failed = append(failed, err)
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

func everyone(member.Membership) bool { return true }

// changed returns the mail to somebody whose role an Admin has changed: as to one who was added when nothing but brands came to it.
func (d Deliver) changed(ctx context.Context, about event.Metadata, fact event.MemberRoleChanged) (*outgoing, error) {
	scope, by := about.Scope, giver(about, fact.GrantedBy)
	if fact.Via != string(member.ViaDirect) || !fact.Notify || same(fact.Before, fact.After) {
		return nil, nil
	}
	if fact.Before.Role == fact.After.Role && same(fact.Before, access.Grant{Role: fact.Before.Role, Brands: kept(fact.Before, fact.After)}) {
		return d.welcome(ctx, scope, fact.User.ID, joining{fact.Via, fact.Notify, by, fact.Before, fact.After, fact.Reason})
	}
	to, root, err := d.reader(ctx, fact.User.ID, scope)
	if err != nil || to == "" {
		return nil, err
	}
	mail := Changed{
		To: to, By: by.Name, ByAddress: d.addressOf(ctx, by), ByClient: by.ClientID, Place: placeOf(scope.Root(), root, access.Grant{}),
		Before: fact.Before, After: fact.After, Reason: fact.Reason, Link: d.home(),
	}
	if scope.Kind() == access.KindWorkspace {
		mail.Link = d.BaseURL + "/" + scope.String()
	}
	if mail.Deleted = fact.RoleDeleted; mail.Deleted && mail.Reason == event.NoReason {
		mail.Reason = ""
	}
	composed, err := mail.Compose()
	return d.notice(composed, scope), err
}

// giver returns who gave a role, with the client id where it was another system: of events the actor alone has it.
func giver(about event.Metadata, by access.Person) access.Person {
	if by.ID == about.Actor.ID {
		by.ClientID = about.Actor.ClientID
	}
	return by
}

// kept returns what of the one's brands is in the other with the same role.
func kept(one, other access.Grant) []access.BrandRole {
	return slices.DeleteFunc(slices.Clone(one.Brands), func(b access.BrandRole) bool {
		return !slices.ContainsFunc(other.Brands, func(o access.BrandRole) bool { return o.ID == b.ID && o.Role == b.Role })
	})
}

// same reports whether two grants hold the same.
func same(one, other access.Grant) bool {
	return one.Role == other.Role && len(one.Brands) == len(other.Brands) && len(kept(one, other)) == len(one.Brands)
}

// removed returns the mail to somebody whom an Admin has taken out.
func (d Deliver) removed(ctx context.Context, by access.Person, scope access.Scope, fact event.MemberRemoved) (*outgoing, error) {
	if !fact.Notify {
		return nil, nil
	}
	to, root, err := d.reader(ctx, fact.User.ID, scope)
	if err != nil || to == "" {
		return nil, err
	}
	had := fact.Before
	if scope.Kind() == access.KindBrand { // of what they had, this alone
		had.Brands = slices.DeleteFunc(slices.Clone(had.Brands), func(b access.BrandRole) bool { return b.ID != scope.Brand })
	}
	composed, err := Removed{
		To: to, By: by.Name, ByAddress: d.addressOf(ctx, by), ByClient: by.ClientID, Place: placeOf(scope, root, had), Had: had, Reason: fact.Reason, Link: d.home(),
	}.Compose()
	return d.notice(composed, scope), err
}

// promotion is how somebody has become Admin of an organization or a workspace, or all have who had a role.
type promotion struct {
	user, by      access.Person
	before, after access.Role
	via           string
	notify        bool
	deleted       string // the role that all had who are Admins now; the user is then the one who has deleted it
}

// promoted tells all other Admins that there is a new one. Whoever wants nobody to be told when people are added directly tells them. A role that is deleted
// in favour of Admin is told once, and not again with each who had it and is rewritten: that would be as many mails as they have pairs.
func (d Deliver) promoted(ctx context.Context, about event.Metadata, p promotion) error {
	scope := about.Scope
	isDirect := p.via == string(member.ViaDirect)
	if p.after != access.Admin || p.before == access.Admin || p.via == string(member.ViaCreator) || isDirect && !p.notify {
		return nil
	}
	own, err := d.address(ctx, p.user.ID) // which may be none
	if err != nil {
		return err
	}
	root, err := d.Store.Root(ctx, scope.Root())
	if err != nil || root.Roles.Resolve(p.before) == access.Admin {
		return err
	}
	mail := Promoted{
		Deleted: p.deleted, Who: p.user.Name, Address: p.user.Email, By: p.by.Name, ByAddress: d.addressOf(ctx, p.by), ByClient: giver(about, p.by).ClientID,
		Client: p.user.ClientID, Place: placeOf(scope.Root(), root, access.Grant{}), Link: d.users(scope, true),
	}
	if scope.Kind() == access.KindWorkspace {
		mail.Address, mail.Username = "", p.user.Username
	}
	isTold := func(m member.Membership) bool { return m.User.Email != own && !m.GrantedAt.After(about.OccurredAt) }
	return d.toAdmins(ctx, about, isTold, func(to string) (Message, error) {
		mail.To = to
		return mail.Compose()
	})
}

// askForLink tells whoever invited that the invitee asks for another link; when they may not send it again any more, the Admins of the scope.
func (d Deliver) askForLink(ctx context.Context, about event.Metadata, fact event.InvitationLinkRequested) error {
	scope := about.Scope
	now, err := d.Store.InvitationByID(ctx, scope.Root(), fact.Invitation.ID)
	if err != nil || now.Generation != fact.Invitation.Generation { // gone, or sent again since
		return err
	}
	root, left, err := d.Store.Offered(ctx, now)
	if err != nil {
		return err
	}
	mail := LinkAsked{
		Asker: fact.User.Name, Address: now.Invitee.Email, Username: now.Invitee.Username, Place: placeOf(scope, root, left.Offer()), Offer: left.Offer(),
		Link: d.BaseURL + "/" + scope.String() + "/users/invitations/" + now.ID + "/resend",
	}
	isChosen := len(left.Brands) < len(now.Brands) || !offers(root, left)
	if isChosen && now.Scope.Kind() != access.KindWorkspace { // what is sent again has to be chosen; in a workspace it can be wherever it is sent again
		mail.Link = d.BaseURL + "/" + scope.String() + "/users/invitations/" + now.ID + "/edit"
	}
	compose := func(to string) (Message, error) {
		mail.To = to
		return mail.Compose()
	}
	inviter, err := d.Store.StandingOf(ctx, now.InvitedBy.ID, scope)
	if err != nil {
		return err
	}
	if left.MayResend(inviter) != nil {
		return d.toAdmins(ctx, about, everyone, compose)
	}
	to, _, err := d.reader(ctx, now.InvitedBy.ID, scope)
	if err != nil {
		return err
	}
	if to == "" { // at no address that is theirs
		return d.toAdmins(ctx, about, everyone, compose)
	}
	composed, err := compose(to)
	if err != nil {
		return err
	}
	return d.send(ctx, about, *d.notice(composed, scope))
}

// further sends what an event causes besides the one mail that is due to a person.
func (d Deliver) further(ctx context.Context, about event.Metadata, fact event.Fact) error {
	switch fact := fact.(type) {
	case event.AccessRequestCreated:
		return d.requestAccess(ctx, about, fact.AccessRequest)
	case event.InvitationLinkRequested:
		return d.askForLink(ctx, about, fact)
	case event.MemberAdded:
		return d.promoted(ctx, about, promotion{user: fact.User, by: fact.GrantedBy, after: fact.After.Role, via: fact.Via, notify: fact.Notify})
	case event.MemberRoleChanged:
		return d.promoted(ctx, about, promotion{user: fact.User, by: fact.GrantedBy, before: fact.Before.Role, after: fact.After.Role, via: fact.Via, notify: fact.Notify})
	case event.RoleDeleted:
		if fact.ReassignedTo == nil {
			return nil
		}
		return d.promoted(ctx, about, promotion{user: about.Actor, by: about.Actor, after: fact.ReassignedTo.ID, deleted: fact.Before.Name})
	default:
		return nil
	}
}

// reachable returns nil for what no later attempt cures: the invitation, the organization or the person is gone.
func reachable(err error) error {
	if errors.Is(err, fault.NotFound) || fault.HasCode(err, "not_registered") {
		return nil
	}
	return err
}
