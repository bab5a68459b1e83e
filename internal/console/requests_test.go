package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

func (s *site) requestsTab() string { return "/" + s.Org.String() + "/users?tab=requests" }

func (s *site) requestPath(r accessrequest.AccessRequest) string {
	return "/" + s.Org.String() + "/access-requests/" + r.ID
}

// facts are what a page says about the thing that it is about.
func facts(t *testing.T, page answer) map[string]string {
	t.Helper()
	list := page.one(t, "dl.facts")
	names, values := list.texts("dt"), list.texts("dd")
	said := map[string]string{}
	for i, name := range names {
		said[name] = values[i]
	}
	return said
}

func TestAccessRequestsAreListed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	if got := ada.open(s.requestsTab()).one(t, "div.empty").text(); !strings.HasPrefix(got, "Nobody has asked for access.") {
		t.Errorf("nothing yet says %q", got)
	}
	grace, kurt := s.Someone("Grace"), s.Someone("Kurt")
	s.Asks(grace, s.Brands[0])
	rejected := s.Asks(kurt)
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: rejected.ID}); err != nil {
		t.Fatal(err)
	}
	page := ada.open(s.requestsTab())
	want := [][]string{
		{"G Grace " + grace.User.Email, "Globex", "Let me in, please.", "just now from Join page", "Pending"},
		{"K Kurt " + kurt.User.Email, "None named", "Let me in, please.", "just now from Join page", "Rejected by Ada , just now"},
	}
	if diff := cmp.Diff(want, rows(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := page.texts("span.count"); !slices.Equal(got, []string{"4", "0 open", "1 open"}) {
		t.Errorf("the tabs count %q", got)
	}
	for i, status := range []string{"pending", "rejected"} {
		if diff := cmp.Diff(want[i:i+1], rows(ada.open(s.requestsTab()+"&status="+status))); diff != "" {
			t.Errorf("%s ones (-want +got):\n%s", status, diff)
		}
	}
	if got := ada.open(s.requestsTab()+"&status=closed").one(t, "div.empty").text(); got != "No request is “Closed”. Clear the filter" {
		t.Errorf("nothing found says %q", got)
	}
	// Brand Admins have no part in it (R25).
	s.as(t, s.Bob).get(s.requestsTab()).expect(t, http.StatusForbidden)
	if got := s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?tab=requests"); got.has("a#tab-requests") || len(rows(got)) != 3 {
		t.Errorf("a brand's page says %s", got.text())
	}
}

func TestARequestIsApproved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace := s.as(t, s.Ada), s.Someone("Grace")
	r := s.Asks(grace, s.Brands[0])
	path := s.requestPath(r)
	page := ada.open(path)
	got := facts(t, page)
	if got["Who"] != "Grace "+grace.User.Email || got["From"] != "Join page" || got["Wants"] != "Globex" || got["Message"] != "Let me in, please." {
		t.Errorf("the page says %q", got)
	}
	held := fieldsOf(page.one(t, "form[action="+path+"]"))
	if held.Get("role") != "member" || held.Get("brand_role") != "viewer" || !slices.Equal(held["brands"], []string{s.Brands[0].ID}) {
		t.Errorf("the form begins with %v", held)
	}
	s.Unchanged(t, s.ID, func() {
		none := ada.submit(page, path, url.Values{"step": {stepCheck}, "brands": nil}).expect(t, http.StatusUnprocessableEntity)
		if !none.has("p#brands-error") {
			t.Errorf("without a brand, the page says %s", none.text())
		}
		page = ada.submit(page, path, url.Values{"step": {stepCheck}, "brands": {s.Brands[0].ID, s.Brands[1].ID}, "brand_role": {"publisher"}}).expect(t, http.StatusOK)
	})
	if got := facts(t, page)["Gets"]; got != "Publisher on Globex and Initech" {
		t.Errorf("the confirmation says %q", got)
	}
	back := ada.submit(page, path, url.Values{"step": {stepEdit}, "reason": {"Partner"}})
	if held := fieldsOf(back.one(t, "form[action="+path+"]")); len(held["brands"]) != 2 || held.Get("brand_role") != "publisher" || held.Get("reason") != "Partner" {
		t.Errorf("back, the form holds %v", held)
	}
	landed := ada.follow(ada.submit(page, path, url.Values{"step": {stepSave}, "reason": {"Partner"}}))
	if got := landed.one(t, "div.notice").one(t, "p").text(); got != "Grace is in: Publisher on Globex and Initech. See the profile" {
		t.Errorf("the notice says %q", got)
	}
	m, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: grace.User.ID})
	if err != nil || len(m.Brands) != 2 || m.Brands[0].Role != access.Publisher || m.Via != member.ViaRequest {
		t.Errorf("got %+v, %v", m, err)
	}
	decided := ada.open(path)
	if got := facts(t, decided); !strings.HasPrefix(got["Status"], "Approved By Ada") || got["Got"] != "Publisher on Globex and Initech" || got["Reason"] != "Partner" ||
		decided.has("form[action="+path+"]") {
		t.Errorf("decided, the page says %q", got)
	}
	// To whoever asked it is theirs, and nobody else's.
	if got := s.as(t, grace).open(path).one(t, "h1").text(); got != "Your request to Acme" {
		t.Errorf("the requester reads %q", got)
	}
	s.as(t, s.Cleo).get(path).expect(t, http.StatusForbidden)
	s.as(t, s.Eve).get(path).expect(t, http.StatusNotFound)
	// The page of whoever was let in is there as long as they are.
	profile := "a[href=" + of(s.Org, grace) + "]"
	if !decided.has(profile) {
		t.Errorf("the page leads to no profile: %s", decided.text())
	}
	if _, err := s.RemoveMember().Do(t.Context(), grace.Caller, member.RemoveInput{Scope: s.Org, User: grace.User.ID}); err != nil {
		t.Fatal(err)
	}
	if gone := ada.open(path); gone.has(profile) {
		t.Errorf("the page leads to the profile of somebody who has left: %s", gone.text())
	}
}

func TestAnAdminIsMadeByTypingIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace := s.as(t, s.Ada), s.Someone("Grace")
	path := s.requestPath(s.Asks(grace))
	review := ada.submit(ada.open(path), path, url.Values{"step": {stepCheck}, "role": {"admin"}})
	if got := review.one(t, "h1").text(); got != "Make Grace Admin of Acme ?" || !review.has("input#confirm") {
		t.Errorf("the page says %s", review.text())
	}
	s.Unchanged(t, s.ID, func() {
		wrong := ada.submit(review, path, url.Values{"step": {stepSave}, "confirm": {"adm"}, "reason": {"Founder"}}).expect(t, http.StatusUnprocessableEntity)
		if !wrong.has("p#confirm-error") || wrong.one(t, "textarea#reason").text() != "Founder" {
			t.Errorf("the page says %s", wrong.text())
		}
	})
	landed := ada.follow(ada.submit(review, path, url.Values{"step": {stepSave}, "confirm": {" Admin "}}))
	if got := landed.one(t, "div.notice").text(); !strings.Contains(got, "Grace is in: Organization Admin of Acme, with all its brands.") {
		t.Errorf("the notice says %q", got)
	}
}

// Two decide at once: the second is told whose decision counts.
func TestTwoAdminsDecideAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	dana := s.Someone("Dana")
	s.Promote(s.Ada, s.ID, dana)
	grace := s.Someone("Grace")
	r := s.Asks(grace, s.Brands[0])
	path := s.requestPath(r)
	ada, other := s.as(t, s.Ada), s.as(t, dana)
	review := ada.submit(ada.open(path), path, url.Values{"step": {stepCheck}})
	rejecting := ada.open(path + "/reject")
	other.follow(other.submit(other.open(path+"/reject"), path+"/reject", url.Values{"reason": {"Unknown to us"}}))
	s.Unchanged(t, s.ID, func() {
		late := ada.submit(review, path, url.Values{"step": {stepSave}, "reason": {"From the partner"}}).expect(t, http.StatusConflict)
		if got := late.one(t, "div.problem").text(); got != "Dana has rejected this request already." {
			t.Errorf("the page says %q", got)
		}
		if got := facts(t, late); !strings.HasPrefix(got["Status"], "Rejected By Dana") || got["Reason"] != "Unknown to us" {
			t.Errorf("the page says %q", got)
		}
		if got := late.one(t, "p.effect").text(); got != "You had written: From the partner" {
			t.Errorf("what was typed: %q", got)
		}
		invite := ada.open(late.one(t, "a[data-dialog]").attr("href"))
		if got := fieldsOf(invite.one(t, "form[action=/"+s.Org.String()+"/users/invite]")).Get("invitees"); got != r.Requester.Email {
			t.Errorf("one can invite %q instead", got)
		}
		again := ada.submit(rejecting, path+"/reject", nil).expect(t, http.StatusConflict)
		if !again.has("div.problem") || again.has("button.danger") {
			t.Errorf("rejecting, the page says %s", again.text())
		}
	})
	if own := s.as(t, grace).open(path); own.has("a[data-dialog]") {
		t.Errorf("the requester can %s", own.one(t, "a[data-dialog]").text())
	}
}

func TestJoinPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	link := func(via string) string { return "/join/" + s.ID + "?via=" + via }
	grace := s.Someone("Grace")
	state := func(page answer) string { return page.one(t, "section.join").attr("data-state") }

	out := s.anonymous(t).open(link(s.JoinPage))
	if state(out) != stateSignedOut || strings.Contains(out.text(), "Acme") {
		t.Errorf("signed out, the page says %s", out.text())
	}
	if got := out.one(t, "a.primary").attr("href"); got != "/sign-in?next="+url.QueryEscape(link(s.JoinPage)) {
		t.Errorf("the sign-in comes back by %s", got)
	}
	for _, path := range []string{link("con_unknown"), link(""), "/join/" + s.ID, "/join/org_1?via=x", "/join/" + s.Elsewhere.Organization + "?via=" + s.JoinPage} {
		if page := s.as(t, grace).get(path).expect(t, http.StatusNotFound); state(page) != stateForged || strings.Contains(page.text(), "Acme") {
			t.Errorf("%s: the page says %s", path, page.text())
		}
	}
	if page := s.as(t, s.Cleo).open(link(s.JoinPage)); state(page) != stateMember || page.one(t, "a.primary").attr("href") != "/"+s.Org.String() {
		t.Errorf("a member reads %s", page.text())
	}
	una := s.unverified(t, s.Address("una"))
	if page := s.as(t, una).open(link(s.JoinPage)); state(page) != stateUnverified || strings.Contains(page.text(), "Globex") {
		t.Errorf("without a proven address one reads %s", page.text())
	}
	invited := s.Someone("Ida")
	s.Leaves(t, invited)
	if page := s.as(t, invited).open(link(s.JoinPage)); state(page) != stateInvited {
		t.Errorf("an invited person reads %s", page.text())
	} else {
		landed := s.as(t, invited).submit(page, page.one(t, "main").one(t, "form").attr("action"), nil).expect(t, http.StatusSeeOther)
		if got := landed.header.Get("Location"); !strings.HasPrefix(got, "/"+s.Org.String()+"/brands?") {
			t.Errorf("accepting leads to %s", got)
		}
	}
}

// Leaves has somebody join, leave, and be invited again, so that the invitation waits for them (R4).
func (s *site) Leaves(t *testing.T, who testbed.Someone) {
	t.Helper()
	s.Join(s.Ada, s.Brands[0], access.Viewer, who)
	if _, err := s.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: s.Org, User: who.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.Pending(who.User.Email)
}

func TestAskingForAccess(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	who := s.Someone("Grace")
	grace := s.as(t, who)
	path := "/join/" + s.ID + "?via=" + s.JoinPage
	page := grace.open(path)
	if got := page.one(t, "div.brands").texts("label"); !slices.Equal(got, []string{"Globex", "Initech"}) {
		t.Errorf("one can ask for %q", got)
	}
	s.Unchanged(t, s.ID, func() {
		long := grace.submit(page, path, url.Values{"message": {strings.Repeat("x", 1001)}, "brands": {s.Brands[1].ID}}).expect(t, http.StatusUnprocessableEntity)
		if !long.has("p#message-error") || !long.one(t, "input#brand-"+s.Brands[1].ID).carries("checked") {
			t.Errorf("the page says %s", long.text())
		}
		s.anonymous(t).post(path, url.Values{"message": {"x"}}).expect(t, http.StatusUnauthorized)
	})
	asked := grace.submit(page, path, url.Values{"message": {"I work for Globex"}, "brands": {s.Brands[0].ID}})
	landed := grace.follow(asked)
	if got := facts(t, landed); got["Brands"] != "Globex" || got["Message"] != "I work for Globex" || !landed.has("div.notice") {
		t.Errorf("the page says %s", landed.text())
	}
	if again := grace.submit(page, path, url.Values{"message": {"I work for Globex"}, "brands": {s.Brands[0].ID}}).expect(t, http.StatusSeeOther); again.header.Get("Location") != asked.header.Get("Location") {
		t.Errorf("sent twice, it leads to %s", again.header.Get("Location"))
	}
	home := grace.open("/")
	if got := home.one(t, "li.request").text(); !strings.HasPrefix(got, "Acme Pending Asked just now from Join page") {
		t.Errorf("home says %q", got)
	}
	withdraw := home.one(t, "li.request").one(t, "a").attr("href")
	back := grace.follow(grace.submit(grace.open(withdraw), withdraw, nil))
	if back.has("li.request") || back.one(t, "div.notice").text() != "Your access request is withdrawn." {
		t.Errorf("withdrawn, home says %s", back.text())
	}
	s.as(t, s.Ada).get(withdraw).expect(t, http.StatusNotFound)

	r := s.Asks(who)
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: r.ID, Reason: "Ask your manager"}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	rejected := grace.open(path)
	if got := rejected.one(t, "section.join").attr("data-state"); got != stateRejected || !strings.Contains(rejected.text(), "again in 23 hours") || facts(t, rejected)["Reason"] != "Ask your manager" {
		t.Errorf("rejected, the page says %s", rejected.text())
	}
	if got := grace.open("/").one(t, "li.request").text(); !strings.HasPrefix(got, "Acme Rejected Ask your manager By Ada , 1 hour ago . You can ask again in 23 hours") {
		t.Errorf("rejected, home says %q", got)
	}
}

