package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// leadsTo are what the sidebar leads to inside a workspace.
func leadsTo(t *testing.T, a answer) []string {
	t.Helper()
	var all []string
	for _, link := range a.one(t, "nav").all("a") {
		if strings.HasPrefix(link.attr("href"), workspacesPath+"/wsp_") {
			all = append(all, link.text())
		}
	}
	return all
}

// What one may not see is absent from the sidebar; in a disabled workspace there is left what can be done in it.
func TestSidebarOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	only := func(permission access.Permission) testbed.Someone {
		return l.Newcomer(s.Role(l.Ada, l.Workspace, string(permission), permission).ID)
	}
	sees := func(who testbed.Someone, want ...string) {
		t.Helper()
		if got := leadsTo(t, s.as(t, who).open(scopePath(l.Scope))); !slices.Equal(got, want) {
			t.Errorf("%s sees %q, want %q", who.User.Name, got, want)
		}
	}
	sees(l.Ada, "Overview", "Members", "Roles", "Invitations", "Settings", "Audit log")
	sees(l.Mia, "Overview", "Members", "Roles", "Invitations")
	sees(l.Vic, "Overview", "Roles")
	sees(only(access.ViewAudit), "Overview", "Roles", "Audit log")
	enabler, updater := only(access.Enable), only(access.Update)
	sees(enabler, "Overview", "Roles", "Settings")
	s.bring(t, "disabled")
	sees(l.Ada, "Overview", "Roles", "Settings")
	sees(enabler, "Overview", "Roles", "Settings")
	sees(updater, "Overview", "Roles")
	s.as(t, l.Eve).get(scopePath(l.Scope)).expect(t, http.StatusNotFound)
	if got := s.as(t, l.Mia).get(scopePath(l.Scope)+"/users").expect(t, http.StatusConflict).one(t, "main").text(); !strings.Contains(got, "This workspace is disabled") {
		t.Errorf("the page says %q", got)
	}
}

// An invitation shows beside Workspaces, is listed with role and inviter, and is answered there.
func TestInvitedToAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	visitor := s.as(t, grace)
	badge := func(want string) {
		t.Helper()
		if got := visitor.open("/").one(t, "span[role=status]").text(); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
		if got := visitor.open(badgePath).text(); got != want {
			t.Errorf("the badge says %q, want %q", got, want)
		}
	}
	badge("")
	if got := visitor.open(invitedPath).one(t, "main").text(); !strings.Contains(got, "Nobody invites you to a workspace") {
		t.Errorf("the page says %q", got)
	}
	first := s.invitedToLab(t, grace)
	badge("1 invitation")
	other := s.Workspace(l.Ada, "Proteomics")
	_, err := s.Create().Do(t.Context(), l.Ada.Caller, invitation.CreateInput{
		Scope: other.Scope(), Invitees: []invitation.Invitee{{Username: grace.User.Username}}, Terms: invitation.Terms{Role: access.Admin},
	})
	if err != nil {
		t.Fatal(err)
	}
	badge("2 invitations")
	if home := visitor.open("/"); strings.Contains(home.one(t, "main").text(), "Genomics") {
		t.Error("the home page lists invitations to workspaces")
	}
	list := visitor.open(invitedPath)
	for _, want := range []string{"Genomics", "Analyst in Genomics", "From Ada", "just now", "Proteomics", "Admin in Proteomics"} {
		if got := list.one(t, "main").text(); !strings.Contains(got, want) {
			t.Errorf("the dialog lacks %q: %s", want, got)
		}
	}
	path := scopePath(first.Scope) + "/invitations/" + first.ID
	out := s.anonymous(t).post(path+"/accept", url.Values{}).expect(t, http.StatusUnauthorized)
	if got := out.one(t, "a.primary").attr("href"); got != "/sign-in?next="+url.QueryEscape(path+"/accept") {
		t.Errorf("whoever is signed out by now is led to %s", got)
	}
	if back := visitor.get(path+"/accept").expect(t, http.StatusSeeOther).header.Get("Location"); back != invitedPath {
		t.Errorf("from there one comes to %s", back)
	}
	inside := visitor.follow(visitor.submit(list, path+"/accept", nil))
	for _, want := range []string{"You are in. Welcome to Genomics.", "Your role: Analyst", "Run computations."} {
		if got := inside.one(t, "main").text(); !strings.Contains(got, want) {
			t.Errorf("the workspace lacks %q: %s", want, got)
		}
	}
	badge("1 invitation")
	var decline string
	for _, link := range visitor.open(invitedPath).one(t, "main").all("a") {
		if strings.HasSuffix(link.attr("href"), "/decline") {
			decline = link.attr("href")
		}
	}
	asked := visitor.open(decline)
	if got := visitor.follow(visitor.submit(asked, decline, nil)).one(t, "div.notice").text(); got != "The invitation is declined. Whoever sent it is told." {
		t.Errorf("the page says %q", got)
	}
	badge("")
	if back := visitor.get(decline).expect(t, http.StatusSeeOther).header.Get("Location"); back != invitedPath {
		t.Errorf("what is answered leads to %s", back)
	}
	if a := s.anonymous(t).get(badgePath); a.status != http.StatusNoContent {
		t.Errorf("whoever is not signed in gets %d", a.status)
	}
}

