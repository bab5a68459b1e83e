package template

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"prism-access/infra/local/pattern"
)

const (
	implicitAPI     = "ServerlessHttpApi"
	defaultBus      = "default"
	noAuthorizer    = "NONE"
	tokenSource     = "$request.header.Authorization"
	queueVisibility = 30 * time.Second
	targetRetries   = 185
)

// api reads the gateway's authorizers. Access log and throttling have no counterpart here.
func (r *reader) api(properties *node) error {
	if err := properties.only("Name", "Description", "Auth", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings",
		"FailOnWarnings", "PropagateTags", "Tags", "StageName", "Domain", "DisableExecuteApiEndpoint"); err != nil {
		return err
	}
	if stage := properties.get("StageName"); stage != nil && stage.text() != DefaultPath {
		return stage.errorf("the local stack serves the stage $default")
	}
	r.routeSettings = properties.get("RouteSettings").pairs()
	auth := properties.get("Auth")
	if err := auth.only("Authorizers", "DefaultAuthorizer"); err != nil {
		return err
	}
	for _, p := range auth.get("Authorizers").pairs() {
		if err := p.value.only("AuthorizationScopes", "IdentitySource", "JwtConfiguration"); err != nil {
			return err
		}
		n, err := r.resolve(p.value)
		if err != nil {
			return err
		}
		if source := n.get("IdentitySource"); source.text() != tokenSource {
			return p.value.errorf("the local stack reads tokens from %s", tokenSource)
		}
		a := Authorizer{Issuer: n.get("JwtConfiguration", "issuer").text()}
		for _, item := range n.get("JwtConfiguration", "audience").items() {
			a.Audience = append(a.Audience, item.text())
		}
		for _, item := range n.get("AuthorizationScopes").items() {
			a.Scopes = append(a.Scopes, item.text())
		}
		r.out.Authorizers[p.key] = a
	}
	return nil
}

// route reads an HttpApi event. Its authorizer is the API's default one unless it names another or NONE.
func (r *reader) route(function string, line int, n *node) error {
	if err := n.only("ApiId", "Method", "Path", "Auth", "PayloadFormatVersion"); err != nil {
		return err
	}
	if version := n.get("PayloadFormatVersion"); version != nil && version.text() != "2.0" {
		return version.errorf("the local stack speaks payload format 2.0")
	}
	if err := n.get("Auth").only("Authorizer", "AuthorizationScopes"); err != nil {
		return err
	}
	route := Route{Method: strings.ToUpper(n.get("Method").text()), Path: n.get("Path").text(), Function: function, Line: line}
	if route.Path == "" && route.Method == "" {
		route.Method, route.Path = "ANY", DefaultPath
	}
	if greedy := strings.Index(route.Path, "+}"); greedy >= 0 && greedy != len(route.Path)-2 {
		return &Error{Line: line, Reason: "a greedy parameter stands at the end of a path"}
	}
	for _, other := range r.out.Routes {
		if other.Key() == route.Key() {
			return &Error{Line: line, Reason: fmt.Sprintf("the route %s is there twice", route.Key())}
		}
	}
	name, err := r.authorizer(n)
	if err != nil {
		return err
	}
	route.Authorizer = name
	if name != "" {
		route.Scopes = r.out.Authorizers[name].Scopes
		if own := n.get("Auth", "AuthorizationScopes"); own != nil {
			route.Scopes = nil
			for _, item := range own.items() {
				route.Scopes = append(route.Scopes, item.text())
			}
		}
	}
	r.out.Routes = append(r.out.Routes, route)
	return nil
}

func (r *reader) authorizer(event *node) (string, error) {
	if own := event.get("Auth", "Authorizer"); own != nil {
		if own.text() == noAuthorizer {
			return "", nil
		}
		return own.text(), nil
	}
	api := event.get("ApiId").text()
	if api == "" {
		api = implicitAPI
	}
	name, err := r.resolve(r.resources.get(api, "Properties", "Auth", "DefaultAuthorizer"))
	return name.text(), err
}

func (r *reader) rule(p pair) error {
	n, err := r.resolve(p.value.get("Properties"))
	if err != nil {
		return err
	}
	if err := n.only("Name", "Description", "EventBusName", "EventPattern", "Targets", "State"); err != nil {
		return err
	}
	if n.get("State").text() == "DISABLED" {
		return nil
	}
	rule := Rule{ID: p.key, Bus: defaultBus, Line: p.line}
	if bus := n.get("EventBusName"); bus != nil {
		rule.Bus = bus.text()
	}
	text := n.get("EventPattern")
	if text == nil {
		return &Error{Line: p.line, Reason: "a rule needs an EventPattern here"}
	}
	if rule.Pattern, err = parsePattern(text); err != nil {
		return err
	}
	for _, target := range n.get("Targets").items() {
		id, err := r.resourceOf(first(target.get("Arn"), target))
		if err != nil {
			return err
		}
		if r.isDestination(id) {
			push, err := r.push(id, target)
			if err != nil {
				return err
			}
			rule.Pushes = append(rule.Pushes, push)
			continue
		}
		if err := target.only("Id", "Arn", "RetryPolicy", "DeadLetterConfig"); err != nil {
			return err
		}
		to := Target{Queue: id}
		if to.Retries, err = target.get("RetryPolicy", "MaximumRetryAttempts").number(targetRetries); err != nil {
			return err
		}
		if dead := target.get("DeadLetterConfig", "Arn"); dead != nil {
			if to.DeadLetters, err = r.resourceOf(dead); err != nil {
				return err
			}
		}
		rule.Targets = append(rule.Targets, to)
	}
	r.out.Rules = append(r.out.Rules, rule)
	return nil
}

// parsePattern reads an event pattern and points at the line of what it does not understand.
func parsePattern(n *node) (*pattern.Pattern, error) {
	text, err := n.json()
	if err != nil {
		return nil, err
	}
	p, err := pattern.Parse(text)
	if e := (*pattern.Error)(nil); errors.As(err, &e) {
		at := n
		for _, key := range e.Path {
			if inner := at.get(key); inner != nil {
				at = inner
				continue
			}
			for _, item := range at.items() {
				if inner := item.get(key); inner != nil {
					at = item
				}
			}
		}
		return nil, at.errorf("event pattern: %v", e)
	}
	return p, err
}

func (r *reader) queue(p pair) error {
	n, err := r.resolve(p.value.get("Properties"))
	if err != nil {
		return err
	}
	if err := n.only("QueueName", "VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "RedriveAllowPolicy",
		"SqsManagedSseEnabled", "KmsMasterKeyId", "Tags"); err != nil {
		return err
	}
	q := Queue{ID: p.key, Line: p.line}
	if q.Visibility, err = seconds(n.get("VisibilityTimeout"), int(queueVisibility.Seconds())); err != nil {
		return err
	}
	if redrive := n.get("RedrivePolicy"); redrive != nil {
		if q.DeadLetters, err = r.resourceOf(first(redrive.get("deadLetterTargetArn"), redrive)); err != nil {
			return err
		}
		if q.MaxReceives, err = redrive.get("maxReceiveCount").number(0); err != nil {
			return err
		}
	}
	r.out.Queues = append(r.out.Queues, q)
	return nil
}