// Where the brands are not shown, nobody learns of them; where a connection is off, its link is dead.
func TestJoinPageIsSwitchedInTheSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace := s.as(t, s.Ada), s.as(t, s.Someone("Grace"))
	settings, join := "/"+s.Org.String()+"/settings", "/join/"+s.ID+"?via="+s.JoinPage
	page := ada.open(settings)
	if got := page.one(t, "input#link-"+s.JoinPage).attr("value"); got != testbed.BaseURL+join {
		t.Errorf("the link to copy is %s", got)
	}
	ada.follow(ada.submit(page, settings, url.Values{"list_brands": {no}}))
	if got := grace.open(join); got.has("div.brands") || strings.Contains(got.text(), "Globex") {
		t.Errorf("the page says %s", got.text())
	}
	change := settings + "/connections/" + s.JoinPage
	form := ada.open(change)
	off := ada.follow(ada.submit(form, change, url.Values{"enabled": {no}}))
	if got := off.one(t, "li.connection").text(); !strings.HasPrefix(got, "Join page Off") || off.has("input#link-"+s.JoinPage) {
		t.Errorf("the settings say %s", got)
	}
	grace.get(join).expect(t, http.StatusNotFound)
	// The form is of before.
	stale := ada.submit(form, change, url.Values{"name": {"Portal"}}).expect(t, http.StatusPreconditionFailed)
	if got := stale.one(t, "div.problem").text(); !strings.Contains(got, "You changed these settings just now") || !strings.Contains(got, "Join page (off)") {
		t.Errorf("the page says %q", got)
	}
	if got := stale.one(t, "input#connection-name").attr("value"); got != "Portal" {
		t.Errorf("the form holds %q", got)
	}
	ada.follow(ada.submit(stale, change, nil))
	add := settings + "/connections/new"
	if wrong := ada.submit(ada.open(add), add, url.Values{"name": {" "}}).expect(t, http.StatusUnprocessableEntity); !wrong.has("p#connection-name-error") {
		t.Errorf("without a name, the page says %s", wrong.text())
	}
	added := ada.follow(ada.submit(ada.open(add), add, url.Values{"name": {"Partner site"}}))
	if got := added.texts("li.connection"); len(got) != 2 || !strings.HasPrefix(got[0], "Portal On") || !strings.HasPrefix(got[1], "Partner site On") {
		t.Errorf("the settings say %q", got)
	}
	ada.get(settings+"/connections/con_unknown").expect(t, http.StatusNotFound)
	s.as(t, s.Cleo).get(add).expect(t, http.StatusForbidden)
	found, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
	if err != nil || found.ListBrandsToRequesters || len(found.Connections) != 2 || found.Connections[0].ID != s.JoinPage {
		t.Errorf("got %+v, %v", found, err)
	}
}

// An invitation comes before a request, open or rejected: the join page offers to accept it (R21).
func TestJoinPageOffersTheInvitationFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	who := s.Someone("Grace")
	grace, path := s.as(t, who), "/join/"+s.ID+"?via="+s.JoinPage
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		t.Fatal(err)
	}
	r := s.Asks(who)
	offered := func() {
		t.Helper()
		page := grace.open(path)
		if got := page.one(t, "section.join").attr("data-state"); got != stateInvited || page.one(t, "main").one(t, "form").text() != "Accept" {
			t.Errorf("the page says %s", page.text())
		}
	}
	s.Pending(who.User.Email)
	offered()
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: r.ID}); err != nil {
		t.Fatal(err)
	}
	offered()
}