// The accept page from the mail is the same as everywhere, and says what is different.
func TestAcceptPageOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, grace := s.Lab(), s.Someone("Grace")
	i := s.invitedToLab(t, grace)
	path := strings.TrimPrefix(s.Links.URL(i), testbed.BaseURL)
	says := func(v *visitor, state string, want ...string) {
		t.Helper()
		main := v.get(path).one(t, "main")
		if got := main.one(t, "section").attr("data-state"); got != state {
			t.Errorf("the page is %s, want %s", got, state)
		}
		for _, text := range want {
			if !strings.Contains(main.text(), text) {
				t.Errorf("%s: the page lacks %q: %s", state, text, main.text())
			}
		}
	}
	says(s.anonymous(t), stateSignedOut, "Genomics", "Analyst", "Run computations", "the account with the username")
	says(s.as(t, l.Eve), stateWrongAccount, "the account with the username")
	says(s.as(t, grace), stateReady, "Join Genomics", "Analyst in Genomics", "Run computations")
	s.bring(t, "disabled")
	says(s.as(t, grace), stateDisabled, "Genomics is disabled", "Your invitation stays", "Decline")
	if _, err := s.EnableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	visitor := s.as(t, grace)
	if got := visitor.follow(visitor.submit(visitor.open(path), path, nil)).one(t, "h1").text(); got != "Genomics" {
		t.Errorf("accepting leads to %q", got)
	}
	s.bring(t, "deleted")
	says(visitor, stateScopeDeleted, "workspace of this invitation was deleted")
}

// Two Admins change one workspace: the later one is told who has done what.
func TestConflictInTheSettingsOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	admin := l.Newcomer(access.Admin)
	ada, settings := s.as(t, l.Ada), scopePath(l.Scope)+"/settings"
	page := ada.open(settings)
	grace := s.as(t, admin)
	if got := grace.follow(grace.submit(grace.open(settings), settings, url.Values{"name": {"Proteomics"}})).one(t, "div.notice").text(); got != "The workspace is now called Proteomics." {
		t.Errorf("the page says %q", got)
	}
	late := ada.submit(page, settings, url.Values{"name": {"Metabolomics"}}).expect(t, http.StatusPreconditionFailed)
	if got := late.one(t, "main").text(); !strings.Contains(got, "Grace changed this workspace just now: its name is now Proteomics, and it is enabled.") {
		t.Errorf("the page says %q", got)
	}
	if got := fieldsOf(late.one(t, "form[action="+settings+"]")).Get("name"); got != "Metabolomics" {
		t.Errorf("the form forgot what was typed: %q", got)
	}
	disable, deletes := scopePath(l.Scope)+"/disable", scopePath(l.Scope)+"/delete"
	if got := ada.follow(ada.submit(ada.open(disable), disable, nil)).one(t, "main").text(); !strings.Contains(got, "Proteomics is disabled.") {
		t.Errorf("the page says %q", got)
	}
	ada.submit(ada.open(deletes), deletes, url.Values{"confirm": {"Genomics"}}).expect(t, http.StatusUnprocessableEntity)
	if got := ada.follow(ada.submit(ada.open(deletes), deletes, url.Values{"confirm": {"Proteomics"}})).one(t, "main").text(); !strings.Contains(got, "The workspace is deleted.") {
		t.Errorf("the page says %q", got)
	}
}
