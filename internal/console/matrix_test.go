package console

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// forms is who may send which form: for each address that takes one, what it answers to each kind of person, written down from the rules and
// not from the code. The people are those of the API's matrix: brands are about Globex, and deleted is the Admin after the organization was
// deleted. 303 leads on, so it was done.
const forms = `
form                                                                    anonymous stranger brandless viewer publisher brand-admin other-admin admin removed deleted

/sign-out                                                                     303      303       303    303       303         303         303   303     303     303
/organizations/new                                                            401      303       303    303       303         303         303   303     303     303
/organizations/{o}/brands/new                                                 401      404       403    403       403         403         403   303     404     404
/organizations/{o}/settings                                                   401      404       403    403       403         403         403   303     404     404
/organizations/{o}/settings/connections/new                                   401      404       403    403       403         403         403   303     404     404
/organizations/{o}/settings/connections/{c}                                   401      404       403    403       403         403         403   303     404     404
/organizations/{o}/settings/connections/{c}/remove                            401      404       403    403       403         403         403   303     404     404
/organizations/{o}/delete                                                     401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/invite                                               401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/change                                               401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/remove                                               401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/{u}/role                                             401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/{u}/resume-mails                                     401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/{u}/remove                                           401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/invitations/clean-up                                 401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/invitations/{i}/resend                               401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/invitations/{i}/edit                                 401      404       403    403       403         403         403   303     404     404
/organizations/{o}/users/invitations/{i}/delete                               401      404       403    403       403         403         403   303     404     404
/organizations/{o}/invitations/{i}/accept                                     401      404       404    404       404         404         404   404     404     404
/organizations/{o}/invitations/{i}/decline                                    401      404       404    404       404         404         404   404     404     404
/organizations/{o}/access-requests/{r}                                        401      404       403    403       403         403         403   303     404     404
/organizations/{o}/access-requests/{r}/reject                                 401      404       403    403       403         403         403   303     404     404
/organizations/{o}/access-requests/{r}/withdraw                               401      404       404    404       404         404         404   404     404     404
/organizations/{o}/leave                                                      401      404       303    303       303         303         303   409     404     404

/organizations/{o}/brands/{b}/rename                                          401      404       404    403       403         403         404   303     404     404
/organizations/{o}/brands/{b}/delete                                          401      404       404    403       403         403         404   303     404     404
/organizations/{o}/brands/{b}/users/invite                                    401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/remove                                    401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/{u}/role                                  401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/{u}/remove                                401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/invitations/clean-up                      401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/resend                    401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/edit                      401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/delete                    401      404       404    403       403         303         404   303     404     404
/organizations/{o}/brands/{b}/invitations/{i}/accept                          401      404       404    404       404         404         404   404     404     404
/organizations/{o}/brands/{b}/invitations/{i}/decline                         401      404       404    404       404         404         404   404     404     404
/organizations/{o}/brands/{b}/leave                                           401      404       404    303       303         303         404   409     404     404

/invitations/accept/{token}                                                   401      403       403    403       403         403         403   403     403     410
/invitations/accept/{token}/decline                                           422      403       403    403       403         403         403   403     403     410
/invitations/accept/{token}/request-link                                      401      403       403    403       403         403         403   403     403     410
/join/{o}                                                                     401      303       409    409       409         409         409   409     303     404
`

// whenDeleted is the column of whoever could do it, after all was deleted.
const whenDeleted = "deleted"

