package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	contract "prism-access/events"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
	"prism-access/internal/trigger"
)

func message(id, body string) events.SQSMessage { return events.SQSMessage{MessageId: id, Body: body} }

// TestFromBusReportsWhatFailed: each message stands for itself, and only those that failed come again.
func TestFromBusReportsWhatFailed(t *testing.T) {
	t.Parallel()
	l := &logs{}
	var handled []string
	edge := trigger.FromBus{Operation: "send-mail", Logger: l.logger(), Handle: func(_ context.Context, e event.Envelope) error {
		handled = append(handled, e.DetailType)
		if e.DetailType == "InvitationDeclined" {
			return errors.New("the mail service does not answer")
		}
		return nil
	}}
	answer, err := edge.Do(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		message("m-1", string(contract.Example("InvitationCreated"))), message("m-2", "{"), message("m-3", string(contract.Example("InvitationDeclined"))),
		message("m-4", ""), message("m-5", string(contract.Example("MemberAdded"))), message("m-6", `"text"`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, failure := range answer.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	if diff := cmp.Diff([]string{"m-2", "m-3", "m-4", "m-6"}, failed); diff != "" {
		t.Errorf("reported back: %s", diff)
	}
	if diff := cmp.Diff([]string{"InvitationCreated", "InvitationDeclined", "MemberAdded"}, handled); diff != "" {
		t.Errorf("handled: %s", diff)
	}
	checkLog(t, l.String())
}

// checkLog holds that there is one line a message, and nothing of its data in it.
func checkLog(t *testing.T, log string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != 6 {
		t.Errorf("%d lines are logged, want one for each message: %s", len(lines), log)
	}
	for i, line := range lines {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatal(err)
		}
		if said["operation"] != "send-mail" {
			t.Errorf("line %d: %s", i, line)
		}
	}
	if strings.Contains(log, "@example.com") || strings.Contains(log, "Globex") {
		t.Errorf("data is logged: %s", log)
	}
}

func TestRegisterUser(t *testing.T) {
	t.Parallel()
	bed, l := testbed.New(t), &logs{}
	address := bed.Address("ada")
	in := events.CognitoEventUserPoolsPostConfirmation{}
	in.Region, in.UserPoolID, in.UserName, in.TriggerSource = "eu-central-1", "eu-central-1_EXAMPLE00", "u", "PostConfirmation_ConfirmSignUp"
	in.Request.UserAttributes = map[string]string{
		"sub": bed.NewID(), "email": address, "email_verified": "true", "name": "Ada Lovelace", "preferred_username": strings.ToLower(bed.NewID()),
	}
	edge := trigger.RegisterUser{Register: bed.Register(), Logger: l.logger()}
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "c7a2ea20-b2f1-4c94-ae05-319acb5c7427"})
	for range 2 { // Cognito may call again
		out, err := edge.Do(ctx, in)
		if diff := cmp.Diff(in, out); diff != "" || err != nil {
			t.Fatalf("Cognito gets back, %v: %s", err, diff)
		}
	}
	id := account.UserID("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE00", in.Request.UserAttributes["sub"])
	me, err := bed.Me().Do(t.Context(), request.Caller{User: id}, account.MeInput{})
	if err != nil || me.Name != "Ada Lovelace" || me.Email != address || !me.EmailVerified || me.Username != in.Request.UserAttributes["preferred_username"] {
		t.Errorf("got %+v, %v", me, err)
	}
	if log := l.String(); strings.Contains(log, address) || !strings.Contains(log, id) {
		t.Errorf("logged %s", log)
	}

	logged := bed.Partitions("USER#" + id + "#LOG")
	if len(logged) != 1 {
		t.Errorf("the log has %d entries, want one", len(logged))
	}
	for name := range logged { // what is published names the invocation, as our own log does
		_, entry, _ := strings.Cut(name, " ")
		for _, attribute := range []string{"request_id", "correlation_id"} {
			if got := testbed.Text(bed.Item("USER#"+id+"#LOG", entry), attribute); got != "c7a2ea20-b2f1-4c94-ae05-319acb5c7427" || strings.Count(l.String(), got) != 4 {
				t.Errorf("%s: got %q, and logged %s", attribute, got, l)
			}
		}
	}

	elsewhere := edge
	elsewhere.Issuer = "https://issuer.test"
	in.Request.UserAttributes["email"] = bed.Address("ada")
	if _, err := elsewhere.Do(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := bed.Me().Do(t.Context(), request.Caller{User: account.UserID("https://issuer.test", in.Request.UserAttributes["sub"])}, account.MeInput{}); err != nil {
		t.Errorf("under the configured issuer: %v", err)
	}
	in.Request.UserAttributes["email"] = "not an address"
	if _, err := edge.Do(t.Context(), in); !errors.Is(err, fault.Invalid) {
		t.Errorf("a malformed address: got %v", err)
	}
}
