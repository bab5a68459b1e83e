package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// rowIn returns the row of a list that is about somebody.
func rowIn(t *testing.T, page answer, name string) node {
	t.Helper()
	for _, tr := range page.one(t, "tbody").all("tr") {
		if slices.Contains(tr.texts("a.name"), name) || slices.Contains(tr.texts("bdi.name"), name) {
			return tr
		}
	}
	t.Fatalf("nobody is called %s: %s", name, page.text())
	return node{}
}

// Mia changes whom she outranks; why she changes nobody else stands there.
func TestMembersOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	s.Index(l.ID)
	mia, users := s.as(t, l.Mia), scopePath(l.Scope)+"/users"
	page := mia.open(users)
	if got, want := page.texts("h1"), []string{"Members"}; !slices.Equal(got, want) {
		t.Errorf("headings %q", got)
	}
	for name, reason := range map[string]string{"Ada": "This role holds permissions that you do not.", "Mia": "Nobody changes their own role. Ask an Admin."} {
		tr := rowIn(t, page, name)
		if tr.has("select") || !strings.Contains(tr.text(), reason) {
			t.Errorf("%s: %s", name, tr.text())
		}
	}
	ann := rowIn(t, page, "Ann")
	if got, want := ann.texts("option"), []string{"Viewer", "Analyst", "Manager"}; !slices.Equal(got, want) || ann.one(t, "option[selected]").text() != "Analyst" {
		t.Errorf("Mia gives %q", got)
	}
	for _, want := range []string{"@" + l.Ann.User.Username, "Ada by invitation"} {
		if !strings.Contains(ann.text(), want) {
			t.Errorf("Ann's row is %q, without %q", ann.text(), want)
		}
	}
	if !ann.has("a[href=" + scopePath(l.Scope) + "/roles/" + string(l.Analyst.ID) + "]") {
		t.Error("nothing leads to the role")
	}
	if got, want := page.one(t, "select#filter-role").texts("option"), []string{"All roles", "Admin", "Manager", "Analyst", "Viewer"}; !slices.Equal(got, want) {
		t.Errorf("one filters by %q", got)
	}
	for query, want := range map[string][]string{"role=" + string(l.Analyst.ID): {"Ann"}, "q=vi": {"Vic"}, "q=" + l.Mia.User.Username: {"Mia"}, "role=admin": {"Ada"}} {
		if got := names(mia.open(users + "?" + query)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got := mia.open(users + "?role=rol_x"); !strings.Contains(got.text(), "There is no such filter") {
		t.Errorf("an unknown role: %s", got.text())
	}
	refused := s.as(t, l.Vic).get(users).expect(t, http.StatusForbidden)
	if !strings.Contains(refused.text(), "the right to see who has which role") {
		t.Errorf("Vic sees %s", refused.text())
	}
}

// The file of a workspace's members has the columns that workspaces have.
func TestFileOfTheMembersOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	s.Index(l.ID)
	mia := s.as(t, l.Mia)
	export := mia.open(scopePath(l.Scope)+"/users?role="+string(l.Analyst.ID)).one(t, "a.export").attr("href")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, export, nil)
	for _, c := range mia.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\r\n")
	want := strings.Join([]string{l.Ann.User.ID, "Ann", l.Ann.User.Username, l.Scope.String(), "Analyst", string(l.Analyst.ID), "Ada", l.Ada.User.ID}, ",") + ","
	if len(lines) != 2 || strings.Contains(lines[0], "email") || strings.Contains(lines[0], "brands") || !strings.HasPrefix(lines[1], want) || !strings.HasSuffix(lines[1], ",invitation,") {
		t.Errorf("the file says %q, want %q", lines, want)
	}
}

