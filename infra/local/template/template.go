// Package template reads from template.yaml what the local stack has to run: functions with their environment, routes,
// stream mappings, schedules, rules, queues and the token authorizer.
//
// What it does not know and what would change how things run is refused with its line, so that the local stack never
// silently differs from what is deployed.
package template

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"prism-access/infra/local/iam"
	"prism-access/infra/local/pattern"
)

// Options are the values that a deployment would give.
type Options struct {
	Region     string
	Account    string
	Folder     string            // of the functions, beside the template; empty: functions
	Parameters map[string]string // values of template parameters; others take their default
	Attributes map[string]string // what Ref ("UserPool") and GetAtt ("UserPool.ProviderURL") of a resource give, where it matters
}

// Template is what Read found, in the order of the file.
type Template struct {
	Functions   []Function
	Gateway     string // logical id
	Routes      []Route
	Streams     []Stream
	Schedules   []Schedule
	Buses       []string // names; the account's default bus is always there
	Rules       []Rule
	Queues      []Queue
	Consumers   []Consumer
	Authorizers map[string]Authorizer
	SignIn      SignIn
	// ConfigurationSets are the names that a mail may be sent under, each with the kinds of events about it that go to the account's default bus.
	ConfigurationSets map[string][]string
	Alarms            []Alarm
}

// Function is one deployed function.
type Function struct {
	ID      string // logical id, e.g. GetMeFunction
	Name    string // folder below functions/, e.g. get-me
	Env     map[string]string
	Timeout time.Duration
	Role    []iam.Statement // nil when it names none
	Line    int
}

// Route leads requests to a function.
type Route struct {
	Method     string // ANY for all
	Path       string // $default for what no other route takes
	Function   string // logical id
	Authorizer string // "" when no token is demanded
	Scopes     []string
	Line       int
}

// Key is the route's name in events: "GET /v1/me", or "$default".
func (r Route) Key() string {
	if r.Path == DefaultPath {
		return DefaultPath
	}
	return r.Method + " " + r.Path
}

const gatewayType = "AWS::Serverless::HttpApi"

// DefaultPath is the path of the route that takes what is left.
const DefaultPath = "$default"

// Authorizer verifies JSON Web Tokens.
type Authorizer struct {
	Issuer   string
	Audience []string
	Scopes   []string // one of them is demanded by every route that names no others
}

// Stream hands the records of the table's stream to a function.
type Stream struct {
	Function       string
	Filters        []*pattern.Pattern // one has to match; none lets all pass
	BatchSize      int
	Window         time.Duration // how long a batch may wait to fill
	MaxRetries     int           // -1 without bound
	MaxAge         time.Duration // of a record; 0 without bound
	Bisect         bool          // split a batch that failed
	ReportFailures bool          // the function names the records that failed
	DeadLetters    string        // logical id of a queue, or ""
	Line           int
}

// Schedule invokes a function at an interval.
type Schedule struct {
	Function    string
	Every       time.Duration
	DeadLetters string // logical id of the queue that gets what the function has failed on, or ""
	Line        int
}

// Rule sends events of a bus to queues and to URLs.
type Rule struct {
	ID      string
	Bus     string // name of the bus
	Pattern *pattern.Pattern
	Targets []Target
	Pushes  []Push
	Line    int
}

// Target is a queue that gets the events of a rule.
type Target struct {
	Queue       string // logical id
	Retries     int    // of an event that it does not take
	DeadLetters string // logical id of the queue for what is given up, or ""
}

// Queue is an SQS queue.
type Queue struct {
	ID          string
	Visibility  time.Duration
	DeadLetters string // logical id of a queue, or ""
	MaxReceives int    // before a message moves there
	Line        int
}

// Consumer hands messages of a queue to a function.
type Consumer struct {
	Function       string
	Queue          string
	BatchSize      int
	Window         time.Duration
	Concurrency    int // invocations at once
	ReportFailures bool
	Line           int
}

// SignIn is the user pool, whose part the local issuer plays.
type SignIn struct {
	PostConfirmation string // logical id of the trigger, or ""
	CallbackURLs     []string
	LogoutURLs       []string
}

