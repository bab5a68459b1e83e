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
	mailbox := ses.New([]string{"prism"}, s.Now)
	service := httptest.NewServer(mailbox)
	t.Cleanup(service.Close)
	deliver := mail.Deliver{
		Store: s.Table, Links: s.Links, BaseURL: testbed.BaseURL, Now: s.Now, Logger: slog.New(slog.DiscardHandler), Undelivered: s.Undelivered(),
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
	mailbox.SetFault(ses.Reject)
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
