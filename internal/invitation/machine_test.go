package invitation_test

import (
	"context"
	"flag"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// modelled is an invitation as the rules say it should be.
type modelled struct {
	invitation.Invitation // as it was last answered, with its newest link
	links                 []invitation.Invitation
	status                invitation.Status // stored; a lapsed one is pending
	guarded               bool
	deleted               bool
}

// person is somebody with an account who can be invited, and all invitations they ever had.
type person struct {
	testbed.Someone
	member bool
	had    []*modelled
}

// machine plays an organization's invitations against the model.
type machine struct {
	s      *testbed.Scene
	people []*person
}

func (m *machine) anybody(t *rapid.T) *person { return rapid.SampledFrom(m.people).Draw(t, "person") }

// any draws one of the invitations there ever were. As long as there is none it invites, since rapid gives up on actions that are skipped.
func (m *machine) any(t *rapid.T) (*person, *modelled) {
	for {
		var owners []*person
		var all []*modelled
		for _, p := range m.people {
			for _, i := range p.had {
				owners, all = append(owners, p), append(all, i)
			}
		}
		if len(all) > 0 {
			n := rapid.IntRange(0, len(all)-1).Draw(t, "invitation")
			return owners[n], all[n]
		}
		m.invite(t)
	}
}

func (m *machine) lapsed(i *modelled) bool {
	return i.status == invitation.Pending && !i.ExpiresAt.After(m.s.Now())
}

// open returns the person's open invitation, nil when there is none.
func (m *machine) open(p *person) *modelled {
	for _, i := range p.had {
		if !i.deleted && i.status == invitation.Pending && !m.lapsed(i) {
			return i
		}
	}
	return nil
}

// settle records the expiry of the person's lapsed invitation that still has its guard, as whoever takes its place does.
func (m *machine) settle(p *person) {
	for _, i := range p.had {
		if !i.deleted && i.guarded && m.lapsed(i) {
			i.status, i.guarded = invitation.Expired, false
		}
	}
}

func expect(t *rapid.T, err error, code string) bool {
	t.Helper()
	if code == "" && err != nil || code != "" && !fault.HasCode(err, code) {
		t.Fatalf("got %v, want %q", err, code)
	}
	return err == nil
}

func (m *machine) invite(t *rapid.T) {
	p := m.anybody(t)
	code := ""
	switch open := m.open(p); {
	case open != nil:
		code = "invitation_pending"
	case p.member:
		code = "already_member"
	}
	in := testbed.MemberOffer(m.s.ID, p.User.Email, m.s.Brands[0])
	in.ExpiresInDays = new(rapid.SampledFrom([]int{1, 7, 30}).Draw(t, "days"))
	out, err := m.s.Create().Do(context.Background(), m.s.Ada.Caller, in)
	if !expect(t, err, code) {
		return
	}
	m.settle(p)
	made := *out.Results[0].Invitation
	p.had = append(p.had, &modelled{Invitation: made, links: []invitation.Invitation{made}, status: invitation.Pending, guarded: true})
}

// answer returns what somebody is told who answers by one of the links there were.
func (m *machine) answer(i *modelled, link invitation.Invitation) string {
	switch {
	case i.deleted:
		return "invitation_deleted"
	case link.Generation != i.Generation:
		return "invitation_superseded"
	case m.lapsed(i) || i.status == invitation.Expired:
		return "invitation_expired"
	case i.status == invitation.Pending:
		return ""
	}
	return "invitation_" + string(i.status)
}

func (m *machine) accept(t *rapid.T) {
	p, i := m.any(t)
	link := rapid.SampledFrom(i.links).Draw(t, "link")
	code := m.answer(i, link)
	again := code == "invitation_accepted" && p.member
	if again {
		code = ""
	}
	_, err := m.s.Accept().Do(context.Background(), p.Caller, invitation.AcceptInput{Locator: byLink(link)})
	if expect(t, err, code) && !again {
		i.status, i.guarded, p.member = invitation.Accepted, false, true
	}
}

func (m *machine) decline(t *rapid.T) {
	p, i := m.any(t)
	link := rapid.SampledFrom(i.links).Draw(t, "link")
	code := m.answer(i, link)
	if code == "invitation_declined" {
		code = ""
	}
	_, err := m.s.Decline().Do(context.Background(), p.Caller, invitation.DeclineInput{Locator: byLink(link)})
	if expect(t, err, code) {
		i.status, i.guarded = invitation.Declined, false
	}
}

func (m *machine) resend(t *rapid.T) {
	p, i := m.any(t)
	code, open := "", m.open(p)
	switch {
	case i.deleted:
		code = "not_found"
	case i.status == invitation.Accepted:
		code = "invitation_accepted"
	case i.Generation > 1 && i.SentAt.Add(time.Minute).After(m.s.Now()):
		code = "too_many_resends"
	case open != nil && open != i:
		code = "invitation_pending"
	case p.member:
		code = "already_member"
	}
	got, err := m.s.Resend().Do(context.Background(), m.s.Ada.Caller, invitation.ResendInput{Scope: m.s.Org, ID: i.ID})
	if !expect(t, err, code) {
		return
	}
	m.settle(p)
	i.Invitation, i.links, i.status, i.guarded = got, append(i.links, got), invitation.Pending, true
}

func (m *machine) remove(t *rapid.T) {
	_, i := m.any(t)
	code := ""
	if i.deleted {
		code = "not_found"
	}
	_, err := m.s.Delete().Do(context.Background(), m.s.Ada.Caller, invitation.DeleteInput{Scope: m.s.Org, ID: i.ID})
	if expect(t, err, code) {
		i.deleted, i.guarded = true, false
	}
}

func (m *machine) advance(t *rapid.T) {
	m.s.Advance(rapid.SampledFrom([]time.Duration{30 * time.Second, time.Minute, 24 * time.Hour, 7 * 24 * time.Hour}).Draw(t, "by"))
}

// ttl removes the guards of lapsed invitations, and the stream brings that, perhaps twice or with an old generation.
func (m *machine) ttl(t *rapid.T) {
	_, i := m.any(t)
	if !i.deleted && i.guarded && m.lapsed(i) {
		m.s.RemoveGuard(m.s.Org, i.InviteeKey)
		i.guarded = false
	}
	for range rapid.IntRange(0, 2).Draw(t, "times") {
		generation := rapid.IntRange(1, i.Generation).Draw(t, "generation")
		if !i.deleted && !i.guarded && m.lapsed(i) && generation == i.Generation {
			i.status = invitation.Expired
		}
		if i.guarded && generation == i.Generation && i.status == invitation.Pending {
			continue // its guard is there, so the stream has nothing to say about it
		}
		if _, err := m.s.Expire().Do(context.Background(), invitation.Reference{Root: m.s.Org, ID: i.ID, Generation: generation}); err != nil {
			t.Fatal(err)
		}
	}
}

// bringAll lets the stream bring every removal that it has not brought yet.
func (m *machine) bringAll(t *rapid.T) {
	for _, p := range m.people {
		for _, i := range p.had {
			if i.deleted || i.guarded || !m.lapsed(i) {
				continue
			}
			if _, err := m.s.Expire().Do(context.Background(), invitation.Reference{Root: m.s.Org, ID: i.ID, Generation: i.Generation}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// check compares what everybody sees with the model.
func (m *machine) check(t *rapid.T) {
	p := m.people[len(m.people)-1]
	if len(p.had) > 0 {
		p = m.anybody(t)
	}
	var want []string
	for _, i := range p.had {
		found, err := m.s.Get().Do(context.Background(), m.s.Ada.Caller, invitation.GetInput{Scope: m.s.Org, ID: i.ID})
		if i.deleted {
			expect(t, err, "not_found")
			continue
		}
		status := i.status
		if m.lapsed(i) {
			status = invitation.Expired
		}
		if err != nil || found.Status != status {
			t.Fatalf("%s is %s, want %s, %v", i.ID, found.Status, status, err)
		}
		if status == invitation.Pending {
			want = append(want, i.ID)
		}
	}
	mine, err := m.s.Mine().Do(context.Background(), p.Caller, invitation.MineInput{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range mine.Items {
		got = append(got, i.ID)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s may answer %v, want %v", p.User.Name, got, want)
	}
	guard, open := m.s.Guarded(m.s.Org, p.Key()), ""
	for _, i := range p.had {
		if i.guarded && !i.deleted {
			open = i.ID
		}
	}
	if guard != open {
		t.Fatalf("the guard is of %q, want %q", guard, open)
	}
}

// TestInvitationsAsAMachine plays random lives of invitations. Each step answers as the model says, and in the end the log tells how
// every item came about.
func TestInvitationsAsAMachine(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.steps": "30", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	s := testbed.NewScene(t)
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{s: s}
		for range 2 {
			m.people = append(m.people, &person{Someone: s.Someone("Grace")})
		}
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "invite": m.invite, "accept": m.accept, "decline": m.decline, "resend": m.resend, "delete": m.remove, "advance": m.advance, "ttl": m.ttl,
		})
		m.bringAll(t)
	})
	consistent(t, s.Bed, s.ID)
}
