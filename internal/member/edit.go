package member

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// Subjects are those whom an edit is about, as one consistent round found them.
type Subjects struct {
	Standing access.Standing       // the caller's, in the scope
	Members  map[string]Membership // in the organization or workspace, by user id
	Brands   map[string]string     // id -> name of the brands asked for that exist
}

// EditStore reads and changes members.
type EditStore interface {
	request.Records
	request.ItemRecords
	// Subjects reads the members and brands in one consistent round, together with the caller's standing in the scope.
	Subjects(ctx context.Context, caller string, scope access.Scope, users, brands []string) (Subjects, error)
	// ChangeMember stores the change. request.Overtaken when the membership is not as before any more; fault.Conflict with code
	// last_admin when the organization would be left without an Admin.
	ChangeMember(ctx context.Context, change Change, trail audit.Trail) error
	// ChangeMembers stores the changes in as few transactions as they fit into, and returns one error per change as ChangeMember does, nil for
	// the stored. trail.Entries are not used: each change brings its own.
	ChangeMembers(ctx context.Context, scope access.Scope, changes []Numbered, trail audit.Trail) []error
}

// Numbered is one of the several changes of a call.
type Numbered struct {
	Change
	Number int // of the person in the call
	Entry  audit.Entry
}

// Editing is what the operations share that change or remove members.
type Editing struct {
	Store EditStore
	Now   func() time.Time
	NewID func() string
}

// edit is one such operation.
type edit struct {
	scope  access.Scope
	needs  access.Deed
	brands []string // that are to be read
	reason string
	// decide returns the change for a member of the organization, and whether there is any.
	decide func(found Subjects, m Membership, now time.Time) (Change, bool, error)
}

// one edits one member, whose version in the scope has to be as given unless that is 0. It returns the membership there, nil for somebody
// who is out.
func (op Editing) one(ctx context.Context, caller request.Caller, e edit, user string, version int) (*Membership, error) {
	return request.Once(ctx, op.Store, caller, func() (*Membership, error) {
		found, err := op.Store.Subjects(ctx, caller.User, e.scope, []string{user}, e.brands)
		if err != nil {
			return nil, err
		}
		after, _, err := op.apply(ctx, caller, e, found, user, version)
		return after, err
	}, func(request.Record) (*Membership, error) { // the same request again: what it did stands
		found, err := op.Store.Subjects(ctx, caller.User, e.scope, []string{user}, nil)
		if err != nil {
			return nil, err
		}
		return found.seen(caller, user), nil
	})
}

// apply edits one of the subjects. It returns the membership in the scope, nil for somebody who is out, and whether anything has changed.
func (op Editing) apply(ctx context.Context, caller request.Caller, e edit, found Subjects, user string, version int) (after *Membership, changed bool, err error) {
	change, changed, err := op.decided(e, found, user, version)
	if err != nil {
		return nil, false, err
	}
	if changed {
		log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: found.Standing.Person, Request: caller.Request}
		trail := audit.Trail{Caller: caller, Result: []string{user}, Entries: []audit.Entry{change.edited(log, e)}}
		if user != caller.User { // an item can be conditioned once only
			trail.Unchanged = []access.Standing{found.Standing}
		}
		if err := op.Store.ChangeMember(ctx, change, trail); err != nil {
			return nil, false, fmt.Errorf("edit member %s: %w", user, err)
		}
	}
	return change.After.SeenIn(caller, found.Standing), changed, nil
}

// seen returns what the caller sees of one of the subjects in the scope, nil of somebody who is not in it.
func (s Subjects) seen(caller request.Caller, user string) *Membership {
	m, isMember := s.Members[user]
	if !isMember || !s.Standing.Holds(access.Read) {
		return nil
	}
	return m.SeenIn(caller, s.Standing)
}

// decided returns the change that an edit means for one of the subjects.
func (op Editing) decided(e edit, found Subjects, user string, version int) (Change, bool, error) {
	m := found.Members[user]
	in := m.In(e.scope)
	if m.Role == "" || in == nil {
		if err := found.Standing.May(e.needs); err != nil {
			return Change{}, false, err
		}
		return Change{}, false, fault.Unknown()
	}
	change, changed, err := e.decide(found, m, op.Now())
	if err == nil && version != 0 && version != in.Version {
		return Change{}, false, Stale()
	}
	return change, changed, err
}

// SeenIn returns a membership of the organization, which has just changed, as a caller of this standing sees it in their scope, nil when it is none
// there.
func (m Membership) SeenIn(caller request.Caller, standing access.Standing) *Membership {
	standing.Admins = 0 // may be others by now
	in := m.In(standing.Scope)
	if m.Role == "" || in == nil {
		return nil
	}
	seen := in.Seen(caller, standing)
	return &seen
}

