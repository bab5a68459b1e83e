package structure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/pattern"
	"prism-access/internal/mail"
	"prism-access/internal/telemetry"
	"prism-access/internal/trigger"
	"prism-access/internal/upkeep"
)

func TestFunctionsAreTheTemplatesAndHaveARecordedInput(t *testing.T) {
	t.Parallel()
	want := sorted(functions(t))
	if diff := cmp.Diff(want, names(t, "functions")); diff != "" {
		t.Errorf("folders of functions (-template +folders):\n%s", diff)
	}
	if diff := cmp.Diff(want, names(t, "events/invoke")); diff != "" {
		t.Errorf("recorded inputs (-template +files):\n%s", diff)
	}
}

func TestFunctionsAreBuiltAlike(t *testing.T) {
	t.Parallel()
	common := readTemplate(t).Globals.Function
	got := []string{common.Runtime, common.Handler, strings.Join(common.Architectures, ",")}
	if diff := cmp.Diff([]string{"provided.al2023", "bootstrap", "arm64"}, got); diff != "" {
		t.Error(diff)
	}
	if got := common.Environment.Variables[telemetry.Namespace]; got != "AWS::StackName" {
		t.Errorf("metrics of this deployment go to %v, and so may another's", got)
	}
	for name, f := range functions(t) {
		if f.Runtime != "" || f.Handler != "" || f.Architectures != nil {
			t.Errorf("%s has a runtime, handler or architecture of its own", name)
		}
		most := 60
		switch {
		case len(f.Events) == 0: // but the user pool's, which waits so long
			most = 5
		case slices.ContainsFunc(slices.Collect(maps.Values(f.Events)), func(s source) bool { return s.Type == "HttpApi" }):
			most = 29 // the gateway waits a second more
		}
		if f.MemorySize < 128 || f.MemorySize > 1024 || f.Timeout < 1 || f.Timeout > most {
			t.Errorf("%s: memory %d, timeout %d: want its own of each, at most 1024 and %d", name, f.MemorySize, f.Timeout, most)
		}
	}
}

// TestWhoCountsMailsKnowsTheLimit: without it a function would take its default, whatever the deployment says.
func TestWhoCountsMailsKnowsTheLimit(t *testing.T) {
	t.Parallel()
	if limit := readTemplate(t).Parameters["InvitationMailsPerHour"].Default; limit != 1000.0 {
		t.Errorf("by default %v mails", limit)
	}
	for name, f := range functions(t) {
		counts := slices.ContainsFunc(statements(f), func(s statement) bool {
			return slices.Contains(s.Condition["ForAllValues:StringLike"][leadingKeys], "RATE#*#INVITATION-MAILS#*")
		})
		if limit := f.Environment.Variables["INVITATION_MAILS_PER_HOUR"]; counts != (limit == "InvitationMailsPerHour") {
			t.Errorf("%s: counts mails: %v, and its limit is %v", name, counts, limit)
		}
	}
}

func TestMainIsShortAndStartsItsOperation(t *testing.T) {
	t.Parallel()
	const most = 15
	for name := range functions(t) {
		lines := 0
		text := read(t, "functions", name, "main.go")
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
				lines++
			}
		}
		if lines > most {
			t.Errorf("functions/%s/main.go has %d lines, want at most %d", name, lines, most)
		}
		if start := "." + pascal(name) + ")"; !bytes.Contains(text, []byte("boot.Start(")) || !bytes.Contains(text, []byte(start)) {
			t.Errorf("functions/%s/main.go does not start %s", name, pascal(name))
		}
	}
}

// operation is what template and openapi.yaml must agree on.
type operation struct {
	Function string
	Public   bool
	Scopes   []string // a token has one of them
}

func TestRoutesAreTheSpecifications(t *testing.T) {
	t.Parallel()
	type api struct {
		Auth struct {
			Authorizers struct {
				Token struct{ AuthorizationScopes []string }
			}
		}
	}
	usual := of[api](t, readTemplate(t), "AWS::Serverless::HttpApi")["HttpApi"].Auth.Authorizers.Token.AuthorizationScopes
	declared := map[string]operation{}
	for name, f := range functions(t) {
		for _, s := range f.Events {
			if s.Type != "HttpApi" || s.route() == "$default" {
				continue
			}
			o := operation{Function: name, Public: s.Properties.Auth.Authorizer == "NONE"}
			if own := s.Properties.Auth.AuthorizationScopes; own != nil {
				o.Scopes = own
			} else if !o.Public {
				o.Scopes = usual
			}
			declared[s.route()] = o
		}
	}
	if diff := cmp.Diff(specified(t), declared); diff != "" {
		t.Errorf("routes (-openapi.yaml +template.yaml):\n%s", diff)
	}
}

