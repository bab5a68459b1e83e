package console

import (
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// TestAcceptPageSaysWhyNothingIsGranted: the inviter is not blamed for what was deleted; and the Admins read the same in their list.
func TestAcceptPageSaysWhyNothingIsGranted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before           func(s *site, inviter string)
		says, not, admin string
	}{
		"the brand is deleted": {
			func(s *site, _ string) { s.DeleteScope(s.Globex) },
			"All that it offered in Acme was deleted since", "may no longer give", "All that it offers was deleted. Edit it to offer something else.",
		},
		"the inviter has lost the right": {
			func(s *site, inviter string) { s.EraseMember(s.ID, inviter) },
			"Otto may no longer give what it offers in Acme", "deleted", "Whoever sent it may no longer give what it offers. Send it again in your own name.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			otto := s.Someone("Otto")
			s.Promote(s.Ada, s.ID, otto)
			i := s.Invite(otto.Caller, s.ID, s.Address("grace"), s.Brands[0])
			path := "/invitations/accept/" + testbed.Token(i.AcceptURL)
			grace := s.as(t, s.late(i.Invitee.Email))
			page := grace.open(path)
			c.before(s, otto.User.ID)
			refused := grace.submit(page, path, nil).expect(t, http.StatusConflict)
			for _, got := range []answer{refused, grace.open(path)} { // and whenever the link is opened again
				section := got.one(t, "section.accept")
				if section.attr("data-state") != stateInvalid || !strings.Contains(section.text(), c.says) || strings.Contains(section.text(), c.not) {
					t.Errorf("%s says %s", section.attr("data-state"), section.text())
				}
			}
			if got := s.as(t, s.Ada).open("/" + s.Org.String() + "/users?tab=invited"); !strings.Contains(got.one(t, "table").text(), c.admin) {
				t.Errorf("the list says %s", got.one(t, "table").text())
			}
		})
	}
}