// A connection is removed: its link is dead, and who came by it keeps its name. One always stays.
func TestAConnectionIsRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace := s.as(t, s.Ada), s.Someone("Grace")
	s.Asks(grace)
	settings := "/" + s.Org.String() + "/settings"
	remove, add := settings+"/connections/"+s.JoinPage+"/remove", settings+"/connections/new"
	if ada.open(settings).has("a[href=" + remove + "]") {
		t.Error("the only connection is offered to be removed")
	}
	if last := ada.open(remove); last.has("button.danger") || !strings.Contains(last.text(), "Switch it off instead") {
		t.Errorf("of the last one, the page says %s", last.text())
	}
	s.Unchanged(t, s.ID, func() {
		last := ada.post(remove, nil).expect(t, http.StatusUnprocessableEntity)
		if got := last.one(t, "div.problem").text(); got != "An organization has 1 to 20 connections." {
			t.Errorf("removing the last one says %q", got)
		}
	})
	page := ada.follow(ada.submit(ada.open(add), add, url.Values{"name": {"Partner site"}}))
	if !page.has("a[href=" + remove + "]") {
		t.Fatal("there is no way to remove it")
	}
	form := ada.open(remove)
	if got := form.one(t, "h1").text(); got != "Remove the connection Join page ?" {
		t.Errorf("the page asks %q", got)
	}
	// Somebody changes the settings meanwhile: that is said, and nothing is removed.
	ada.follow(ada.submit(ada.open(settings), settings, url.Values{"name": {"Acme & Co"}}))
	s.Unchanged(t, s.ID, func() { form = ada.submit(form, remove, nil).expect(t, http.StatusPreconditionFailed) })
	if got := form.one(t, "div.problem").text(); !strings.HasPrefix(got, "You changed these settings just now: the name is now Acme & Co") {
		t.Errorf("the page says %q", got)
	}
	done := ada.follow(ada.submit(form, remove, nil))
	if got := done.texts("li.connection"); len(got) != 1 || !strings.HasPrefix(got[0], "Partner site On") || !strings.HasPrefix(done.one(t, "div.notice").text(), "The connection is removed.") {
		t.Errorf("the settings say %s", done.text())
	}
	s.as(t, s.Someone("Kurt")).get("/join/"+s.ID+"?via="+s.JoinPage).expect(t, http.StatusNotFound)
	if got := rows(ada.open(s.requestsTab())); len(got) != 1 || got[0][3] != "just now from Join page" || got[0][4] != "Pending" {
		t.Errorf("the request says %q", got)
	}
	ada.get(remove).expect(t, http.StatusNotFound)
}

// TestRequestOfAMember: of who asked and got in another way it is said what they have, and nobody is led to invite them.
func TestRequestOfAMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace, kurt := s.as(t, s.Ada), s.Someone("Grace"), s.Someone("Kurt")
	waits, rejected := s.Asks(grace, s.Brands...), s.Asks(kurt)
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: rejected.ID}); err != nil {
		t.Fatal(err)
	}
	const already, at = "Is in already", "Grace is in Acme at once"
	path, terms := s.requestPath(waits), url.Values{"role": {"member"}, "brands": {s.Globex.Brand}, "brand_role": {"viewer"}, "step": {stepCheck}}
	page := ada.open(path)
	if said := facts(t, page)[already]; said != "" {
		t.Errorf("who is not in is in already: %s", said)
	}
	ada.submit(page, path, terms).says(t, "Let Grace in?", at)
	ada.open(s.requestPath(rejected)).says(t, "Invite instead")
	for _, one := range []testbed.Someone{grace, kurt} {
		s.Join(s.Ada, s.Brands[1], access.Viewer, one)
	}
	page = ada.open(path)
	review := ada.submit(page, path, terms).says(t, "Approve the request of Grace", "Grace is in Acme already")
	for _, shown := range []answer{page, review} {
		if said := facts(t, shown)[already]; said != "Viewer on Initech" {
			t.Errorf("the page says that they have %q", said)
		}
	}
	if strings.Contains(review.text(), at) {
		t.Error("the review says that they get in")
	}
	gone := ada.open(s.requestPath(rejected)).says(t, "View profile")
	if strings.Contains(gone.text(), "Invite instead") {
		t.Error("a member can be invited")
	}
}
