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
	"prism-access/internal/invitation"
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

// mailed hands the event of a type about an invitation to send-mail, and what SES said since to track-mail, in the opposite order and twice.
func (b *backstage) mailed(detailType string, about invitation.Invitation) {
	b.t.Helper()
	before := len(b.onBus(bus.DefaultBus))
	for _, envelope := range b.Envelopes(b.ID) {
		if envelope.DetailType != detailType || !strings.Contains(string(envelope.Detail.Data), about.ID) {
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
			became := b.Appended(b.Org, func() { b.mailed("InvitationCreated", i) })
			if diff := cmp.Diff(c.want, get(i)) + cmp.Diff([]string{c.log}, testbed.Types(became)); diff != "" {
				t.Fatal(diff)
			}
			all := b.entries()
			b.invoke("relay-log", map[string]any{"Records": []any{insertion(all[len(all)-1])}})
			published := b.onBus("prism")
			if len(published) != 1 {
				t.Fatalf("%d events for all, want 1", len(published))
			}
			if err := events.Validate(c.log, published[0].Event); err != nil {
				t.Error(err)
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
			b.mailed("InvitationCreated", *other)
			if mailed := len(b.mailbox.Mails()) > before; mailed == c.stops || c.stops != strings.HasPrefix(get(*other).Detail, "not sent") {
				t.Errorf("invited to a brand as well: mailed %v, and it says %+v", mailed, get(*other))
			}
			again, err := b.Resend().Do(t.Context(), b.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
			if err != nil {
				t.Fatal(err)
			}
			b.mailed("InvitationResent", i)
			if last := b.mailbox.Mails(); !strings.Contains(last[len(last)-1].Text, again.AcceptURL) || get(i).Status != invitation.Delivered {
				t.Errorf("sent again: %+v", get(i))
			}
		})
	}
}
