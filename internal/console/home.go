package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/plain"
)

// homeView is Home: what somebody has access to, and what they are invited to.
type homeView struct {
	frame
	Invitations   []offerCard
	Requests      []myRequest
	Organizations []organizationCard
	Workspaces    []workspaceCard
	More, Next    string // where further invitations are, and further organizations and workspaces
}

// offerCard is an invitation for the one who reads the page.
type offerCard struct {
	Place, InvitedBy string
	Version          int
	Generation       int // of its link
	Offer            offering
	Sentence, Shown  string // what the role may do in a workspace, in words and for the form
	Message          []string
	Sent, Expires    moment
	Base, Key        string
	Accept, Decline  access.Action
}

// organizationCard is an organization that somebody is in.
type organizationCard struct {
	Name, Role, URL string
	All             bool
	Brands          []option
	Links           []link
	GrantedBy, Via  string
	Granted         moment
	Leave           access.Action
}

func homePage(v *visit) error {
	query := v.r.URL.Query()
	p := &homeView{}
	var mine page.List[invitation.Invitation]
	var further *page.List[member.Membership] // another page than the first, which the frame has
	parts := []func(context.Context) error{func(ctx context.Context) (err error) {
		mine, err = v.Mine.Do(ctx, v.caller, invitation.MineInput{Kind: access.KindOrganization, Query: page.Query{Cursor: query.Get(furtherInvitations)}})
		return err
	}, func(ctx context.Context) (err error) {
		p.Requests, err = v.myRequests(ctx)
		return err
	}}
	if cursor := query.Get("cursor"); cursor != "" {
		parts = append(parts, func(ctx context.Context) error {
			found, err := v.MyAccess.Do(ctx, v.caller, member.MyAccessInput{Query: page.Query{Cursor: cursor}})
			further = &found
			return err
		})
	}
	var err error
	if p.frame, err = v.load("Home", access.Scope{}, atHome, parts...); err != nil {
		return err
	}
	if further == nil {
		further = &p.Mine
	}
	p.build(slices.DeleteFunc(mine.Items, func(i invitation.Invitation) bool { return v.answered(p.frame, i) }), further.Items)
	p.More, p.Next = fromHere(query, furtherInvitations, mine.NextCursor), fromHere(query, "cursor", further.NextCursor)
	p.Notice = homeNotice(v.done())
	return v.show(http.StatusOK, "home", p)
}

// furtherInvitations is the cursor of the invitations; that of organizations and workspaces is named as everywhere.
const furtherInvitations = "invitations"

// fromHere is the home page with one of its two lists further on, and the other one as it is. Empty: nothing follows.
func fromHere(now url.Values, list, cursor string) string {
	if cursor == "" {
		return ""
	}
	then := url.Values{list: {cursor}}
	for _, other := range []string{furtherInvitations, "cursor"} {
		if other != list && now.Get(other) != "" {
			then.Set(other, now.Get(other))
		}
	}
	return "/?" + then.Encode()
}

func (p *homeView) build(mine []invitation.Invitation, memberships []member.Membership) {
	for _, i := range mine {
		p.Invitations = append(p.Invitations, cardOf(i, p.Now))
	}
	for _, m := range memberships {
		if m.Scope.Kind() == access.KindWorkspace {
			p.Workspaces = append(p.Workspaces, workspaceCardOf(m, p.Now))
			continue
		}
		p.Organizations = append(p.Organizations, organizationCardOf(m, p.Now))
	}
}

func cardOf(i invitation.Invitation, now time.Time) offerCard {
	form := newForm("")
	card := offerCard{
		Place: placeIn(i.ScopeName, i.OrganizationName), Offer: offerOf(i.Scope.Kind(), i.ScopeName, offeredBy(i)), InvitedBy: i.InvitedBy.Name, Version: i.Version, Generation: i.Generation,
		Sent: at(now, i.SentAt), Expires: at(now, i.ExpiresAt), Base: scopePath(i.Scope) + "/invitations/" + i.ID, Key: form.Key,
		Message: plain.Lines(i.Message), Accept: i.Actions["accept"], Decline: i.Actions["decline"],
	}
	if i.Scope.Kind() == access.KindWorkspace {
		card.Sentence, card.Shown = abilityWords(i.Role, i.Permissions), i.Meaning()
	}
	return card
}

