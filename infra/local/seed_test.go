package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/stack"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/testtable"
)

// TestTheDemoDataOutlastATableThatIsGone takes the table away while the demo data come in, and asks the stack meanwhile.
func TestTheDemoDataOutlastATableThatIsGone(t *testing.T) {
	table := testtable.Own(t)
	proxy, err := tableproxy.Start(t.Context(), table.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	listener, err := listen(t.Context(), "0")
	if err != nil {
		t.Fatal(err)
	}
	l := &local{&stack.Stack{URL: "http://" + listener.Addr().String()}, t}
	type started struct {
		stack *stack.Stack
		err   error
	}
	done := make(chan started, 1)
	go func() {
		s, err := stack.Start(t.Context(), stack.Options{
			Listener: listener, Template: testtable.Template(), Endpoint: proxy.URL, Table: table.Name, Folder: t.TempDir(),
			Functions: functions, Logger: slog.New(slog.DiscardHandler), Seed: true,
		})
		done <- started{s, err}
	}()
	l.eventually("the demo data begin to come in", func() bool { return proxy.Count("TransactWriteItems") > 1 })
	proxy.SetDown(true)
	for _, path := range []string{"/", "/v1/me", "/dev", "/dev/ready"} {
		response, body := l.get(path)
		told := path == "/dev/ready" || response.Header.Get("Retry-After") != "" && strings.Contains(body, "is starting")
		if response.StatusCode != http.StatusServiceUnavailable || !told {
			t.Errorf("%s before the stack is ready: %s %s", path, response.Status, body)
		}
	}
	time.Sleep(2 * time.Second)
	proxy.SetDown(false)
	s := <-done
	if s.err != nil {
		t.Fatal(s.err)
	}
	l.Stack = s.stack
	defer l.Close()
	access, _ := json.Marshal(l.call(l.token("ada@example.com"), http.MethodGet, "/v1/me/access", nil))
	if got := strings.Count(string(access), `"`+stack.DemoOrganization+`"`); got != 1 {
		t.Errorf("Ada is in %d demo organizations: %s", got, access)
	}
	if response, _ := l.get("/dev/ready"); response.StatusCode != http.StatusOK {
		t.Errorf("ready: %s", response.Status)
	}
}

// demoWorkspace holds what the README says about the demo workspace and Barbara's badge.
func demoWorkspace(l *local, ada string) {
	l.t.Helper()
	names := func(list string) []string {
		items, _ := l.call(ada, http.MethodGet, list, nil)["items"].([]any)
		var names []string
		for _, item := range items {
			item, _ := item.(object)
			for _, who := range []string{"invitee", "user"} {
				if person, is := item[who].(object); is {
					item = person
				}
			}
			names = append(names, fmt.Sprint(item["name"]))
		}
		slices.Sort(names)
		return names
	}
	workspace := ""
	mine, _ := l.call(ada, http.MethodGet, "/v1/me/access?kind=workspace", nil)["items"].([]any)
	for _, item := range mine {
		if item, _ := item.(object); item["scope_name"] == stack.DemoWorkspace {
			workspace = fmt.Sprint("/v1/", item["scope"])
		}
	}
	for list, want := range map[string][]string{
		"/roles":                            {"Admin", "Auditor", "Data Analyst", "ML Engineer", "Research Lead"},
		"/members":                          {"Ada Lovelace", "Katherine Johnson", "Radia Perlman"},
		"/invitations?status=pending":       {"Alan Turing", "Barbara Liskov"},
		"/invitations?status=accepted":      {"Katherine Johnson", "Radia Perlman"},
		"/invitations?status=declined":      {"Hedy Lamarr"},
		"/invitations?status=expired":       {"Mary Jackson"},
		"/invitations?status=invalid_grant": {"Annie Easley"},
		"/invitations?status=closed":        nil, // but for a deleted workspace, nobody in one has an open invitation to it
	} {
		l.eventually(fmt.Sprintf("%s shows %q", list, want), func() bool { return slices.Equal(names(workspace+list), want) })
	}
	if got := l.console("Barbara Liskov", "/workspaces/badge"); got != "2 invitations" {
		l.t.Errorf("Barbara's badge says %q", got)
	}
}

// console signs somebody in, with the click on their name, and returns what the console answers.
func (l *local) console(name, path string) string {
	l.t.Helper()
	client := http.Client{Jar: cookies{}}
	read := func(response *http.Response, err error) (*http.Response, string) {
		l.t.Helper()
		if err != nil {
			l.t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			l.t.Fatalf("%s: %s %s %v", response.Request.URL, response.Status, text, err)
		}
		return response, string(text)
	}
	form, text := read(client.Get(l.URL + "/sign-in?" + url.Values{"next": {path}}.Encode())) //nolint:noctx // the stack is the test's
	button := regexp.MustCompile(`value="([^"]+)">\s*<strong>` + name + `<`).FindStringSubmatch(text)
	if button == nil {
		l.t.Fatalf("%s cannot sign in:\n%s", name, text)
	}
	_, text = read(client.PostForm(form.Request.URL.String(), url.Values{"person": button[1:]})) //nolint:noctx // as before
	return text
}

// cookies are kept by name. They are sent back though they are for encrypted connections, as browsers do to this machine.
type cookies map[string]*http.Cookie

func (c cookies) SetCookies(_ *url.URL, set []*http.Cookie) {
	for _, cookie := range set {
		c[cookie.Name] = cookie
	}
}

func (c cookies) Cookies(*url.URL) []*http.Cookie { return slices.Collect(maps.Values(c)) }
