package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/role"
)

// Whoever takes rights from several people at once by their role is told what becomes of open invitations: of those they have sent, and of those that
// offer the role.
func TestInvitationsDieWithARole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.Lab()
	ada := s.as(t, l.Ada)
	s.offersTo(t, l.Ada, s.Someone("Grace"), l.Analyst.ID, "")
	spare := s.Role(l.Ada, l.Workspace, "Spare", l.Manager.Permissions...)
	const later = " cannot be accepted until somebody else sends them again."
	const gained = " cannot be accepted any more, until it is sent again by somebody who does."
	for _, c := range []struct {
		what  string
		of    role.Role
		page  string
		typed url.Values
		want  []string
	}{
		{"without inviting", l.Manager, "edit", url.Values{"permissions": {"run_computation", "view_assets"}}, []string{"Open invitations from members with Manager" + later}},
		{"with less to offer", l.Manager, "edit", url.Values{"permissions": {"send_invitations", "manage_invitations"}}, []string{"Open invitations from members with Manager that offer more than that" + later}},
		{"which managed alone", l.Manager, "edit", url.Values{"permissions": {"manage_invitations"}}, []string{"Open invitations from members with Manager that offer more than that, or were never sent again," + later}},
		{"who could not invite", l.Viewer, "edit", url.Values{"permissions": {"view_assets"}}, nil},
		{"which nobody is offered", l.Viewer, "edit", url.Values{"permissions": {"view_assets", "view_billing"}}, nil},
		{"whom nobody is", spare, "edit", url.Values{"permissions": {"view_assets"}}, nil},
		{"which is offered", l.Analyst, "edit", url.Values{"permissions": {"run_computation", "view_assets", "view_billing"}}, []string{"An invitation from somebody who does not hold what the role gains" + gained}},
		{"another that does not invite", l.Manager, "delete", url.Values{"reassign_to": {string(l.Analyst.ID)}}, []string{"Open invitations from members with Manager" + later}},
		{"another that allows as much", l.Manager, "delete", url.Values{"reassign_to": {string(spare.ID)}}, nil},
		{"a greater one", l.Analyst, "delete", url.Values{"reassign_to": {string(l.Manager.ID)}}, []string{"An invitation from somebody who does not hold what Manager allows" + gained}},
	} {
		at := rolePath(l.Scope, c.of.ID) + "/" + c.page
		c.typed.Set("step", stepCheck)
		review := ada.submit(ada.open(at), at, c.typed).expect(t, http.StatusOK)
		got := slices.DeleteFunc(review.one(t, "div.effect").texts("p"), func(one string) bool {
			return !strings.HasPrefix(one, "Open invitations") && !strings.HasPrefix(one, "An invitation")
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: it says %q, want %q", c.what, got, c.want)
		}
	}
}

// So is whoever changes or removes several.
func TestInvitationsDieWithSeveral(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l, otto := s.Lab(), s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	const later = " cannot be accepted until somebody else sends them again."
	sender := s.Role(l.Ada, l.Workspace, "Sender", access.SendInvitations)
	sue := s.Someone("Sue")
	l.Enlist(s.Role(l.Ada, l.Workspace, "Both", access.SendInvitations, "view_assets").ID, sue)
	s.Index(l.ID)
	s.Index(s.ID)
	lab, acme, globex := scopePath(l.Scope)+"/users", scopePath(s.Org)+"/users", s.Brands[0].ID
	for _, c := range []struct {
		what, list, page string
		names            []string
		typed            url.Values
		want             []string
	}{
		{"of whom one invites", lab, "change", []string{"Mia", "Ann"}, url.Values{"role": {string(l.Viewer.ID)}}, []string{"Open invitations from Mia" + later}},
		{"who all did", lab, "change", []string{"Mia", "Sue"}, url.Values{"role": {string(l.Viewer.ID)}}, []string{"Open invitations from them" + later}},
		{"who still invite", lab, "change", []string{"Mia", "Sue"}, url.Values{"role": {string(sender.ID)}}, []string{"Open invitations from them that offer more than that" + later}},
		{"who did not", lab, "change", []string{"Ann"}, url.Values{"role": {string(l.Viewer.ID)}}, nil},
		{"who go", lab, "remove", []string{"Mia", "Ann"}, nil, []string{"Open invitations from them" + later}},
		{"of whom one was Admin, one of a brand", acme, "change", []string{"Otto", "Bob", "Dan"}, url.Values{brandField + globex: {"publisher"}}, []string{"Open invitations from Otto" + later, "Open invitations from Bob to Globex" + later}},
		{"who stays Admin of a brand", acme, "change", []string{"Otto"}, url.Values{brandField + globex: {"admin"}}, []string{"Open invitations from Otto that offer more than that" + later}},
		{"who go from Acme", acme, "remove", []string{"Otto"}, nil, []string{"Open invitations from Otto" + later}},
	} {
		ada := s.as(t, s.Ada)
		if c.list == lab {
			ada = s.as(t, l.Ada)
		}
		page := ada.post(c.list+"/"+c.page, selecting(t, ada.open(c.list), c.names...)).expect(t, http.StatusOK)
		if c.typed != nil {
			c.typed.Set("step", stepCheck)
			page = ada.submit(page, c.list+"/"+c.page, c.typed).expect(t, http.StatusOK)
		}
		if got := page.texts("p.dead"); !slices.Equal(got, c.want) {
			t.Errorf("%s: it says %q, want %q", c.what, got, c.want)
		}
	}
	one := s.as(t, s.Ada).open(of(s.Globex, s.Bob) + "/role?role=viewer")
	if got := one.one(t, "div.effect").texts("p"); !slices.Contains(got, "Open invitations from Bob to Globex"+later) {
		t.Errorf("of the Admin of a brand alone it says %q", got)
	}
}
