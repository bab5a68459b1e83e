package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// rows returns the table of a page: what one reads in each cell, but for the actions. Of roles to choose from that is the one chosen.
func rows(page answer) [][]string {
	var all [][]string
	for _, tr := range page.all("tr[role=row]") {
		if tr.has("th") {
			continue
		}
		var cells []string
		for _, td := range tr.all("td") {
			switch chosen := td.texts("option[selected]"); {
			case td.attr("class") == "actions":
			case len(chosen) == 1:
				cells = append(cells, chosen[0])
			default:
				cells = append(cells, td.text())
			}
		}
		all = append(all, cells)
	}
	return all
}

func TestCurrentUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.as(t, s.Ada).open("/" + s.Org.String() + "/users")
	want := [][]string{
		{"A Ada You " + s.Ada.User.Email, "Admin Nobody changes their own role. Ask another Admin.", "All brands", "Ada created the organization", "just now"},
		{"B Bob " + s.Bob.User.Email, "Member", "Globex Admin Edit brands and roles of Bob", "Ada added directly", "just now"},
		{"C Cleo " + s.Cleo.User.Email, "Member", "Globex Publisher Edit brands and roles of Cleo", "Ada added directly", "just now"},
		{"D Dan " + s.Dan.User.Email, "Member", "Initech Viewer Edit brands and roles of Dan", "Ada added directly", "just now"},
	}
	if diff := cmp.Diff(want, rows(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var led []string
	for _, brands := range page.all("ul.brand-roles") {
		for _, a := range brands.all("a") {
			led = append(led, a.text()+" "+a.attr("href"))
		}
	}
	globex := "Globex /" + s.Globex.String() + "/users"
	if diff := cmp.Diff([]string{globex, globex, "Initech /" + s.Initech.String() + "/users"}, led); diff != "" {
		t.Errorf("the brands lead to (-want +got):\n%s", diff)
	}
	if held := s.as(t, s.Cleo).open("/").one(t, "ul.brand-roles"); held.text() != "Globex Publisher" || held.has("a") { // who may not see who is in it
		t.Errorf("a Publisher is led on by %s", held.text())
	}
	if got := page.one(t, "nav.tabs").texts("a"); !slices.Equal(got, []string{"Current users 4", "Invited users 0 open", "Access requests 0 open"}) {
		t.Errorf("the tabs are %q", got)
	}
	if got := page.one(t, "#tab-current").attr("aria-current") + page.one(t, "#tab-invited").attr("aria-current"); got != "page" {
		t.Errorf("the tab shown is not marked alone")
	}
	for _, joined := range page.all("time") {
		if joined.attr("datetime") != "2046-11-22T09:30:00Z" || joined.attr("title") != "22 Nov 2046, 09:30 UTC" {
			t.Errorf("the time behind %q is %q, %q", joined.text(), joined.attr("datetime"), joined.attr("title"))
		}
	}
}

func TestEverybodyWhoGranted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Join(s.Ada, s.Brands[1], access.Viewer, s.Cleo)
	s.grants(t, s.Bob, s.Globex, s.Cleo, member.Wish{Role: access.Viewer})
	s.Index(s.ID)
	ada := s.as(t, s.Ada)
	for _, row := range rows(ada.open("/" + s.Org.String() + "/users")) {
		if strings.Contains(row[0], "Cleo") != (row[3] == "Ada added directly Bob on Globex") {
			t.Errorf("in the organization stands %q", row)
		}
	}
	for _, row := range rows(ada.open("/" + s.Globex.String() + "/users?q=")) {
		if strings.Contains(row[0], "Cleo") != (row[2] == "Bob added directly") {
			t.Errorf("in the brand stands %q", row)
		}
	}
}

