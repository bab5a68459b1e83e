package console

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/ses"
	"prism-access/internal/invitation"
	"prism-access/internal/mail"
	"prism-access/internal/testbed"
)

// TestDeliveryFailed: a mail that the mail service refuses is found by the filter, with the reason, can be sent again, and stands in the log.
func TestDeliveryFailed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mailbox := ses.New([]ses.Set{{Name: "prism"}}, nil, s.Now)
	service := httptest.NewServer(mailbox)
	t.Cleanup(service.Close)
	deliver := mail.Deliver{
		Store: s.Table, Links: s.Links, BaseURL: testbed.BaseURL, Now: s.Now, Logger: slog.New(slog.DiscardHandler), Track: s.Track(),
		Sender: mail.NewSES(testbed.Config(), mail.SESOptions{From: "no-reply@prism.test", ConfigurationSet: "prism", Endpoint: service.URL}),
	}
	send := func() {
		t.Helper()
		all := s.Envelopes(s.ID)
		if err := deliver.Do(t.Context(), all[len(all)-1]); err != nil {
			t.Fatal(err)
		}
	}
	i := s.Pending("a-" + s.Address("grace"))
	mailbox.SetFault(ses.Refuse)
	send()
	mailbox.SetFault(ses.None)
	s.Advance(2 * time.Minute)
	s.Pending("b-" + s.Address("delivered"))
	send()

	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users?tab=invited&status=delivery_failed"
	page := ada.open(path)
	want := [][]string{{i.Invitee.Email, "Publisher on Globex", "Ada sent 2 minutes ago", "in 7 days", "Delivery failed the mail service did not take this mail"}}
	if diff := cmp.Diff(want, rows(page)); diff != "" {
		t.Errorf("the list: %s", diff)
	}
	log := ada.open("/" + s.Org.String() + "/audit-log?type=InvitationDeliveryFailed")
	if got := log.text(); !strings.Contains(got, "Mail could not be delivered to "+i.Invitee.Email) || !strings.Contains(got, "the mail service did not take this mail") {
		t.Errorf("the log says %s", got)
	}
	again := page.one(t, "details.menu").all("a")[0]
	if again.text() != "Resend" {
		t.Fatalf("the first action is %q", again.text())
	}
	dialog := ada.open(again.attr("href"))
	said := "What became of the last mail: the mail service did not take this mail. Resending mails this address all the same. If it is the wrong one, delete this invitation and invite the right one."
	if got := dialog.one(t, "#undelivered").text(); got != said {
		t.Errorf("the dialog says %q", got)
	}
	// Its time over, it is an expired one, whose delivery failed all the same.
	s.Advance(8 * 24 * time.Hour)
	gone := "Expired Delivery failed: the mail service did not take this mail"
	if got := rows(ada.open("/" + s.Org.String() + "/users?tab=invited&status=expired")); len(got) != 2 || got[0][4] != gone+" 1 day ago" || strings.Contains(got[1][4], "failed") {
		t.Errorf("expired, the list shows %q", got)
	}
	if got := rows(ada.open(path)); len(got) != 0 {
		t.Errorf("expired, it is listed as %q", got)
	}
	for _, about := range []string{"resend", "edit"} {
		dialog := ada.open(strings.TrimSuffix(again.attr("href"), "resend") + about)
		if got := dialog.one(t, "#undelivered").text(); got != said || !strings.Contains(dialog.one(t, "dl.facts").text(), gone) {
			t.Errorf("expired, %s says %s", about, dialog.text())
		}
	}
	if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	send()
	if got := rows(ada.open(path)); len(got) != 0 {
		t.Errorf("sent again, it is listed as %q", got)
	}
	if mails := mailbox.Mails(); len(mails) != 2 || mails[1].To[0] != i.Invitee.Email {
		t.Errorf("in the mailbox: %+v", mails)
	}
}

// TestWhatBecameOfAMail: the list says what is known of a mail that has not failed, the dialog to send the invitation again does not speak of it, and the log has it.
func TestWhatBecameOfAMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.Pending(s.Address("grace"))
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users"
	for _, c := range []struct {
		report      invitation.Report
		row, logged string
	}{
		{invitation.Report{Status: invitation.DeliveryDelayed, Detail: "mailbox is full"}, "Pending Mail delayed: mailbox is full", "Mail delayed to "},
		{invitation.Report{Status: invitation.Delivered}, "Pending Mail delivered", "Mail delivered to "},
	} {
		c.report.About = i.Reference()
		if err := s.Track().Do(t.Context(), c.report); err != nil {
			t.Fatal(err)
		}
		listed := rows(ada.open(path + "?tab=invited"))
		if len(listed) != 1 || listed[0][4] != c.row {
			t.Errorf("the list: %q, want %q", listed, c.row)
		}
		if failed := rows(ada.open(path + "?tab=invited&status=delivery_failed")); len(failed) != 0 {
			t.Errorf("failed: %q", failed)
		}
		if dialog := ada.open(path + "/invitations/" + i.ID + "/resend"); dialog.has("#undelivered") || !dialog.has("form") {
			t.Errorf("the dialog says %q", dialog.text())
		}
		if got := ada.open("/" + s.Org.String() + "/audit-log").text(); !strings.Contains(got, c.logged+i.Invitee.Email) {
			t.Errorf("the log says %s", got)
		}
	}
}