// readTable returns the people of a table in the order of the columns, and the status for each address and person. All patterns of the method that
// are about workspaces, or all others, have to be in it.
func readTable(t *testing.T, table, method string, ofWorkspaces bool) (people []string, wanted map[string]map[string]int) {
	t.Helper()
	wanted = map[string]map[string]int{}
	for line := range strings.Lines(table) {
		cells := strings.Fields(line)
		switch {
		case len(cells) == 0:
			continue
		case people == nil:
			people = cells[1:]
			continue
		case len(cells) != len(people)+1 || wanted[cells[0]] != nil:
			t.Fatalf("%q has not one status for each of %d", line, len(people))
		}
		wanted[cells[0]] = map[string]int{}
		for i, person := range people {
			status, err := strconv.Atoi(cells[i+1])
			if err != nil {
				t.Fatal(err)
			}
			wanted[cells[0]][person] = status
		}
	}
	for _, pattern := range Patterns() {
		if path, is := strings.CutPrefix(pattern, method+" "); is && wanted[path] == nil && strings.HasPrefix(path, workspacesPath) == ofWorkspaces {
			t.Errorf("who may %s? It has no row", pattern)
		}
	}
	return people, wanted
}

// TestForms sends each form on behalf of everybody. A refusal changes nothing of the organizations and of the people; what is granted leads on.
func TestForms(t *testing.T) {
	t.Parallel()
	people, wanted := readTable(t, forms, http.MethodPost, false)
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		visitors, everybody := s.cast(t)
		sent := map[string]sending{}
		for pattern := range wanted {
			sent[pattern] = s.sending(t, pattern)
		}
		s.Untouched(t, []string{s.ID, s.Elsewhere.Organization}, everybody, func() {
			for pattern, row := range wanted {
				for _, person := range people {
					if row[person] >= http.StatusBadRequest && person != whenDeleted {
						sent[pattern].by(t, visitors[person], person, row[person])
					}
				}
			}
		})
	})
	t.Run(whenDeleted, func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		visitors, everybody := s.cast(t)
		ada, sent := visitors[whenDeleted], map[string]sending{}
		for pattern := range wanted {
			sent[pattern] = s.sending(t, pattern)
		}
		s.deleteAcme(t)
		s.Untouched(t, []string{s.ID, s.Elsewhere.Organization}, everybody, func() {
			for pattern, row := range wanted {
				if row[whenDeleted] >= http.StatusBadRequest {
					sent[pattern].by(t, ada, whenDeleted, row[whenDeleted])
				}
			}
		})
		sent["/organizations/new"].by(t, ada, whenDeleted, wanted["/organizations/new"][whenDeleted])
		sent["/sign-out"].by(t, ada, whenDeleted, wanted["/sign-out"][whenDeleted])
	})
	for pattern, row := range wanted {
		t.Run("granted "+pattern, func(t *testing.T) {
			t.Parallel()
			var s *site
			for _, person := range people {
				if row[person] < http.StatusBadRequest && person != whenDeleted {
					if s == nil {
						s = newSite(t)
					}
					visitors, _ := s.cast(t)
					s.sending(t, pattern).by(t, visitors[person], person, row[person])
				}
			}
		})
	}
}

func (s *site) deleteAcme(t *testing.T) {
	t.Helper()
	if _, err := s.DeleteOrganization().Do(t.Context(), s.Ada.Caller, organization.DeleteInput{Scope: s.Org, Confirm: "Acme"}); err != nil {
		t.Fatal(err)
	}
}

// cast returns a browser for each column, and all who are somebody.
func (s *site) cast(t *testing.T) (visitors map[string]*visitor, everybody []testbed.Someone) {
	t.Helper()
	brandless, viewer, publisher, brandAdmin := s.Someone("Hal"), s.Someone("Vera"), s.Someone("Pia"), s.Someone("Bea")
	otherAdmin, removed := s.Someone("Otto"), s.Someone("Rex")
	s.Join(s.Ada, s.Brands[0], access.Viewer, brandless, viewer)
	s.Join(s.Ada, s.Brands[0], access.Publisher, publisher)
	s.Join(s.Ada, s.Brands[0], access.Admin, brandAdmin)
	s.Join(s.Ada, s.Brands[1], access.Admin, otherAdmin)
	s.Promote(s.Ada, s.ID, removed)
	for _, in := range []member.RemoveInput{{Scope: s.Globex, User: brandless.User.ID}, {Scope: s.Org, User: removed.User.ID}} {
		if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	}
	visitors = map[string]*visitor{"anonymous": s.anonymous(t)}
	for name, one := range map[string]testbed.Someone{
		"stranger": s.Eve, "brandless": brandless, "viewer": viewer, "publisher": publisher, "brand-admin": brandAdmin, "other-admin": otherAdmin,
		"admin": s.Ada, "removed": removed, whenDeleted: s.Ada,
	} {
		visitors[name], everybody = s.as(t, one), append(everybody, one)
	}
	return visitors, everybody
}