func TestCurrentUsersOfABrand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.as(t, s.Bob).open("/" + s.Globex.String() + "/users")
	want := [][]string{
		{"A Ada " + s.Ada.User.Email, "Organization Admin An Organization Admin has every brand. That is changed in the organization, by its Admins.", "Ada created the organization", "just now"},
		{"B Bob You " + s.Bob.User.Email, "Admin Nobody changes their own role. Ask another Admin.", "Ada added directly", "just now"},
		{"C Cleo " + s.Cleo.User.Email, "Publisher", "Ada added directly", "just now"},
	}
	if diff := cmp.Diff(want, rows(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := page.one(t, "p.crumb").text(); got != "Acme / Globex" {
		t.Errorf("the page is of %q", got)
	}
	filtered := s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?role=publisher")
	if got := rows(filtered); len(got) != 1 || filtered.one(t, "select#filter-role").one(t, "option[selected]").attr("value") != "publisher" {
		t.Errorf("filtered by role: %q", got)
	}
	none := s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?role=viewer")
	if got := none.one(t, "div.empty").text(); got != "Nobody here has the role Viewer. Clear the filter" {
		t.Errorf("nothing found says %q", got)
	}
	if got := s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?role=member"); len(rows(got)) != 3 || got.one(t, "select#filter-role").has("option[selected]") ||
		!strings.Contains(got.text(), "There is no such filter") {
		t.Errorf("a role of another kind: %s", got.text())
	}
}

func TestInvitedUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/users?tab=invited"
	if got := ada.open(path).one(t, "div.empty").text(); !strings.HasPrefix(got, "No invitations yet.") {
		t.Errorf("nothing yet says %q", got)
	}
	expires := s.linked("a-" + s.Address("old"))
	s.Advance(8 * 24 * time.Hour)
	used := s.linked("b-" + s.Address("used"))
	s.accept(t, used, s.late(used.Invitee.Email))
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, invitation.CreateInput{
		Scope: s.Globex, Invitees: []invitation.Invitee{{Email: "c-" + s.Address("brand")}}, Terms: invitation.Terms{Role: access.Viewer},
	})
	if err != nil {
		t.Fatal(err)
	}
	brand := out.Results[0].Invitation
	page := ada.open(path)
	got := rows(page)
	slices.SortFunc(got, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	want := [][]string{
		{expires.Invitee.Email, "Publisher on Globex", "Ada sent 8 days ago", "–", "Expired 1 day ago"},
		{used.Invitee.Email, "Publisher on Globex", "Ada sent just now", "–", "Accepted just now"},
		{brand.Invitee.Email, "Viewer on Globex", "Bob sent just now", "in 7 days", "Pending"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := page.texts("span.count"); !slices.Equal(got, []string{"5", "1 open", "0 open"}) {
		t.Errorf("the tabs count %q", got)
	}
	// A brand's page shows the brand's own.
	if got := rows(s.as(t, s.Bob).open("/" + s.Globex.String() + "/users?tab=invited")); len(got) != 1 || got[0][0] != brand.Invitee.Email {
		t.Errorf("the brand's invitations are %q", got)
	}
	for filter, email := range map[string]string{"expired": expires.Invitee.Email, "accepted": used.Invitee.Email, "pending": brand.Invitee.Email} {
		if got := rows(ada.open(path + "&status=" + filter)); len(got) != 1 || got[0][0] != email {
			t.Errorf("%s: got %q", filter, got)
		}
	}
	if got := ada.open(path+"&status=declined").one(t, "div.empty").text(); got != "No invitation is “Declined”. Clear the filter" {
		t.Errorf("nothing found says %q", got)
	}
	if got := ada.open(path + "&status=unheard"); len(rows(got)) != 3 || !strings.Contains(got.text(), "There is no such filter") {
		t.Errorf("an unknown status: %s", got.text())
	}
}

func TestWhatCanBeDoneWithAnInvitation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	i := s.linked(s.Address("grace"))
	path := "/" + s.Org.String() + "/users?tab=invited"
	actions := func() []string {
		var links []string
		for _, a := range ada.open(path).one(t, "details.menu").all("a") {
			links = append(links, a.text())
		}
		return links
	}
	if diff := cmp.Diff([]string{"Resend", "Copy link", "Edit", "Delete"}, actions()); diff != "" {
		t.Errorf("just sent: %s", diff)
	}
	i = s.resend(t, i)
	if diff := cmp.Diff([]string{"Copy link", "Delete"}, actions()); diff != "" {
		t.Errorf("just sent again: %s", diff)
	}
	why := []string{"Cannot be resent: This invitation was sent again less than a minute ago.", "Cannot be edited: This invitation was sent again less than a minute ago."}
	if diff := cmp.Diff(why, ada.open(path).texts("li.cannot")); diff != "" {
		t.Errorf("why not: %s", diff)
	}
	s.Advance(2 * time.Minute)
	if diff := cmp.Diff([]string{"Resend", "Copy link", "Edit", "Delete"}, actions()); diff != "" {
		t.Errorf("pending: %s", diff)
	}
	s.accept(t, i, s.late(i.Invitee.Email))
	if diff := cmp.Diff([]string{"Delete"}, actions()); diff != "" {
		t.Errorf("accepted: %s", diff)
	}
}

// invitees invites so many people to the organization.
func (s *site) invitees(t *testing.T, n int) {
	t.Helper()
	off := false
	in := testbed.MemberOffer(s.ID, "", s.Brands[0])
	in.Invitees, in.Notify = nil, &off
	for k := range n {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: fmt.Sprintf("n%03d-%s", k, s.Address("many"))})
	}
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
	if err != nil || out.Failed() {
		t.Fatalf("%+v, %v", out, err)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.invitees(t, 100)
	s.invitees(t, 10)
	ada := s.as(t, s.Ada)
	page := ada.open("/" + s.Org.String() + "/users?tab=invited&status=pending")
	if got := page.texts("span.count"); !slices.Equal(got, []string{"4", "99+ open", "0 open"}) {
		t.Errorf("the tabs count %q", got)
	}
	seen := map[string]bool{}
	pages := 0
	for {
		pages++
		for _, row := range rows(page) {
			seen[row[0]] = true
		}
		if !page.has("a#next-page") {
			break
		}
		next := page.one(t, "a#next-page").attr("href")
		if !strings.Contains(next, "status=pending") || !strings.Contains(next, "tab=invited") {
			t.Fatalf("the next page forgets the view: %s", next)
		}
		page = ada.open(next)
	}
	if len(seen) != 110 || pages != 3 {
		t.Errorf("got %d invitations on %d pages, want 110 on 3", len(seen), pages)
	}
	if got := page.one(t, "a#first-page").attr("href"); got != "/"+s.Org.String()+"/users?tab=invited" {
		t.Errorf("the first page is at %s", got)
	}
	broken := ada.get("/"+s.Org.String()+"/users?tab=invited&cursor=x").expect(t, http.StatusBadRequest)
	if got := broken.one(t, "section#failure").text(); !strings.Contains(got, "from its start") {
		t.Errorf("a broken cursor says %q", got)
	}
}

