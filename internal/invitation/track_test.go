package invitation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// reports are what can be said of an invitation's mail.
type reports struct{ delayed, delivered, soft, hard, complained invitation.Report }

func reportsOf(i invitation.Invitation) reports {
	report := func(status, detail string, stops bool) invitation.Report {
		return invitation.Report{About: i.Reference(), Recipient: i.InviteeKey, Status: status, Detail: detail, Stops: stops, CorrelationID: "click"}
	}
	return reports{
		report(invitation.DeliveryDelayed, "mailbox is full", false), report(invitation.Delivered, "", false), report(invitation.DeliveryFailed, "mailbox is full", false),
		report(invitation.DeliveryFailed, "mailbox does not exist", true), report(invitation.DeliveryFailed, "the recipient reported a mail as spam", true),
	}
}

// hasStopped says whether no mails about an organization or workspace go to an address.
func hasStopped(t *testing.T, bed *testbed.Bed, root access.Scope, address string) bool {
	t.Helper()
	stop, err := bed.Table.MailStop(t.Context(), root, address)
	must(t, err)
	return stop != nil
}

// TestTrack: what is said of a mail stands on the invitation, once, and the gravest stays in whatever order it comes; a hard bounce and a complaint stop
// further mails to the address in that organization, and nowhere else.
func TestTrack(t *testing.T) {
	t.Parallel()
	const delayed, delivered, failed, stopped = "InvitationDeliveryDelayed", "InvitationDelivered", "InvitationDeliveryFailed", "MailsStopped"
	for name, c := range map[string]struct {
		say    func(r reports) []invitation.Report
		log    []string
		detail string
		stops  bool
	}{
		"delivered":               {func(r reports) []invitation.Report { return []invitation.Report{r.delivered} }, []string{delivered}, "", false},
		"delayed":                 {func(r reports) []invitation.Report { return []invitation.Report{r.delayed} }, []string{delayed}, "mailbox is full", false},
		"delayed, then delivered": {func(r reports) []invitation.Report { return []invitation.Report{r.delayed, r.delivered} }, []string{delayed, delivered}, "", false},
		"the other way round":     {func(r reports) []invitation.Report { return []invitation.Report{r.delivered, r.delayed} }, []string{delivered}, "", false},
		"tried in vain":           {func(r reports) []invitation.Report { return []invitation.Report{r.delayed, r.soft} }, []string{delayed, failed}, "mailbox is full", false},
		"bounced at once": {
			func(r reports) []invitation.Report { return []invitation.Report{r.hard, r.delivered, r.delayed} },
			[]string{failed, stopped},
			"mailbox does not exist", true,
		},
		"bounced late": {
			func(r reports) []invitation.Report { return []invitation.Report{r.delayed, r.delivered, r.hard} },
			[]string{delayed, delivered, failed, stopped},
			"mailbox does not exist", true,
		},
		"reported as spam": {
			func(r reports) []invitation.Report { return []invitation.Report{r.complained, r.delivered} },
			[]string{failed, stopped},
			"the recipient reported a mail as spam", true,
		},
		"the reminder bounces harder than the invitation": {
			func(r reports) []invitation.Report { return []invitation.Report{r.soft, r.hard} },
			[]string{failed, stopped},
			"mailbox is full", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			i := s.Pending(s.Address("grace"))
			i.InviteeKey = account.EmailKey(i.Invitee.Email)
			log := s.Appended(s.Org, func() {
				for _, report := range c.say(reportsOf(i)) {
					testbed.AtOnce(3, func(int) { must(t, s.Track().Do(t.Context(), report)) })
					s.Advance(time.Second)
				}
			})
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" {
				t.Errorf("in the log: %s", diff)
			}
			for _, entry := range s.Envelopes(s.ID)[1:] {
				if m := entry.Detail.Metadata; m.Type == c.log[len(c.log)-1] && m.CorrelationID != "click" {
					t.Errorf("%s belongs to %q, want the click that sent the mail", m.Type, m.CorrelationID)
				}
			}
			got := stored(t, s, i.ID)
			status := map[string]string{delayed: "delayed", delivered: "delivered", failed: "failed", stopped: "failed"}[c.log[len(c.log)-1]]
			if got.Delivery == nil || got.Delivery.Status != status || got.Delivery.Detail != c.detail || got.Status != invitation.Pending || got.Version != i.Version {
				t.Errorf("it is %s in version %d, its mail %+v", got.Status, got.Version, got.Delivery)
			}
			if stops := hasStopped(t, s.Bed, s.Org, i.InviteeKey); stops != c.stops {
				t.Errorf("mails to the address stop: %v", stops)
			}
			if hasStopped(t, s.Bed, access.Organization("org_other"), i.InviteeKey) {
				t.Error("they stop in another organization")
			}
		})
	}
}

// TestTrackOfAnEarlierLink: what is said of the mail before an invitation was sent again changes nothing.
func TestTrackOfAnEarlierLink(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	i.InviteeKey = account.EmailKey(i.Invitee.Email)
	resend(t, s.Bed, s.Ada, i)
	r := reportsOf(i)
	s.Unchanged(t, s.ID, func() {
		for _, report := range []invitation.Report{r.delayed, r.delivered, r.soft, r.hard, r.complained} {
			must(t, s.Track().Do(t.Context(), report))
		}
	})
}

