package console

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// logFilters are what narrows a log, as the address has them. What cannot be understood stays as it was typed, and is said beside it.
type logFilters struct {
	Actor, Person personFilter
	Type          filter
	From, To      dayFilter
	wrong         []fault.Field
}

// dayFilter narrows a log to a stretch of time.
type dayFilter struct{ Name, Label, Said, Problem string }

// personFilter narrows a log to what somebody did, or to what was done to them. Whoever is in can be found by name or address, whoever is
// not by the whole address, or by id, to which the rows lead.
type personFilter struct {
	Name, Label string // of the field
	Typed       string
	Chosen, Who string // the id of the one who is meant, and their name
	Address     string // of one who is meant and not in; in its compared form
	Without     string // the address of the view of everybody
	Found       []candidate
	Hint        string // by what one is found
	ByAddress   bool   // also those who are not in are found by their addresses
	Hidden      bool   // whoever looks may not see who is in
	Problem     string
}

// candidate is somebody who may be meant.
type candidate struct{ Value, Name, Email, URL string }

// learn takes the name of somebody who stands in a row, if they are meant.
func (f *personFilter) learn(id, name string) {
	if id != "" && id == f.Chosen && f.Who == "" {
		f.Who = name
	}
}

// readLogFilters reads what the address asks of a log.
func readLogFilters(kind access.Kind, query url.Values) logFilters {
	p := logFilters{
		Actor:  personFilter{Name: "actor", Label: "Done by", Typed: strings.TrimSpace(query.Get("actor"))},
		Person: personFilter{Name: "user", Label: "About", Typed: strings.TrimSpace(query.Get("user"))},
		Type:   filter{Name: "type", Label: "What", Any: "Everything", Chosen: query.Get("type"), Options: typeOptions(kind)},
		From:   dayFilter{Name: "from", Label: "From", Said: query.Get("from")},
		To:     dayFilter{Name: "to", Label: "To", Said: query.Get("to")},
	}
	for id, name := range actorNames {
		if p.Actor.Typed == id || strings.EqualFold(p.Actor.Typed, name) {
			p.Actor.Chosen, p.Actor.Who = id, name
		}
	}
	for _, f := range []*personFilter{&p.Actor, &p.Person} {
		if f.Hint, f.ByAddress = "Name or e-mail", true; kind == access.KindWorkspace { // where nobody is shown with an address
			f.Hint, f.ByAddress = "Name or username", false
		}
		if isID(f.Typed, "usr_") {
			f.Chosen = f.Typed
		}
	}
	return p
}

// asked returns what is asked for when those who are meant are found. What is wrong with it is noted.
func (p *logFilters) asked(scope access.Scope) audit.ListInput {
	p.wrong = nil
	in := audit.ListInput{Scope: scope, Actor: cmp.Or(p.Actor.Chosen, p.Actor.Address), User: cmp.Or(p.Person.Chosen, p.Person.Address), From: p.day(&p.From, 0), To: p.day(&p.To, 1)}
	for _, f := range []*personFilter{&p.Actor, &p.Person} {
		p.check(&f.Problem, f.Name, f.unknown())
	}
	if said := p.Type.Chosen; p.Type.ChosenText() != "" {
		in.Type = said
	} else if said != "" {
		p.Type.Options = append(p.Type.Options, option{Value: said, Text: said})
		p.check(&p.Type.Problem, "type", "This log has no such kind of change. Choose one of the list.")
	}
	for _, field := range in.Validate() {
		switch field.Pointer {
		case "?from":
			p.check(&p.From.Problem, "from", field.Detail)
		default:
			p.check(&p.To.Problem, "to", field.Detail)
		}
	}
	return in
}

// check notes what is wrong with a filter, if anything.
func (p *logFilters) check(at *string, name, problem string) {
	if problem != "" {
		*at = problem
		p.wrong = append(p.wrong, fault.Field{Pointer: "?" + name, Code: "malformed", Detail: problem})
	}
}

// problem returns all that is wrong, or nil.
func (p *logFilters) problem() error { return fault.Fields(p.wrong) }

// day reads a day, and returns the start of it or of one some days later: the day itself belongs to what is asked for.
func (p *logFilters) day(f *dayFilter, later int) *time.Time {
	if f.Said == "" {
		return nil
	}
	start, err := time.Parse(time.DateOnly, f.Said)
	if err != nil {
		p.check(&f.Problem, f.Name, "“"+f.Said+"” is no day. Write it like 2026-11-22.")
		return nil
	}
	start = start.AddDate(0, 0, later)
	return &start
}

