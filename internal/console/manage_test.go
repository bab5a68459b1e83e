package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
)

// about is where the pages of an invitation begin.
func (s *site) about(i invitation.Invitation) string {
	return "/" + s.Org.String() + "/users/invitations/" + i.ID
}

func TestResend(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	path := s.about(i.Invitation) + "/resend"
	s.Advance(8 * 24 * time.Hour)
	page := ada.open(path)
	if got, want := page.one(t, "dl.facts").text(), "Offers Publisher on Globex Status Expired Sent 8 days ago Expired 1 day ago"; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
	if got := page.one(t, "p.effect").text(); !strings.Contains(got, "until 7 Dec 2046") {
		t.Errorf("the effect is %q", got)
	}
	if got := page.one(t, "a[href="+s.about(i.Invitation)+"/edit]").text(); got != "with another role or other brands" {
		t.Errorf("the page offers to send it %q", got)
	}
	list := ada.follow(ada.submit(page, path, nil))
	if got := rows(list); len(got) != 1 || got[0][3] != "in 7 days" || got[0][4] != "Pending" {
		t.Errorf("the list shows %q", got)
	}
	if got := list.one(t, "div.notice").text(); !strings.HasPrefix(got, i.Invitee.Email+" gets a new link") {
		t.Errorf("the notice says %q", got)
	}
	if soon := ada.open(path); soon.has("form[action="+path+"]") || !strings.Contains(soon.one(t, "p.effect").text(), "sent again less than a minute ago") {
		t.Errorf("within a minute the page says %s", soon.text())
	}
	if got := s.anonymous(t).get(i.path).expect(t, http.StatusGone).one(t, "section.accept").attr("data-state"); got != stateSuperseded {
		t.Errorf("the old link says %s", got)
	}
	// Made from what it was before, the form is told so and nothing happens.
	s.Advance(time.Hour)
	s.Unchanged(t, s.ID, func() {
		stale := ada.submit(page, path, url.Values{"key": {"another"}}).expect(t, http.StatusPreconditionFailed)
		if got := stale.one(t, "div.problem").text(); !strings.Contains(got, "You sent this invitation again 1 hour ago. It now offers: Publisher on Globex, and is pending") {
			t.Errorf("the page says %q", got)
		}
	})
}

func TestResendToAnAdminIsConfirmed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
		Scope: s.Org, Invitees: []invitation.Invitee{{Email: s.Address("boss")}}, Terms: invitation.Terms{Role: access.Admin, Confirm: "admin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	path := s.about(*out.Results[0].Invitation) + "/resend"
	page := ada.open(path)
	s.Unchanged(t, s.ID, func() {
		unsaid := ada.submit(page, path, url.Values{"confirm": {"yes"}}).expect(t, http.StatusUnprocessableEntity)
		if !unsaid.has("p#confirm-error") || unsaid.one(t, "input#confirm").attr("value") != "yes" {
			t.Errorf("the page says %s", unsaid.text())
		}
	})
	ada.submit(page, path, url.Values{"confirm": {"admin"}}).expect(t, http.StatusSeeOther)
}

func TestEdit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	path := s.about(i.Invitation) + "/edit"
	page := ada.open(path)
	held := fieldsOf(page.one(t, "form[action="+path+"]"))
	if held.Get("role") != "member" || held.Get("brand_role") != "publisher" || !slices.Equal(held["brands"], []string{s.Brands[0].ID}) {
		t.Errorf("the form begins with %v", held)
	}
	s.Unchanged(t, s.ID, func() {
		wrong := ada.submit(page, path, url.Values{"brands": nil, "message": {"Hello"}}).expect(t, http.StatusUnprocessableEntity)
		if !wrong.has("p#brands-error") || wrong.one(t, "textarea#message").text() != "Hello" {
			t.Errorf("the page says %s", wrong.text())
		}
	})
	list := ada.follow(ada.submit(page, path, url.Values{"brands": {s.Brands[1].ID}, "brand_role": {"admin"}, "expires_in_days": {"30"}}))
	if got := rows(list); len(got) != 1 || got[0][1] != "Brand Admin on Initech" || got[0][3] != "in 30 days" {
		t.Errorf("the list shows %q", got)
	}
	// A brand's invitation has the brand's roles, in the organization's list as well.
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("brand")}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	path = s.about(*out.Results[0].Invitation) + "/edit"
	if got := ada.open(s.about(*out.Results[0].Invitation)+"/resend").one(t, "a[href="+path+"]").text(); got != "with another role" {
		t.Errorf("the page offers to send it %q", got)
	}
	page = ada.open(path)
	list = ada.follow(ada.submit(page, path, url.Values{"role": {"publisher"}}))
	if got := list.one(t, "tr.fresh").all("td")[1].text(); got != "Publisher on Globex" {
		t.Errorf("the list shows %q", got)
	}
}

