package boot_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/ses"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// This file has all functions behind the API follow an organization and a workspace from the first member to their end, as stream and bus have them
// do it. What they come to is looked at by the tests of what they do; here it is that their roles let them, and why they let them do so much.

// course is what goes from logs to the bus and on to all subscribers, each thing once.
type course struct {
	*backstage
	logs    []string // partitions
	relayed map[string]bool
	routed  map[string]int // by bus
}

func (b *backstage) course(logs ...string) *course {
	return &course{backstage: b, logs: logs, relayed: map[string]bool{}, routed: map[string]int{}}
}

// settle goes on until nothing is logged any more.
func (c *course) settle() {
	c.t.Helper()
	for {
		items := c.Partitions(c.logs...)
		var records []any
		for _, name := range slices.Sorted(maps.Keys(items)) {
			if !c.relayed[name] {
				c.relayed[name] = true
				records = append(records, insertion(items[name]))
			}
		}
		if records == nil {
			return
		}
		c.hand("relay-log", records...)
		c.route("prism", "maintain-indexes", "clean-up", "send-mail")
		c.route(bus.DefaultBus, "track-mail")
	}
}

// route hands subscribers what is new on a bus.
func (c *course) route(name string, subscribers ...string) {
	c.t.Helper()
	all := c.onBus(name)
	for _, record := range all[c.routed[name]:] {
		for _, function := range subscribers {
			c.hand(function, map[string]any{"messageId": "m-1", "body": string(record.Event)})
		}
	}
	c.routed[name] = len(all)
}

// lapses has TTL remove the guard of an open invitation, or its reminder, and expire-invitations hear of it.
func (c *course) lapses(scope access.Scope, sk string) {
	c.t.Helper()
	guard := c.RemoveGuard(scope, sk)
	if guard == nil {
		c.t.Fatalf("%s in %s is gone already", sk, scope)
	}
	record := map[string]any{
		"eventID": "e", "eventName": "REMOVE", "userIdentity": map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"},
		"dynamodb": map[string]any{"SequenceNumber": "1", "Keys": testbed.Item{"PK": guard["PK"], "SK": guard["SK"]}, "OldImage": guard},
	}
	c.hand("expire-invitations", record)
}

// hand hands a function records until it reports none of them back, as Lambda does: on a busy machine the table may be late.
func (c *course) hand(function string, records ...any) {
	c.t.Helper()
	var got []string
	for range 5 {
		if got = failures(c.t, c.invoke(function, map[string]any{"Records": records})); got == nil {
			return
		}
	}
	c.t.Errorf("%s reports %v", function, got)
}

// check ends the test when an operation has failed.
func (c *course) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// offers invites somebody and returns the invitation.
func (c *course) offers(who testbed.Someone, in invitation.CreateInput) invitation.Invitation {
	c.t.Helper()
	out, err := c.Create().Do(c.t.Context(), who.Caller, in)
	c.check(err)
	if out.Results[0].Invitation == nil {
		c.t.Fatalf("%+v", out.Results[0])
	}
	return *out.Results[0].Invitation
}

// TestAnOrganizationBackstage: all that is done behind an organization.
func TestAnOrganizationBackstage(t *testing.T) {
	t.Parallel()
	b, ctx := newBackstage(t), t.Context()
	c := b.course("ORG#"+b.ID+"#LOG", "USER#"+b.Ada.User.ID+"#LOG")
	toGlobex := func(email string) {
		t.Helper()
		c.offers(b.Ada, invitation.CreateInput{Scope: b.Globex, Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Viewer}})
	}
	b.Asks(b.Someone("Hugo"))
	late, address := b.Pending(b.Address("late")), b.Address("grace")
	toGlobex(b.Address("later"))
	first := b.Pending(address)
	toGlobex(address)
	c.settle()

	grace := b.SomeoneWith("Grace", address) // her other invitation offers nothing more then
	_, err := b.Accept().Do(ctx, grace.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(first.AcceptURL)}})
	c.check(err)
	b.Renamed(b.Ada, "Ada King")
	_, err = b.RemoveMember().Do(ctx, b.Ada.Caller, member.RemoveInput{Scope: b.Org, User: b.Cleo.User.ID})
	c.check(err)
	_, err = b.UpdateBrand().Do(ctx, b.Ada.Caller, brand.UpdateInput{Scope: b.Globex, Name: "Globex Two"})
	c.check(err)
	_, err = b.UpdateOrganization().Do(ctx, b.Ada.Caller, organization.UpdateInput{Scope: b.Org, Name: new("Acme Two")})
	c.check(err)
	c.settle()

	b.Advance(5 * 24 * time.Hour)
	c.lapses(b.Org, "REMIND#"+late.InviteeKey)
	c.settle()
	_, err = b.DeleteBrand().Do(ctx, b.Ada.Caller, brand.DeleteInput{Scope: b.Globex, Confirm: "Globex Two"})
	c.check(err)
	c.settle()
	b.ComesBack(b.Org, b.Bob.User.Email) // which is forgotten with the organization
	_, err = b.DeleteOrganization().Do(ctx, b.Ada.Caller, organization.DeleteInput{Scope: b.Org, Confirm: "Acme Two"})
	c.check(err)
	c.settle()
}

