package event

import (
	"time"

	"prism-access/internal/access"
)

// AccessRequest is an access request as it is after the event. What the requester wrote is not published.
type AccessRequest struct {
	ID           string        `json:"id"`
	Requester    access.Person `json:"requester"`
	Connection   Connection    `json:"connection"`
	WantedBrands []Brand       `json:"wanted_brands,omitempty"`
	Status       string        `json:"status"`
	CreatedAt    time.Time     `json:"created_at"`
}

// Connection is the platform through which somebody asks for access.
type Connection struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Brand is a brand by its name.
type Brand struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AccessRequestCreated says that somebody asks to get into an organization.
type AccessRequestCreated struct {
	AccessRequest AccessRequest `json:"access_request"`
}

// AccessRequestApproved says that an Admin let somebody in who had asked. MemberAdded or MemberRoleChanged goes with it when anything
// was added.
type AccessRequestApproved struct {
	AccessRequest AccessRequest `json:"access_request"`
	Granted       access.Grant  `json:"granted"`
	Reason        string        `json:"reason,omitempty"`
}

// AccessRequestRejected says that an Admin did not let somebody in who had asked.
type AccessRequestRejected struct {
	AccessRequest AccessRequest `json:"access_request"`
	Reason        string        `json:"reason,omitempty"`
}

// AccessRequestWithdrawn says that whoever had asked does not want to get in any more.
type AccessRequestWithdrawn struct {
	AccessRequest AccessRequest `json:"access_request"`
}

// AccessRequestClosed says that there is nothing left to decide: the person has got what they asked for in another way, or was
// removed (R17).
type AccessRequestClosed struct {
	AccessRequest AccessRequest `json:"access_request"`
	Reason        string        `json:"reason"`
}

func (AccessRequestCreated) fact()   {}
func (AccessRequestApproved) fact()  {}
func (AccessRequestRejected) fact()  {}
func (AccessRequestWithdrawn) fact() {}
func (AccessRequestClosed) fact()    {}
