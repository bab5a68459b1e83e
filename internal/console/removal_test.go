package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// isOut fails when somebody is in a scope.
func (s *site) isOut(t *testing.T, scope access.Scope, one testbed.Someone) {
	t.Helper()
	_, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: scope, User: one.User.ID})
	testbed.CheckFault(t, err, fault.Unknown())
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, path := s.as(t, s.Ada), of(s.Org, s.Cleo)+"/remove"
	page := ada.open(path)
	if got := page.one(t, "dl.facts").texts("dd"); got[1] != "Publisher on Globex" {
		t.Errorf("the page says %q", got)
	}
	ask := organization.Ask
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: &ask}); err != nil {
		t.Fatal(err)
	}
	removed := ada.submit(page, path, url.Values{"reason": {"Contract ended"}})
	s.Pending(s.Cleo.User.Email) // what follows does not hide who is out
	list := ada.follow(removed)
	if got := list.one(t, "div.notice").text(); got != "Cleo is removed. What they had in Acme ended at once." || len(rows(list)) != 3 {
		t.Errorf("the list says %s", list.text())
	}
	s.isOut(t, s.Org, s.Cleo)
	log, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org, User: s.Cleo.User.ID})
	if err != nil || log.Items[1].Type != "MemberRemoved" || log.Items[1].Reason != "Contract ended" {
		t.Errorf("the log says %+v, %v", log.Items, err)
	}
	ada.get(path).expect(t, http.StatusNotFound)

	// Out of a brand somebody stays in the organization.
	bob, path := s.as(t, s.Bob), of(s.Initech, s.Dan)+"/remove"
	bob.get(path).expect(t, http.StatusNotFound)
	page = ada.open(path)
	if got := page.one(t, "div.effect").text(); !strings.Contains(got, "stays in Acme") {
		t.Errorf("the page says %q", got)
	}
	ada.follow(ada.submit(page, path, nil))
	if got := s.holds(t, s.Org, s.Dan); got != "Member without a brand" {
		t.Errorf("Dan is %s", got)
	}
}

func TestRemoveConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace := s.Someone("Grace")
	s.Promote(s.Ada, s.ID, grace)
	ada, path := s.as(t, s.Ada), of(s.Org, s.Cleo)+"/remove"
	page := ada.open(path)
	s.grants(t, grace, s.Org, s.Cleo, member.Wish{Role: access.Admin, Confirm: "admin"})
	var conflict answer
	s.Unchanged(t, s.ID, func() {
		conflict = ada.submit(page, path, url.Values{"reason": {"Typed"}}).expect(t, http.StatusPreconditionFailed)
	})
	if got := conflict.one(t, "div.problem").text(); got != "Grace changed Cleo’s role just now, to Organization Admin." || conflict.one(t, "textarea#reason").text() != "Typed" {
		t.Errorf("the page says %q", got)
	}
	ada.follow(ada.submit(conflict, path, nil))
	s.isOut(t, s.Org, s.Cleo)
}

func TestLeave(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	cleo := s.as(t, s.Cleo)
	path := "/" + s.Org.String() + "/leave"
	home := cleo.open("/")
	if got := home.one(t, "li.organization").all("a[data-dialog]")[0].attr("href"); got != path+"?from=home" {
		t.Errorf("one leaves at %s", got)
	}
	page := cleo.open(path + "?from=home")
	if got := page.one(t, "h1").text(); got != "Leave Acme ?" {
		t.Errorf("the page says %q", got)
	}
	// Made from what it was before, the form is told so and nothing happens.
	s.grants(t, s.Ada, s.Globex, s.Cleo, member.Wish{Role: access.Viewer})
	s.Unchanged(t, s.ID, func() { page = cleo.submit(page, path, nil).expect(t, http.StatusPreconditionFailed) })
	home = cleo.follow(cleo.submit(page, path, nil))
	if got := home.one(t, "div.notice").text(); !strings.HasPrefix(got, "You have left.") || home.has("li.organization") {
		t.Errorf("the home page says %s", home.text())
	}
	s.isOut(t, s.Org, s.Cleo)

	// A brand is left from its list, and one lands among the brands.
	bob := s.as(t, s.Bob)
	list := bob.open("/" + s.Globex.String() + "/users")
	leave := "/" + s.Globex.String() + "/leave"
	if !slices.ContainsFunc(list.all("a"), func(a node) bool { return a.attr("href") == leave }) {
		t.Errorf("the list does not lead to %s", leave)
	}
	page = bob.open(leave)
	s.grants(t, s.Ada, s.Globex, s.Bob, member.Wish{Role: access.Viewer})
	s.Unchanged(t, s.ID, func() { page = bob.submit(page, leave, nil).expect(t, http.StatusPreconditionFailed) })
	brands := bob.follow(bob.submit(page, leave, nil))
	if got := brands.one(t, "div.notice").text(); !strings.HasPrefix(got, "You have left the brand.") || len(rows(brands)) != 0 {
		t.Errorf("the brands say %s", brands.text())
	}

	// So do those who can do nothing else there. They stay in the organization.
	dan, leave := s.as(t, s.Dan), "/"+s.Initech.String()+"/leave"
	among := "/" + s.Org.String() + "/brands"
	entries := dan.open(among).one(t, "details.menu").all("a")
	if len(entries) != 1 || entries[0].attr("href") != leave+"?from=brands" || entries[0].text() != "Leave" {
		t.Fatalf("with the brand one can do %v", entries)
	}
	page = dan.open(entries[0].attr("href"))
	if got := page.one(t, "a[data-close]").attr("href"); got != among {
		t.Errorf("cancelling leads to %s", got)
	}
	dan.follow(dan.submit(page, leave, nil))
	if got := s.holds(t, s.Org, s.Dan); got != "Member without a brand" {
		t.Errorf("Dan is %s", got)
	}

	// The last Admin stays, and is told why, on the home page already.
	ada := s.as(t, s.Ada)
	if got := ada.open("/").one(t, "li.organization").text(); !strings.HasSuffix(got, "You cannot leave: An organization always keeps one Admin.") {
		t.Errorf("the home page says %q", got)
	}
	s.Unchanged(t, s.ID, func() {
		refused := ada.post(path, url.Values{"version": {"1"}}).expect(t, http.StatusConflict)
		if got := refused.text(); !strings.Contains(got, "You cannot leave: An organization always keeps one Admin.") {
			t.Errorf("the page says %s", got)
		}
	})
}
