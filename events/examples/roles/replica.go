// Package roles is a subscriber as another team would write it: it keeps who has which role where, from the events alone. It imports nothing of Prism
// Access, reads what it needs of an event, and ignores the rest.
package roles

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Event is what it reads of an event.
type Event struct {
	Type   string `json:"detail-type"`
	Detail struct {
		Metadata struct {
			Version  int    `json:"version"`
			Scope    string `json:"scope"`
			Sequence int    `json:"sequence"`
		} `json:"metadata"`
		Data json.RawMessage `json:"data"`
	} `json:"detail"`
}

// Row is the last that is known of one thing: what a user holds, that something was deleted, or what a deleted role means. Each comes from one event,
// so a row only ever makes way for one with a higher sequence: doubles and stale events change nothing, and no list of those seen is needed.
type Row struct {
	Root     string            `dynamo:"root,hash"` // organizations/org_1 or workspaces/wsp_2
	Key      string            `dynamo:"key,range"` // a user's id, or one of the words below with an id
	Sequence int               `dynamo:"sequence"`
	Role     string            `dynamo:"role,omitempty"`   // of the user; of a deleted role the one in its place. Empty: none
	Brands   map[string]string `dynamo:"brands,omitempty"` // id -> role
}

// What rows are about that are not about a user.
const (
	rootDeleted  = "deleted"
	brandDeleted = "deleted-brand "
	roleDeleted  = "deleted-role "
)

// role is written as its name or, in a workspace, as {id, name}.
type role string

// UnmarshalJSON reads either.
func (r *role) UnmarshalJSON(text []byte) error {
	var named struct{ ID string }
	if json.Unmarshal(text, &named) == nil {
		*r = role(named.ID)
		return nil
	}
	return json.Unmarshal(text, (*string)(r))
}

// Row returns what the event tells, and whether it tells anything of who has which role.
func (e Event) Row() (row Row, tells bool, err error) {
	var data struct {
		User  struct{ ID string } `json:"user"`
		After struct {
			Role   role `json:"role"`
			Brands []struct {
				ID   string `json:"id"`
				Role string `json:"role"`
			} `json:"brands"`
		} `json:"after"`
		Brand        string `json:"brand"`
		Role         string `json:"role"`
		ReassignedTo role   `json:"reassigned_to"`
	}
	row = Row{Root: rootOf(e.Detail.Metadata.Scope), Sequence: e.Detail.Metadata.Sequence}
	switch e.Type {
	case "MemberAdded", "MemberRoleChanged", "MemberRemoved", "BrandDeleted", "RoleDeleted":
		if v := e.Detail.Metadata.Version; v > 1 {
			return Row{}, false, fmt.Errorf("%s has version %d, which is not known here", e.Type, v)
		}
		if err := json.Unmarshal(e.Detail.Data, &data); err != nil {
			return Row{}, false, fmt.Errorf("data of %s: %w", e.Type, err)
		}
	}
	switch e.Type {
	case "MemberAdded", "MemberRoleChanged", "MemberRemoved": // all that is held afterwards, whatever it was before
		row.Key, row.Role, row.Brands = data.User.ID, string(data.After.Role), map[string]string{}
		for _, b := range data.After.Brands {
			row.Brands[b.ID] = b.Role
		}
	case "BrandDeleted":
		row.Key = brandDeleted + data.Brand
	case "RoleDeleted":
		row.Key, row.Role = roleDeleted+data.Role, string(data.ReassignedTo)
	case "OrganizationDeleted", "WorkspaceDeleted":
		row.Key = rootDeleted
	default:
		return Row{}, false, nil
	}
	return row, true, nil
}

// rootOf returns the organization of a brand, else the scope itself.
func rootOf(scope string) string {
	root, _, _ := strings.Cut(scope, "/brands/")
	return root
}

// Held is what somebody holds in an organization or a workspace.
type Held struct {
	Role   string
	Brands map[string]string
}

// Members returns who holds what by the rows of one organization or workspace. What was deleted is nobody's, also when a grant in it came after its end.
func Members(rows []Row) map[string]Held {
	known := map[string]Row{}
	for _, row := range rows {
		known[row.Key] = row
	}
	members := map[string]Held{}
	if _, gone := known[rootDeleted]; gone {
		return members
	}
	for _, row := range rows {
		if strings.HasPrefix(row.Key, brandDeleted) || strings.HasPrefix(row.Key, roleDeleted) {
			continue
		}
		held := Held{Role: row.Role, Brands: maps.Clone(row.Brands)}
		for instead, deleted := known[roleDeleted+held.Role]; deleted; instead, deleted = known[roleDeleted+held.Role] {
			held.Role = instead.Role
		}
		maps.DeleteFunc(held.Brands, func(brand, _ string) bool {
			_, gone := known[brandDeleted+brand]
			return gone
		})
		if held.Role != "" {
			members[row.Key] = held
		}
	}
	return members
}