// What another role brings is said before it is given; Admin is given by Admins alone, and one by one.
func TestRolesInAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	mia, list := s.as(t, l.Mia), scopePath(l.Scope)+"/users"
	ann := list + "/" + l.Ann.User.ID
	review := mia.open(ann + "/role?role=" + string(l.Viewer.ID) + "&from=profile")
	for _, want := range []string{"Analyst in Genomics", "Viewer in Genomics", "No longer: run computations. Ann gets a mail about it."} { // Ann has invited nobody
		if !strings.Contains(review.text(), want) {
			t.Errorf("the review does not say %q: %s", want, review.text())
		}
	}
	page := mia.follow(mia.submit(review, ann+"/role", url.Values{"step": {stepSave}}))
	if got := page.text(); !strings.Contains(got, "Ann is now Viewer in Genomics.") || !strings.Contains(got, "See computations and their results") {
		t.Errorf("afterwards: %s", got)
	}
	if got := mia.get(ann+"/role?role=admin").expect(t, http.StatusForbidden); got.has("input[value=admin]") || !strings.Contains(got.text(), "This role holds permissions that you do not.") {
		t.Errorf("Mia makes an Admin: %s", got.text())
	}
	ada := s.as(t, l.Ada)
	review = ada.open(ann + "/role?role=admin")
	brings := "Ann gets every permission in Genomics, present and future: its members, their roles, its settings, and the right to delete it. Ann and all other Admins get a mail about it."
	if review.has("input#confirm") || review.one(t, "div.effect").text() != brings || review.one(t, "h1").text() != "Make Ann Admin of Genomics ?" || !slices.Contains(review.texts("button"), "Make Admin") {
		t.Errorf("to Admin: %s", review.text())
	}
	if got := ada.follow(ada.submit(review, ann+"/role", url.Values{"step": {stepSave}})).text(); !strings.Contains(got, "Ann is now Admin in Genomics.") {
		t.Errorf("afterwards: %s", got)
	}
	form := ada.post(list+"/change", url.Values{"members": {l.Vic.User.ID + ".1", l.Mia.User.ID + ".1", l.Ada.User.ID + ".1"}}).expect(t, http.StatusOK)
	if got := form.texts("label"); slices.ContainsFunc(got, func(label string) bool { return strings.HasPrefix(label, "Admin") }) {
		t.Errorf("several can become %q", got)
	}
	form = ada.submit(form, list+"/change", url.Values{"role": {string(l.Viewer.ID)}, "step": {stepCheck}}).expect(t, http.StatusOK)
	for _, want := range []string{"Change the role of 1 person", "Nobody changes their own role.", "No change", "Manager in Genomics → becomes Viewer in Genomics"} {
		if !strings.Contains(form.text(), want) {
			t.Errorf("the preview does not say %q: %s", want, form.text())
		}
	}
	if got := ada.follow(ada.submit(form, list+"/change", url.Values{"step": {stepSave}})).text(); !strings.Contains(got, "Mia is now Viewer in Genomics.") {
		t.Errorf("afterwards: %s", got)
	}
}

// Who may invite and no more does so, and reads why there is no list.
func TestWhoOnlyInvites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	sender := s.Role(l.Ada, l.Workspace, "Sender", access.SendInvitations)
	sam := l.Newcomer(sender.ID)
	visitor, users := s.as(t, sam), scopePath(l.Scope)+"/users"
	page := visitor.follow(visitor.get(users))
	if got := page.text(); !strings.Contains(got, "You can invite people, and do not see who is invited.") || page.has("a#tab-current") || page.has("table") {
		t.Errorf("Sam sees %s", got)
	}
	visitor.get(users+"?tab=current").expect(t, http.StatusForbidden)
	known := s.Someone("Kim")
	form := visitor.open(users + "/invite")
	if got := form.texts("legend"); !slices.Equal(got, []string{"Role"}) || len(form.all("input[type=radio]")) != 1 {
		t.Errorf("Sam gives %s", form.text())
	}
	if form.has("#notify") || !s.as(t, l.Mia).open(users+"/invite").has("#notify") {
		t.Error("whoever never sees the link is to pass it on, or whoever does cannot")
	}
	sent := visitor.submit(form, users+"/invite", url.Values{"invitees": {"@" + known.User.Username}, "step": {"send"}})
	if got := visitor.follow(sent).text(); !strings.Contains(got, "1 invitation is on the way.") {
		t.Errorf("afterwards: %s", got)
	}
	checked := visitor.submit(form, users+"/invite", url.Values{"invitees": {known.User.Username}, "step": {stepCheck}}).expect(t, http.StatusOK)
	if !strings.Contains(checked.text(), "This person has an open invitation already.") || strings.Contains(checked.text(), "Resend it") {
		t.Errorf("of one who is invited already, Sam reads %s", checked.text())
	}
	refused := s.as(t, l.Vic).get(users+"/invite").expect(t, http.StatusForbidden)
	if !strings.Contains(refused.text(), "You may not do this") {
		t.Errorf("Vic sees %s", refused.text())
	}
}

