package console

import (
	"net/http"
	"strings"
	"testing"
)

// The reference is for whoever comes, asks nobody else for anything and needs no script: each link in it leads to a place that is there.
func TestReferenceIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := s.anonymous(t).open("/docs").expect(t, http.StatusOK)
	if got := page.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("it is %s", got)
	}
	checkPage(t, page.node)
	places := map[string]bool{}
	for _, n := range page.all("") {
		places["#"+n.attr("id")] = true
	}
	for _, a := range page.all("a") {
		if href := a.attr("href"); strings.HasPrefix(href, "#") && !places[href] {
			t.Errorf("%q leads to %s, which is not there", a.text(), href)
		}
	}
	if docs := page.one(t, "div.docs"); docs.has("script") || docs.has("form") {
		t.Error("the reference holds what it does not need")
	}
	for _, id := range []string{"create-invitations", "check-access", "answer-StaleVersion"} {
		if section := page.one(t, "section#"+id); !section.has("pre") {
			t.Errorf("%s has no example", id)
		}
	}
	if got := page.one(t, "section#create-invitations").one(t, ".route").text(); got != "POST /v1/organizations/{o}/invitations" {
		t.Errorf("the route is %q", got)
	}
}
