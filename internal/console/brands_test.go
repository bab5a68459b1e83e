package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

func TestABrandIsRenamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Globex.String() + "/rename"
	page := ada.open(path)
	if got := ada.submit(page, path, url.Values{"name": {""}}).expect(t, http.StatusUnprocessableEntity); !got.has("p#name-error") {
		t.Errorf("without a name, the page says %s", got.text())
	}
	landed := ada.follow(ada.submit(page, path, url.Values{"name": {"Globex Corporation"}}))
	if got := landed.one(t, "tr.fresh").one(t, "td.first").text(); got != "Globex Corporation" {
		t.Errorf("the brand is %q", got)
	}
	stale := ada.submit(page, path, url.Values{"name": {"Globex Inc."}}).expect(t, http.StatusPreconditionFailed)
	if got := stale.one(t, "div.problem").text(); !strings.HasPrefix(got, "You changed this brand just now: its name is now Globex Corporation.") {
		t.Errorf("the page says %q", got)
	}
	if got := ada.follow(ada.submit(stale, path, nil)).one(t, "tr.fresh").one(t, "td.first").text(); got != "Globex Inc." {
		t.Errorf("the brand is %q", got)
	}
	if got := s.as(t, s.Bob).open(path); got.has("form[action="+path+"]") || !strings.Contains(got.text(), "You may not rename it") {
		t.Errorf("a brand's Admin reads %s", got.text())
	}
}

func TestABrandIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := "/" + s.Globex.String() + "/delete"
	page := ada.open(path)
	if got := page.one(t, "div.effect").texts("p")[1]; !strings.HasPrefix(got, "Its own open invitations are closed") || !strings.Contains(got, "Those to Acme lose what they offer in it and are good for the rest") {
		t.Errorf("of invitations it says %q", got)
	}
	s.Unchanged(t, s.ID, func() {
		if got := ada.submit(page, path, url.Values{"confirm": {"globex"}}).expect(t, http.StatusUnprocessableEntity); !got.has("p#confirm-error") {
			t.Errorf("without its name, the page says %s", got.text())
		}
		s.as(t, s.Bob).post(path, url.Values{"confirm": {"Globex"}}).expect(t, http.StatusForbidden)
	})
	if _, err := s.UpdateBrand().Do(t.Context(), s.Ada.Caller, brand.UpdateInput{Scope: s.Globex, Name: "Globex Inc."}); err != nil {
		t.Fatal(err)
	}
	stale := ada.submit(page, path, url.Values{"confirm": {"Globex"}}).expect(t, http.StatusPreconditionFailed)
	if got := stale.one(t, "div.problem").text(); !strings.Contains(got, "its name is now Globex Inc.") {
		t.Errorf("the page says %q", got)
	}
	landed := ada.follow(ada.submit(stale, path, url.Values{"confirm": {" Globex Inc. "}}))
	if got := rows(landed); len(got) != 1 || got[0][0] != "Initech" || !landed.has("div.notice") {
		t.Errorf("the brands are %q", got)
	}
	// Its log stays, for those who may read the organization's.
	if got := ada.open("/" + s.Globex.String() + "/audit-log"); got.one(t, "p.crumb").text() != "Acme / Deleted brand" {
		t.Errorf("its log says %s", got.text())
	}
}

func TestAnOrganizationIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	path := ada.open("/"+s.Org.String()+"/settings").one(t, "section.ending").one(t, "a").attr("href")
	page := ada.open(path)
	s.Unchanged(t, s.ID, func() {
		ada.submit(page, path, url.Values{"confirm": {"acme inc"}}).expect(t, http.StatusUnprocessableEntity)
		s.as(t, s.Bob).post(path, url.Values{"confirm": {"Acme"}}).expect(t, http.StatusForbidden)
	})
	if got := s.as(t, s.Cleo).open(path); got.has("form[action=" + path + "]") {
		t.Errorf("a Member sees %s", got.text())
	}
	// Made from what it was before, the form is told so and nothing happens.
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		page = ada.submit(page, path, url.Values{"confirm": {"Acme"}}).expect(t, http.StatusPreconditionFailed)
		if got := page.one(t, "div.problem").text(); !strings.Contains(got, "existing accounts are asked") {
			t.Errorf("the page says %q", got)
		}
	})
	home := ada.follow(ada.submit(page, path, url.Values{"confirm": {"Acme"}}))
	if home.has("li.organization") || !strings.HasPrefix(home.one(t, "div.notice").text(), "The organization is deleted.") {
		t.Errorf("home says %s", home.text())
	}
	s.as(t, s.Cleo).get("/"+s.Org.String()+"/brands").expect(t, http.StatusNotFound)
}

func TestExpiredAndDeclinedAreDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	tab := "/" + s.Org.String() + "/users?tab=invited"
	clean := "/" + s.Org.String() + "/users/invitations/clean-up"
	if got := ada.open(clean).one(t, "h1").text(); got != "There is nothing to delete" {
		t.Errorf("nothing says %q", got)
	}
	first, second := s.Pending("a-"+s.Address("old")), s.Pending("b-"+s.Address("old"))
	s.Advance(8 * 24 * time.Hour)
	open := s.Pending(s.Address("open"))
	page := ada.open(ada.open(tab).one(t, "p.below").one(t, "a").attr("href"))
	if got := page.one(t, "h1").text(); got != "Delete 2 invitations?" {
		t.Errorf("the page asks %q", got)
	}
	if got, want := page.one(t, "ul.results").texts("li"), []string{first.Invitee.Email, second.Invitee.Email}; !slices.Equal(got, want) {
		t.Errorf("the page names %q, want %q", got, want)
	}
	sent := ada.submit(page, clean, nil)
	landed := ada.follow(sent)
	if got := rows(landed); len(got) != 1 || got[0][0] != open.Invitee.Email || landed.one(t, "div.notice").text() != "2 invitations are deleted." {
		t.Errorf("the page says %s", landed.text())
	}
	if again := ada.submit(page, clean, nil); again.header.Get("Location") != sent.header.Get("Location") {
		t.Errorf("sent twice, it leads to %s", again.header.Get("Location"))
	}
	s.as(t, s.Cleo).get(clean).expect(t, http.StatusForbidden)
	s.as(t, s.Cleo).post(clean, nil).expect(t, http.StatusForbidden)
	// Of many the first few are named.
	for n := range fewNamed + 2 {
		s.Pending(strconv.Itoa(n) + s.Address("many"))
	}
	s.Advance(8 * 24 * time.Hour)
	if got := ada.open(clean).one(t, "ul.results").texts("li"); len(got) != fewNamed+1 || got[fewNamed] != "and 3 more" { // the open one has expired as well
		t.Errorf("of many the page names %q", got)
	}
}

// What has expired since the page was shown is not deleted with the rest.
func TestOnlyWhatWasShownIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, clean := s.as(t, s.Ada), "/"+s.Org.String()+"/users/invitations/clean-up"
	s.Pending("a-" + s.Address("old"))
	s.Advance(24 * time.Hour)
	later := s.Pending("b-" + s.Address("old"))
	s.Advance(6*24*time.Hour + time.Hour)
	page := ada.open(clean)
	s.Advance(24 * time.Hour)
	landed := ada.follow(ada.submit(page, clean, nil))
	if got := landed.one(t, "div.notice").text(); got != "1 invitation is deleted. 1 more is left. Delete the rest" {
		t.Errorf("the page says %q", got)
	}
	if got := rows(landed); len(got) != 1 || got[0][0] != later.Invitee.Email {
		t.Errorf("the list shows %q", got)
	}
}

// TestOneOfTheFinishedStays: an invitation that is sent again while those that came to nothing are deleted stays, and the page says so of it alone.
func TestOneOfTheFinishedStays(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := serve(t, bed.Scene())
	ada, clean := s.as(t, s.Ada), "/"+s.Org.String()+"/users/invitations/clean-up"
	first, second := s.Pending("a-"+s.Address("old")), s.Pending("b-"+s.Address("old"))
	s.Advance(8 * 24 * time.Hour)
	page := ada.open(clean)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: second.ID}); err != nil {
			t.Error(err)
		}
	}))
	results := ada.submit(page, clean, nil).expect(t, http.StatusMultiStatus)
	if got := results.one(t, "h1").text(); got != "Some invitations are still there" || !strings.Contains(results.text(), "1 is deleted, these are not:") {
		t.Errorf("the page says %s", results.text())
	}
	if got := results.one(t, "ul.results").texts("li"); len(got) != 1 || !strings.HasPrefix(got[0], second.Invitee.Email+" Not deleted") || !strings.Contains(got[0], "This invitation changed since you read it.") {
		t.Errorf("of those left it says %q", got)
	}
	if got := rows(ada.open("/" + s.Org.String() + "/users?tab=invited&fresh=" + second.ID)); len(got) != 1 || got[0][0] != second.Invitee.Email || got[0][4] != "Pending" {
		t.Errorf("besides %s the list shows %q", first.Invitee.Email, got)
	}
	if again := ada.follow(ada.submit(results, clean, nil)).one(t, "div.notice").text(); again != "There was nothing to delete any more." {
		t.Errorf("tried again: %q", again)
	}
}

