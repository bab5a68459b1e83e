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

// Invitee is one person to invite: by address to an organization or a brand, by username to a workspace.
type Invitee struct {
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
}

// CreateInput invites people to an organization or a brand, or users to a workspace.
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

// ValidateItems returns what is wrong with the addresses or usernames of single invitees, of as many as a call can have.
func (in CreateInput) ValidateItems() []fault.Field {
	in.Invitees = in.Invitees[:min(len(in.Invitees), MaxInvitees)]
	_, bad := in.read()
	fields := make([]fault.Field, 0, len(bad))
	for _, i := range slices.Sorted(maps.Keys(bad)) {
		fields = append(fields, bad[i])
	}
	return fields
}

// address is what an invitee is named by.
type address struct {
	Key     string // the e-mail address or the username in its compared form
	Written string
}

// read returns how the invitees are named, and by number what is wrong with those that nobody can be invited by.
func (in CreateInput) read() (addresses []address, bad map[int]fault.Field) {
	addresses, bad = make([]address, len(in.Invitees)), map[int]fault.Field{}
	seen := map[string]bool{}
	for i, invitee := range in.Invitees {
		named, field := invitee.read(in.Scope.Kind())
		pointer := "/invitees/" + strconv.Itoa(i) + "/" + field.Pointer
		switch {
		case field.Code != "":
			bad[i] = fault.Field{Pointer: pointer, Code: field.Code, Detail: field.Detail}
		case seen[named.Key]:
			bad[i] = fault.Field{Pointer: pointer, Code: "duplicate", Detail: "This person stands twice in this call."}
		}
		addresses[i], seen[named.Key] = named, true
	}
	return addresses, bad
}

// read returns how the invitee of a kind of scope is named, and the field that this stands in, with a code when nobody can be invited by it.
func (i Invitee) read(kind access.Kind) (address, fault.Field) {
	if kind == access.KindWorkspace {
		key := account.UsernameKey(i.Username)
		field := fault.Field{Pointer: "username"}
		switch {
		case i.Email != "":
			field = fault.Field{Pointer: "email", Code: "not_allowed", Detail: "People are invited to a workspace by their username."}
		case !account.IsUsername(key):
			field.Code, field.Detail = "malformed_username", "This is not a username."
		}
		return address{key, i.Username}, field
	}
	email, err := account.ParseEmail(i.Email)
	field := fault.Field{Pointer: "email"}
	switch {
	case i.Username != "":
		field = fault.Field{Pointer: "username", Code: "not_allowed", Detail: "People are invited by their e-mail address here."}
	case err != nil:
		field.Code, field.Detail = "malformed_email", "This is not an e-mail address."
	}
	return address{email.Key, email.Written}, field
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
	Person     access.Person      `json:"-"` // who the username is of, in a workspace
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
	Standing     access.Standing
	RootName     string            // of the organization or workspace
	AsksAccounts bool              // the organization asks existing accounts (R4)
	Brands       map[string]string // id -> name of the brands asked for that exist
	Accounts     map[string]string // e-mail key or username -> user id
	Open         map[string]Open   // e-mail key -> guard of an invitation to the same organization or brand
	// Limited is fault.TooMany when the usernames asked for, were they all nobody's, would be more than the caller may still name: the refusal
	// says nothing of who has them (R32). Nil otherwise.
	Limited error
}

// Unknown are usernames that somebody named to invite them, and that nobody has.
type Unknown struct {
	By    string // the id of the user
	Names int
}

// Open is the guard of an open invitation. It can have lapsed.
type Open struct {
	Invitation string
	ExpiresAt  time.Time
}

// Found is what the table knows of people with an account, and of lapsed invitations.
type Found struct {
	Users       map[string]account.User
	Members     map[string]member.Membership // user id -> membership in the organization or workspace
	Invitations map[string]Invitation
	Left        map[string]member.Left // user id -> of an earlier time there
	Open        map[string]Open        // user id -> guard of an invitation to the workspace
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
	Ground(ctx context.Context, caller string, scope access.Scope, brands, addresses []string) (Ground, error)
	// Find reads, in one consistent round, users with their memberships, and invitations. What does not exist is left out. Beside that it counts
	// usernames that nobody has; fault.TooMany when the hour's are used up.
	Find(ctx context.Context, root access.Scope, users, invitations []string, unknown Unknown) (Found, error)
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
