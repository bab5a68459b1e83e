package trigger

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/telemetry"
)

// TrackMail is the edge of track-mail: what SES says of mails comes by the account's default bus, through its queue.
type TrackMail struct {
	Track  invitation.Track
	Logger *slog.Logger
}

// Do notes what is said of each mail. What is about none of ours is no failure.
func (t TrackMail) Do(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	return eachMessage(ctx, batch, t.Logger, func(body []byte) ([]any, error) {
		var said mailEvent
		err := json.Unmarshal(body, &said)
		report, ours := said.report()
		if err == nil && ours {
			err = t.Track.Do(ctx, report)
		}
		attrs := []any{
			"operation", "track-mail", "event", said.ID, "type", said.DetailType, "scope", report.About.Root.String(), "invitation", report.About.ID,
			"status", report.Status, "correlation_id", report.CorrelationID,
		}
		if metric, is := said.counts(report); err == nil && ours && is {
			attrs = append(attrs, metric.One())
		}
		return attrs, err
	}), nil
}

// The detail types of what SES says of a mail.
// Source: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html
const (
	mailDelivered  = "Email Delivered"
	mailBounced    = "Email Bounced"
	mailComplained = "Email Complaint Received"
	mailDelayed    = "Email Delivery Delayed"
	mailRejected   = "Email Rejected"
)

// MailEvents returns the detail types that track-mail knows; the rule of the default bus names the same.
func MailEvents() []string {
	return []string{mailDelivered, mailBounced, mailComplained, mailDelayed, mailRejected}
}

// mailEvent is what SES says of a mail, the parts that matter here. Every mail of ours has one recipient.
// Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, which the detail is like.
type mailEvent struct {
	ID         string `json:"id"`
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
	Detail     struct {
		Mail struct {
			Destination []string            `json:"destination"`
			Tags        map[string][]string `json:"tags"`
		} `json:"mail"`
		Bounce struct {
			Type       string `json:"bounceType"`
			SubType    string `json:"bounceSubType"`
			Recipients []struct {
				Status string `json:"status"`
			} `json:"bouncedRecipients"`
		} `json:"bounce"`
		Complaint struct {
			FeedbackType string `json:"complaintFeedbackType"`
		} `json:"complaint"`
		Delay struct {
			Type string `json:"delayType"`
		} `json:"deliveryDelay"`
	} `json:"detail"`
}

// report returns what has become of the mail. ok is false for what is about no mail of ours, or says nothing of its way.
func (e mailEvent) report() (r invitation.Report, ok bool) {
	tags := make(map[string]string, len(e.Detail.Mail.Tags))
	for name, values := range e.Detail.Mail.Tags {
		if len(values) == 1 {
			tags[name] = values[0]
		}
	}
	r.About, r.CorrelationID, ok = invitation.ReadTags(tags)
	if !ok || e.Source != "aws.ses" || len(e.Detail.Mail.Destination) != 1 {
		return r, false
	}
	r.Recipient, r.Status = account.EmailKey(e.Detail.Mail.Destination[0]), invitation.DeliveryFailed
	switch e.DetailType {
	case mailDelivered:
		r.Status = invitation.Delivered
	case mailBounced:
		r.Detail, r.Stops = e.bounced()
	case mailComplained:
		r.Detail, r.Stops = "the recipient reported a mail as spam", true
		return r, !slices.Contains(noComplaints, e.Detail.Complaint.FeedbackType)
	case mailDelayed:
		r.Status, r.Detail = invitation.DeliveryDelayed, "the recipient's mail server does not take it yet"
		if e.Detail.Delay.Type == "MailboxFull" {
			r.Detail = "mailbox is full"
		}
	case mailRejected:
		r.Detail = "the mail service did not take this mail"
	default:
		return r, false
	}
	return r, true
}

// counts returns the metric that a report is counted as. What arrives, or still may, is none.
func (e mailEvent) counts(r invitation.Report) (telemetry.Metric, bool) {
	switch {
	case e.DetailType == mailComplained:
		return telemetry.MailsComplained, true
	case r.Status != invitation.DeliveryFailed:
		return telemetry.Metric{}, false
	case r.Stops:
		return telemetry.MailsBounced, true
	default:
		return telemetry.MailsFailed, true
	}
}

// noComplaints are the reports of mail servers by which nobody complains: one says the opposite, the other is about signatures.
// Source: https://www.iana.org/assignments/marf-parameters
var noComplaints = []string{"not-spam", "auth-failure"}

// bounced says why a mail came back, in words of ours: those of the other mail server are anybody's. stops is true for a hard bounce, after which no other mail arrives
// either; a soft one is said after many hours of trying.
// Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html#event-publishing-retrieving-sns-contents-bounce-object-bounce-types
func (e mailEvent) bounced() (why string, stops bool) {
	bounce := e.Detail.Bounce
	switch {
	case bounce.Type != "Permanent" && bounce.SubType == "MailboxFull":
		return "mailbox is full", false
	case bounce.Type != "Permanent" && strings.HasSuffix(bounce.SubType, "Rejected"): // ContentRejected, AttachmentRejected
		return "the recipient's mail server does not want this mail", false
	case bounce.Type != "Permanent":
		return "the recipient's mail server did not take it in time", false
	case strings.HasSuffix(bounce.SubType, "SuppressionList") || bounce.SubType == "Suppressed":
		return "earlier mails to this address came back", true
	}
	for _, recipient := range bounce.Recipients {
		if why, known := hardBounces[recipient.Status]; known {
			return why, true
		}
	}
	return "the recipient's mail server refuses mails to this address", true
}

// hardBounces are the status codes of mail servers that say more.
// Source: https://www.rfc-editor.org/rfc/rfc3463
var hardBounces = map[string]string{
	"5.1.1": "mailbox does not exist", "5.1.6": "mailbox does not exist", "5.1.10": "mailbox does not exist",
	"5.1.2": "the address has no mail server", "5.4.4": "the address has no mail server",
	"5.2.1": "mailbox is closed",
}
