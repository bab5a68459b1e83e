//go:build deployed

package deployed

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	"prism-access/infra/local/awsjson"
	"prism-access/internal/account"
)

// TestBuiltFunctions runs what is deployed, in the environment that it has there.
func TestBuiltFunctions(t *testing.T) {
	s := newStage(t)
	s.run("together", s.together)
	s.run("each by itself", s.eachByItself)
}

// together: a user signs up, makes an organization and invites somebody, who is mailed; what the relay has missed is published by the sweep. Each step
// is a trigger of another kind.
func (s *stage) together() {
	t := s.t
	// Cognito: the user pool's trigger answers its event and has made the user.
	var signedUp struct {
		UserPoolID, Region, UserName string
		Response                     *json.RawMessage
	}
	decode(t, s.invoke("RegisterUserFunction", s.recorded("RegisterUserFunction")), &signedUp)
	if signedUp.Response == nil || signedUp.UserPoolID == "" {
		t.Errorf("the user pool gets %+v", signedUp)
	}
	ada := account.UserID("https://cognito-idp."+signedUp.Region+".amazonaws.com/"+signedUp.UserPoolID, signedUp.UserName)
	if user := s.item("USER#"+ada, "USER"); user.Text("email") != "ada@example.com" {
		t.Errorf("in the table: %s", user)
	}

	// API Gateway: an organization and an invitation, whose link the page and another function can read with the same secret.
	o, _ := s.ask("CreateOrganizationFunction", 201, nil, "")["id"].(string)
	if s.item("ORG#"+o, "ORG").Text("name") != "Acme" || s.item("ORG#"+o, "MEMBER#"+ada) == nil {
		t.Errorf("in the table: %s, %s", s.item("ORG#"+o, "ORG"), s.item("ORG#"+o, "MEMBER#"+ada))
	}
	reader := s.stream()
	s.consume()
	invited := s.ask("CreateInvitationsFunction", 201, map[string]string{"o": o}, `{"invitees":[{"email":"grace@example.com"}],"role":"admin","confirm":"admin"}`)
	results, _ := invited["results"].(list)
	link, i := text(results[0], "invitation", "accept_url"), text(results[0], "invitation", "id")
	token, ours := strings.CutPrefix(link, s.in.Stack.Environments["ConsoleFunction"]["BASE_URL"]+"/invitations/accept/")
	if !ours || s.item("ORG#"+o, "INVITATION#"+i) == nil {
		t.Errorf("the link is %s; in the table: %s", link, s.item("ORG#"+o, "INVITATION#"+i))
	}
	if shown := s.ask("PreviewInvitationFunction", 200, map[string]string{"token": token}, ""); shown["scope_name"] != "Acme" || shown["status"] != "pending" {
		t.Errorf("the link leads to %v", shown)
	}
	s.page(token)

	// The stream, the bus and the queues: relay-log publishes, send-mail mails, track-mail hears what became of it, maintain-indexes makes what
	// searches find.
	s.until("InvitationCreated on the bus", func() bool { return slices.Contains(s.published(), "InvitationCreated") })
	s.until("a mail", func() bool { return len(s.mailbox.Mails()) == 1 })
	mail := s.mailbox.Mails()[0]
	if mail.To[0] != "grace@example.com" || !strings.Contains(mail.Text, link) || mail.ConfigurationSet != s.name("MailConfigurationSet") || !strings.Contains(mail.From, "invitations@example.com") {
		t.Errorf("in the mailbox: %+v", mail)
	}
	s.until("the invitation says that its mail is delivered", func() bool {
		read := s.ask("GetInvitationFunction", 200, map[string]string{"o": o, "i": i}, "")
		return text(read, "delivery", "status") == "delivered"
	})
	s.until("what a search for Ada finds", func() bool { return len(s.query("ORG#"+o+"#SEARCH")) > 0 })

	// The schedule: an entry that nobody has published for an hour is, once, and is marked so.
	reader.Stop()
	old := s.unpublished(o, time.Now().Add(-time.Hour))
	before := len(s.bus.Records())
	s.invoke("SweepLogFunction", s.recorded("SweepLogFunction"))
	after := s.bus.Records()[before:]
	if len(after) != 1 || !strings.Contains(string(after[0].Event), old) || after[0].Bus != s.name("Bus") {
		t.Errorf("the sweep publishes %+v, want the entry %s", after, old)
	}
	if entry := s.item("ORG#"+o+"#LOG", old); strings.HasPrefix(entry.Text("GSI2PK"), "UNPUBLISHED#") {
		t.Errorf("the sweep leaves %s", entry)
	}
}

