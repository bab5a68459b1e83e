package console

import (
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

// TestClientsAmongUsers: other systems stand among the people, say what they are, and are changed and taken out like them. No mail to them is promised.
func TestClientsAmongUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	client, id := s.Client("Reports")
	offer := member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Viewer}
	if _, err := s.AddClient().Do(t.Context(), s.Ada.Caller, member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Reports", Offer: offer}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddClient().Do(t.Context(), s.Lab().Ada.Caller, member.AddClientInput{Scope: s.Lab().Scope, ClientID: id, Name: "Reports", Offer: member.Offer{Role: s.Lab().Viewer.ID}}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	ada, users := s.as(t, s.Ada), scopePath(s.Org)+"/users"
	for _, page := range []answer{ada.open(users + "?q=" + id), s.as(t, s.Lab().Ada).open(scopePath(s.Lab().Scope) + "/users?fresh=" + client.User.ID)} {
		rows := 0
		for _, name := range page.all("a.name") {
			row, _ := name.up("tr")
			if name.text() != "Reports" {
				if strings.Contains(row.text(), "Client") {
					t.Errorf("a person is shown as %s", row.text())
				}
				continue
			}
			rows++
			if row.one(t, "span.badge").text() != "Client" || row.one(t, "bdi.mail").text() != id {
				t.Errorf("it is shown as %s", row.text())
			}
		}
		if rows != 1 {
			t.Errorf("it stands there %d times: %s", rows, page.text())
		}
	}
	own := users + "/" + client.User.ID
	if page := ada.open(own); page.one(t, "h1").one(t, "span.badge").text() != "Client" || !strings.Contains(page.text(), id) {
		t.Errorf("its page says %s", page.text())
	}
	if text := ada.open(own + "/remove").text(); strings.Contains(text, "gets a mail") || !strings.Contains(text, "It can be added again through the API.") {
		t.Errorf("to remove it: %s", text)
	}
	for role, want := range map[string]string{"viewer": "", "admin": "All other Admins get a mail about it."} {
		form := ada.post(own+"/role", map[string][]string{"role": {map[string]string{"viewer": "member", "admin": "admin"}[role]}, "brand." + s.Globex.Brand: {"publisher"}, "step": {stepCheck}})
		if form.status != http.StatusOK {
			t.Fatalf("%d %s", form.status, form.text())
		}
		if text := form.text(); strings.Contains(text, "Reports gets a mail") || strings.Contains(text, "Reports and all") || want != "" && !strings.Contains(text, want) {
			t.Errorf("to make it %s: %s", role, text)
		}
	}
}
