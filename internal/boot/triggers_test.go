package boot_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"prism-access/events"
	"prism-access/infra/local/bus"
	"prism-access/infra/local/ses"
	"prism-access/internal/account"
	"prism-access/internal/boot"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
	"prism-access/internal/testbed/roles"
)

var quiet = slog.New(slog.DiscardHandler)

// backstage is what runs behind the API: the functions of the stream, the bus and the user pool, with what Lambda hands them.
type backstage struct {
	*testbed.Scene
	t       *testing.T
	bus     *bus.Bus
	mailbox *ses.Mailbox
	env     map[string]string
}

func newBackstage(t *testing.T) *backstage {
	t.Helper()
	return behind(t, testbed.NewScene(t))
}

// behind returns what runs behind a scene.
func behind(t *testing.T, scene *testbed.Scene) *backstage {
	t.Helper()
	b := &backstage{
		Scene: scene, t: t, bus: bus.New(bus.Options{Buses: []string{"prism"}, Now: time.Now}), env: scene.Environment(),
	}
	said := []string{"DELIVERY", "BOUNCE", "COMPLAINT", "DELIVERY_DELAY", "REJECT"}
	b.mailbox = ses.New([]ses.Set{{Name: "prism", Events: said}}, func(source, detailType string, at time.Time, resources []string, detail json.RawMessage) error {
		_, err := b.bus.Put(bus.DefaultBus, source, detailType, at, resources, detail)
		return err
	}, time.Now)
	const account = "arn:aws:ses:eu-central-1:000000000000:"
	toBus := httptest.NewServer(roles.Handler(b.bus, "events:PutEvents", "Bus"))
	toMailbox := httptest.NewServer(roles.Handler(b.mailbox, "ses:SendEmail", account+"identity/prism.test", account+"configuration-set/local"))
	t.Cleanup(toBus.Close)
	t.Cleanup(toMailbox.Close)
	b.env["AWS_ENDPOINT_URL_EVENTBRIDGE"], b.env["AWS_ENDPOINT_URL_SESV2"] = toBus.URL, toMailbox.URL
	return b
}

// insertion returns what the stream says of an item that has come.
func insertion(item testbed.Item) any {
	return map[string]any{"eventID": "e", "eventName": "INSERT", "dynamodb": map[string]any{"SequenceNumber": "1", "NewImage": item}}
}

// invoke hands a function a payload and returns its answer.
func (b *backstage) invoke(function string, payload any) string {
	b.t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := b.handler(function).Invoke(b.t.Context(), text)
	if err != nil {
		b.t.Fatalf("%s: %v", function, err)
	}
	return string(answer)
}

func (b *backstage) handler(function string) lambda.Handler {
	b.t.Helper()
	env := roles.As(function, b.env)
	handler, err := boot.New(functions()[function], boot.Options{Getenv: func(name string) string { return env[name] }, Now: b.Now, Logger: quiet})
	if err != nil {
		b.t.Fatal(err)
	}
	return handler
}

// failures returns what an answer to a stream or a queue reports back. It is a list also when nothing failed.
func failures(t *testing.T, answer string) []string {
	t.Helper()
	var said struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil || !strings.HasPrefix(answer, `{"batchItemFailures":[`) {
		t.Fatalf("%v: got %s", err, answer)
	}
	var out []string
	for _, failure := range said.BatchItemFailures {
		out = append(out, failure.ItemIdentifier)
	}
	return out
}

