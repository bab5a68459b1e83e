// Package event defines what Prism Access publishes: one Go type per fact, and the envelope it travels in.
//
// Changes are additive only: a field is never renamed, removed or given another meaning (infra/decisions/0013).
package event

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"prism-access/internal/access"
)

// Source is the EventBridge source of everything published here.
const Source = "prism.access"

// Version is the version of the data of every event published today.
const Version = 1

// Fact is something that happened, in the past tense. Its type name is the detail-type.
type Fact interface{ fact() }

// Metadata is the same for every event.
type Metadata struct {
	ID            string         `json:"id"` // of the log entry: the same when the event is delivered twice
	Type          string         `json:"type"`
	Version       int            `json:"version"` // of the data's schema
	OccurredAt    time.Time      `json:"occurred_at"`
	Scope         access.Scope   `json:"scope"`
	Scopes        []access.Scope `json:"scopes"` // all that the change touches, Scope included
	Actor         access.Person  `json:"actor"`
	Sequence      int            `json:"sequence"` // version of the thing the event is about: drop what is not newer
	CorrelationID string         `json:"correlation_id,omitempty"`
}

// Detail is the detail of the EventBridge event.
type Detail struct {
	Metadata Metadata        `json:"metadata"`
	Data     json.RawMessage `json:"data"`
}

// TouchesEveryBrand reports whether the change is about somebody who is or was Organization Admin, and so has or had every brand. Scopes name at
// most the brands that they had a role in besides.
func (d Detail) TouchesEveryBrand() bool {
	switch d.Metadata.Type {
	case TypeOf(MemberAdded{}), TypeOf(MemberRoleChanged{}), TypeOf(MemberRemoved{}):
	default:
		return false
	}
	var said struct{ Before, After access.Grant }
	_ = json.Unmarshal(d.Data, &said) // what is no grant is none
	return d.Metadata.Scope.Kind() == access.KindOrganization && (said.Before.Role == access.Admin || said.After.Role == access.Admin)
}

// Envelope is the EventBridge event as a target receives it, the parts that matter here.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type Envelope struct {
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
	Detail     Detail `json:"detail"`
}

// TypeOf returns the published name of a fact.
func TypeOf(fact Fact) string { return reflect.TypeOf(fact).Name() }

// facts are all types, by their name.
var facts = index(
	UserRegistered{}, UserUpdated{}, OrganizationCreated{}, OrganizationUpdated{}, OrganizationDeleted{}, BrandCreated{}, BrandUpdated{}, BrandDeleted{}, MemberAdded{}, MemberRoleChanged{}, MemberRemoved{},
	InvitationCreated{}, InvitationResent{}, InvitationAccepted{}, InvitationDeclined{}, InvitationExpired{}, InvitationExpiring{}, InvitationLinkRequested{}, InvitationInvalidated{},
	InvitationClosed{}, InvitationDeleted{}, InvitationDelivered{}, InvitationDeliveryDelayed{}, InvitationDeliveryFailed{},
	MailsStopped{}, MailsResumed{},
	WorkspaceCreated{}, WorkspaceUpdated{}, WorkspaceEnabled{}, WorkspaceDisabled{}, WorkspaceDeleted{}, RoleCreated{}, RoleUpdated{}, RoleDeleted{},
	AccessRequestCreated{}, AccessRequestApproved{}, AccessRequestRejected{}, AccessRequestWithdrawn{}, AccessRequestClosed{},
)

func index(all ...Fact) map[string]reflect.Type {
	types := make(map[string]reflect.Type, len(all))
	for _, fact := range all {
		types[TypeOf(fact)] = reflect.TypeOf(fact)
	}
	return types
}

// Types returns the names of all facts.
func Types() []string {
	names := make([]string, 0, len(facts))
	for name := range facts {
		names = append(names, name)
	}
	return names
}

// Fact returns the fact that the event tells. One of a version that only later code knows is an error: the event waits for that.
func (e Envelope) Fact() (Fact, error) {
	if v := e.Detail.Metadata.Version; v > Version {
		return nil, fmt.Errorf("%s has version %d, and this release reads %d at most", e.DetailType, v, Version)
	}
	return Decode(e.DetailType, e.Detail.Data)
}

// Decode returns the fact in data. An unknown type or malformed data is an error; unknown fields are not.
func Decode(detailType string, data json.RawMessage) (Fact, error) {
	kind, known := facts[detailType]
	if !known {
		return nil, fmt.Errorf("event type %q is not known", detailType)
	}
	value := reflect.New(kind)
	if err := json.Unmarshal(data, value.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s: %w", detailType, err)
	}
	fact, _ := reflect.TypeAssert[Fact](value.Elem())
	return fact, nil
}
