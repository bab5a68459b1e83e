package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prism-access/infra/local/metrics"
	"prism-access/infra/local/stack"
	"prism-access/infra/local/testtable"
)

// local is a running stack and a client of it.
type local struct {
	*stack.Stack
	t *testing.T
}

// start runs a stack with the demo data on the test's own table, with these samples or the usual. Port 0 is any that is free.
func start(t *testing.T, table testtable.Table, folder, port string, subscribers ...stack.Sample) *local {
	t.Helper()
	return startWith(t, port, stack.Options{
		Endpoint: table.Endpoint, Table: table.Name, Folder: folder, Logger: slog.New(slog.DiscardHandler), Seed: true, Samples: subscribers,
	})
}

// samplesWith are the samples that an environment asks for.
func samplesWith(environment map[string]string) []stack.Sample {
	return samples(filepath.Dir(testtable.Template()), func(name string) string { return environment[name] })
}

// startWith runs a stack with what the options say and the rest as ever.
func startWith(t *testing.T, port string, o stack.Options) *local {
	t.Helper()
	listener, err := listen(t.Context(), port)
	if err != nil {
		t.Fatal(err)
	}
	o.Listener = listener
	if o.Samples == nil {
		o.Samples = samplesWith(nil)
	}
	if o.Functions == nil {
		o.Functions = functions
	}
	o.Template = cmp.Or(o.Template, testtable.Template())
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return &local{s, t}
}

// series returns what is known of a metric without dimensions, and whether anything is.
func (l *local) series(name string) (metrics.Series, bool) {
	for _, one := range l.Metrics.All() {
		if one.Name == name {
			return one, true
		}
	}
	return metrics.Series{}, false
}

func (l *local) port() string { return l.URL[strings.LastIndex(l.URL, ":")+1:] }

// get returns status and body.
func (l *local) get(path string) (*http.Response, string) {
	l.t.Helper()
	return l.send(http.MethodGet, path, nil, nil)
}

func (l *local) send(method, path string, body []byte, header map[string]string) (*http.Response, string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.URL+path, bytes.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if host := header["Host"]; host != "" {
		r.Host = host
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return response, string(text)
}

// post sends JSON to a developer endpoint and decodes the answer.
func (l *local) post(path, body string, into any) {
	l.t.Helper()
	response, text := l.send(http.MethodPost, path, []byte(body), map[string]string{"Content-Type": "application/json"})
	if response.StatusCode != http.StatusOK {
		l.t.Fatalf("POST %s %s: %s %s", path, body, response.Status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *local) token(email string) string {
	l.t.Helper()
	var out struct {
		AccessToken string `json:"access_token"`
		UserID      string `json:"user_id"`
	}
	l.post("/dev/token", fmt.Sprintf(`{"email":%q}`, email), &out)
	me := l.call(out.AccessToken, http.MethodGet, "/v1/me", nil)
	if me["id"] != out.UserID {
		l.t.Fatalf("%s is %v for the API and %s for the issuer", email, me["id"], out.UserID)
	}
	return out.AccessToken
}

func (l *local) call(token, method, path string, body any) map[string]any {
	l.t.Helper()
	out, err := l.Call(l.t.Context(), token, method, path, body)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

type object = map[string]any

// events counts the events of a type about something.
func (l *local) events(kind, about string) int {
	count := 0
	for _, record := range l.Bus.Records() {
		if strings.Contains(string(record.Event), fmt.Sprintf(`"detail-type":%q`, kind)) && strings.Contains(string(record.Event), about) {
			count++
		}
	}
	return count
}

func (l *local) mails(to string) int {
	count := 0
	for _, mail := range l.Mailbox.Mails() {
		if slices.Contains(mail.To, to) {
			count++
		}
	}
	return count
}

// patience is how long tests wait for what comes by itself, on a machine that is busy with other tests.
const patience = 30 * time.Second

// eventually waits for something that has to happen within a time.
func (l *local) eventually(what string, happened func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// invite returns the path of a new pending invitation.
func (l *local) invite(token, organization, email string) string {
	l.t.Helper()
	answer := l.call(token, http.MethodPost, organization+"/invitations", object{"invitees": []object{{"email": email}}, "role": "admin", "confirm": "admin"})
	result, _ := answer["results"].([]any)[0].(object)
	invitation, _ := result["invitation"].(object)
	return fmt.Sprintf("%s/invitations/%s", organization, invitation["id"])
}