// Seen returns the membership as a caller of this standing in its scope sees it: with what they may do with it.
func (m Membership) Seen(caller request.Caller, by access.Standing) Membership {
	m.ScopeName, m.Actions = by.ScopeName, m.actions(caller, by)
	m.Workspace = Workspace{} // has served
	return m
}

// Own returns the membership of an organization or a workspace as its holder, who asks, sees it.
func (m Membership) Own(holder request.Caller) Membership {
	own := m.Seen(holder, m.Standing(m.Scope, true))
	own.Admins = 0              // has served
	own.Workspace = m.Workspace // says what they may do there
	switch {
	case m.Scope.Kind() != access.KindWorkspace:
	case m.Workspace.Disabled:
		own.ScopeStatus = "disabled"
	default:
		own.ScopeStatus = "enabled"
	}
	return own
}

// actions returns what a caller of this standing may do with the membership now.
func (m Membership) actions(caller request.Caller, standing access.Standing) access.Actions {
	whole := m // as in the organization, where an Admin has every brand
	if m.OrganizationAdmin {
		whole.Role = access.Admin
	} else if m.Scope.Kind() == access.KindBrand {
		whole.Role, whole.Brands = access.Member, []BrandGrant{{BrandRole: access.BrandRole{ID: m.Scope.Brand, Role: m.Role}}}
	}
	writer := caller.SignedIn(request.ScopeWriteMembers)
	return access.Actions{
		"update": access.ActionFrom(writer, mayChange(standing, whole, access.ToChangeUsers), keepsAdmin(standing, whole)),
		"remove": access.ActionFrom(writer, mayRemove(standing, whole)),
	}
}

// edited returns the log entry of an edit.
func (c Change) edited(log audit.Log, e edit) audit.Entry {
	reason := strings.TrimSpace(e.reason)
	left := e.scope.Kind() == access.KindBrand && c.After.In(e.scope) == nil
	if c.After.Role != "" && !left {
		return c.Entry(log, Origin{By: log.Actor, Via: ViaDirect, Notify: true, Reason: reason})
	}
	about := audit.About{Scope: e.scope, User: c.After.User.ID, Sequence: c.After.Version}
	for _, touched := range append([]access.Scope{e.scope.Root()}, c.Touched()...) {
		if touched != e.scope {
			about.Touches = append(about.Touches, touched)
		}
	}
	return log.Entry(about, event.MemberRemoved{
		User: c.After.User, Before: c.Before.Grant(), After: c.After.Grant(), Left: c.Themselves, Notify: !c.Themselves, Reason: reason,
	})
}

// mayRemove returns why a member may not be taken out of the scope, or nil.
func mayRemove(standing access.Standing, m Membership) error {
	if m.User.ID == standing.Person.ID {
		return mayLeave(standing, m)
	}
	return cmp.Or(mayChange(standing, m, access.ToRemoveUsers), keepsAdmin(standing, m))
}

// mayLeave returns why a member may not leave the scope, or nil. It takes no permission: whoever is in may leave, also with a role that was deleted
// (R5), but not out of a disabled workspace (R29).
func mayLeave(standing access.Standing, m Membership) error {
	if err := standing.Enabled(); err != nil {
		return err
	}
	switch {
	case !standing.Exists:
		return fault.Unknown()
	case standing.Scope.Kind() == access.KindBrand && m.Role == access.Admin:
		return mayTouch(standing, m)
	}
	return keepsAdmin(standing, m)
}

// keepsAdmin returns last_admin for the one Admin of an organization or workspace (R20), whom nobody else but a client could ask to change or take out:
// a person who may is an Admin too.
func keepsAdmin(standing access.Standing, m Membership) error {
	asks := m.User.ID == standing.Person.ID || standing.Person.ClientID != ""
	if asks && standing.Scope.Kind() != access.KindBrand && m.CountsAsAdmin() && standing.Admins == 1 {
		return LastAdmin(standing.Scope.Kind())
	}
	return nil
}

// LastAdmin says that an organization or workspace would be left without an Admin (R20).
func LastAdmin(kind access.Kind) *fault.Error {
	if kind == access.KindWorkspace {
		return fault.New(fault.Conflict, "last_admin", "A workspace always keeps one Admin.")
	}
	return fault.New(fault.Conflict, "last_admin", "An organization always keeps one Admin.")
}

// Stale says that somebody else changed the membership since the caller read it.
func Stale() *fault.Error {
	return fault.New(fault.Stale, "stale_version", "Somebody changed this member since you read it. Read it again.")
}

// itself returns the caller for "me".
func itself(caller request.Caller, user string) string {
	if user == "me" {
		return caller.User
	}
	return user
}