// placeIn names a brand with its organization, and anything else alone.
func placeIn(name, organization string) string {
	if organization == "" {
		return name
	}
	return name + " in " + organization
}

func organizationCardOf(m member.Membership, now time.Time) organizationCard {
	base := organizationPath(m.Scope)
	row := rowOf(m, "", now, false)
	card := organizationCard{
		Name: m.ScopeName, Role: row.Role, URL: base, All: row.All, Brands: row.Brands, GrantedBy: row.GrantedBy, Via: row.Via, Granted: at(now, m.GrantedAt),
		Leave: m.Actions["remove"],
	}
	if m.Role == access.Admin {
		card.Links = append(card.Links, link{URL: base + "/users", Text: "Users", Icon: "users"})
	}
	card.Links = append(card.Links, link{URL: base + "/brands", Text: "Brands", Icon: "tag"}, link{URL: row.URL, Text: "Your profile", Icon: "key"})
	return card
}

func homeNotice(done string) *notice {
	switch done {
	case "declined":
		return &notice{Text: "The invitation is declined. Whoever sent it is told."}
	case "withdrawn":
		return &notice{Text: "Your access request is withdrawn."}
	case "deleted":
		return &notice{Text: "The organization is deleted. Nobody has access to it any more."}
	case "left":
		return &notice{Text: "You have left. If that was a mistake, ask an Admin there to invite you again."}
	}
	return nil
}

// acceptByID accepts an open invitation of one's own.
func acceptByID(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := invitation.AcceptInput{
		Locator: invitation.Locator{Scope: scope, ID: v.r.PathValue("i"), IfMatch: sent.version()}, Shown: sent.Value("shown"),
	}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	joined, err := v.AcceptInvitation.Do(v.r.Context(), v.asks(sent), in)
	if link := sent.number("generation"); fault.HasCode(err, stateInvalid) && link != nil { // the invitee, or it would be unknown: there one asks for a new link
		seenOf(v.r).err = err
		return v.redirect(v.ShowInvitation.Links.Path(invitation.Reference{Root: scope.Root(), ID: in.ID, Generation: *link}))
	}
	if err != nil {
		return v.overtakenOffer(in.Locator, withdrawn(err))
	}
	return v.redirect(arrival(joined.Scope, joined.Grant(), v.caller.User) + "&done=joined")
}

// toAnswer leads to where what the address names is answered.
func toAnswer(v *visit) error { return v.redirect(answeredAt(v.r.PathValue("w") != "")) }

// answeredAt is where one answers the invitations to workspaces, or the others.
func answeredAt(workspace bool) string {
	if workspace {
		return invitedPath
	}
	return "/"
}

// declineView is the page and dialog that asks before an invitation is declined.
type declineView struct {
	frame
	Place, InvitedBy string
	Offer            offering
	Version          int
	Form             form
	Back             string
}

// declineByIDPage asks before an open invitation of one's own is declined. Of one that is not open any more, there is nothing to ask.
func declineByIDPage(v *visit) error {
	scope, err := v.scope()
	in, place := invitation.PreviewInput{Scope: scope, ID: v.r.PathValue("i")}, atHome
	inWorkspace := scope.Kind() == access.KindWorkspace
	if inWorkspace {
		place = atWorkspaces
	}
	if err != nil || !isID(in.ID, "inv_") {
		return toAnswer(v)
	}
	var found invitation.Preview
	framed, err := v.load("Decline invitation", access.Scope{}, place, func(ctx context.Context) (err error) {
		found, err = v.ShowInvitation.Do(ctx, v.caller, in)
		return err
	})
	if errors.Is(err, fault.NotFound) || err == nil && !found.Actions["decline"].Allowed {
		return toAnswer(v)
	}
	if err != nil {
		return err
	}
	organization := ""
	if scope.Kind() == access.KindBrand {
		organization = found.Organization
	}
	return v.show(http.StatusOK, "decline", &declineView{
		frame: framed, Place: placeIn(found.ScopeName, organization), Offer: offerIn(found), InvitedBy: found.InvitedBy.Name, Version: found.Version, Form: newForm(v.r.URL.Path), Back: answeredAt(inWorkspace),
	})
}

