package mail_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// to returns the subjects of the mails to an address.
func (p *post) to(address string) []string {
	var found []string
	for _, line := range p.sent() {
		if subject, is := strings.CutPrefix(line, address+": "); is {
			found = append(found, subject)
		}
	}
	return found
}

// TestAccessRequestsAreMailed tells every Admin with a proven address of a request, once however often the event comes, and the requester of
// what was decided.
func TestAccessRequestsAreMailed(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	olga, fresh := s.Someone("Olga"), s.Someone("Otto")
	s.Promote(s.Ada, s.ID, olga, fresh)
	s.SetRole(s.ID, fresh.User.ID, access.Member) // and is an Admin no more
	many := make([]testbed.Someone, 60)           // more than are looked up at once
	for i := range many {
		many[i] = s.Someone("Admin")
	}
	s.Promote(s.Ada, s.ID, many...)
	grace, heidi := s.Someone("Grace Hopper"), s.Someone("Heidi")
	asked, refused := s.Asks(grace, s.Brands...), s.Asks(heidi)
	deliver := func(events ...event.Envelope) {
		t.Helper()
		for _, e := range append(events, events...) {
			if err := p.deliver.Do(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	created := slices.DeleteFunc(p.Envelopes(s.ID), func(e event.Envelope) bool { return e.DetailType != "AccessRequestCreated" })
	deliver(created[0])
	for _, admin := range append([]testbed.Someone{s.Ada, olga}, many...) {
		if diff := cmp.Diff([]string{"Grace Hopper asks for access to Acme"}, p.to(admin.User.Email)); diff != "" {
			t.Errorf("%s: %s", admin.User.Name, diff)
		}
	}
	for _, other := range []testbed.Someone{fresh, s.Bob, s.Cleo, grace} {
		if got := p.to(other.User.Email); got != nil {
			t.Errorf("%s got %v", other.User.Name, got)
		}
	}
	mail := p.mailbox.Mails()[0]
	for _, part := range []string{
		"Globex and Initech", "Join page", "> Let me in, please.", testbed.BaseURL + "/" + s.Org.String() + "/access-requests/" + asked.ID,
	} {
		if !strings.Contains(mail.Text, part) {
			t.Errorf("the mail does not say %q:\n%s", part, mail.Text)
		}
	}

	if _, err := s.Approve().Do(t.Context(), s.Ada.Caller, accessrequest.ApproveInput{
		Scope: s.Org, ID: asked.ID, Reason: "Welcome", Offer: member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Viewer},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: refused.ID, Reason: "Not yet"}); err != nil {
		t.Fatal(err)
	}
	before := len(p.sent())
	deliver(p.Envelopes(s.ID)[len(p.Envelopes(s.ID))-3:]...) // approved, added, rejected
	deliver(created[1])                                      // comes late: nobody is to decide any more
	if sent := len(p.sent()) - before; sent != 2 {
		t.Errorf("%d more mails, want 2", sent)
	}
	if diff := cmp.Diff([]string{"You have access to Acme now"}, p.to(grace.User.Email)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Your request for access to Acme was rejected"}, p.to(heidi.User.Email)); diff != "" {
		t.Error(diff)
	}
	p.noSecrets(t)
}

// TestOneAdminWhoCannotBeMailed does not keep the others from it; the next attempt goes on where this one ended.
func TestOneAdminWhoCannotBeMailed(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	admins := []testbed.Someone{s.Someone("Olga"), s.Someone("Otto")}
	s.Promote(s.Ada, s.ID, admins...)
	admins = append(admins, s.Ada)
	s.Asks(s.Someone("Grace"))
	due := p.only(t, s.ID, "AccessRequestCreated")
	calls := 0
	p.setAnswer(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			refuse(http.StatusBadRequest, "MessageRejected", "Email address is on the suppression list")(w, r)
			return
		}
		p.mailbox.ServeHTTP(w, r)
	})
	if err := p.deliver.Do(t.Context(), due); err != nil {
		t.Errorf("refused for good: %v", err)
	}
	if got := len(p.sent()); got != 2 {
		t.Errorf("%d of 3 Admins got their mail", got)
	}
	for _, mail := range p.mailbox.Mails() { // what becomes of each belongs to the click that it was sent for
		if _, click, ok := invitation.ReadTags(mail.Tags); !ok || click == "" || click != due.Detail.Metadata.CorrelationID {
			t.Errorf("the mail to %v is of the click %q, want %q", mail.To, click, due.Detail.Metadata.CorrelationID)
		}
	}

	s.Asks(s.Someone("Heidi"))
	all := slices.DeleteFunc(p.Envelopes(s.ID), func(e event.Envelope) bool { return e.DetailType != "AccessRequestCreated" })
	p.setAnswer(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), admins[0].User.Email) {
			refuse(http.StatusInternalServerError, "InternalServiceErrorException", "Later")(w, r)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.mailbox.ServeHTTP(w, r)
	})
	if err := p.deliver.Do(t.Context(), all[1]); err == nil {
		t.Error("nobody knows that a mail is missing")
	}
	if got := len(p.sent()); got != 4 {
		t.Errorf("%d mails, want the 2 from before and those to two Admins", got)
	}
	p.setAnswer(nil)
	if err := p.deliver.Do(t.Context(), all[1]); err != nil {
		t.Error(err)
	}
	for _, admin := range admins {
		heard := slices.DeleteFunc(p.to(admin.User.Email), func(subject string) bool { return !strings.HasPrefix(subject, "Heidi") })
		if len(heard) != 1 {
			t.Errorf("%s got %v", admin.User.Name, heard)
		}
	}
	p.noSecrets(t)
}
