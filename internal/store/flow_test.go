package store

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"prism-access/infra/local/testtable"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/authn"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/request"
)

// flow is the first flow, from the click of an admin to the member, on a table of its own. Its ids and times are the same each time.
type flow struct {
	t     *testing.T
	table *Table
	links invitation.Links
	now   time.Time
	ids   uint64

	organization organization.Organization
	globex       brand.Brand
	accept       map[string]string // what became of the invitation -> its link
}

func newFlow(t *testing.T, at testtable.Table, start time.Time) *flow {
	t.Helper()
	links, err := invitation.NewLinks("https://prism.test", "1:a-key-for-tests-that-is-long-enough-0123456789")
	if err != nil {
		t.Fatal(err)
	}
	f := &flow{t: t, links: links, now: start, accept: map[string]string{}}
	f.table = New(testtable.Config(), at.Name, Options{RealNow: f.clock, MailsPerHour: 1000, Endpoint: at.Endpoint})
	return f
}

func (f *flow) clock() time.Time { return f.now }

func (f *flow) newID() string {
	f.ids++
	id := ulid.ULID{}
	_ = id.SetTime(ulid.Timestamp(f.now)) // is far below the limit
	binary.BigEndian.PutUint64(id[8:], f.ids)
	return id.String()
}

// must ends the test when a step fails.
func must[T any](t *testing.T) func(T, error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (f *flow) ctx() context.Context { return f.t.Context() }

func (f *flow) person(name string) request.Caller {
	f.t.Helper()
	return f.register(name, name)
}

func (f *flow) register(subject, name string) request.Caller {
	f.t.Helper()
	user := must[account.User](f.t)(account.Register{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), request.Request{ID: "sign-in"}, account.RegisterInput{
		Issuer: "https://issuer.test", Subject: subject, Email: subject + "@example.com", EmailVerified: true, Name: name,
	}))
	return request.Caller{User: user.ID, Request: request.Request{ID: "request of " + subject, CorrelationID: "click of " + subject}}
}

func (f *flow) invite(by request.Caller, scope access.Scope, address string, terms invitation.Terms) invitation.Result {
	f.t.Helper()
	f.now = f.now.Add(time.Second)
	out := must[invitation.CreateOutput](f.t)(invitation.Create{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), by, invitation.CreateInput{
		Scope: scope, Invitees: []invitation.Invitee{{Email: address}}, Terms: terms,
	}))
	return out.Results[0]
}

// token returns the token of a link.
func token(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// run goes through the flow: Ada creates Acme with two brands and invites; one accepts, one declines, one is too late, one is invited again,
// one invitation is deleted, one lost its ground, one bounces; people with an account join at once.
func (f *flow) run() {
	f.t.Helper()
	f.person("ada")
	ada := f.register("ada", "Ada Lovelace") // under another name
	keyed := ada
	keyed.Request.IdempotencyKey, keyed.Request.Fingerprint = "create-acme", request.Fingerprint("Acme")
	f.organization = must[organization.Organization](f.t)(organization.Create{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), keyed, organization.CreateInput{Name: "Acme"}))
	acme := access.Organization(f.organization.ID)
	brands := brand.Create{Store: f.table, Now: f.clock, NewID: f.newID}
	f.globex = must[brand.Brand](f.t)(brands.Do(f.ctx(), ada, brand.CreateInput{Scope: acme, Name: "Globex"}))
	initech := must[brand.Brand](f.t)(brands.Do(f.ctx(), ada, brand.CreateInput{Scope: acme, Name: "Initech #1 😀"}))
	name := "Acme Group"
	must[organization.Organization](f.t)(organization.Update{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, organization.UpdateInput{Scope: acme, Name: &name}))

	publisher := invitation.Terms{Role: access.Member, Brands: []string{f.globex.ID, initech.ID}, BrandRole: access.Publisher}
	welcome := "Welcome!\nAda"
	greeted := publisher
	greeted.Message = &welcome
	f.answer(ada, acme, greeted)
	f.settle(ada, acme, publisher)
	f.joinAtOnce(ada, acme, publisher)
	f.void(ada, acme, publisher)

	bounced := f.invite(ada, acme, "bounced@example.com", publisher).Invitation
	track := invitation.Track{Store: f.table, Now: f.clock, NewID: f.newID}
	for _, said := range []invitation.Report{
		{Status: invitation.DeliveryDelayed, Detail: "mailbox is full"},
		{Status: invitation.Delivered},
		{Status: invitation.DeliveryFailed, Detail: "mailbox does not exist", Stops: true, Recipient: "bounced@example.com"},
	} {
		said.About = bounced.Reference()
		f.check(track.Do(f.ctx(), said))
	}
	f.accept["undelivered"] = bounced.AcceptURL
	f.accept["pending"] = f.invite(ada, acme, "Open@Example.com", greeted).Invitation.AcceptURL
	f.accept["pending in a brand"] = f.invite(ada, f.globex.Scope(), "open@example.com", invitation.Terms{Role: access.Viewer}).Invitation.AcceptURL
	f.adapters()
}

