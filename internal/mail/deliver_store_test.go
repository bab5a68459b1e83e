package mail_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/ses"
	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/console"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/mail"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// post is the way of mails: the operation send-mail on the real table, and a mail service that can be told to misbehave.
type post struct {
	*testbed.Bed
	mailbox *ses.Mailbox
	deliver mail.Deliver
	log     *bytes.Buffer

	mu     sync.Mutex
	answer http.HandlerFunc // in place of the mailbox; nil: the mailbox
	calls  int
}

func newPost(t *testing.T, bed *testbed.Bed) *post {
	t.Helper()
	p := &post{Bed: bed, mailbox: ses.New([]ses.Set{{Name: "prism"}}, nil, bed.Now), log: &bytes.Buffer{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	t.Cleanup(func() { p.leadSomewhere(t) })
	sender := mail.NewSES(testbed.Config(), mail.SESOptions{
		From: "Prism <no-reply@prism.test>", ConfigurationSet: "prism", Endpoint: server.URL, AttemptTimeout: 100 * time.Millisecond, TotalTimeout: time.Second,
	})
	p.deliver = mail.Deliver{
		Store: bed.Table, Sender: sender, Links: bed.Links, BaseURL: testbed.BaseURL, Now: bed.Now, Track: bed.Track(), Logger: slog.New(slog.NewJSONHandler(p.log, nil)),
	}
	return p
}

// pages finds the console's page of a request, and ours finds the addresses in a mail that are of the console.
var (
	pages = sync.OnceValue(func() *http.ServeMux {
		mux := http.NewServeMux()
		for _, pattern := range console.Patterns() {
			mux.Handle(pattern, http.NotFoundHandler())
		}
		return mux
	})
	ours = regexp.MustCompile(regexp.QuoteMeta(testbed.BaseURL) + `[^\s"<>]*`)
)

// leadSomewhere fails for each address in the mails that the console has no page for.
func (p *post) leadSomewhere(t *testing.T) {
	t.Helper()
	for _, m := range p.mailbox.Mails() {
		for _, address := range ours.FindAllString(m.Text, -1) {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if _, pattern := pages().Handler(r); pattern == "" || pattern == "/" { // which is the page of what is not there
				t.Errorf("%q leads to no page: %s", m.Subject, address)
			}
		}
	}
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls++
	answer := p.answer
	p.mu.Unlock()
	if answer == nil {
		answer = p.mailbox.ServeHTTP
	}
	answer(w, r)
}

func (p *post) setAnswer(answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer, p.calls = answer, 0
}

// refuse answers as SES does.
func refuse(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
	}
}

// only returns the one event of a type in the log.
func (p *post) only(t *testing.T, organization, detailType string) event.Envelope {
	t.Helper()
	all := slices.DeleteFunc(p.Envelopes(organization), func(e event.Envelope) bool { return e.DetailType != detailType })
	if len(all) != 1 {
		t.Fatalf("the log has %d of %s, want 1", len(all), detailType)
	}
	return all[0]
}

// sent returns the mails in the mailbox as "address: subject".
func (p *post) sent() []string {
	var out []string
	for _, m := range p.mailbox.Mails() {
		out = append(out, strings.Join(m.To, ", ")+": "+m.Subject)
	}
	return out
}

// noSecrets holds that neither links nor addresses are logged, nor stand in an error, which the edge logs.
func (p *post) noSecrets(t *testing.T, errs ...error) {
	t.Helper()
	said := p.log.String() + fmt.Sprint(errs)
	if strings.Contains(said, "@example.com") || strings.Contains(said, invitation.Path) {
		t.Errorf("logged %s", said)
	}
}

// invited is a post with one open invitation whose mail is due.
func invited(t *testing.T) (p *post, ada request.Caller, organization string, i invitation.Invitation, due event.Envelope) {
	t.Helper()
	p = newPost(t, testbed.New(t))
	ada, _ = p.Person("Ada")
	org, brands := p.Organization(ada, "Acme", "Globex")
	i = p.Invite(ada, org.ID, p.Address("grace"), brands[0])
	return p, ada, org.ID, i, p.only(t, org.ID, "InvitationCreated")
}

// TestEachEventMailsWhomItShould walks a flow, hands each of its events over twice, and looks at the mailbox.
func TestEachEventMailsWhomItShould(t *testing.T) {
	t.Parallel()
	p := newPost(t, testbed.New(t))
	ada, adaUser := p.Person("Ada")
	org, brands := p.Organization(ada, "Acme", "Globex", "Initech")
	graceAddress, bobAddress := p.Address("grace"), p.Address("bob")
	_, dan := p.Person("Dan")
	toGrace := p.Invite(ada, org.ID, graceAddress, brands[0])
	toBob := p.Invite(ada, org.ID, bobAddress, brands[1])
	quiet := false
	for _, in := range []invitation.CreateInput{
		testbed.MemberOffer(org.ID, dan.Email, brands[0]), // has an account, joins at once
		{Scope: brands[1].Scope(), Invitees: []invitation.Invitee{{Email: dan.Email}}, Terms: invitation.Terms{Role: access.Viewer}},
		{Scope: brands[1].Scope(), Invitees: []invitation.Invitee{{Email: p.Address("quiet")}}, Terms: invitation.Terms{Role: access.Viewer, Notify: &quiet}},
	} {
		if _, err := p.Create().Do(t.Context(), ada, in); err != nil {
			t.Fatal(err)
		}
	}
	p.answerAll(t, map[string]invitation.Invitation{"grace": toGrace}, bobAddress, toBob)
	events := p.Envelopes(org.ID)
	for _, e := range append(events, events...) {
		if err := p.deliver.Do(t.Context(), e); err != nil {
			t.Fatalf("%s: %v", e.DetailType, err)
		}
	}
	want := []string{
		dan.Email + ": Ada added you to Acme on Prism",
		dan.Email + ": Ada added you to Initech on Prism",
		adaUser.Email + ": grace accepted your invitation to Acme",
		adaUser.Email + ": " + bobAddress + " declined your invitation to Acme",
	}
	got := p.sent()
	for i := range got { // long names are shortened in subjects
		if at := strings.Index(got[i], "declined"); at > 0 {
			got[i] = adaUser.Email + ": " + bobAddress + " " + got[i][at:]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("once each: %s", diff)
	}
	if n := strings.Count(p.log.String(), `"MailsSent":1`); n != len(want) {
		t.Errorf("%d count as sent, want %d: %s", n, len(want), p.log)
	}
	p.noSecrets(t)
}

// answerAll has invitations accepted by somebody of that name, and one declined.
func (p *post) answerAll(t *testing.T, accepted map[string]invitation.Invitation, address string, declined invitation.Invitation) {
	t.Helper()
	for name, i := range accepted {
		who, _ := p.PersonWith(name, i.Invitee.Email)
		if _, err := p.Accept().Do(t.Context(), who, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}}); err != nil {
			t.Fatal(err)
		}
	}
	in := invitation.DeclineInput{Locator: invitation.Locator{Token: testbed.Token(declined.AcceptURL)}, Email: address}
	if _, err := p.Decline().Do(t.Context(), request.Caller{}, in); err != nil {
		t.Fatal(err)
	}
}

