package invitation

import (
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/request"
)

// What becomes of an invitation's mail.
const (
	DeliveryDelayed = "delayed"   // the recipient's mail server does not take it yet
	Delivered       = "delivered" // it has taken it
	DeliveryFailed  = "failed"    // it never arrives, or was not wanted
)

// weights order what is said of one link's mail: it comes in any order, and the gravest stays.
var weights = map[string]int{DeliveryDelayed: 1, Delivered: 2, DeliveryFailed: 3}

// outweighs reports whether this is to stand in place of what is known. Of two that weigh the same the first stays.
func (d Delivery) outweighs(known *Delivery) bool {
	return known == nil || weights[d.Status] > weights[known.Status]
}

// fact returns what is published about the delivery of an invitation's mail.
func (d Delivery) fact(of event.Invitation) event.Fact {
	switch d.Status {
	case DeliveryDelayed:
		return event.InvitationDeliveryDelayed{Invitation: of, Delivery: event.Delivery(d)}
	case Delivered:
		return event.InvitationDelivered{Invitation: of, Delivery: event.Delivery(d)}
	default:
		return event.InvitationDeliveryFailed{Invitation: of, Delivery: event.Delivery(d)}
	}
}

// Report is what became of a mail.
type Report struct {
	About  Reference // the link in it; without an id when it has none
	Status string    // delayed, delivered or failed
	Detail string    // why, in words for the person who invited
	// Stops says that the mailbox does not exist, or that its owner does not want our mails: no more go there.
	Stops     bool
	Recipient string // the address in its compared form; needed where it stops
	// CorrelationID is that of what the mail was sent for: what became of it belongs to the same click.
	CorrelationID string
}

// Suppression keeps mails about an organization or workspace from an address, until an invitation to it is sent again there. Each has its own, so that
// none learns what became of another's mails, nor can make them stop.
type Suppression struct {
	Root    access.Scope
	Address string // in its compared form
	Why     string
	At      time.Time
}

// Suppressed says that a mail is not to be sent.
type Suppressed struct{ Why string }

func (s *Suppressed) Error() string { return "no mails to this address: " + s.Why }

// Addressee is whom a mail goes to.
type Addressee struct {
	Root     access.Scope // the organization or workspace that it is about
	Address  string       // in its compared form
	ResentAt time.Time    // when somebody sent the invitation again that it carries: what was suppressed before is tried again. Zero for all other mails
}

// Tracking is what a report changes: the invitation, the address, or both.
type Tracking struct {
	Before      *Delivery   // of the invitation
	After       *Invitation // nil: stays as it is
	Suppression *Suppression
}

// TrackStore notes what became of mails.
type TrackStore interface {
	// Tracked returns, in one consistent round, the invitation of a reference, nil when it was deleted or none is meant, and whether mails about its
	// organization or workspace to the address are suppressed. No address, no question.
	Tracked(ctx context.Context, about Reference, address string) (found *Invitation, suppressed bool, err error)
	// SaveTracking stores the delivery of the invitation, if that is as it was read, still pending, and with the same known of its mail; else
	// request.Overtaken. The version stays: what is offered has not changed.
	SaveTracking(ctx context.Context, change Tracking, trail audit.Trail) error
}

// Track notes what became of a mail, where the admin looks: on the invitation. It is the operation of the function track-mail; whoever sends mails does the
// same about those that the mail service does not take.
type Track struct {
	Store TrackStore
	Now   func() time.Time
	NewID func() string
}

// Do notes a report, once however often it comes. An invitation that has moved on since, or whose mail is known to have fared worse, stays as it is; so does
// everything when the report is about an earlier link. A suppression holds whatever has become of the invitation.
func (op Track) Do(ctx context.Context, report Report) error {
	_, err := request.Retry(func() (struct{}, error) { return struct{}{}, op.track(ctx, report) })
	return err
}

func (op Track) track(ctx context.Context, r Report) error {
	var address string
	if r.Stops {
		address = r.Recipient
	}
	found, suppressed, err := op.Store.Tracked(ctx, r.About, address)
	if err != nil || found != nil && found.Generation != r.About.Generation {
		return err
	}
	now := op.Now()
	var change Tracking
	var trail audit.Trail
	if r.Stops && !suppressed {
		change.Suppression = &Suppression{Root: r.About.Root, Address: r.Recipient, Why: r.Detail, At: now}
	}
	if said := (Delivery{Status: r.Status, Detail: r.Detail, At: now}); found != nil && found.Status == Pending && said.outweighs(found.Delivery) {
		change.Before, change.After = found.Delivery, found
		found.Delivery = &said
		log := audit.Log{Now: now, NewID: op.NewID, Actor: access.System, Request: request.Request{CorrelationID: r.CorrelationID}}
		trail.Entries = []audit.Entry{found.entry(log, said.fact(found.fact()))}
	}
	if change == (Tracking{}) {
		return nil
	}
	if err := op.Store.SaveTracking(ctx, change, trail); err != nil {
		return fmt.Errorf("note what became of the mail of invitation %q: %w", r.About.ID, err)
	}
	return nil
}