// sending is a form that is sent: to an address of the site, with what it holds.
type sending struct {
	pattern, path string
	values        url.Values
	invitee       string          // address of whom the invitation is to, if it is about one
	user          testbed.Someone // whom it is about else
}

// by sends the form, and checks the answer.
func (f sending) by(t *testing.T, v *visitor, person string, want int) {
	t.Helper()
	values := url.Values{"key": {testbed.RefusedKey}}
	if want < http.StatusBadRequest {
		values.Set("key", v.site.NewID()) // another one in each form
	}
	maps.Copy(values, f.values)
	if strings.HasSuffix(f.pattern, "/role") && want < http.StatusBadRequest { // whoever changes a role sees first what that brings
		values.Set("step", stepCheck)
		if a := v.post(f.path, values); a.status != http.StatusOK || a.has("div.problem") {
			t.Errorf("%s, %s: what it brings: %d: %.300s", f.pattern, person, a.status, a.text())
		}
		values.Set("step", stepSave)
	}
	a := v.post(f.path, values)
	if a.status != want {
		t.Errorf("%s, %s: got %d, want %d: %.300s", f.pattern, person, a.status, want, a.text())
	}
	if want < http.StatusBadRequest {
		f.again(t, v, values, a.header.Get("Location"))
	}
}

// again sends a form that was done once more, as a double click does: it leads where it has led, or is refused, and does nothing.
func (f sending) again(t *testing.T, v *visitor, values url.Values, led string) {
	t.Helper()
	root := v.site.Org
	if strings.HasPrefix(f.path, workspacesPath) {
		root = v.site.Lab().Scope
	}
	log := v.site.Appended(root, func() {
		a := v.post(f.path, values)
		if to := a.header.Get("Location"); a.status >= http.StatusInternalServerError || to != led && a.status < http.StatusBadRequest {
			t.Errorf("%s, sent twice, leads to %d %s, and to %s before", f.pattern, a.status, to, led)
		}
	})
	if len(log) > 0 {
		t.Errorf("%s, sent twice, is done twice: %v", f.pattern, testbed.Types(log))
	}
}

// TestAnswersSentTwice: those whom the tables name are not those who answer invitations, and take requests back.
func TestAnswersSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	answers := 0
	for _, pattern := range Patterns() {
		path, posted := strings.CutPrefix(pattern, http.MethodPost+" ")
		if !posted || !answering.MatchString(path) {
			continue
		}
		answers++
		fill := s.sending
		if strings.HasPrefix(path, workspacesPath) {
			fill = s.labSending
		}
		f := fill(t, path)
		if f.invitee != "" {
			f.user = s.SomeoneWith("Ina", f.invitee)
		}
		f.by(t, s.as(t, f.user), "whoever answers", http.StatusSeeOther)
	}
	if answers != 10 {
		t.Errorf("%d forms answer", answers)
	}
}

var answering = regexp.MustCompile(`/(accept|decline|withdraw|request-link|\{token\})$`)