// declineByID declines an open invitation of one's own.
func declineByID(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := invitation.DeclineInput{Locator: invitation.Locator{Scope: scope, ID: v.r.PathValue("i"), IfMatch: sent.version()}}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	if _, err := v.DeclineInvitation.Do(v.r.Context(), v.asks(sent), in); err != nil {
		return v.overtakenOffer(in.Locator, withdrawn(err))
	}
	at := "/"
	if scope.Kind() == access.KindWorkspace {
		at = workspacesPath
	}
	return v.redirect(at + "?done=declined&fresh=" + scope.String())
}

// overtakenOffer says who has changed what an invitation offers since the page was made, and what it offers now.
func (v *visit) overtakenOffer(of invitation.Locator, err error) error {
	if !errors.Is(err, fault.Stale) {
		return err
	}
	known := &fault.Error{Kind: fault.Stale, Code: stateChanged, Err: err, Message: offerChanged}
	now, readErr := v.ShowInvitation.Do(v.r.Context(), v.caller, invitation.PreviewInput{Scope: of.Scope, ID: of.ID})
	if readErr == nil && now.Status == invitation.Pending {
		offer := offerIn(now)
		known.Message = fmt.Sprintf("%s changed this invitation: it offers %s now. Nothing was answered.", now.InvitedBy.Name, offer.Text)
		if now.Scope.Kind() == access.KindWorkspace { // it may as well be the role that somebody has changed
			known.Message = fmt.Sprintf("%s It offers %s now: %s", offerChanged, offer.Text, abilityWords(now.Role.ID, now.Permissions))
		}
	}
	return known
}

// withdrawn says what has become of an invitation that stood on the home page and is not there any more.
func withdrawn(err error) error {
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	return &fault.Error{Kind: fault.NotFound, Code: stateDeleted, Err: err, Message: "It was deleted, so it cannot be answered any more."}
}

// arrival is where a role is worth something: where one may manage users, that; else the brands one has got. A workspace says itself what one may.
func arrival(scope access.Scope, got access.Grant, user string) string {
	base, fresh := organizationPath(scope), "?fresh="+user+","+scope.Organization+scope.Workspace
	switch {
	case scope.Kind() == access.KindWorkspace:
		return base + fresh
	case got.Role == access.Admin:
		return base + "/users" + fresh
	case len(got.Brands) == 1 && got.Brands[0].Role == access.Admin:
		return base + "/brands/" + got.Brands[0].ID + "/users" + fresh
	default:
		return base + "/brands" + fresh
	}
}

// createView is the page and dialog that creates an organization, or a brand in one.
type createView struct {
	frame
	Form    form
	Heading string
	Label   string
	Hint    string
	Button  string
	Back    string
}

func newOrganizationPage(v *visit) error {
	return v.newOrganization(newForm("/organizations/new"), http.StatusOK)
}

func (v *visit) newOrganization(f form, status int) error {
	framed, err := v.load("Create organization", access.Scope{}, atHome)
	if err != nil {
		return err
	}
	return v.show(status, "create", &createView{
		frame: framed, Form: f, Heading: "Create organization", Label: "Name of the organization", Button: "Create organization", Back: "/",
		Hint: "You become its Admin. Brands and people come next.",
	})
}

func createOrganization(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	in := organization.CreateInput{Name: sent.Value("name")}
	made, err := perform(v, v.asks(sent), in, v.CreateOrganization.Do)
	if err != nil {
		return v.again(err, sent, v.newOrganization, "name")
	}
	return v.redirect(scopePath(access.Organization(made.ID)) + "/users?done=created&fresh=" + v.caller.User + "," + made.ID)
}
