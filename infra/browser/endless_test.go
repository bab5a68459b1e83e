package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// endless are names that no line of a list holds.
var endless = []string{strings.Repeat("Bigname", 11), `=HYPERLINK("http://evil.example/of/somebody/far/away","x") Tim`}

// endlessly is an address that no line of a list holds.
func (s *scene) endlessly(name string) string {
	return fmt.Sprintf("%s.%s@scene%d.example.com", name, strings.Repeat("x", 45), s.n)
}

// tight is the least width on which lists are tables.
const tight width = 1244

// Whatever people are called, no list reaches over the edge.
func TestEndlessNames(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var id, request string
	for n, name := range endless {
		in, asking := s.endlessly(fmt.Sprint("in", n)), s.endlessly(fmt.Sprint("asking", n))
		_, id = as(t, in, name)
		s.invites(s.path, in, "publisher")
		api, _ := as(t, asking, name)
		request = api.post(http.StatusCreated, s.path+"/access-requests", object{
			"connection": s.platform, "wanted_brands": []string{s.brand}, "message": name,
		}).text("id")
	}
	s.invites(s.path, s.endlessly("invited"), "publisher")
	for name, path := range map[string]string{
		"current": s.path + "/users", "brand-current": s.globex + "/users", "requests": s.path + "/users?tab=requests", "invited": s.path + "/users?tab=invited",
		"profile": s.path + "/users/" + id, "role": s.path + "/users/" + id + "/role", "request": s.path + "/access-requests/" + request, "log": s.path + "/audit-log",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := somebody(t)
			p.enters(s.ada)
			p.open(path)
			p.lookAt("endless-"+name, none, wide, tight, narrow)
		})
	}
}
