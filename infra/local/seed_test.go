package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
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
