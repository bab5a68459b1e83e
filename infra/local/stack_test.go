package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/ses"
	"prism-access/infra/local/stack"
	"prism-access/infra/local/testtable"
)

func TestFunctionsAreTheFolders(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, entry := range entries {
		want = append(want, entry.Name())
	}
	for name := range functions {
		got = append(got, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-folders +registry):\n%s", diff)
	}
}

// searched is how many people join only to be found.
const searched = 10

func TestStack(t *testing.T) {
	table := testtable.Own(t)
	folder := t.TempDir()
	began := time.Now()
	to := receive(t)
	l := start(t, table, folder, "0", to.samples()...)
	t.Logf("ready, with demo data, after %s", time.Since(began))
	closed := false
	defer func() {
		if !closed {
			l.Close()
		}
	}()

	ada := l.token("ada@example.com")
	organization := "/v1/organizations/" + l.call(ada, http.MethodPost, "/v1/organizations", object{"name": "Acme"})["id"].(string)

	t.Run("demo data", func(t *testing.T) {
		access := l.call(ada, http.MethodGet, "/v1/me/access", nil)
		text, _ := json.Marshal(access)
		if !strings.Contains(string(text), stack.DemoOrganization) {
			t.Errorf("Ada's access: %s", text)
		}
		demo := "/v1/organizations/" + regexp.MustCompile(`org_\w+`).FindString(string(text))
		brands := map[string]string{}
		for _, item := range l.call(ada, http.MethodGet, demo+"/brands", nil)["items"].([]any) {
			brands[item.(object)["name"].(string)] = demo + "/brands/" + item.(object)["id"].(string)
		}
		for list, want := range map[string]string{
			demo + "/members":                           "ada radia alan barbara katherine",
			demo + "/members?brand=none":                "barbara",
			demo + "/access-requests?status=pending":    "annie",
			demo + "/access-requests?status=rejected":   "mary",
			demo + "/invitations?status=pending":        "margaret ellen sally dorothy",
			demo + "/invitations?status=expired":        "joan",
			demo + "/invitations?status=declined":       "hedy",
			demo + "/invitations?status=accepted":       "katherine",
			demo + "/invitations?status=closed":         "katherine",
			brands["Northwind Coffee"] + "/members":     "ada radia katherine alan",
			brands["Northwind Tea"] + "/members":        "ada radia katherine",
			brands["Northwind Coffee"] + "/invitations": "ellen",
			brands["Northwind Tea"] + "/invitations":    "sally katherine",
		} {
			l.eventually(list+" shows "+want, func() bool {
				items := l.call(ada, http.MethodGet, list, nil)["items"].([]any)
				text, _ := json.Marshal(items)
				people := strings.Fields(want)
				missing := func(name string) bool { return !strings.Contains(string(text), `"`+name+`@example.com"`) }
				return len(items) == len(people) && !slices.ContainsFunc(people, missing)
			})
		}
		l.eventually("the invitation that ran out is announced", func() bool { return l.events("InvitationExpired", "joan@example.com") == 1 })
		l.eventually("it counts", func() bool {
			lag, known := l.series("RelayLag")
			if lag.Maximum >= 60_000 {
				t.Errorf("the demo data are late: %+v", lag)
			}
			return known
		})
	})

	t.Run("demo workspace", func(t *testing.T) { demoWorkspace(&local{l.Stack, t}, ada) })
	t.Run("a subscriber knows who has which role", func(t *testing.T) { subscriber(&local{l.Stack, t}, ada, table.Endpoint) })

	t.Run("a URL gets who comes in and goes", func(t *testing.T) { to.pushed(&local{l.Stack, t}) })

	t.Run("from the commit to event and mail", func(t *testing.T) {
		for i := range 20 {
			to := fmt.Sprintf("person-%d@example.com", i)
			l.invite(ada, organization, to)
			// How fast is for the benchmark to say, which has the machine for itself.
			l.eventually("event and mail", func() bool { return l.events("InvitationCreated", to) == 1 && l.mails(to) == 1 })
		}
	})

	t.Run("another system asks what people may do, and nothing else", func(t *testing.T) {
		var other struct {
			AccessToken string `json:"access_token"`
		}
		l.post("/dev/token", `{"client":"reports"}`, &other)
		check := object{"user": l.call(ada, http.MethodGet, "/v1/me", nil)["id"], "scope": strings.TrimPrefix(organization, "/v1/"), "permission": "manage_users"}
		if got := l.call(other.AccessToken, http.MethodPost, "/v1/access/check", check); got["allowed"] != true {
			t.Errorf("it learns %v", got)
		}
		bearer := map[string]string{"Authorization": "Bearer " + other.AccessToken}
		if response, text := l.send(http.MethodGet, "/v1/me", nil, bearer); response.StatusCode != http.StatusForbidden {
			t.Errorf("who it is: %s %s", response.Status, text)
		}
	})

	t.Run("another system is a member", func(t *testing.T) {
		type granted struct {
			AccessToken string `json:"access_token"`
			UserID      string `json:"user_id"`
		}
		var reader, writer granted
		l.post("/dev/token", `{"client":"staff list","scopes":["members.read"]}`, &reader)
		l.post("/dev/token", `{"client":"staff-list","scopes":["members.read","members.write"]}`, &writer)
		added := l.call(ada, http.MethodPost, organization+"/clients", object{"client_id": "staff-list", "name": "Staff list", "role": "admin", "confirm": "admin"})
		if user, _ := added["user"].(map[string]any); user["id"] != writer.UserID || user["client_id"] != "staff-list" || writer.UserID == reader.UserID {
			t.Fatalf("added %v, whose token is of %v", added, writer.UserID)
		}
		list, err := json.Marshal(l.call(writer.AccessToken, http.MethodGet, organization+"/members", nil))
		if err != nil || !strings.Contains(string(list), `"client_id":"staff-list"`) {
			t.Errorf("it lists %s, %v", list, err)
		}
		for _, step := range []struct {
			token, method, path string
			want                int
		}{
			{reader.AccessToken, http.MethodGet, organization + "/members", http.StatusNotFound}, // no member
			{reader.AccessToken, http.MethodDelete, organization + "/members/me", http.StatusForbidden},
			{writer.AccessToken, http.MethodPost, "/v1/access/check", http.StatusForbidden},
			{writer.AccessToken, http.MethodGet, organization, http.StatusOK},
			{writer.AccessToken, http.MethodGet, organization + "/events", http.StatusOK},
			{writer.AccessToken, http.MethodGet, organization + "/invitations", http.StatusForbidden}, // for people
			{writer.AccessToken, http.MethodDelete, organization + "/members/me", http.StatusNoContent},
			{writer.AccessToken, http.MethodGet, organization + "/members", http.StatusNotFound},
		} {
			response, text := l.send(step.method, step.path, nil, map[string]string{"Authorization": "Bearer " + step.token})
			if response.StatusCode != step.want || step.want == http.StatusForbidden && strings.TrimSpace(text) != `{"message":"Forbidden"}` {
				t.Errorf("%s %s: %s %s, want %d", step.method, step.path, response.Status, text, step.want)
			}
		}
		l.eventually("its going is published", func() bool { return l.events("MemberRemoved", writer.UserID) == 1 })
	})

	t.Run("declined by whoever is not signed in", func(t *testing.T) {
		path := l.invite(ada, organization, "nobody@example.com")
		url, _ := l.call(ada, http.MethodGet, path, nil)["accept_url"].(string)
		link := "/v1/invitations/" + url[strings.LastIndex(url, "/")+1:]
		header := map[string]string{"Content-Type": "application/json"}
		for _, step := range []struct {
			path, body string
			want       int
		}{
			{link + "/decline", `{"email":"nobody@example.com"}`, http.StatusUnauthorized},
			{link + "/decline-by-address", `{"email":"somebody@example.com"}`, http.StatusUnprocessableEntity},
			{link + "/decline-by-address", `{"email":"nobody@example.com"}`, http.StatusOK},
		} {
			if response, text := l.send(http.MethodPost, step.path, []byte(step.body), header); response.StatusCode != step.want {
				t.Errorf("%s %s: %s %s, want %d", step.path, step.body, response.Status, text, step.want)
			}
		}
		if got := l.call(ada, http.MethodGet, path, nil)["status"]; got != "declined" {
			t.Errorf("it is %v", got)
		}
		l.eventually("it is announced", func() bool { return l.events("InvitationDeclined", "nobody@example.com") == 1 })
	})

	t.Run("from the accept to the search", func(t *testing.T) {
		slowest := time.Duration(0)
		for i := range searched {
			to := fmt.Sprintf("searched-%d@found.example", i)
			path := l.invite(ada, organization, to)
			l.call(l.token(to), http.MethodPost, path+"/accept", object{})
			accepted := time.Now()
			l.eventually("found", func() bool {
				items, _ := l.call(ada, http.MethodGet, organization+"/members?role=admin&q="+to[:11], nil)["items"].([]any)
				return len(items) == 1
			})
			slowest = max(slowest, time.Since(accepted))
		}
		t.Logf("the slowest of %d was found after %s", searched, slowest)
	})

	t.Run("mail and bus that fail", func(t *testing.T) {
		l.post("/dev/faults", `{"events":"down"}`, nil)
		l.invite(ada, organization, "later@example.com")
		time.Sleep(200 * time.Millisecond)
		if got := l.events("InvitationCreated", "later@example.com"); got != 0 {
			t.Errorf("%d events on a bus that is down", got)
		}
		l.post("/dev/faults", `{"events":"partial","ses":"throttle"}`, nil)
		l.eventually("the event comes when the bus is up again, if badly", func() bool { return l.events("InvitationCreated", "later@example.com") == 1 })
		if got := l.mails("later@example.com"); got != 0 {
			t.Errorf("%d mails from a service that refuses", got)
		}
		l.post("/dev/faults", `{"events":"","ses":""}`, nil)
	})

	t.Run("what became of mails", func(t *testing.T) {
		// On its own: mails of the others that were refused before may go out meanwhile.
		organization := "/v1/organizations/" + l.call(ada, http.MethodPost, "/v1/organizations", object{"name": "Fates"})["id"].(string)
		says := func(path, status, detail string) bool {
			delivery, _ := l.call(ada, http.MethodGet, path, nil)["delivery"].(object)
			return delivery["status"] == status && (detail == "" || delivery["detail"] == detail)
		}
		for fault, want := range map[string][2]string{
			"": {"delivered", ""}, "delay": {"delayed", "the recipient's mail server does not take it yet"}, "reject": {"failed", "the mail service did not take this mail"},
			"bounce": {"failed", "mailbox does not exist"}, "complaint": {"failed", "the recipient reported a mail as spam"},
		} {
			l.post("/dev/faults", `{"ses":"`+fault+`"}`, nil)
			path := l.invite(ada, organization, "fate-"+fault+"@example.com")
			l.eventually(fault+" stands on the invitation", func() bool { return says(path, want[0], want[1]) })
		}
		l.post("/dev/faults", `{"ses":""}`, nil)
		if _, page := l.get("/dev/events?type=Email+Bounced"); !strings.Contains(page, "5.1.1") {
			t.Error("the page of events has none of SES")
		}
		published := func(what string) bool {
			_, text := l.get("/dev/events.json")
			return strings.Contains(text, what)
		}
		l.eventually("what became of a mail is published", func() bool { return published("InvitationDeliveryDelayed") }) // it stands on the invitation before
		if published("aws.ses") {
			t.Error("the list of what is published has what SES says")
		}
		listed, _ := l.call(ada, http.MethodGet, organization+"/invitations?status=delivery_failed", nil)["items"].([]any)
		if len(listed) != 3 {
			t.Errorf("%d failed, want 3: %v", len(listed), listed)
		}
		failed := slices.IndexFunc(listed, func(i any) bool { return i.(object)["invitee"].(object)["email"] == "fate-bounce@example.com" })
		path := organization + "/invitations/" + listed[max(failed, 0)].(object)["id"].(string)
		l.call(ada, http.MethodPost, path+"/resend", object{"confirm": "admin"})
		l.eventually("sent again, it arrives", func() bool { return says(path, "delivered", "") && l.mails("fate-bounce@example.com") == 2 })
	})

	t.Run("indexes that lag", func(t *testing.T) {
		l.post("/dev/faults", `{"indexes":"lag"}`, nil)
		path := l.invite(ada, organization, "lagging@example.com")
		listed := func() bool {
			text, _ := json.Marshal(l.call(ada, http.MethodGet, organization+"/invitations?limit=100", nil))
			return strings.Contains(string(text), path[strings.LastIndex(path, "/")+1:])
		}
		if listed() {
			t.Error("listed at once")
		}
		l.eventually("listed in the end", listed)
		l.post("/dev/faults", `{"indexes":""}`, nil)
	})

	t.Run("the clock moves", func(t *testing.T) {
		path := l.invite(ada, organization, "grace@example.com")
		l.post("/dev/clock", `{"advance":"168h"}`, nil)
		moved := time.Now()
		if got := l.call(ada, http.MethodGet, path, nil)["status"]; got != "expired" {
			t.Errorf("status at once: %v", got)
		}
		l.eventually("the expiry is announced", func() bool { return l.events("InvitationExpired", "grace@example.com") > 0 })
		t.Logf("announced after %s", time.Since(moved))
		l.post("/dev/clock", `{"reset":true}`, nil)
	})

	t.Run("reminded two days before the end, then expired", func(t *testing.T) {
		const to = "reminded@example.com"
		path := l.invite(ada, organization, to)
		id := path[strings.LastIndex(path, "/")+1:]
		l.eventually("the invitation is mailed", func() bool { return l.mails(to) == 1 })
		l.post("/dev/clock", `{"advance":"120h"}`, nil)
		l.eventually("the reminder", func() bool { return l.events("InvitationExpiring", id) == 1 && l.mails(to) == 2 })
		var box struct{ Items []ses.Mail }
		_, text := l.get("/dev/mail.json")
		if err := json.Unmarshal([]byte(text), &box); err != nil {
			t.Fatal(err)
		}
		reminders := slices.DeleteFunc(box.Items, func(m ses.Mail) bool {
			return !slices.Contains(m.To, to) || !strings.HasPrefix(m.Subject, "Reminder: ")
		})
		if len(reminders) != 1 || !strings.Contains(reminders[0].Text, "/invitations/accept/") {
			t.Errorf("the reminders: %v", reminders)
		}
		if got := l.call(ada, http.MethodGet, path, nil)["status"]; got != "pending" {
			t.Errorf("reminded of, it is %v", got)
		}
		l.post("/dev/clock", `{"advance":"48h"}`, nil)
		l.eventually("the end is announced", func() bool { return l.events("InvitationExpired", id) == 1 })
		if got := l.call(ada, http.MethodGet, path, nil)["status"]; got != "expired" {
			t.Errorf("after seven days it is %v", got)
		}
		l.post("/dev/clock", `{"reset":true}`, nil)
		// What comes after it in the stream of the table has come by now, and so would have a second one of either.
		l.invite(ada, organization, "after-"+to)
		l.eventually("what comes later", func() bool { return l.events("InvitationCreated", "after-"+to) == 1 && l.mails("after-"+to) == 1 })
		for kind, want := range map[string]int{"InvitationExpiring": 1, "InvitationExpired": 1, "InvitationCreated": 1} {
			if got := l.events(kind, id); got != want {
				t.Errorf("%d events %s, want %d", got, kind, want)
			}
		}
		if got := l.mails(to); got != 2 {
			t.Errorf("%d mails, want the invitation and the reminder", got)
		}
	})

	t.Run("a restart for a change of code", func(t *testing.T) {
		const last = "after-reminded@example.com"
		l.eventually("what became of the last mail", func() bool { return l.events("InvitationDelivered", last) == 1 })
		before, mails := len(l.Bus.Records()), len(l.Mailbox.Mails())
		l.post("/dev/clock", `{"advance":"1h"}`, nil)
		l.post("/dev/faults", `{"ses":"throttle"}`, nil)
		l.invite(ada, organization, "waiting@example.com")
		l.eventually("the event", func() bool { return l.events("InvitationCreated", "waiting@example.com") == 1 })
		l.Close()
		l = start(t, table, folder, l.port())
		l.t = t
		if got := len(l.Bus.Records()); got != before+1 {
			t.Errorf("%d events, want the %d from before", got, before+1)
		}
		if got := len(l.Mailbox.Mails()); got != mails {
			t.Errorf("%d mails, want the %d from before", got, mails)
		}
		if l.Clock.Offset() != time.Hour {
			t.Errorf("the clock is %s ahead, want an hour", l.Clock.Offset())
		}
		if got := l.call(ada, http.MethodGet, "/v1/me", nil)["email"]; got != "ada@example.com" {
			t.Errorf("Ada's token of before makes her %v", got)
		}
		if _, known := l.Issuer.Person("ada@example.com"); !known || len(l.Issuer.People()) != len(stack.DemoPeople)+searched {
			t.Errorf("people: %v", l.Issuer.People())
		}
		l.eventually("the expiry of before is not announced again", func() bool { return l.events("InvitationExpired", "grace@example.com") == 1 })
	})
	l.Close()
	closed = true
}

