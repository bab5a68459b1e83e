// Package audit is the log: one entry per committed change, which is the audit record and, through the stream, the published event.
package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

// Entry is one committed change.
type Entry struct {
	ID            string
	Type          string
	OccurredAt    time.Time
	Actor         access.Person
	Scope         access.Scope
	Scopes        []access.Scope // all that the change touches, Scope first
	User          string         // whom it is about: an id, or the address of an invitee in its compared form; empty when nobody
	Sequence      int            // version of the thing it is about
	RequestID     string
	CorrelationID string
	Data          json.RawMessage // the fact, as published
}

// Event returns the entry as it is published.
func (e Entry) Event() event.Envelope {
	return event.Envelope{
		Source: event.Source, DetailType: e.Type,
		Detail: event.Detail{
			Metadata: event.Metadata{
				ID: e.ID, Type: e.Type, Version: event.Version, OccurredAt: e.OccurredAt, Scope: e.Scope, Scopes: e.Scopes,
				Actor: e.Actor, Sequence: e.Sequence, CorrelationID: e.CorrelationID,
			},
			Data: e.Data,
		},
	}
}

// Invitee returns the address that the invitation was to which the entry is about, as it was written; empty when it is about none, or about
// one to a workspace.
func (e Entry) Invitee() string {
	var said struct {
		Invitation struct{ Invitee access.Person }
	}
	_ = json.Unmarshal(e.Data, &said) // an entry about somebody who got in by an invitation has its id alone
	return said.Invitation.Invitee.Email
}

// Log makes the entries of one operation, which share time, actor and request.
type Log struct {
	Now     time.Time
	NewID   func() string // a ULID
	Actor   access.Person
	Request request.Request
}

// About is what one entry is about.
type About struct {
	Scope    access.Scope
	Touches  []access.Scope // further scopes
	User     string
	Sequence int
}

// Entry returns the log entry of a fact.
func (l Log) Entry(about About, fact event.Fact) Entry {
	data, err := json.Marshal(fact)
	if err != nil { // a fact is plain data
		panic(fmt.Sprintf("marshal %s: %v", event.TypeOf(fact), err))
	}
	return Entry{
		ID: l.NewID(), Type: event.TypeOf(fact), OccurredAt: l.Now, Actor: access.Person{ID: l.Actor.ID, Name: l.Actor.Name, ClientID: l.Actor.ClientID},
		Scope: about.Scope, Scopes: append([]access.Scope{about.Scope}, about.Touches...), User: about.User, Sequence: about.Sequence,
		RequestID: l.Request.ID, CorrelationID: l.Request.CorrelationID, Data: data,
	}
}

// Trail is what every state change takes along into its transaction. The transaction commits as a whole or not at all.
type Trail struct {
	Entries []Entry
	// Unchanged are people whose member items must be as they were read: the caller, at an accept the inviter.
	Unchanged []access.Standing
	// Caller's Idempotency-Key, if any, is recorded with Result, the ids of what the change made.
	Caller request.Caller
	Result []string
}
