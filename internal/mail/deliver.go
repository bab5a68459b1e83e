package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// ClaimLapse is how long an attempt to send keeps others from trying. It is far longer than an attempt can take.
const ClaimLapse = 5 * time.Minute

// Store knows what the events do not say, and remembers which mails were sent.
type Store interface {
	// User returns the user record, read consistently; code not_registered when there is none.
	User(ctx context.Context, id string) (account.User, error)
	// HasAccount reports whether a user holds the address, given in its compared form.
	HasAccount(ctx context.Context, emailKey string) (bool, error)
	// Root returns an organization or a workspace as it is; fault.NotFound when it does not exist or is deleted.
	Root(ctx context.Context, scope access.Scope) (access.Root, error)
	// InvitationByID returns the invitation as it is, read consistently; fault.NotFound when it was deleted.
	InvitationByID(ctx context.Context, root access.Scope, id string) (invitation.Invitation, error)
	// Offered returns, in one consistent round, the invitation's organization or workspace, and the invitation as what is left of it: with the brands
	// that exist and the role that its role means, by their present names. fault.NotFound when its scope does not exist or is deleted.
	Offered(ctx context.Context, i invitation.Invitation) (root access.Root, left invitation.Invitation, err error)
	// RequestByID returns the access request as it is, read consistently; fault.NotFound when there is none.
	RequestByID(ctx context.Context, organization access.Scope, id string) (accessrequest.AccessRequest, error)
	// StandingOf returns, in one consistent round, what somebody is in a scope.
	StandingOf(ctx context.Context, user string, scope access.Scope) (access.Standing, error)
	// Admins returns, in two rounds, those of a page of the Admins of a scope (a brand's are the organization's as well) who have proven an address, with that, and where the next
	// begins; empty after the last. The index of members lags by moments, but nobody is named who is no Admin any more.
	Admins(ctx context.Context, scope access.Scope, after page.Position) ([]member.Membership, page.Position, error)

	// ClaimMail takes the right to send the mail about an event to somebody, by the real clock. claimed: it is the caller's
	// now, because nobody had it or the one who had it neither settled nor released it within lapse. sent: it was settled, there
	// is nothing to do. Neither: another attempt is under way. A claim is forgotten some days after it was taken. *invitation.Stopped
	// when no mails go to the address any more; to.Resumes ends that, unless it is another stop by now: request.Overtaken.
	ClaimMail(ctx context.Context, eventID string, to invitation.Addressee, lapse time.Duration) (claimed, sent bool, err error)
	// SettleMail marks a claim as done for good.
	SettleMail(ctx context.Context, eventID, recipient string) error
	// ReleaseMail gives a claim back that is not settled, so that the next attempt need not wait for it to lapse.
	ReleaseMail(ctx context.Context, eventID, recipient string) error
}

// offers reports whether anything is left of the offer of an invitation.
func offers(root access.Root, left invitation.Invitation) bool {
	if left.Scope.Kind() == access.KindWorkspace {
		return root.Roles.Has(root.Roles.Resolve(left.Role))
	}
	return !left.OffersNothing()
}

// Sender hands a mail over to be delivered: *Refused says never, any other error says perhaps later. SES is one.
type Sender interface {
	Send(ctx context.Context, message Message) error
}

// Links makes accept links. invitation.Links does.
type Links interface {
	URL(of invitation.Invitation) string
}

// Deliver is the operation send-mail: it mails to whom an event is of interest.
type Deliver struct {
	Store   Store
	Sender  Sender
	Links   Links
	BaseURL string
	Now     func() time.Time
	Logger  *slog.Logger
	// Track notes on the invitation that its mail was refused for good, or not sent.
	Track invitation.Track
}

// Events returns the types of the events that can cause a mail; the rule of the bus names the same.
func Events() []string {
	return []string{
		event.TypeOf(event.InvitationCreated{}), event.TypeOf(event.InvitationResent{}),
		event.TypeOf(event.InvitationAccepted{}), event.TypeOf(event.InvitationDeclined{}),
		event.TypeOf(event.InvitationExpiring{}), event.TypeOf(event.InvitationLinkRequested{}),
		event.TypeOf(event.MemberAdded{}), event.TypeOf(event.MemberRoleChanged{}), event.TypeOf(event.MemberRemoved{}),
		event.TypeOf(event.RoleDeleted{}),
		event.TypeOf(event.AccessRequestCreated{}), event.TypeOf(event.AccessRequestApproved{}), event.TypeOf(event.AccessRequestRejected{}),
	}
}

// outgoing is a mail that is to be sent.
type outgoing struct {
	Message
	about  invitation.Reference   // the link in it; without an id when it has none
	resent *invitation.Invitation // that somebody has sent again, knowing what became of the mail before; nil for all other mails
}