// Error says where in the template something is not understood.
type Error struct {
	File   string
	Line   int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// Read reads the template at path. What it cannot run is an *Error.
func Read(path string, options Options) (*Template, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	t, err := read(text, options)
	if e := (*Error)(nil); errors.As(err, &e) {
		e.File = filepath.Base(path)
		return nil, e
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return t, nil
}

func read(text []byte, options Options) (*Template, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	r := &reader{
		resolver: resolver{
			options: options, parameters: root.get("Parameters"),
			conditions: root.get("Conditions"), resources: root.get("Resources"),
		},
		globals: root.get("Globals"),
		out:     &Template{Authorizers: map[string]Authorizer{}, ConfigurationSets: map[string][]string{}},
	}
	// The gateway goes first, since routes take their authorizer from it.
	for _, first := range []bool{true, false} {
		for _, resource := range r.resources.pairs() {
			if isGateway := resource.value.get("Type").text() == gatewayType; isGateway != first {
				continue
			}
			if err := r.resource(resource); err != nil {
				return nil, err
			}
		}
	}
	return r.out, r.check()
}

// reader turns resources into what runs.
type reader struct {
	resolver
	globals       *node
	out           *Template
	routeSettings fields // of the gateway, checked once all routes are known
}

// Kinds of resources that run something and that the local stack does not.
var unsupported = []string{
	"AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::AppSync::", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function",
	"AWS::Pipes::", "AWS::SNS::Subscription", "AWS::Scheduler::", "AWS::Serverless::", "AWS::StepFunctions::",
}

func (r *reader) resource(p pair) error {
	kind := p.value.get("Type").text()
	properties := p.value.get("Properties")
	if kind == "AWS::Cognito::UserPool" || kind == "AWS::Cognito::UserPoolClient" {
		// Read even when another issuer is configured, as the local one is: it plays the pool's part.
		return r.signIn(properties)
	}
	if name := p.value.get("Condition"); name != nil {
		if holds, err := r.condition(name.line, name.text()); err != nil || !holds {
			return err
		}
	}
	switch kind {
	case "AWS::Serverless::Function":
		return r.function(p)
	case gatewayType:
		r.out.Gateway = p.key
		return r.api(properties)
	case "AWS::Events::Rule":
		return r.rule(p)
	case "AWS::SQS::Queue":
		return r.queue(p)
	case "AWS::SES::ConfigurationSet":
		return r.configurationSet(p)
	case "AWS::SES::ConfigurationSetEventDestination":
		return r.mailEvents(p)
	case "AWS::CloudWatch::Alarm":
		return r.alarm(p)
	case "AWS::Events::EventBus":
		return r.name(p, &r.out.Buses)
	}
	if slices.ContainsFunc(unsupported, func(prefix string) bool { return len(kind) >= len(prefix) && kind[:len(prefix)] == prefix }) {
		return &Error{Line: p.line, Reason: fmt.Sprintf("the local stack does not run %s", kind)}
	}
	return nil
}

func (r *reader) signIn(properties *node) error {
	for _, item := range []struct {
		from *node
		to   *[]string
	}{{properties.get("CallbackURLs"), &r.out.SignIn.CallbackURLs}, {properties.get("LogoutURLs"), &r.out.SignIn.LogoutURLs}} {
		urls, err := r.texts(item.from)
		if err != nil {
			return err
		}
		*item.to = append(*item.to, urls...)
	}
	if err := properties.get("LambdaConfig").only("PostConfirmation"); err != nil {
		return err
	}
	trigger, err := r.resolve(properties.get("LambdaConfig", "PostConfirmation"))
	if err != nil || trigger == nil {
		return err
	}
	r.out.SignIn.PostConfirmation, err = r.resourceOf(trigger)
	return err
}

// name adds what a Ref of the resource gives.
func (r *reader) name(p pair, to *[]string) error {
	n, err := r.attribute(p.line, p.key, "")
	if err != nil {
		return err
	}
	*to = append(*to, n.text())
	return nil
}

// texts resolves a list of strings.
func (r *reader) texts(n *node) ([]string, error) {
	resolved, err := r.resolve(n)
	if err != nil || resolved == nil {
		return nil, err
	}
	out := []string{}
	for _, item := range resolved.items() {
		out = append(out, item.text())
	}
	return out, nil
}

// seconds reads a whole number of seconds.
func seconds(n *node, otherwise int) (time.Duration, error) {
	count, err := n.number(otherwise)
	return time.Duration(count) * time.Second, err
}

// check finds names that lead nowhere.
func (r *reader) check() error {
	isFunction := func(id string) bool {
		return slices.ContainsFunc(r.out.Functions, func(f Function) bool { return f.ID == id })
	}
	isQueue := func(id string) bool {
		return slices.ContainsFunc(r.out.Queues, func(q Queue) bool { return q.ID == id })
	}
	wrong := func(line int, kind, id string) error {
		return &Error{Line: line, Reason: fmt.Sprintf("there is no %s %s", kind, id)}
	}
	if id := r.out.SignIn.PostConfirmation; id != "" && !isFunction(id) {
		return wrong(1, "function", id)
	}
	for _, route := range r.out.Routes {
		if _, ok := r.out.Authorizers[route.Authorizer]; route.Authorizer != "" && !ok {
			return wrong(route.Line, "authorizer", route.Authorizer)
		}
	}
	for _, p := range r.routeSettings {
		if !slices.ContainsFunc(r.out.Routes, func(route Route) bool { return route.Key() == p.key }) {
			return wrong(p.line, "route", p.key)
		}
	}
	for _, s := range r.out.Streams {
		if s.DeadLetters != "" && !isQueue(s.DeadLetters) {
			return wrong(s.Line, "queue", s.DeadLetters)
		}
	}
	for _, rule := range r.out.Rules {
		for _, target := range rule.Targets {
			for _, id := range []string{target.Queue, cmp.Or(target.DeadLetters, target.Queue)} {
				if !isQueue(id) {
					return wrong(rule.Line, "queue", id)
				}
			}
		}
		for _, push := range rule.Pushes {
			if push.DeadLetters != "" && !isQueue(push.DeadLetters) {
				return wrong(rule.Line, "queue", push.DeadLetters)
			}
		}
	}
	for _, q := range r.out.Queues {
		if q.DeadLetters != "" && !isQueue(q.DeadLetters) {
			return wrong(q.Line, "queue", q.DeadLetters)
		}
	}
	for _, c := range r.out.Consumers {
		if !isQueue(c.Queue) {
			return wrong(c.Line, "queue", c.Queue)
		}
	}
	return nil
}
