package console

import (
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

// lagging is a site whose indexes know nothing of what is written from now on, nor of what was before.
func lagging(t *testing.T) *site {
	t.Helper()
	bed, proxy := testbed.Proxied(t)
	s := serve(t, bed.Scene())
	if err := proxy.DelayIndexes(t.Context(), testbed.TableName(), time.Hour, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.StopDelay)
	return s
}

// later forgets what was just changed, as the browser does soon.
func (v *visitor) later() *visitor {
	forgetful := *v
	forgetful.cookies = map[string]*http.Cookie{}
	for name, c := range v.cookies {
		if name != changedCookie {
			forgetful.cookies[name] = c
		}
	}
	return &forgetful
}

func TestWhatWasJustChangedIsSeenOnEveryPage(t *testing.T) {
	t.Parallel()
	s := lagging(t)
	ada := s.as(t, s.Ada)
	made := ada.follow(ada.post("/organizations/new", url.Values{"name": {"Umbrella"}}))
	if got := made.texts("span.count"); !slices.Equal(got, []string{"1", "0 open", "0 open"}) || len(rows(made)) != 1 {
		t.Errorf("just created: %q beside %q", got, rows(made))
	}
	if c := ada.cookies[changedCookie]; c == nil || c.MaxAge != 10 || !c.Secure || !c.HttpOnly {
		t.Errorf("kept as %+v", c)
	}
	for _, path := range []string{"/", "/organizations/new"} {
		if got := ada.open(path).one(t, "nav#sidebar").texts("bdi.note"); !slices.Contains(got, "Umbrella") {
			t.Errorf("%s: the Control Center is of %q", path, got)
		}
	}
	if got := ada.open("/").texts("li.organization"); len(got) != 1 || !strings.HasPrefix(got[0], "Umbrella Admin") {
		t.Errorf("the home page shows %q", got)
	}
	if ada.later().open("/").has("li.organization") {
		t.Error("the indexes do not lag")
	}

	users := "/" + s.Org.String() + "/users"
	email := s.Address("new")
	invited := ada.follow(ada.post(users+"/invite", url.Values{
		"invitees": {email}, "role": {"member"}, "brands": {s.Brands[0].ID}, "brand_role": {"viewer"},
	}))
	ada.open(users)
	for name, page := range map[string]answer{"the list": invited, "the list opened again": ada.open(users + "?tab=invited")} {
		if got := page.one(t, "#tab-invited").one(t, "span.count").text(); got != "1 open" || len(rows(page)) != 1 {
			t.Errorf("%s counts %q beside %q", name, got, rows(page))
		}
	}
}

func TestWhoHasJustJoinedSeesIt(t *testing.T) {
	t.Parallel()
	s := lagging(t)
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
		Scope: s.Org, Invitees: []invitation.Invitee{{Email: s.Address("boss")}}, Terms: invitation.Terms{Role: access.Admin, Confirm: "admin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	i := out.Results[0].Invitation
	boss := s.as(t, s.late(i.Invitee.Email))
	landed := boss.follow(boss.post(strings.TrimPrefix(i.AcceptURL, testbed.BaseURL), nil))
	for name, page := range map[string]answer{"where an accept leads": landed, "the list opened again": boss.open("/" + s.Org.String() + "/users")} {
		if got := rows(page); len(got) != 1 || !strings.HasPrefix(got[0][0], "G Grace You") || page.one(t, "#tab-current").one(t, "span.count").text() != "1" {
			t.Errorf("%s shows %q", name, page.text())
		}
	}
	if got := boss.open("/").texts("li.organization"); len(got) != 1 || !strings.HasPrefix(got[0], "Acme Admin") {
		t.Errorf("the home page shows %q", got)
	}
}

// Answered from the home page or by the link, an invitation is not offered any more, also while the index still has it.
func TestAnsweredInvitationsLeaveTheHomePage(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"accept", "decline"} {
		for _, byLink := range []bool{true, false} {
			t.Run(answer, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				i := s.linked(s.Address("grace"))
				other, err := s.Create().Do(t.Context(), s.Ada.Caller, invitation.CreateInput{
					Scope: s.Initech, Invitees: []invitation.Invitee{{Email: i.Invitee.Email}}, Terms: invitation.Terms{Role: access.Viewer},
				})
				if err != nil || other.Failed() {
					t.Fatalf("%+v, %v", other, err)
				}
				guard := s.RemoveGuard(s.Org, i.InviteeKey)
				s.Restore(guard)
				grace := s.as(t, s.late(i.Invitee.Email))
				path := "/" + s.Org.String() + "/invitations/" + i.ID + "/" + answer
				if byLink {
					path = strings.TrimSuffix(i.path+"/"+answer, "/accept")
				}
				grace.post(path, nil).expect(t, http.StatusSeeOther)
				s.Restore(guard) // which is what the index lists
				if got := grace.later().open("/").texts("li.offer"); len(got) != 2 {
					t.Fatalf("the index has forgotten it at once: %q", got)
				}
				if got := grace.open("/").texts("li.offer"); len(got) != 1 || !strings.HasPrefix(got[0], "Initech in Acme Viewer") {
					t.Errorf("the home page offers %q, want what was not answered", got)
				}
			})
		}
	}
}