func TestDeveloperPages(t *testing.T) {
	l := start(t, testtable.Own(t), t.TempDir(), "0")
	defer l.Close()
	for ready := time.Now(); time.Since(ready) < 1500*time.Millisecond; time.Sleep(100 * time.Millisecond) { // longer than a batch of a stream waits to fill
		for _, alarm := range l.Alarms() {
			if l.Metrics.Sounds(alarm) {
				t.Fatalf("%s sounds because of the demo data", alarm.ID)
			}
		}
	}
	// A mail about what is over by its turn is not sent: there may be fewer than there were events.
	l.eventually("the last mail of the demo data", func() bool { return l.mails("dorothy@example.com") == 1 })
	mail := l.Mailbox.Mails()[0]
	for path, want := range map[string]string{
		"/dev":                   "Sign in as Ada Lovelace",
		"/dev/mail":              mail.ID,
		"/dev/mail/" + mail.ID:   `sandbox="allow-top-navigation-by-user-activation"`,
		"/dev/events":            "MemberAdded",
		"/dev/events?type=Other": "No events of this type",
		"/dev/items":             stack.DemoOrganization,
		"/dev/metrics":           "MailDeadLettersAlarm",
		"/dev/items?scope=organizations/org_none": "Nothing belongs to this scope",
	} {
		response, body := l.get(path)
		policy := response.Header.Get("Content-Security-Policy")
		if response.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %s, without %q, %d bytes", path, response.Status, want, len(body))
		}
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(body, "<script") || strings.Contains(body, " style=") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	response, body := l.get("/dev/mail/" + mail.ID + "/html")
	if !strings.Contains(body, `<base target="_top">`) || !strings.Contains(response.Header.Get("Content-Security-Policy"), "sandbox allow-top-navigation-by-user-activation") {
		t.Errorf("the mail: %v, %d bytes", response.Header, len(body))
	}
	for _, want := range []string{"arrives at its next try, up to 2m0s later", "What becomes of a mail that it takes stands on the invitation"} {
		if _, body := l.get("/dev"); !strings.Contains(body, want) {
			t.Errorf("/dev does not say %q", want)
		}
	}
	if response, _ := l.get("/dev/mail/unknown"); response.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown mail: %s", response.Status)
	}
	var mails struct {
		Items []struct {
			ID, Subject, HTML, Text string
			To                      []string
			At                      time.Time
		}
	}
	if _, body := l.get("/dev/mail.json"); json.Unmarshal([]byte(body), &mails) != nil || len(mails.Items) == 0 || mails.Items[0].ID != mail.ID || mails.Items[0].HTML == "" || mails.Items[0].Text == "" {
		t.Errorf("mail.json has %d mails in %d bytes", len(mails.Items), len(body))
	}

	if _, body := l.get("/dev/mail"); strings.Contains(body, "drops older ones") {
		t.Error("a mailbox with few mails is said to drop some")
	}
	full := l.Mailbox.Mails()
	l.Mailbox.Restore(slices.Repeat(full[:1], ses.Keep))
	if _, body := l.get("/dev/mail"); !strings.Contains(body, "keeps the newest 1000 mails and drops older ones") {
		t.Error("a full mailbox does not say that it drops mails")
	}
	l.Mailbox.Restore(full)

	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	response, _ = l.send(http.MethodPost, "/dev/clock", []byte(url.Values{"advance": {"24h"}}.Encode()), form)
	if response.StatusCode != http.StatusSeeOther || l.Clock.Offset() != 24*time.Hour {
		t.Errorf("the clock's form: %s, %s ahead", response.Status, l.Clock.Offset())
	}
	if _, body := l.get("/dev"); !strings.Contains(body, "1 day ahead") {
		t.Error("the page does not say that the clock has moved")
	}
	response, text := l.send(http.MethodPost, "/dev/clock", []byte(`{"reset":true}`), form) // as curl sends it
	if response.StatusCode != http.StatusOK || l.Clock.Offset() != 0 {
		t.Errorf("JSON called a form: %s %s, %s ahead", response.Status, text, l.Clock.Offset())
	}
	response, _ = l.send(http.MethodPost, "/dev/faults", []byte(url.Values{"ses": {"bounce"}, "events": {"partial"}, "indexes": {""}}.Encode()), form)
	if response.StatusCode != http.StatusSeeOther || l.Mailbox.Fault() != "bounce" || l.Bus.Fault() != "partial" {
		t.Errorf("the faults' form: %s, %s, %s", response.Status, l.Mailbox.Fault(), l.Bus.Fault())
	}

	for _, refused := range [][2]string{
		{"/dev/clock", `{"advance":"-1h"}`},
		{"/dev/faults", `{"ses":"explode"}`},
		{"/dev/faults", `{"functions":"explode"}`},
		{"/dev/token", `{"email":"x","nickname":"y"}`},
	} {
		path, body := refused[0], refused[1]
		if response, text := l.send(http.MethodPost, path, []byte(body), nil); response.StatusCode != http.StatusBadRequest {
			t.Errorf("POST %s %s: %s %s", path, body, response.Status, text)
		}
	}
	for name, header := range map[string]map[string]string{
		"another origin": {"Origin": "http://evil.test", "Content-Type": "application/json"},
		"another site":   {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"},
		"another host":   {"Host": "evil.test", "Content-Type": "application/json"},
	} {
		if response, text := l.send(http.MethodPost, "/dev/token", []byte(`{"email":"ada@example.com"}`), header); response.StatusCode < 400 {
			t.Errorf("%s got a token: %s %s", name, response.Status, text)
		}
	}
}