// TestTrackWithoutAnInvitation: of a mail about none, and of one whose invitation was deleted or answered, nothing is noted but that its address is of no use.
func TestTrackWithoutAnInvitation(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, s *testbed.Scene, i invitation.Invitation) invitation.Reference{
		"a notice": func(_ *testing.T, s *testbed.Scene, _ invitation.Invitation) invitation.Reference {
			return invitation.Reference{Root: s.Org}
		},
		"deleted": func(t *testing.T, s *testbed.Scene, i invitation.Invitation) invitation.Reference {
			_, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID})
			must(t, err)
			return i.Reference()
		},
		"declined": func(t *testing.T, s *testbed.Scene, i invitation.Invitation) invitation.Reference {
			_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(i), Email: i.Invitee.Email})
			must(t, err)
			return i.Reference()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			i := s.Pending(s.Address("grace"))
			i.InviteeKey = account.EmailKey(i.Invitee.Email)
			about := prepare(t, s, i)
			r := reportsOf(i)
			s.Unchanged(t, s.ID, func() {
				for _, report := range []invitation.Report{r.delayed, r.delivered, r.soft} {
					report.About = about
					must(t, s.Track().Do(t.Context(), report))
				}
			})
			hard := r.hard
			hard.About = about
			log := s.Appended(s.Org, func() {
				testbed.AtOnce(3, func(int) { must(t, s.Track().Do(t.Context(), hard)) })
			})
			if diff := cmp.Diff([]string{"MailsStopped"}, testbed.Types(log)); diff != "" || !hasStopped(t, s.Bed, s.Org, i.InviteeKey) {
				t.Errorf("mails to the address go on, or the log says something else: %s", diff)
			}
			s.Advance(91 * 24 * time.Hour)
			s.AdvanceReal(91 * 24 * time.Hour)
			s.Unchanged(t, s.ID, func() { must(t, s.Track().Do(t.Context(), hard)) })
			if !hasStopped(t, s.Bed, s.Org, i.InviteeKey) {
				t.Error("they go on by themselves")
			}
		})
	}
}

// TestWhoGetsNoMails: the log says whose address it is, as far as it may be told. That an invited address has an account is nothing to those who invite; in a workspace no
// address is.
func TestWhoGetsNoMails(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	l := s.Lab()
	grace, hugo := s.Someone("Grace"), s.Someone("Hugo")
	_, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)})
	must(t, err)
	asked := s.Pending(grace.User.Email)
	joined := s.Pending(hugo.User.Email)
	_, err = accept(t, s.Bed, hugo, joined)
	must(t, err)
	gone := s.Pending(s.Someone("Gil").User.Email)
	_, err = s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: gone.Scope, ID: gone.ID})
	must(t, err)
	made, err := l.Create().Do(t.Context(), l.Ada.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: l.Viewer.ID},
	})
	must(t, err)
	byUsername := access.Person{ID: grace.User.ID, Name: "Grace", Username: grace.User.Username}
	for name, c := range map[string]struct {
		about   invitation.Reference
		address string
		who     access.Person
		user    string
	}{
		"invited, and has an account":      {asked.Reference(), grace.User.Email, access.Person{Email: grace.User.Email}, account.EmailKey(grace.User.Email)},
		"has accepted":                     {joined.Reference(), hugo.User.Email, access.Person{ID: hugo.User.ID, Email: hugo.User.Email}, hugo.User.ID},
		"whose invitation was deleted":     {gone.Reference(), gone.Invitee.Email, access.Person{Email: account.EmailKey(gone.Invitee.Email)}, account.EmailKey(gone.Invitee.Email)},
		"a notice":                         {invitation.Reference{Root: s.Org}, s.Cleo.User.Email, s.Cleo.User.Person(), s.Cleo.User.ID},
		"a notice to a former address":     {invitation.Reference{Root: s.Org}, "former-" + s.Cleo.User.Email, access.Person{Email: account.EmailKey("former-" + s.Cleo.User.Email)}, account.EmailKey("former-" + s.Cleo.User.Email)},
		"invited to a workspace":           {made.Results[0].Invitation.Reference(), grace.User.Email, byUsername, grace.User.ID},
		"a notice of a workspace":          {invitation.Reference{Root: l.Scope}, l.Vic.User.Email, l.Vic.User.Person().In(l.Scope), l.Vic.User.ID},
		"a notice there, a former address": {invitation.Reference{Root: l.Scope}, "former-" + l.Vic.User.Email, access.Person{}, ""},
	} {
		log := s.Appended(c.about.Root, func() {
			must(t, s.Track().Do(t.Context(), invitation.Report{
				About: c.about, Status: invitation.DeliveryFailed, Detail: "mailbox is closed", Stops: true, Recipient: account.EmailKey(c.address),
			}))
		})
		at := slices.IndexFunc(log, func(l testbed.Logged) bool { return l.Type == "MailsStopped" })
		if at < 0 {
			t.Fatalf("%s: %v", name, testbed.Types(log))
		}
		fact, _ := log[at].Fact.(event.MailsStopped)
		if diff := cmp.Diff(c.who, fact.User) + cmp.Diff(c.user, log[at].User); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