// TestThePoolKnowsTheScopesOfTheRoutes, and no others: a client gets what it may ask for alone.
func TestThePoolKnowsTheScopesOfTheRoutes(t *testing.T) {
	t.Parallel()
	type server struct {
		Identifier string
		Scopes     []struct{ ScopeName string }
	}
	taken, known := map[string]bool{}, map[string]bool{}
	for _, o := range specified(t) {
		for _, scope := range o.Scopes {
			taken[scope] = true
		}
	}
	whole := readTemplate(t)
	for id, r := range whole.Resources {
		if r.Type == "AWS::Cognito::UserPoolClient" && r.DependsOn != "PrismScopes" {
			t.Errorf("%s may be made before the scopes that it names", id)
		}
	}
	for _, s := range of[server](t, whole, "AWS::Cognito::UserPoolResourceServer") {
		for _, scope := range s.Scopes {
			known[scope.ScopeName], known[s.Identifier+"/"+scope.ScopeName] = true, true // with and without the resource server, as routes name them
		}
	}
	if diff := cmp.Diff(sorted(taken), sorted(known)); diff != "" {
		t.Errorf("scopes (-openapi.yaml +template):\n%s", diff)
	}
}

// scopes are one way to be let in: with a token that has all of them.
type scopes struct{ Bearer []string }

// specified returns the operations of openapi.yaml by route.
func specified(t *testing.T) map[string]operation {
	t.Helper()
	var spec struct {
		Servers []struct {
			URL string
		}
		Security []scopes
		Paths    map[string]map[string]any
	}
	decodeYAML(t, read(t, "internal/httpapi/openapi.yaml"), &spec)
	if len(spec.Servers) != 1 {
		t.Fatalf("openapi.yaml names %d servers, want 1", len(spec.Servers))
	}
	out := map[string]operation{}
	for path, methods := range spec.Paths {
		for method, value := range methods {
			if !slices.Contains([]string{"get", "post", "put", "patch", "delete"}, method) {
				continue // what all methods of the path share
			}
			fields, _ := value.(map[string]any)
			name, _ := fields["x-function"].(string)
			o := operation{Function: name}
			security := spec.Security
			if own, says := fields["security"]; says {
				text, _ := json.Marshal(own)
				security = nil
				decode(t, text, &security)
				o.Public = len(security) == 0
			}
			for _, alternative := range security { // Cognito puts the resource server before them
				o.Scopes = append(o.Scopes, alternative.Bearer...)
			}
			for _, scope := range o.Scopes {
				o.Scopes = append(o.Scopes, "prism/"+scope)
			}
			out[strings.ToUpper(method)+" "+spec.Servers[0].URL+path] = o
		}
	}
	return out
}

// TestRecordedInputsFitTheTriggers reads each recorded input as Lambda's events package does, and looks for the route,
// stream, queue or trigger that the template names.
func TestRecordedInputsFitTheTriggers(t *testing.T) {
	t.Parallel()
	all := functions(t)
	for name, f := range all {
		text := read(t, "events/invoke", name+".json")
		for _, s := range f.Events {
			if err := fits(text, f, s); err != nil {
				t.Errorf("events/invoke/%s.json: %v", name, err)
			}
		}
	}
	var signUp events.CognitoEventUserPoolsPostConfirmation
	decode(t, read(t, "events/invoke/register-user.json"), &signUp)
	if signUp.TriggerSource != "PostConfirmation_ConfirmSignUp" || signUp.Request.UserAttributes["sub"] == "" {
		t.Errorf("events/invoke/register-user.json is no confirmed sign-up: %+v", signUp)
	}
}

func fits(text []byte, f function, s source) error {
	switch s.Type {
	case "HttpApi":
		return fitsRoutes(text, slices.Collect(maps.Values(f.Events)))
	case "DynamoDB":
		var in events.DynamoDBEvent
		if err := json.Unmarshal(text, &in); err != nil {
			return err
		}
		if len(in.Records) == 0 || in.Records[0].EventSource != "aws:dynamodb" {
			return fmt.Errorf("holds no stream record")
		}
		return passes(text, s)
	case "SQS":
		var in events.SQSEvent
		if err := json.Unmarshal(text, &in); err != nil {
			return err
		}
		if len(in.Records) == 0 || !json.Valid([]byte(in.Records[0].Body)) {
			return fmt.Errorf("holds no message with an event")
		}
	case "Schedule":
		var in events.CloudWatchEvent
		if err := json.Unmarshal(text, &in); err != nil {
			return err
		}
		if in.DetailType != "Scheduled Event" {
			return fmt.Errorf("holds a %q", in.DetailType)
		}
	default:
		return fmt.Errorf("a trigger of the type %s is not known here", s.Type)
	}
	return nil
}

