package console

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// The tabs of the users page.
const (
	tabCurrent = "current"
	tabInvited = "invited"
)

// listPage is Users of an organization or a brand, and Members of a workspace: who is in, and who is invited.
type listPage struct {
	frame
	Scope   access.Scope
	Place   string // name of the organization, brand or workspace
	Parent  string // name of the organization, on a brand's page
	Base    string // where the pages of the users begin
	Tab     string
	Members string // the counts on the tabs
	Invited string
	Asking  string // empty: a brand has no access requests
	Filter  filter
	memberSearch
	People   []memberRow
	Offers   []invitationRow
	Requests []requestRow
	Next     string // address of the next page, empty on the last one
	Later    bool   // not the first page
	Unknown  bool   // the address asks for a filter that there is none of
	Invites  bool   // the reader may invite
	Sees     bool   // the reader may see who is in
	Manages  bool   // the reader may see who is invited
}

// filter is what narrows a list.
type filter struct {
	Name, Label, Any string // of the field, and the choice that narrows nothing
	Chosen           string
	Options          []option
	Problem          string
}

// ChosenText is the chosen option as it reads.
func (f filter) ChosenText() string {
	for _, o := range f.Options {
		if o.Value == f.Chosen {
			return o.Text
		}
	}
	return ""
}

// option is one of several to choose from.
type option struct {
	Value, Text, Note string
	Chosen            bool
	URL               string // where what it names is, for who may see that
}

// invitationRow is somebody who is invited.
type invitationRow struct {
	ID, Who         string // the address or, in a workspace, the name
	Contact         string // in a workspace the username
	Place           string // where it leads
	Role            string // what is offered, in words
	RoleURL         string // of the page about the role, in a workspace; empty for a deleted one
	RoleName        string
	RoleSince       string // what became of a deleted one
	Offer           offering
	InvitedBy       string
	Sent, Expires   moment
	Asked           moment // when the invitee asked for a new link; empty: they wait for none
	Ended           moment // when it was answered, or expired; empty: it is open
	Status          status
	Base            string // where the pages of the invitation begin
	Resend, Delete  access.Action
	Pending, Fresh  bool
	BrandInvitation bool // shown in the organization's list
}

var statusOptions = []option{
	{Value: string(invitation.Pending), Text: "Pending"},
	{Value: string(invitation.Accepted), Text: "Accepted"},
	{Value: string(invitation.Declined), Text: "Declined"},
	{Value: string(invitation.Expired), Text: "Expired"},
	{Value: string(invitation.FilterDeliveryFailed), Text: "Delivery failed"},
	{Value: string(invitation.InvalidGrant), Text: "Not valid"},
	{Value: string(invitation.Closed), Text: "Closed"},
}

func usersPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	p := &listPage{Scope: scope, Base: scopePath(scope) + "/users", Tab: tabCurrent, Later: query.Get("cursor") != ""}
	list := p.members
	switch tab := query.Get("tab"); {
	case tab == tabInvited:
		p.Tab, list = tabInvited, p.invitations
	case tab == tabRequests && scope.Kind() == access.KindOrganization:
		p.Tab, list = tabRequests, p.requests
	}
	var own member.Membership
	var counts member.Counts
	var refused error
	place := atUsers
	if p.Tab == tabInvited && scope.Kind() == access.KindWorkspace {
		place = atInvited
	}
	p.frame, err = v.load("Users", scope, place,
		func(ctx context.Context) (err error) {
			own, err = v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: scope, User: "me", WithoutMails: true})
			return err
		},
		func(ctx context.Context) (err error) {
			if counts, err = v.Count.Do(ctx, v.caller, scope); errors.Is(err, fault.Forbidden) {
				return nil // so are both lists
			}
			return err
		},
		func(ctx context.Context) error {
			if refused = list(ctx, v, query); errors.Is(refused, fault.Forbidden) {
				return nil
			}
			return refused
		},
	)
	if err != nil {
		return err
	}
	p.may(scope)
	switch {
	case refused == nil:
	case scope.Kind() == access.KindWorkspace && p.Tab == tabInvited && p.Invites: // who only invites is told so in place of the list
	case scope.Kind() != access.KindWorkspace || query.Has("tab") || !p.Invites && !p.Manages:
		return refused
	default:
		return v.redirect(p.Base + "?tab=" + tabInvited)
	}
	p.place(own)
	p.count(counts)
	p.Notice = p.done(v.done(), query, v.goneName(p.Scope))
	return v.show(200, "users", p)
}

// may notes what the reader may see and do here. Who has come to the users of an organization or a brand manages them.
func (p *listPage) may(scope access.Scope) {
	p.Sees, p.Invites, p.Manages = true, true, true
	if own, in := p.membershipIn(scope); in && scope.Kind() == access.KindWorkspace {
		standing := own.Standing(scope, true)
		p.Sees, p.Invites = standing.May(access.ToViewUsers) == nil, standing.May(access.ToInvite) == nil
		p.Manages = standing.May(access.ToManageInvitations) == nil
	}
}

