package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/invitation"
)

// pageTable is who sees which page: for each address that can be opened, what it answers to each kind of person, written down from the rules and
// not from the code. The people are those of the forms. {me} is the one who looks; an address with a question mark is another view of its page.
//
// Whoever is not signed in is asked to (303), but for what is open to everybody. What one may not read is not there (404). What is about other
// people, or has a form alone, is for those who manage that (403); what is about the place itself says to everybody in it what they may not do
// (200). Only the invitee is asked whether to decline: others are led to their own invitations, or to the link's page (303).
const pageTable = `
page                                                                    anonymous stranger brandless viewer publisher brand-admin other-admin admin removed deleted

/{$}                                                                          303      200       200    200       200         200         200   200     200     200
/sign-in                                                                      200      303       303    303       303         303         303   303     303     303
/sign-in/callback                                                             400      400       400    400       400         400         400   400     400     400
/docs                                                                         200      200       200    200       200         200         200   200     200     200
/openapi.yaml                                                                 200      200       200    200       200         200         200   200     200     200
/favicon.ico                                                                  302      302       302    302       302         302         302   302     302     302
/static/{version}/{file}                                                      200      200       200    200       200         200         200   200     200     200
/organizations/new                                                            303      200       200    200       200         200         200   200     200     200

/organizations/{o}                                                            303      404       303    303       303         303         303   303     404     404
/organizations/{o}/brands                                                     303      404       200    200       200         200         200   200     404     404
/organizations/{o}/brands/new                                                 303      404       403    403       403         403         403   200     404     404
/organizations/{o}/settings                                                   303      404       200    200       200         200         200   200     404     404
/organizations/{o}/settings/connections/new                                   303      404       403    403       403         403         403   200     404     404
/organizations/{o}/settings/connections/{c}                                   303      404       403    403       403         403         403   200     404     404
/organizations/{o}/settings/connections/{c}/remove                            303      404       403    403       403         403         403   200     404     404
/organizations/{o}/delete                                                     303      404       200    200       200         200         200   200     404     404
/organizations/{o}/users                                                      303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users?tab=invited                                          303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users?tab=requests                                         303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/export                                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invite                                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/change                                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/remove                                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/{me}                                                 303      404       200    200       200         200         200   200     404     404
/organizations/{o}/users/{u}                                                  303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/{u}/role                                             303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/{u}/remove                                           303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invitations/clean-up                                 303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invitations/{i}/resend                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invitations/{i}/edit                                 303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invitations/{i}/delete                               303      404       403    403       403         403         403   200     404     404
/organizations/{o}/users/invitations/{i}/link                                 303      404       403    403       403         403         403   200     404     404
/organizations/{o}/invitations/{i}/accept                                     303      303       303    303       303         303         303   303     303     303
/organizations/{o}/invitations/{i}/decline                                    303      303       303    303       303         303         303   303     303     303
/organizations/{o}/access-requests                                            303      303       303    303       303         303         303   303     303     303
/organizations/{o}/access-requests/{r}                                        303      404       403    403       403         403         403   200     404     404
/organizations/{o}/access-requests/{r}/reject                                 303      404       403    403       403         403         403   200     404     404
/organizations/{o}/access-requests/{r}/withdraw                               303      404       404    404       404         404         404   404     404     404
/organizations/{o}/audit-log                                                  303      404       403    403       403         403         403   200     404     404
/organizations/{o}/audit-log/export                                           303      404       403    403       403         403         403   200     404     404
/organizations/{o}/leave                                                      303      404       200    200       200         200         200   200     404     404

/organizations/{o}/brands/{b}/rename                                          303      404       404    200       200         200         404   200     404     404
/organizations/{o}/brands/{b}/delete                                          303      404       404    200       200         200         404   200     404     404
/organizations/{o}/brands/{b}/users                                           303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users?tab=invited                               303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/export                                    303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invite                                    303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/remove                                    303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/{me}                                      303      404       404    200       200         200         404   200     404     404
/organizations/{o}/brands/{b}/users/{u}                                       303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/{u}/role                                  303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/{u}/remove                                303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invitations/clean-up                      303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/resend                    303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/edit                      303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/delete                    303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/users/invitations/{i}/link                      303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/invitations/{i}/accept                          303      303       303    303       303         303         303   303     303     303
/organizations/{o}/brands/{b}/invitations/{i}/decline                         303      303       303    303       303         303         303   303     303     303
/organizations/{o}/brands/{b}/audit-log                                       303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/audit-log/export                                303      404       404    403       403         200         404   200     404     404
/organizations/{o}/brands/{b}/leave                                           303      404       404    200       200         200         404   200     404     404

/invitations/accept/{token}                                                   200      200       200    200       200         200         200   200     200     410
/invitations/accept/{token}/decline                                           303      303       303    303       303         303         303   303     303     303
/join/{o}                                                                     200      200       200    200       200         200         200   200     200     404
`

