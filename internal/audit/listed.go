package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/page"
)

// Listed is a log entry as it is read: who did what to whom, where, when, how and why, and what was before and is after it.
type Listed struct {
	ID         string         `json:"id"`
	Type       string         `json:"type"`
	OccurredAt time.Time      `json:"occurred_at"`
	Actor      access.Person  `json:"actor"`
	Scope      access.Scope   `json:"scope"`
	Scopes     []access.Scope `json:"scopes"`
	User       *access.Person `json:"user,omitempty"`
	Before     map[string]any `json:"before,omitempty"`
	After      map[string]any `json:"after,omitempty"`
	Via        string         `json:"via,omitempty"`
	GrantedBy  *access.Person `json:"granted_by,omitempty"` // of what somebody got: by an invitation the inviter, who is not the actor
	Reason     string         `json:"reason,omitempty"`
	// RoleDeleted says that what changed follows from the deletion of a role. The reason is the one of that.
	RoleDeleted bool        `json:"role_deleted,omitempty"`
	Role        access.Role `json:"role,omitempty"` // of a workspace, that the entry is about
	Sequence    int         `json:"sequence"`
	RequestID   string      `json:"request_id,omitempty"`
}

// data is what facts have in common. A fact about a thing with a life of its own carries the thing as it is after it.
type data struct {
	User          *access.Person
	Before, After map[string]any
	Invitation    any // the id alone where the entry is about somebody who got in by it
	AccessRequest any `json:"access_request"`
	Granted       map[string]any
	Role          access.Role
	ReassignedTo  map[string]any `json:"reassigned_to"` // of a deleted role
	Via, Reason   string
	GrantedBy     *access.Person `json:"granted_by"`
	RoleDeleted   bool           `json:"role_deleted"` // of a member: which is why it changed
	Delivery      struct{ Detail string }
}

// listed returns the entry as it is read in the log of a scope. In a brand's, other brands are not named.
func (e Entry) listed(in access.Scope) (Listed, error) {
	var said data
	if err := json.Unmarshal(e.Data, &said); err != nil {
		return Listed{}, fmt.Errorf("log entry %s: %w", e.ID, err)
	}
	if said.RoleDeleted && said.Reason == event.NoReason {
		said.Reason = ""
	}
	listed := Listed{
		ID: e.ID, Type: e.Type, OccurredAt: e.OccurredAt, Actor: e.Actor, Scope: e.Scope, Scopes: slices.Clone(e.Scopes), User: said.User,
		Before: said.Before, After: said.After, Via: said.Via, GrantedBy: said.GrantedBy, Reason: cmp.Or(said.Reason, said.Delivery.Detail, text(said.After["why"])), RoleDeleted: said.RoleDeleted,
		Role: said.Role, Sequence: e.Sequence, RequestID: e.RequestID,
	}
	if said.ReassignedTo != nil {
		listed.After = map[string]any{"reassigned_to": said.ReassignedTo}
	}
	for who, value := range map[string]any{"invitee": said.Invitation, "requester": said.AccessRequest} {
		if thing, whole := value.(map[string]any); whole {
			listed.take(who, thing, said.Granted)
		}
	}
	if in.Kind() == access.KindBrand {
		listed.Scopes = slices.DeleteFunc(listed.Scopes, func(s access.Scope) bool { return s.Kind() == access.KindBrand && s != in })
		narrow(listed.Before, in.Brand)
		narrow(listed.After, in.Brand)
	}
	return listed, nil
}

// take shows the thing that the entry is about: who is in it, and how it is after the entry or, when it was deleted, was before.
func (l *Listed) take(who string, thing, granted map[string]any) {
	if person, ok := thing[who].(map[string]any); ok && l.User == nil {
		l.User = &access.Person{ID: text(person["id"]), Name: text(person["name"]), Email: text(person["email"]), Username: text(person["username"])}
	}
	switch {
	case l.Before != nil || l.After != nil: // the fact says what has changed about it
	case strings.HasSuffix(l.Type, "Deleted"):
		l.Before = thing
	default:
		l.After = thing
		if granted != nil {
			l.After["granted"] = granted
		}
	}
}

func text(value any) string {
	said, _ := value.(string)
	return said
}

// narrow takes out of a value what it says of other brands than one.
func narrow(value any, brand string) {
	object, _ := value.(map[string]any)
	for name, part := range object {
		list, isList := part.([]any)
		if !isList || name != "brands" && name != "wanted_brands" {
			narrow(part, brand)
			continue
		}
		object[name] = slices.DeleteFunc(list, func(one any) bool {
			named, _ := one.(map[string]any)
			return named["id"] != brand
		})
	}
}

// Sheet is a log as a CSV file.
var Sheet = page.Sheet[Listed]{
	Name: "audit-log.csv",
	Header: []string{
		"id", "occurred_at", "type", "actor", "actor_id", "user", "user_email", "user_id", "scope", "before", "after", "via", "reason", "sequence", "request_id",
		"granted_by", "granted_by_id", "role_id", "actor_client_id", "user_client_id",
	},
	Row: func(l Listed) []string {
		var user, by access.Person
		if l.User != nil {
			user = *l.User
		}
		if l.GrantedBy != nil {
			by = *l.GrantedBy
		}
		return []string{
			l.ID, l.OccurredAt.UTC().Format(time.RFC3339), l.Type, l.Actor.Name, l.Actor.ID, user.Name, user.Email, user.ID, l.Scope.String(),
			compact(l.Before), compact(l.After), l.Via, l.Reason, strconv.Itoa(l.Sequence), l.RequestID,
			by.Name, by.ID, string(l.Role), l.Actor.ClientID, user.ClientID,
		}
	},
}

func compact(value map[string]any) string {
	if len(value) == 0 {
		return ""
	}
	written, _ := json.Marshal(value) // it was JSON before
	return string(written)
}