// Hidden reports whether the reader can invite people but not see who is invited.
func (p *listPage) Hidden() bool { return p.Tab == tabInvited && !p.Manages }

// HiddenNeeds is what it takes to see them.
func (p *listPage) HiddenNeeds() string {
	return list(permissionWords([]string{string(access.ToManageInvitations.In(p.Scope.Kind()))}))
}

// count puts the numbers on the tabs. What stands on the page as a whole is counted there: it may be ahead of the index that counts.
func (p *listPage) count(counts member.Counts) {
	number, shown := &counts.Members, len(p.People)
	switch p.Tab {
	case tabInvited:
		number, shown = &counts.Invitations, 0
		for _, row := range p.Offers {
			if row.Pending {
				shown++
			}
		}
	case tabRequests:
		number, shown = &counts.Requests, 0
		for _, row := range p.Requests {
			if row.Pending {
				shown++
			}
		}
	}
	if whole := p.Next == "" && !p.Later && !p.Filtered(); whole || *number < shown {
		*number = shown
	}
	p.Members, p.Invited = capped(counts.Members), capped(counts.Invitations)
	if p.Scope.Kind() == access.KindOrganization {
		p.Asking = capped(counts.Requests)
	}
}

// place names the organization or brand, from the caller's own membership there.
func (p *listPage) place(own member.Membership) {
	p.Place = own.ScopeName
	if p.Scope.Kind() == access.KindBrand {
		if m, found := p.membershipIn(p.Scope); found {
			p.Parent = m.ScopeName
		}
	}
	p.Title = p.Heading() + " · " + p.Place
}

// Heading is what the page is called. In a workspace each list is, as in the sidebar.
func (p *listPage) Heading() string {
	switch {
	case p.Scope.Kind() != access.KindWorkspace:
		return "Users"
	case p.Tab == tabInvited:
		return p.InvitedName()
	default:
		return p.CurrentName()
	}
}

// CurrentName and InvitedName are what the lists are called.
func (p *listPage) CurrentName() string {
	if p.Scope.Kind() == access.KindWorkspace {
		return "Members"
	}
	return "Current users"
}

func (p *listPage) InvitedName() string {
	if p.Scope.Kind() == access.KindWorkspace {
		return "Invitations"
	}
	return "Invited users"
}

func (p *listPage) invitations(ctx context.Context, v *visit, query url.Values) error {
	in := invitation.ListInput{
		Scope: p.Scope, Status: invitation.Filter(query.Get("status")), Query: page.Query{Cursor: query.Get("cursor")}, Fresh: v.fresh("inv_"),
	}
	if in.Status == invitation.FilterRejected {
		in.Status = invitation.Filter(invitation.Declined)
	}
	p.Filter = filter{Name: "status", Label: "Status", Any: "All statuses", Chosen: string(in.Status), Options: statusOptions}
	in.Status = invitation.Filter(p.known(string(in.Status), p.Filter.ChosenText() != ""))
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	found, err := v.ListInvitations.Do(ctx, v.caller, in)
	if err != nil {
		return err
	}
	now := v.Now()
	for _, i := range found.Items {
		row := offerRow(i, p.Base, now)
		row.Fresh, row.BrandInvitation = slices.Contains(in.Fresh, i.ID), i.Scope != p.Scope
		p.Offers = append(p.Offers, row)
	}
	p.Next = p.next(found.NextCursor)
	return nil
}

// known returns the filter that the address asks for when there is one, else none.
func (p *listPage) known(chosen string, is bool) string {
	if chosen == "" || is {
		return chosen
	}
	p.Filter.Chosen, p.Unknown = "", true
	return ""
}

// next returns the address of the page that follows: the same view, further on.
func (p *listPage) next(cursor string) string {
	if cursor == "" {
		return ""
	}
	further := url.Values{"tab": {p.Tab}, "cursor": {cursor}}
	if p.Filter.Chosen != "" {
		further.Set(p.Filter.Name, p.Filter.Chosen)
	}
	p.into(further)
	return p.Base + "?" + further.Encode()
}

// Shown is how many rows stand on the page, for those who do not see it change.
func (p *listPage) Shown() string {
	switch p.Tab {
	case tabInvited:
		return count(len(p.Offers), "invitation", "invitations")
	case tabRequests:
		return count(len(p.Requests), "request", "requests")
	}
	return membersShown(p.People)
}

// Default is the whole list of the tab.
func (p *listPage) Default() string { return p.Base + "?tab=" + p.Tab }