// TestInvitationMail looks at the mail itself: both parts with the link that works, tags and configuration set, to one address alone.
func TestInvitationMail(t *testing.T) {
	t.Parallel()
	p, _, organization, i, due := invited(t)
	if err := p.deliver.Do(t.Context(), due); err != nil {
		t.Fatal(err)
	}
	mails := p.mailbox.Mails()
	if len(mails) != 1 {
		t.Fatalf("got %d mails, want 1", len(mails))
	}
	got := mails[0]
	if !strings.Contains(got.HTML, i.AcceptURL) || !strings.Contains(got.Text, i.AcceptURL) {
		t.Error("the link is not in both parts")
	}
	if strings.Contains(got.Subject, i.AcceptURL) || len(got.CC)+len(got.BCC) > 0 || got.ConfigurationSet != "prism" || got.From != "Prism <no-reply@prism.test>" {
		t.Errorf("got %+v", got)
	}
	tags := map[string]string{
		"organization": organization, "invitation": i.ID, "generation": "1",
		"correlation": base64.RawURLEncoding.EncodeToString([]byte(due.Detail.Metadata.CorrelationID)),
	}
	if diff := cmp.Diff(tags, got.Tags) + cmp.Diff([]string{i.Invitee.Email}, got.To); diff != "" {
		t.Error(diff)
	}
	p.noSecrets(t)
}

