package member

import (
	"context"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// AddClientInput makes a client, another system with tokens of its own, a member of an organization or a workspace.
type AddClientInput struct {
	Scope    access.Scope `path:"scope"`
	ClientID string       `json:"client_id"` // the subject of its tokens
	Name     string       `json:"name"`
	Offer
}

// maxClientID is the longest subject that a token has (OpenID Connect Core, section 2).
const maxClientID = 255

// Validate returns all bad fields.
func (in AddClientInput) Validate() []fault.Field {
	var fields []fault.Field
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	switch id := in.ClientID; {
	case id == "":
		fields = append(fields, fault.Field{Pointer: "/client_id", Code: "required", Detail: "Name the client as its tokens do, in sub."})
	case len(id) > maxClientID || strings.ContainsFunc(id, odd):
		fields = append(fields, fault.Field{Pointer: "/client_id", Code: "malformed", Detail: "A client id has 1 to 255 characters of ASCII, and no spaces."})
	}
	fields = append(fields, account.CheckName("/name", in.Name)...)
	return append(fields, in.Offer.Validate(in.Scope.Kind())...)
}

// Candidate is a client that is to become a member, as one consistent round found it.
type Candidate struct {
	Standing access.Standing   // the caller's, in the scope
	Brands   map[string]string // id -> name of the brands asked for that exist
	Member   *Membership       // nil: not in the scope
	Left     Left
	IsPerson bool // somebody has an account by that id
}

// AddClientStore reads and adds clients.
type AddClientStore interface {
	request.Records
	// Candidate reads in one consistent round what is known of a client, together with the caller's standing in the scope.
	Candidate(ctx context.Context, caller string, scope access.Scope, client string, brands []string) (Candidate, error)
	// ChangeMember stores the change. request.Overtaken when the client is a member by now.
	ChangeMember(ctx context.Context, change Change, trail audit.Trail) error
}

// AddClient is the operation add-client.
type AddClient struct {
	Store  AddClientStore
	Now    func() time.Time
	NewID  func() string
	Issuer string // of the tokens
}

// Do gives the client a role, as an invitation gives a person one, but at once: there is nobody to ask. It is a member like any other from then
// on, and its tokens are good for what both its role and their scopes allow.
func (op AddClient) Do(ctx context.Context, caller request.Caller, in AddClientInput) (Membership, error) {
	if err := caller.SignedIn(request.ScopeWriteMembers); err != nil {
		return Membership{}, err
	}
	client := access.Person{ID: account.UserID(op.Issuer, in.ClientID), Name: account.CleanName(in.Name), ClientID: in.ClientID}
	return request.Once(ctx, op.Store, caller, func() (Membership, error) {
		return op.add(ctx, caller, client, in)
	}, func(request.Record) (Membership, error) { // the same request again: what it did stands
		found, err := op.Store.Candidate(ctx, caller.User, in.Scope, client.ID, nil)
		switch {
		case err != nil:
			return Membership{}, err
		case found.Member == nil || !found.Standing.Holds(access.Read): // out since
			return Membership{}, fault.Unknown()
		}
		return found.Member.Seen(caller, found.Standing), nil
	})
}

func (op AddClient) add(ctx context.Context, caller request.Caller, client access.Person, in AddClientInput) (Membership, error) {
	found, err := op.Store.Candidate(ctx, caller.User, in.Scope, client.ID, in.Brands)
	if err != nil {
		return Membership{}, err
	}
	by := found.Standing.Person
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: by, Request: caller.Request}
	change, err := found.join(client, in, Given{By: by, At: log.Now, Via: ViaDirect})
	if err != nil {
		return Membership{}, err
	}
	trail := audit.Trail{
		Caller: caller, Result: []string{client.ID}, Unchanged: []access.Standing{found.Standing},
		Entries: []audit.Entry{change.Entry(log, Origin{By: by, Via: ViaDirect, Notify: true})},
	}
	if err := op.Store.ChangeMember(ctx, change, trail); err != nil {
		return Membership{}, fmt.Errorf("add client %s: %w", client.ID, err)
	}
	return change.After.Seen(caller, found.Standing), nil
}

// join returns the change that makes the client a member, or why it may not become one.
func (c Candidate) join(client access.Person, in AddClientInput, given Given) (Change, error) {
	if err := c.Standing.May(access.ToInvite); err != nil {
		return Change{}, err
	}
	brands, fields := in.BrandRoles(c.Brands)
	if in.Scope.Kind() == access.KindWorkspace && !c.Standing.Roles.Has(in.Role) {
		fields = append(fields, access.UnknownRole())
	}
	if c.IsPerson {
		fields = append(fields, fault.Field{Pointer: "/client_id", Code: "not_allowed", Detail: "This is a person's account. People are invited."})
	}
	if err := fault.Fields(fields); err != nil {
		return Change{}, err
	}
	offer := access.Grant{Role: in.Role, RoleName: c.Standing.RoleName(in.Role), Brands: brands}
	if err := access.CheckCeiling(c.Standing, offer); err != nil {
		return Change{}, err
	}
	if c.Member != nil {
		err := fault.New(fault.Conflict, "already_member", "This client is a member already.")
		err.ExistingID = client.ID
		return Change{}, err
	}
	change, _ := Add(nil, c.Left, client, in.Scope, c.Standing.ScopeName, offer, given)
	return change, nil
}