// TestNobodyFoundMayBeInvited: who sees the invitations of a workspace is led to them, and nobody else.
func TestNobodyFoundMayBeInvited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	seeing, users := s.Role(l.Ada, l.Workspace, "Seeing", access.ViewRoleUsers), scopePath(l.Scope)+"/users"
	for who, hint := range map[testbed.Someone]string{l.Ada: " Perhaps they are invited: look in Invitations .", l.Newcomer(seeing.ID): ""} {
		if got := s.as(t, who).open(users+"?q=nobody").one(t, "div.empty").text(); got != "Nobody here is found by “nobody”."+hint+" Clear the search" {
			t.Errorf("it says %q", got)
		}
	}
}

// Who manages invitations and does not invite is not offered the link, and reads why where they ask for it.
func TestWhoOnlyManages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	i, users := s.invitedToLab(t, s.Someone("Kim")), scopePath(l.Scope)+"/users"
	at := users + "/invitations/" + i.ID + "/link"
	managing := s.Role(l.Ada, l.Workspace, "Managing", access.ManageInvitations)
	visitor := s.as(t, l.Newcomer(managing.ID))
	if row := rowIn(t, visitor.open(users+"?tab=invited"), "Kim"); strings.Contains(row.text(), "Copy link") {
		t.Errorf("the row offers %s", row.text())
	}
	want := "The link works, and is only shown to those who may invite. That needs the right to send invitations."
	if got := visitor.open(at); got.one(t, "p.effect").text() != want || got.has("#accept-url") {
		t.Errorf("the link's page says %s", got.text())
	}
	mia := s.as(t, l.Mia)
	if row := rowIn(t, mia.open(users+"?tab=invited"), "Kim"); !strings.Contains(row.text(), "Copy link") || !mia.open(at).has("#accept-url") {
		t.Errorf("Mia's row offers %s", row.text())
	}
}

// Each username says what becomes of it, before and after.
func TestInviteByUsername(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	one, two, asked := s.Someone("Kim"), s.Someone("Lee"), s.Someone("Pat")
	open := s.invitedToLab(t, asked)
	ada, users := s.as(t, l.Ada), scopePath(l.Scope)+"/users"
	form := ada.open(users + "/invite?invitees=" + one.User.Username)
	if got := form.one(t, "textarea#invitees").text(); got != one.User.Username {
		t.Errorf("the form begins with %q", got)
	}
	if !form.one(t, "div.with-script").has("form.lookup") || form.one(t, "p.without-script").one(t, "a").attr("href") != users+"/find" {
		t.Error("without scripts there is a field that the form is sent without")
	}
	if got := form.all("input[type=radio][checked]"); len(got) != 1 || got[0].attr("value") != string(l.Viewer.ID) {
		t.Error("the least role is not chosen")
	}
	typed := strings.Join([]string{one.User.Username + ",", "@" + two.User.Username + "\n", l.Ann.User.Username, asked.User.Username, "nobody-at-all", "a!"}, " ")
	checked := ada.submit(form, users+"/invite", url.Values{"invitees": {typed}, "role": {string(l.Analyst.ID)}, "step": {stepCheck}}).expect(t, http.StatusOK)
	for _, want := range []string{
		"2 people get Analyst in Genomics.", "Kim (@" + one.User.Username + ") Gets an invitation", "Ann (@" + l.Ann.User.Username + ") This person is a member already.",
		"This person has an open invitation already.", "nobody-at-all No Prism user has this username.", "a! This is not a username.",
	} {
		if !strings.Contains(checked.text(), want) {
			t.Errorf("the preview does not say %q: %s", want, checked.text())
		}
	}
	if !checked.has("a[href=" + users + "/invitations/" + open.ID + "/resend]") {
		t.Error("nothing leads to the open invitation")
	}
	list := ada.follow(ada.submit(checked, users+"/invite", url.Values{"step": {"send"}}))
	if tr := rowIn(t, list, "Lee"); !strings.Contains(tr.text(), "@"+two.User.Username+" Ada sent just now Genomics Analyst Pending expires in 7 days") {
		t.Errorf("Lee's row is %q", tr.text())
	}
	if got := list.texts("th"); !slices.Equal(got, []string{"Invited user", "Invited by", "Workspace", "Role", "Status", "Actions"}) {
		t.Errorf("the columns are %q", got)
	}
	if got := ada.post(users+"/invite", url.Values{"role": {string(l.Viewer.ID)}, "step": {stepCheck}}).expect(t, http.StatusUnprocessableEntity).text(); !strings.Contains(got, "Enter at least one username.") {
		t.Errorf("without anybody: %s", got)
	}
}

