package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
)

// TestManagersResendAsItIs: whoever manages invitations and does not invite sends one again with its own role, and reads what another one takes. Of one
// that offers more than they hold, the list and its page say what is missing.
func TestManagersResendAsItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	mel := s.Someone("Mel")
	l.Enlist(s.Role(l.Ada, l.Workspace, "Managing", access.ManageInvitations, "run_computation", "view_assets").ID, mel)
	i, visitor := s.invitedToLab(t, s.Someone("Kim")), s.as(t, mel)
	users := scopePath(l.Scope) + "/users"
	at := users + "/invitations/" + i.ID + "/resend"
	form := visitor.open(at)
	if got := form.all("input[type=radio]"); len(got) != 1 || got[0].attr("value") != string(l.Analyst.ID) {
		t.Errorf("%d roles to choose from", len(got))
	}
	if got := form.one(t, "#others").text(); got != "To offer another role needs the right to send invitations." {
		t.Errorf("another role: %q", got)
	}
	if form.has("#notify") {
		t.Error("the link, which Mel does not get, is to be passed on")
	}
	list := visitor.follow(visitor.submit(form, at, nil))
	if tr := rowIn(t, list, "Kim"); !strings.Contains(tr.text(), "Mel") || !strings.Contains(tr.text(), "Analyst Pending") {
		t.Errorf("afterwards: %s", tr.text())
	}
	s.Advance(invitation.ResendInterval)
	form = visitor.open(at)
	refused := visitor.submit(form, at, url.Values{"role": {string(l.Viewer.ID)}}).expect(t, 403).text()
	if !strings.Contains(refused, "It needs the right to send invitations.") {
		t.Errorf("another role, by hand: %s", refused)
	}

	out, err := s.Create().Do(t.Context(), l.Ada.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: s.Someone("Zoe").User.Username}}, Terms: invitation.Terms{Role: l.Manager.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	missing := "This role holds permissions that you do not. It needs the right to give roles, the right to remove members, the right to send invitations " +
		"and the right to see who has which role."
	if tr := rowIn(t, visitor.open(users+"?tab=invited"), "Zoe"); !strings.Contains(tr.text(), "Cannot be resent: "+missing) {
		t.Errorf("the list says %s", tr.text())
	}
	above := visitor.open(users + "/invitations/" + out.Results[0].Invitation.ID + "/resend").text()
	if !strings.Contains(above, "It cannot be sent again: "+missing) {
		t.Errorf("its page says %s", above)
	}
}

// TestInvitersResendWithWhatTheyMayGive: whoever invites and does not hold what an invitation offers chooses what they may give; nothing is chosen for
// them. So it is where the role was deleted.
func TestInvitersResendWithWhatTheyMayGive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	mel := s.Someone("Mel")
	own := s.Role(l.Ada, l.Workspace, "Inviting", access.ManageInvitations, access.SendInvitations)
	l.Enlist(own.ID, mel)
	i, visitor := s.invitedToLab(t, s.Someone("Kim")), s.as(t, mel)
	at := scopePath(l.Scope) + "/users/invitations/" + i.ID + "/resend"
	chooses := func(why string, roles ...string) answer {
		t.Helper()
		form := visitor.open(at)
		if got := form.one(t, "#instead").text(); got != why {
			t.Errorf("it says %q, want %q", got, why)
		}
		var offered []string
		for _, choice := range form.all("input[type=radio]") {
			offered = append(offered, choice.attr("value"))
			if choice.carries("checked") {
				t.Errorf("%s is chosen", choice.attr("value"))
			}
		}
		if !slices.Equal(offered, roles) {
			t.Errorf("offered are %q, want %q", offered, roles)
		}
		return form
	}
	list := rowIn(t, visitor.open(scopePath(l.Scope)+"/users?tab=invited"), "Kim")
	if !list.has("a[href=" + at + "]") {
		t.Errorf("the list does not lead there: %s", list.text())
	}
	form := chooses("You may not give Analyst, which it offers. Choose another role.", string(own.ID))
	unchosen := visitor.submit(form, at, nil).expect(t, http.StatusUnprocessableEntity)
	if got := unchosen.one(t, "p#role-error").text(); got != "Choose a role." {
		t.Errorf("without a role it says %q", got)
	}
	visitor.follow(visitor.submit(unchosen, at, url.Values{"role": {string(own.ID)}}).expect(t, http.StatusSeeOther))
	if page := visitor.open(at); page.has("#instead") {
		t.Errorf("what it offers then can be given: %s", page.text())
	}

	zoe, gone := s.Someone("Zoe"), s.Role(l.Ada, l.Workspace, "Gone", access.Read)
	declined := s.offersTo(t, l.Ada, zoe, gone.ID, "")
	if _, err := s.Decline().Do(t.Context(), zoe.Caller, invitation.DeclineInput{Locator: invitation.Locator{Scope: l.Scope, ID: declined.ID}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone.ID}); err != nil {
		t.Fatal(err)
	}
	at = strings.Replace(at, i.ID, declined.ID, 1)
	chooses("The role that it offers was deleted. Choose another one.", string(own.ID))
}
