// Package ses stands in for SES v2: it takes mails over the service's own protocol, keeps them in a mailbox, and says on the
// account's default bus what became of them.
package ses

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"prism-access/infra/local/invoke"
)

// Keep is how many mails can be looked at. Older ones are dropped.
const Keep = 1000

const maxSize = 10 << 20

// Fault is how the service misbehaves.
type Fault string

// Faults.
const (
	None       Fault = ""
	Throttle   Fault = "throttle"   // refuses for the rate
	Unverified Fault = "unverified" // refuses until somebody has verified the sender's domain
	Refuse     Fault = "refuse"     // refuses each mail for good
	Timeout    Fault = "timeout"    // does not answer until the client gives up
	Bounce     Fault = "bounce"     // accepts, and the mailbox does not exist
	Complaint  Fault = "complaint"  // accepts, and the recipient reports it as spam
	Delay      Fault = "delay"      // accepts, and the recipient's mail server does not take it yet
	Reject     Fault = "reject"     // accepts, and finds a virus in it
)

// Mail is a mail that was accepted.
type Mail struct {
	ID               string            `json:"id"`
	From             string            `json:"from"`
	To               []string          `json:"to"`
	CC               []string          `json:"cc,omitempty"`
	BCC              []string          `json:"bcc,omitempty"`
	ReplyTo          []string          `json:"reply_to,omitempty"`
	Subject          string            `json:"subject"`
	HTML             string            `json:"html"`
	Text             string            `json:"text"`
	Headers          map[string]string `json:"headers,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
	ConfigurationSet string            `json:"configuration_set,omitempty"`
	At               time.Time         `json:"at"`
	Fault            Fault             `json:"fault,omitempty"` // what has become of it
}

// Mailbox is the service and what it has sent. It is safe for concurrent use.
type Mailbox struct {
	sets []Set
	to   Publish
	now  func() time.Time

	mu    sync.Mutex
	mails []Mail
	fault Fault
}

// New returns an empty mailbox that knows these configuration sets. to is where it says what became of mails; nil: nowhere.
func New(configurationSets []Set, to Publish, now func() time.Time) *Mailbox {
	return &Mailbox{sets: configurationSets, to: to, now: now}
}

// SetFault changes how the service misbehaves.
func (m *Mailbox) SetFault(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// Fault returns how the service misbehaves.
func (m *Mailbox) Fault() Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault
}

// Mails returns the last mails, the oldest first.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Restore puts back what Mails returned.
func (m *Mailbox) Restore(mails []Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = slices.Clone(mails)
}

type sendEmail struct {
	FromEmailAddress     string
	ReplyToAddresses     []string
	ConfigurationSetName string
	Destination          struct{ ToAddresses, CcAddresses, BccAddresses []string }
	EmailTags            []struct{ Name, Value string }
	Content              struct {
		Simple *struct {
			Subject content
			Body    struct{ HTML, Text content }
			Headers []struct{ Name, Value string }
		}
	}
}

type content struct{ Data string }

// ServeHTTP is the service's endpoint. It knows SendEmail with simple content.
func (m *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" {
		refuse(w, http.StatusNotFound, "NotFoundException", "the local service sends mails and nothing else")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSize))
	if err != nil {
		return // the client is gone
	}
	fault := m.Fault()
	switch fault {
	case Throttle:
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Maximum sending rate exceeded.")
		return
	case Unverified:
		refuse(w, http.StatusBadRequest, "MessageRejected", "Email address is not verified. The following identities failed the check in region LOCAL: no-reply@example.com")
		return
	case Refuse:
		refuse(w, http.StatusBadRequest, "MessageRejected", "Email address is on the suppression list.")
		return
	case Timeout:
		<-r.Context().Done()
		return
	}
	var request sendEmail
	if err := json.Unmarshal(body, &request); err != nil {
		refuse(w, http.StatusBadRequest, "BadRequestException", err.Error())
		return
	}
	if reason := request.invalid(); reason != "" {
		refuse(w, http.StatusBadRequest, "BadRequestException", reason)
		return
	}
	if set := request.ConfigurationSetName; set != "" && !slices.ContainsFunc(m.sets, func(s Set) bool { return s.Name == set }) {
		refuse(w, http.StatusNotFound, "NotFoundException", fmt.Sprintf("Configuration set <%s> does not exist.", set))
		return
	}
	mail := request.mail()
	mail.At, mail.Fault = m.now().UTC(), fault
	m.mu.Lock()
	m.mails = append(m.mails, mail)
	if extra := len(m.mails) - Keep; extra > 0 {
		m.mails = slices.Clone(m.mails[extra:])
	}
	m.mu.Unlock()
	if err := m.publish(mail, fault); err != nil { // before the answer, as can happen
		slog.ErrorContext(r.Context(), "say what became of a mail", "error", err)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"MessageId": mail.ID}) // a client gone does not matter
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("X-Amzn-ErrorType", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // a client gone does not matter
}

var tag = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// invalid says what the service would refuse, or nothing.
func (s sendEmail) invalid() string {
	simple := s.Content.Simple
	recipients := slices.Concat(s.Destination.ToAddresses, s.Destination.CcAddresses, s.Destination.BccAddresses)
	switch {
	case simple == nil:
		return "the local service takes simple content"
	case s.FromEmailAddress == "":
		return "From address is needed"
	case len(recipients) == 0 || len(recipients) > 50:
		return "1 to 50 recipients"
	case simple.Body.HTML.Data == "" && simple.Body.Text.Data == "":
		return "a body is needed"
	}
	lines := append(slices.Clone(recipients), s.FromEmailAddress, simple.Subject.Data)
	for _, header := range simple.Headers {
		lines = append(lines, header.Name, header.Value)
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n") {
			return "a header has a line break"
		}
	}
	for _, t := range s.EmailTags {
		if !tag.MatchString(t.Name) || !tag.MatchString(t.Value) {
			return fmt.Sprintf("Invalid message tag %q=%q: letters, digits, _ and - only", t.Name, t.Value)
		}
	}
	return ""
}

func (s sendEmail) mail() Mail {
	simple := s.Content.Simple
	mail := Mail{
		ID: invoke.UUID(), From: s.FromEmailAddress, To: s.Destination.ToAddresses, CC: s.Destination.CcAddresses,
		BCC: s.Destination.BccAddresses, ReplyTo: s.ReplyToAddresses, Subject: simple.Subject.Data, HTML: simple.Body.HTML.Data,
		Text: simple.Body.Text.Data, ConfigurationSet: s.ConfigurationSetName, Headers: map[string]string{}, Tags: map[string]string{},
	}
	for _, header := range simple.Headers {
		mail.Headers[header.Name] = header.Value
	}
	for _, t := range s.EmailTags {
		mail.Tags[t.Name] = t.Value
	}
	return mail
}
