package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
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
	if text := ada.open(own + "/remove").text(); strings.Contains(text, "a mail") || strings.Contains(text, "the mail") || !strings.Contains(text, "It can be added again through the API.") {
		t.Errorf("to remove it: %s", text)
	}
	for role, want := range map[string]string{"viewer": "", "admin": "All other Admins get a mail about it."} {
		form := ada.submit(ada.open(own+"/role"), own+"/role", map[string][]string{"role": {map[string]string{"viewer": "member", "admin": "admin"}[role]}, brandField + s.Globex.Brand: {"publisher"}, "step": {stepCheck}})
		if form.status != http.StatusOK {
			t.Fatalf("%d %s", form.status, form.text())
		}
		if text := form.text(); strings.Contains(text, "Reports gets a mail") || strings.Contains(text, "Reports and all") || want != "" && !strings.Contains(text, want) {
			t.Errorf("to make it %s: %s", role, text)
		} else if !strings.Contains(text, clientSentence) || strings.Contains(text, "its users and settings") || strings.Contains(text, "the mail about it") {
			t.Errorf("what it may do as %s is said to be %s", role, text)
		}
	}
}

// TestClientsInTheLog: wherever stands who did something, or to whom, a client is told from a person of the same name.
func TestClientsInTheLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	client, id := s.Client("Ada", "members.write")
	offer := member.Offer{Role: access.Admin, Confirm: "admin"}
	if _, err := s.AddClient().Do(t.Context(), s.Ada.Caller, member.AddClientInput{Scope: s.Org, ClientID: id, Name: "Ada", Offer: offer}); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Second)
	if _, err := s.UpdateMember().Do(t.Context(), client.Caller, member.UpdateInput{Scope: s.Globex, User: s.Cleo.User.ID, Wish: member.Wish{Role: access.Viewer}}); err != nil {
		t.Fatal(err)
	}
	s.Index(s.ID)
	ada := s.as(t, s.Ada)
	for path, want := range map[string]int{scopePath(s.Org): 2, scopePath(s.Globex): 2} { // who was added, and who changed a role
		log, found := ada.open(path+"/audit-log"), 0
		for _, row := range log.all("tr") {
			text := row.text()
			switch n := strings.Count(text, "Client "+id); {
			case strings.HasPrefix(text, "Added Ada Client "+id) && n == 1, strings.Contains(text, "Viewer Ada Client "+id) && n == 1:
				found++
			case n > 0 || strings.Contains(text, "Client"):
				t.Errorf("the log of %s has %s", path, text)
			}
		}
		if found != want {
			t.Errorf("the log of %s has %d entries with it: %s", path, found, log.text())
		}
	}
	if page := ada.open(scopePath(s.Globex) + "/users/" + s.Cleo.User.ID); !strings.Contains(page.one(t, "ol.history").text(), "by Ada Client "+id) {
		t.Errorf("the history is %s", page.one(t, "ol.history").text())
	} else if facts := page.one(t, "dl.facts").text(); !strings.HasPrefix(facts, "Granted by Ada Client "+id) {
		t.Errorf("the role is said to be %s", facts)
	}
	if cells := ada.open(scopePath(s.Org) + "/users/" + s.Cleo.User.ID).all("td"); !strings.HasPrefix(cells[2].text(), "Ada Client "+id) {
		t.Errorf("the role in the brand is said to be granted by %s", cells[2].text())
	}
	if facts := ada.open(scopePath(s.Org)+"/users/"+s.Bob.User.ID).one(t, "dl.facts").text(); strings.Contains(facts, "Client") {
		t.Errorf("what a person granted is said to be %s", facts)
	}
	entries, err := s.ListAuditLog().Do(t.Context(), s.Ada.Caller, audit.ListInput{Scope: s.Org})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{id + ",", "," + id, ","} { // the newest first
		if row := audit.Sheet.Row(entries.Items[i]); strings.Join(row[slices.Index(audit.Sheet.Header, "actor_client_id"):], ",") != want {
			t.Errorf("as a file the log has %q", row)
		}
	}
	users := ada.open(scopePath(s.Org) + "/users")
	people := len(users.all("a.name")) - 1
	if got := users.one(t, "#shown").text(); got != count(people, "person", "people")+", 1 client" {
		t.Errorf("%d people and a client are %s", people, got)
	}
	if got := ada.open(scopePath(s.Org)+"/users?q="+id).one(t, "#shown").text(); got != "1 client" {
		t.Errorf("a client alone is %s", got)
	}
	for _, path := range []string{scopePath(s.Org), scopePath(s.Globex)} {
		if said := ada.open(path+"/users/"+client.User.ID).one(t, "section.about").text(); !strings.Contains(said, clientSentence) || strings.Contains(said, "Does everything") || strings.Contains(said, "invites") {
			t.Errorf("it is said to do %s", said)
		}
	}
	if _, err := s.RemoveMember().Do(t.Context(), client.Caller, member.RemoveInput{Scope: s.Org, User: s.Dan.User.ID}); err != nil {
		t.Fatal(err)
	}
	late := ada.post(scopePath(s.Org)+"/users/remove", map[string][]string{"step": {stepSave}, "to": {s.Dan.User.ID + ".1"}})
	if want := "Ada (client " + id + ") removed Dan just now."; !strings.Contains(late.text(), want) {
		t.Errorf("who comes too late to remove somebody reads %s", late.text())
	}
}
