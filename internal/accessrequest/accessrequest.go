// Package accessrequest holds access requests: somebody's wish to get into an organization, and what its Admins decide.
package accessrequest

import (
	"cmp"
	"context"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/organization"
)

// Status is the state of an access request.
type Status string

// All statuses. Only a pending one can be decided.
const (
	Pending   Status = "pending"
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	Withdrawn Status = "withdrawn" // by the requester
	Closed    Status = "closed"    // there is nothing left to decide (R17)
)

// RejectedFor is how long somebody waits after a rejection before they can ask again (R21).
const RejectedFor = 24 * time.Hour

// Named is a brand or a connection by its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AccessRequest is somebody's wish to get into an organization.
type AccessRequest struct {
	ID               string         `json:"id"`
	Organization     string         `json:"organization"`
	OrganizationName string         `json:"organization_name"`
	Requester        access.Person  `json:"requester"`
	Connection       Named          `json:"connection"`
	Message          string         `json:"message,omitempty"`
	WantedBrands     []Named        `json:"wanted_brands,omitempty"`
	Status           Status         `json:"status"`
	DecidedBy        *access.Person `json:"decided_by,omitempty"` // of an approved or rejected one
	DecidedAt        *time.Time     `json:"decided_at,omitempty"` // when it got its last status
	Reason           string         `json:"reason,omitempty"`
	Granted          *access.Grant  `json:"granted,omitempty"`
	CreatedAt        time.Time      `json:"created_at"`
	Version          int            `json:"version"`
	Actions          access.Actions `json:"actions"`

	UserVersion int `json:"-"` // of the requester's user record, whose name and address are in Requester
}

// Scope is the organization.
func (r AccessRequest) Scope() access.Scope { return access.Organization(r.Organization) }

// fact returns the request as events carry it.
func (r AccessRequest) fact() event.AccessRequest {
	f := event.AccessRequest{
		ID: r.ID, Requester: r.Requester, Connection: event.Connection{ID: r.Connection.ID, Name: r.Connection.Name}, Status: string(r.Status),
		CreatedAt: r.CreatedAt,
	}
	for _, b := range r.WantedBrands {
		f.WantedBrands = append(f.WantedBrands, event.Brand{ID: b.ID, Name: b.Name})
	}
	return f
}

// entry returns the log entry of a fact about the request. It touches no brand: Brand Admins have no part in it (R25).
func (r AccessRequest) entry(log audit.Log, fact event.Fact) audit.Entry {
	return log.Entry(audit.About{Scope: r.Scope(), User: r.Requester.ID, Sequence: r.Version}, fact)
}

// decided returns the request with its last status.
func (r AccessRequest) decided(status Status, by *access.Person, reason string, now time.Time) AccessRequest {
	r.Status, r.DecidedAt, r.Reason = status, &now, reason
	if by != nil {
		r.DecidedBy = &access.Person{ID: by.ID, Name: by.Name}
	}
	r.Version++
	return r
}

// checkOpen returns why nothing can be decided about the request any more, or nil. Of two who decide at once the second learns who
// was first.
func (r AccessRequest) checkOpen() error {
	err := fault.New(fault.Conflict, "request_decided", "")
	err.ExistingID = r.ID
	switch r.Status {
	case Pending:
		return nil
	case Approved, Rejected:
		by := "Somebody"
		if r.DecidedBy != nil && r.DecidedBy.Name != "" {
			by = r.DecidedBy.Name
		}
		err.Message = by + " has " + string(r.Status) + " this request already."
	case Withdrawn:
		err.Code, err.Message = "request_withdrawn", "The person who asked has withdrawn this request."
	default:
		err.Code, err.Message = "request_closed", "This request is closed: the person has got in another way, or was removed."
	}
	return err
}

// canDecide returns why somebody of this standing cannot approve or reject the request now, or nil.
func (r AccessRequest) canDecide(standing access.Standing) error {
	if err := standing.Require(access.ManageUsers); err != nil {
		return err
	}
	if r.Requester.ID == standing.Person.ID {
		return fault.New(fault.Conflict, "own_role", "Nobody decides on their own request. Ask another Admin.")
	}
	return r.checkOpen()
}

// canWithdraw returns why a user cannot withdraw the request now, or nil. To all but the requester there is nothing to withdraw.
func (r AccessRequest) canWithdraw(user string) error {
	if r.Requester.ID != user {
		return fault.Unknown()
	}
	return r.checkOpen()
}

