package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// TestMailsToAMemberStop: the page of a member says so to those who may resume mails, with the button that does; the log and the history say both. Nobody else is told.
func TestMailsToAMemberStop(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	for _, c := range []struct {
		root    access.Scope
		by, who testbed.Someone
		whom    string
		others  map[string]*visitor // who sees the page without a word of it, by what they open
	}{
		{s.Org, s.Ada, s.Cleo, "Cleo", map[string]*visitor{of(s.Org, s.Cleo): s.as(t, s.Cleo), of(s.Globex, s.Cleo): s.as(t, s.Bob)}},
		{l.Scope, l.Mia, l.Vic, "Vic", map[string]*visitor{of(l.Scope, l.Vic): s.as(t, l.Vic)}},
	} {
		path, by := of(c.root, c.who), s.as(t, c.by)
		if page := by.open(path); page.has("section.stopped") {
			t.Errorf("mails go there, and the page says %q", page.one(t, "section.stopped").text())
		}
		s.ComesBack(c.root, c.who.User.Email)
		s.Advance(2 * time.Hour)
		page := by.open(path)
		stopped := page.one(t, "section.stopped")
		if got := stopped.text(); !strings.Contains(got, "Mails to "+c.whom+" ’s address have stopped since "+at(s.Now(), s.Now().Add(-2*time.Hour)).Absolute+" (2 hours ago) : mailbox does not exist.") {
			t.Errorf("the page says %q", got)
		}
		if got := stopped.one(t, "button").text(); got != "Send mails again" {
			t.Errorf("the button says %q", got)
		}
		if c.root == s.Org { // whose log Ada reads
			page.says(t, "Gets no more mails from here", "mailbox does not exist")
		}
		for path, other := range c.others {
			if page := other.open(path); page.has("section.stopped") {
				t.Errorf("one who may not resume them is told: %q", page.one(t, "section.stopped").text())
			}
		}
		stale := by.submit(page, path+"/resume-mails", url.Values{"stopped_at": {"2020-01-01T00:00:00Z"}})
		if stale.expect(t, http.StatusConflict); stale.one(t, "div.problem").text() != "Mails to this member have stopped again since you read it. Read it again." || !stale.has("section.stopped") {
			t.Errorf("of another stop: %q", stale.text())
		}
		by.post(path+"/resume-mails", url.Values{"key": {"k"}, "stopped_at": {"yesterday"}}).expect(t, http.StatusBadRequest)
		resumed := by.follow(by.submit(page, path+"/resume-mails", nil))
		if got := resumed.one(t, "div.notice").text(); got != "Mails about "+map[bool]string{true: "Acme", false: "Genomics"}[c.root == s.Org]+" go to "+c.whom+" again." || resumed.has("section.stopped") {
			t.Errorf("resumed: %q", got)
		}
		if c.root == s.Org {
			resumed.says(t, "Gets mails from here again")
		}
		again := by.post(path+"/resume-mails", url.Values{"key": {"other"}, "stopped_at": {"2020-01-01T00:00:00Z"}})
		if again.expect(t, http.StatusConflict); again.one(t, "div.problem").text() != "Mails to this member have not stopped, so there is nothing to resume." {
			t.Errorf("once more: %q", again.text())
		}
	}
	s.ComesBack(s.Org, s.Ada.User.Email)
	s.as(t, s.Ada).open(of(s.Org, s.Ada)).says(t, "Mails to your address have stopped since")
	log := s.as(t, s.Ada).open("/" + s.Org.String() + "/audit-log?type=MailsStopped")
	log.says(t, "Mails stopped to Cleo", "Mails stopped to Ada", "mailbox does not exist")
	s.as(t, s.Ada).open("/"+s.Org.String()+"/audit-log?type=MailsResumed").says(t, "Mails sent again to Cleo")
}
