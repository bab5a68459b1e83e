package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
)

// selecting returns what the list's form sends when the people of those names are chosen.
func selecting(t *testing.T, list answer, names ...string) url.Values {
	t.Helper()
	form := list.one(t, "form#selected")
	if form.attr("method") != "post" {
		t.Error("whom it is about would stand in the address")
	}
	sent := url.Values{"from": {fieldsOf(form).Get("from")}}
	for _, box := range list.all("input[name=members]") {
		if slices.Contains(names, strings.TrimPrefix(box.attr("aria-label"), "Select ")) {
			sent.Add("members", box.attr("value"))
		}
	}
	return sent
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
	if got := list.one(t, "form#selected").one(t, "button[formaction="+path+"]").text(); got != "Edit brands and roles" {
		t.Errorf("the button says %q", got)
	}
	var choice answer
	s.Unchanged(t, s.ID, func() {
		for heading, names := range map[string][]string{
			"Downgrade 2 people to Member": {"Grace", "Otto"}, "Brands and roles of 2 people": {"Bob", "Cleo"}, "Brands and roles of 1 person": {"Dan"},
			"Downgrade 1 of 2 people to Member": {"Otto", "Dan"},
		} {
			if got := ada.post(path, selecting(t, list, names...)).expect(t, http.StatusOK).one(t, "h1").text(); got != heading {
				t.Errorf("for %v the page says %q", names, got)
			}
		}
		choice = ada.post(path, selecting(t, list, "Grace", "Otto", "Cleo")).expect(t, http.StatusOK)
	})
	if got := choice.one(t, "h1").text(); got != "Downgrade 2 of 3 people to Member" || !strings.Contains(choice.text(), "2 of them are Admins, become Members and need at least one brand.") {
		t.Errorf("the page says %s", choice.text())
	}
	var check answer
	s.Unchanged(t, s.ID, func() {
		check = ada.submit(choice, path, step(stepCheck, brandField+s.Brands[0].ID, "publisher")).expect(t, http.StatusOK)
	})
	if got := check.one(t, "h1").text(); got != "Downgrade 2 people to Member" {
		t.Errorf("the page says %q", got)
	}
	if got := check.one(t, "div.effect").text(); got != "2 of 3 people change, and get a mail about it." {
		t.Errorf("the effect is %q", got)
	}
	want := []string{
		"Grace " + grace.User.Email + " Organization Admin of Acme, with all its brands → becomes Publisher on Globex",
		"Otto " + otto.User.Email + " Organization Admin of Acme, with all its brands → becomes Publisher on Globex",
		"Cleo " + s.Cleo.User.Email + " No change Stays Publisher on Globex",
	}
	got := check.one(t, "ul.results").texts("li")
	slices.SortFunc(got, func(a, b string) int { return slices.Index(want, a) - slices.Index(want, b) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Meanwhile one of them is changed by somebody else: they alone fail, and are tried again as they are then.
	viewer := access.Viewer
	s.grants(t, s.Ada, s.Org, otto, member.Wish{Role: access.Member, Brands: map[string]*access.Role{s.Brands[1].ID: &viewer}})
	results := ada.submit(check, path, step(stepSave, "reason", "Review")).expect(t, http.StatusOK)
	if got := results.one(t, "h1").text(); got != "Not everybody could be changed" {
		t.Errorf("the page says %s", results.text())
	}
	if got := results.one(t, "ul.results").texts("li"); results.one(t, "div.effect").text() != "1 person changed, 1 not." || !strings.HasPrefix(got[0], "Otto ") {
		t.Errorf("what became of them: %q", results.text())
	}
	failed := fieldsOf(results.one(t, "form[action="+path+"]"))
	if got := s.holds(t, s.Org, grace); got != "Member, Publisher on Globex" || len(failed["members"]) != 1 || !strings.HasPrefix(failed.Get("members"), otto.User.ID+".") {
		t.Errorf("Grace is %s, %v are left", got, failed)
	}
	if got := results.one(t, "ul.results").text(); !strings.Contains(got, "You changed Otto’s role just now, to Member, Viewer on Initech.") || strings.Contains(got, "Stays Viewer") {
		t.Errorf("of Otto it says %q", got)
	}
	check = ada.submit(results, path, step(stepCheck)).expect(t, http.StatusOK)
	if got := check.one(t, "h1").text() + ", " + check.one(t, "textarea").text(); got != "Change the brands of 1 person, Review" {
		t.Errorf("tried again: %q", got)
	}
	if got := check.one(t, "ul.results").texts("li"); !slices.Equal(got, []string{"Otto " + otto.User.Email + " Viewer on Initech → becomes Publisher on Globex; Viewer on Initech"}) {
		t.Errorf("tried again: %q", got)
	}
	done := ada.follow(ada.submit(check, path, step(stepSave)))
	if got := done.one(t, "div.notice").text(); got != "Otto is now Publisher on Globex; Viewer on Initech." {
		t.Errorf("the notice says %q", got)
	}
	// Brands can be taken away from all.
	choice = ada.post(path, selecting(t, done, "Otto", "Cleo", "Grace"))
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
	var check answer
	s.Unchanged(t, s.ID, func() { check = ada.post(path, selecting(t, ada.open(users), "Cleo", "Dan")).expect(t, http.StatusOK) })
	if got := check.one(t, "h1").text(); got != "Remove 2 people from Acme" || !strings.Contains(check.text(), "Publisher on Globex → becomes No access") {
		t.Errorf("the page says %s", check.text())
	}
	// The reason is asked for where it shows what changes, and one that is too long is told there.
	s.Unchanged(t, s.ID, func() {
		long := ada.submit(check, path, step(stepSave, "reason", strings.Repeat("x", 501))).expect(t, http.StatusUnprocessableEntity)
		if long.one(t, "p#reason-error").text() == "" || len(long.one(t, "ul.results").texts("li")) != 2 {
			t.Errorf("the page says %s", long.text())
		}
	})
	list := ada.follow(ada.submit(check, path, step(stepSave, "reason", "Layoff")))
	if got := list.one(t, "div.notice").text(); !strings.HasPrefix(got, "2 people are removed.") || len(rows(list)) != 2 {
		t.Errorf("the list says %s", list.text())
	}
	s.isOut(t, s.Org, s.Cleo)
	log, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org, User: s.Cleo.User.ID})
	if err != nil || log.Items[0].Reason != "Layoff" {
		t.Errorf("the log says %+v, %v", log.Items, err)
	}

	// Of a brand.
	bob := s.as(t, s.Bob)
	fay := s.Someone("Fay")
	s.Join(s.Ada, s.Brands[0], access.Viewer, s.Eve, fay)
	users = "/" + s.Globex.String() + "/users"
	path = users + "/remove"
	check = bob.post(path, selecting(t, bob.open(users), "Eve", "Fay"))
	if got := check.one(t, "h1").text(); got != "Remove 2 people from Globex" {
		t.Errorf("the page says %q", got)
	}
	list = bob.follow(bob.submit(check, path, step(stepSave)))
	if got := list.one(t, "div.notice").text(); !strings.HasPrefix(got, "2 people are removed.") {
		t.Errorf("the list says %q", got)
	}
	s.isOut(t, s.Globex, s.Eve)
	s.isOut(t, s.Globex, fay)

	// Nobody chosen, somebody who is gone, oneself: all is said.
	path = "/" + s.Org.String() + "/users/remove"
	for _, nobody := range []answer{ada.open(path), ada.post(path, url.Values{"members": {"x", "usr_x.1"}}).expect(t, http.StatusUnprocessableEntity)} {
		if got := nobody.one(t, "h1").text(); got != "Nobody is chosen" || !strings.Contains(nobody.text(), "Choose people in the list first") {
			t.Errorf("nobody chosen: %s", nobody.text())
		}
	}
	gone := ada.post(path, url.Values{"members": {s.Cleo.User.ID + ".1", s.Ada.User.ID + ".1", s.Someone("Nina").User.ID + ".1"}}).expect(t, http.StatusOK)
	if got := gone.one(t, "h1").text(); got != "Nobody can be removed" {
		t.Errorf("the page says %q", got)
	}
	got := gone.one(t, "ul.results").texts("li")
	if len(got) != 3 || !strings.HasPrefix(got[0], "Cleo "+s.Cleo.User.Email+" You removed Cleo just now.") || !strings.Contains(got[1], "Nobody removes themselves this way. Leave instead.") ||
		!strings.HasPrefix(got[2], "Somebody who is not in Acme any more") || gone.has("button.danger") {
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
