package template_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/push"
	"prism-access/infra/local/template"
)

const pushes = "../../../events/examples/push/template.yaml"

// given are the parameters of the sample that pushes events, with some changed.
func given(changed map[string]string) template.Options {
	o := template.Options{Region: "eu-west-1", Account: "123456789012", Parameters: map[string]string{
		"BusName": "things", "Url": "http://127.0.0.1/hook", "Secret": "secret", "AlarmTopic": "topic",
	}}
	maps.Copy(o.Parameters, changed)
	return o
}

func TestReadOfPushes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parameters map[string]string
		want       push.Connection
	}{
		"API key": {map[string]string{"KeyHeader": "X-Key"}, push.Connection{Header: "X-Key", Key: "secret"}},
		"OAuth": {map[string]string{"TokenUrl": "http://127.0.0.1/token", "ClientId": "me", "Scope": "write"}, push.Connection{
			TokenURL: "http://127.0.0.1/token", ClientID: "me", ClientSecret: "secret",
			Form: url.Values{"grant_type": {"client_credentials"}, "scope": {"write"}},
		}},
		"OAuth without a scope": {map[string]string{"TokenUrl": "http://127.0.0.1/token"}, push.Connection{
			TokenURL: "http://127.0.0.1/token", ClientID: "prism-access", ClientSecret: "secret", Form: url.Values{"grant_type": {"client_credentials"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := template.Read(pushes, given(c.parameters))
			if err != nil {
				t.Fatal(err)
			}
			want := []template.Push{{DeadLetters: "PushDeadLetters", Target: push.Target{
				ID: "Push", URL: "http://127.0.0.1/hook", Method: "POST", Rate: 50, Part: []string{"detail"},
				MaxRetries: 185, MaxAge: 24 * time.Hour, Connection: c.want,
			}}}
			if diff := cmp.Diff(want, got.Rules[0].Pushes); diff != "" || got.Rules[0].Bus != "things" || len(got.Rules[0].Targets) != 0 {
				t.Errorf("of the bus %s, besides %v (-want +got):\n%s", got.Rules[0].Bus, got.Rules[0].Targets, diff)
			}
		})
	}
}

func TestPushesThatAreRefused(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(pushes)
	if err != nil {
		t.Fatal(err)
	}
	for instead, says := range map[string]string{
		"InputPath: $.detail => InputPath: $.resources[0]":                                            "paths of names",
		"InputPath: $.detail => InputTransformer: {}":                                                 "InputTransformer",
		"HttpMethod: POST\n            => HttpMethod: GET\n           ":                               "by POST",
		"BodyParameters: => QueryStringParameters:":                                                   "QueryStringParameters",
		"OAuthParameters: => BasicAuthParameters:":                                                    "BasicAuthParameters",
		"InvocationRateLimitPerSecond: 50 => Timeout: 9":                                              "Timeout",
		"DeadLetterConfig: {Arn: !GetAtt PushDeadLetters => DeadLetterConfig: {Arn: !GetAtt PushRole": "no queue PushRole",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			from, to, _ := strings.Cut(instead, " => ")
			if !strings.Contains(string(text), from) {
				t.Fatalf("the template has no %q", from)
			}
			path := filepath.Join(t.TempDir(), "template.yaml")
			if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := template.Read(path, given(map[string]string{"TokenUrl": "http://127.0.0.1/token"})); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want what says %q", err, says)
			}
		})
	}
}
