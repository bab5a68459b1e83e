package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// comesBack says that the mail with the newest link of an invitation came back from a mailbox that does not exist.
func (p *post) comesBack(t *testing.T, i invitation.Invitation) {
	t.Helper()
	if err := p.Track().Do(t.Context(), invitation.Report{
		About: i.Reference(), Status: invitation.DeliveryFailed, Detail: "mailbox does not exist", Stops: true, Recipient: account.EmailKey(i.Invitee.Email),
	}); err != nil {
		t.Fatal(err)
	}
}

// last hands the newest event of the log over, and returns the addresses that were mailed for it.
func (p *post) last(t *testing.T, root string) []string {
	t.Helper()
	before := len(p.sent())
	all := p.Envelopes(root)
	if err := p.deliver.Do(t.Context(), all[len(all)-1]); err != nil {
		t.Fatal(err)
	}
	return p.sent()[before:]
}

// TestNoMailsWhereNoneArrive: after a hard bounce nothing is mailed to the address in that organization: no reminder, no other invitation, no notice. To send an invitation
// to it again tries the address again, and what comes later is mailed.
func TestNoMailsWhereNoneArrive(t *testing.T) {
	t.Parallel()
	p := newPost(t, testbed.New(t))
	s := p.Scene()
	i := s.Pending(p.Address("grace"))
	if got := p.last(t, s.ID); len(got) != 1 {
		t.Fatalf("invited: %q", got)
	}
	p.comesBack(t, i)

	p.Advance(5*24*time.Hour + time.Minute)
	remind := invitation.Reminder{Reference: i.Reference(), Notify: true, Due: i.ExpiresAt.Add(-48 * time.Hour)}
	if err := p.Remind().Do(t.Context(), remind); err != nil {
		t.Fatal(err)
	}
	if got := p.last(t, s.ID); len(got) != 0 {
		t.Errorf("reminded: %q", got)
	}
	made, err := p.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
		Scope: s.Brands[1].Scope(), Invitees: []invitation.Invitee{{Email: strings.ToUpper(i.Invitee.Email)}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	other := made.Results[0].Invitation
	if got := p.last(t, s.ID); len(got) != 0 {
		t.Errorf("invited to a brand: %q", got)
	}
	for range 2 { // once, however often the event comes
		all := p.Envelopes(s.ID)
		created := all[len(all)-2]
		if created.DetailType != "InvitationCreated" || all[len(all)-1].DetailType != "InvitationDeliveryFailed" {
			t.Fatalf("the log ends with %s, %s", created.DetailType, all[len(all)-1].DetailType)
		}
		if err := p.deliver.Do(t.Context(), created); err != nil {
			t.Fatal(err)
		}
	}
	shown, err := p.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: other.Scope, ID: other.ID})
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, `"msg":"mail not sent"`) && !strings.Contains(line, `"MailsFailed":1`) {
			t.Errorf("a mail that is not sent does not count: %s", line)
		}
	}
	want := &invitation.Delivery{Status: "failed", Detail: "not sent, because of an earlier mail: mailbox does not exist", At: p.Now()}
	if diff := cmp.Diff(want, shown.Delivery); err != nil || diff != "" {
		t.Errorf("the invitation to the brand: %v %s", err, diff)
	}

	if _, err := p.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	if got := p.last(t, s.ID); len(got) != 1 {
		t.Errorf("sent again knowingly: %q", got)
	}
	if shown, err := p.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: s.Org, ID: i.ID}); err != nil || shown.Delivery != nil {
		t.Errorf("sent again, its mail is said to be %+v, %v", shown.Delivery, err)
	}
	p.Advance(5*24*time.Hour + time.Minute)
	remind.Generation, remind.Due = 2, p.Now()
	if err := p.Remind().Do(t.Context(), remind); err != nil {
		t.Fatal(err)
	}
	if got := p.last(t, s.ID); len(got) != 1 {
		t.Errorf("reminded after that: %q", got)
	}
	p.noSecrets(t)
}

// TestAResendIsTriedOnce: the answer of the mail service to a mail that was sent again is lost, and the mail bounces meanwhile. It is not sent a second time.
func TestAResendIsTriedOnce(t *testing.T) {
	t.Parallel()
	p, ada, organization, i, _ := invited(t)
	p.comesBack(t, i)
	p.Advance(time.Minute)
	again, err := p.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
	if err != nil {
		t.Fatal(err)
	}
	resent := p.only(t, organization, "InvitationResent")
	p.setAnswer(refuse(500, "InternalFailure", "lost"))
	if err := p.deliver.Do(t.Context(), resent); err == nil {
		t.Fatal("the answer was not lost")
	}
	p.setAnswer(nil)
	p.Advance(time.Minute)
	p.comesBack(t, again)
	if err := p.deliver.Do(t.Context(), resent); err != nil || p.sent() != nil {
		t.Errorf("got %v, and mailed %q", err, p.sent())
	}
}

// TestOthersMailsGoOn: what stops mails in one organization stops none of another, whose admin sees nothing of it, and none to others in the same one.
func TestOthersMailsGoOn(t *testing.T) {
	t.Parallel()
	p, ada, organization, i, _ := invited(t)
	p.comesBack(t, i)
	mia, _ := p.Person("Mia")
	other, brands := p.Organization(mia, "Other", "Brand")
	elsewhere := p.Invite(mia, other.ID, i.Invitee.Email, brands[0])
	if got := p.last(t, other.ID); len(got) != 1 {
		t.Errorf("in another organization: %q", got)
	}
	if shown, err := p.Get().Do(t.Context(), mia, invitation.GetInput{Scope: elsewhere.Scope, ID: elsewhere.ID}); err != nil || shown.Delivery != nil {
		t.Errorf("there it says %+v, %v", shown.Delivery, err)
	}
	made, err := p.Create().Do(t.Context(), ada, invitation.CreateInput{
		Scope: access.Organization(organization), Invitees: []invitation.Invitee{{Email: p.Address("linus")}}, Terms: invitation.Terms{Role: access.Admin, Confirm: "admin"},
	})
	if got := p.last(t, organization); err != nil || made.Results[0].Invitation == nil || len(got) != 1 {
		t.Errorf("to somebody else: %q, %v", got, err)
	}
}

// TestNoNoticesWhereNoneArrive: a notice that came back stops notices, and where somebody is told of by many, the others are told.
func TestNoNoticesWhereNoneArrive(t *testing.T) {
	t.Parallel()
	p := newPost(t, testbed.New(t))
	s := p.Scene()
	p.Promote(s.Ada, s.ID, s.Someone("Bob"), s.Someone("Eve"))
	s.Asks(s.Someone("Grace"))
	told := p.last(t, s.ID)
	if len(told) < 3 {
		t.Fatalf("told of the request: %q", told)
	}
	address, _, _ := strings.Cut(told[1], ":")
	if err := p.Track().Do(t.Context(), invitation.Report{
		About: invitation.Reference{Root: s.Org}, Status: invitation.DeliveryFailed, Detail: "the recipient reported a mail as spam", Stops: true, Recipient: account.EmailKey(address),
	}); err != nil {
		t.Fatal(err)
	}
	s.Asks(s.Someone("Linus"))
	again := p.last(t, s.ID)
	if len(again) != len(told)-1 || strings.Contains(strings.Join(again, " "), address) {
		t.Errorf("%s reported the first as spam, and told of the second were %q", address, again)
	}
}
