package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	dynamodblocal "prism-access/infra/dynamodb-local"
)

// mail is what the stack's mailbox keeps.
type mail struct {
	ID      string    `json:"id"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	HTML    string    `json:"html"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// published is an event as its subscribers get it, and the rules that it has matched.
type published struct {
	ID     string `json:"id"`
	Type   string `json:"detail-type"`
	Source string `json:"source"`
	Detail struct {
		Metadata struct {
			ID, Type, Scope string
			Scopes          []string
		} `json:"metadata"`
		Data json.RawMessage `json:"data"`
	} `json:"detail"`
	rules []string
	json  []byte
}

// get reads JSON of the developer endpoints.
func (s *stack) get(t *testing.T, path string, into any) {
	t.Helper()
	s.dev(t, http.MethodGet, path, nil, into)
}

// post calls a developer endpoint.
func (s *stack) post(t *testing.T, path string, body, into any) {
	t.Helper()
	s.dev(t, http.MethodPost, path, body, into)
}

func (s *stack) dev(t *testing.T, method, path string, body, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", text)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s %s: %s, %v", method, path, answer.Status, err)
	}
}

// mails returns the mails to somebody, oldest first.
func (s *stack) mails(t *testing.T, to string) []mail {
	t.Helper()
	var box struct{ Items []mail }
	s.get(t, "/dev/mail.json", &box)
	return slices.DeleteFunc(box.Items, func(m mail) bool { return !slices.Contains(m.To, to) })
}

// mail waits for the nth mail to somebody.
func (s *stack) mail(t *testing.T, to string, n int) mail {
	t.Helper()
	var found mail
	within(t, mailDelay, func() string {
		mails := s.mails(t, to)
		if len(mails) < n {
			return fmt.Sprintf("%s has %d mails, want %d", to, len(mails), n)
		}
		found = mails[n-1]
		return ""
	})
	return found
}

// How long a mail and an event, also one caused by the removal of a guard, may take on a machine that is busy with other tests. How fast they
// have to be is held by make bench.
const (
	mailDelay  = 20 * time.Second
	eventDelay = 20 * time.Second
)

var links = regexp.MustCompile(`href="([^"]+)"`)

// links returns the addresses in the HTML of a mail and those in its text.
func (m mail) links() []string {
	var found []string
	for _, match := range links.FindAllStringSubmatch(m.HTML, -1) {
		found = append(found, html.UnescapeString(match[1]))
	}
	for word := range strings.FieldsSeq(m.Text) {
		if strings.HasPrefix(word, "http") {
			found = append(found, word)
		}
	}
	return found
}

// acceptLink returns the path that the button of an invitation leads to.
func (m mail) acceptLink(t *testing.T) string {
	t.Helper()
	for _, link := range m.links() {
		if path, ours := strings.CutPrefix(link, here.base); ours && strings.HasPrefix(path, acceptPath) {
			return path
		}
	}
	t.Fatalf("the mail %q has no accept link: %v", m.Subject, m.links())
	return ""
}

const acceptPath = "/invitations/accept/"

// valid holds the ids of the events that were held against their schema already.
var valid sync.Map

// events returns what was published about an organization, oldest first. Each event has to be as its schema says.
func (s *stack) events(t *testing.T, organization string) []published {
	t.Helper()
	var bus struct {
		Items []json.RawMessage
		Rules map[string][]string
	}
	s.get(t, "/dev/events.json", &bus)
	var found []published
	for _, item := range bus.Items {
		event := published{json: item}
		if err := json.Unmarshal(item, &event); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(event.Detail.Metadata.Scopes, "organizations/"+organization) {
			continue
		}
		if _, known := valid.LoadOrStore(event.ID, true); !known {
			if err := events.Validate(event.Type, item); err != nil {
				t.Errorf("event %s: %v", event.Type, err)
			}
		}
		event.rules = bus.Rules[event.ID]
		found = append(found, event)
	}
	return found
}

// eventsOf returns the events of a type about an organization.
func (s *stack) eventsOf(t *testing.T, organization, kind string) []published {
	t.Helper()
	return slices.DeleteFunc(s.events(t, organization), func(e published) bool { return e.Type != kind })
}

// published waits until there are n events of a type about an organization, and returns them.
func (s *stack) published(t *testing.T, organization, kind string, n int) []published {
	t.Helper()
	var found []published
	within(t, eventDelay, func() string {
		if found = s.eventsOf(t, organization, kind); len(found) != n {
			return fmt.Sprintf("%d events %s, want %d", len(found), kind, n)
		}
		return ""
	})
	return found
}

// publishedInAll waits until the events about an organization are as many of each type as wanted, and no others. That a mail was delivered is not said of an invitation that is
// answered by then, so of those there may be fewer than mails.
func (s *stack) publishedInAll(t *testing.T, organization string, want map[string]int) {
	t.Helper()
	within(t, eventDelay, func() string {
		got := map[string]int{}
		for _, event := range s.events(t, organization) {
			got[event.Type]++
		}
		const delivered = "InvitationDelivered"
		if mails := want["InvitationCreated"] + want["InvitationResent"]; got[delivered] > mails {
			return fmt.Sprintf("%d of %d mails were delivered", got[delivered], mails)
		}
		delete(got, delivered)
		return cmp.Diff(want, got)
	})
}

// now is the time by the clock of all functions.
func (s *stack) now(t *testing.T) time.Time {
	t.Helper()
	var clock struct{ Now time.Time }
	s.get(t, "/dev/clock", &clock)
	return clock.Now
}

// advance moves the clock of all functions.
func (s *stack) advance(t *testing.T, by time.Duration) {
	t.Helper()
	s.post(t, "/dev/clock", map[string]string{"advance": by.String()}, nil)
}

// token signs somebody up, if they are new, and returns a token for the API.
func (s *stack) token(t *testing.T, email, name string) (token, user string) {
	t.Helper()
	var out struct {
		AccessToken string `json:"access_token"`
		UserID      string `json:"user_id"`
	}
	s.post(t, "/dev/token", map[string]string{"email": email, "name": name}, &out)
	return out.AccessToken, out.UserID
}

// guard returns the id of the invitation that the guard of an address in an organization names, "" when there is no guard.
func (s *stack) guard(t *testing.T, organization, email string) string {
	t.Helper()
	var found struct {
		Item map[string]map[string]any
	}
	request := map[string]any{
		"TableName": dynamodblocal.TableName, "ConsistentRead": true,
		"Key": map[string]any{"PK": map[string]string{"S": "INVITED#ORG#" + organization}, "SK": map[string]string{"S": email}},
	}
	if err := s.table.Table(t.Context(), "GetItem", request, &found); err != nil {
		t.Fatal(err)
	}
	id, _ := found.Item["id"]["S"].(string)
	return id
}