// TestMailIsSentAtLast: while the service does not take it, the queue is told to bring the event again; once it does, the mail goes out once.
func TestMailIsSentAtLast(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client go
		<-r.Context().Done()
	}
	for name, fault := range map[string]http.HandlerFunc{
		"throttled": refuse(http.StatusTooManyRequests, "TooManyRequestsException", "Maximum sending rate exceeded for grace@example.com"),
		"down":      refuse(http.StatusInternalServerError, "InternalFailure", "grace@example.com"),
		"paused":    refuse(http.StatusBadRequest, "SendingPausedException", "Sending paused for grace@example.com"),
		"no answer": hang,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _, _, _, due := invited(t)
			p.setAnswer(fault)
			err := p.deliver.Do(t.Context(), due)
			if err == nil || len(p.sent()) != 0 {
				t.Fatalf("got %v and %v, want an error and no mail", err, p.sent())
			}
			p.setAnswer(nil)
			for range 2 {
				if err := p.deliver.Do(t.Context(), due); err != nil {
					t.Fatalf("at last: %v", err)
				}
			}
			if got := p.sent(); len(got) != 1 {
				t.Errorf("sent %v, want one mail", got)
			}
			p.noSecrets(t, err)
		})
	}
}

// TestRefusedForGood: the admin sees the reason where the invitation stands, and nobody tries again.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	p, ada, organization, i, due := invited(t)
	p.setAnswer(refuse(http.StatusBadRequest, "MessageRejected", "Address blacklisted: "+i.Invitee.Email))
	for range 2 {
		if err := p.deliver.Do(t.Context(), due); err != nil {
			t.Fatal(err)
		}
	}
	if p.calls != 1 {
		t.Errorf("%d requests to the mail service, want 1", p.calls)
	}
	for _, filter := range []invitation.Filter{invitation.FilterDeliveryFailed, "pending", invitation.FilterAll} {
		list, err := p.List().Do(t.Context(), ada, invitation.ListInput{Scope: access.Organization(organization), Status: filter})
		if err != nil || len(list.Items) != 1 || list.Items[0].ID != i.ID {
			t.Fatalf("%q lists %+v, %v", filter, list.Items, err)
		}
		want := &invitation.Delivery{Status: "failed", Detail: "the mail service did not take this mail", At: p.Now()}
		if diff := cmp.Diff(want, list.Items[0].Delivery); diff != "" || list.Items[0].Status != invitation.Pending {
			t.Errorf("%q, %s: %s", filter, list.Items[0].Status, diff)
		}
	}
	said := p.only(t, organization, "InvitationDeliveryFailed").Detail
	if said.Metadata.Actor.ID != "system" || said.Metadata.CorrelationID != due.Detail.Metadata.CorrelationID || said.Metadata.CorrelationID == "" {
		t.Errorf("published as %+v", said.Metadata)
	}
	if failed, sent := strings.Count(p.log.String(), `"MailsFailed":1`), strings.Count(p.log.String(), "MailsSent"); failed != 1 || sent != 0 {
		t.Errorf("counted as %d failed and %d sent: %s", failed, sent, p.log)
	}
	if !strings.Contains(p.log.String(), "MessageRejected") {
		t.Errorf("the operator reads nothing of it: %s", p.log)
	}
	p.noSecrets(t)

	// Sent again, it starts afresh.
	p.setAnswer(nil)
	p.Advance(time.Hour)
	resent, err := p.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: access.Organization(organization), ID: i.ID})
	if err != nil || resent.Delivery != nil {
		t.Fatalf("resent: %+v, %v", resent.Delivery, err)
	}
	if err := p.deliver.Do(t.Context(), p.only(t, organization, "InvitationResent")); err != nil || len(p.sent()) != 1 {
		t.Errorf("sent %v, %v", p.sent(), err)
	}
}

