package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/oidc"
	"prism-access/internal/account"
	"prism-access/internal/testbed"
)

// TestSignInAfterAMove: whoever signs in with another address and name is moved by that, guards included.
func TestSignInAfterAMove(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	issuer, at := s.withIssuer(t)
	person := s.signUp(t, issuer, s.Address("grace"))
	for range 2 {
		grace := s.anonymous(t)
		grace.header.Del("Sec-Fetch-Site") // as when the address is opened from elsewhere
		authorize := grace.get("/sign-in?next=/").expect(t, http.StatusSeeOther).header.Get("Location")
		grace.get(click(t, authorize, person).RequestURI()).expect(t, http.StatusSeeOther)
		me, err := s.Me().Do(t.Context(), testbed.Caller(account.UserID(at, person.Subject)), account.MeInput{})
		if err != nil || me.Email != person.Email || me.Name != person.Name {
			t.Errorf("got %+v and %v, want %+v", me, err, person)
		}
		person.Email, person.Name = s.Address("hopper"), "Grace Brewster"
		issuer.Restore([]oidc.Person{person})
	}
}

// TestANewLinkToAWorkspaceIsAskedFor: as that of an organization is.
func TestANewLinkToAWorkspaceIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	kim := s.Someone("Kim")
	i := s.invitedToLab(t, kim)
	s.Advance(8 * 24 * time.Hour)
	asks, path := s.as(t, kim), "/invitations/accept/"+testbed.Token(s.Links.URL(i))
	log := s.Appended(s.Lab().Scope, func() { asks.follow(asks.submit(asks.open(path), path+"/request-link", nil)) })
	if types := testbed.Types(log); len(types) != 1 || types[0] != "InvitationLinkRequested" {
		t.Errorf("logged %v", types)
	}
}

// TestInviteNobody: a username that nobody has is no member and no invitation, and one more that was asked about.
func TestInviteNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	ada, form := s.as(t, l.Ada), scopePath(l.Scope)+"/users/invite"
	typed := url.Values{"invitees": {"nobody-at-all"}, "role": {string(l.Viewer.ID)}, "step": {"send"}}
	s.Unchanged(t, l.ID, func() { ada.submit(ada.open(form), form, typed).expect(t, http.StatusUnprocessableEntity) })
}

// TestScopesThatCannotBe: an id that nothing can have is as unknown as any other.
func TestScopesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, long := s.as(t, s.Ada), strings.Repeat("x", 3000)
	for _, scope := range []string{
		"/" + s.Org.String() + "/brands/x%23y", "/" + s.Org.String() + "/brands/" + long, "/organizations/" + long + "/brands/" + s.Globex.Brand, "/organizations/" + long,
		"/workspaces/" + long,
	} {
		for _, page := range []string{"/users", "/users?q=x", "/users?tab=invited", "/users/invitations/clean-up", "/audit-log", "/audit-log?actor=" + s.Ada.User.ID} {
			ada.get(scope+page).expect(t, http.StatusNotFound)
		}
		ada.post(scope+"/users/invitations/clean-up", nil).expect(t, http.StatusNotFound)
	}
}