// A role's page leads to the form with it chosen. One that does not exist, or that one may not give, leaves the least chosen.
func TestInviteWithARole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	gone := s.Role(l.Ada, l.Workspace, "Gone", access.Read)
	if _, err := s.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID}); err != nil {
		t.Fatal(err)
	}
	mia, users := s.as(t, l.Mia), scopePath(l.Scope)+"/users"
	analyst, viewer := string(l.Analyst.ID), string(l.Viewer.ID)
	if page := mia.open(scopePath(l.Scope) + "/roles/" + analyst); !page.has("a[href=" + users + "/invite?role=" + analyst + "]") {
		t.Errorf("the role's page does not lead there: %s", page.text())
	}
	for asked, want := range map[string]string{
		analyst: analyst, viewer: viewer, "": viewer, "admin": viewer, "rol_" + s.NewID(): viewer, string(gone.ID): viewer, "member": viewer,
		"x&role=" + analyst: viewer, "%00": viewer,
	} {
		form := mia.open(users + "/invite?role=" + asked)
		chosen := form.all("input[type=radio][checked]")
		if len(chosen) != 1 || chosen[0].attr("value") != want || form.has("input[value=admin]") {
			t.Errorf("%q: %s", asked, form.text())
		}
		kim := s.Someone("Kim")
		checked := mia.submit(form, users+"/invite", url.Values{"invitees": {kim.User.Username}, "step": {stepCheck}}).expect(t, http.StatusOK)
		given := map[string]string{analyst: "Analyst", viewer: "Viewer"}[want]
		if !strings.Contains(checked.text(), "1 person gets "+given+" in Genomics.") {
			t.Errorf("%q: the preview says %s", asked, checked.text())
		}
	}
}

func TestFindUsersPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	mia, find := s.as(t, l.Mia), scopePath(l.Scope)+"/users/find?username="
	s.BeginMinute()
	page := mia.open(find + l.Ann.User.Username)
	if hits := page.one(t, "div#hits"); !strings.Contains(hits.text(), "Ann @"+l.Ann.User.Username) || !hits.has("a[data-add="+l.Ann.User.Username+"]") {
		t.Errorf("found %s", hits.text())
	}
	for asked, want := range map[string]string{"nobody-at-all": "No Prism user has this username.", "ab": "A username has at least three characters", "": ""} {
		if got := mia.open(find+asked).one(t, "div#hits").text(); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: got %q", asked, got)
		}
	}
	for n := range 28 { // 30 with those above
		if got := mia.open(find+"nobody-at-all").one(t, "div#hits").text(); !strings.HasPrefix(got, "No Prism user") {
			t.Errorf("lookup %d: %q", n+3, got)
		}
	}
	if got := mia.open(find+"nobody-at-all").one(t, "div#hits").text(); !strings.Contains(got, "Try again in") {
		t.Errorf("after too many: %q", got)
	}
	s.as(t, l.Vic).get(find+l.Ann.User.Username).expect(t, http.StatusForbidden)
	s.as(t, l.Vic).get(strings.TrimSuffix(find, "?username=")).expect(t, http.StatusForbidden)
}