// TestAWorkspaceBackstage: all that is done behind a workspace.
func TestAWorkspaceBackstage(t *testing.T) {
	t.Parallel()
	b, ctx := newBackstage(t), t.Context()
	l := b.Lab()
	c := b.course("WORKSPACE#"+l.ID+"#LOG", "USER#"+l.Ann.User.ID+"#LOG")
	invites := func(who testbed.Someone, given access.Role, whom testbed.Someone) invitation.Invitation {
		t.Helper()
		in := invitation.CreateInput{Scope: l.Scope, Invitees: []invitation.Invitee{{Username: whom.User.Username}}, Terms: invitation.Terms{Role: given}}
		return c.offers(who, in)
	}
	hal, ida, joe := b.Someone("Hal"), b.Someone("Ida"), b.Someone("Joe")
	invites(l.Ada, l.Analyst.ID, hal)
	late := invites(l.Mia, l.Viewer.ID, ida) // who is not there any more when it is about another link
	c.settle()

	b.mailbox.SetFault(ses.Bounce)
	lost := invites(l.Ada, l.Viewer.ID, joe)
	c.settle()
	_, err := b.Delete().Do(ctx, l.Ada.Caller, invitation.DeleteInput{Scope: l.Scope, ID: lost.ID})
	c.check(err)
	lost = invites(l.Ada, l.Viewer.ID, joe) // which is not sent
	c.settle()
	b.mailbox.SetFault(ses.None)
	b.Advance(2 * time.Minute)
	_, err = b.Resend().Do(ctx, l.Ada.Caller, invitation.ResendInput{Scope: l.Scope, ID: lost.ID})
	c.check(err)
	c.settle()

	b.Renamed(l.Ann, "Ann Lee")
	_, err = b.RemoveMember().Do(ctx, l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: l.Mia.User.ID})
	c.check(err)
	_, err = b.UpdateRole().Do(ctx, l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Viewer.ID, Name: new("Reader")})
	c.check(err)
	_, err = b.DeleteRole().Do(ctx, l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID})
	c.check(err)
	_, err = b.UpdateWorkspace().Do(ctx, l.Ada.Caller, workspace.UpdateInput{Scope: l.Scope, Name: "Proteomics"})
	c.check(err)
	c.settle()

	b.Advance(5 * 24 * time.Hour)
	c.lapses(l.Scope, "REMIND#"+ida.User.ID)
	b.Advance(3 * 24 * time.Hour)
	c.lapses(l.Scope, ida.User.ID)
	invites(l.Ada, l.Viewer.ID, b.Someone("Kim")) // open to the end
	_, err = b.RequestLink().Do(ctx, ida.Caller, invitation.RequestLinkInput{Token: testbed.Token(late.AcceptURL)})
	c.check(err)
	c.settle()
	b.ComesBack(l.Scope, l.Vic.User.Email)
	_, err = b.DeleteWorkspace().Do(ctx, l.Ada.Caller, workspace.DeleteInput{Scope: l.Scope, Confirm: "Proteomics"})
	c.check(err)
	c.settle()
}
