package stack

import (
	"errors"
	"net/http"
	"strings"

	"prism-access/internal/access"
)

// lab is the demo workspace while it comes in.
type lab struct {
	*demo
	admin, path string
	roles       map[string]string // the ids of its roles, by template
	invited     map[string]string // the invitations, by username
}

// research creates the workspace with its roles, and invites the first people.
func (d *demo) research(admin string) *lab {
	l := &lab{demo: d, admin: admin, roles: map[string]string{}, invited: map[string]string{}}
	l.path = "/v1/workspaces/" + id(d.post(admin, "/v1/workspaces", object{"name": DemoWorkspace}))
	for _, key := range []string{"data_analyst", "ml_engineer", "auditor"} {
		template, _ := access.TemplateOf(key)
		l.role(key, template.Name, template.Description, template.Permissions...)
	}
	manager, _ := access.TemplateOf("computation_manager")
	l.role("lead", "Research Lead", "Runs the computations, and brings people in.", append(manager.Permissions,
		"upload_assets", access.ViewRoleUsers, access.SendInvitations, access.ManageInvitations)...)
	l.invites(admin, katherine, "data_analyst")
	l.invites(admin, radia, "lead")
	l.invites(admin, hedy, "ml_engineer")
	l.invites(admin, mary, "auditor") // has expired by now
	return l
}

func (l *lab) role(key, name, description string, permissions ...access.Permission) {
	l.roles[key] = id(l.post(l.admin, l.path+"/roles", object{"name": name, "description": description, "permissions": permissions}))
}

func (l *lab) invites(token string, who DemoPerson, role string) {
	l.invited[who.Username] = l.invite(token, l.path, object{"invitees": []object{{"username": who.Username}}, "role": l.roles[role]})
}

func (l *lab) answer(who DemoPerson, answer string) {
	l.post(l.token(who), l.path+"/invitations/"+l.invited[who.Username]+"/"+answer, object{})
}

// answered is the next day.
func (l *lab) answered() {
	l.answer(katherine, "accept")
	l.answer(radia, "accept")
	l.answer(hedy, "decline")
}

// overreach leaves an invitation that is not valid any more: whoever sent it may not give what it offers.
func (l *lab) overreach() {
	l.invites(l.token(radia), annie, "data_analyst")
	known, _ := l.stack.Issuer.Person(radia.Email)
	l.do(l.admin, http.MethodPatch, l.path+"/members/"+l.stack.userID(known.Subject), object{"role": l.roles["auditor"], "reason": "Looks after the books now"})
	if l.err != nil {
		return
	}
	_, err := l.call(l.token(annie), http.MethodPost, l.path+"/invitations/"+l.invited[annie.Username]+"/accept", object{})
	if l.err == nil {
		l.err = notValid(err)
	}
}

// notValid returns nil for the error of an accept that was refused as invalid_grant, else what happened instead.
func notValid(err error) error {
	switch {
	case err == nil:
		return errors.New("an invitation was accepted that may not be given any more")
	case !strings.Contains(err.Error(), `"invalid_grant"`):
		return err
	}
	return nil
}

// open leaves invitations that wait for an answer, one of them to a workspace where nobody can work at the moment.
func (l *lab) open() {
	l.invites(l.admin, alan, "ml_engineer")
	l.invites(l.admin, barbara, "data_analyst")
	archive := "/v1/workspaces/" + id(l.post(l.admin, "/v1/workspaces", object{"name": "Northwind Archive"}))
	l.invite(l.admin, archive, object{"invitees": []object{{"username": barbara.Username}}, "role": access.Admin})
	l.post(l.admin, archive+"/disable", object{"reason": "Moves to another building"})
}
