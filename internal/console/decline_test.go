package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

// byID is where an invitation is answered from the home page.
func (l linked) byID(answer string) string {
	return "/" + l.Scope.String() + "/invitations/" + l.ID + "/" + answer
}

func (s *site) deletes(t *testing.T, i linked) {
	t.Helper()
	if _, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
}

// Beside Accept stands no form that declines, but a link to a page that says what it does.
func TestDeclineIsAskedFirst(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(linked) (stands, asks, back string){
		"by the link":        func(i linked) (string, string, string) { return i.path, i.path + "/decline", i.path },
		"from the home page": func(i linked) (string, string, string) { return "/", i.byID("decline"), "/" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			i := s.linked(s.Address("grace"))
			stands, asks, back := at(i)
			grace := s.as(t, s.late(i.Invitee.Email))
			page := grace.open(stands)
			if page.has("form[action="+asks+"]") || len(page.all("a[href="+asks+"]")) != 1 {
				t.Fatalf("the page says %s", page.text())
			}
			var asked answer
			s.Unchanged(t, s.ID, func() { asked = grace.open(asks) })
			if got := asked.one(t, "h1").text(); !strings.HasPrefix(got, "Decline the invitation to Acme") {
				t.Errorf("the page asks %q", got)
			}
			got := asked.one(t, "main").text()
			for _, want := range []string{"Publisher on Globex", "Ada", "only Ada or an Admin there can send the invitation again"} {
				if !strings.Contains(got, want) {
					t.Errorf("the page lacks %q: %s", want, got)
				}
			}
			if cancel := asked.one(t, "main").one(t, "a[autofocus]"); cancel.text() != "Cancel" || cancel.attr("href") != back {
				t.Errorf("the harmless way is %q, to %s", cancel.text(), cancel.attr("href"))
			}
			grace.submit(asked, asks, nil).expect(t, http.StatusSeeOther)
			if got := s.as(t, s.Ada).open("/" + s.Org.String() + "/users?tab=invited"); rows(got)[0][4] != "Declined just now" {
				t.Errorf("the list shows %q", rows(got))
			}
		})
	}
}

// Where a form was refused, the browser's address is that of the form: loaded again, it leads to where the invitation is answered.
func TestAddressesOfAnswersLeadBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i, over := s.linked(s.Address("grace")), s.linked(s.Address("over"))
	s.deletes(t, over)
	grace, cleo, nobody := s.as(t, s.late(i.Invitee.Email)), s.as(t, s.Cleo), s.anonymous(t)
	s.Unchanged(t, s.ID, func() {
		for _, c := range []struct {
			who      *visitor
			from, to string
		}{
			{grace, i.byID("accept"), "/"},
			{cleo, i.byID("accept"), "/"},
			{cleo, i.byID("decline"), "/"},
			{grace, over.byID("decline"), "/"},
			{nobody, i.byID("decline"), "/sign-in?next=" + url.QueryEscape(i.byID("decline"))},
			{nobody, i.path + "/decline", i.path},
			{cleo, i.path + "/decline", i.path},
			{grace, over.path + "/decline", over.path},
			{nobody, "/invitations/accept/AQEB/decline", "/invitations/accept/AQEB"},
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if got := c.who.send(method, c.from, nil).expect(t, http.StatusSeeOther).header.Get("Location"); got != c.to {
					t.Errorf("%s leads to %s, want %s", c.from, got, c.to)
				}
			}
		}
	})
}