// find looks up those who are meant and named by no id.
func (p *logFilters) find(ctx context.Context, v *visit, scope access.Scope) error {
	return together(ctx,
		func(ctx context.Context) error { return p.Actor.find(ctx, v, scope) },
		func(ctx context.Context) error { return p.Person.find(ctx, v, scope) },
	)
}

// mostFound is how many of those who may be meant stand on the page.
const mostFound = 8

func (f *personFilter) find(ctx context.Context, v *visit, scope access.Scope) error {
	if f.Typed == "" || f.Chosen != "" || strings.HasPrefix(f.Typed, "usr_") {
		return nil
	}
	limit := mostFound
	in := member.ListInput{Scope: scope, Q: f.Typed, Query: page.Query{Limit: &limit}}
	defer f.address()
	if len(in.Validate()) > 0 { // nobody is called like that
		return nil
	}
	found, err := v.ListMembers.Do(ctx, v.caller, in)
	if errors.Is(err, fault.Forbidden) && scope.Kind() == access.KindWorkspace { // where the log can be read without that
		f.Hidden = true
		return nil
	}
	if errors.Is(err, fault.NotFound) && scope.Kind() == access.KindBrand { // a deleted one, whose log stays
		in.Scope = scope.Root()
		found, err = v.ListMembers.Do(ctx, v.caller, in)
	}
	if err != nil {
		return err
	}
	for _, m := range found.Items {
		f.Found = append(f.Found, candidate{Value: m.User.ID, Name: m.User.Name, Email: cmp.Or(m.User.Email, m.User.Username, m.User.ClientID)})
	}
	if len(f.Found) == 1 {
		f.Chosen, f.Who, f.Found = f.Found[0].Value, f.Found[0].Name, nil
	}
	return nil
}

// address takes what was typed for the address of somebody who is not in, where nobody who is in is found by it.
func (f *personFilter) address() {
	if f.ByAddress && f.Chosen == "" && len(f.Found) == 0 {
		f.Address = account.EmailKey(f.Typed)
	}
	if f.Address != "" {
		f.Who = f.Typed
	}
}

// unknown says why it is not known who is meant, or nothing.
func (f *personFilter) unknown() string {
	switch {
	case f.Typed == "" || f.Chosen != "" || f.Address != "":
		return ""
	case strings.HasPrefix(f.Typed, "usr_"):
		return "This is no id of a person."
	case f.Hidden:
		return "You may not see who is here, so nobody is found by name. The names in the log lead to everybody."
	case len(f.Found) == 0 && f.ByAddress:
		return "Nobody here is found by “" + f.Typed + "”. Somebody who has left is found by their whole e-mail address, or by their name in a row of the log."
	case len(f.Found) == 0:
		return "Nobody here is found by “" + f.Typed + "”. To somebody who has left, the names in the log lead."
	case len(f.Found) == mostFound:
		return "Many people are found by “" + f.Typed + "”. Write more of the name or address, or choose:"
	}
	return "Several people are found by “" + f.Typed + "”. Choose one:"
}

// view is what is looked for, as an address says it.
func (p *logFilters) view() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"actor": p.Actor.Said(), "user": p.Person.Said(), "type": p.Type.Chosen, "from": p.From.Said, "to": p.To.Said,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// Said is the id of the one who is meant, or what was typed.
func (f *personFilter) Said() string {
	if f.Chosen != "" {
		return f.Chosen
	}
	return f.Typed
}

// wanted says in words what was looked for and not found.
func (p *logFilters) wanted() string {
	said := "Nothing"
	if p.Type.Chosen != "" {
		said = "No “" + p.Type.ChosenText() + "”"
	}
	for _, part := range [][2]string{{" by ", p.Actor.Who}, {" about ", p.Person.Who}, {" from ", p.From.Said}, {" to ", p.To.Said}} {
		if part[1] != "" {
			said += part[0] + part[1]
		}
	}
	return said
}

// Wrong reports whether the filters cannot be understood, so that nothing is shown.
func (p *logFilters) Wrong() bool { return len(p.wrong) > 0 }

// typeOptions are the kinds of changes that a log of such a scope can have, in words.
func typeOptions(kind access.Kind) []option {
	var options []option
	for _, name := range event.Types() {
		said, known := logged[name]
		if !known || !slices.Contains(said.in, kind) {
			continue
		}
		choice := said.choice
		if name == "MemberRoleChanged" && kind == access.KindBrand {
			choice = changedChoice
		}
		options = append(options, option{Value: name, Text: choice})
	}
	page.Sort(options, func(a, b option) int { return compareText(a.Text, b.Text) })
	return options
}
