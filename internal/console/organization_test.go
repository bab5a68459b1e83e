package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/organization"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

func TestCreateOrganization(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.as(t, s.Someone("Grace Hopper"))
	home := visitor.open("/")
	if got := home.one(t, "div.empty").text(); !strings.HasPrefix(got, "You are in no organization yet.") {
		t.Errorf("nothing yet says %q", got)
	}
	form := visitor.open(home.one(t, "a.primary").attr("href"))
	for _, name := range []string{"", "  ", strings.Repeat("x", 101)} {
		wrong := visitor.submit(form, "/organizations/new", url.Values{"name": {name}}).expect(t, http.StatusUnprocessableEntity)
		if field := wrong.one(t, "input#name"); field.attr("value") != name || field.attr("aria-invalid") != "true" || !wrong.has("p#name-error") {
			t.Errorf("%q: the page says %s", name, wrong.text())
		}
	}
	sent := visitor.submit(form, "/organizations/new", url.Values{"name": {"Umbrella"}})
	landed := visitor.follow(sent)
	if got := landed.one(t, "p.crumb").text(); got != "Umbrella" || !landed.has("tr.fresh") || !landed.has("div.notice") {
		t.Errorf("the page says %s", landed.text())
	}
	// A double click makes one.
	again := visitor.submit(form, "/organizations/new", url.Values{"name": {"Umbrella"}})
	if again.header.Get("Location") != sent.header.Get("Location") {
		t.Errorf("sent twice, it leads to %s and %s", sent.header.Get("Location"), again.header.Get("Location"))
	}
	if got := visitor.open("/").texts("li.organization"); len(got) != 1 || !strings.HasPrefix(got[0], "Umbrella Admin All brands You created it just now") {
		t.Errorf("my organizations are %q", got)
	}
}

func TestHomeShowsWhatOneHas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.as(t, s.Cleo).open("/").texts("li.organization")
	if len(got) != 1 || got[0] != "Acme Member Globex Publisher From Ada , added directly, just now Brands Your profile Leave Acme" {
		t.Errorf("got %q", got)
	}
}

// One's own page can be read without the right to see others, whom it does not lead to then.
func TestHomeLeadsToOnesProfile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	users := "/" + s.Org.String() + "/users"
	for _, c := range []struct {
		who   testbed.Someone
		leads bool
	}{{s.Ada, true}, {s.Bob, false}, {s.Cleo, false}} {
		visitor := s.as(t, c.who)
		links := visitor.open("/").one(t, "li.organization").all("a.button")
		at := slices.IndexFunc(links, func(a node) bool { return a.text() == "Your profile" })
		if at < 0 {
			t.Fatalf("%s: home does not lead to the profile", c.who.User.Name)
		}
		page := visitor.open(links[at].attr("href"))
		if got := page.one(t, "h1").text(); got != c.who.User.Name+" You" {
			t.Errorf("it is of %q", got)
		}
		if got := page.one(t, "p.crumb").has("a[href=" + users + "]"); got != c.leads {
			t.Errorf("%s: it leads to the users: %v, want %v", c.who.User.Name, got, c.leads)
		}
	}
}

// Of many invitations all can be reached and answered, whatever page they stand on, and wherever the other list is.
func TestHomeHasFurtherInvitations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	grace := s.as(t, s.late(i.Invitee.Email))
	if one := grace.open("/"); slices.Contains(one.texts("a"), "More invitations") {
		t.Errorf("after one, home says %s", one.text())
	}
	guard := s.RemoveGuard(s.Org, i.InviteeKey)
	s.Restore(guard)
	others := make([]string, 60) // organizations that invite her as well
	for n := range others {
		others[n] = s.NewID()
	}
	for _, item := range []testbed.Item{s.Item("ORG#"+s.ID, "ORG"), s.Item("ORG#"+s.ID, "INVITATION#"+i.ID), guard} {
		s.Copies(item, len(others), []string{s.ID, i.ID}, func(n int) []string { return []string{"org_" + others[n], "inv_" + others[n]} })
	}
	seen := map[string]bool{}
	declines := func(page answer) (last string) {
		t.Helper()
		for _, a := range page.all("a[data-dialog]") {
			if last = a.attr("href"); !strings.HasSuffix(last, "/decline") {
				continue
			}
			if seen[last] {
				t.Errorf("%s stands on both pages", last)
			}
			seen[last] = true
		}
		return last
	}
	first := grace.open("/")
	declines(first)
	links := first.one(t, "main").all("a.button")
	at := slices.IndexFunc(links, func(a node) bool { return a.text() == "More invitations" })
	if at < 0 || len(seen) != page.DefaultLimit {
		t.Fatalf("home shows %d and says %s", len(seen), first.text())
	}
	more := grace.open(links[at].attr("href"))
	last := declines(more)
	if len(seen) != 61 || slices.Contains(more.texts("a"), "More invitations") {
		t.Errorf("all pages show %d, the last one says %s", len(seen), more.text())
	}
	asked := grace.open(last)
	if got := asked.one(t, "h1").text(); got != "Decline the invitation to Acme ?" {
		t.Errorf("the page asks %q", got)
	}
	grace.submit(asked, last, nil).expect(t, http.StatusSeeOther)
	if got := grace.get(last).expect(t, http.StatusSeeOther).header.Get("Location"); got != "/" {
		t.Errorf("declined, it leads to %s", got)
	}

	now := url.Values{"cursor": {"a"}, "invitations": {"b"}, "done": {"left"}}
	for want, got := range map[string]string{
		"/?cursor=a&invitations=c": fromHere(now, furtherInvitations, "c"),
		"/?cursor=c&invitations=b": fromHere(now, "cursor", "c"),
		"/?cursor=c":               fromHere(nil, "cursor", "c"),
		"":                         fromHere(now, "cursor", ""),
	} {
		if got != want {
			t.Errorf("home leads to %s, want %s", got, want)
		}
	}
}

