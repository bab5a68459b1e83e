package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// workspaceForms is who may send which form of a workspace, as forms is for organizations: the people are those of the lab. The manager may do
// everything with people, the viewer only looks; disabled and deleted are the Admin after the workspace was that.
const workspaceForms = `
form                                                                    anonymous stranger viewer manager admin removed disabled deleted

/workspaces/new                                                               401      303    303     303   303     303      303     303
/workspaces/{w}/settings                                                      401      404    403     403   303     404      409     404
/workspaces/{w}/disable                                                       401      404    403     403   303     404      409     404
/workspaces/{w}/enable                                                        401      404    403     403   303     404      303     404
/workspaces/{w}/delete                                                        401      404    403     403   303     404      303     404
/workspaces/{w}/leave                                                         401      404    303     303   409     404      409     404
/workspaces/{w}/invitations/{i}/accept                                        401      404    404     404   404     404      404     404
/workspaces/{w}/invitations/{i}/decline                                       401      404    404     404   404     404      404     404
/workspaces/{w}/roles/new                                                     401      404    403     403   303     404      409     404
/workspaces/{w}/roles/{r}/edit                                                401      404    403     403   303     404      409     404
/workspaces/{w}/roles/{r}/delete                                              401      404    403     403   303     404      409     404
/workspaces/{w}/users/invite                                                  401      404    403     303   303     404      409     404
/workspaces/{w}/users/change                                                  401      404    403     303   303     404      409     404
/workspaces/{w}/users/remove                                                  401      404    403     303   303     404      409     404
/workspaces/{w}/users/{u}/role                                                401      404    403     303   303     404      409     404
/workspaces/{w}/users/{u}/resume-mails                                        401      404    403     303   303     404      409     404
/workspaces/{w}/users/{u}/remove                                              401      404    403     303   303     404      409     404
/workspaces/{w}/users/invitations/clean-up                                    401      404    403     303   303     404      409     404
/workspaces/{w}/users/invitations/{i}/resend                                  401      404    403     303   303     404      409     404
/workspaces/{w}/users/invitations/{i}/delete                                  401      404    403     303   303     404      409     404
`

// TestWorkspaceForms sends each form on behalf of everybody.
func TestWorkspaceForms(t *testing.T) {
	t.Parallel()
	people, wanted := readTable(t, workspaceForms, http.MethodPost, true)
	for _, life := range []string{"", "disabled", whenDeleted} {
		living := people[:len(people)-2]
		if life != "" {
			living = []string{life}
		}
		t.Run("refused "+life, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			visitors, everybody := s.labCast(t)
			sent := map[string]sending{}
			for pattern := range wanted {
				sent[pattern] = s.labSending(t, pattern)
			}
			s.bring(t, life)
			s.Untouched(t, []string{s.Lab().ID, s.Lab().Other.ID}, everybody, func() {
				for pattern, row := range wanted {
					for _, person := range living {
						if row[person] >= http.StatusBadRequest {
							sent[pattern].by(t, visitors[person], person, row[person])
						}
					}
				}
			})
		})
		for pattern, row := range wanted {
			t.Run("granted "+life+pattern, func(t *testing.T) {
				t.Parallel()
				for _, person := range living {
					if row[person] < http.StatusBadRequest {
						s := newSite(t)
						visitors, _ := s.labCast(t)
						f := s.labSending(t, pattern)
						s.bring(t, life)
						f.by(t, visitors[person], person, row[person])
					}
				}
			})
		}
	}
}

// bring disables or deletes the lab.
func (s *site) bring(t *testing.T, life string) {
	t.Helper()
	var err error
	switch life {
	case "disabled":
		_, err = s.DisableWorkspace().Do(t.Context(), s.Lab().Ada.Caller, workspace.SwitchInput{Scope: s.Lab().Scope})
	case whenDeleted:
		_, err = s.DeleteWorkspace().Do(t.Context(), s.Lab().Ada.Caller, workspace.DeleteInput{Scope: s.Lab().Scope, Confirm: "Genomics"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// labCast returns a browser for each column, and all who are somebody.
func (s *site) labCast(t *testing.T) (visitors map[string]*visitor, everybody []testbed.Someone) {
	t.Helper()
	l := s.Lab()
	removed := l.Newcomer(l.Analyst.ID)
	if _, err := s.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: removed.User.ID}); err != nil {
		t.Fatal(err)
	}
	visitors = map[string]*visitor{"anonymous": s.anonymous(t)}
	for name, one := range map[string]testbed.Someone{
		"stranger": l.Eve, "viewer": l.Vic, "manager": l.Mia, "admin": l.Ada, "removed": removed, "disabled": l.Ada, whenDeleted: l.Ada,
	} {
		visitors[name], everybody = s.as(t, one), append(everybody, one)
	}
	return visitors, everybody
}

// invitedToLab is an open invitation to be an Analyst in the lab.
func (s *site) invitedToLab(t *testing.T, who testbed.Someone) invitation.Invitation {
	t.Helper()
	out, err := s.Create().Do(t.Context(), s.Lab().Ada.Caller, invitation.CreateInput{
		Scope: s.Lab().Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: s.Lab().Analyst.ID},
	})
	if err != nil || out.Results[0].Invitation == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	return *out.Results[0].Invitation
}

// labSending returns a form that is granted to whoever may send it, about somebody or something fresh.
func (s *site) labSending(t *testing.T, pattern string) sending {
	t.Helper()
	l, f := s.Lab(), sending{pattern: pattern}
	user, ids := s.Someone("Uma"), []string{"{w}", l.ID}
	switch {
	case strings.Contains(pattern, "{i}"), strings.Contains(pattern, "clean-up"):
		i := s.invitedToLab(t, user)
		if strings.Contains(pattern, "clean-up") {
			s.SetStatus(i.Scope, i.ID, user.User.ID, "declined")
		}
		ids = append(ids, "{i}", i.ID)
	case strings.Contains(pattern, "{r}"):
		ids = append(ids, "{r}", string(s.Role(l.Ada, l.Workspace, "Spare "+s.NewID(), access.Read).ID))
	case strings.Contains(pattern, "/users/") && !strings.HasSuffix(pattern, "/invite"):
		l.Enlist(l.Analyst.ID, user)
	}
	f.path, f.user = strings.NewReplacer(append(ids, "{u}", user.User.ID)...).Replace(pattern), user
	one := user.User.ID + ".1"
	switch pattern[strings.LastIndexByte(pattern, '/'):] {
	case "/new", "/settings", "/edit":
		f.values = url.Values{"step": {stepSave}, "name": {"Proteomics"}, "permissions": {string(access.Read)}}
	case "/delete":
		if !strings.Contains(pattern, "{i}") {
			f.values = url.Values{"step": {stepSave}, "confirm": {"Genomics"}}
		}
	case "/invite":
		f.values = url.Values{"invitees": {user.User.Username}, "role": {string(l.Analyst.ID)}}
	case "/resend":
		f.values = url.Values{"role": {string(l.Analyst.ID)}}
	case "/change":
		f.values = url.Values{"step": {stepSave}, "members": {one}, "to": {one}, "role": {string(l.Viewer.ID)}}
	case "/remove":
		f.values = url.Values{"step": {stepSave}, "members": {one}, "to": {one}}
	case "/role":
		f.values = url.Values{"step": {stepSave}, "role": {string(l.Viewer.ID)}}
	case "/resume-mails":
		s.ComesBack(l.Scope, user.User.Email)
		f.values = url.Values{"stopped_at": {s.Now().Format(time.RFC3339)}}
	}
	return f
}