// TestLateEventsMailNothingStale: what an event says may be over when it arrives.
func TestLateEventsMailNothingStale(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, p *post, ada request.Caller, organization string, i invitation.Invitation){
		"superseded": func(t *testing.T, p *post, ada request.Caller, organization string, i invitation.Invitation) {
			t.Helper()
			p.Advance(time.Hour)
			if _, err := p.Resend().Do(t.Context(), ada, invitation.ResendInput{Scope: access.Organization(organization), ID: i.ID}); err != nil {
				t.Fatal(err)
			}
		},
		"deleted": func(t *testing.T, p *post, ada request.Caller, organization string, i invitation.Invitation) {
			t.Helper()
			if _, err := p.Delete().Do(t.Context(), ada, invitation.DeleteInput{Scope: access.Organization(organization), ID: i.ID}); err != nil {
				t.Fatal(err)
			}
		},
		"expired": func(_ *testing.T, p *post, _ request.Caller, _ string, _ invitation.Invitation) {
			p.Advance(7 * 24 * time.Hour)
		},
		"accepted": func(t *testing.T, p *post, _ request.Caller, _ string, i invitation.Invitation) {
			t.Helper()
			who, _ := p.PersonWith("Grace", i.Invitee.Email)
			if _, err := p.Accept().Do(t.Context(), who, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}}); err != nil {
				t.Fatal(err)
			}
		},
		"in an organization that is gone": func(_ *testing.T, p *post, _ request.Caller, organization string, _ invitation.Invitation) {
			p.DeleteScope(access.Organization(organization))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, ada, organization, i, due := invited(t)
			change(t, p, ada, organization, i)
			if err := p.deliver.Do(t.Context(), due); err != nil || p.sent() != nil {
				t.Errorf("got %v and %v, want no mail and no error", err, p.sent())
			}
		})
	}
}

// TestCrashes: an attempt that ended in the middle is made up for once its claim has lapsed. One that sent and could not say so mails twice:
// rather twice than never.
func TestCrashes(t *testing.T) {
	t.Parallel()
	p, _, _, i, due := invited(t)
	recipient := strings.ToLower(i.Invitee.Email)
	if claimed, _, err := p.Table.ClaimMail(t.Context(), due.Detail.Metadata.ID, invitation.Addressee{Root: i.Scope.Root(), Address: recipient}, mail.ClaimLapse); !claimed || err != nil {
		t.Fatal(err)
	}
	if err := p.deliver.Do(t.Context(), due); err == nil || p.sent() != nil {
		t.Errorf("while another attempt is under way: got %v and %v, want an error and no mail", err, p.sent())
	}
	p.AdvanceReal(mail.ClaimLapse + time.Second)

	proxy, err := tableproxy.Start(t.Context(), p.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	behind := testbed.NewAt(t, proxy.URL)
	behind.AdvanceReal(mail.ClaimLapse + time.Second)
	cut := p.deliver
	cut.Store = behind.Table
	for nth := 1; nth < 10; nth++ {
		proxy.Inject("UpdateItem", nth, tableproxy.ServerError()) // all attempts to mark it as sent
	}
	if err := cut.Do(t.Context(), due); err != nil || len(p.sent()) != 1 {
		t.Errorf("sent, but not marked: got %v and %v", err, p.sent())
	}
	if err := p.deliver.Do(t.Context(), due); err == nil {
		t.Error("nobody knows that it was sent, and the event is done")
	}
	p.AdvanceReal(mail.ClaimLapse + time.Second)
	for range 2 {
		if err := p.deliver.Do(t.Context(), due); err != nil || len(p.sent()) != 2 {
			t.Errorf("after the claim has lapsed: got %v and %v", err, p.sent())
		}
	}
	p.noSecrets(t)
}

// TestManyDeliveriesMailOnce: the queue may hand one event to several at a time.
func TestManyDeliveriesMailOnce(t *testing.T) {
	t.Parallel()
	p, _, _, _, due := invited(t)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { _ = p.deliver.Do(t.Context(), due) }) // those that come second say so
	}
	group.Wait()
	if err := p.deliver.Do(t.Context(), due); err != nil || len(p.sent()) != 1 {
		t.Errorf("got %v and %v, want one mail", err, p.sent())
	}
}
