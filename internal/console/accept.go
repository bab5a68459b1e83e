package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/plain"
)

// The states of the accept page: what has become of the invitation, and who is looking.
const (
	stateSignedOut    = "signed_out"
	stateReady        = "ready"
	stateWrongAccount = "wrong_account"
	stateUnverified   = "email_not_verified"
	stateExpired      = "invitation_expired"
	stateSuperseded   = "invitation_superseded"
	stateDeclined     = "invitation_declined"
	stateDeleted      = "invitation_deleted"
	stateChanged      = "invitation_changed"
	stateClosed       = "invitation_closed"
	stateUsed         = "invitation_accepted"
	stateInvalid      = "invalid_grant"
	stateScopeDeleted = "scope_deleted"
	stateForged       = "not_found"
	stateDisabled     = "scope_disabled"
	stateMember       = "already_member" // what the page is about is settled: the reader is in
)

// acceptView is where the link in an invitation's mail leads.
type acceptView struct {
	frame
	State      string
	Reason     string // why nothing can be granted
	Place      string
	Offer      offering
	Sentence   string   // what the role may do
	Abilities  []string // all that it may do in a workspace
	Shown      string   // of all that it offers, for the form that accepts it
	InvitedBy  string
	Message    []string // of the inviter, line by line as the mail has it
	Expires    moment
	Hint       string // the invited address or username, hardly more than its owner recognises
	ForAccount bool   // the invitation is for an account, by its username, and not for an address
	Just       bool   // the reader has just declined
	Asks       bool   // whether the reader means to decline
	Late       bool   // the reader wanted to decline what they have accepted
	Way        link   // into the organization that the reader is in
	Waits      string // where the reader can answer the invitation without its link
	Form       form
	Decline    form
	NewLink    form   // asks for a link in place of a dead one
	Asked      bool   // the reader has just done so
	AskedAt    moment // when the reader did so, until they can again
	AskAgain   moment
	SignIn     string // addresses that come back to this page
	Create     string
	Switch     string
}

func acceptPage(v *visit) error {
	return v.answering(newForm(v.r.URL.Path), newForm(v.r.URL.Path+"/decline"), nil)
}

// declinePage asks before an invitation is declined. Whoever cannot decline it is led to the link's page, which says why.
func declinePage(v *visit) error {
	return v.answering(newForm(invitation.Path+v.r.PathValue("token")), newForm(v.r.URL.Path), nil)
}

// answering shows the accept page, or the question below it. refusal is why an answer just given was not taken.
func (v *visit) answering(accept, decline form, refusal error) error {
	return v.answeringWith(accept, decline, newForm(""), refusal)
}

func (v *visit) answeringWith(accept, decline, newLink form, refusal error) error {
	var preview invitation.Preview
	var showErr error
	p := &acceptView{frame: v.bare("Invitation"), Form: accept, Decline: decline, NewLink: newLink}
	p.NewLink.Action = invitation.Path + v.r.PathValue("token") + "/request-link"
	in := invitation.PreviewInput{Token: v.r.PathValue("token"), Left: errors.Is(refusal, fault.Stale)}
	err := together(v.r.Context(),
		func(ctx context.Context) (err error) {
			if v.caller.User != "" {
				p.Me, err = v.Me.Do(ctx, v.caller, account.MeInput{})
			}
			return err
		},
		func(ctx context.Context) error {
			preview, showErr = v.ShowInvitation.Do(ctx, v.caller, in)
			return nil
		},
	)
	if err != nil {
		return err
	}
	if p.State, err = stateOf(preview, showErr); err != nil {
		return err
	}
	declines := strings.HasSuffix(v.r.URL.Path, "/decline")
	mine := p.State == stateUsed && preview.Actions["accept"].Allowed // accepted by the one who looks
	if mine && (!declines || refusal == nil) {
		return v.redirect(arrival(preview.Scope, offered(preview), v.caller.User) + "&done=joined")
	}
	if p.Asks = declines && (p.State == stateReady || p.State == stateDisabled); declines && !p.Asks && refusal == nil {
		return v.redirect(invitation.Path + in.Token)
	}
	p.fill(preview, invitation.Path+in.Token)
	isDead := p.State == stateDeleted || p.State == stateSuperseded
	if p.Late = mine; p.Late || isDead && v.caller.User != "" {
		if err := v.lead(p, in.Token); err != nil {
			return err
		}
	}
	if asked := preview.LinkRequestedAt; asked != nil && v.Now().Before(asked.Add(invitation.LinkRequestInterval)) {
		p.AskedAt, p.AskAgain = p.At(*asked), p.At(asked.Add(invitation.LinkRequestInterval))
	}
	done := v.done()
	p.Just, p.Asked = done == "declined", done == "asked"
	status := httpapi.Status(showErr)
	switch {
	case refusal != nil:
		status = httpapi.Status(refusal)
		seenOf(v.r).err = refusal
	case showErr == nil:
		status = http.StatusOK
	default:
		seenOf(v.r).err = showErr
	}
	return v.show(status, "accept", p)
}

// offerChanged is said to who was about to accept or decline something else.
const offerChanged = "What this invitation offers has changed since you saw it. Nothing was answered."

// lead shows somebody for whom a link does nothing more the way on: to where its invitation waits, or into the organization that they are in.
func (v *visit) lead(p *acceptView, token string) error {
	ref, err := v.ShowInvitation.Links.Read(token)
	if err != nil {
		return err
	}
	if p.State == stateSuperseded {
		if err := v.waits(p, ref); err != nil || p.Waits != "" {
			return err
		}
	}
	return v.enter(p, ref)
}

