// Package iam decides as AWS does whether the statements of a function's role allow a call, and notes which of them were needed. A right that is
// missing is found locally, and one that nobody uses as well.
package iam

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Statement allows actions on resources under conditions. Other effects than Allow are not known here.
type Statement struct {
	Sid       string
	Actions   []string
	Resources []string // of the template by their logical id: Table, Table/index/GSI1
	// Conditions are operator -> key -> values: ForAllValues:StringLike -> dynamodb:LeadingKeys -> ORG#*.
	Conditions map[string]map[string][]string
}

// LeadingKeys is the condition key of the partitions that a call touches.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
const LeadingKeys = "dynamodb:LeadingKeys"

// Call is one thing that a function asks of a service.
type Call struct {
	Action   string // dynamodb:PutItem
	Resource string
	// Context are the values of condition keys that the service knows of the call.
	Context map[string][]string
}

// Denied says what a function may not do.
type Denied struct {
	Function string
	Call     Call
}

func (e *Denied) Error() string {
	return fmt.Sprintf("%s is not authorized to perform: %s on resource: %s, %v, because no statement of its role allows it", e.Function, e.Call.Action, e.Call.Resource, e.Call.Context)
}

// operators compare the values of a call with those of a condition.
var operators = map[string]func(values []string, called bool, with []string) bool{
	"ForAllValues:StringLike": func(values []string, _ bool, with []string) bool {
		return !slices.ContainsFunc(values, func(value string) bool { return !likeAny(value, with) })
	},
	"ForAllValues:StringNotLike": func(values []string, _ bool, with []string) bool {
		return !slices.ContainsFunc(values, func(value string) bool { return likeAny(value, with) })
	},
	"ForAllValues:StringEquals": func(values []string, _ bool, with []string) bool {
		return !slices.ContainsFunc(values, func(value string) bool { return !slices.Contains(with, value) })
	},
	"StringEqualsIfExists": func(values []string, called bool, with []string) bool {
		return !called || len(values) == 1 && slices.Contains(with, values[0])
	},
}

// Check returns what is wrong with the statement: this package decides only what it understands wholly.
func (s Statement) Check() error {
	for operator, conditions := range s.Conditions {
		if operators[operator] == nil {
			return fmt.Errorf("the condition operator %s is not known to the local stack", operator)
		}
		for _, values := range conditions {
			if slices.ContainsFunc(values, func(value string) bool { return strings.ContainsAny(value, "?$") }) {
				return fmt.Errorf("%q is not known to the local stack: there is * alone", values)
			}
		}
	}
	return nil
}

func (s Statement) allows(c Call) bool {
	if !slices.Contains(s.Actions, c.Action) || !slices.Contains(s.Resources, c.Resource) {
		return false
	}
	for operator, conditions := range s.Conditions {
		for key, with := range conditions {
			values, called := c.Context[key]
			if !operators[operator](values, called, with) {
				return false
			}
		}
	}
	return true
}

func likeAny(value string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return like(value, pattern) })
}

// like compares as StringLike does: * stands for any text.
func like(value, pattern string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	value, begins := strings.CutPrefix(value, first)
	if !begins || !more {
		return begins && value == ""
	}
	for at := 0; at <= len(value); at++ {
		if like(value[at:], rest) {
			return true
		}
	}
	return false
}

// Guard lets through what the statements of each function allow. It is safe for concurrent use.
type Guard struct {
	roles map[string][]Statement // by the name of the function

	mu   sync.Mutex
	used map[string]bool // grants
}

// Signer returns the access key that a request is signed with: functions have their name for one, of letters alone as DynamoDB Local wants it.
func Signer(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(scope, "/")
	return key
}

// NewGuard returns a guard for functions, by their names, with their statements.
func NewGuard(roles map[string][]Statement) *Guard {
	return &Guard{roles: roles, used: map[string]bool{}}
}

// Authorize returns a *Denied for the first call that no statement of the function allows. Who is no function may do all.
func (g *Guard) Authorize(function string, calls ...Call) error {
	if g.roles[function] == nil {
		return nil
	}
	for _, c := range calls {
		at := slices.IndexFunc(g.roles[function], func(s Statement) bool { return s.allows(c) })
		if at < 0 {
			return &Denied{Function: function, Call: c}
		}
		g.note(function, g.roles[function][at], c)
	}
	return nil
}

// note writes down which grants a call needed.
func (g *Guard) note(function string, s Statement, c Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, pattern := range s.partitions() {
		if pattern == "" || slices.ContainsFunc(c.Context[LeadingKeys], func(key string) bool { return like(key, pattern) }) {
			g.used[grant(function, s.Sid, c.Action, c.Resource, pattern)] = true
		}
	}
}

// partitions are the patterns of partition keys that the statement is about, "" when it is about none.
func (s Statement) partitions() []string {
	if patterns := s.Conditions["ForAllValues:StringLike"][LeadingKeys]; len(patterns) > 0 {
		return patterns
	}
	return []string{""}
}

func grant(function, sid, action, resource, pattern string) string {
	return strings.TrimSpace(strings.Join([]string{function, sid, action, resource, pattern}, " "))
}

// Unused returns what functions may do of a service and have not done: function, statement, action, resource, and the pattern of the partition key.
func (g *Guard) Unused(service string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for function, statements := range g.roles {
		for _, s := range statements {
			for _, action := range s.Actions {
				for _, resource := range s.Resources {
					for _, pattern := range s.partitions() {
						if one := grant(function, s.Sid, action, resource, pattern); strings.HasPrefix(action, service+":") && !g.used[one] {
							out = append(out, one)
						}
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}