// sending returns a form that is granted to whoever may send it, about somebody or something fresh. Of a page its path is.
func (s *site) sending(t *testing.T, pattern string) sending {
	t.Helper()
	f := sending{pattern: pattern}
	inBrand := strings.Contains(pattern, "{b}")
	const file = "mark.svg"
	ids := []string{"{$}", "", "{version}", statics()[file].version, "{file}", file, "{o}", s.ID, "{b}", s.Globex.Brand}
	if strings.Contains(pattern, "{i}") || strings.Contains(pattern, "{token}") || strings.Contains(pattern, "clean-up") {
		i := s.Pending(s.Address("open"))
		if inBrand {
			offer := invitation.CreateInput{
				Scope: s.Globex, Invitees: []invitation.Invitee{{Email: s.Address("open")}}, Terms: invitation.Terms{Role: access.Viewer},
			}
			out, err := s.Create().Do(t.Context(), s.Ada.Caller, offer)
			if err != nil {
				t.Fatal(err)
			}
			i = *out.Results[0].Invitation
		}
		if strings.Contains(pattern, "clean-up") || strings.Contains(pattern, "request-link") {
			s.SetStatus(i.Scope, i.ID, strings.ToLower(i.Invitee.Email), "declined")
		}
		f.invitee = i.Invitee.Email
		ids = append(ids, "{i}", i.ID, "{token}", testbed.Token(s.Links.URL(i)))
	}
	user := s.Someone("Uma")
	if strings.Contains(pattern, "/users/") {
		s.Join(s.Ada, s.Brands[0], access.Publisher, user)
	}
	if strings.Contains(pattern, "{r}") {
		ids = append(ids, "{r}", s.Asks(user, s.Brands[0]).ID)
	}
	if strings.Contains(pattern, "{c}") {
		in := organization.UpdateInput{Scope: s.Org, Connections: []organization.ConnectionChange{{ID: s.JoinPage, Name: "Join page", Enabled: true}, {Name: "Portal"}}}
		if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, "{c}", s.JoinPage)
	}
	f.path, f.user = strings.NewReplacer(append(ids, "{u}", user.User.ID)...).Replace(pattern), user
	one := user.User.ID + ".1"
	globex := brandField + s.Globex.Brand
	switch short := pattern[strings.LastIndexByte(pattern, '/'):]; short {
	case "/new":
		f.values = url.Values{"name": {"Umbrella"}, "enabled": {yes}, "version": {"1"}}
	case "/{c}":
		f.values = url.Values{"name": {"Intranet"}, "enabled": {no}}
	case "/settings":
		f.values = url.Values{"name": {"Umbrella"}, "existing_accounts": {"ask"}}
	case "/rename":
		f.values = url.Values{"name": {"Umbrella"}}
	case "/delete":
		f.values = url.Values{"confirm": {map[bool]string{true: "Globex", false: "Acme"}[inBrand]}}
	case "/invite":
		f.values = url.Values{"invitees": {s.Address("new")}, "role": {"member"}, "brands": {s.Globex.Brand}, "brand_role": {"viewer"}}
		if inBrand {
			f.values = url.Values{"invitees": {s.Address("new")}, "role": {"viewer"}}
		}
	case "/change":
		f.values = url.Values{"step": {stepSave}, "members": {one}, "to": {one}, globex: {"viewer"}}
	case "/remove":
		f.values = url.Values{"step": {stepSave}, "members": {one}, "to": {one}}
	case "/role":
		f.values = url.Values{"step": {stepSave}, "role": {"member"}, globex: {"viewer"}}
		if inBrand {
			f.values = url.Values{"step": {stepSave}, "role": {"admin"}}
		}
	case "/resume-mails":
		s.ComesBack(s.Org, user.User.Email)
		f.values = url.Values{"stopped_at": {s.Now().Format(time.RFC3339)}}
	case "/edit":
		f.values = url.Values{"role": {"admin"}, "confirm": {"admin"}}
		if inBrand {
			f.values = url.Values{"role": {"publisher"}}
		}
	case "/{r}":
		f.values = url.Values{"step": {stepSave}, "role": {"member"}, "brands": {s.Globex.Brand}, "brand_role": {"viewer"}}
	}
	if strings.HasPrefix(pattern, joinPath) {
		f.path += "?via=" + s.JoinPage
		f.values = url.Values{"message": {"Let me in"}}
	}
	return f
}