// enter shows those who are in the organization of a link the way in.
func (v *visit) enter(p *acceptView, ref invitation.Reference) error {
	own, err := v.GetMember.Do(v.r.Context(), v.caller, member.GetInput{Scope: ref.Root, User: "me", WithoutMails: true})
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err == nil:
		p.State, p.Way = stateMember, link{URL: organizationPath(ref.Root), Text: own.ScopeName}
	}
	return err
}

// waits leads the invitee, who holds an older link, to where the invitation can be answered without one.
func (v *visit) waits(p *acceptView, ref invitation.Reference) error {
	limit, at := page.MaxLimit, "/"
	in := invitation.MineInput{Kind: access.KindOrganization, Query: page.Query{Limit: &limit}}
	if ref.Root.Kind() == access.KindWorkspace {
		in.Kind, at = access.KindWorkspace, invitedPath
	}
	mine, err := v.Mine.Do(v.r.Context(), v.caller, in)
	if slices.ContainsFunc(mine.Items, func(i invitation.Invitation) bool { return i.ID == ref.ID }) {
		p.Waits = at
	}
	return err
}

// stateOf returns what the page says. Errors that say nothing about the invitation are returned.
func stateOf(preview invitation.Preview, err error) (string, error) {
	if err != nil {
		if known, isFault := errors.AsType[*fault.Error](err); isFault {
			switch known.Code {
			case stateForged, stateDeleted, stateSuperseded, stateScopeDeleted:
				return known.Code, nil
			}
		}
		return "", err
	}
	switch preview.Status {
	case invitation.Pending:
	case invitation.Accepted:
		return stateUsed, nil
	case invitation.Declined:
		return stateDeclined, nil
	case invitation.Expired:
		return stateExpired, nil
	case invitation.InvalidGrant:
		return stateInvalid, nil
	case invitation.Closed:
		return stateClosed, nil
	}
	switch accept := preview.Actions["accept"]; {
	case accept.Allowed:
		return stateReady, nil
	case accept.Code == stateWrongAccount, accept.Code == stateUnverified, accept.Code == stateDisabled:
		return accept.Code, nil
	default:
		return stateSignedOut, nil
	}
}

func (p *acceptView) fill(preview invitation.Preview, path string) {
	back := url.Values{"next": {path}}.Encode()
	p.SignIn, p.Create, p.Switch = "/sign-in?"+back, "/sign-in?create=1&"+back, "/sign-in?switch=1&"+back
	if preview.ScopeName == "" {
		return
	}
	kind := preview.Scope.Kind()
	p.Place, p.InvitedBy, p.Hint, p.Reason = preview.ScopeName, preview.InvitedBy.Name, preview.InviteeHint, preview.Reason
	if kind == access.KindBrand { // whose name alone does not tell who invites
		p.Place += " (" + preview.Organization + ")"
	}
	p.Offer, p.Expires = offerOf(kind, p.Place, granting(preview)), p.At(preview.ExpiresAt)
	p.Sentence, p.ForAccount = roleSentences[kind][preview.Role.ID], kind == access.KindWorkspace
	if p.Shown = preview.Meaning; p.ForAccount {
		if p.Abilities = abilities(preview.Permissions); preview.Role.ID == access.Admin {
			p.Sentence = abilityWords(preview.Role.ID, preview.Permissions)
		}
	}
	if kind == access.KindOrganization && preview.Role.ID == access.Member && len(preview.Brands) > 0 {
		p.Sentence = roleSentences[access.KindBrand][preview.Brands[0].Role]
	}
	p.Message, p.Title = plain.Lines(preview.Message), "Invitation to "+p.Place
}

// offerIn says what an invitation offers.
func offerIn(p invitation.Preview) offering {
	return offerOf(p.Scope.Kind(), p.ScopeName, granting(p))
}

// granting is what an invitation grants in its scope.
func granting(p invitation.Preview) access.Grant {
	return access.Grant{Role: p.Role.ID, RoleName: p.Role.Name, Brands: p.Brands}
}

// offered is what an invitation adds in its organization.
func offered(p invitation.Preview) access.Grant {
	if p.Scope.Kind() == access.KindBrand {
		return access.Grant{Role: access.Member, Brands: []access.BrandRole{{ID: p.Scope.Brand, Name: p.ScopeName, Role: p.Role.ID}}}
	}
	return granting(p)
}

func acceptByLink(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	in := invitation.AcceptInput{Locator: invitation.Locator{Token: v.r.PathValue("token")}, Shown: sent.Value("shown")}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	joined, err := v.AcceptInvitation.Do(v.r.Context(), v.asks(sent), in)
	if err == nil {
		return v.redirect(arrival(joined.Scope, joined.Grant(), v.caller.User) + "&done=joined")
	}
	rejected, can := sent.reject(err)
	if !can && !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Unauthenticated) {
		return err
	}
	if errors.Is(err, fault.Stale) {
		rejected.Problem = offerChanged + " Below is what it offers now."
	}
	return v.answering(rejected, newForm(v.r.URL.Path+"/decline"), err)
}

func declineByLink(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	token := v.r.PathValue("token")
	in := invitation.DeclineInput{Locator: invitation.Locator{Token: token}, Email: sent.Value("email")}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	declined, err := v.DeclineInvitation.Do(v.r.Context(), v.asks(sent), in)
	if err == nil {
		return v.redirect(invitation.Path + token + "?done=declined&fresh=" + declined.Scope.String())
	}
	rejected, can := sent.reject(err, "email")
	if !can && !errors.Is(err, fault.NotFound) {
		return err
	}
	return v.answering(newForm(invitation.Path+token), rejected, err)
}
