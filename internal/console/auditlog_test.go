package console

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
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
		{"Left", "Publisher on Globex → becomes No access", "Cleo", "–", now},
		{"Role changed of Dan", "Globex : No access → becomes Publisher", "Ada", "Directly Covers for Cleo", now},
		{"Settings changed", "Name : Acme → becomes Acme Inc. Existing accounts : join at once → becomes are asked", "Ada", "–", now},
		{"Added Dan", "No access → becomes Viewer on Initech", "Ada", "Directly", now},
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
	if got := ada.open(cleo.one(t, "a").attr("href")); len(rows(got)) != 1 || got.one(t, "select#filter-actor").one(t, "option[selected]").text() != "Cleo" {
		t.Errorf("by Cleo: %s", got.text())
	}
	if got := rows(ada.open(path + "?type=OrganizationUpdated&from=" + day(-1) + "&to=" + day(1))); len(got) != 1 || got[0][0] != "Settings changed" {
		t.Errorf("settings on that day: %q", got)
	}
	none := ada.open(path + "?type=BrandDeleted&actor=" + s.Dan.User.ID + "&from=2046-11-20&to=2046-11-21")
	if got := none.one(t, "div.empty").text(); got != "No “Brand deleted” by Dan from 2046-11-20 to 2046-11-21 is in the log. Clear the filters" {
		t.Errorf("nothing found says %q", got)
	}
	for _, query := range []string{"?type=Unheard", "?actor=x", "?user=system", "?from=yesterday", "?from=2046-11-23&to=2046-11-22", "?from=1066-10-14"} {
		if got := ada.open(path + query); len(rows(got)) != len(rows(page)) || !strings.Contains(got.text(), "There is no such filter") {
			t.Errorf("%s: %s", query, got.text())
		}
	}
	// A brand's log names no other brand; nobody below its Admins reads it.
	brand := "/" + s.Globex.String() + "/audit-log"
	if got := s.as(t, s.Bob).open(brand + "?user=" + s.Dan.User.ID); len(rows(got)) != 1 || rows(got)[0][0] != "Added Dan" || strings.Contains(got.one(t, "main").text(), "Initech") {
		t.Errorf("the brand's log says %q", rows(got))
	}
	s.as(t, s.Bob).get(path).expect(t, http.StatusForbidden)
	s.as(t, s.Dan).get(brand).expect(t, http.StatusForbidden)
	s.as(t, s.Eve).get(path).expect(t, http.StatusNotFound)
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

// Each type of change is said in words.
func TestEveryChangeHasWords(t *testing.T) {
	t.Parallel()
	for _, name := range event.Types() {
		if strings.HasPrefix(name, "User") { // these are in nobody's log but their own
			continue
		}
		if said := logged[name]; said.what == "" || said.choice == "" {
			t.Errorf("%s is not said in words", name)
		}
	}
}
