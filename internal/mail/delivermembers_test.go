package mail_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// caused delivers what do has logged in an organization or a workspace, twice, as the queue may.
func caused(t *testing.T, p *post, id string, do func()) {
	t.Helper()
	before := len(p.Envelopes(id))
	do()
	for _, e := range p.Envelopes(id)[before:] {
		for range 2 {
			if err := p.deliver.Do(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// got returns who was mailed what since the mails that were there.
func got(p *post, before int) []string {
	lines := p.sent()[before:]
	slices.Sort(lines)
	return lines
}

func TestMembersAreMailed(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	s.Join(s.Ada, s.Brands[0], access.Viewer, s.Dan)
	olga := s.Someone("Olga")
	s.Promote(s.Ada, s.ID, olga)
	ada, cleo, dan := s.Ada.User.Email, s.Cleo.User.Email, s.Dan.User.Email
	for _, c := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"another role in a brand", func() error {
			_, err := s.UpdateMember().Do(t.Context(), s.Bob.Caller, member.UpdateInput{Scope: s.Globex, User: s.Cleo.User.ID, Wish: member.Wish{Role: access.Viewer}})
			return err
		}, []string{cleo + ": Your role on Globex has changed"}},
		{"to Organization Admin", func() error {
			_, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: member.Wish{Role: access.Admin, Confirm: "admin"}})
			return err
		}, []string{ada + ": Cleo is an Organization Admin of Acme now", cleo + ": You are an Organization Admin of Acme now", olga.User.Email + ": Cleo is an Organization Admin of Acme now"}},
		{"into further brands, several at once", func() error {
			_, err := s.BulkUpdate().Do(t.Context(), s.Ada.Caller, member.BulkUpdateInput{
				Scope: s.Org, Members: []member.Selected{{ID: s.Bob.User.ID}}, Brands: map[string]*access.Role{s.Initech.Brand: new(access.Viewer)}, Reason: "For the launch.",
			})
			return err
		}, []string{s.Bob.User.Email + ": Ada added you to Initech on Prism"}},
		{"out of a brand", func() error {
			_, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Initech, User: s.Dan.User.ID})
			return err
		}, []string{dan + ": You no longer have access to Initech"}},
		{"out of the organization", func() error {
			_, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: s.Dan.User.ID, Reason: "The project is over."})
			return err
		}, []string{dan + ": You no longer have access to Acme"}},
		{"leaving", func() error {
			_, err := s.RemoveMember().Do(t.Context(), s.Bob.Caller, member.RemoveInput{Scope: s.Org, User: "me"})
			return err
		}, nil},
	} {
		before := len(p.sent())
		caused(t, p, s.ID, func() {
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		})
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got(p, before)); diff != "" && len(c.want)+len(got(p, before)) > 0 {
			t.Errorf("%s: %s", c.name, diff)
		}
		for _, m := range p.mailbox.Mails()[before:] {
			if strings.Contains(m.Subject, "added you") && !strings.Contains(m.Text, "Ada wrote:\n> For the launch.\n") {
				t.Errorf("%s: %s", c.name, m.Text)
			}
		}
	}
}

// TestRemovedFromABrand: of all they had, the mail names what they have lost.
func TestRemovedFromABrand(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	s.Join(s.Ada, s.Brands[1], access.Viewer, s.Cleo)
	caused(t, p, s.ID, func() {
		if _, err := s.RemoveMember().Do(t.Context(), s.Bob.Caller, member.RemoveInput{Scope: s.Globex, User: s.Cleo.User.ID}); err != nil {
			t.Fatal(err)
		}
	})
	if mails := p.mailbox.Mails(); len(mails) != 1 || !strings.Contains(mails[0].Text, "You had: Publisher on Globex\n") || strings.Contains(mails[0].Text, "Initech") {
		t.Errorf("got %+v", mails)
	}
}

// TestAdminsHearOfAnotherOne: also of one who accepts an invitation.
func TestAdminsHearOfAnotherOne(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	address := s.Address("grace")
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, testbed.AdminOffer(s.ID, address))
	if err != nil {
		t.Fatal(err)
	}
	grace := s.SomeoneWith("Grace", address)
	caused(t, p, s.ID, func() {
		locator := invitation.Locator{Token: testbed.Token(out.Results[0].Invitation.AcceptURL)}
		if _, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: locator}); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{s.Ada.User.Email + ": Grace accepted your invitation to Acme", s.Ada.User.Email + ": Grace is an Organization Admin of Acme now"}
	if diff := cmp.Diff(want, got(p, 0)); diff != "" {
		t.Error(diff)
	}
	quiet := testbed.AdminOffer(s.ID, s.Someone("Hugo").User.Email)
	quiet.Notify = new(bool)
	before := len(p.sent())
	caused(t, p, s.ID, func() {
		if _, err := s.Create().Do(t.Context(), s.Ada.Caller, quiet); err != nil {
			t.Fatal(err)
		}
	})
	if sent := got(p, before); len(sent) != 0 {
		t.Errorf("without mails: %v", sent)
	}
}

