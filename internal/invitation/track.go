package invitation

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/member"
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

// Stopped says that a mail is not to be sent: no mails about its organization or workspace go to the address.
type Stopped struct{ member.MailStop }

func (s *Stopped) Error() string { return "no mails to this address: " + s.Why }

// Addressee is whom a mail goes to.
type Addressee struct {
	Root    access.Scope // the organization or workspace that it is about
	Address string       // in its compared form
	// Resumes ends the stop of mails to the address with this mail, as somebody has sent the invitation again that it carries. Nil: what has stopped stays so.
	Resumes *Resumption
}

// Resumption ends a stop as it was read.
type Resumption struct {
	Stop  member.MailStop
	Trail audit.Trail
}

// Resumes returns what ends the stop with the mail of an invitation that was sent again since; nil when it was not.
func (i Invitation) Resumes(stop member.MailStop, log audit.Log) *Resumption {
	if stop.At.After(i.SentAt) {
		return nil
	}
	return &Resumption{Stop: stop, Trail: audit.Trail{Entries: []audit.Entry{stop.Resumed(log, i.Scope.Root(), i.reader())}}}
}

// reader is who reads the invitation's mail, as far as those who invited may know.
func (i Invitation) reader() access.Person {
	reader := i.Invitee
	reader.ID = cmp.Or(i.AcceptedBy, reader.ID)
	return reader
}

// Tracked is what is known of a mail that a report is about.
type Tracked struct {
	Invitation *Invitation   // nil when it was deleted or none is meant
	Stopped    bool          // mails about its organization or workspace to the address have stopped already, or it is deleted
	Owner      access.Person // who has proven the address, where mails are to stop and no invitation was found; without an id when nobody has
}

// Tracking is what a report changes: the invitation, the mails to the address, or both.
type Tracking struct {
	Before  *Delivery   // of the invitation
	After   *Invitation // nil: stays as it is
	Root    access.Scope
	Address string
	Stop    *member.MailStop // of the mails about Root to Address; nil: they go on
}

// TrackStore notes what became of mails.
type TrackStore interface {
	// Tracked returns, in one consistent round, what is known of a mail, and in another one who has the address, where that matters. No address: nothing is to
	// be stopped.
	Tracked(ctx context.Context, about Reference, address string) (Tracked, error)
	// SaveTracking stores the delivery of the invitation, if that is as it was read, still pending, and with the same known of its mail; else
	// request.Overtaken, also when mails to the address have stopped by now. The version stays: what is offered has not changed.
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
// everything when the report is about an earlier link. That mails stop is noted whatever has become of the invitation.
func (op Track) Do(ctx context.Context, report Report) error {
	_, err := request.Retry(func() (struct{}, error) { return struct{}{}, op.track(ctx, report) })
	return err
}

func (op Track) track(ctx context.Context, r Report) error {
	var address string
	if r.Stops {
		address = r.Recipient
	}
	known, err := op.Store.Tracked(ctx, r.About, address)
	found := known.Invitation
	if err != nil || found != nil && found.Generation != r.About.Generation {
		return err
	}
	log := audit.Log{Now: op.Now(), NewID: op.NewID, Actor: access.System, Request: request.Request{CorrelationID: r.CorrelationID}}
	change := Tracking{Root: r.About.Root, Address: address}
	var trail audit.Trail
	if said := (Delivery{Status: r.Status, Detail: r.Detail, At: log.Now}); found != nil && found.Status == Pending && said.outweighs(found.Delivery) {
		change.Before, change.After = found.Delivery, found
		found.Delivery = &said
		trail.Entries = append(trail.Entries, found.entry(log, said.fact(found.fact())))
	}
	if r.Stops && !known.Stopped {
		change.Stop = &member.MailStop{Why: r.Detail, At: log.Now.UTC().Truncate(time.Second)} // as it is kept
		trail.Entries = append(trail.Entries, change.Stop.Stopped(log, change.Root, known.reader(r)))
	}
	if len(trail.Entries) == 0 {
		return nil
	}
	if err := op.Store.SaveTracking(ctx, change, trail); err != nil {
		return fmt.Errorf("note what became of the mail of invitation %q: %w", r.About.ID, err)
	}
	return nil
}

// reader is who was to read the mail, as far as it may be told. Whose address it is that was invited to an organization is known to those who have it.
func (t Tracked) reader(r Report) access.Person {
	switch {
	case t.Invitation != nil:
		return t.Invitation.reader()
	case t.Owner.ID != "" && (r.About.ID == "" || r.About.Root.Kind() == access.KindWorkspace):
		return t.Owner
	default:
		return access.Person{Email: r.Recipient}
	}
}
