package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

// names returns the people of a list, in its order.
func names(page answer) []string { return page.texts("a.name") }

func TestSearchUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	left := s.Someone("Grace")
	s.Promote(s.Ada, s.ID, left)
	s.grants(t, left, s.Globex, s.Cleo, member.Wish{Role: "viewer"})
	if _, err := s.RemoveMember().Do(t.Context(), left.Caller, member.RemoveInput{Scope: s.Org, User: "me"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Initech, User: s.Dan.User.ID}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	for query, want := range map[string][]string{
		"q=cle":                                   {"Cleo"},
		"q=" + s.Bob.User.Email:                   {"Bob"},
		"q=example.com&role=member":               {"Bob", "Cleo", "Dan"},
		"brand=" + s.Brands[0].ID:                 {"Ada", "Bob", "Cleo"},
		"brand=" + s.Brands[0].ID + "&role=admin": {"Ada"},
		"brand=none":                              {"Dan"},
		"granted_by=left":                         {"Cleo"},
		"q=cleo&brand=none":                       {},
	} {
		page := ada.open(users + "?" + query)
		got := names(page)
		slices.Sort(got)
		if !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
		if page.has("form#selected") && !strings.HasSuffix(page.one(t, "a.export").attr("href"), "/export?"+page.one(t, "form#selected").one(t, "input[name=from]").attr("value")) {
			t.Errorf("%s: the export is %s", query, page.one(t, "a.export").attr("href"))
		}
	}
	// Whoever granted something is found by their id; those who granted something on the page are offered, whoever they are.
	list := ada.open(users)
	if got := list.one(t, "select[name=granted_by]").texts("option"); !slices.Equal(got, []string{"Anybody", "Someone who left", "Ada", "Grace"}) {
		t.Errorf("granters on offer: %q", got)
	}
	for who, want := range map[testbed.Someone]string{s.Ada: "Ada", left: "Grace", s.Bob: "Bob"} {
		found := ada.open(users + "?granted_by=" + who.User.ID)
		if got := found.one(t, "select[name=granted_by]").one(t, "option[selected]").text(); got != want {
			t.Errorf("of %s it says %q", want, got)
		}
		if empty := found.has("div.empty"); empty != (want == "Bob") || empty && !strings.Contains(found.text(), "Nobody here has something from Bob.") {
			t.Errorf("from %s: %q", want, names(found))
		}
		if got := names(found); want == "Grace" && !slices.Equal(got, []string{"Cleo"}) {
			t.Errorf("from Grace: %q", got)
		}
	}
	none := ada.open(users + "?q=cleo&brand=none&role=member&granted_by=left")
	if got := none.one(t, "div.empty").text(); got != "Nobody here has the role Member, is without a brand, has something from someone who left and is found by “cleo”. Perhaps they are invited: look in Invited users . Clear the filters" {
		t.Errorf("nobody found says %q", got)
	}
	if got := none.one(t, "div.empty").all("a")[0].attr("href"); got != users+"?tab=invited" {
		t.Errorf("the invited are looked for at %s", got)
	}
	if got := ada.open(users+"?brand=none&role=admin").one(t, "div.empty").text(); strings.Contains(got, "invited") {
		t.Errorf("nobody was looked for, and it says %q", got)
	}
	if got := ada.open(users + "?brand=brd_x&granted_by=usr_x"); !strings.Contains(got.text(), "There is no such filter") || len(names(got)) != 4 {
		t.Errorf("unknown filters: %s", got.text())
	}
	// In a brand one searches, too.
	if got := names(s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?q=cle&role=viewer")); !slices.Equal(got, []string{"Cleo"}) {
		t.Errorf("in the brand: %q", got)
	}
	ada.get(users+"?q="+strings.Repeat("x", 301)).expect(t, http.StatusUnprocessableEntity)
}

