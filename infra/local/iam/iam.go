// Package iam decides as AWS does whether the statements of a function's role allow a call, and notes which of them were needed. A right that is
// missing is found locally, and one that nobody uses as well.
package iam

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
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
	return slices.ContainsFunc(patterns, func(pattern string) bool { return Like(value, pattern) })
}

// Like compares as StringLike does: * stands for any text. A pattern is like each that is wider.
func Like(value, pattern string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	value, begins := strings.CutPrefix(value, first)
	if !begins || !more {
		return begins && value == ""
	}
	for at := 0; at <= len(value); at++ {
		if Like(value[at:], rest) {
			return true
		}
	}
	return false
}

// Guard lets through what the statements of each function allow. It is safe for concurrent use.
type Guard struct {
	roles map[string][]Statement // by the name of the function

	mu   sync.Mutex
	used map[Grant]map[string]bool // and the kinds of keys that needed it
}

// Grant is one thing that a statement of a function allows.
type Grant struct {
	Function, Sid, Action, Resource string

	Keys string // pattern of partition keys, "" when it is about none
}

// Excess is a grant that is more than its function has used.
type Excess struct {
	Grant

	Enough string // the pattern that would have been enough; "" when nothing was used
}

func (e Excess) String() string {
	what := fmt.Sprintf("%s of %s", e.Action, e.Resource)
	if e.Keys != "" {
		what += " on keys " + e.Keys
	}
	if e.Enough != "" {
		return fmt.Sprintf("%s may do %s (statement %s) and has used the keys %s alone", e.Function, what, e.Sid, e.Enough)
	}
	return fmt.Sprintf("%s may do %s (statement %s) and has never done it", e.Function, what, e.Sid)
}

// Signer returns the access key that a request is signed with: functions have their name for one, of letters alone as DynamoDB Local wants it.
func Signer(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(scope, "/")
	return key
}

// NewGuard returns a guard for functions, by their names, with their statements.
func NewGuard(roles map[string][]Statement) *Guard {
	return &Guard{roles: roles, used: map[Grant]map[string]bool{}}
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

// Handler is the endpoint of a service that functions may use whose statements allow the action on all of the resources.
func (g *Guard) Handler(endpoint http.Handler, action string, resources ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, resource := range resources {
			if err := g.Authorize(Signer(r), Call{Action: action, Resource: resource}); err != nil {
				w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
				http.Error(w, `{"message":`+strconv.Quote(err.Error())+`}`, http.StatusForbidden)
				return
			}
		}
		endpoint.ServeHTTP(w, r)
	})
}

// note writes down which grants a call needed, and for which kinds of keys.
func (g *Guard) note(function string, s Statement, c Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, pattern := range s.partitions() {
		grant := Grant{function, s.Sid, c.Action, c.Resource, pattern}
		if g.used[grant] == nil {
			g.used[grant] = map[string]bool{}
		}
		if pattern == "" {
			g.used[grant][""] = true
		}
		for _, key := range c.Context[LeadingKeys] {
			if Like(key, pattern) {
				g.used[grant][kind(key)] = true
			}
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

// Excess returns what functions may do and have not done, in order. Where all keys that needed a pattern are of a narrower one, that is said.
func (g *Guard) Excess() []Excess {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Excess
	for function, statements := range g.roles {
		for _, s := range statements {
			for _, action := range s.Actions {
				for _, resource := range s.Resources {
					for _, pattern := range s.partitions() {
						grant := Grant{function, s.Sid, action, resource, pattern}
						enough := narrowest(slices.Collect(maps.Keys(g.used[grant])))
						if len(g.used[grant]) == 0 || enough != pattern && Like(enough, pattern) {
							out = append(out, Excess{grant, enough})
						}
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Excess) int { return strings.Compare(a.String(), b.String()) })
	return out
}

const between = "#" // the words and ids of a key

var isWord = regexp.MustCompile(`^[A-Z-]+$`).MatchString

// kind is the pattern of all keys that have other ids: ORG#*#LOG of ORG#org_1#LOG.
func kind(key string) string {
	parts := strings.Split(key, between)
	for i, part := range parts {
		if !isWord(part) {
			parts[i] = "*"
		}
	}
	return joined(parts)
}

// joined puts the parts of a pattern together. What is between two ids is no word, so they are one.
func joined(parts []string) string {
	return strings.Join(slices.CompactFunc(parts, func(a, b string) bool { return a == "*" && b == "*" }), between)
}

// narrowest is the narrowest pattern with one gap that is like all kinds of keys: ORG#*#LOG for ORG#*#LOG and ORG#*#BRAND#*#LOG.
func narrowest(kinds []string) string {
	if len(kinds) < 2 {
		return strings.Join(kinds, "")
	}
	var all [][]string
	for _, one := range kinds {
		all = append(all, strings.Split(one, between))
	}
	first := common(all)
	for i := range all {
		slices.Reverse(all[i])
	}
	last := common(all)
	slices.Reverse(last)
	return joined(slices.Concat(first, []string{"*"}, last))
}

// common takes from all texts what they begin with, and returns it.
func common(all [][]string) []string {
	var out []string
	for len(all[0]) > 0 && !slices.ContainsFunc(all, func(one []string) bool { return len(one) == 0 || one[0] != all[0][0] }) {
		out = append(out, all[0][0])
		for i := range all {
			all[i] = all[i][1:]
		}
	}
	return out
}