// What was typed stays when somebody else has just saved, or the invitation can be sent no more.
func TestEditAfterSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	s.Advance(time.Hour)
	path := s.about(i.Invitation) + "/edit"
	page := ada.open(path)
	ada.submit(page, path, url.Values{"message": {"Theirs"}}).expect(t, http.StatusSeeOther)
	typed := url.Values{"key": {"another"}, "message": {"Mine"}, "brands": {s.Brands[1].ID}}
	stale := ada.submit(page, path, typed).expect(t, http.StatusPreconditionFailed)
	held := fieldsOf(stale.one(t, "form[action="+path+"]"))
	if held.Get("message") != "Mine" || !slices.Equal(held["brands"], typed["brands"]) {
		t.Errorf("the form holds %v", held)
	}
	if got := stale.one(t, "div.problem").text(); !strings.Contains(got, "Below is what you were about to send") || !strings.Contains(got, "It can from 10:31:00 UTC on") {
		t.Errorf("the page says %q", got)
	}
	early := ada.submit(stale, path, nil).expect(t, http.StatusTooManyRequests)
	if got := fieldsOf(early.one(t, "form[action="+path+"]")); got.Get("message") != "Mine" {
		t.Errorf("sent too early, the form holds %v", got)
	}
	s.Advance(time.Minute)
	list := ada.follow(ada.submit(early, path, nil))
	if got := rows(list); len(got) != 1 || got[0][1] != "Publisher on Initech" {
		t.Errorf("the list shows %q", got)
	}
	s.SetStatus(i.Scope, i.ID, i.InviteeKey, string(invitation.Closed))
	closed := ada.submit(page, path, typed)
	if got := closed.one(t, "section#panel").text(); closed.has("form[action="+path+"]") || strings.Contains(got, "Below is") ||
		!strings.Contains(got, "What you were about to send Offers Publisher on Initech Message Mine") {
		t.Errorf("closed meanwhile, the page says %q", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	path := s.about(i.Invitation) + "/delete"
	page := ada.open(path)
	if got := page.one(t, "h1").text(); got != "Delete the invitation of "+i.Invitee.Email+" ?" && got != "Delete the invitation of "+i.Invitee.Email+"?" {
		t.Errorf("the page asks %q", got)
	}
	list := ada.follow(ada.submit(page, path, nil))
	if list.has("tbody") || list.one(t, "div.notice").text() != "The invitation is deleted. Its link does not work any more." {
		t.Errorf("the page says %s", list.text())
	}
	ada.get(path).expect(t, http.StatusNotFound)
	ada.submit(page, path, nil).expect(t, http.StatusNotFound)
}

func TestDeleteOfAnAcceptedInvitation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	s.accept(t, i, s.late(i.Invitee.Email))
	got := s.as(t, s.Ada).open(s.about(i.Invitation)+"/delete").one(t, "section#panel").text()
	if !strings.Contains(got, "stays a member") || strings.Contains(got, "again later") || strings.Contains(got, "Expires") {
		t.Errorf("the page says %q", got)
	}
}

func TestCopyLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	path := s.about(i.Invitation) + "/link"
	if got := ada.open(path).one(t, "input#accept-url").attr("value"); got != "https://prism.test"+i.path {
		t.Errorf("the link is %s", got)
	}
	s.Advance(8 * 24 * time.Hour)
	if page := ada.open(path); page.has("input") || !strings.Contains(page.text(), "There is no link that works: this invitation is Expired.") {
		t.Errorf("the page says %s", page.text())
	}
}

func TestDeleteTooLate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace := s.Someone("Grace")
	s.Promote(s.Ada, s.ID, grace)
	i := s.Pending(s.Address("nina"))
	s.Advance(time.Hour)
	path := s.about(i) + "/delete"
	page := s.as(t, s.Ada).open(path)
	if _, err := s.Resend().Do(t.Context(), grace.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	s.Advance(2 * time.Minute)
	stale := s.as(t, s.Ada).submit(page, path, nil).expect(t, http.StatusPreconditionFailed)
	want := "Grace sent this invitation again 2 minutes ago. It now offers: Publisher on Globex, and is pending."
	if got := stale.one(t, "div.problem").text(); got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}
