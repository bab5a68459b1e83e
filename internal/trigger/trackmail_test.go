package trigger_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

type object = map[string]any

// said is what SES says of a mail to somebody, as the queue hands it over.
func said(t *testing.T, detailType, to string, tags map[string]string, more object) string {
	t.Helper()
	listed := map[string][]string{"ses:configuration-set": {"prism"}, "ses:caller-identity": {"send-mail"}}
	for name, value := range tags {
		listed[name] = []string{value}
	}
	detail := object{"mail": object{"messageId": "m-1", "destination": []string{to}, "tags": listed}}
	maps.Copy(detail, more)
	text, err := json.Marshal(object{"id": "e-1", "source": "aws.ses", "detail-type": detailType, "detail": detail})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func bounce(kind, subType, status string) object {
	return object{"bounce": object{
		"bounceType": kind, "bounceSubType": subType,
		"bouncedRecipients": []object{{"emailAddress": "grace@example.com", "status": status, "diagnosticCode": "smtp; 550 <script>alert(1)</script>"}},
	}}
}

// quoted returns how a line says one of a metric, nothing for none.
func quoted(metric string) string {
	if metric == "" {
		return ""
	}
	return strconv.Quote(metric) + ":1"
}

// TestTrackMail: each thing that SES says of a mail becomes what the admin reads, in words of ours, and stops further mails or does not.
func TestTrackMail(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	failed := func(detail string) *invitation.Delivery {
		return &invitation.Delivery{Status: "failed", Detail: detail}
	}
	for name, c := range map[string]struct {
		detailType string
		more       object
		want       *invitation.Delivery
		stops      bool
		counts     string // the metric
	}{
		"delivered":             {"Email Delivered", object{"delivery": object{"smtpResponse": "250 ok"}}, &invitation.Delivery{Status: "delivered"}, false, ""},
		"delayed":               {"Email Delivery Delayed", object{"deliveryDelay": object{"delayType": "General"}}, &invitation.Delivery{Status: "delayed", Detail: "the recipient's mail server does not take it yet"}, false, ""},
		"delayed, full":         {"Email Delivery Delayed", object{"deliveryDelay": object{"delayType": "MailboxFull"}}, &invitation.Delivery{Status: "delayed", Detail: "mailbox is full"}, false, ""},
		"rejected":              {"Email Rejected", object{"reject": object{"reason": "Bad content"}}, failed("the mail service did not take this mail"), false, "MailsFailed"},
		"no such mailbox":       {"Email Bounced", bounce("Permanent", "General", "5.1.1"), failed("mailbox does not exist"), true, "MailsBounced"},
		"no such domain":        {"Email Bounced", bounce("Permanent", "General", "5.1.2"), failed("the address has no mail server"), true, "MailsBounced"},
		"closed":                {"Email Bounced", bounce("Permanent", "General", "5.2.1"), failed("mailbox is closed"), true, "MailsBounced"},
		"hard, and says little": {"Email Bounced", bounce("Permanent", "NoEmail", ""), failed("the recipient's mail server refuses mails to this address"), true, "MailsBounced"},
		"suppressed by SES":     {"Email Bounced", bounce("Permanent", "Suppressed", "5.1.1"), failed("earlier mails to this address came back"), true, "MailsBounced"},
		"suppressed by account": {"Email Bounced", bounce("Permanent", "OnAccountSuppressionList", ""), failed("earlier mails to this address came back"), true, "MailsBounced"},
		"full":                  {"Email Bounced", bounce("Transient", "MailboxFull", "5.2.2"), failed("mailbox is full"), false, "MailsFailed"},
		"unwanted":              {"Email Bounced", bounce("Transient", "ContentRejected", "5.7.1"), failed("the recipient's mail server does not want this mail"), false, "MailsFailed"},
		"not in time":           {"Email Bounced", bounce("Transient", "General", ""), failed("the recipient's mail server did not take it in time"), false, "MailsFailed"},
		"undetermined":          {"Email Bounced", bounce("Undetermined", "Undetermined", ""), failed("the recipient's mail server did not take it in time"), false, "MailsFailed"},
		"complaint":             {"Email Complaint Received", object{"complaint": object{"complaintFeedbackType": "abuse"}}, failed("the recipient reported a mail as spam"), true, "MailsComplained"},
		"complaint, no kind":    {"Email Complaint Received", object{"complaint": object{}}, failed("the recipient reported a mail as spam"), true, "MailsComplained"},
		"said to be no spam":    {"Email Complaint Received", object{"complaint": object{"complaintFeedbackType": "not-spam"}}, nil, false, ""},
		"about a signature":     {"Email Complaint Received", object{"complaint": object{"complaintFeedbackType": "auth-failure"}}, nil, false, ""},
		"sent":                  {"Email Sent", object{"send": object{}}, nil, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := bed.Invite(ada, org.ID, "Grace-"+bed.Address("grace"), brands[0])
			l := &logs{}
			edge := trigger.TrackMail{Track: bed.Track(), Logger: l.logger()}
			body := said(t, c.detailType, i.Invitee.Email, invitation.Tags(i.Reference(), "click"), c.more)
			answer, err := edge.Do(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message("m-1", body), message("m-2", body)}})
			if err != nil || len(answer.BatchItemFailures) > 0 {
				t.Fatalf("%+v, %v", answer, err)
			}
			got, err := bed.Table.Tracked(t.Context(), i.Reference(), account.EmailKey(i.Invitee.Email))
			if c.want != nil {
				c.want.At = bed.Now()
			}
			if diff := cmp.Diff(c.want, got.Invitation.Delivery); err != nil || diff != "" || got.Stopped != c.stops {
				t.Errorf("mails stop: %v; %v %s", got.Stopped, err, diff)
			}
			if counted := regexp.MustCompile(`"Mails\w+":1`).FindString(l.String()); counted != quoted(c.counts) {
				t.Errorf("counted as %s, want %q: %s", counted, c.counts, l)
			}
			if strings.Contains(l.String(), "@") {
				t.Errorf("logged %s", l.String())
			}
		})
	}
	t.Run("others", func(t *testing.T) {
		t.Parallel()
		i := bed.Invite(ada, org.ID, bed.Address("grace"), brands[0])
		tags := func(change map[string]string) map[string]string {
			all := invitation.Tags(i.Reference(), "click")
			maps.Copy(all, change)
			return all
		}
		hard := bounce("Permanent", "General", "5.1.1")
		own := said(t, "Email Bounced", i.Invitee.Email, tags(nil), hard)
		edge := trigger.TrackMail{Track: bed.Track(), Logger: (&logs{}).logger()}
		var batch events.SQSEvent
		for n, body := range []string{
			said(t, "Email Bounced", i.Invitee.Email, nil, hard), // no mail of ours
			said(t, "Email Bounced", i.Invitee.Email, tags(map[string]string{"organization": "a#b"}), hard),
			strings.Replace(own, "aws.ses", "somebody.else", 1),
			strings.Replace(own, strconv.Quote(i.Invitee.Email), `"one@example.com","two@example.com"`, 1),
			said(t, "Email Bounced", i.Invitee.Email, tags(map[string]string{"generation": "7"}), hard), // a link that was never made
		} {
			batch.Records = append(batch.Records, message("m-"+strconv.Itoa(n), body))
		}
		answer, err := edge.Do(t.Context(), batch)
		if err != nil || len(answer.BatchItemFailures) > 0 {
			t.Errorf("%+v, %v", answer, err)
		}
		if got, err := bed.Table.Tracked(t.Context(), i.Reference(), account.EmailKey(i.Invitee.Email)); err != nil || got.Invitation.Delivery != nil || got.Stopped {
			t.Errorf("noted: %+v, mails stop: %v, %v", got.Invitation.Delivery, got.Stopped, err)
		}
		answer, err = edge.Do(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message("m-1", "{"), message("m-2", own)}})
		if err != nil || len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "m-1" {
			t.Errorf("what cannot be read: %+v, %v", answer, err)
		}
		if got, err := bed.Table.Tracked(t.Context(), i.Reference(), ""); err != nil || got.Invitation.Delivery == nil {
			t.Errorf("what came with it: %+v, %v", got.Invitation.Delivery, err)
		}
	})
}