// passes says whether each record is one that the filter of the stream lets through.
func passes(text []byte, s source) error {
	var in struct{ Records []json.RawMessage }
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	for _, filter := range s.Properties.FilterCriteria.Filters {
		parsed, err := pattern.Parse([]byte(filter.Pattern))
		if err != nil {
			return err
		}
		for _, record := range in.Records {
			if !parsed.Match(record) {
				return fmt.Errorf("the filter %s stops %s", filter.Pattern, record)
			}
		}
	}
	return nil
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// fitsRoutes says whether the request is one that the gateway would make of one of the routes.
func fitsRoutes(text []byte, routes []source) error {
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	i := slices.IndexFunc(routes, func(s source) bool { return s.Type == "HttpApi" && s.route() == in.RouteKey })
	switch {
	case i < 0:
		return fmt.Errorf("the route %q is not one of the function's", in.RouteKey)
	case in.Version != "2.0" || in.RequestContext.RouteKey != in.RouteKey:
		return fmt.Errorf("version %q, route key of the context %q", in.Version, in.RequestContext.RouteKey)
	}
	path := parameter.ReplaceAllStringFunc(routes[i].Properties.Path, func(name string) string { return in.PathParameters[strings.Trim(name, "{}")] })
	if path != "$default" && (path != in.RawPath || path != in.RequestContext.HTTP.Path) {
		return fmt.Errorf("the path is %s, want %s", in.RawPath, path)
	}
	public := routes[i].Properties.Auth.Authorizer == "NONE"
	if authorizer := in.RequestContext.Authorizer; public != (authorizer == nil) {
		return fmt.Errorf("public: %v, and authorizer: %+v", public, authorizer)
	}
	for _, claim := range []string{"iss", "sub", "scope"} {
		if !public && in.RequestContext.Authorizer.JWT.Claims[claim] == "" {
			return fmt.Errorf("the token has no %s", claim)
		}
	}
	return nil
}

func TestRulesNamePublishedEvents(t *testing.T) {
	t.Parallel()
	type rule struct {
		EventBusName string
		EventPattern struct {
			Source     []string
			DetailType []string `json:"detail-type"`
			Detail     struct {
				Mail struct{ Tags map[string][]string }
			}
		}
	}
	rules := of[rule](t, readTemplate(t), "AWS::Events::Rule")
	if diff := cmp.Diff(mail.Events(), rules["MailRule"].EventPattern.DetailType); diff != "" {
		t.Errorf("what send-mail knows and what it is sent (-mail.Events +MailRule):\n%s", diff)
	}
	if diff := cmp.Diff(upkeep.CleanUpEvents(), rules["CleanUpRule"].EventPattern.DetailType); diff != "" {
		t.Errorf("what clean-up knows and what it is sent (-upkeep.CleanUpEvents +CleanUpRule):\n%s", diff)
	}
	if kinds := rules["IndexRule"].EventPattern.DetailType; kinds != nil {
		t.Errorf("maintain-indexes is sent %v, want all: each can touch a brand", kinds)
	}
	mails := rules["DeliveryRule"]
	delete(rules, "DeliveryRule") // the only one on what another publishes
	if diff := cmp.Diff(trigger.MailEvents(), mails.EventPattern.DetailType) + cmp.Diff([]string{"aws.ses"}, mails.EventPattern.Source); diff != "" || mails.EventBusName != "" {
		t.Errorf("what track-mail knows and what it is sent, on the bus %q, want the account's default (-trigger.MailEvents +DeliveryRule):\n%s", mails.EventBusName, diff)
	}
	if diff := cmp.Diff([]string{"MailConfigurationSet"}, mails.EventPattern.Detail.Mail.Tags["ses:configuration-set"]); diff != "" {
		t.Errorf("the mails of all that the account sends: %s", diff)
	}
	for id, r := range rules {
		if diff := cmp.Diff([]string{"prism.access"}, r.EventPattern.Source); diff != "" {
			t.Errorf("%s: source (-want +got):\n%s", id, diff)
		}
		for _, kind := range r.EventPattern.DetailType {
			if matches, _ := filepath.Glob(filepath.Join(root, "events", kind, "schema.json")); len(matches) != 1 {
				t.Errorf("%s waits for %s, which has no folder under events", id, kind)
			}
		}
	}
}

// TestManyPeopleOfOneEventAreNoDeadLetter: what follows an event about a million people fits into the attempts that its queue gives it, each as long as
// the function may take.
func TestManyPeopleOfOneEventAreNoDeadLetter(t *testing.T) {
	t.Parallel()
	const people, perSecond = 1_000_000, 100 // fewer than DynamoDB Local writes on a small machine
	whole, all := readTemplate(t), functions(t)
	type queue struct {
		RedrivePolicy struct{ MaxReceiveCount int }
	}
	queues := of[queue](t, whole, "AWS::SQS::Queue")
	for _, name := range []string{upkeep.MaintainIndexes, upkeep.CleansUp} {
		f := all[name]
		for _, s := range f.Events {
			q, exists := queues[strings.TrimSuffix(s.Properties.Queue, ".Arn")]
			attempts := q.RedrivePolicy.MaxReceiveCount
			switch {
			case !exists:
				t.Errorf("%s reads from %q", name, s.Properties.Queue)
			case attempts*f.Timeout*perSecond < people:
				t.Errorf("%s: %d attempts of %d s are too few for %d people", name, attempts, f.Timeout, people)
			}
		}
	}
}
