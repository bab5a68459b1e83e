package invitation

import (
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// Locator says which invitation is answered: by the token of its link, or by scope and id for the signed-in invitee.
type Locator struct {
	Token   string       `path:"token"`
	Scope   access.Scope `path:"scope"`
	ID      string       `path:"i"`
	IfMatch int          `header:"If-Match"` // of the invitation, by id; 0: whatever it offers by now. A link is of one offer anyway
}

// shows returns Stale when the invitation, reached by id, is not the one any more that the invitee has seen.
func (l Locator) shows(i Invitation) error {
	if l.Token == "" && l.IfMatch != 0 && l.IfMatch != i.Version {
		return Stale()
	}
	return nil
}

func (l Locator) reference(links Links) (Reference, error) {
	if l.Token != "" || l.ID == "" {
		return links.Read(l.Token)
	}
	return Reference{Root: l.Scope.Root(), ID: l.ID}, nil
}

// Answerable is what stands in the table when somebody answers an invitation.
type Answerable struct {
	Invitation *Invitation      // nil: deleted, or never there
	Root       string           // name of the organization or workspace; empty when it was deleted
	Admins     int              // that it has
	Workspace  member.Workspace // what a standing in the workspace depends on
	Stored     access.NamedRole // in a workspace: the role that the invitation itself names, which may be called otherwise or be another one by now
	User       *account.User
	Member     *member.Membership // the answering user's membership in the organization or workspace
	Left       member.Left        // of an earlier time there
}

// AnswerStore reads invitations for those who answer them.
type AnswerStore interface {
	// Answerable returns, in one consistent round, the invitation with its organization, and the user (empty: nobody) with their membership.
	Answerable(ctx context.Context, ref Reference, user string) (Answerable, error)
	// Backing returns, in one consistent round, what stands behind the offer now.
	Backing(ctx context.Context, invitation Invitation) (Backing, error)
}

// check returns why what was found is nothing that anybody could answer this way: by link 410 with the reason, by id one 404 for all
// but the invitee.
func (l Locator) check(ref Reference, found Answerable) error {
	if l.Token == "" {
		switch {
		case found.User == nil:
			return account.ErrNotRegistered()
		case found.Invitation == nil || found.Invitation.Scope != l.Scope || !found.Invitation.isFor(*found.User):
			return fault.Unknown()
		}
	}
	switch {
	case found.Root == "":
		return scopeDeleted()
	case found.Invitation == nil:
		return deleted()
	case l.Token != "" && ref.Generation != found.Invitation.Generation:
		return fault.New(fault.Gone, "invitation_superseded", "A newer invitation was sent since. Use the link in the newest mail.")
	}
	return nil
}

// isFor reports whether the user is the invited one, or has the invited address, proven or not.
func (i Invitation) isFor(user account.User) bool {
	if i.Scope.Kind() == access.KindWorkspace {
		return user.ID == i.InviteeKey
	}
	return account.EmailKey(user.Email) == i.InviteeKey
}

func deleted() error {
	return fault.New(fault.Gone, "invitation_deleted", "This invitation was deleted.")
}

func scopeDeleted() error {
	return fault.New(fault.Gone, "scope_deleted", "What this invitation leads to was deleted.")
}

// Backing is what stands behind an offer.
type Backing struct {
	Inviter access.Standing   // of the inviter in the invitation's scope
	Brands  map[string]string // id -> name of the offered brands that still exist
}

// hasScope reports whether the scope of the invitation still exists, given that its organization does.
func (b Backing) hasScope(i Invitation) bool {
	switch i.Scope.Kind() {
	case access.KindBrand:
		return b.Brands[i.Scope.Brand] != ""
	case access.KindWorkspace:
		return b.Inviter.Exists
	default:
		return true
	}
}

// left returns the invitation as what is left of it: with the brands that exist, or the role that its role means by now. It was read before.
func (b Backing) left(i Invitation) Invitation {
	if i.Scope.Kind() == access.KindWorkspace {
		return i.Of(b.Inviter.Roles)
	}
	return i.Among(b.Brands)
}

// checkInvitee returns why the user cannot answer the invitation, or nil (R15).
func checkInvitee(i Invitation, user *account.User) error {
	switch {
	case user == nil:
		return account.ErrNotRegistered()
	case i.Scope.Kind() == access.KindWorkspace && !i.isFor(*user):
		return fault.New(fault.Forbidden, "wrong_account", "This invitation is for another account than the one you are signed in with.")
	case i.Scope.Kind() == access.KindWorkspace: // is for the account, whatever its address
		return nil
	case !i.isFor(*user):
		return fault.New(fault.Forbidden, "wrong_account", "This invitation is for another e-mail address than the one you are signed in with.")
	case !user.EmailVerified:
		return fault.New(fault.Forbidden, "email_not_verified", "Verify your e-mail address first, then answer the invitation.")
	default:
		return nil
	}
}

// canAnswer returns why the user cannot answer the invitation now, or nil. Of one that is not open any more, whoever holds its
// link learns that first.
func canAnswer(i Invitation, user *account.User, now time.Time) error {
	if err := i.checkOpen(now); err != nil {
		return err
	}
	return checkInvitee(i, user)
}

// invitation returns what was found as check lets pass, with the present name of the organization or workspace that it leads to.
func (a Answerable) invitation() Invitation {
	return a.Invitation.named(a.Invitation.Scope.Root(), a.Root)
}

// acceptedBy reports whether the user has accepted the invitation.
func (a Answerable) acceptedBy(user string) bool {
	return a.Invitation != nil && a.Invitation.Status == Accepted && a.Invitation.AcceptedBy == user
}

// answerable reads what a user answers. Whoever has accepted, and is no member, is looked for once more: the two are read side by side, not at
// one moment, and the membership may have come just after the look at its place. Then nil says that they were removed since.
func answerable(ctx context.Context, store AnswerStore, ref Reference, user string) (Answerable, error) {
	found, err := store.Answerable(ctx, ref, user)
	if err != nil || !found.acceptedBy(user) || found.Member != nil {
		return found, err
	}
	return store.Answerable(ctx, ref, user)
}

// checkOpen returns why the invitation cannot be answered any more, or nil.
func (i Invitation) checkOpen(now time.Time) error {
	status := i.StatusAt(now)
	switch {
	case status == InvalidGrant && i.Reason == ReasonBrandsDeleted:
		return fault.New(fault.Conflict, "invalid_grant", "The brands that this invitation offers were deleted. It has to be sent again with others.")
	case status == InvalidGrant && i.Reason == ReasonRoleDeleted:
		return fault.New(fault.Conflict, "invalid_grant", "The role that this invitation offers was deleted. It has to be sent again with another one.")
	}
	return checkOpen(status)
}

// checkOpen returns why a status does not allow an answer any more, or nil.
func checkOpen(status Status) error {
	switch status {
	case Pending:
		return nil
	case Expired:
		return fault.New(fault.Gone, "invitation_expired", "This invitation has expired.")
	case Declined:
		return fault.New(fault.Conflict, "invitation_declined", "This invitation was declined.")
	case Accepted:
		return fault.New(fault.Conflict, "invitation_accepted", "This invitation was accepted already.")
	case InvalidGrant:
		return fault.New(fault.Conflict, "invalid_grant", "Whoever sent this invitation may no longer give what it offers. Somebody else has to send it again.")
	case Closed:
		return fault.New(fault.Gone, "invitation_closed", "This invitation is closed.")
	}
	return fault.New(fault.Gone, "invitation_closed", "This invitation cannot be answered any more.")
}

// Preview is what whoever holds the link may see.
type Preview struct {
	Scope       access.Scope       `json:"scope"`
	ScopeName   string             `json:"scope_name"`
	Role        access.NamedRole   `json:"role"`
	Brands      []access.BrandRole `json:"brands,omitempty"`
	InvitedBy   PreviewName        `json:"invited_by"`
	ExpiresAt   time.Time          `json:"expires_at"`
	Status      Status             `json:"status"`
	Reason      string             `json:"reason,omitempty"` // why it is invalid_grant
	InviteeHint string             `json:"invitee_hint"`
	// Organization is the name of the organization that a brand's invitation leads into as well, for the console.
	Organization string `json:"-"`
	// Message is what the inviter wrote, to the invitee who is signed in: others who hold the link are not shown it. For the console.
	Message string `json:"-"`
	// Permissions are what the role of a workspace counts for, and Meaning is that of the invitation as it is shown, for the console.
	Permissions access.Set `json:"-"`
	Meaning     string     `json:"-"`
	// Actions are what the signed-in caller may do: accept and decline. The API's caller is nobody, so it is the console's alone.
	Actions access.Actions `json:"-"`
	// LinkRequestedAt is when the invitee who is signed in has asked for a link in place of this one, for the console.
	LinkRequestedAt *time.Time `json:"-"`
	// Version is that of the invitation, for the console.
	Version int `json:"-"`
}

// PreviewName is all that a link tells about the inviter.
type PreviewName struct {
	Name string `json:"name"`
}

// PreviewInput shows what a link leads to.
type PreviewInput struct {
	Token string `path:"token"`
	// Scope and ID show the caller's own invitation without its link, for the console.
	Scope access.Scope
	ID    string
	// Left asks what is left of the offer if a brand of it was deleted just now, which takes another round: for who is told that it has changed.
	Left bool
}

// Validate returns all bad fields.
func (in PreviewInput) Validate() []fault.Field { return nil }

// Show is the operation preview-invitation. It changes nothing, ever.
type Show struct {
	Store AnswerStore
	Now   func() time.Time
	Links Links
}

// Do returns the preview: 404 for a link that is not ours, 410 for one that is dead whatever its invitation's status, and of that no more than when
// the caller has asked for another. The caller need not be signed in. By scope and id: 404 for all but the invitee.
func (op Show) Do(ctx context.Context, caller request.Caller, in PreviewInput) (Preview, error) {
	at := Locator{Token: in.Token, Scope: in.Scope, ID: in.ID}
	ref, err := at.reference(op.Links)
	if err != nil {
		return Preview{}, err
	}
	found, err := answerable(ctx, op.Store, ref, caller.User)
	if err != nil {
		return Preview{}, err
	}
	if err := at.check(ref, found); err != nil {
		return Preview{LinkRequestedAt: found.asked()}, err
	}
	i, now := found.invitation(), op.Now()
	if in.Left || i.Scope.Kind() == access.KindBrand {
		backing, err := op.Store.Backing(ctx, i)
		if err != nil {
			return Preview{}, err
		}
		if !backing.hasScope(i) {
			return Preview{}, scopeDeleted()
		}
		i = backing.left(i)
	}
	i = i.counting(found.Workspace.Roles)
	answer := caller.SignedIn()
	if answer == nil {
		answer = canAnswer(i, found.User, now)
	}
	accept := answer
	if accept == nil {
		accept = found.enabled()
	}
	if found.acceptedBy(caller.User) && found.Member != nil { // repeating it changes nothing
		accept = nil
	}
	message := ""
	if answer == nil {
		message = i.Message
	}
	return Preview{
		Scope: i.Scope, ScopeName: i.ScopeName, Role: access.NamedRole{ID: i.Role, Name: i.RoleName}, Brands: i.Brands, InvitedBy: PreviewName{Name: i.InvitedBy.Name},
		ExpiresAt: i.ExpiresAt, Status: i.StatusAt(now), Reason: i.Reason, InviteeHint: i.hint(),
		Organization: found.Root, Message: message, Permissions: i.Permissions, Meaning: i.Meaning(),
		Actions: access.Actions{"accept": access.ActionFrom(accept), "decline": access.ActionFrom(answer)}, Version: i.Version,
		LinkRequestedAt: found.asked(),
	}, nil
}

// asked returns when the user has asked for a new link; nil when they have not, or the invitation is somebody else's.
func (a Answerable) asked() *time.Time {
	if a.Invitation == nil || checkInvitee(*a.Invitation, a.User) != nil {
		return nil
	}
	return a.Invitation.LinkRequestedAt
}

// hint returns the invited address or username so that one recognises one's own.
func (i Invitation) hint() string {
	if i.Scope.Kind() == access.KindWorkspace {
		return hint(i.Invitee.Username)
	}
	return hint(i.InviteeKey)
}

// enabled returns why nobody gets into the workspace now, or nil (R29).
func (a Answerable) enabled() error {
	return access.Standing{Exists: true, Disabled: a.Workspace.Disabled}.Enabled()
}

// hint returns an address as "a***@example.com": enough to recognise one's own, too little to learn somebody else's.
func hint(address string) string {
	for at, c := range address {
		if c == '@' {
			first := []rune(address)[0]
			return string(first) + "***" + address[at:]
		}
	}
	for _, first := range address {
		return string(first) + "***"
	}
	return "***"
}
