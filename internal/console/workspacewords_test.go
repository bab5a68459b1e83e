package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// givesRole has Ada give somebody in the lab another role.
func (s *site) givesRole(t *testing.T, who testbed.Someone, given access.Role) {
	t.Helper()
	in := member.UpdateInput{Scope: s.Lab().Scope, User: who.User.ID, Wish: member.Wish{Role: given}}
	if _, err := s.UpdateMember().Do(t.Context(), s.Lab().Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
}

// What becomes of somebody's open invitations is said where they could send any, and as it is.
func TestWhatBecomesOfTheirInvitations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	ada, users := s.as(t, l.Ada), scopePath(l.Scope)+"/users/"
	sender := s.Role(l.Ada, l.Workspace, "Sender", access.SendInvitations)
	for path, want := range map[string]string{
		l.Mia.User.ID + "/role?role=" + string(sender.ID):   "Open invitations from Mia that offer more than that cannot be accepted until somebody else sends them again.",
		l.Mia.User.ID + "/role?role=" + string(l.Viewer.ID): "Open invitations from Mia cannot be accepted until somebody else sends them again.",
		l.Mia.User.ID + "/remove":                           "Open invitations from Mia cannot be accepted until somebody else sends them again.",
		l.Ann.User.ID + "/role?role=" + string(l.Viewer.ID): "",
	} {
		said := ada.open(users+path).one(t, "div.effect").text()
		if want == "" && strings.Contains(said, "nvitations") || !strings.Contains(said, want) {
			t.Errorf("%s: it brings %q, want %q", path, said, want)
		}
	}
}

// Whoever leaves is told where the reason stands: nobody is mailed.
func TestReasonOfWhoLeaves(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	for path, want := range map[string]string{
		scopePath(l.Scope) + "/leave": "It stands in the audit log.", scopePath(l.Scope) + "/users/" + l.Vic.User.ID + "/remove": "It stands in the audit log, and in the mail about it.",
	} {
		if got := s.as(t, l.Mia).open(path).one(t, "p#reason-hint").text(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := s.as(t, l.Ada).open(scopePath(l.Scope)+"/disable").one(t, "p#reason-hint").text(); got != "It stands in the audit log." {
		t.Errorf("to disable it: %q", got)
	}
}

// How somebody has got their role is how they have got that one, not how they have got in.
func TestHowARoleWasGot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	s.Index(l.ID)
	ada, users := s.as(t, l.Ada), scopePath(l.Scope)+"/users"
	says := func(want string) {
		t.Helper()
		if got := rowIn(t, ada.open(users), "Ann").text(); !strings.Contains(got, "Ada "+want) {
			t.Errorf("the row says %q, want %q", got, want)
		}
		if got := ada.open(users+"/"+l.Ann.User.ID).one(t, "dl.facts").text(); !strings.Contains(got, "Ada, "+want) && !strings.Contains(got, "Ada , "+want) {
			t.Errorf("the profile says %q, want %q", got, want)
		}
		if got := s.as(t, l.Ann).open(scopePath(l.Scope)).one(t, "section").text(); !strings.Contains(got, "From Ada , "+want) {
			t.Errorf("their own page says %q, want %q", got, want)
		}
	}
	granted := func(want string) {
		t.Helper()
		cell := rowIn(t, ada.open(users), "Ann").one(t, "td[data-label=Granted by]")
		if got := cell.one(t, "span.detail").text(); got != want {
			t.Errorf("the list says %q, want %q", got, want)
		}
	}
	says("by invitation")
	granted("by invitation") // when is when they joined
	s.Advance(time.Minute)
	s.givesRole(t, l.Ann, l.Viewer.ID)
	says("role changed")
	s.Advance(time.Hour)
	granted("role changed, 1 hour ago")
}

// Whoever may enable a disabled workspace is led there from wherever nothing works, and reads why once.
func TestWayOutOfADisabledWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	base := scopePath(l.Scope)
	ada := s.as(t, l.Ada)
	disabled := ada.follow(ada.submit(ada.open(base+"/disable"), base+"/disable", nil))
	if got := strings.Count(disabled.one(t, "main").text(), "until it is enabled"); got != 1 {
		t.Errorf("the settings say %d times that nobody can work: %s", got, disabled.one(t, "main").text())
	}
	disabled.one(t, "div.notice")
	if disabled.has("div#disabled") || !ada.open(base+"/settings").has("div#disabled") {
		t.Error("the settings say it twice, or not at all")
	}
	for _, path := range []string{base, base + "/users"} {
		page := ada.get(path)
		if got := page.one(t, "main").one(t, "a[href="+base+"/enable]").text(); got != "Enable workspace" {
			t.Errorf("%s leads on with %q", path, got)
		}
		if got := page.one(t, "main").text(); strings.Contains(got, "Ask an Admin") || strings.Count(got, "This workspace is disabled") != 1 {
			t.Errorf("%s says %s", path, got)
		}
	}
	vic := s.as(t, l.Vic)
	if page := vic.open(base); page.has("a[href="+base+"/enable]") || !strings.Contains(page.text(), "You cannot leave: it is disabled.") {
		t.Errorf("Vic sees %s", page.one(t, "main").text())
	}
	if got := vic.get(base+"/users").expect(t, http.StatusConflict).text(); !strings.Contains(got, "Ask an Admin there to enable it.") {
		t.Errorf("Vic sees %s", got)
	}
}

// Why one's own role is not changed or deleted, to whom that is said.
func TestOwnRoleInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	s.Index(l.ID)
	looker := l.Newcomer(s.Role(l.Ada, l.Workspace, "Looker", access.ViewRoleUsers).ID)
	keeper := l.Newcomer(s.Role(l.Ada, l.Workspace, "Keeper", access.ManageRole).ID)
	users, roles := scopePath(l.Scope)+"/users", scopePath(l.Scope)+"/roles"
	s.Index(l.ID)
	for _, c := range []struct {
		who        testbed.Someone
		path, says string
	}{
		{l.Ada, users + "/" + l.Ada.User.ID, "Nobody changes their own role. Ask another Admin."},
		{l.Mia, users + "/" + l.Mia.User.ID, "Nobody changes their own role. Ask an Admin."},
		{looker, users + "/" + looker.User.ID, "Nobody changes their own role. An Admin can."},
		{keeper, roles, "You may not delete it: This is your own role, and nobody gives themselves another one."},
		{keeper, roles, "You may not change it: This role holds permissions that you do not."},
	} {
		s.as(t, c.who).open(c.path).says(t, c.says)
	}
	if got := s.as(t, l.Mia).post(users+"/"+l.Ada.User.ID+"/role", url.Values{"role": {string(l.Viewer.ID)}, "step": {stepSave}, "version": {"1"}}).expect(t, http.StatusForbidden).text(); !strings.Contains(got, "This cannot be changed: This role holds permissions that you do not.") {
		t.Errorf("Mia changes Ada: %s", got)
	}
}
