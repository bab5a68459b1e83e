package console

import (
	"context"
	"net/url"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/fault"
	"prism-access/internal/page"
)

// tabRequests is the tab of an organization's users page with those who ask for access.
const tabRequests = "requests"

// requestPages names the pages about access requests.
func requestPages(page func(string, handler)) {
	const base = "/organizations/{o}/access-requests"
	page("GET "+base, allRequestsPage)
	page("GET "+base+"/{r}", requestPage)
	page("POST "+base+"/{r}", decideRequest)
	page("GET "+base+"/{r}/reject", rejectPage)
	page("POST "+base+"/{r}/reject", rejectRequest)
	page("GET "+base+"/{r}/withdraw", withdrawPage)
	page("POST "+base+"/{r}/withdraw", withdrawRequest)
}

// allRequestsPage leads to the list.
func allRequestsPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	return v.redirect(requestsPath(scope))
}

func requestsPath(scope access.Scope) string { return scopePath(scope) + "/users?tab=" + tabRequests }

// requestPath is where the page of a request is.
func requestPath(r accessrequest.AccessRequest) string {
	return scopePath(r.Scope()) + "/access-requests/" + r.ID
}

// requestRow is somebody who asks for access.
type requestRow struct {
	ID, Name, Email, Initials string
	From                      string // the platform
	Wanted                    []option
	Message                   string
	Asked                     moment
	Status                    status
	By                        string // who has decided
	Decided                   moment // empty: not yet
	Granted                   offering
	Reason                    string
	URL, Profile              string
	Invite                    string // where somebody who was not let in can be invited
	Approve, Reject           access.Action
	Pending, Fresh            bool
}

func requestRowOf(r accessrequest.AccessRequest, now time.Time) requestRow {
	row := requestRow{
		ID: r.ID, Name: r.Requester.Name, Email: r.Requester.Email, Initials: initials(r.Requester.Name), From: r.Connection.Name,
		Message: r.Message, Asked: at(now, r.CreatedAt), Status: requestStatus(r.Status), Reason: r.Reason, URL: requestPath(r),
		Pending: r.Status == accessrequest.Pending, Approve: r.Actions["approve"], Reject: r.Actions["reject"],
	}
	for _, b := range r.WantedBrands {
		row.Wanted = append(row.Wanted, option{Value: b.ID, Text: b.Name})
	}
	if r.DecidedAt != nil {
		row.Decided = at(now, *r.DecidedAt)
	}
	if r.DecidedBy != nil {
		row.By = r.DecidedBy.Name
	}
	if r.Granted != nil {
		row.Granted = offerOf(access.KindOrganization, r.OrganizationName, *r.Granted)
		row.Profile = scopePath(r.Scope()) + "/users/" + r.Requester.ID
	}
	if r.Status == accessrequest.Rejected || r.Status == accessrequest.Withdrawn {
		row.Invite = scopePath(r.Scope()) + "/users/invite?" + url.Values{"invitees": {r.Requester.Email}}.Encode()
	}
	return row
}

// requestStatus says how a request stands.
func requestStatus(s accessrequest.Status) status {
	switch s {
	case accessrequest.Pending:
		return status{Text: "Pending", Icon: "clock", Tone: "wait"}
	case accessrequest.Approved:
		return status{Text: "Approved", Icon: "check", Tone: "good"}
	case accessrequest.Rejected:
		return status{Text: "Rejected", Icon: "cross", Tone: "off"}
	case accessrequest.Withdrawn:
		return status{Text: "Withdrawn", Icon: "cross", Tone: "off", Detail: "By the person who asked."}
	case accessrequest.Closed:
		return status{Text: "Closed", Icon: "cross", Tone: "off", Detail: "The person has got in another way, or was removed."}
	default:
		return status{Text: string(s), Icon: "alert", Tone: "off"}
	}
}

var requestStatusOptions = []option{
	{Value: string(accessrequest.Pending), Text: "Pending"},
	{Value: string(accessrequest.Approved), Text: "Approved"},
	{Value: string(accessrequest.Rejected), Text: "Rejected"},
	{Value: string(accessrequest.Withdrawn), Text: "Withdrawn"},
	{Value: string(accessrequest.Closed), Text: "Closed"},
}

// requests fills the tab with a page of those who ask for access.
func (p *listPage) requests(ctx context.Context, v *visit, query url.Values) error {
	in := accessrequest.ListInput{
		Scope: p.Scope, Status: accessrequest.Status(query.Get("status")), Query: page.Query{Cursor: query.Get("cursor")}, Fresh: v.fresh("req_"),
	}
	p.Filter = filter{Name: "status", Label: "Status", Any: "All statuses", Chosen: string(in.Status), Options: requestStatusOptions}
	in.Status = accessrequest.Status(p.known(string(in.Status), p.Filter.ChosenText() != ""))
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	found, err := v.ListAccessRequests.Do(ctx, v.caller, in)
	if err != nil {
		return err
	}
	now := v.Now()
	for _, r := range found.Items {
		row := requestRowOf(r, now)
		row.Fresh = slices.Contains(in.Fresh, r.ID)
		p.Requests = append(p.Requests, row)
	}
	p.Next = p.next(found.NextCursor)
	return nil
}

// decided says what has become of the request that was just decided.
func (p *listPage) decided(done string) *notice {
	at := slices.IndexFunc(p.Requests, func(row requestRow) bool { return row.Fresh })
	switch {
	case done == "approved" && at >= 0 && p.Requests[at].Profile != "":
		row := p.Requests[at]
		return &notice{Text: row.Name + " is in: " + row.Granted.Text + ".", Link: link{URL: row.Profile, Text: "See the profile"}}
	case done == "approved":
		return &notice{Text: "The request is approved."}
	case at >= 0:
		return &notice{Text: "The request of " + p.Requests[at].Name + " is rejected, and they are told by mail."}
	default:
		return &notice{Text: "The request is rejected."}
	}
}
