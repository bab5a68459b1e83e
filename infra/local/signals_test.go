package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"prism-access/infra/local/stack"
	"prism-access/infra/local/testtable"
)

// lines is what functions write, line by line.
type lines struct {
	mu  sync.Mutex
	all []map[string]any
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			return 0, err
		}
		l.all = append(l.all, line)
	}
	return len(text), nil
}

// operations returns who has written a line with that correlation id and a request id, and about which type of event, if any.
func (l *lines) operations(correlation string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range l.all {
		if id, _ := line["request_id"].(string); line["correlation_id"] == correlation && id != "" {
			kind, _ := line["type"].(string)
			operation, _ := line["operation"].(string)
			out = append(out, strings.TrimSpace(operation+" "+kind))
		}
	}
	return out
}

// session signs somebody in by the pages and returns the cookie of their session.
func (l *local) session(email string) string {
	l.t.Helper()
	person, known := l.Issuer.Person(email)
	if !known {
		l.t.Fatalf("%s has no account", email)
	}
	own := func(response *http.Response) string {
		to := response.Header.Get("Location")
		if response.StatusCode != http.StatusSeeOther && response.StatusCode != http.StatusFound {
			l.t.Fatalf("sign in: %s", response.Status)
		}
		return strings.TrimPrefix(to, l.URL)
	}
	asked, _ := l.get("/sign-in?next=%2F")
	cookie := asked.Cookies()[0]
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	chosen, _ := l.send(http.MethodPost, own(asked), []byte(url.Values{"person": {person.Subject}}.Encode()), form)
	back, _ := l.send(http.MethodGet, own(chosen), nil, map[string]string{"Cookie": cookie.Name + "=" + cookie.Value})
	for _, cookie := range back.Cookies() {
		if cookie.Name == "__Host-session" {
			return cookie.Name + "=" + cookie.Value
		}
	}
	l.t.Fatalf("nobody is signed in: %s", back.Status)
	return ""
}

// TestAClickIsFollowedToTheLastSubscriber: whoever looks for the id of what the browser has sent finds a line of each function that had a part in it, also of what
// SES says of the mail in the end.
func TestAClickIsFollowedToTheLastSubscriber(t *testing.T) {
	table, written := testtable.Own(t), &lines{}
	l := startWith(t, "0", stack.Options{
		Endpoint: table.Endpoint, Table: table.Name, Folder: t.TempDir(), Logger: slog.New(slog.NewJSONHandler(written, nil)),
	})
	defer l.Close()
	ada := l.token("ada@example.com")
	l.token("grace@example.com") // who is in at once
	organization := "/organizations/" + l.call(ada, http.MethodPost, "/v1/organizations", object{"name": "Acme"})["id"].(string)
	form := url.Values{
		"invitees": {"grace@example.com new@example.com"}, "role": {"admin"}, "confirm": {"admin"}, "step": {"send"}, "key": {"one"},
	}
	clicked, page := l.send(http.MethodPost, organization+"/users/invite", []byte(form.Encode()), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Cookie": l.session("ada@example.com"), "Sec-Fetch-Site": "same-origin",
	})
	click := clicked.Header.Get("Apigw-Requestid")
	if clicked.StatusCode != http.StatusSeeOther || click == "" {
		t.Fatalf("%s: %s", clicked.Status, page)
	}
	for _, want := range []string{
		"console", "relay-log MemberAdded", "relay-log InvitationCreated", "send-mail MemberAdded", "send-mail InvitationCreated", "clean-up MemberAdded",
		"clean-up InvitationCreated", "maintain-indexes MemberAdded", "maintain-indexes InvitationCreated", "track-mail Email Delivered",
		"relay-log InvitationDelivered", "maintain-indexes InvitationDelivered",
	} {
		l.eventually(want, func() bool { return slices.Contains(written.operations(click), want) })
	}
	if got := written.operations("another"); got != nil {
		t.Errorf("of another click: %v", got)
	}
}
