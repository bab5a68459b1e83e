package role

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
)

// ChangeStore reads and changes roles.
type ChangeStore interface {
	request.Records
	GetStore
	// ChangeRole stores the change: request.Overtaken when the role or the roles of the workspace are not as they were read any more.
	ChangeRole(ctx context.Context, change Change, trail audit.Trail) error
}

// Changing is what the operations share that create, change or delete roles.
type Changing struct {
	Store ChangeStore
	Now   func() time.Time
	NewID func() string
}

// Change is a role before and after, to be stored together with what the workspace says of it.
type Change struct {
	Workspace    access.Scope
	RolesAt      int         // the workspace's roles are as they were read when they count this
	Before       *Role       // nil: the role is new
	After        *Role       // nil: the role is deleted
	ReassignedTo access.Role // of a deleted one
	At           time.Time
	By           access.Person
	Forget       []access.Role // traces of deleted roles that nobody can come upon any more
}

// Role returns the role that is changed, as it is afterwards, or was before it was deleted.
func (c Change) Role() Role {
	if c.After == nil {
		return *c.Before
	}
	return *c.After
}

// save stores a change with its log entry. The roles must be as they were when the caller's standing was read.
func (op Changing) save(ctx context.Context, caller request.Caller, by access.Standing, c Change, sequence int, fact event.Fact) error {
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: by.Person, Request: caller.Request}
	c.Workspace, c.RolesAt, c.At, c.By, c.Forget = by.Scope, by.RolesAt, log.Now, by.Person, forgettable(by.Roles, log.Now)
	c.Forget = c.Forget[:min(len(c.Forget), maxForgotten)]
	return op.Store.ChangeRole(ctx, c, audit.Trail{
		Caller: caller, Result: []string{string(c.Role().ID)}, Unchanged: []access.Standing{by},
		Entries: []audit.Entry{log.Entry(audit.About{Scope: by.Scope, Sequence: sequence}, fact)},
	})
}

// load reads a role for somebody who may change it. A version of 0 is whatever there is.
func (op Changing) load(ctx context.Context, caller request.Caller, scope access.Scope, id access.Role, version int, counted bool) (access.Standing, Role, InUse, error) {
	var (
		none     access.Standing
		standing access.Standing
		found    *Role
		counts   InUse
		err      error
	)
	if err := caller.SignedIn(); err != nil {
		return none, Role{}, counts, err
	}
	if counted {
		standing, found, counts, err = op.Store.RoleInUse(ctx, caller.User, scope, id, op.Now())
	} else {
		standing, found, err = op.Store.Role(ctx, caller.User, scope, id)
	}
	if err != nil {
		return none, Role{}, counts, err
	}
	if err := standing.Require(access.ManageRole); err != nil {
		return none, Role{}, counts, err
	}
	role, exists := lookUp(standing, found, id)
	if !exists || role.ReassignedTo != nil {
		return none, Role{}, counts, fault.Unknown()
	}
	if err := mayChange(standing, role); err != nil {
		return none, Role{}, counts, err
	}
	if version != 0 && version != role.Version {
		return none, Role{}, counts, Stale()
	}
	return standing, role, counts, nil
}

// traceLife is longer than any invitation lasts, which may name a role that was deleted meanwhile.
const traceLife = 31 * 24 * time.Hour

// maxForgotten is how many traces one change of a role takes along: an update that removed all there can be would be longer than DynamoDB takes.
const maxForgotten = 25

// forgettable returns the deleted roles of a workspace whose traces have served.
func forgettable(roles access.CustomRoles, now time.Time) []access.Role {
	gone := map[access.Role]bool{}
	for id, r := range roles {
		gone[id] = r.Deleted && (r.Rewritten || r.ReassignedTo == "") && now.Sub(r.DeletedAt) > traceLife
	}
	for id, r := range roles { // who is stored with one that is left may have it by way of others
		if gone[id] {
			continue
		}
		for next := r.ReassignedTo; gone[next]; next = roles[next].ReassignedTo {
			gone[next] = false
		}
	}
	var ids []access.Role
	for id, is := range gone {
		if is {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Effect is what a change of a role would mean to those who have it.
type Effect struct {
	Gained []access.Permission `json:"gained"` // that count afterwards and do not now
	Lost   []access.Permission `json:"lost"`   // that count now
	InUse
}

func effectOf(before, after access.Set, counts InUse) *Effect {
	return &Effect{Gained: inOrder(minus(after, before)), Lost: inOrder(minus(before, after)), InUse: counts}
}

// minus returns what is in one set and not in the other.
func minus(set, other access.Set) access.Set {
	left := access.Set{}
	for _, permission := range other.Missing(set) {
		left[permission] = true
	}
	return left
}

// Outcome is what has become of a role, or in a dry run what would.
type Outcome struct {
	Role   Role
	Effect *Effect // of a dry run, else nil
}

// MarshalJSON writes the effect of a dry run, else the role.
func (o Outcome) MarshalJSON() ([]byte, error) {
	if o.Effect != nil {
		return json.Marshal(o.Effect)
	}
	return json.Marshal(o.Role)
}