func offerRow(i invitation.Invitation, base string, now time.Time) invitationRow {
	row := invitationRow{
		ID: i.ID, Who: invitee(i.Invitee), Place: i.ScopeName, Role: offerWords(i.Scope.Kind(), i.ScopeName, offeredBy(i)), InvitedBy: i.InvitedBy.Name,
		Offer: offerOf(i.Scope.Kind(), i.ScopeName, offeredBy(i)), Sent: at(now, i.SentAt), Expires: at(now, i.ExpiresAt), Status: statusOf(i), Base: base + "/invitations/" + i.ID,
		Resend: because(i.Actions["resend"]), Delete: i.Actions["delete"], Pending: i.Status == invitation.Pending,
	}
	row.Asked = askedAt(i, now)
	if i.Scope.Kind() == access.KindWorkspace {
		row.Contact, row.RoleName, row.RoleSince = contact(i.Invitee), i.RoleName, roleSince(i)
		if row.RoleSince == "" {
			row.RoleURL = scopePath(i.Scope) + "/roles/" + string(i.Role)
		}
	}
	switch {
	case i.RespondedAt != nil:
		row.Ended = at(now, *i.RespondedAt)
	case i.Status == invitation.Expired:
		row.Ended = row.Expires
	}
	return row
}

// done says what the form before this page has done. The address carries only what kind of thing it was, never words. gone is the name of who
// was removed, where it is known.
func (p *listPage) done(what string, query url.Values, gone string) *notice {
	number := func(name string) int {
		n, err := strconv.Atoi(query.Get(name))
		if err != nil || n < 0 || n > invitation.MaxInvitees {
			return 0
		}
		return n
	}
	switch what {
	case "invited":
		return invitedNotice(p, number("invited"), number("joined"), query)
	case "resent", "renewed":
		return p.resent(what == "renewed")
	case "deleted":
		return &notice{Text: "The invitation is deleted. Its link does not work any more."}
	case "cleaned":
		return p.cleaned(number("n"), number("left"))
	case "approved", "rejected":
		return p.decided(what)
	case "created":
		return &notice{Text: p.Place + " is created, and you are its Admin. Create its brands, then invite people.", Link: link{
			URL: scopePath(p.Scope) + "/brands", Text: "Create brands",
		}}
	case "joined":
		return &notice{Text: "You are in. Welcome to " + p.Place + "."}
	case "changed":
		return p.changedNotice(number("n"))
	case "removed":
		return p.removedNotice(number("n"), gone)
	}
	return nil
}

func invitedNotice(p *listPage, invited, joined int, query url.Values) *notice {
	var parts []string
	quiet := query.Get(notifyField) == no
	switch {
	case invited > 0 && quiet:
		parts = append(parts, count(invited, "invitation is", "invitations are")+" made.")
	case invited > 0:
		parts = append(parts, count(invited, "invitation is", "invitations are")+" on the way.")
	}
	if joined > 0 {
		parts = append(parts, count(joined, "person has an account already and is in", "people have an account already and are in")+" at once.")
	}
	if len(parts) == 0 {
		return nil
	}
	if quiet {
		parts = append(parts, "No mail was sent. "+passOn(invited))
	}
	said := &notice{Text: strings.Join(parts, " ")}
	switch at := slices.IndexFunc(p.Offers, func(row invitationRow) bool { return row.Fresh && row.Pending }); {
	case joined > 0 && p.Tab == tabInvited:
		said.Link = link{URL: p.Base + "?" + url.Values{"tab": {tabCurrent}, "fresh": {query.Get("fresh")}}.Encode(), Text: "See current users"}
	case quiet && invited == 1 && at >= 0:
		said.Link = p.Offers[at].copyLink()
	}
	return said
}

// copyLink leads to the link of the invitation.
func (r invitationRow) copyLink() link { return link{URL: r.Base + "/link", Text: "Copy its link"} }

// resent says that an invitation was sent again, or that it only has a new link, to be passed on without a mail.
func (p *listPage) resent(quiet bool) *notice {
	at := slices.IndexFunc(p.Offers, func(row invitationRow) bool { return row.Fresh && row.Pending })
	switch {
	case at < 0 && quiet:
		return &notice{Text: "The invitation has a new link, and no mail was sent. Its earlier link does not work any more."}
	case at < 0:
		return &notice{Text: "The invitation is sent again. Its earlier link does not work any more."}
	}
	row := p.Offers[at]
	if quiet {
		return &notice{Text: row.Who + " has a new link to " + row.Role + ", good until " + row.Expires.Day() + ". No mail was sent: pass it on yourself. The earlier link does not work any more.", Link: row.copyLink()}
	}
	return &notice{Text: row.Who + " gets a new link to " + row.Role + ", good until " + row.Expires.Day() + ". The earlier link does not work any more."}
}
