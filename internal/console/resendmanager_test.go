package console

import (
	"net/url"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
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
