package console

import (
	"net/http"
	"net/url"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// refuses declines an invitation.
func (s *site) refuses(t *testing.T, who testbed.Someone, i invitation.Invitation) {
	t.Helper()
	in := invitation.DeclineInput{Locator: invitation.Locator{Scope: i.Scope, ID: i.ID}}
	if _, err := s.Decline().Do(t.Context(), who.Caller, in); err != nil {
		t.Fatal(err)
	}
}

// TestResendWithoutADeletedBrand: whoever sends again what offers a deleted brand sees before what is left of it; where nothing is, the page leads to
// where something else is offered, also when the brand goes while they look.
func TestResendWithoutADeletedBrand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	both, one, open := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...), s.Pending(s.Address("one")), s.Pending(s.Address("open"))
	for _, i := range []invitation.Invitation{both, one} {
		s.refuses(t, s.late(i.Invitee.Email), i)
	}
	ada := s.as(t, s.Ada)
	before := ada.open(s.about(open) + "/resend")
	if ada.open(s.about(both) + "/resend").has("#since") {
		t.Error("nothing is deleted yet")
	}
	s.DeleteScope(s.Globex)

	path := s.about(both) + "/resend"
	page := ada.open(path)
	page.says(t, "Publisher on Globex and Initech Globex was deleted since What is left Publisher on Initech")
	ada.follow(ada.submit(page, path, nil)).says(t, both.Invitee.Email+" gets a new link to Publisher on Initech")

	nothing := func(page answer, i invitation.Invitation) {
		t.Helper()
		page.says(t, "It cannot be sent again: all that it offers was deleted. Edit it to offer something else.")
		if page.has("form[action=" + s.about(i) + "/resend]") {
			t.Error("it can be sent")
		}
		if got := page.one(t, "a[href="+s.about(i)+"/edit]").text(); got != "Edit" {
			t.Errorf("the way on is %q", got)
		}
	}
	s.Unchanged(t, s.ID, func() {
		nothing(ada.open(s.about(one)+"/resend"), one)
		nothing(ada.submit(before, s.about(open)+"/resend", nil).expect(t, http.StatusUnprocessableEntity), open)
	})
	edit := ada.open(s.about(one)+"/edit").says(t, "Globex was deleted since")
	ada.follow(ada.submit(edit, s.about(one)+"/edit", url.Values{"brands": {s.Initech.Brand}})).says(t, "Publisher on Initech")
}

// TestResendWithoutADeletedRole: the list and the dialog say that the role of an answered invitation was deleted, and what took its place; no other is
// chosen without that.
func TestResendWithoutADeletedRole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		instead bool
		said    string
	}{"nothing instead": {false, "Role deleted"}, "another one": {true, "Role deleted, Viewer took its place"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			l, grace := s.Lab(), s.Someone("Grace")
			i := s.offersTo(t, l.Ada, grace, s.Role(l.Ada, l.Workspace, "Temp", "view_billing").ID, "")
			s.refuses(t, grace, i.Invitation)
			next := access.Role("")
			if c.instead {
				next = l.Viewer.ID
			}
			if _, err := s.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: i.Role, ReassignTo: next}); err != nil {
				t.Fatal(err)
			}
			ada, users := s.as(t, l.Ada), scopePath(l.Scope)+"/users"
			list := ada.open(users+"?tab="+tabInvited).says(t, "Temp "+c.said)
			if list.has("a[href=" + scopePath(l.Scope) + "/roles/" + string(i.Role) + "]") {
				t.Error("the list leads to a role that is not there")
			}
			path := users + "/invitations/" + i.ID + "/resend"
			page := ada.open(path)
			if got := page.one(t, "#since").text(); got != c.said {
				t.Errorf("the dialog says %q", got)
			}
			if c.instead {
				if got := page.one(t, "input[checked]").attr("value"); got != string(next) {
					t.Errorf("chosen is %s", got)
				}
				ada.follow(ada.submit(page, path, nil)).says(t, "Viewer in Genomics")
				return
			}
			if page.has("input[checked]") {
				t.Errorf("chosen is %s", page.one(t, "input[checked]").attr("value"))
			}
			page.says(t, "The role that it offers was deleted. Choose another one.")
			refused := ada.submit(page, path, nil).expect(t, http.StatusUnprocessableEntity)
			refused.one(t, "p#role-error")
			ada.follow(ada.submit(refused, path, url.Values{"role": {string(l.Viewer.ID)}})).says(t, "Viewer in Genomics")
		})
	}
}