// What was just done is on the page that follows, also while the indexes do not know it yet.
func TestIndexesMayLag(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	scene := bed.Scene()
	s := serve(t, scene)
	grace := s.linked(s.Address("grace"))
	if err := proxy.DelayIndexes(t.Context(), testbed.TableName(), time.Hour, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.StopDelay)
	ada := s.as(t, s.Ada)
	users := "/" + s.Org.String() + "/users"
	if page := ada.open(users + "?tab=invited"); page.has("tbody") {
		t.Fatalf("the indexes do not lag: %q", rows(page))
	}
	email := s.Address("new")
	invited := ada.follow(ada.post(users+"/invite", url.Values{
		"invitees": {email}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"},
	}))
	if got := rows(invited); len(got) != 1 || got[0][0] != email || !invited.has("tr.fresh") {
		t.Errorf("just invited: got %q", got)
	}
	s.Advance(time.Hour)
	resent := ada.follow(ada.post(users+"/invitations/"+grace.ID+"/resend", nil))
	if got := rows(resent); len(got) != 1 || got[0][0] != grace.Invitee.Email || got[0][2] != "Ada sent just now" {
		t.Errorf("just resent: got %q", got)
	}
	current := s.linked(s.Address("later"))
	joined := s.as(t, s.late(current.Invitee.Email))
	landed := joined.follow(joined.post(current.path, nil))
	if got := rows(landed); len(got) != 1 || got[0][0] != "Globex" || !landed.has("nav#sidebar") {
		t.Errorf("just joined: got %q", got)
	}
	made := ada.follow(ada.post("/organizations/new", url.Values{"name": {"Umbrella"}}))
	if got := rows(made); len(got) != 1 || !strings.HasPrefix(got[0][0], "A Ada You") {
		t.Errorf("just created: got %q", got)
	}
}

func TestFreshIsWhatItSays(t *testing.T) {
	t.Parallel()
	id := func(n int) string { return fmt.Sprintf("inv_%026d", n) }
	var many []string
	for n := range 150 {
		many = append(many, id(n))
	}
	for query, want := range map[string][]string{
		"":                                       nil,
		"fresh=":                                 nil,
		"fresh=" + id(1):                         {id(1)},
		"fresh=" + id(1) + "," + id(1):           {id(1)},
		"fresh=usr_" + id(1)[4:]:                 nil,
		"fresh=inv_1":                            nil,
		"fresh=" + id(1) + "x":                   nil,
		"fresh=inv_" + strings.Repeat("%23", 26): nil,
		"fresh=" + strings.Join(many, ","):       many[:100],
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		v := &visit{r: r}
		if diff := cmp.Diff(want, v.fresh("inv_")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestNoticesCarryNoWordsOfTheAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	for _, done := range []string{"invited&invited=2&joined=<b>", "invited&invited=-1", "invited&invited=1000000", "unheard", "resent", "deleted", "created", "joined"} {
		path := "/" + s.Org.String() + "/users?tab=invited&done=" + done + "&fresh=javascript:x"
		ada.led(path)
		page := ada.open(path)
		if strings.Contains(page.text(), "1000000") || strings.Contains(page.text(), "<b>") || strings.Contains(page.text(), "javascript") {
			t.Errorf("%s: the page says %s", done, page.text())
		}
	}
}
