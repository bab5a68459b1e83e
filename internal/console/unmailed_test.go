package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// quietly is the box that sends no mail, chosen.
func quietly(more ...string) url.Values {
	values := url.Values{notifyField: {no}}
	for n := 0; n < len(more); n += 2 {
		values.Set(more[n], more[n+1])
	}
	return values
}

// mailed returns the types of log entries, with a mark at those that cause no mail.
func mailed(log []testbed.Logged) string {
	var said []string
	for _, entry := range log {
		mails := true
		switch fact := entry.Fact.(type) {
		case event.InvitationCreated:
			mails = fact.Notify
		case event.InvitationResent:
			mails = fact.Notify
		case event.MemberAdded:
			mails = fact.Notify
		}
		if !mails {
			entry.Type += " unmailed"
		}
		said = append(said, entry.Type)
	}
	return strings.Join(said, ", ")
}

// copied fails when the notice of a list does not lead to a link of an invitation that works.
func (v *visitor) copied(list answer, email string) {
	v.t.Helper()
	way := list.one(v.t, "div.notice").one(v.t, "a")
	page := v.open(way.attr("href"))
	if got := page.one(v.t, "input#accept-url").attr("value"); way.text() != "Copy its link" || page.one(v.t, "h1").text() != "Link for "+email || !strings.HasPrefix(got, testbed.BaseURL+invitation.Path) {
		v.t.Errorf("%q leads to %s, with the link %q", way.text(), page.one(v.t, "h1").text(), got)
	}
}

// TestInviteWithoutAMail: whoever passes the link on themselves is told at each step what that means, and gets the link.
func TestInviteWithoutAMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	form, email := ada.open(users+"/invite"), s.Address("new")
	if fieldsOf(form.one(t, "form[action="+users+"/invite]")).Has(notifyField) {
		t.Error("no mail is sent by default")
	}
	check := func(invitees string) answer {
		t.Helper()
		return ada.submit(ada.open(users+"/invite"), users+"/invite", quietly("invitees", invitees, "brands", s.Globex.Brand, "message", "Hello", "step", stepCheck)).expect(t, http.StatusOK)
	}
	checked := check(email)
	if got := checked.texts("p.effect"); len(got) != 2 || got[1] != "No mail is sent. Pass the link on yourself: Copy link in the list has it. You get none about who accepts." {
		t.Errorf("the effect is %q", got)
	}
	if got := checked.one(t, "div.quote").one(t, "p.muted").text(); got != "Your message, as it stands where the link leads:" {
		t.Errorf("above the message stands %q", got)
	}
	back := ada.submit(checked, users+"/invite", url.Values{"step": {stepEdit}}).expect(t, http.StatusOK)
	if !back.one(t, "input#notify").carries("checked") {
		t.Error("gone back, the form forgets it")
	}
	var list answer
	log := s.Appended(s.Org, func() { list = ada.follow(ada.submit(checked, users+"/invite", url.Values{"step": {"send"}})) })
	if got := mailed(log); got != "InvitationCreated unmailed" {
		t.Errorf("logged %s", got)
	}
	if got := list.one(t, "div.notice").text(); got != "1 invitation is made. No mail was sent. Pass the link on yourself: Copy link in the list has it. Copy its link" {
		t.Errorf("the notice says %q", got)
	}
	ada.copied(list, email)

	// Of several, the list has the links. Who joins at once is told by nobody else.
	checked = check(s.Address("a") + " " + s.Address("b"))
	if got := checked.texts("p.effect")[1]; got != "No mail is sent. Pass the links on yourself: Copy link in the list has them. You get none about who accepts." {
		t.Errorf("the effect is %q", got)
	}
	checked = check(s.Someone("Known").User.Email)
	if got := checked.texts("p.effect"); len(got) != 2 || got[1] != "No mail is sent. Tell them yourself." || !strings.HasSuffix(got[0], "They do not get your message: it goes to those who are invited.") {
		t.Errorf("the effect is %q", got)
	}
	log = s.Appended(s.Org, func() { list = ada.follow(ada.submit(checked, users+"/invite", url.Values{"step": {"send"}})) })
	if got := mailed(log); got != "MemberAdded unmailed" {
		t.Errorf("logged %s", got)
	}
	if got := list.one(t, "div.notice").text(); got != "1 person has an account already and is in at once. No mail was sent. Tell them yourself." {
		t.Errorf("the notice says %q", got)
	}
}

// TestResendWithoutAMail: a new link is made, as it is or with something else in it, and nobody is mailed.
func TestResendWithoutAMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.Pending(s.Address("grace"))
	for _, how := range []string{"/resend", "/edit"} {
		s.Advance(invitation.ResendInterval)
		path := s.about(i) + how
		page := ada.open(path)
		if got := page.one(t, "p.effect").text(); !strings.HasPrefix(got, "They get a mail with a new link, or you pass it on yourself.") {
			t.Errorf("%s: the effect is %q", how, got)
		}
		var list answer
		log := s.Appended(s.Org, func() { list = ada.follow(ada.submit(page, path, quietly())) })
		if got := mailed(log); got != "InvitationResent unmailed" {
			t.Errorf("%s: logged %s", how, got)
		}
		if got := list.one(t, "div.notice").text(); !strings.HasPrefix(got, i.Invitee.Email+" has a new link to Publisher on Globex, good until ") || !strings.Contains(got, "No mail was sent: pass it on yourself.") {
			t.Errorf("%s: the notice says %q", how, got)
		}
		ada.copied(list, i.Invitee.Email)
	}
	// Refused, the form keeps what was chosen.
	s.Advance(invitation.ResendInterval)
	path := s.about(i) + "/edit"
	wrong := ada.submit(ada.open(path), path, quietly("expires_in_days", "99")).expect(t, http.StatusUnprocessableEntity)
	if !wrong.one(t, "input#notify").carries("checked") {
		t.Error("refused, the form forgets it")
	}
	// A mail is the usual.
	log := s.Appended(s.Org, func() { ada.follow(ada.submit(ada.open(path), path, nil)) })
	if got := mailed(log); got != "InvitationResent" {
		t.Errorf("logged %s", got)
	}
}
