package invitation

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// Invitee is one person to invite.
type Invitee struct {
	Email string `json:"email"`
}

// CreateInput invites people to an organization or a brand.
type CreateInput struct {
	Scope    access.Scope `path:"scope"`
	DryRun   bool         `query:"dry_run"` // answer what would happen, change nothing
	Invitees []Invitee    `json:"invitees"`
	Terms
}

// Validate returns all bad fields but those of single invitees, which have their own results.
func (in CreateInput) Validate() []fault.Field {
	var fields []fault.Field
	if n := len(in.Invitees); n < 1 || n > MaxInvitees {
		fields = append(fields, fault.Field{Pointer: "/invitees", Code: "out_of_range", Detail: "Invite 1 to 100 people at once."})
	}
	return append(fields, in.Terms.validate(in.Scope.Kind())...)
}

// ValidateItems returns what is wrong with the addresses of single invitees, of as many as a call can have.
func (in CreateInput) ValidateItems() []fault.Field {
	in.Invitees = in.Invitees[:min(len(in.Invitees), MaxInvitees)]
	_, bad := in.read()
	fields := make([]fault.Field, 0, len(bad))
	for _, i := range slices.Sorted(maps.Keys(bad)) {
		fields = append(fields, bad[i])
	}
	return fields
}

// read returns the addresses, and by number what is wrong with those that nobody can be invited by.
func (in CreateInput) read() (emails []account.Email, bad map[int]fault.Field) {
	emails, bad = make([]account.Email, len(in.Invitees)), map[int]fault.Field{}
	seen := map[string]bool{}
	for i, invitee := range in.Invitees {
		email, err := account.ParseEmail(invitee.Email)
		pointer := "/invitees/" + strconv.Itoa(i) + "/email"
		switch {
		case err != nil:
			bad[i] = fault.Field{Pointer: pointer, Code: "malformed_email", Detail: "This is not an e-mail address."}
		case seen[email.Key]:
			bad[i] = fault.Field{Pointer: pointer, Code: "duplicate", Detail: "This address stands twice in this call."}
		}
		emails[i], seen[email.Key] = email, true
	}
	return emails, bad
}

// Outcome is what became of one invitee.
type Outcome string

// The outcomes.
const (
	Invited Outcome = "invited"
	Joined  Outcome = "joined"
	Failed  Outcome = "failed"
)

// Result is the outcome for one invitee, in the order of the call.
type Result struct {
	Invitee    Invitee            `json:"invitee"`
	Outcome    Outcome            `json:"outcome"`
	Invitation *Invitation        `json:"invitation,omitempty"`
	Membership *member.Membership `json:"membership,omitempty"`
	Error      *fault.Error       `json:"error,omitempty"`
}

// CreateOutput holds one result per invitee.
type CreateOutput struct {
	Results []Result `json:"results"`
	DryRun  bool     `json:"-"`
}

// Failed reports whether somebody was not invited.
func (o CreateOutput) Failed() bool {
	return slices.ContainsFunc(o.Results, func(r Result) bool { return r.Error != nil })
}

// Ground is what stands in the table before people are invited.
type Ground struct {
	Standing         access.Standing
	OrganizationName string
	AsksAccounts     bool              // the organization asks existing accounts (R4)
	Brands           map[string]string // id -> name of the brands asked for that exist
	Accounts         map[string]string // e-mail key -> user id
	Open             map[string]Open   // e-mail key -> guard of an invitation to the same scope
}

// Open is the guard of an open invitation. It can have lapsed.
type Open struct {
	Invitation string
	ExpiresAt  time.Time
}

// Found is what the table knows of people with an account, and of lapsed invitations.
type Found struct {
	Users       map[string]account.User
	Members     map[string]member.Membership // user id -> membership in the organization
	Invitations map[string]Invitation
	Left        map[string]member.Left // user id -> of an earlier time in the organization
}

// Opening is what one invitee brings into the table: an invitation, or a membership at once.
type Opening struct {
	Number     int // of the invitee in the call
	Invitation *Invitation
	Lapsed     *Invitation // as it was: expires in the same transaction
	Joins      *member.Change
	Mails      bool // counts against the mails of the hour
	Entries    []audit.Entry
}

// CreateStore keeps new invitations.
type CreateStore interface {
	request.ItemRecords
	// Ground reads, in one consistent round, what create needs.
	Ground(ctx context.Context, caller string, scope access.Scope, brands, emailKeys []string) (Ground, error)
	// Find reads, in one consistent round, users with their memberships, and invitations. What does not exist is left out.
	Find(ctx context.Context, organization access.Scope, users, invitations []string) (Found, error)
	// SaveOpenings stores the openings in as few transactions as they fit into, and returns one error per opening, nil for the
	// stored. trail.Entries are not used: each opening brings its own. fault.Conflict with code invitation_pending or
	// already_member says that somebody else was faster; fault.TooMany that the hour's mails are used up.
	SaveOpenings(ctx context.Context, scope access.Scope, openings []Opening, trail audit.Trail) []error
	// ReserveLookups counts addresses that somebody asks about without inviting them; fault.TooMany when the hour's are used up.
	ReserveLookups(ctx context.Context, user string, addresses int) error
}

// Create is the operation create-invitations.
type Create struct {
	Store CreateStore
	Now   func() time.Time
	NewID func() string
	Links Links
}

// Do invites each person by themselves: one that fails does not keep the others from being invited.
func (op Create) Do(ctx context.Context, caller request.Caller, in CreateInput) (CreateOutput, error) {
	if err := caller.SignedIn(); err != nil {
		return CreateOutput{}, err
	}
	call := op.newCreation(caller, in)
	if err := call.run(ctx); err != nil {
		return CreateOutput{}, err
	}
	if first := call.results[0].Error; first != nil && !in.DryRun && (len(call.results) == 1 || call.wasUnavailable()) {
		return CreateOutput{}, first
	}
	return CreateOutput{Results: call.results, DryRun: in.DryRun}, nil
}
