// Package dev serves the developer's view of the local stack below /dev: mailbox, events, items, clock, faults, people. It
// exists in the local stack alone; no function serves any of it.
package dev

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/clock"
	"prism-access/infra/local/metrics"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/page"
	"prism-access/infra/local/queue"
	"prism-access/infra/local/ses"
	"prism-access/infra/local/tableproxy"
	"prism-access/infra/local/template"
)

// IndexDelay is how late the indexes are while they lag.
const IndexDelay = 2 * time.Second

// Options are the parts of the stack that can be looked at and moved.
type Options struct {
	BaseURL string
	Clock   *clock.Clock
	Mailbox *ses.Mailbox
	Bus     *bus.Bus
	Queues  []*queue.Queue
	Issuer  *oidc.Issuer
	UserID  func(subject string) string // what the API calls a person
	Proxy   *tableproxy.Proxy
	Table   string
	Items   awsjson.Client // the table itself
	Ready   func() bool
	Metrics *metrics.Store
	Alarms  func() []template.Alarm
	// Throttled is whether no function starts.
	Throttled *atomic.Bool
	// MailRetry is how long a mail that was not accepted waits for its next try.
	MailRetry time.Duration
}

type server struct {
	Options
	lagging func() bool
}

//go:embed templates
var files embed.FS

var templates = htmltemplate.Must(htmltemplate.New("").Funcs(htmltemplate.FuncMap{
	"number": number,
	"clock":  func(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04:05") },
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).ParseFS(files, "templates/*.html"))

// Handler serves everything below /dev but the issuer.
func Handler(o Options) http.Handler {
	s := &server{Options: o, lagging: o.Proxy.Delayed}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dev", s.overview)
	mux.HandleFunc("GET /dev/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/dev", http.StatusSeeOther) })
	mux.HandleFunc("GET "+page.StylePath, page.Style)
	mux.HandleFunc("GET /dev/mail", s.mails)
	mux.HandleFunc("GET /dev/mail/{id}", s.mail)
	mux.HandleFunc("GET /dev/mail/{id}/html", s.mailHTML)
	mux.HandleFunc("GET /dev/mail.json", s.mailJSON)
	mux.HandleFunc("GET /dev/events", s.events)
	mux.HandleFunc("GET /dev/events.json", s.eventsJSON)
	mux.HandleFunc("GET /dev/items", s.items)
	mux.HandleFunc("GET /dev/metrics", s.metrics)
	mux.HandleFunc("GET /dev/metrics.json", s.metricsJSON)
	mux.HandleFunc("GET /dev/clock", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.time()) })
	mux.HandleFunc("POST /dev/clock", s.moveClock)
	mux.HandleFunc("GET /dev/faults", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.faults()) })
	mux.HandleFunc("POST /dev/faults", s.setFaults)
	mux.HandleFunc("POST /dev/redrive", s.redrive)
	mux.HandleFunc("POST /dev/purge", s.purge)
	mux.HandleFunc("POST /dev/token", s.token)
	mux.HandleFunc("GET /dev/ready", s.ready)
	return mux
}

// frame is what every page shows.
type frame struct {
	Title string
	Here  string // the navigation's entry
	Time  moment
}

func (s *server) frame(title, here string) frame {
	return frame{Title: title, Here: here, Time: s.time()}
}

// shownMessages bounds what the page shows of a queue.
const shownMessages = 5

func (s *server) overview(w http.ResponseWriter, _ *http.Request) {
	type waiting struct {
		Name   string
		Count  int
		Newest []queue.Message // the newest first
		Dead   bool            // its messages were given up
		Back   bool            // and go back to where they come from
	}
	var queues []waiting
	for _, q := range s.Queues {
		messages := q.Messages()
		newest := messages[max(0, len(messages)-shownMessages):]
		slices.Reverse(newest)
		back := slices.ContainsFunc(s.Queues, func(of *queue.Queue) bool { return of.DeadLetters() == q })
		queues = append(queues, waiting{q.ID, len(messages), newest, q.DeadLetters() == nil, back})
	}
	page.Render(w, http.StatusOK, templates, "overview.html", struct {
		frame
		BaseURL       string
		People        []oidc.Person
		Faults        faults
		Mails, Events int
		Queues        []waiting
		Retry         time.Duration
	}{s.frame("Local stack", "overview"), s.BaseURL, s.Issuer.People(), s.faults(), len(s.Mailbox.Mails()), len(s.Bus.Records()), queues, s.MailRetry})
}

func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	if !s.Ready() {
		answer(w, http.StatusServiceUnavailable, map[string]bool{"ready": false})
		return
	}
	answer(w, http.StatusOK, map[string]bool{"ready": true})
}

// token gives a person an access token, and an account first when they have none; or another system one with the scopes.
func (s *server) token(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Email, Name, Username, Client string
		Scopes                        []string
	}{Scopes: []string{"access.check"}}
	if !decode(w, r, &in) {
		return
	}
	if in.Client != "" {
		token, err := s.Issuer.ClientToken(in.Client, in.Scopes)
		if err != nil {
			problem(w, http.StatusInternalServerError, err.Error())
			return
		}
		answer(w, http.StatusOK, map[string]string{"access_token": token, "user_id": s.UserID(in.Client)})
		return
	}
	token, person, err := Token(r.Context(), s.Issuer, oidc.Person{Email: in.Email, Name: in.Name, Username: in.Username})
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	answer(w, http.StatusOK, map[string]string{"access_token": token, "user_id": s.UserID(person.Subject)})
}

// Token returns an access token for the person with this address, who gets an account first when they have none.
func Token(ctx context.Context, issuer *oidc.Issuer, p oidc.Person) (string, oidc.Person, error) {
	var err error
	person, known := issuer.Person(p.Email)
	if known {
		person, err = issuer.SignIn(ctx, person)
	} else {
		p.EmailVerified = true
		person, err = issuer.SignUp(ctx, p)
	}
	if err != nil {
		return "", oidc.Person{}, fmt.Errorf("sign up %s: %w", p.Email, err)
	}
	token, err := issuer.AccessToken(person)
	return token, person, err
}

const maxBody = 64 << 10

// decode reads a JSON body and answers itself when it is not one of the wanted form.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		problem(w, http.StatusBadRequest, "send JSON of the expected form: "+err.Error())
		return false
	}
	return true
}

// isForm says whether a page has sent the request rather than a script, whose tool may call JSON a form.
func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return false
	}
	body := bufio.NewReader(r.Body)
	r.Body = io.NopCloser(body) // the server closes its own
	first, _ := body.Peek(1)
	return string(first) != "{"
}

func problem(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

// done ends what a page or a script has asked for: the page comes again, the script gets what is said.
func done(w http.ResponseWriter, r *http.Request, form bool, said any) {
	if form {
		http.Redirect(w, r, "/dev", http.StatusSeeOther)
		return
	}
	answer(w, http.StatusOK, said)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client gone does not matter
}
