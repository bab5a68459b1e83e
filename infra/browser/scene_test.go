package browser

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// scene is an organization with a brand that one test has for itself.
type scene struct {
	t        *testing.T
	n        int64 // tells its people from those of other scenes
	ada      account
	api      client // Ada's
	id       string
	path     string // of the organization: /organizations/org_1
	place    string // its name
	brand    string // id of Globex
	globex   string // its path: /organizations/org_1/brands/brd_1
	join     string // where one asks for access
	platform string // id of the connection that this is
}

var scenes atomic.Int64

func newScene(t *testing.T) *scene {
	t.Helper()
	s := newOrganization(t)
	s.brand = s.makes("Globex")
	s.globex = s.path + "/brands/" + s.brand
	return s
}

// newOrganization is a scene without a brand.
func newOrganization(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, n: scenes.Add(1)}
	s.ada, s.api, _ = s.account("Ada")
	s.place = fmt.Sprintf("Acme %d", s.n)
	created := s.api.post(http.StatusCreated, "/organizations", object{"name": s.place})
	s.id, s.join, s.platform = created.text("id"), created.text("connections/0/url"), created.text("connections/0/id")
	s.path = "/organizations/" + s.id
	s.join = strings.TrimPrefix(s.join, here.base)
	return s
}

// makes makes a brand and returns its id.
func (s *scene) makes(brand string) string {
	s.t.Helper()
	return s.api.post(http.StatusCreated, s.path+"/brands", object{"name": brand}).text("id")
}

// address is that of somebody whom only this scene has.
func (s *scene) address(name string) string {
	return fmt.Sprintf("%s@scene%d.example.com", strings.ToLower(strings.ReplaceAll(name, " ", ".")), s.n)
}

// account makes an account that only this scene has, and returns a client of it and its id.
func (s *scene) account(name string) (account, client, string) {
	s.t.Helper()
	who := account{name, s.address(name)}
	api, id := as(s.t, who.email, who.name)
	return who, api, id
}

// joins has somebody in the organization as Admin, or with a role on Globex.
func (s *scene) joins(name, role string) (who account, id string) {
	s.t.Helper()
	who, _, id = s.account(name)
	s.invites(s.path, who.email, role)
	return who, id
}

// brandAdmin is a Member of the organization who is Admin of Globex.
const brandAdmin = "admin of a brand"

// invites invites an address to the organization or to Globex and returns the invitation, if there is one now, and its link's path.
func (s *scene) invites(to, email, role string) (id, link string) {
	s.t.Helper()
	offer := object{"invitees": []object{{"email": email}}, "role": role, "notify": false}
	switch {
	case to != s.path:
	case role == "admin":
		offer["confirm"] = "admin"
	case role == brandAdmin:
		offer["role"], offer["brands"], offer["brand_role"] = "member", []string{s.brand}, "admin"
	default:
		offer["role"], offer["brands"], offer["brand_role"] = "member", []string{s.brand}, role
	}
	made := s.api.post(http.StatusCreated, to+"/invitations", offer)
	return made.text("results/0/invitation/id"), strings.TrimPrefix(made.text("results/0/invitation/accept_url"), here.base)
}

// asks makes an account that asks for access to Globex, and returns the request's id.
func (s *scene) asks(name string) (who account, request string) {
	s.t.Helper()
	who, api, _ := s.account(name)
	return who, api.post(http.StatusCreated, s.path+"/access-requests", object{
		"connection": s.platform, "wanted_brands": []string{s.brand}, "message": "Please let me in.",
	}).text("id")
}

// askFirst has accounts asked when they are invited.
func (s *scene) askFirst() {
	s.t.Helper()
	s.changes(s.path, object{"existing_accounts": "ask"})
}

// changes changes something as Ada by the API.
func (s *scene) changes(path string, to object) {
	s.t.Helper()
	s.api.does(http.StatusOK, "", http.MethodPatch, path, to)
}
