package boot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/ses"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// onBus returns what was put on a bus, oldest first.
func (b *backstage) onBus(name string) []bus.Record {
	var out []bus.Record
	for _, record := range b.bus.Records() {
		if record.Bus == name {
			out = append(out, record)
		}
	}
	return out
}

// mailed hands the events of a type about an invitation or a person to send-mail, and what SES said since to track-mail, in the opposite order and twice.
func (b *backstage) mailed(detailType, about string) {
	b.t.Helper()
	before := len(b.onBus(bus.DefaultBus))
	for _, envelope := range b.Envelopes(b.ID) {
		if envelope.DetailType != detailType || !strings.Contains(string(envelope.Detail.Data), about) {
			continue
		}
		text, err := json.Marshal(envelope)
		if err != nil {
			b.t.Fatal(err)
		}
		b.queued("send-mail", string(text))
	}
	said := b.onBus(bus.DefaultBus)[before:]
	for n := range 2 * len(said) {
		b.queued("track-mail", string(said[len(said)-1-n%len(said)].Event))
	}
}

// about returns what the organization's events of a type are about.
func (b *backstage) about(detailType string) []event.Metadata {
	b.t.Helper()
	var all []event.Metadata
	for _, envelope := range b.Envelopes(b.ID) {
		if envelope.DetailType == detailType {
			all = append(all, envelope.Detail.Metadata)
		}
	}
	return all
}

// queued hands a function a message of its queue.
func (b *backstage) queued(function, body string) {
	b.t.Helper()
	if got := failures(b.t, b.invoke(function, map[string]any{"Records": []any{map[string]any{"messageId": "m-1", "body": body}}})); got != nil {
		b.t.Errorf("%s reports %v", function, got)
	}
}

// TestFromTheFaultToTheInvitation: what becomes of a mail after SES has taken it goes by the account's default bus onto the invitation, its log, and from there onto the bus
// for all; sent again, the address is tried again.
func TestFromTheFaultToTheInvitation(t *testing.T) {
	t.Parallel()
	for fault, c := range map[ses.Fault]struct {
		want  invitation.Delivery
		log   string
		stops bool
	}{
		ses.None:      {invitation.Delivery{Status: "delivered"}, "InvitationDelivered", false},
		ses.Delay:     {invitation.Delivery{Status: "delayed", Detail: "the recipient's mail server does not take it yet"}, "InvitationDeliveryDelayed", false},
		ses.Bounce:    {invitation.Delivery{Status: "failed", Detail: "mailbox does not exist"}, "InvitationDeliveryFailed", true},
		ses.Complaint: {invitation.Delivery{Status: "failed", Detail: "the recipient reported a mail as spam"}, "InvitationDeliveryFailed", true},
		ses.Reject:    {invitation.Delivery{Status: "failed", Detail: "the mail service did not take this mail"}, "InvitationDeliveryFailed", false},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := newBackstage(t)
			get := func(i invitation.Invitation) invitation.Delivery {
				t.Helper()
				found, err := b.Get().Do(t.Context(), b.Ada.Caller, invitation.GetInput{Scope: i.Scope, ID: i.ID})
				if err != nil {
					t.Fatal(err)
				}
				if found.Delivery == nil {
					return invitation.Delivery{}
				}
				return invitation.Delivery{Status: found.Delivery.Status, Detail: found.Delivery.Detail}
			}
			b.mailbox.SetFault(fault)
			i := b.Pending(b.Address("grace"))
			log := []string{c.log}
			if c.stops {
				log = append(log, "MailsStopped")
			}
			became := b.Appended(b.Org, func() { b.mailed("InvitationCreated", i.ID) })
			if diff := cmp.Diff(c.want, get(i)) + cmp.Diff(log, testbed.Types(became)); diff != "" {
				t.Fatal(diff)
			}
			all := b.entries()
			for n, detailType := range log {
				b.invoke("relay-log", map[string]any{"Records": []any{insertion(all[len(all)-len(log)+n])}})
				published := b.onBus("prism")
				if len(published) != n+1 {
					t.Fatalf("%d events for all, want %d", len(published), n+1)
				}
				if err := events.Validate(detailType, published[n].Event); err != nil {
					t.Error(err)
				}
			}

			b.mailbox.SetFault(ses.None)
			before := len(b.mailbox.Mails())
			b.Advance(time.Minute)
			made, err := b.Create().Do(t.Context(), b.Ada.Caller, invitation.CreateInput{
				Scope: b.Brands[1].Scope(), Invitees: []invitation.Invitee{{Email: i.Invitee.Email}}, Terms: invitation.Terms{Role: "viewer"},
			})
			if err != nil {
				t.Fatal(err)
			}
			other := made.Results[0].Invitation
			b.mailed("InvitationCreated", other.ID)
			if mailed := len(b.mailbox.Mails()) > before; mailed == c.stops || c.stops != strings.HasPrefix(get(*other).Detail, "not sent") {
				t.Errorf("invited to a brand as well: mailed %v, and it says %+v", mailed, get(*other))
			}
			again, err := b.Resend().Do(t.Context(), b.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
			if err != nil {
				t.Fatal(err)
			}
			b.mailed("InvitationResent", i.ID)
			resumed := b.about("MailsResumed")
			if len(resumed) > 1 || (len(resumed) == 1) != c.stops || c.stops && resumed[0].Actor.ID != b.Ada.User.ID {
				t.Errorf("mails are resumed: %+v", resumed)
			}
			if last := b.mailbox.Mails(); !strings.Contains(last[len(last)-1].Text, again.AcceptURL) || get(i).Status != invitation.Delivered {
				t.Errorf("sent again: %+v", get(i))
			}
		})
	}
}

