package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/ses"
	"prism-access/infra/local/testtable"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func start(t *testing.T) (*ses.Mailbox, *sesv2.Client) {
	t.Helper()
	mailbox := ses.New([]ses.Set{{Name: "prism"}}, nil, func() time.Time { return now })
	server := httptest.NewServer(mailbox)
	t.Cleanup(server.Close)
	return mailbox, sesv2.NewFromConfig(testtable.Config(), func(o *sesv2.Options) {
		o.BaseEndpoint, o.RetryMaxAttempts = &server.URL, 1
	})
}

func mail(change func(*sesv2.SendEmailInput)) *sesv2.SendEmailInput {
	in := &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("Prism <no-reply@example.com>"), ConfigurationSetName: aws.String("prism"),
		Destination: &types.Destination{ToAddresses: []string{"grace@example.com"}},
		EmailTags:   []types.MessageTag{{Name: aws.String("organization"), Value: aws.String("org_1")}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Ada invited you"), Charset: aws.String("UTF-8")},
			Body:    &types.Body{Html: &types.Content{Data: aws.String("<p>Hello")}, Text: &types.Content{Data: aws.String("Hello")}},
			Headers: []types.MessageHeader{{Name: aws.String("Auto-Submitted"), Value: aws.String("auto-generated")}},
		}},
	}
	if change != nil {
		change(in)
	}
	return in
}

func TestSendEmail(t *testing.T) {
	t.Parallel()
	mailbox, client := start(t)
	out, err := client.SendEmail(t.Context(), mail(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := []ses.Mail{{
		ID: aws.ToString(out.MessageId), From: "Prism <no-reply@example.com>", To: []string{"grace@example.com"}, Subject: "Ada invited you",
		HTML: "<p>Hello", Text: "Hello", Headers: map[string]string{"Auto-Submitted": "auto-generated"},
		Tags: map[string]string{"organization": "org_1"}, ConfigurationSet: "prism", At: now,
	}}
	if diff := cmp.Diff(want, mailbox.Mails()); diff != "" || want[0].ID == "" {
		t.Error(diff)
	}
}

func TestMailsThatAreRefused(t *testing.T) {
	t.Parallel()
	mailbox, client := start(t)
	badRequest := func(err error) bool { _, ok := errors.AsType[*types.BadRequestException](err); return ok }
	notFound := func(err error) bool { _, ok := errors.AsType[*types.NotFoundException](err); return ok }
	for _, c := range []struct {
		name   string
		is     func(error) bool
		change func(*sesv2.SendEmailInput)
	}{
		{"no sender", badRequest, func(in *sesv2.SendEmailInput) { in.FromEmailAddress = nil }},
		{"nobody to send to", badRequest, func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = nil }},
		{"no body", badRequest, func(in *sesv2.SendEmailInput) { in.Content.Simple.Body = &types.Body{} }},
		{"a line break in the subject", badRequest, func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject.Data = aws.String("a\r\nBcc: b") }},
		{"a tag that SES does not take", badRequest, func(in *sesv2.SendEmailInput) { in.EmailTags[0].Value = aws.String("a.b") }},
		{"an unknown configuration set", notFound, func(in *sesv2.SendEmailInput) { in.ConfigurationSetName = aws.String("other") }},
		{"a stored template", badRequest, func(in *sesv2.SendEmailInput) {
			in.Content = &types.EmailContent{Template: &types.Template{TemplateName: aws.String("t")}}
		}},
	} {
		if _, err := client.SendEmail(t.Context(), mail(c.change)); !c.is(err) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	if got := mailbox.Mails(); len(got) != 0 {
		t.Errorf("%d refused mails are in the mailbox", len(got))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	mailbox, client := start(t)
	mailbox.SetFault(ses.Throttle)
	if _, err := client.SendEmail(t.Context(), mail(nil)); err == nil {
		t.Error("throttled: no error")
	} else if _, ok := errors.AsType[*types.TooManyRequestsException](err); !ok {
		t.Errorf("throttled: got %v", err)
	}
	for fault, says := range map[ses.Fault]string{ses.Refuse: "Email address is on the suppression list", ses.Unverified: "Email address is not verified"} {
		mailbox.SetFault(fault)
		_, err := client.SendEmail(t.Context(), mail(nil))
		if said, ok := errors.AsType[*types.MessageRejected](err); !ok || !strings.HasPrefix(said.ErrorMessage(), says) {
			t.Errorf("%s: got %v", fault, err)
		}
	}
	mailbox.SetFault(ses.Timeout)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.SendEmail(ctx, mail(nil)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: got %v", err)
	}
	mailbox.SetFault(ses.Bounce)
	if _, err := client.SendEmail(t.Context(), mail(nil)); err != nil {
		t.Errorf("bounce: %v", err)
	}
	mailbox.SetFault(ses.None)
	if _, err := client.SendEmail(t.Context(), mail(nil)); err != nil {
		t.Errorf("without fault: %v", err)
	}
	var fates []string
	for _, m := range mailbox.Mails() {
		fates = append(fates, m.Fate())
	}
	if diff := cmp.Diff([]string{"Bounced", ""}, fates); diff != "" {
		t.Error(diff)
	}
}

// TestWhatBecameOfMails: each fate is said on the default bus in the service's own shape, if the configuration set wants to know.
func TestWhatBecameOfMails(t *testing.T) {
	t.Parallel()
	type said struct {
		Type, Source, Resource string
		Detail                 map[string]any
	}
	for fault, want := range map[ses.Fault][]string{
		ses.None: {"Email Delivered Delivery delivery"}, ses.Bounce: {"Email Bounced Bounce bounce"}, ses.Reject: {"Email Rejected Reject reject"},
		ses.Complaint: {"Email Delivered Delivery delivery", "Email Complaint Received Complaint complaint"}, ses.Delay: {},
	} {
		heard := make(chan said, 5)
		publish := func(source, detailType string, at time.Time, resources []string, detail json.RawMessage) error {
			one := said{Type: detailType, Source: source, Resource: resources[0]}
			if !at.Equal(now) {
				t.Errorf("%s: it is said at %s", fault, at)
			}
			defer func() { heard <- one }()
			return json.Unmarshal(detail, &one.Detail)
		}
		kinds := []string{"DELIVERY", "BOUNCE", "COMPLAINT", "REJECT"} // not that it is delayed
		mailbox := ses.New([]ses.Set{{Name: "prism", Events: kinds}}, publish, func() time.Time { return now })
		server := httptest.NewServer(mailbox)
		client := sesv2.NewFromConfig(testtable.Config(), func(o *sesv2.Options) { o.BaseEndpoint = &server.URL })
		mailbox.SetFault(fault)
		out, err := client.SendEmail(t.Context(), mail(nil))
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		close(heard)
		got := []string{}
		for one := range heard {
			eventType, _ := one.Detail["eventType"].(string)
			kind := strings.ToLower(eventType)
			got = append(got, one.Type+" "+eventType+" "+kind)
			about, _ := one.Detail["mail"].(map[string]any)
			wantTags := map[string]any{"ses:configuration-set": []any{"prism"}, "organization": []any{"org_1"}}
			diff := cmp.Diff(wantTags, about["tags"]) + cmp.Diff([]any{"grace@example.com"}, about["destination"])
			if diff != "" || about["messageId"] != aws.ToString(out.MessageId) || one.Source != "aws.ses" || !strings.HasSuffix(one.Resource, ":configuration-set/prism") || one.Detail[kind] == nil {
				t.Errorf("%s: %s of %s: %v %s", fault, one.Source, one.Resource, one.Detail, diff)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", fault, diff)
		}
	}
}