// A change comes back to what was looked for.
func TestTheSearchStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Index(s.ID)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	list := ada.open(users + "?q=cleo&role=member")
	path := of(s.Org, s.Cleo) + "/remove"
	var to string
	for _, a := range list.all("a.danger") {
		to = a.attr("href")
	}
	page := ada.open(to)
	if got := page.one(t, "a[data-close]").attr("href"); got != users+"?q=cleo&role=member" {
		t.Errorf("cancelling leads to %s", got)
	}
	if got := ada.submit(page, path, nil).header.Get("Location"); !strings.HasPrefix(got, users+"?done=removed&fresh="+s.Cleo.User.ID+"&q=cleo&role=member") {
		t.Errorf("it comes back to %s", got)
	}
	// Whatever the address says, one stays here.
	for _, from := range []string{"https://evil.test/", "//evil.test", "javascript:alert(1)", "q=%zz&tab=invited&done=x"} {
		if got := wayFrom(from, "/u", "/u/x").Back; got != "/u" {
			t.Errorf("%s leads to %s", from, got)
		}
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.as(t, s.Ada).downloads(t, "/"+s.Org.String()+"/users/export?role=member")
	lines, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(lines) != 4 || w.Header().Get("Content-Disposition") != `attachment; filename="members.csv"` {
		t.Errorf("got %q, %v, %v", lines, w.Header(), err)
	}
	s.as(t, s.Cleo).get("/"+s.Org.String()+"/users/export").expect(t, http.StatusForbidden)
	// What there is no filter of gives no file with everybody.
	if _, err := s.DeleteBrand().Do(t.Context(), s.Ada.Caller, brand.DeleteInput{Scope: s.Initech, Confirm: "Initech"}); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"brand=" + s.Initech.Brand, "brand=x", "role=owner", "granted_by=x", "role=member&brand=" + s.Initech.Brand} {
		refused := s.as(t, s.Ada).get("/"+s.Org.String()+"/users/export?"+filter).expect(t, http.StatusUnprocessableEntity)
		if got := refused.text(); !strings.Contains(got, "There is no such role, brand or person to filter by") {
			t.Errorf("%s: the page says %s", filter, got)
		}
	}
}

// A review of who has access reads each line of the file by itself.
func TestExportedLines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	joined := s.Now().UTC().Format(time.RFC3339)
	s.Advance(time.Hour)
	s.grants(t, s.Bob, s.Globex, s.Cleo, member.Wish{Role: access.Viewer})
	s.Join(s.Ada, s.Brands[1], access.Admin, s.Cleo)
	w := s.as(t, s.Ada).downloads(t, "/"+s.Org.String()+"/users/export")
	lines, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(lines) != 5 {
		t.Fatalf("got %q, %v", lines, err)
	}
	org, ada, bob, cleo := s.Org.String(), s.Ada.User, s.Bob.User, s.Cleo.User
	want := [][]string{
		{"id", "name", "email", "username", "scope", "role", "organization_admin", "brands", "granted_by", "granted_by_id", "granted_at", "joined_at", "via", "granters", "client_id"},
		{ada.ID, "Ada", ada.Email, ada.Username, org, "admin", "yes", "", "Ada", ada.ID, joined, joined, "creator", "Ada", ""},
		{bob.ID, "Bob", bob.Email, bob.Username, org, "member", "no", "Globex: admin", "Ada", ada.ID, joined, joined, "direct", "Ada", ""},
		{cleo.ID, "Cleo", cleo.Email, cleo.Username, org, "member", "no", "Globex: viewer; Initech: admin", "Ada", ada.ID, joined, joined, "direct", "Ada; Bob on Globex", ""},
	}
	if diff := cmp.Diff(want, lines[:4]); diff != "" {
		t.Error(diff)
	}
}

// downloads asks for a file as somebody who is signed in.
func (v *visitor) downloads(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.handler.ServeHTTP(w, r)
	return w
}