// TestMailsToAMember: a notice comes back, or is reported as spam. It is in the log, once; those who may resume mails are told; nothing is mailed to the member, not after
// a hundred days either, until somebody resumes it.
func TestMailsToAMember(t *testing.T) {
	t.Parallel()
	for fault, why := range map[ses.Fault]string{ses.Bounce: "mailbox does not exist", ses.Complaint: "the recipient reported a mail as spam"} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			b := newBackstage(t)
			grace := b.Someone("Grace")
			b.Join(b.Ada, b.Brands[0], access.Viewer, grace)
			told := func(role access.Role) int {
				t.Helper()
				b.Advance(time.Second)
				before, mark := len(b.mailbox.Mails()), b.NewID()
				in := member.UpdateInput{Scope: b.Globex, User: grace.User.ID, Wish: member.Wish{Role: role, Reason: mark}}
				changed, err := b.UpdateMember().Do(t.Context(), b.Ada.Caller, in)
				if err != nil || changed.Role != role {
					t.Fatal(changed, err)
				}
				b.mailed("MemberRoleChanged", mark)
				return len(b.mailbox.Mails()) - before
			}
			stop := func() *member.MailStop {
				t.Helper()
				got, err := b.GetMember().Do(t.Context(), b.Ada.Caller, member.GetInput{Scope: b.Org, User: grace.User.ID})
				if err != nil {
					t.Fatal(err)
				}
				return got.MailsStopped
			}
			if got := stop(); got != nil {
				t.Errorf("mails have stopped from the beginning: %+v", got)
			}
			b.mailbox.SetFault(fault)
			if n := told(access.Publisher); n != 1 {
				t.Fatalf("%d mails, want the one that fails", n)
			}
			b.mailbox.SetFault(ses.None)
			want := &member.MailStop{Why: why, At: b.Now().Truncate(time.Second)}
			if diff := cmp.Diff(want, stop()); diff != "" {
				t.Fatal(diff)
			}
			if stopped := b.about("MailsStopped"); len(stopped) != 1 || stopped[0].Actor != access.System {
				t.Errorf("the log says %+v", stopped)
			}
			for range 2 {
				if n := told(access.Viewer) + told(access.Publisher); n != 0 {
					t.Errorf("%d mails went there all the same, on %s", n, b.Now())
				}
				b.Advance(100 * 24 * time.Hour)
				b.AdvanceReal(100 * 24 * time.Hour)
			}
			if diff := cmp.Diff(want, stop()); diff != "" {
				t.Error(diff)
			}
			if _, err := b.ResumeMails().Do(t.Context(), b.Ada.Caller, member.ResumeInput{Scope: b.Org, User: grace.User.ID, StoppedAt: want.At}); err != nil {
				t.Fatal(err)
			}
			if resumed := b.about("MailsResumed"); len(resumed) != 1 || resumed[0].Actor.ID != b.Ada.User.ID || len(b.about("MailsStopped")) != 1 {
				t.Errorf("the log says %+v", resumed)
			}
			if n := told(access.Viewer); n != 1 || stop() != nil {
				t.Errorf("resumed, %d mails, and the page says %+v", n, stop())
			}
		})
	}
}
