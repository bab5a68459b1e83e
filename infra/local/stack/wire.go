package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/infra/local/awsjson"
	"prism-access/infra/local/iam"
	"prism-access/infra/local/invoke"
	"prism-access/infra/local/oidc"
	"prism-access/infra/local/template"
	"prism-access/internal/account"
	"prism-access/internal/boot"
	"prism-access/internal/telemetry"
)

const (
	region     = "eu-central-1"
	accountID  = "000000000000"
	mailDomain = "prism.example"
	mailFrom   = "no-reply@" + mailDomain
)

// values are what a deployment would be asked for. The issuer is another one than the template's user pool, as it may be
// in a deployment, too.
func (s *Stack) values() template.Options {
	return template.Options{
		Region: region, Account: accountID,
		Parameters: map[string]string{
			"BaseUrl": s.URL, "MailFrom": mailFrom, "OidcIssuer": s.URL + issuerPath, "OidcClientId": clientID,
		},
		Attributes: map[string]string{"Table": s.o.Table},
	}
}

// wire builds the functions, each with the environment that the template gives it and what Lambda adds.
func (s *Stack) wire(edges string) error {
	runtime := map[string]string{
		"AWS_REGION": region, "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL_SESV2": edges, "AWS_ENDPOINT_URL_EVENTBRIDGE": edges, "AWS_ENDPOINT_URL_SECRETS_MANAGER": edges,
	}
	s.functions = map[string]*invoke.Function{}
	roles := map[string][]iam.Statement{}
	for _, f := range s.template.Functions {
		roles[f.ID] = f.Role
	}
	s.Guard = iam.NewGuard(roles) // also of what a function does when it starts
	var problems []error
	for _, f := range s.template.Functions {
		wiring := s.wiring(f.Name)
		if wiring == nil {
			problems = append(problems, fmt.Errorf("%s:%d: the local stack does not know the function %s", s.o.Template, f.Line, f.Name))
			continue
		}
		env := maps.Clone(runtime)
		maps.Copy(env, f.Env)
		env["AWS_ACCESS_KEY_ID"], env["AWS_ENDPOINT_URL_DYNAMODB"] = f.ID, cmp.Or(f.Env["AWS_ENDPOINT_URL_DYNAMODB"], s.Proxy.URL)
		written := telemetry.NewLogger(s.Metrics, env[telemetry.Namespace]) // what CloudWatch gets of its output
		logger := slog.New(slog.NewMultiHandler(s.o.Logger.Handler(), written.Handler()))
		built := &invoke.Function{Name: f.Name, Timeout: f.Timeout, Throttled: s.isThrottled, Invoked: s.invoked(f.ID), Start: func() (lambda.Handler, error) {
			return boot.New(wiring, boot.Options{
				Getenv: func(name string) string { return env[name] }, Now: s.Clock.Now, Logger: logger,
			})
		}}
		if err := built.Warm(); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %w", s.o.Template, f.Line, f.Name, err))
			continue
		}
		s.functions[f.ID] = built
	}
	s.Proxy.Obey(s.Guard)
	return errors.Join(problems...)
}

// serveSecret answers what the template's only secret holds: a key as the template has it generated.
func (s *Stack) serveSecret(w http.ResponseWriter, _ *http.Request) {
	text, _ := json.Marshal(map[string]string{"signs": "1", "1": s.state.Secret})  // cannot fail
	_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": string(text)}) // a client gone does not matter
}

// warm makes the table server load and compile what the first write needs, which takes a cold one longer than functions wait.
// Nothing is there to delete, so table and stream stay as they are.
func (s *Stack) warm(ctx context.Context) error {
	key := map[string]any{"PK": map[string]string{"S": "WARM"}, "SK": map[string]string{"S": "WARM"}}
	request := map[string]any{"TransactItems": []any{map[string]any{"Delete": map[string]any{"TableName": s.o.Table, "Key": key}}}}
	if err := (awsjson.Client{Endpoint: s.o.Endpoint}).Table(ctx, "TransactWriteItems", request, nil); err != nil {
		return fmt.Errorf("warm the table: %w", err)
	}
	return nil
}

// userID is what the API calls a person of this issuer.
func (s *Stack) userID(subject string) string { return account.UserID(s.URL+issuerPath, subject) }

// confirmed calls the post-confirmation trigger as the user pool does.
func (s *Stack) confirmed(ctx context.Context, p oidc.Person) error {
	f := s.functions[s.template.SignIn.PostConfirmation]
	if f == nil {
		return nil
	}
	attributes := map[string]string{
		"sub": p.Subject, "cognito:user_status": "CONFIRMED", "email": p.Email, "email_verified": strconv.FormatBool(p.EmailVerified),
	}
	if p.Name != "" {
		attributes["name"] = p.Name
	}
	if p.Username != "" {
		attributes["preferred_username"] = p.Username
	}
	event, err := json.Marshal(events.CognitoEventUserPoolsPostConfirmation{
		CognitoEventUserPoolsHeader: events.CognitoEventUserPoolsHeader{
			Version: "1", TriggerSource: "PostConfirmation_ConfirmSignUp", Region: region, UserPoolID: region + "_local", UserName: p.Subject,
			CallerContext: events.CognitoEventUserPoolsCallerContext{AWSSDKVersion: "local", ClientID: clientID},
		},
		Request: events.CognitoEventUserPoolsPostConfirmationRequest{UserAttributes: attributes, ClientMetadata: map[string]string{}},
	})
	if err != nil {
		return err
	}
	answer, err := f.Invoke(ctx, event)
	if err != nil {
		return err
	}
	var echoed struct{ Response *json.RawMessage }
	if json.Unmarshal(answer, &echoed) != nil || echoed.Response == nil {
		return errors.New("unrecognizable lambda output")
	}
	return nil
}

// scheduled is the event of a schedule.
func scheduled(at time.Time) []byte {
	event, _ := json.Marshal(map[string]any{ // cannot fail
		"version": "0", "id": invoke.UUID(), "detail-type": "Scheduled Event", "source": "aws.events", "account": accountID,
		"time": at.UTC().Format(time.RFC3339), "region": region, "resources": []string{}, "detail": map[string]any{},
	})
	return event
}
