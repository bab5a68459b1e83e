package template_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/infra/local/iam"
	"prism-access/infra/local/pattern"
	"prism-access/infra/local/template"
)

func options() template.Options {
	return template.Options{
		Region: "eu-west-1", Account: "123456789012",
		Parameters: map[string]string{"BaseUrl": "http://localhost:8080"},
		Attributes: map[string]string{"Pool.ProviderURL": "http://issuer", "Client": "console", "Table": "things"},
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := template.Read("testdata/template.yaml", options())
	if err != nil {
		t.Fatal(err)
	}
	const id = "ShowThingFunction"
	want := &template.Template{
		Functions: []template.Function{{
			ID: id, Name: "show-thing", Timeout: 9 * time.Second,
			Env: map[string]string{
				"TABLE_NAME": "things", "PLAIN": "two words", "SIZE": "7", "JOINED": "a-eu-west-1-own",
				"SUBSTITUTED": "http://localhost:8080/x ${Literal} arn:aws:local:eu-west-1:123456789012:Table things",
				"MAPPED":      "http://localhost:8080!", "SECRET": "arn:aws:local:eu-west-1:123456789012:Key", "POOL": "http://issuer",
			},
			Role: []iam.Statement{
				{
					Sid: "List", Actions: []string{"dynamodb:Query"}, Resources: []string{"Table", "Table/index/GSI1"},
					Conditions: map[string]map[string][]string{"ForAllValues:StringLike": {iam.LeadingKeys: {"A#*", "B#*"}}},
				},
				{
					Sid: "Send", Actions: []string{"ses:SendEmail"}, Resources: []string{"arn:aws:ses:eu-west-1:123456789012:identity/x"},
					Conditions: map[string]map[string][]string{},
				},
			},
		}},
		Gateway: "Api",
		Routes: []template.Route{
			{Method: "GET", Path: "/v1/things/{t}", Function: id, Authorizer: "Token", Scopes: []string{"openid"}},
			{Method: "GET", Path: "/v1/open", Function: id},
			{Method: "GET", Path: "/v1/narrow", Function: id, Authorizer: "Token", Scopes: []string{"narrow"}},
			{Method: "ANY", Path: "$default", Function: id},
		},
		Streams: []template.Stream{{
			Function: id, BatchSize: 10, Window: time.Second, MaxRetries: 3, MaxAge: time.Minute, Bisect: true,
			ReportFailures: true, DeadLetters: "Dead",
		}},
		Schedules: []template.Schedule{{Function: id, Every: 5 * time.Minute, DeadLetters: "Dead"}},
		Buses:     []string{"things"},
		Rules:     []template.Rule{{ID: "Rule", Bus: "things", Targets: []template.Target{{Queue: "Work", Retries: 8, DeadLetters: "Dead"}}}},
		Queues: []template.Queue{
			{ID: "Work", Visibility: 20 * time.Second, DeadLetters: "Dead", MaxReceives: 4},
			{ID: "Dead", Visibility: 30 * time.Second},
		},
		Consumers: []template.Consumer{{Function: id, Queue: "Work", BatchSize: 3, Concurrency: 2}},
		Authorizers: map[string]template.Authorizer{
			"Token": {Issuer: "http://issuer", Audience: []string{"console", "other"}, Scopes: []string{"openid"}},
		},
		SignIn: template.SignIn{
			PostConfirmation: id, CallbackURLs: []string{"http://localhost:8080/back"}, LogoutURLs: []string{"http://localhost:8080/"},
		},
		ConfigurationSets: map[string][]string{"mails": {"DELIVERY", "BOUNCE"}},
		Alarms: []template.Alarm{
			{ID: "FullAlarm", Description: "Full", Threshold: 0.5, Expression: "value", Metrics: map[string]template.Metric{
				"value": {Namespace: "AWS/SQS", Name: "Waiting", Dimensions: "QueueName=Dead", Statistic: "Maximum", Period: time.Minute},
			}},
			{ID: "RateAlarm", Threshold: 2, Expression: "bad / all", Metrics: map[string]template.Metric{
				"bad": {Namespace: "local", Name: "Bad", Statistic: "Sum", Period: 5 * time.Minute},
				"all": {Namespace: "local", Name: "All", Statistic: "Sum", Period: 5 * time.Minute},
			}},
		},
	}
	isLine := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Line" }, cmp.Ignore())
	if diff := cmp.Diff(want, got, isLine, cmpopts.IgnoreTypes(&pattern.Pattern{}, []*pattern.Pattern{})); diff != "" {
		t.Error(diff)
	}
	if filters := got.Streams[0].Filters; len(filters) != 1 || !filters[0].Match([]byte(`{"dynamodb":{"Keys":{"PK":{"S":"A#1"}}}}`)) {
		t.Errorf("the stream's filter is not the template's: %v", filters)
	}
	if !got.Rules[0].Pattern.Match([]byte(`{"source":"here"}`)) || got.Rules[0].Pattern.Match([]byte(`{"source":"there"}`)) {
		t.Error("the rule's pattern is not the template's")
	}
	if got, want := got.Functions[0].Line, 16; got != want {
		t.Errorf("line of the function: got %d, want %d", got, want)
	}
}

func TestReadRefusesWithTheLine(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, replace, with, want string }{
		{"an operator", "EventPattern: {source: [here]}", "EventPattern:\n        detail:\n          type: [{wildcard: 'a*'}]", `"wildcard" is not known`},
		{"an operator of a filter", `[{"prefix":"A#"}]`, `[{"cidr":"10.0.0.0/8"}]`, `"cidr" is not known`},
		{"a filter that is no JSON", `{"dynamodb":{"Keys":{"PK":{"S":[{"prefix":"A#"}]}}}}`, `{"dynamodb":`, "not JSON"},
		{"an intrinsic function", "!Ref Size", "!FindInMap [a, b, c]", "Fn::FindInMap is not known"},
		{"a resource that is not there", "SIZE: !Ref Size", "SIZE: !Ref Sise", "no resource Sise"},
		{"a parameter without a value", "Size: {Type: String, Default: 7}", "Size: {Type: String}", "Size has no default"},
		{"a type of events", "Type: SQS", "Type: Kinesis", "type Kinesis"},
		{"a kind of resource", "Type: AWS::SecretsManager::Secret", "Type: AWS::Serverless::StateMachine", "does not run"},
		{"a property of a mapping", "BatchSize: 10", "TumblingWindowInSeconds: 10", "TumblingWindowInSeconds is not known"},
		{"a property of a target", "{Id: Work, Arn", "{Input: x, Id: Work, Arn", "Input is not known"},
		{"a queue that is not there", "Arn: !GetAtt Work.Arn, RetryPolicy", "Arn: !GetAtt Gone.Arn, RetryPolicy", "no queue Gone"},
		{"a queue of what is given up that is not there", "DeadLetterConfig: {Arn: !GetAtt Dead.Arn}", "DeadLetterConfig: {Arn: !GetAtt Gone.Arn}", "no queue Gone"},
		{"a route of settings", "GET /v1/open: {Throttling", "GET /v1/opne: {Throttling", "no route GET /v1/opne"},
		{"an authorizer", "DefaultAuthorizer: Token", "DefaultAuthorizer: Tokn", "no authorizer Tokn"},
		{"a second route of the same name", "Path: /v1/narrow", "Path: /v1/open", "there twice"},
		{"another folder", "functions/show-thing/", "functions/thing/", "functions/show-thing/"},
		{"a schedule", "rate(5 minutes)", "cron(0 10 * * ? *)", "reads schedules like"},
		{"an effect", "Sid: List\n                Effect: Allow", "Sid: List\n                Effect: Deny", `effect "Deny" is not known`},
		{"an operator of a condition", "ForAllValues:StringLike", "StringLike", "operator StringLike is not known"},
		{"a role that is not there", "!GetAtt ShowThingRole.Arn", "!GetAtt Role.Arn", "no resource Role"},
		{"a dynamic reference", `PLAIN: "two words"`, `PLAIN: "{{resolve:ssm:words}}"`, "dynamic references"},
		{"a dynamic reference in a text", `PLAIN: "two words"`, `PLAIN: !Sub "{{resolve:ssm:${Size}}}"`, "dynamic references"},
		{"an alarm that looks below", "GreaterThanThreshold", "LessThanThreshold", "GreaterThanThreshold"},
		{"an alarm that waits", "EvaluationPeriods: 1", "EvaluationPeriods: 2", "in one period"},
		{"a statistic of an alarm", "Statistic: Maximum", "Statistic: p99", "sum and the maximum"},
		{"a property of an alarm", "Period: 60", "Period: 60\n      ExtendedStatistic: p99", "ExtendedStatistic is not known"},
		{"a queue of an alarm", "!GetAtt Dead.QueueName", "!GetAtt Deaf.QueueName", "no resource Deaf"},
		{"a trigger", "{PostConfirmation:", "{PreSignUp: x, PostConfirmation:", "PreSignUp is not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(string(source), c.replace, c.with, 1)
			before, _, found := strings.Cut(string(source), c.replace)
			if !found {
				t.Fatalf("%q is not in the template", c.replace)
			}
			path := filepath.Join(t.TempDir(), "template.yaml")
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := template.Read(path, options())
			var got *template.Error
			if !errors.As(err, &got) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "template.yaml:") {
				t.Fatalf("got %v, want an error about %q with file and line", err, c.want)
			}
			// The line is that of the change, or of what uses it.
			if at := strings.Count(before, "\n") + 1; c.name == "an operator" && got.Line != at+2 {
				t.Errorf("got line %d, want %d", got.Line, at+2)
			}
		})
	}
}