// TestClientsReadNoMail: the Admins hear of one that is Admin, as of anybody; itself it is told nothing.
func TestClientsReadNoMail(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	client, id := s.Client("Reports", "members.write")
	caused(t, p, s.ID, func() {
		in := member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Reports", Offer: member.Offer{Role: access.Admin, Confirm: "admin"}}
		if _, err := s.AddClient().Do(t.Context(), s.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{s.Ada.User.Email + ": The client Reports is an Organization Admin of Acme now"}
	if diff := cmp.Diff(want, got(p, 0)); diff != "" {
		t.Error(diff)
	}
	if text := p.mailbox.Mails()[0].Text; !strings.Contains(text, "Client id: "+id+"\nGranted by: Ada\n") {
		t.Errorf("it reads %s", text)
	}
	_, other := s.Client("Other")
	caused(t, p, s.ID, func() {
		in := member.AddClientInput{Scope: s.Org, ClientID: other, Name: "Other", Offer: member.Offer{Role: access.Admin, Confirm: "admin"}}
		if _, err := s.AddClient().Do(t.Context(), client.Caller, in); err != nil {
			t.Fatal(err)
		}
	})
	if sent := p.mailbox.Mails()[1:]; len(sent) != 1 || !strings.Contains(sent[0].Text, "Granted by: Reports (client "+id+")\n") {
		t.Errorf("when it adds one: %v", sent)
	}
	before := len(p.mailbox.Mails())
	caused(t, p, s.ID, func() {
		for _, brands := range []map[string]*access.Role{{s.Globex.Brand: new(access.Admin)}, {s.Initech.Brand: new(access.Viewer)}} {
			in := member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: member.Wish{Brands: brands}}
			if _, err := s.UpdateMember().Do(t.Context(), client.Caller, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.RemoveMember().Do(t.Context(), client.Caller, member.RemoveInput{Scope: s.Org, User: s.Cleo.User.ID}); err != nil {
			t.Fatal(err)
		}
	})
	by := "Reports (client " + id + ") "
	sent := p.mailbox.Mails()[before:]
	for n, did := range []string{"changed your role", "added you to", "took you out"} {
		if len(sent) != 3 || !strings.Contains(sent[n].Text, by+did) {
			t.Errorf("to whom it %s: %v", did, sent)
		}
	}
	before += len(sent)
	caused(t, p, s.ID, func() {
		wish := member.Wish{Role: access.Member, Brands: map[string]*access.Role{s.Globex.Brand: new(access.Viewer)}}
		if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: client.User.ID, Wish: wish}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: client.User.ID}); err != nil {
			t.Fatal(err)
		}
	})
	if sent := got(p, before); len(sent) != 0 {
		t.Errorf("of what becomes of it: %v", sent)
	}
}

// TestWhoSentNoMailGetsNone about who accepts, until somebody sends the invitation again with one; whoever declines is told of.
func TestWhoSentNoMailGetsNone(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	for _, c := range []struct {
		resent, accepts bool
		want            string // empty: nobody is mailed
	}{
		{false, true, ""},
		{false, false, "declined your invitation to Globex"},
		{true, true, "accepted your invitation to Globex"},
	} {
		out, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
			Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("grace" + s.NewID())}}, Terms: invitation.Terms{Role: access.Viewer, Notify: new(false)},
		})
		if err != nil {
			t.Fatal(err)
		}
		i := *out.Results[0].Invitation
		if c.resent {
			s.Advance(invitation.ResendInterval)
			if i, err = s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Globex, ID: i.ID}); err != nil {
				t.Fatal(err)
			}
		}
		before, link := len(p.sent()), invitation.Locator{Token: testbed.Token(i.AcceptURL)}
		who := s.SomeoneWith("Grace", i.Invitee.Email)
		caused(t, p, s.ID, func() {
			if c.accepts {
				_, err = s.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: link})
			} else {
				_, err = s.Decline().Do(t.Context(), who.Caller, invitation.DeclineInput{Locator: link})
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		if got := strings.Join(got(p, before), ", "); (c.want == "") != (got == "") || got != "" && (!strings.HasPrefix(got, s.Ada.User.Email+": ") || !strings.HasSuffix(got, c.want)) {
			t.Errorf("%+v: mailed %s", c, got)
		}
	}
}

// TestAskingForALink goes to whoever invited, and to the Admins of the scope when that one may not invite any more.
func TestAskingForALink(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, s := newPost(t, bed), bed.Scene()
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("grace")}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := *out.Results[0].Invitation
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	s.Advance(8 * 24 * time.Hour)
	ask := func() []string {
		t.Helper()
		before := len(p.sent())
		caused(t, p, s.ID, func() {
			if _, err := s.RequestLink().Do(t.Context(), grace.Caller, invitation.RequestLinkInput{Token: testbed.Token(i.AcceptURL)}); err != nil {
				t.Fatal(err)
			}
		})
		s.AdvanceReal(25 * time.Hour)
		return got(p, before)
	}
	if diff := cmp.Diff([]string{s.Bob.User.Email + ": Grace asks for a new link to Globex"}, ask()); diff != "" {
		t.Error(diff)
	}
	mails := p.mailbox.Mails()
	if text := mails[len(mails)-1].Text; !strings.Contains(text, testbed.BaseURL+"/"+s.Globex.String()+"/users/invitations/"+i.ID+"/resend\n") {
		t.Errorf("the mail does not open at Resend:\n%s", text)
	}
	hugo := s.Someone("Hugo")
	s.Join(s.Ada, s.Brands[0], access.Admin, hugo)
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: s.Bob.User.ID}); err != nil {
		t.Fatal(err)
	}
	want := []string{s.Ada.User.Email + ": Grace asks for a new link to Globex", hugo.User.Email + ": Grace asks for a new link to Globex"}
	slices.Sort(want)
	if diff := cmp.Diff(want, ask()); diff != "" {
		t.Error(diff)
	}
}