// seen returns the request as somebody of this standing in the organization sees it.
func (r AccessRequest) seen(standing access.Standing) AccessRequest {
	if r.Requester.ID == standing.Person.ID {
		r.Actions = r.own()
	} else {
		r.Actions = access.Actions{}
	}
	if standing.Holds(access.ManageUsers) {
		decide := access.ActionFrom(r.canDecide(standing))
		r.Actions["approve"], r.Actions["reject"] = decide, decide
	}
	return r
}

// own returns what the requester may do with the request.
func (r AccessRequest) own() access.Actions {
	return access.Actions{"withdraw": access.ActionFrom(r.canWithdraw(r.Requester.ID))}
}

// Before is what is known of an earlier request of the same person in the organization. The zero Before is none.
type Before struct {
	Request string
	Until   time.Time // after a rejection: when they may ask again; zero for a request that is open
}

// check returns why the person cannot ask now, or nil (R21).
func (b Before) check(now time.Time) error {
	switch {
	case b.Request == "", !b.Until.IsZero() && !b.Until.After(now):
		return nil
	case b.Until.IsZero():
		return AlreadyPending(b.Request)
	}
	return StillRejected(b.Request, b.Until.Sub(now))
}

// AlreadyPending says that the person has an open request in the organization.
func AlreadyPending(id string) *fault.Error {
	err := fault.New(fault.Conflict, "request_pending", "You have asked already. An Admin decides about it.")
	err.ExistingID = id
	return err
}

// StillRejected says that the person's request was rejected less than a day ago.
func StillRejected(id string, wait time.Duration) *fault.Error {
	err := fault.New(fault.Conflict, "request_rejected", "Your request was rejected. You can ask again 24 hours after that.")
	err.ExistingID, err.RetryAfter = id, wait
	return err
}

// AlreadyMember says that the person is in the organization.
func AlreadyMember(user string) *fault.Error {
	err := fault.New(fault.Conflict, "already_member", "You are a member of this organization already.")
	err.ExistingID = user
	return err
}

// Stale says that the request changed since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "This request changed since you read it. Read it again.")
}

// Ground is what stands in the table when somebody wants to ask for access.
type Ground struct {
	Organization organization.Organization // zero: does not exist, or is deleted
	User         *account.User             // nil: has no account
	Member       *member.Membership
	Before       Before
	Brands       map[string]string // id -> name of the brands asked for that exist
}

// connection returns the connection of that id, if it is there and on.
func (g Ground) connection(id string) (Named, error) {
	for _, c := range g.Organization.Connections {
		if c.ID == id && c.Enabled {
			return Named{ID: c.ID, Name: c.Name}, nil
		}
	}
	return Named{}, fault.Unknown()
}

// Invited is an open invitation to the organization or to one of its brands.
type Invited struct {
	ID      string       `json:"id"`
	Scope   access.Scope `json:"scope"`
	Version int          `json:"-"` // as in list-my-invitations
}

// check returns why the person does not ask, but accept, or nil.
func (i *Invited) check() error {
	if i == nil {
		return nil
	}
	err := fault.New(fault.Conflict, "invitation_pending", "You are invited already. Accept the invitation instead.")
	err.ExistingID = i.ID
	return err
}

// AskStore reads what stands in the table when somebody wants to ask.
type AskStore interface {
	// JoinGround returns, in one consistent round, the organization, the user with their membership and earlier request there, and the brands
	// asked for.
	JoinGround(ctx context.Context, organization access.Scope, user string, brands []string) (Ground, error)
}

// canJoin returns why the user is nobody who may be let in, or nil.
func (g Ground) canJoin() error {
	switch {
	case !g.User.EmailVerified:
		return fault.New(fault.Forbidden, "email_not_verified", "Verify your e-mail address first, then ask for access.")
	case g.Member != nil:
		return AlreadyMember(g.User.ID)
	}
	return nil
}

// canAsk returns why the user cannot ask in the organization now, or nil. An invitation comes before whatever became of an earlier request:
// accepting it needs nobody's decision (R21).
func (g Ground) canAsk(invited *Invited, now time.Time) error {
	return cmp.Or(g.canJoin(), invited.check(), g.Before.check(now))
}