// TestFromTheLogToTheMailbox: what an operation has logged goes by the stream onto the bus, and from there into the invitee's mailbox.
func TestFromTheLogToTheMailbox(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	before := len(b.Log(b.Org))
	i := b.Pending(b.Address("grace"))
	var records []any
	for n, entry := range b.entries() {
		if n >= before {
			records = append(records, insertion(entry))
		}
	}
	if got := failures(t, b.invoke("relay-log", map[string]any{"Records": records})); got != nil {
		t.Errorf("relay-log reports %v", got)
	}
	var messages []any
	for n, record := range b.onBus("prism") {
		if err := events.Validate("InvitationCreated", record.Event); err != nil {
			t.Error(err)
		}
		messages = append(messages, map[string]any{"messageId": string(rune('a' + n)), "body": string(record.Event)})
	}
	if len(messages) != 1 {
		t.Fatalf("%d events on the bus, want 1", len(messages))
	}
	for range 2 {
		if got := failures(t, b.invoke("send-mail", map[string]any{"Records": messages})); got != nil {
			t.Errorf("send-mail reports %v", got)
		}
	}
	if mails := b.mailbox.Mails(); len(mails) != 1 || mails[0].To[0] != i.Invitee.Email || !strings.Contains(mails[0].Text, i.AcceptURL) {
		t.Errorf("in the mailbox: %+v", mails)
	}
	b.Advance(time.Hour)
	if _, err := b.Resend().Do(t.Context(), b.Ada.Caller, invitation.ResendInput{Scope: b.Org, ID: i.ID}); err != nil {
		t.Fatal(err)
	}
	all := b.Envelopes(b.ID)
	text, err := json.Marshal(all[len(all)-1])
	if err != nil {
		t.Fatal(err)
	}
	resent := map[string]any{"Records": []any{map[string]any{"messageId": "m-1", "body": string(text)}}}
	for _, fault := range []ses.Fault{ses.Throttle, ses.Unverified} { // which somebody can put right: the mail waits
		b.mailbox.SetFault(fault)
		if diff := cmp.Diff([]string{"m-1"}, failures(t, b.invoke("send-mail", resent))); diff != "" {
			t.Errorf("send-mail, %s: %s", fault, diff)
		}
	}
	b.mailbox.SetFault(ses.None)
	if got := failures(t, b.invoke("send-mail", resent)); got != nil || len(b.mailbox.Mails()) != 2 {
		t.Errorf("put right: %v, %d mails", got, len(b.mailbox.Mails()))
	}
	shown, err := b.Get().Do(t.Context(), b.Ada.Caller, invitation.GetInput{Scope: b.Org, ID: i.ID})
	if err != nil || shown.Delivery != nil {
		t.Errorf("of a mail that was sent at last the invitation says %+v, %v", shown.Delivery, err)
	}
}

// entries returns the items of the organization's log, oldest first.
func (b *backstage) entries() []testbed.Item {
	b.t.Helper()
	var out []testbed.Item
	for _, envelope := range b.Envelopes(b.ID) {
		out = append(out, b.Item("ORG#"+b.ID+"#LOG", envelope.Detail.Metadata.ID))
	}
	return out
}

func TestExpireInvitationsFunction(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	i := b.Pending(b.Address("late"))
	b.Advance(7 * 24 * time.Hour)
	guard := b.RemoveGuard(b.Org, account.EmailKey(i.Invitee.Email))
	record := map[string]any{
		"eventID": "e", "eventName": "REMOVE", "userIdentity": map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"},
		"dynamodb": map[string]any{"SequenceNumber": "1", "Keys": testbed.Item{"PK": guard["PK"], "SK": guard["SK"]}, "OldImage": guard},
	}
	log := b.Appended(b.Org, func() {
		if got := failures(t, b.invoke("expire-invitations", map[string]any{"Records": []any{record}})); got != nil {
			t.Errorf("it reports %v", got)
		}
	})
	if diff := cmp.Diff([]string{"InvitationExpired"}, testbed.Types(log)); diff != "" {
		t.Error(diff)
	}
}