// Declined and rejected are one; what is sent again can offer another role.
func TestInvitationsOfAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	kim := s.Someone("Kim")
	i := s.invitedToLab(t, kim)
	if _, err := s.Decline().Do(t.Context(), kim.Caller, invitation.DeclineInput{Locator: invitation.Locator{Scope: l.Scope, ID: i.ID}}); err != nil {
		t.Fatal(err)
	}
	mia, users := s.as(t, l.Mia), scopePath(l.Scope)+"/users"
	page := mia.open(users + "?tab=invited&status=rejected")
	if tr := rowIn(t, page, "Kim"); !strings.Contains(tr.text(), "Declined") || page.one(t, "select#filter").one(t, "option[selected]").text() != "Declined" {
		t.Errorf("rejected shows %s", tr.text())
	}
	at := users + "/invitations/" + i.ID
	form := mia.open(at + "/resend")
	if got := form.one(t, "input[type=radio][checked]").attr("value"); got != string(l.Analyst.ID) {
		t.Errorf("the form begins with the role %q", got)
	}
	list := mia.follow(mia.submit(form, at+"/resend", url.Values{"role": {string(l.Viewer.ID)}}))
	if tr := rowIn(t, list, "Kim"); !strings.Contains(tr.text(), "Mia") || !strings.Contains(tr.text(), "Viewer Pending") {
		t.Errorf("afterwards: %s", tr.text())
	}
	if got := mia.open(at + "/delete").text(); !strings.Contains(got, "You can invite Kim again later.") {
		t.Errorf("deleting says %s", got)
	}
	if got := s.as(t, l.Ann).get(users+"?tab=invited").expect(t, http.StatusForbidden).text(); !strings.Contains(got, "You may not do this") {
		t.Errorf("Ann sees %s", got)
	}
	empty := s.as(t, l.Eve).open(scopePath(l.Elsewhere)+"/users?tab=invited").one(t, "div.empty").text()
	if !strings.HasPrefix(empty, "Nobody has been invited to Elsewhere yet. Invite somebody by username, with a role.") {
		t.Errorf("nothing yet says %q", empty)
	}
}

// Who is out may be somebody who left, and the last Admin stays.
func TestLeaveAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	at := scopePath(l.Scope) + "/leave"
	ann := s.as(t, l.Ann)
	form := ann.open(at)
	if got := form.text(); !strings.Contains(got, "You lose access to Genomics at once.") || !strings.Contains(got, "somebody has to invite you") {
		t.Errorf("leaving says %s", got)
	}
	if got := ann.follow(ann.submit(form, at, nil)); got.path[:len(workspacesPath)] != workspacesPath || !strings.Contains(got.text(), "You have left.") || strings.Contains(got.text(), "Genomics") {
		t.Errorf("afterwards, at %s: %s", got.path, got.text())
	}
	// Who has what is left of a deleted role is in as well. What they typed stays when it cannot be done yet.
	gone, grace := s.Role(l.Ada, l.Workspace, "Gone", access.Read), s.Someone("Grace")
	if _, err := s.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID}); err != nil {
		t.Fatal(err)
	}
	s.Seat(l.Ada, l.Workspace, gone.ID, grace)
	visitor := s.as(t, grace)
	list := visitor.open(workspacesPath)
	if way := list.one(t, "li.card").one(t, "a.button").attr("href"); way != at+"?from=home" || !strings.Contains(list.text(), "Your role was deleted") {
		t.Fatalf("the way out is %s of %s", way, list.text())
	}
	if form = visitor.open(at + "?from=home"); !strings.Contains(form.text(), "Role deleted") || !strings.Contains(form.text(), "You lose access to Genomics at once.") {
		t.Errorf("leaving says %s", form.text())
	}
	form = visitor.submit(form, at, url.Values{"reason": {strings.Repeat("x", 501)}}).expect(t, http.StatusUnprocessableEntity)
	if form.one(t, "#reason-error"); !strings.HasPrefix(form.one(t, "#reason").text(), "xxx") {
		t.Errorf("the form again: %s", form.text())
	}
	if got := visitor.follow(visitor.submit(form, at, url.Values{"reason": {"Moved"}})); !strings.Contains(got.text(), "You have left.") || strings.Contains(got.text(), "Genomics") {
		t.Errorf("afterwards, at %s: %s", got.path, got.text())
	}
	if got := s.as(t, l.Ada).open(at).text(); !strings.Contains(got, "You cannot leave: A workspace always keeps one Admin.") {
		t.Errorf("the last Admin: %s", got)
	}
}
