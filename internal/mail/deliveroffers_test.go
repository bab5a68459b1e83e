package mail_test

import (
	"strings"
	"testing"

	"prism-access/infra/local/ses"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// TestMailsOfferWhatIsLeft: no mail offers a brand that is deleted, and none is sent about an invitation that offers nothing else (R26).
func TestMailsOfferWhatIsLeft(t *testing.T) {
	t.Parallel()
	p := newPost(t, testbed.New(t))
	ada, _ := p.Person("Ada")
	org, brands := p.Organization(ada, "Acme", "Globex", "Initech")
	p.Invite(ada, org.ID, p.Address("both"), brands...)
	p.Invite(ada, org.ID, p.Address("one"), brands[0])
	p.DeleteScope(brands[0].Scope())
	got := p.mailed(t, org.ID)
	if len(got) != 1 || !strings.Contains(got[0].Text, "Initech") || strings.Contains(got[0].Text+got[0].HTML, "Globex") {
		t.Errorf("got %+v", got)
	}
}

// TestLinkMailsOfferWhatIsLeft: whoever is asked for another link is told what of the offer is left, and led to where something else is offered.
func TestLinkMailsOfferWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deleted    bool
		says, page string
		brands     func([]brand.Brand) []brand.Brand
	}{
		"all":     {false, "Publisher on Globex and Initech", "/resend", func(b []brand.Brand) []brand.Brand { return b }},
		"some":    {true, "Publisher on Initech", "/edit", func(b []brand.Brand) []brand.Brand { return b }},
		"nothing": {true, "Member of Acme, on brands that were deleted since", "/edit", func(b []brand.Brand) []brand.Brand { return b[:1] }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, testbed.New(t))
			ada, _ := p.Person("Ada")
			org, brands := p.Organization(ada, "Acme", "Globex", "Initech")
			i := p.Invite(ada, org.ID, p.Address("grace"), c.brands(brands)...)
			p.answerAll(t, nil, i.Invitee.Email, i)
			before := len(p.mailed(t, org.ID))
			if c.deleted {
				p.DeleteScope(brands[0].Scope())
			}
			grace, _ := p.PersonWith("Grace", i.Invitee.Email)
			if _, err := p.RequestLink().Do(t.Context(), grace, invitation.RequestLinkInput{Token: testbed.Token(i.AcceptURL)}); err != nil {
				t.Fatal(err)
			}
			got := p.mailed(t, org.ID)[before:]
			link := testbed.BaseURL + "/" + access.Organization(org.ID).String() + "/users/invitations/" + i.ID + c.page
			if len(got) != 1 || !strings.Contains(got[0].Text, c.says+"\n") || !strings.Contains(got[0].Text, link) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestLinkMailOfARoleThatWasReplaced: sent again, a declined invitation offers the role in its place, which need not be chosen.
func TestLinkMailOfARoleThatWasReplaced(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	p, l := newPost(t, bed), bed.NewLab()
	grace := l.Someone("Grace")
	out, err := l.Create().Do(t.Context(), l.Ada.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: l.Analyst.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	link := testbed.Token(out.Results[0].Invitation.AcceptURL)
	if _, err := l.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: invitation.Locator{Token: link}}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID}); err != nil {
		t.Fatal(err)
	}
	before := len(p.mailed(t, l.ID))
	if _, err := l.RequestLink().Do(t.Context(), grace.Caller, invitation.RequestLinkInput{Token: link}); err != nil {
		t.Fatal(err)
	}
	got := p.mailed(t, l.ID)[before:]
	if len(got) != 1 || !strings.Contains(got[0].Text, "Offered: Analyst\n") || !strings.Contains(got[0].Text, "/resend\n") {
		t.Errorf("got %+v", got)
	}
}

// mailed hands over all events of an organization and returns what the mailbox has then.
func (p *post) mailed(t *testing.T, organization string) []ses.Mail {
	t.Helper()
	for _, e := range p.Envelopes(organization) {
		if err := p.deliver.Do(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return p.mailbox.Mails()
}