func (f *flow) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// answer has one invitation accepted and another declined.
func (f *flow) answer(ada request.Caller, acme access.Scope, terms invitation.Terms) {
	f.t.Helper()
	accepted := f.invite(ada, acme, "grace@example.com", terms).Invitation
	declined := f.invite(ada, acme, "bob@example.com", terms).Invitation
	f.accept["accepted"], f.accept["declined"] = accepted.AcceptURL, declined.AcceptURL
	grace, bob := f.person("grace"), f.person("bob")
	_, err := invitation.Accept{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), grace, invitation.AcceptInput{
		Locator: invitation.Locator{Token: token(accepted.AcceptURL)},
	})
	f.check(err)
	_, err = invitation.Decline{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), bob, invitation.DeclineInput{
		Locator: invitation.Locator{Token: token(declined.AcceptURL)},
	})
	f.check(err)
}

// settle has invitations expire, sent again and deleted.
func (f *flow) settle(ada request.Caller, acme access.Scope, terms invitation.Terms) {
	f.t.Helper()
	late, again, gone := f.invite(ada, acme, "late@example.com", terms).Invitation, f.invite(ada, acme, "again@example.com", terms).Invitation,
		f.invite(ada, acme, "gone@example.com", terms).Invitation
	f.accept["expired"], f.accept["superseded"], f.accept["deleted"] = late.AcceptURL, again.AcceptURL, gone.AcceptURL
	_, err := invitation.Delete{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, invitation.DeleteInput{Scope: acme, ID: gone.ID})
	f.check(err)
	f.now = f.now.AddDate(0, 0, invitation.DefaultDays)
	_, err = invitation.Expire{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), late.Reference())
	f.check(err)
	resent := must[invitation.Invitation](f.t)(invitation.Resend{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), ada, invitation.ResendInput{
		Scope: acme, ID: again.ID, Terms: invitation.Terms{BrandRole: access.Viewer},
	}))
	f.accept["resent"] = resent.AcceptURL
	// TTL has removed the guard by now.
	k := guardKey(acme, "late@example.com")
	f.check(f.table.table.Delete("PK", k.PK).Range("SK", k.SK).Run(f.ctx()))
}

// joinAtOnce invites people who have an account: one to the organization, and then to a brand.
func (f *flow) joinAtOnce(ada request.Caller, acme access.Scope, terms invitation.Terms) {
	f.t.Helper()
	f.person("dan")
	terms.Brands = terms.Brands[1:]
	f.invite(ada, acme, "dan@example.com", terms)
	f.invite(ada, f.globex.Scope(), "dan@example.com", invitation.Terms{Role: access.Admin})
}

// void has somebody accept an offer of a person who was an Admin and is no more.
func (f *flow) void(ada request.Caller, acme access.Scope, terms invitation.Terms) {
	f.t.Helper()
	eve, frank := f.person("eve"), f.person("frank")
	f.invite(ada, acme, "eve@example.com", invitation.Terms{Role: access.Admin, Confirm: "admin"})
	asks := organization.Ask
	_, err := organization.Update{Store: f.table, Now: f.clock, NewID: f.newID}.Do(f.ctx(), ada, organization.UpdateInput{Scope: acme, ExistingAccounts: &asks})
	f.check(err)
	offer := f.invite(eve, acme, "frank@example.com", terms).Invitation
	f.accept["invalid_grant"] = offer.AcceptURL
	k, place := memberKey(acme, eve.User), membersOf(acme, access.Member, "eve", eve.User)
	f.check(f.table.table.Update("PK", k.PK).Range("SK", k.SK).Set("role", string(access.Member)).Set("GSI2SK", place.SK).Add("version", 1).Run(f.ctx()))
	_, err = invitation.Accept{Store: f.table, Now: f.clock, NewID: f.newID, Links: f.links}.Do(f.ctx(), frank, invitation.AcceptInput{
		Locator: invitation.Locator{Token: token(offer.AcceptURL)},
	})
	if err == nil {
		f.t.Fatal("an offer without ground was accepted")
	}
}

// adapters leaves what the edges keep: claims of mails, a session, entries that are published.
func (f *flow) adapters() {
	f.t.Helper()
	for recipient, sent := range map[string]bool{"grace@example.com": true, "bob@example.com": false} {
		const eventID = "01M8180TK0XYYK596NGYA1DQ91"
		_, _, err := f.table.ClaimMail(f.ctx(), eventID, invitation.Addressee{Root: access.Organization("org_1"), Address: recipient}, time.Minute)
		f.check(err)
		if sent {
			f.check(f.table.SettleMail(f.ctx(), eventID, recipient))
		}
	}
	f.check(f.table.SaveSession(f.ctx(), "the-hash-of-a-secret", authn.Session{User: "usr_ada", CreatedAt: f.now, ExpiresAt: f.now.Add(time.Hour)}))
	entries, err := f.table.Unpublished(f.ctx(), f.now.Add(time.Hour), 100)
	f.check(err)
	published := []audit.Entry{}
	for i, entry := range entries {
		if i%2 == 0 {
			published = append(published, entry)
		}
	}
	f.check(f.table.MarkPublished(f.ctx(), published))
}