func TestBrands(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, cleo := s.as(t, s.Ada), s.as(t, s.Cleo)
	path := "/" + s.Org.String() + "/brands"
	if got := cleo.open(path); len(rows(got)) != 1 || got.has("a.primary") || !slices.Equal(got.one(t, "td.actions").texts("a"), []string{"Leave"}) {
		t.Errorf("a Publisher sees %s", got.text())
	}
	page := ada.open(path)
	if got := rows(page); len(got) != 2 || got[0][0] != "Globex" || got[0][2] != "Organization Admins have every brand" || slices.Contains(page.texts("a"), "Leave") {
		t.Errorf("got %q", got)
	}
	form := ada.open(page.one(t, "a.primary").attr("href"))
	if wrong := ada.submit(form, path+"/new", url.Values{"name": {""}}).expect(t, http.StatusUnprocessableEntity); !wrong.has("p#name-error") {
		t.Errorf("the page says %s", wrong.text())
	}
	made := ada.follow(ada.submit(form, path+"/new", url.Values{"name": {"Soylent"}}))
	if got := made.one(t, "tr.fresh").text(); !strings.HasPrefix(got, "Soylent Admin") {
		t.Errorf("the new brand is %q", got)
	}
	users := made.one(t, "div.notice").one(t, "a").attr("href")
	if got := ada.open(users).one(t, "p.crumb").text(); got != "Acme / Soylent" {
		t.Errorf("its users are on the page of %q", got)
	}
	empty := ada.follow(ada.post("/organizations/new", url.Values{"name": {"Umbrella"}}))
	brands := ada.open(empty.one(t, "div.notice").one(t, "a").attr("href"))
	if got := brands.one(t, "div.empty").text(); !strings.HasPrefix(got, "No brands yet.") {
		t.Errorf("nothing yet says %q", got)
	}
}

func TestOrganizationLeadsToWhatOneCanDo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := "/" + s.Org.String()
	if got := s.as(t, s.Ada).get(path).header.Get("Location"); got != path+"/users" {
		t.Errorf("an Admin is led to %s", got)
	}
	if got := s.as(t, s.Cleo).get(path).header.Get("Location"); got != path+"/brands" {
		t.Errorf("a Member is led to %s", got)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Org.String() + "/settings"
	page := ada.open(path)
	if held := fieldsOf(page.one(t, "form[action="+path+"]")); held.Get("name") != "Acme" || held.Get("existing_accounts") != "join" {
		t.Errorf("the form begins with %v", held)
	}
	wrong := ada.submit(page, path, url.Values{"name": {""}, "existing_accounts": {"whatever"}}).expect(t, http.StatusUnprocessableEntity)
	if !wrong.has("p#name-error") || !wrong.has("p#existing_accounts-error") {
		t.Errorf("the page says %s", wrong.text())
	}
	saved := ada.follow(ada.submit(page, path, url.Values{"existing_accounts": {"ask"}}))
	if got := saved.one(t, "div.notice").text(); got != "The settings are saved." {
		t.Errorf("the notice says %q", got)
	}
	found, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
	if err != nil || found.ExistingAccounts != organization.Ask {
		t.Errorf("got %+v and %v", found, err)
	}
	// The first page is of before: nothing is overwritten unseen, and what was typed stays.
	stale := ada.submit(page, path, url.Values{"name": {"Umbrella"}}).expect(t, http.StatusPreconditionFailed)
	if got := stale.one(t, "div.problem").text(); !strings.Contains(got, "the name is now Acme, and existing accounts are asked") {
		t.Errorf("the page says %q", got)
	}
	if got := stale.one(t, "input#name").attr("value"); got != "Umbrella" {
		t.Errorf("the form holds %q", got)
	}
	if held := fieldsOf(stale.one(t, "form[action="+path+"]")); held.Get("existing_accounts") != "ask" {
		t.Errorf("what was not changed is not as it is now: %v", held)
	}
	if got := stale.one(t, "form[action="+path+"]").one(t, "p.buttons").text(); got != "Apply mine Keep theirs" {
		t.Errorf("the buttons say %q", got)
	}
	// What is not valid does not lose of which settings the form was made.
	invalid := ada.submit(page, path, url.Values{"name": {""}}).expect(t, http.StatusUnprocessableEntity)
	ada.submit(invalid, path, url.Values{"name": {"Umbrella"}}).expect(t, http.StatusPreconditionFailed)
	renamed := ada.follow(ada.submit(stale, path, nil))
	if got := renamed.one(t, "p.crumb").text(); got != "Umbrella" {
		t.Errorf("the name is %q", got)
	}
	if found, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org}); err != nil || found.ExistingAccounts != organization.Ask {
		t.Errorf("what somebody else has changed is put back: %+v, %v", found, err)
	}
	refused := s.as(t, s.Cleo).open(path)
	if refused.has("form[action="+path+"]") || !strings.Contains(refused.one(t, "div.empty").text(), "An Organization Admin of Umbrella can.") {
		t.Errorf("a Member sees %s", refused.text())
	}
	s.as(t, s.Cleo).post(path, url.Values{"name": {"Mine"}, "existing_accounts": {"ask"}}).expect(t, http.StatusForbidden)
}