// workspacePageTable is who sees which page of workspaces. Whose role allows to read one sees its roles and settings; a disabled one can be read, and
// everything else in it is refused (409) or said to be.
const workspacePageTable = `
page                                                                    anonymous stranger viewer manager admin removed disabled deleted

/workspaces                                                                   303      200    200     200   200     200      200     200
/workspaces/new                                                               303      200    200     200   200     200      200     200
/workspaces/invitations                                                       303      200    200     200   200     200      200     200
/workspaces/badge                                                             204      200    200     200   200     200      200     200
/workspaces/{w}                                                               303      404    200     200   200     404      200     404
/workspaces/{w}/settings                                                      303      404    200     200   200     404      200     404
/workspaces/{w}/disable                                                       303      404    200     200   200     404      200     404
/workspaces/{w}/enable                                                        303      404    200     200   200     404      200     404
/workspaces/{w}/delete                                                        303      404    200     200   200     404      200     404
/workspaces/{w}/leave                                                         303      404    200     200   200     404      200     404
/workspaces/{w}/invitations/{i}/accept                                        303      303    303     303   303     303      303     303
/workspaces/{w}/invitations/{i}/decline                                       303      303    303     303   303     303      303     303
/workspaces/{w}/roles                                                         303      404    200     200   200     404      200     404
/workspaces/{w}/roles/new                                                     303      404    200     200   200     404      200     404
/workspaces/{w}/roles/{r}                                                     303      404    200     200   200     404      200     404
/workspaces/{w}/roles/{r}/edit                                                303      404    200     200   200     404      200     404
/workspaces/{w}/roles/{r}/delete                                              303      404    200     200   200     404      200     404
/workspaces/{w}/users                                                         303      404    403     200   200     404      409     404
/workspaces/{w}/users?tab=invited                                             303      404    403     200   200     404      409     404
/workspaces/{w}/users/export                                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/invite                                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/find                                                    303      404    403     200   200     404      409     404
/workspaces/{w}/users/find?username=nobody                                    303      404    403     200   200     404      409     404
/workspaces/{w}/users/change                                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/remove                                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/{me}                                                    303      404    200     200   200     404      200     404
/workspaces/{w}/users/{u}                                                     303      404    403     200   200     404      409     404
/workspaces/{w}/users/{u}/role                                                303      404    403     200   200     404      409     404
/workspaces/{w}/users/{u}/remove                                              303      404    403     200   200     404      409     404
/workspaces/{w}/users/invitations/clean-up                                    303      404    403     200   200     404      409     404
/workspaces/{w}/users/invitations/{i}/resend                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/invitations/{i}/delete                                  303      404    403     200   200     404      409     404
/workspaces/{w}/users/invitations/{i}/link                                    303      404    403     200   200     404      409     404
/workspaces/{w}/audit-log                                                     303      404    403     403   200     404      409     404
/workspaces/{w}/audit-log/export                                              303      404    403     403   200     404      409     404
`