// TestDataThatAreThere starts the stack on a table that has the demo data, without what was kept beside it, and with what
// was kept by a stack at another address.
func TestDataThatAreThere(t *testing.T) {
	table, folder := testtable.Own(t), t.TempDir()
	l := start(t, table, folder, "0")
	l.Close()
	l = start(t, table, t.TempDir(), l.port())
	defer l.Close()
	if got := len(l.Issuer.People()); got != len(stack.DemoPeople) {
		t.Errorf("%d people, want %d", got, len(stack.DemoPeople))
	}
	elsewhere, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = stack.Start(t.Context(), stack.Options{Listener: elsewhere, Template: testtable.Template(), Endpoint: table.Endpoint, Table: table.Name, Folder: folder, Functions: functions})
	if err == nil || !strings.Contains(err.Error(), "belong to "+l.URL) {
		t.Errorf("at another address: %v", err)
	}
}

func TestABrokenEnvironmentIsToldWithFunctionAndLine(t *testing.T) {
	t.Parallel()
	listener, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	table := testtable.Shared(t)
	source, err := os.ReadFile(testtable.Template())
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/template.yaml"
	broken := strings.ReplaceAll(string(source), "BUS_NAME:", "BUS:")
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = stack.Start(context.WithoutCancel(t.Context()), stack.Options{
		Listener: listener, Template: path, Endpoint: table.Endpoint, Table: table.Name, Folder: t.TempDir(), Functions: functions,
	})
	if err == nil || !strings.Contains(err.Error(), "relay-log: bad environment: BUS_NAME is not set") || !strings.Contains(err.Error(), "sweep-log: bad environment: BUS_NAME is not set") {
		t.Errorf("got %v", err)
	}
}