// page asks the console for the page of a link.
func (s *stage) page(token string) {
	s.t.Helper()
	var request events.APIGatewayV2HTTPRequest
	decode(s.t, s.recorded("ConsoleFunction"), &request)
	request.RawPath = "/invitations/accept/" + token
	request.RequestContext.HTTP.Path = request.RawPath
	event, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer := s.answer("ConsoleFunction", event); answer.StatusCode != 200 || !strings.Contains(answer.Body, "Acme") || !strings.Contains(answer.Body, "<html") {
		s.t.Errorf("the page of the link: %d %s", answer.StatusCode, answer.Body)
	}
}

// published are the types of what is on the bus.
func (s *stage) published() []string {
	var out []string
	for _, record := range s.bus.Records() {
		var event struct {
			Kind string `json:"detail-type"`
		}
		decode(s.t, record.Event, &event)
		if record.Bus == s.name("Bus") {
			out = append(out, event.Kind)
		}
	}
	return out
}

// unpublished adds an entry to an organization's log that was made then and not published, and returns its id.
func (s *stage) unpublished(o string, then time.Time) string {
	s.t.Helper()
	entries := s.query("ORG#" + o + "#LOG")
	if len(entries) == 0 {
		s.t.Fatal("the log is empty")
	}
	id := ulid.MustNew(ulid.Timestamp(then), ulid.DefaultEntropy()).String()
	value := func(text string) json.RawMessage {
		out, _ := json.Marshal(map[string]string{"S": text}) // cannot fail
		return out
	}
	entry := awsjson.Item{}
	for name, attribute := range entries[0] {
		if !strings.HasPrefix(name, "GSI") {
			entry[name] = attribute
		}
	}
	entry["SK"], entry["GSI2PK"], entry["GSI2SK"], entry["occurred_at"] = value(id), value("UNPUBLISHED#0"), value(id), value(then.UTC().Format(time.RFC3339))
	s.put(entry)
	return id
}

// eachByItself: each of what is deployed starts with its environment, and answers what is recorded for it without a fault of its own.
func (s *stage) eachByItself() {
	answers := map[string]string{"SweepLogFunction": "null", "RegisterUserFunction": `"response":{}`} // the others' are HTTP
	for _, m := range s.in.of("AWS::Lambda::EventSourceMapping") {
		answers[text(m, "FunctionName")] = `{"batchItemFailures":[]}`
	}
	for id := range s.in.of("AWS::Lambda::Function") {
		s.run(folder(id), func() {
			s.written(id)
			defer func() { s.instance(id).Stop() }()
			if want := answers[id]; want != "" {
				if answer := string(s.invoke(id, s.recorded(id))); !strings.Contains(answer, want) {
					s.t.Errorf("answers %s, want %s", answer, want)
				}
				return
			}
			if answer := s.answer(id, s.recorded(id)); answer.StatusCode < 200 || answer.StatusCode >= 500 || answer.Body == "" {
				s.t.Errorf("answers %+v", answer)
			}
		})
	}
}

// written puts what the recorded records of a stream say is in the table.
func (s *stage) written(id string) {
	s.t.Helper()
	var in struct {
		Records []struct {
			DynamoDB struct{ NewImage awsjson.Item }
		}
	}
	decode(s.t, s.recorded(id), &in)
	for _, record := range in.Records {
		if record.DynamoDB.NewImage != nil {
			s.put(record.DynamoDB.NewImage)
		}
	}
}