// TestPages opens each page of organizations on behalf of everybody.
func TestPages(t *testing.T) {
	t.Parallel()
	people, wanted := readTable(t, pageTable, http.MethodGet, false)
	for _, life := range []string{"", whenDeleted} {
		t.Run(cmp.Or(life, "there"), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			visitors, everybody := s.cast(t)
			paths := map[string]string{}
			for address := range wanted {
				paths[address] = s.sending(t, address).path
			}
			living := people[:len(people)-1]
			if life == whenDeleted {
				s.deleteAcme(t)
				living = []string{whenDeleted}
			}
			s.Untouched(t, []string{s.ID, s.Elsewhere.Organization}, everybody, func() { s.openAll(t, paths, wanted, living, visitors) })
		})
	}
}

// pages returns an address of each page of organizations, as Ada would open it.
func (s *site) pages(t *testing.T) []string {
	t.Helper()
	_, wanted := readTable(t, pageTable, http.MethodGet, false)
	var paths []string
	for address := range wanted {
		paths = append(paths, strings.ReplaceAll(s.sending(t, address).path, "{me}", s.Ada.User.ID))
	}
	return paths
}

// TestWorkspacePages opens each page of workspaces on behalf of everybody.
func TestWorkspacePages(t *testing.T) {
	t.Parallel()
	people, wanted := readTable(t, workspacePageTable, http.MethodGet, true)
	for _, life := range []string{"", "disabled", whenDeleted} {
		t.Run(cmp.Or(life, "there"), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			visitors, everybody := s.labCast(t)
			paths := map[string]string{}
			for address := range wanted {
				paths[address] = s.labSending(t, address).path
			}
			living := people[:len(people)-2]
			if life != "" {
				s.bring(t, life)
				living = []string{life}
			}
			s.Untouched(t, []string{s.Lab().ID, s.Lab().Other.ID}, everybody, func() { s.openAll(t, paths, wanted, living, visitors) })
		})
	}
}

// openAll opens the pages of a table on behalf of people, and checks the answers.
func (s *site) openAll(t *testing.T, paths map[string]string, wanted map[string]map[string]int, people []string, visitors map[string]*visitor) {
	t.Helper()
	for address, row := range wanted {
		for _, person := range people {
			v := visitors[person]
			path := strings.ReplaceAll(paths[address], "{me}", cmp.Or(v.user, s.Ada.User.ID))
			a, to := v.get(path), ""
			if a.status != row[person] {
				t.Errorf("%s, %s: got %d, want %d: %.300s", address, person, a.status, row[person], a.text())
			}
			if a.status == http.StatusSeeOther {
				to = a.header.Get("Location")
			}
			if signIn := strings.HasPrefix(to, "/sign-in"); signIn != (to != "" && v.user == "" && !strings.HasPrefix(path, invitation.Path)) {
				t.Errorf("%s, %s: leads to %s", address, person, to)
			} else if want := "/sign-in?next=" + url.QueryEscape(path); signIn && path != "/" && to != want {
				t.Errorf("%s: comes back by %s, want %s", address, to, want)
			}
			refused := slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict}, a.status)
			if refused && !strings.HasPrefix(path, joinPath) && !a.has("section#failure") { // which says it itself
				t.Errorf("%s, %s: the page does not say what happened", address, person)
			}
			if a.status == http.StatusForbidden && !strings.Contains(a.text(), "It needs the right to ") {
				t.Errorf("%s, %s: the page does not name the permission: %.300s", address, person, a.text())
			}
			if person != "admin" { // a scanner's question is the same whoever asks it
				continue
			}
			if head := v.send(http.MethodHead, path, nil); head.status != a.status {
				t.Errorf("%s: the head answers %d, the page %d", address, head.status, a.status)
			}
		}
	}
}