// Whoever declines what they have accepted in another tab learns that they are in, and how to get there.
func TestDeclineTooLate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, deleted := range []bool{false, true} {
		i := s.linked(s.Address("grace"))
		someone := s.late(i.Invitee.Email)
		grace := s.as(t, someone)
		asked := map[string]answer{}
		for _, path := range []string{i.path + "/decline", i.byID("decline")} {
			asked[path] = grace.open(path)
		}
		s.accept(t, i, someone)
		if deleted {
			s.deletes(t, i)
		}
		for path, page := range asked {
			s.Unchanged(t, s.ID, func() {
				late := grace.submit(page, path, nil)
				if late.status < 400 {
					t.Errorf("%s: got %d", path, late.status)
				}
				way := late.one(t, "main").one(t, "a.primary")
				if got := late.one(t, "h1").text(); got != "You are in Acme already" || way.text() != "Go to Acme" || way.attr("href") != "/"+s.Org.String() {
					t.Errorf("%s: the page says %s", path, late.text())
				}
				script := *grace
				script.header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Hx-Request": {"true"}}
				if in := script.submit(page, path, nil); path == i.byID("decline") && (in.header.Get("Hx-Retarget") != "" || !in.has("#failure")) {
					t.Errorf("%s: in a dialog the form stays: %v", path, in.header)
				}
			})
		}
	}
	// Who is not in, is told what is so as well.
	i := s.linked(s.Address("grace"))
	grace := s.as(t, s.late(i.Invitee.Email))
	asked := grace.open(i.byID("decline"))
	s.Advance(8 * 24 * time.Hour)
	late := grace.submit(asked, i.byID("decline"), nil).expect(t, http.StatusGone)
	if got := late.one(t, "section#failure").text(); !strings.Contains(got, "This invitation has expired. Ask the person who invited you to send it again.") || strings.Contains(got, "Go to") {
		t.Errorf("expired, the page says %s", got)
	}
}

// Of a deleted invitation nothing is left that tells whether it was accepted; the membership does.
func TestLinkOfADeletedInvitation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	grace := s.late(i.Invitee.Email)
	s.accept(t, i, grace)
	s.deletes(t, i)
	page := s.as(t, grace).get(i.path).expect(t, http.StatusGone)
	if way := page.one(t, "main").one(t, "a.primary"); page.one(t, "h1").text() != "You are in Acme already" || way.attr("href") != "/"+s.Org.String() {
		t.Errorf("a member reads %s", page.text())
	}
	page = s.anonymous(t).get(i.path).expect(t, http.StatusGone)
	if got := page.one(t, "section.accept").text(); got != "This invitation is not there any more If you have accepted it, sign in to get in. If not, ask the person who invited you. Sign in" {
		t.Errorf("signed out one reads %s", got)
	}
	checkNext(t, page, i.path, "/sign-in?next=")
	page = s.as(t, s.Eve).get(i.path).expect(t, http.StatusGone)
	if got := page.one(t, "section.accept").text(); !strings.Contains(got, "It was deleted, so it cannot be accepted any more.") || strings.Contains(got, "Acme") {
		t.Errorf("a stranger reads %s", got)
	}
}

// TestAnswerWhatWasShown: nobody accepts or declines from the home page what it did not show.
func TestAnswerWhatWasShown(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"accept", "decline"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			i := s.linked(s.Address("grace"))
			grace := s.as(t, s.late(i.Invitee.Email))
			shown := grace.open("/")
			if verb == "decline" {
				shown = grace.open(i.byID(verb))
			}
			s.Advance(invitation.ResendInterval)
			if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{
				Scope: s.Org, ID: i.ID, Terms: invitation.Terms{Role: access.Admin, Confirm: "admin"},
			}); err != nil {
				t.Fatal(err)
			}
			s.Unchanged(t, s.ID, func() {
				late := grace.submit(shown, i.byID(verb), nil).expect(t, http.StatusPreconditionFailed)
				if got := late.one(t, "main").text(); !strings.Contains(got, "Ada changed this invitation: it offers") || !strings.Contains(got, "Admin") {
					t.Errorf("the page says %q", got)
				}
			})
			now := grace.open("/")
			if verb == "decline" {
				now = grace.open(i.byID(verb))
			}
			grace.submit(now, i.byID(verb), nil).expect(t, http.StatusSeeOther)
		})
	}
}
