package console

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

func TestAuditLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	ask, name := organization.Ask, "Acme Inc."
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: &name, ExistingAccounts: &ask}); err != nil {
		t.Fatal(err)
	}
	publisher := access.Publisher
	if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{
		Scope: s.Org, User: s.Dan.User.ID, Wish: member.Wish{Role: access.Member, Brands: map[string]*access.Role{s.Brands[0].ID: &publisher}, Reason: "Covers for Cleo"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Cleo.Caller, member.RemoveInput{Scope: s.Org, User: s.Cleo.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.published(t)
	s.Index(s.ID)
	path := "/" + s.Org.String() + "/audit-log"
	page := ada.open(path)
	now := "just now 22 Nov 2046, 09:30 UTC"
	want := [][]string{
		{"Left: Cleo", "Member, Publisher on Globex → becomes No access", "Cleo", "–", now},
		{"Role changed of Dan", "Globex : No access → becomes Publisher", "Ada", "Directly Covers for Cleo", now},
		{"Settings changed", "Name : Acme → becomes Acme Inc. Existing accounts : join at once → becomes are asked", "Ada", "–", now},
		{"Added Dan", "No access → becomes Member, Viewer on Initech", "Ada", "Directly", now},
	}
	got := rows(page)
	if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	dan := page.one(t, "tr[data-entry=MemberRoleChanged]").one(t, "td.first").one(t, "a").attr("href")
	if got := rows(ada.open(dan)); len(got) != 2 || got[0][0] != "Role changed of Dan" || got[1][0] != "Added Dan" {
		t.Errorf("about Dan: %q", got)
	}
	cleo := page.one(t, "tr[data-entry=MemberRemoved]").all("td")[2]
	if got := ada.open(cleo.one(t, "a").attr("href")); len(rows(got)) != 1 || got.all("p.chosen")[0].text() != "Done by Cleo Done by: not only Cleo" {
		t.Errorf("by Cleo: %s", got.text())
	}
	if got := rows(ada.open(path + "?type=OrganizationUpdated&from=" + day(-1) + "&to=" + day(1))); len(got) != 1 || got[0][0] != "Settings changed" {
		t.Errorf("settings on that day: %q", got)
	}
	none := ada.open(path + "?type=BrandDeleted&actor=" + s.Dan.User.ID + "&from=2046-11-20&to=2046-11-21")
	if got := none.one(t, "div.empty").text(); got != "No “Brand deleted” by Dan from 2046-11-20 to 2046-11-21 is in the log. Clear the filters" {
		t.Errorf("nothing found says %q", got)
	}
	// Who has accepted did it themselves; the log says who let them in.
	i := s.linked(s.Address("grace"))
	s.accept(t, i, s.late(i.Invitee.Email))
	if got, want := rows(ada.open(path))[0], []string{"Added Grace", "No access → becomes Member, Publisher on Globex", "Grace", "Invited by Ada", now}; cmp.Diff(want, got) != "" {
		t.Errorf("who has accepted: %q", got)
	}
	// A brand's log names no other brand; nobody below its Admins reads it.
	brand := "/" + s.Globex.String() + "/audit-log"
	if got := s.as(t, s.Bob).open(brand + "?user=" + s.Dan.User.ID); len(rows(got)) != 1 || rows(got)[0][0] != "Access given to Dan" || strings.Contains(got.one(t, "main").text(), "Initech") {
		t.Errorf("the brand's log says %q", rows(got))
	}
	s.as(t, s.Bob).get(path).expect(t, http.StatusForbidden)
	s.as(t, s.Dan).get(brand).expect(t, http.StatusForbidden)
	s.as(t, s.Eve).get(path).expect(t, http.StatusNotFound)
	// Whoever becomes or stops being Organization Admin has or had the brand, too.
	reports, id := s.Client("Reports")
	offer := member.Offer{Role: access.Admin, Confirm: "admin"}
	if _, err := s.AddClient().Do(t.Context(), s.Ada.Caller, member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Reports", Offer: offer}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: reports.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	want = [][]string{
		{"Removed Reports Client " + id, "Organization Admin → becomes No access", "Ada", "–", now},
		{"Added Reports Client " + id, "No access → becomes Organization Admin", "Ada", "Directly", now},
	}
	if diff := cmp.Diff(want, rows(s.as(t, s.Bob).open(brand))[:len(want)]); diff != "" {
		t.Errorf("the brand's log (-want +got):\n%s", diff)
	}
}

// Anybody can be looked for, on whatever page of the log they stand: who is in by name or address, who has left by the link in a row.
func TestAuditLogOfAnybody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	grace, hopper := s.Someone("Grace Hopper"), s.Someone("Grace Kelly")
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace, hopper)
	s.published(t)
	s.Index(s.ID)
	path := "/" + s.Org.String() + "/audit-log"
	chosen := func(page answer, name string) string { return page.one(t, "input[name="+name+"]").attr("value") }
	for query, want := range map[string]string{
		"user=kelly": hopper.User.ID, "user=" + url.QueryEscape(" "+grace.User.Email+" "): grace.User.ID, "user=" + grace.User.ID: grace.User.ID,
	} {
		page := ada.open(path + "?" + query)
		if got := rows(page); len(got) != 1 || chosen(page, "user") != want {
			t.Errorf("%s: %q", query, got)
		}
	}
	if page := ada.open(path + "?actor=prism"); chosen(page, "actor") != "system" {
		t.Errorf("Prism itself: %s", page.text())
	}
	// Of several one is chosen; the other filters stay.
	several := ada.get(path+"?user=grace&type=MemberAdded").expect(t, http.StatusUnprocessableEntity)
	if got := several.one(t, "p#user-error").text(); got != "Several people are found by “grace”. Choose one:" || len(rows(several)) != 0 || chosen(several, "user") != "grace" {
		t.Errorf("several: %s", several.text())
	}
	links := several.one(t, "ul.candidates").all("a")
	if len(links) != 2 {
		t.Fatalf("%d are found", len(links))
	}
	one := ada.open(links[0].attr("href"))
	if got := rows(one); len(got) != 1 || got[0][0] != "Added Grace Hopper" || one.one(t, "option[selected]").text() != "Member added" {
		t.Errorf("chosen: %q", got)
	}
	if got := one.one(t, "p.chosen").one(t, "a").attr("href"); got != path+"?type=MemberAdded" {
		t.Errorf("without the person: %s", got)
	}
	// The person leaves: the rows still lead to them.
	if _, err := s.RemoveMember().Do(t.Context(), grace.Caller, member.RemoveInput{Scope: s.Org, User: grace.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	gone := ada.get(path+"?user=hopper").expect(t, http.StatusUnprocessableEntity)
	if got := gone.one(t, "p#user-error").text(); !strings.HasPrefix(got, "Nobody here is found by “hopper”.") {
		t.Errorf("one who has left: %s", got)
	}
	s.published(t)
	for query, want := range map[string][]string{"user": {"Left: Grace Hopper", "Added Grace Hopper"}, "actor": {"Left: Grace Hopper"}} {
		page := ada.open(path + "?" + query + "=" + url.QueryEscape(strings.ToUpper(grace.User.Email)))
		var got []string
		for _, row := range rows(page) {
			got = append(got, row[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s by the address (-want +got):\n%s", query, diff)
		}
	}
	left := ada.open(path + "?type=MemberAdded").all("a.name")
	if page := ada.open(left[1].attr("href")); left[1].text() != "Grace Hopper" || chosen(page, "user") != grace.User.ID || !strings.HasPrefix(page.one(t, "p.chosen").text(), "About Grace Hopper") {
		t.Errorf("%s leads to %s", left[1].text(), page.text())
	}
}

// Whoever was invited and is not in is found by the address, which no entry has a key for.
func TestAuditLogOfAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.Pending(s.Address("Nina"))
	s.offers(t, s.Initech, s.Ada, i.Invitee.Email)
	s.Pending(s.Address("other"))
	s.SetStatus(i.Scope, i.ID, i.InviteeKey, "declined")
	if _, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: s.Org, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	s.published(t)
	s.Index(s.ID)
	typed := strings.ToUpper(i.Invitee.Email)
	for _, c := range []struct {
		who   testbed.Someone
		scope access.Scope
		more  string
		want  []string
	}{
		{s.Ada, s.Org, "", []string{"Invitation deleted of " + i.Invitee.Email, "Invited " + i.Invitee.Email, "Invited " + i.Invitee.Email}},
		{s.Ada, s.Org, "&type=InvitationDeleted", []string{"Invitation deleted of " + i.Invitee.Email}},
		{s.Bob, s.Globex, "", []string{"Invitation deleted of " + i.Invitee.Email, "Invited " + i.Invitee.Email}},
	} {
		page := s.as(t, c.who).open("/" + c.scope.String() + "/audit-log?user=" + url.QueryEscape(typed) + c.more)
		var got []string
		for _, row := range rows(page) {
			got = append(got, row[0])
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s%s (-want +got):\n%s", c.scope, c.more, diff)
		}
		if said := page.one(t, "p.chosen"); said.text() != "About "+typed+" About: not only "+typed || said.one(t, "input").attr("value") != typed {
			t.Errorf("the filter says %q", said.text())
		}
		if led := page.all("a.name")[0].attr("href"); !strings.Contains(led, "user="+url.QueryEscape(i.Invitee.Email)) {
			t.Errorf("the name in the row leads to %s", led)
		}
		if file := s.as(t, c.who).get(page.one(t, "a.export").attr("href")); file.status != http.StatusOK {
			t.Errorf("the file: %d", file.status)
		}
	}
	// What may be the address of one of several who are in is not taken for that of somebody else.
	near := s.Address("near")
	s.Join(s.Ada, s.Brands[0], access.Viewer, s.SomeoneWith("One", near+".au"), s.SomeoneWith("Two", near+".uk"))
	s.Index(s.ID)
	if several := s.as(t, s.Ada).get("/"+s.Org.String()+"/audit-log?user="+url.QueryEscape(near)).expect(t, http.StatusUnprocessableEntity); len(several.one(t, "ul.candidates").all("a")) != 2 {
		t.Errorf("of several: %s", several.text())
	}
	none := s.as(t, s.Ada).open("/" + s.Org.String() + "/audit-log?user=nobody%40example.com")
	if got := none.one(t, "div.empty").text(); got != "Nothing about nobody@example.com is in the log. Clear the filters" {
		t.Errorf("nothing found says %q", got)
	}
}

// What a filter cannot mean is said beside it and stays as it was typed; nothing is shown that was not asked for.
func TestAuditLogSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/audit-log"
	for query, want := range map[string]struct{ field, said, typed string }{
		"type=Unheard":                     {"type", "This log has no such kind of change. Choose one of the list.", "Unheard"},
		"actor=usr_x":                      {"actor", "This is no id of a person.", "usr_x"},
		"actor=nobody+of+ours":             {"actor", "Nobody here is found by “nobody of ours”. Somebody who has left is found by their whole e-mail address, or by their name in a row of the log.", "nobody of ours"},
		"user=system":                      {"user", "Nobody here is found by “system”. Somebody who has left is found by their whole e-mail address, or by their name in a row of the log.", "system"},
		"from=yesterday":                   {"from", "“yesterday” is no day. Write it like 2026-11-22.", "yesterday"},
		"to=2026-02-30":                    {"to", "“2026-02-30” is no day. Write it like 2026-11-22.", "2026-02-30"},
		"from=2046-11-23&to=2046-11-21":    {"to", "This ends before it begins.", "2046-11-21"},
		"from=1066-10-14":                  {"from", "The log does not reach back that far.", "1066-10-14"},
		"user=" + strings.Repeat("x", 400): {"user", "Nobody here is found by “" + strings.Repeat("x", 400) + "”. Somebody who has left is found by their whole e-mail address, or by their name in a row of the log.", strings.Repeat("x", 400)},
	} {
		page := ada.get(path+"?"+query).expect(t, http.StatusUnprocessableEntity)
		field := page.one(t, "#filter-"+want.field)
		typed := field.attr("value")
		if field.Data == "select" {
			typed = field.one(t, "option[selected]").attr("value")
		}
		if got := page.one(t, "p#"+want.field+"-error").text(); got != want.said || typed != want.typed || field.attr("aria-describedby") != want.field+"-error" {
			t.Errorf("%s: the page says %q beside %q", query, got, typed)
		}
		if len(page.all("p.error")) != 1 || len(rows(page)) != 0 || page.has("a.export") {
			t.Errorf("%s: the page shows %s", query, page.one(t, "main").text())
		}
		ada.get(path+"/export?"+query).expect(t, http.StatusUnprocessableEntity)
	}
	s.as(t, s.Bob).get(path+"?from=yesterday").expect(t, http.StatusForbidden)
	s.as(t, s.Eve).get(path+"?from=yesterday").expect(t, http.StatusNotFound)
}

// day is some days from today, by the clock that entries are numbered by.
func day(later int) string { return time.Now().UTC().AddDate(0, 0, later).Format(time.DateOnly) }

// published marks what is in the organization's log as published, as the relay does: it is found by who has done it from then on.
func (s *site) published(t *testing.T) {
	t.Helper()
	limit := page.MaxLimit
	log, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org, Query: page.Query{Limit: &limit}})
	if err != nil {
		t.Fatal(err)
	}
	var entries []audit.Entry
	for _, l := range log.Items {
		entries = append(entries, audit.Entry{ID: l.ID, Scope: l.Scope, Actor: l.Actor})
	}
	if err := s.Table.MarkPublished(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

func TestAuditLogAsAFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/audit-log"
	export := ada.open(path+"?type=MemberAdded").one(t, "a.export").attr("href")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, export, nil)
	for _, c := range ada.cookies {
		r.AddCookie(c)
	}
	file := httptest.NewRecorder()
	s.handler.ServeHTTP(file, r)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 5 || lines[0][2] != "type" || lines[1][2] != "MemberAdded" {
		t.Errorf("got %q, %v", lines, err)
	}
	if got := file.Header().Get("Content-Disposition"); got != `attachment; filename="audit-log.csv"` {
		t.Errorf("the file is %s", got)
	}
	s.as(t, s.Bob).get(path+"/export").expect(t, http.StatusForbidden)
}

func TestAuditLogIsPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.invitees(t, 60)
	ada := s.as(t, s.Ada)
	page := ada.open("/" + s.Org.String() + "/audit-log?type=InvitationCreated")
	n := len(rows(page))
	for page.has("a#next-page") {
		next := page.one(t, "a#next-page").attr("href")
		if parsed, err := url.Parse(next); err != nil || parsed.Query().Get("type") != "InvitationCreated" {
			t.Fatalf("the next page forgets the view: %s", next)
		}
		page = ada.open(next)
		n += len(rows(page))
	}
	if n != 60 {
		t.Errorf("got %d entries, want 60", n)
	}
}

// Each type of change is said in words, and on somebody's own page as well what happens to people.
func TestEveryChangeHasWords(t *testing.T) {
	t.Parallel()
	things := regexp.MustCompile("^(Organization|Brand|Workspace|Role)")
	for _, name := range event.Types() {
		if !things.MatchString(name) && deeds[name] == "" {
			t.Errorf("%s is not said in words of somebody", name)
		}
		if strings.HasPrefix(name, "User") { // these are in nobody's log but their own
			continue
		}
		if said := logged[name]; said.what == "" || said.choice == "" {
			t.Errorf("%s is not said in words", name)
		}
	}
}
