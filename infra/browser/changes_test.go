package browser

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/console"
)

// hands are how somebody uses pages: without scripts, or by keyboard alone.
type hands interface {
	enters(who account)
	opens(path string)
	link(name string, sees ...string)
	menu(name string)
	fill(field, text string)
	tick(checkbox string)
	choose(group, choice string)
	pick(list, choice string)
	press(button string, sees ...string)
	sees(texts ...string)
	sent() []string // the paths that forms were sent to
}

// change is something that people change in the console.
type change struct {
	name   string
	routes []string // the last of the patterns that its forms are sent to; none for what only looks like a change
	do     func(s *scene, h hands)
}

// Every change works without scripts, and by keyboard alone.
func TestEveryChange(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*testing.T) hands{
		"without scripts":   func(t *testing.T) hands { return aReader(t) },
		"by keyboard alone": func(t *testing.T) hands { return aKeyboard(t) },
	}
	for _, c := range slices.Concat(changesOfOrganizations, changesOfInvitations, changesOfMembers, changesOfRequests, changesOfWorkspacePeople, changesOfWorkspaces, changesOfRoles) {
		for way, having := range ways {
			t.Run(c.name+" "+way, func(t *testing.T) {
				t.Parallel()
				h := having(t)
				c.do(newScene(t), h)
				got := patternsOf(t, http.MethodPost, h.sent())
				for _, route := range c.routes {
					if !got["POST "+route] {
						t.Errorf("no form was sent to %s but to %v", route, got)
					}
				}
			})
		}
	}
}

// No form of the console is left out.
func TestEveryFormIsAChange(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, pattern := range console.Patterns() {
		if route, post := strings.CutPrefix(pattern, "POST "); post {
			want = append(want, route)
		}
	}
	for _, c := range slices.Concat(changesOfOrganizations, changesOfInvitations, changesOfMembers, changesOfRequests, changesOfWorkspacePeople, changesOfWorkspaces, changesOfRoles) {
		got = append(got, c.routes...)
	}
	slices.Sort(want)
	slices.Sort(got)
	for _, route := range want {
		if !slices.Contains(got, route) {
			t.Errorf("no change sends a form to %s", route)
		}
	}
	for _, route := range slices.Compact(got) {
		if !slices.Contains(want, route) {
			t.Errorf("no page takes a form at %s", route)
		}
	}
}

const (
	ofOrganization = "/organizations/{o}"
	ofBrand        = "/organizations/{o}/brands/{b}"
)

var changesOfOrganizations = []change{
	{"sign out", []string{"/sign-out"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens("/")
		h.press("Sign out", "You are signed out.")
	}},
	{"create organization", []string{"/organizations/new"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens("/")
		h.link("Create organization", "You become its Admin.")
		h.fill("Name of the organization", "Hooli")
		h.press("Create organization", "Hooli is created, and you are its Admin.")
	}},
	{"settings", []string{ofOrganization + "/settings"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/settings")
		h.fill("Name of the organization", "Hooli")
		h.choose("When somebody you invite has an account already", "They are asked")
		h.choose("What those who ask for access see", "The organization's name alone")
		h.press("Save", "The settings are saved.", "Hooli")
	}},
	{"add connection", []string{ofOrganization + "/settings/connections/new"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/settings")
		h.link("Add connection", "Add a connection to "+s.place)
		h.fill("Name", "Portal")
		h.press("Add connection", "The connection is saved.", "Portal")
	}},
	{"switch connection off", []string{ofOrganization + "/settings/connections/{c}"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/settings")
		h.link("Change Join page", "Change the connection Join page")
		h.choose("State", "Off")
		h.press("Save", "The connection is saved.", "Its link answers that there is nothing here.")
	}},
	{"remove connection", []string{ofOrganization + "/settings/connections/{c}/remove"}, func(s *scene, h hands) {
		s.changes(s.path, object{"connections": []object{{"id": s.platform, "name": "Join page", "enabled": true}, {"name": "Portal", "enabled": true}}})
		h.enters(s.ada)
		h.opens(s.path + "/settings")
		h.link("Remove Portal", "Remove the connection Portal?")
		h.press("Remove connection", "The connection is removed.")
	}},
	{"delete organization", []string{ofOrganization + "/delete"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/settings")
		h.link("Delete organization", "Delete the organization "+s.place+"?")
		h.fill("Type "+s.place+" to confirm", s.place)
		h.press("Delete organization", "The organization is deleted.")
	}},
	{"create brand", []string{ofOrganization + "/brands/new"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/brands")
		h.link("Create brand", "Name of the brand")
		h.fill("Name of the brand", "Hooli")
		h.press("Create brand", "Hooli is created.")
	}},
	{"rename brand", []string{ofBrand + "/rename"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/brands")
		h.menu("Actions for Globex")
		h.link("Rename", "Rename the brand Globex")
		h.fill("New name", "Hooli")
		h.press("Rename", "The brand is renamed.", "Hooli")
	}},
	{"delete brand", []string{ofBrand + "/delete"}, func(s *scene, h hands) {
		h.enters(s.ada)
		h.opens(s.path + "/brands")
		h.menu("Actions for Globex")
		h.link("Delete", "Delete the brand Globex?")
		h.fill("Type Globex to confirm", "Globex")
		h.press("Delete brand", "The brand is deleted.")
	}},
}

var changesOfRequests = []change{
	{"request access", []string{"/join/{o}"}, func(s *scene, h hands) {
		who, _, _ := s.account("Rob")
		h.enters(who)
		h.opens(s.join)
		h.tick("Globex")
		h.fill("Message (optional)", "Hi")
		h.press("Ask for access", "Your request is sent.")
	}},
	{"withdraw", []string{ofOrganization + "/access-requests/{r}/withdraw"}, func(s *scene, h hands) {
		who, _ := s.asks("Rob")
		h.enters(who)
		h.opens("/")
		h.link("Withdraw the request to "+s.place, "Withdraw your request")
		h.press("Withdraw", "Your access request is withdrawn.")
	}},
	{"approve", []string{ofOrganization + "/access-requests/{r}"}, func(s *scene, h hands) {
		s.asks("Rob")
		h.enters(s.ada)
		h.opens(s.path + "/users?tab=requests")
		h.link("Assign role to Rob", "Rob asks for access to "+s.place)
		h.choose("Role in these brands", "Publisher")
		h.press("Continue", "Let Rob in?")
		h.fill("Reason (optional)", "Why")
		h.press("Approve", "Rob is in: Publisher on Globex.")
	}},
	{"reject", []string{ofOrganization + "/access-requests/{r}/reject"}, func(s *scene, h hands) {
		s.asks("Rob")
		h.enters(s.ada)
		h.opens(s.path + "/users?tab=requests")
		h.link("Reject Rob", "Reject the request of Rob?")
		h.fill("Reason (optional)", "Why")
		h.press("Reject", "The request of Rob is rejected")
	}},
}