// TestRecordedInputs: every function that is no page of the API takes the input that is recorded for it.
func TestRecordedInputs(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	for function, want := range map[string][]string{
		"relay-log":          {"4421584500000000017450439091"}, // its entry is not in this table
		"expire-invitations": nil,
		"maintain-indexes":   nil, // nobody of it is there, and what points to its entry harms nobody
		"clean-up":           nil, // nothing is left
		"send-mail":          nil, // its invitation is not there: nobody to mail
		"track-mail":         nil, // its invitation is not there
	} {
		if diff := cmp.Diff(want, failures(t, b.invoke(function, json.RawMessage(recorded(t, function))))); diff != "" {
			t.Errorf("%s: %s", function, diff)
		}
	}
	if n := len(b.onBus("prism")); n != 1 || len(b.mailbox.Mails()) != 0 {
		t.Errorf("%d events and %d mails, want 1 and none", n, len(b.mailbox.Mails()))
	}
	for function := range apiFunctions {
		var answer struct{ StatusCode int }
		got := b.invoke(function, json.RawMessage(recorded(t, function)))
		if err := json.Unmarshal([]byte(got), &answer); err != nil || answer.StatusCode < 200 || answer.StatusCode >= 500 || answer.StatusCode == 400 || answer.StatusCode == 422 {
			t.Errorf("%s: %v, got %s", function, err, got)
		}
	}
}

func recorded(t *testing.T, function string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "events", "invoke", function+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestScheduledSweep sweeps before all tests but its own: entries of all kinds of logs, at once and again when no subscriber has confirmed them.
func TestScheduledSweep(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	sweep := func(now time.Time) (swept []string) {
		t.Helper()
		before, env := len(b.bus.Records()), roles.As("sweep-log", b.env)
		handler, err := boot.New(functions()["sweep-log"], boot.Options{
			Getenv: func(name string) string { return env[name] }, Now: func() time.Time { return now }, Logger: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := handler.Invoke(t.Context(), recorded(t, "sweep-log")); err != nil {
			t.Fatal(err)
		}
		for _, record := range b.bus.Records()[before:] {
			var published struct{ Detail event.Detail }
			if err := json.Unmarshal(record.Event, &published); err != nil {
				t.Fatal(err)
			}
			swept = append(swept, published.Detail.Metadata.ID)
		}
		slices.Sort(swept)
		return swept
	}
	at := time.Unix(time.Now().Unix()%(300*24*3600), 0) // of 1970; another run of this test has another one
	if got := sweep(at); got != nil {
		t.Errorf("nothing has happened yet, and it publishes %v", got)
	}
	b.Renamed(b.Ada, "Ada King")
	var want []string
	for range 3 { // a sweep of another test may be faster
		want = nil
		for log, ofType := range map[string]string{
			"ORG#" + b.ID + "#LOG": "MemberAdded", "WORKSPACE#" + b.Lab().ID + "#LOG": "MemberAdded", "USER#" + b.Ada.User.ID + "#LOG": "UserUpdated",
		} {
			want = append(want, b.Backdate(log, ofType, at))
		}
		slices.Sort(want)
		if slices.Equal(sweep(at.Add(3*time.Minute)), want) {
			break
		}
	}
	if diff := cmp.Diff(want, sweep(at.Add(20*time.Minute))); diff != "" {
		t.Errorf("published again: %s", diff)
	}
}

func TestRegisterUserFunction(t *testing.T) {
	t.Parallel()
	b := newBackstage(t)
	var in map[string]any
	if err := json.Unmarshal(recorded(t, "register-user"), &in); err != nil {
		t.Fatal(err)
	}
	subject, address := b.NewID(), b.Address("ada")
	attributes, _ := in["request"].(map[string]any)["userAttributes"].(map[string]any)
	attributes["sub"], attributes["email"] = subject, address
	var back map[string]any
	if err := json.Unmarshal([]byte(b.invoke("register-user", in)), &back); err != nil || back["userName"] != in["userName"] || back["triggerSource"] != in["triggerSource"] {
		t.Errorf("the user pool gets back %v, %v", back, err)
	}
	me := func(email, name string) {
		t.Helper()
		user, err := b.Me().Do(t.Context(), request.Caller{User: account.UserID(testbed.Issuer, subject)}, account.MeInput{})
		if err != nil || user.Email != email || user.Name != name || !user.EmailVerified {
			t.Errorf("got %+v, %v", user, err)
		}
	}
	me(address, "Ada Lovelace")
	moved := b.Address("ada")
	attributes["email"], attributes["name"] = moved, "Ada King"
	b.invoke("register-user", in)
	me(moved, "Ada King")
}
