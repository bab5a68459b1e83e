package console

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

// TestAuditLogLooksFurther: of a long log a page says how far it has looked, not that something is not in it, and the next one goes on from there.
func TestAuditLogLooksFurther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org})
	if err != nil {
		t.Fatal(err)
	}
	original := s.Item("ORG#"+s.ID+"#LOG", log.Items[0].ID)
	s.Copies(original, audit.MaxSifted+20, []string{testbed.Text(original, "SK")}, func(int) []string { return []string{s.NewID()} })
	ada, path := s.as(t, s.Ada), "/"+s.Org.String()+"/audit-log?type=BrandCreated"
	first := ada.open(path)
	if got := first.one(t, "div.empty").text(); got != "No “Brand created” is among the newest 500 entries, back to 22 Nov 2046, 09:30 UTC. Clear the filters" {
		t.Errorf("it says %q", got)
	}
	if got := first.one(t, "nav.pager").texts("a"); !slices.Equal(got, []string{"Look further back"}) {
		t.Errorf("it goes on with %q", got)
	}
	further := ada.open(first.one(t, "a#next-page").attr("href"))
	if got := rows(further); len(got) != 2 || !strings.HasPrefix(got[0][0], "Brand created") {
		t.Errorf("further back: %q", got)
	}
	if last := ada.open(strings.Replace(path, "BrandCreated", "BrandDeleted", 1)).one(t, "a#next-page").attr("href"); ada.open(last).one(t, "p.lead").text() != "No “Brand deleted” is further back in the log." {
		t.Errorf("at the end it says %q", ada.open(last).one(t, "p.lead").text())
	}
}

// TestBrandLogWordsAreItsFilters: a row is found by the kind of change that its words name. Who gets a brand, or loses it, and was in the organization
// before and is after it, was neither added nor removed.
func TestBrandLogWordsAreItsFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	publisher := access.Publisher
	for _, role := range []*access.Role{&publisher, nil} {
		s.grants(t, s.Ada, s.Org, s.Dan, member.Wish{Brands: map[string]*access.Role{s.Brands[0].ID: role}})
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Bob.Caller, member.RemoveInput{Scope: s.Globex, User: s.Cleo.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	bob, path := s.as(t, s.Bob), "/"+s.Globex.String()+"/audit-log"
	for kind, want := range map[string][]string{
		"MemberAdded": {"Added Cleo", "Added Bob"}, "MemberRoleChanged": {"Access taken from Dan", "Access given to Dan"}, "MemberRemoved": {"Removed Cleo"},
	} {
		found := bob.open(path + "?type=" + kind)
		var got []string
		for _, row := range rows(found) {
			got = append(got, row[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		if chosen := found.one(t, "option[selected]").text(); kind == "MemberRoleChanged" && chosen != "Role changed, access given or taken" {
			t.Errorf("the filter says %q", chosen)
		}
	}
	if whole := s.as(t, s.Ada).open("/"+s.Org.String()+"/audit-log?type=MemberRoleChanged").one(t, "option[selected]").text(); whole != "Role changed" {
		t.Errorf("the organization's filter says %q", whole)
	}
}

// TestLookedInWords: each page of a log that shows nothing says how far it has looked, if more follows.
func TestLookedInWords(t *testing.T) {
	t.Parallel()
	some := page.Looked{Items: 500, Back: clock}
	until := logFilters{To: dayFilter{Said: "2026-11-30"}}
	for want, p := range map[string]*logView{
		"Nothing is in the log.":              {looked: some},
		"Nothing is further back in the log.": {looked: some, Later: true},
		"Nothing is among the newest 500 entries, back to 22 Nov 2026, 09:30 UTC.":          {looked: some, Next: "/x"},
		"Nothing is among these 500 entries, back to 22 Nov 2026, 09:30 UTC.":               {looked: some, Next: "/x", Later: true},
		"Nothing to 2026-11-30 is among these 500 entries, back to 22 Nov 2026, 09:30 UTC.": {looked: some, Next: "/x", logFilters: until},
		"Nothing is found so far.": {Next: "/x"},
	} {
		if p.Now = clock; p.Looked() != want {
			t.Errorf("got %q, want %q", p.Looked(), want)
		}
	}
}
