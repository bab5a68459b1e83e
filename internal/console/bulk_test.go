package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

// selecting returns what the list's form sends when the people of those names are chosen.
func selecting(t *testing.T, list answer, names ...string) string {
	t.Helper()
	query := url.Values{"from": {fieldsOf(list.one(t, "form#selected")).Get("from")}}
	for _, box := range list.all("input[name=members]") {
		if slices.Contains(names, strings.TrimPrefix(box.attr("aria-label"), "Select ")) {
			query.Add("members", box.attr("value"))
		}
	}
	return query.Encode()
}

func TestBulkDowngrade(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace, otto := s.Someone("Grace"), s.Someone("Otto")
	s.Promote(s.Ada, s.ID, grace, otto)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	list := ada.open(users)
	if got := len(list.all("input[name=members]")); got != 5 {
		t.Errorf("%d of 6 can be chosen, want all but oneself", got)
	}
	path := users + "/change"
	if !list.one(t, "form#selected").has("button[formaction=" + path + "]") {
		t.Error("the list does not lead to the change")
	}
	choice := ada.open(path + "?" + selecting(t, list, "Grace", "Otto", "Cleo"))
	if got := choice.one(t, "h1").text(); got != "Downgrade 3 people to Member" {
		t.Errorf("the page says %q", got)
	}
	var check answer
	s.Unchanged(t, s.ID, func() {
		check = ada.submit(choice, path, step(stepCheck, brandField+s.Brands[0].ID, "publisher", "reason", "Review")).expect(t, http.StatusOK)
	})
	want := []string{
		"Grace " + grace.User.Email + " Admin of Acme, with all its brands → becomes Publisher on Globex",
		"Otto " + otto.User.Email + " Admin of Acme, with all its brands → becomes Publisher on Globex",
		"Cleo " + s.Cleo.User.Email + " Has just that already Stays Publisher on Globex",
	}
	got := check.one(t, "ul.results").texts("li")
	slices.SortFunc(got, func(a, b string) int { return slices.Index(want, a) - slices.Index(want, b) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Meanwhile one of them is changed by somebody else: they alone fail, and are tried again as they are then.
	viewer := access.Viewer
	s.grants(t, s.Ada, s.Org, otto, member.Wish{Role: access.Member, Brands: map[string]*access.Role{s.Brands[1].ID: &viewer}})
	results := ada.submit(check, path, step(stepSave)).expect(t, http.StatusOK)
	if got := results.one(t, "h1").text(); got != "Not everybody could be changed" {
		t.Errorf("the page says %s", results.text())
	}
	failed := fieldsOf(results.one(t, "form[action="+path+"]"))
	if got := s.holds(t, s.Org, grace); got != "Publisher on Globex" || len(failed["members"]) != 1 || !strings.HasPrefix(failed.Get("members"), otto.User.ID+".") {
		t.Errorf("Grace is %s, %v are left", got, failed)
	}
	check = ada.submit(results, path, step(stepCheck)).expect(t, http.StatusOK)
	if got := check.one(t, "ul.results").texts("li"); !slices.Equal(got, []string{"Otto " + otto.User.Email + " Viewer on Initech → becomes Publisher on Globex; Viewer on Initech"}) {
		t.Errorf("tried again: %q", got)
	}
	done := ada.follow(ada.submit(check, path, step(stepSave)))
	if got := done.one(t, "div.notice").text(); got != "Otto is now Publisher on Globex; Viewer on Initech." {
		t.Errorf("the notice says %q", got)
	}
	// Brands can be taken away from all.
	choice = ada.open(path + "?" + selecting(t, done, "Otto", "Cleo", "Grace"))
	check = ada.submit(choice, path, step(stepCheck, brandField+s.Brands[0].ID, takeAway))
	done = ada.follow(ada.submit(check, path, step(stepSave)))
	if got := done.one(t, "div.notice").text(); got != "3 people are changed." || s.holds(t, s.Org, s.Cleo) != "Member without a brand" {
		t.Errorf("the list says %q", got)
	}
}

func TestBulkRemove(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, users := s.as(t, s.Ada), "/"+s.Org.String()+"/users"
	path := users + "/remove"
	check := ada.open(path + "?" + selecting(t, ada.open(users), "Cleo", "Dan"))
	if got := check.one(t, "h1").text(); got != "Remove 2 people from Acme" || !strings.Contains(check.text(), "Publisher on Globex → becomes No access") {
		t.Errorf("the page says %s", check.text())
	}
	reason := ada.submit(check, path, step(stepEdit))
	check = ada.submit(reason, path, step(stepCheck, "reason", "Layoff"))
	list := ada.follow(ada.submit(check, path, step(stepSave)))
	if got := list.one(t, "div.notice").text(); !strings.HasPrefix(got, "2 people are removed.") || len(rows(list)) != 2 {
		t.Errorf("the list says %s", list.text())
	}
	s.isOut(t, s.Org, s.Cleo)

	// Of a brand.
	bob := s.as(t, s.Bob)
	s.Join(s.Ada, s.Brands[0], access.Viewer, s.Eve)
	users = "/" + s.Globex.String() + "/users"
	path = users + "/remove"
	check = bob.open(path + "?" + selecting(t, bob.open(users), "Eve"))
	bob.follow(bob.submit(check, path, step(stepSave)))
	s.isOut(t, s.Globex, s.Eve)

	// Nobody chosen, somebody who is gone, oneself: all is said.
	if got := ada.get("/"+s.Org.String()+"/users/remove").one(t, "div.problem").text(); got != "Choose at least one person in the list." {
		t.Errorf("nobody chosen: %q", got)
	}
	gone := ada.open("/" + s.Org.String() + "/users/remove?members=" + s.Cleo.User.ID + ".1&members=" + s.Ada.User.ID + ".1&members=x&members=usr_x.1")
	if got := gone.one(t, "ul.results").texts("li"); len(got) != 2 || !strings.HasPrefix(got[0], "Somebody who is not in Acme any more") || !strings.Contains(got[1], "Nobody changes their own role.") || gone.has("button.danger") {
		t.Errorf("the page says %q", got)
	}
	s.Unchanged(t, s.ID, func() {
		nobody := ada.post("/"+s.Org.String()+"/users/remove", url.Values{"step": {stepSave}, "to": {s.Ada.User.ID + ".1"}}).expect(t, http.StatusUnprocessableEntity)
		if got := nobody.one(t, "h1").text(); got != "Nobody was removed" {
			t.Errorf("the page says %q", got)
		}
		s.as(t, s.Eve).post("/"+s.Org.String()+"/users/remove", url.Values{"step": {stepSave}, "to": {s.Ada.User.ID + ".1"}}).expect(t, http.StatusForbidden)
	})
}