// Do sends what is due because of the event, once. An error says that another attempt is needed; a mail that was refused for
// good is noted on its invitation and is no error.
func (d Deliver) Do(ctx context.Context, received event.Envelope) error {
	if !slices.Contains(Events(), received.DetailType) {
		return nil
	}
	id := received.Detail.Metadata.ID
	fact, err := received.Fact()
	if err != nil {
		return fmt.Errorf("event %s: %w", id, err)
	}
	about := received.Detail.Metadata
	mail, err := d.due(ctx, about, fact)
	if err == nil && mail != nil {
		err = d.send(ctx, about, *mail)
	}
	// One who cannot be mailed does not keep the others from it.
	if err := errors.Join(reachable(err), reachable(d.further(ctx, about, fact))); err != nil {
		return fmt.Errorf("event %s: %w", id, err)
	}
	return nil
}

// due returns the mail that a fact calls for, nil when it calls for none (any more).
func (d Deliver) due(ctx context.Context, about event.Metadata, fact event.Fact) (*outgoing, error) {
	scope := about.Scope
	switch fact := fact.(type) {
	case event.InvitationCreated:
		return d.invite(ctx, scope, fact.Invitation, fact.Notify, false)
	case event.InvitationResent:
		return d.invite(ctx, scope, fact.Invitation, fact.Notify, false)
	case event.InvitationExpiring:
		return d.invite(ctx, scope, fact.Invitation, fact.Notify, true)
	case event.InvitationAccepted:
		if fact.Unmailed {
			return nil, nil
		}
		return d.answer(ctx, scope, fact.Invitation, fact.User.Name, true)
	case event.InvitationDeclined:
		return d.answer(ctx, scope, fact.Invitation, fact.Invitation.Invitee.Name, false)
	case event.MemberAdded:
		return d.welcome(ctx, scope, fact.User.ID, joining{fact.Via, fact.Notify, giver(about, fact.GrantedBy), access.Grant{}, fact.After, ""})
	case event.MemberRoleChanged:
		return d.changed(ctx, about, fact)
	case event.MemberRemoved:
		return d.removed(ctx, about.Actor, scope, fact)
	case event.AccessRequestApproved:
		return d.decide(ctx, scope, fact.AccessRequest)
	case event.AccessRequestRejected:
		return d.decide(ctx, scope, fact.AccessRequest)
	default:
		return nil, nil
	}
}

// invite returns the mail with the link. The link is made from the invitation as it is now, so a late event mails nothing stale.
func (d Deliver) invite(ctx context.Context, scope access.Scope, said event.Invitation, notify, reminds bool) (*outgoing, error) {
	if !notify {
		return nil, nil
	}
	now, err := d.Store.InvitationByID(ctx, scope.Root(), said.ID)
	if err != nil || !isCurrent(now, said, d.Now()) {
		return nil, err
	}
	root, now, err := d.Store.Offered(ctx, now)
	if err != nil || !offers(root, now) || reminds && root.Disabled { // nobody can accept there (R29)
		return nil, err
	}
	to, hasAccount, err := d.invitee(ctx, now)
	if err != nil || to == "" {
		return nil, err
	}
	again := now.Generation > 1 && !reminds
	composed, err := Invitation{
		To: to, Username: now.Invitee.Username, HasAccount: hasAccount, Again: again, Reminds: reminds, By: now.InvitedBy.Name, ByAddress: d.addressOf(ctx, now.InvitedBy),
		Place: placeOf(now.Scope, root, now.Offer()), Offer: now.Offer(), Message: now.Message,
		ExpiresAt: now.ExpiresAt, Link: d.Links.URL(now),
	}.Compose()
	if err != nil {
		return nil, err
	}
	mail := &outgoing{Message: composed, about: now.Reference()}
	if again {
		mail.resent = &now
	}
	return mail, nil
}

// invitee returns the address at which an invited person reads mail, and whether that has an account. Who is invited to a workspace is a user, with
// the address that they have now; it is empty when they have proved none.
func (d Deliver) invitee(ctx context.Context, i invitation.Invitation) (to string, hasAccount bool, err error) {
	if i.Scope.Kind() == access.KindWorkspace {
		to, err = d.address(ctx, i.InviteeKey)
		return to, true, err
	}
	hasAccount, err = d.Store.HasAccount(ctx, i.InviteeKey)
	return i.Invitee.Email, hasAccount, err
}

// isCurrent reports whether the invitation still is as the event said: open, and not sent again since.
func isCurrent(now invitation.Invitation, said event.Invitation, at time.Time) bool {
	return now.StatusAt(at) == invitation.Pending && now.Generation == said.Generation
}

// answer returns the mail to the inviter, at the address they have now.
func (d Deliver) answer(ctx context.Context, scope access.Scope, of event.Invitation, name string, accepted bool) (*outgoing, error) {
	to, root, err := d.reader(ctx, of.InvitedBy.ID, scope)
	if err != nil || to == "" {
		return nil, err
	}
	link, err := d.outcome(ctx, of.InvitedBy.ID, scope, accepted)
	if err != nil {
		return nil, err
	}
	composed, err := Answered{
		To: to, Accepted: accepted, Invitee: name, Address: of.Invitee.Email, Username: of.Invitee.Username,
		Place: placeOf(scope, root, of.Offer), Offer: of.Offer, Link: link,
	}.Compose()
	return d.notice(composed, scope), err
}