// waitsForALink looks where one decides what becomes of an invitation: each place says that its invitee has asked for a new link, until they got one.
func (s *site) waitsForALink(t *testing.T, i linked, status string) {
	t.Helper()
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	if got := rows(ada.open(users + "?tab=invited")); len(got) != 1 || got[0][4] != status {
		t.Errorf("the list shows %q", got)
	}
	for page, in := range map[string]string{"clean-up": "ul.results", i.ID + "/resend": "dl.facts", i.ID + "/edit": "dl.facts", i.ID + "/delete": "dl.facts"} {
		if got := ada.open(users+"/invitations/"+page).one(t, in).text(); !strings.Contains(got, "asked for a new link 2 hours ago") {
			t.Errorf("%s says %s", page, got)
		}
	}
}

// TestWhoAskedForALinkIsNamedFirst: also where more are deleted than are named. Who was sent one does not wait for it.
func TestWhoAskedForALinkIsNamedFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.invitees(t, fewNamed+2)
	last := s.linked(s.Address("last"))
	s.Advance(8 * 24 * time.Hour)
	if _, err := s.RequestLink().Do(t.Context(), s.late(last.Invitee.Email).Caller, invitation.RequestLinkInput{Token: strings.TrimPrefix(last.path, invitation.Path)}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	got := ada.open(users+"/invitations/clean-up").one(t, "ul.results").texts("li")
	if len(got) != fewNamed+1 || got[0] != last.Invitee.Email+" asked for a new link just now" || got[fewNamed] != "and 3 more" {
		t.Errorf("it names %q", got)
	}
	if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: last.ID}); err != nil {
		t.Fatal(err)
	}
	if got := ada.open(users + "?tab=invited&fresh=" + last.ID).text(); strings.Contains(got, "asked for a new link") {
		t.Errorf("sent again, the list shows %s", got)
	}
}

func TestANewLinkIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	s.Advance(8 * 24 * time.Hour)
	grace := s.as(t, s.late(i.Invitee.Email))
	ask := i.path + "/request-link"
	page := grace.open(i.path)
	s.Unchanged(t, s.ID, func() {
		other := s.as(t, s.Cleo)
		if got := other.submit(other.open(i.path), ask, nil).expect(t, http.StatusForbidden); !strings.Contains(got.one(t, "div.problem").text(), "another e-mail address") {
			t.Errorf("somebody else reads %s", got.text())
		}
		s.anonymous(t).post(ask, nil).expect(t, http.StatusUnauthorized)
	})
	log := s.Appended(s.Org, func() {
		for range 2 { // a double click asks once
			if got := grace.follow(grace.submit(page, ask, nil)); !got.has("div.notice[role=status]") || got.has("form[action="+ask+"]") {
				t.Errorf("the page says %s", got.text())
			}
		}
	})
	if got := testbed.Types(log); len(got) != 1 || got[0] != "InvitationLinkRequested" {
		t.Errorf("logged %q", got)
	}
	s.Advance(2 * time.Hour)
	if got := grace.open(i.path); got.has("form[action="+ask+"]") || !strings.Contains(got.text(), "You asked for a new link 2 hours ago .") || !strings.Contains(got.text(), "You can ask again in 22 hours .") {
		t.Errorf("opened again, the page says %s", got.text())
	}
	if other := s.as(t, s.Cleo).open(i.path); strings.Contains(other.text(), "asked for a new link") {
		t.Errorf("somebody else reads %s", other.text())
	}
	again := grace.post(ask, nil).expect(t, http.StatusTooManyRequests)
	if got := again.one(t, "div.problem").text(); !strings.Contains(got, "Try again in ") {
		t.Errorf("asking again says %q", got)
	}
	s.waitsForALink(t, i, "Expired 1 day ago asked for a new link 2 hours ago")
	s.Advance(23 * time.Hour)
	if !grace.open(i.path).has("form[action=" + ask + "]") {
		t.Error("after a day one cannot ask again")
	}
	// What cannot be sent again only explains.
	if _, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: s.Org, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	if got := grace.get(i.path).expect(t, http.StatusGone); got.has("form[action=" + ask + "]") {
		t.Errorf("deleted, the page says %s", got.text())
	}
}