// A list that does not fit one file is had in parts, each of which leads to the next.
func TestExportInParts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.config.Part = page.Bound{Rows: 3, Bytes: 10_000}
	s.start(t)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	first := ada.open(users + "/export")
	if got := first.one(t, "h1").text(); got != "Export, part 1" || !strings.Contains(first.text(), "Part 1 has 3 lines.") {
		t.Fatalf("the page says %s", first.text())
	}
	links := first.one(t, "p.buttons").all("a")
	second := ada.open(links[1].attr("href"))
	if got := second.text(); !strings.Contains(got, "Part 2 has 1 line. It is the last part.") || len(second.one(t, "p.buttons").all("a")) != 2 {
		t.Errorf("the last page says %s", got)
	}
	abe := s.Someone("Abe") // who comes to stand in the first part
	s.Join(s.Ada, s.Brands[0], access.Viewer, abe)
	var names []string
	for n, part := range []answer{first, second} {
		w := ada.downloads(t, part.one(t, "p.buttons").all("a")[0].attr("href"))
		lines, err := csv.NewReader(w.Body).ReadAll()
		if err != nil || w.Header().Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="members-part-%d.csv"`, n+1) {
			t.Fatalf("got %v, %v", w.Header(), err)
		}
		for _, line := range lines[1:] {
			names = append(names, line[1])
		}
	}
	if want := []string{"Ada", "Abe", "Bob", "Cleo", "Dan"}; !slices.Equal(names, want) {
		t.Errorf("the parts have %q, want %q", names, want)
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	since, joined := s.Now(), at(s.Now(), s.Now()).Absolute
	s.Advance(time.Hour)
	s.grants(t, s.Ada, s.Globex, s.Cleo, member.Wish{Role: "viewer", Reason: "Moved"})
	ada := s.as(t, s.Ada)
	page := ada.open(of(s.Org, s.Cleo))
	if got := page.one(t, "h1").text(); got != "Cleo" {
		t.Errorf("it is of %q", got)
	}
	if got := rows(page); len(got) != 1 || !slices.Equal(got[0][:3], []string{"Globex", "Viewer", "Ada role changed, " + at(s.Now(), s.Now()).Absolute}) || !strings.HasSuffix(got[0][3], joined) {
		t.Errorf("the brands are %q", got)
	}
	for _, row := range rows(ada.open("/" + s.Globex.String() + "/users?q=")) {
		if strings.Contains(row[0], "Cleo") && row[3] != at(s.Now(), since).Relative {
			t.Errorf("in the brand stands %q", row)
		}
	}
	if got := page.one(t, "ol.history").texts("li"); len(got) != 2 || !strings.HasPrefix(got[0], "Changed from Member, Publisher on Globex to Member, Viewer on Globex by Ada , just now") || !strings.HasSuffix(got[0], "Moved") || !strings.HasPrefix(got[1], "Got in as Member, Publisher on Globex") {
		t.Errorf("the history is %q", got)
	}
	changed := ada.follow(ada.submit(ada.open(of(s.Org, s.Cleo)+"/role?role=admin&from=profile"), of(s.Org, s.Cleo)+"/role", step(stepSave, "confirm", "admin")))
	if got := changed.one(t, "div.notice").text(); got != "Cleo is now Organization Admin of Acme, with all its brands." || changed.path != "" && !strings.HasPrefix(changed.path, of(s.Org, s.Cleo)+"?") {
		t.Errorf("%s says %q", changed.path, got)
	}
	// One's own, also without the right to see others or the log.
	own := s.as(t, s.Dan).open(of(s.Org, s.Dan))
	if got := own.text(); !strings.Contains(got, "Nobody changes their own role. An Organization Admin can.") || strings.Contains(got, "Your role does not allow this.") || own.has("ol.history") || !own.has("a[data-dialog]") {
		t.Errorf("one's own: %s", got)
	}
	if got := ada.open(of(s.Org, s.Ada)).one(t, "div.held"); !strings.Contains(got.text(), "Ask another Admin.") || got.one(t, "a").attr("href") != "/"+s.Org.String()+"/users?role=admin" {
		t.Errorf("an Admin's own: %s", got.text())
	}
	// Who has accepted was let in by somebody.
	i := s.linked(s.Address("grace"))
	grace := s.late(i.Invitee.Email)
	s.accept(t, i, grace)
	for scope, want := range map[access.Scope]string{s.Org: "Got in as Member, Publisher on Globex", s.Globex: "Got in as Publisher"} {
		if got := ada.open(of(scope, grace)).one(t, "ol.history").texts("li")[0]; !strings.HasPrefix(got, want+" by Grace , invited by Ada , just now") {
			t.Errorf("in the history of %s stands %q", scope, got)
		}
	}
	// In a brand the history knows that brand alone.
	inBrand := s.as(t, s.Bob).open(of(s.Globex, s.Bob))
	if got := inBrand.one(t, "ol.history").texts("li"); len(got) != 1 || !strings.HasPrefix(got[0], "Got in as Brand Admin") {
		t.Errorf("the history in the brand is %q", got)
	}
}