// joining is how somebody got more than they had.
type joining struct {
	via           string
	notify        bool
	by            access.Person
	before, after access.Grant
	reason        string
}

// welcome returns the mail to somebody who was added without being asked.
func (d Deliver) welcome(ctx context.Context, scope access.Scope, user string, j joining) (*outgoing, error) {
	got, is := j.entry()
	if !is {
		return nil, nil
	}
	to, root, err := d.reader(ctx, user, scope)
	if err != nil || to == "" {
		return nil, err
	}
	link := d.home()
	if j.before.Role != "" { // in the organization already (R23): it is brands that are new, and can be left
		link = d.BaseURL + "/" + scope.Root().String() + "/brands"
		if len(got.Brands) == 1 {
			scope = access.Brand(scope.Organization, got.Brands[0].ID)
		}
	}
	composed, err := Joined{
		To: to, By: j.by.Name, ByAddress: d.addressOf(ctx, j.by), ByClient: j.by.ClientID, Place: placeOf(scope, root, got), Got: got, Reason: j.reason, Link: link,
	}.Compose()
	return d.notice(composed, scope), err
}

// entry returns what was got, and whether it is an entry that the person is to be told of: into the organization, or as
// somebody in it into a brand they were not in.
func (j joining) entry() (access.Grant, bool) {
	if j.via != string(member.ViaDirect) || !j.notify {
		return access.Grant{}, false
	}
	if j.before.Role == "" {
		return j.after, true
	}
	got := access.Grant{Role: j.after.Role}
	for _, brand := range j.after.Brands {
		if !slices.ContainsFunc(j.before.Brands, func(b access.BrandRole) bool { return b.ID == brand.ID }) {
			got.Brands = append(got.Brands, brand)
		}
	}
	return got, len(got.Brands) > 0
}

// reader returns the address at which a user reads mail, and the organization or workspace.
func (d Deliver) reader(ctx context.Context, user string, scope access.Scope) (to string, root access.Root, err error) {
	if to, err = d.address(ctx, user); err == nil && to != "" {
		root, err = d.Store.Root(ctx, scope.Root())
	}
	return to, root, err
}

// address returns the one at which a user reads mail, empty when they have proved none: it may be somebody else's. A client reads none.
func (d Deliver) address(ctx context.Context, user string) (string, error) {
	reader, err := d.Store.User(ctx, user)
	switch {
	case fault.HasCode(err, "not_registered"):
		return "", nil
	case err != nil || !reader.EmailVerified:
		return "", err
	}
	return reader.Email, nil
}

// addressOf returns the address of somebody whose name looks like one, to tell whether it is their own; empty when that is not
// to be known, so that the name is broken up.
func (d Deliver) addressOf(ctx context.Context, who access.Person) string {
	if !strings.Contains(who.Name, "@") {
		return ""
	}
	found, err := d.Store.User(ctx, who.ID)
	if err != nil || !found.EmailVerified {
		return ""
	}
	return found.Email
}

// notice returns a mail without an accept link. It is about no invitation: what becomes of it says nothing about that.
func (d Deliver) notice(composed Message, scope access.Scope) *outgoing {
	return &outgoing{Message: composed, about: invitation.Reference{Root: scope.Root()}}
}

func (d Deliver) home() string { return d.BaseURL + "/" }

// outcome is where an inviter sees what became of an invitation. In a workspace they may have invited and yet not be allowed to see who is in.
func (d Deliver) outcome(ctx context.Context, inviter string, scope access.Scope, accepted bool) (string, error) {
	if scope.Kind() != access.KindWorkspace {
		return d.users(scope, accepted), nil
	}
	standing, err := d.Store.StandingOf(ctx, inviter, scope)
	sees := standing.May(access.ToViewUsers) == nil
	if !accepted { // who only invites has that page too
		sees = standing.May(access.ToInvite) == nil || standing.May(access.ToManageInvitations) == nil
	}
	switch {
	case err != nil:
		return "", err
	case sees:
		return d.users(scope, accepted), nil
	case standing.Holds(access.Read):
		return d.BaseURL + "/" + scope.String(), nil
	default:
		return d.home(), nil
	}
}

// users is the list of the scope that shows what became of an invitation: who is in, or who is invited.
func (d Deliver) users(scope access.Scope, accepted bool) string {
	tab := "invited"
	if accepted {
		tab = "current"
	}
	return d.BaseURL + "/" + scope.String() + "/users?tab=" + tab
}

// placeOf names a scope. Whoever is offered a brand is told its name by the offer.
func placeOf(scope access.Scope, root access.Root, offer access.Grant) Place {
	if scope.Kind() == access.KindWorkspace {
		return Place{Workspace: root.Name, Roles: root.Roles}
	}
	place := Place{Organization: root.Name}
	for _, brand := range offer.Brands {
		if brand.ID == scope.Brand {
			place.Brand = brand.Name
		}
	}
	return place
}
