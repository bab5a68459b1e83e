package access

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// CustomRole is what a workspace says of a role of its own.
type CustomRole struct {
	Name   string
	Chosen []Permission // as stored; what counts is Effective
	// Deleted leaves a trace while anybody may still name the role: it means ReassignedTo, or nothing (R18).
	Deleted      bool
	DeletedAt    time.Time
	DeletedBy    Person
	ReassignedTo Role
	Rewritten    bool // nobody is stored with it any more
}

// Root is an organization or a workspace as people are told of it.
type Root struct {
	Name     string
	Roles    CustomRoles // of a workspace
	Disabled bool        // a workspace (R29)
}

// CustomRoles are the roles of a workspace besides the built-in one, by id; nil in other scopes.
type CustomRoles map[Role]CustomRole

// Resolve returns the role that an id means now: that which took its place, when the role was deleted (R18).
func (r CustomRoles) Resolve(role Role) Role {
	now, _ := r.Follow(role)
	return now
}

// Follow returns the role that an id means now, as Resolve does, and the last of the deleted roles on the way there: by its deletion, those have the
// role now who are stored with the id. Without a way last is zero.
func (r CustomRoles) Follow(role Role) (now Role, last CustomRole) {
	now = role
	for range len(r) { // no longer than that, were there a circle
		deleted, found := r[now]
		if !found || deleted.ReassignedTo == "" {
			break
		}
		now, last = deleted.ReassignedTo, deleted
	}
	return now, last
}

// Has reports whether there is a role of that id, built in or not, that can be given to somebody.
func (r CustomRoles) Has(role Role) bool {
	custom, found := r[role]
	return role == Admin || found && !custom.Deleted
}

// Permissions returns what a role counts for; nothing for one that is deleted or was never there.
func (r CustomRoles) Permissions(role Role) Set {
	role = r.Resolve(role)
	switch {
	case role == Admin:
		return All(KindWorkspace)
	case !r.Has(role):
		return Set{}
	default:
		return Effective(KindWorkspace, r[role].Chosen...)
	}
}

// Name returns what a role is called.
func (r CustomRoles) Name(role Role) string {
	role = r.Resolve(role)
	switch {
	case role == Admin:
		return "Admin"
	case !r.Has(role):
		return "Role deleted"
	default:
		return r[role].Name
	}
}

// MovingTo returns the names of those deleted roles in whose place there is the role now, as long as people may be stored with them: to count who is
// stored with the role itself leaves these out (R18).
func (r CustomRoles) MovingTo(role Role) []string {
	var names []string
	for id, trace := range r {
		if trace.ReassignedTo != "" && !trace.Rewritten && r.Resolve(id) == role {
			names = append(names, trace.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Live returns the ids of the roles that exist, in the order of their ids, which is that in which they were made.
func (r CustomRoles) Live() []Role {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r)), func(id Role) bool { return r[id].Deleted })
}

// NamedRole is a role as answers and events show it: its id where roles are built in, {id, name} in a workspace.
type NamedRole struct {
	ID   Role
	Name string // empty where roles are built in
}

type namedRole struct {
	ID   Role   `json:"id"`
	Name string `json:"name"`
}

// MarshalJSON returns the id, or the object.
func (r NamedRole) MarshalJSON() ([]byte, error) {
	if r.Name == "" {
		return json.Marshal(r.ID)
	}
	return json.Marshal(namedRole(r))
}

// UnmarshalJSON reads either form.
func (r *NamedRole) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] != '{' {
		*r = NamedRole{}
		return json.Unmarshal(text, &r.ID)
	}
	var named namedRole
	err := json.Unmarshal(text, &named)
	*r = NamedRole(named)
	return err
}