// What stands on the page as a whole says how many there are; the index counts what does not, and is never below what one sees.
func TestCountsFitTheRows(t *testing.T) {
	t.Parallel()
	offers := []invitationRow{{Pending: true}, {Pending: true}, {}}
	for name, c := range map[string]struct {
		page   listPage
		counts member.Counts
		want   [2]string
	}{
		"an index behind a new one":    {listPage{Tab: tabInvited, Offers: offers}, member.Counts{Members: 4, Invitations: 1}, [2]string{"4", "2"}},
		"an index behind a deletion":   {listPage{Tab: tabInvited, Offers: offers}, member.Counts{Members: 4, Invitations: 3}, [2]string{"4", "2"}},
		"further pages":                {listPage{Tab: tabInvited, Offers: offers, Next: "/u"}, member.Counts{Invitations: 60}, [2]string{"0", "60"}},
		"further pages, index behind":  {listPage{Tab: tabInvited, Offers: offers, Next: "/u"}, member.Counts{Invitations: 1}, [2]string{"0", "2"}},
		"the last of several pages":    {listPage{Tab: tabInvited, Offers: offers, Later: true}, member.Counts{Invitations: 100}, [2]string{"0", "99+"}},
		"a part by a filter":           {listPage{Tab: tabInvited, Offers: offers, Filter: filter{Chosen: "pending"}}, member.Counts{Invitations: 3}, [2]string{"0", "3"}},
		"people":                       {listPage{Tab: tabCurrent, People: make([]memberRow, 3)}, member.Counts{Members: 2, Invitations: 7}, [2]string{"3", "7"}},
		"people with one role of many": {listPage{Tab: tabCurrent, People: make([]memberRow, 1), Filter: filter{Chosen: "admin"}}, member.Counts{Members: 9}, [2]string{"9", "0"}},
	} {
		p := c.page
		p.count(c.counts)
		if diff := cmp.Diff(c.want, [2]string{p.Members, p.Invited}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOnlyWhatWasChangedIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.as(t, s.Ada)
	ada.post("/"+s.Org.String()+"/settings", url.Values{"name": {"Acme"}, "existing_accounts": {"ask"}, "version": {"1"}}).expect(t, http.StatusSeeOther)
	if c, kept := ada.cookies[changedCookie]; kept {
		t.Errorf("nothing that an index lists has changed, and %q is kept", c.Value)
	}
	// A browser may send anything: it names what to look up, no more.
	for _, value := range []string{"", "..", "org_x", "../../etc", s.Elsewhere.Organization, strings.Repeat("org_00000000000000000000000000.", 200)} {
		ada.cookies[changedCookie] = &http.Cookie{Name: changedCookie, Value: value}
		if got := ada.open("/").texts("li.organization"); len(got) != 1 {
			t.Errorf("%.20q: my organizations are %q", value, got)
		}
	}
}

// led makes the browser believe that a form has led to an address.
func (v *visitor) led(path string) {
	v.t.Helper()
	to, err := url.Parse(path)
	if err != nil {
		v.t.Fatal(err)
	}
	v.cookies[doneCookie] = &http.Cookie{Name: doneCookie, Value: mark(to)}
}

// Anybody can send somebody a link that says that something was done. The page says so only where it was.
func TestALinkSaysNothingOfWhatWasDone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.linked(s.Address("grace"))
	ada, base := s.as(t, s.Ada), "/"+s.Org.String()
	for _, path := range []string{
		base + "/users?done=created", base + "/users?done=joined", base + "/users?tab=invited&done=deleted", base + "/users?tab=invited&done=resent",
		base + "/users?tab=invited&done=invited&invited=2&joined=1", base + "/brands?done=created", base + "/brands?done=joined", base + "/settings?done=saved", "/?done=declined",
	} {
		if page := ada.open(path); page.has("div.notice") {
			t.Errorf("%s: the page says %s", path, page.one(t, "div.notice").text())
		}
		ada.led(path)
		if page := ada.open(path); !page.has("div.notice[role=status]") {
			t.Errorf("%s: the page does not say what a form has done", path)
		}
	}
	// The declined invitation of somebody else, and what the reader has not done themselves.
	in := invitation.DeclineInput{Locator: invitation.Locator{Token: strings.TrimPrefix(i.path, invitation.Path)}, Email: i.Invitee.Email}
	if _, err := s.Decline().Do(t.Context(), testbed.Someone{}.Caller, in); err != nil {
		t.Fatal(err)
	}
	if got := s.anonymous(t).open(i.path+"?done=declined").one(t, "h1").text(); got != "This invitation was declined" {
		t.Errorf("the page says %q", got)
	}

	address := s.about(s.Pending(s.Address("open"))) + "/delete"
	sent := ada.submit(ada.open(address), address, nil)
	if c := ada.cookies[doneCookie]; c == nil || c.MaxAge != 60 || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("kept as %+v", c)
	}
	for range 2 { // and when it is loaded again
		if got := ada.follow(sent).one(t, "div.notice").text(); got != "The invitation is deleted. Its link does not work any more." {
			t.Errorf("the notice says %q", got)
		}
	}
	if page := ada.open(base + "/users?tab=invited&done=resent"); page.has("div.notice") {
		t.Errorf("another address says %s", page.one(t, "div.notice").text())
	}
}
