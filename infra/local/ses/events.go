package ses

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"prism-access/infra/local/invoke"
)

// Publish puts an event of the service onto the account's default bus.
type Publish func(source, detailType string, at time.Time, resources []string, detail json.RawMessage) error

// Set is a configuration set.
type Set struct {
	Name   string
	Events []string // the kinds of events that go to the default bus: DELIVERY, BOUNCE, ...
}

// news is something that the service says of a mail, besides what it says of any.
type news struct {
	kind       string // as a configuration set names it
	detailType string
	eventType  string
	field      string // of the detail, which holds about
	about      func(to []string, at time.Time) any
}

type object = map[string]any

// recipients returns those a mail was sent to, each with more about them.
func recipients(to []string, more object) []object {
	out := []object{}
	for _, address := range to {
		one := object{"emailAddress": address}
		maps.Copy(one, more)
		out = append(out, one)
	}
	return out
}

// What the service says of mails, in the shapes of
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
var (
	delivered = news{"DELIVERY", "Email Delivered", "Delivery", "delivery", func(to []string, at time.Time) any {
		return object{"timestamp": at, "processingTimeMillis": 546, "recipients": to, "smtpResponse": "250 2.6.0 Message received", "reportingMTA": "mta.example.com"}
	}}
	bounced = news{"BOUNCE", "Email Bounced", "Bounce", "bounce", func(to []string, at time.Time) any {
		return object{
			"bounceType": "Permanent", "bounceSubType": "General", "timestamp": at, "feedbackId": invoke.UUID(), "reportingMTA": "dns; mta.example.com",
			"bouncedRecipients": recipients(to, object{"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}),
		}
	}}
	complained = news{"COMPLAINT", "Email Complaint Received", "Complaint", "complaint", func(to []string, at time.Time) any {
		return object{
			"complainedRecipients": recipients(to, nil), "timestamp": at, "feedbackId": invoke.UUID(), "complaintSubType": nil,
			"userAgent": "Local", "complaintFeedbackType": "abuse", "arrivalDate": at,
		}
	}}
	delayed = news{"DELIVERY_DELAY", "Email Delivery Delayed", "DeliveryDelay", "deliveryDelay", func(to []string, at time.Time) any {
		return object{
			"timestamp": at, "delayType": "TransientCommunicationFailure", "expirationTime": at.Add(14 * time.Hour),
			"delayedRecipients": recipients(to, object{"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host"}),
		}
	}}
	rejected = news{"REJECT", "Email Rejected", "Reject", "reject", func([]string, time.Time) any {
		return object{"reason": "Bad content"}
	}}
)

// fates are what becomes of a mail that was taken, in the order in which it is said.
var fates = map[Fault][]news{
	None: {delivered}, Bounce: {bounced}, Complaint: {delivered, complained}, Delay: {delayed}, Reject: {rejected},
}

// Fate says what has become of a mail, in words; nothing for one that was delivered.
func (m Mail) Fate() string {
	return map[Fault]string{Bounce: "Bounced", Complaint: "Reported as spam", Delay: "Delayed", Reject: "Rejected"}[m.Fault]
}

// publish says what became of a mail, as far as its configuration set wants to know.
func (m *Mailbox) publish(mail Mail, fault Fault) error {
	set := slices.IndexFunc(m.sets, func(s Set) bool { return s.Name == mail.ConfigurationSet })
	if m.to == nil || set < 0 {
		return nil
	}
	tags := map[string][]string{"ses:configuration-set": {mail.ConfigurationSet}}
	for name, value := range mail.Tags {
		tags[name] = []string{value}
	}
	for _, n := range fates[fault] {
		if !slices.Contains(m.sets[set].Events, n.kind) {
			continue
		}
		detail, err := json.Marshal(object{
			"eventType": n.eventType, n.field: n.about(mail.To, mail.At),
			"mail": object{
				"timestamp": mail.At, "source": mail.From, "sendingAccountId": "000000000000", "messageId": mail.ID, "destination": mail.To, "headersTruncated": false,
				"commonHeaders": object{"from": []string{mail.From}, "to": mail.To, "messageId": mail.ID, "subject": mail.Subject}, "tags": tags,
			},
		})
		if err != nil {
			return err
		}
		resources := []string{"arn:aws:ses:local:000000000000:configuration-set/" + mail.ConfigurationSet}
		if err := m.to("aws.ses", n.detailType, mail.At, resources, detail); err != nil {
			return err
		}
	}
	return nil
}
