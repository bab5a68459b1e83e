package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// logView is the audit log of an organization or a brand.
type logView struct {
	frame
	Scope          access.Scope
	Place, Parent  string
	Base           string
	Actor, Person  filter
	Type           filter
	From, To       string // days, as the address has them
	Rows           []logRow
	Next           string
	Later, Unknown bool
}

// logRow is one change.
type logRow struct {
	Type        string
	What        string // what was done; whom it was done to follows
	Whom        string
	WhomURL     string // the log of that person alone
	Who, WhoURL string
	Changes     []difference
	How, Reason string
	When        moment
}

func auditLogPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	p := &logView{Scope: scope, Base: scopePath(scope) + "/audit-log", Later: query.Get("cursor") != ""}
	in := p.asked(query)
	in.Cursor = query.Get("cursor")
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	var log page.List[audit.Listed]
	p.frame, err = v.load("Audit log", scope, atLog,
		func(ctx context.Context) (err error) {
			log, err = v.ListAuditLog.Do(ctx, v.caller, in)
			return err
		},
		func(ctx context.Context) error { return v.placeOfLog(ctx, p) },
	)
	if err != nil {
		return err
	}
	p.fill(log)
	p.name(v, in)
	return v.show(http.StatusOK, "audit-log", p)
}

// placeOfLog names what the log is of. That of a deleted brand stays readable.
func (v *visit) placeOfLog(ctx context.Context, p *logView) error {
	if p.Scope.Kind() != access.KindBrand {
		return nil
	}
	found, err := v.GetBrand.Do(ctx, v.caller, brand.GetInput{Scope: p.Scope})
	if p.Place = found.Name; errors.Is(err, fault.NotFound) {
		p.Place = "Deleted brand"
		return nil
	}
	return err
}

// logOf is where the log of a scope tells of one person.
func logOf(scope access.Scope, user string) string {
	return scopePath(scope) + "/audit-log?" + url.Values{"user": {user}}.Encode()
}

// dayFormat is how fields for days write them.
const dayFormat = time.DateOnly

// asked reads what the address asks for: what cannot be asked for is left out, and said.
func (p *logView) asked(query url.Values) audit.ListInput {
	p.Actor = filter{Name: "actor", Label: "Done by", Any: "Anybody", Chosen: query.Get("actor")}
	p.Person = filter{Name: "user", Label: "About", Any: "Anybody", Chosen: query.Get("user")}
	p.Type = filter{Name: "type", Label: "What", Any: "Everything", Chosen: query.Get("type"), Options: typeOptions(p.Scope.Kind())}
	p.From, p.To = query.Get("from"), query.Get("to")
	if p.Type.Chosen != "" && p.Type.ChosenText() == "" {
		p.Type.Chosen, p.Unknown = "", true
	}
	for _, f := range []*filter{&p.Actor, &p.Person} {
		if known := f.Chosen == "" || isID(f.Chosen, "usr_") || f.Name == "actor" && actorNames[f.Chosen] != ""; !known {
			f.Chosen, p.Unknown = "", true
		}
	}
	in := audit.ListInput{Scope: p.Scope, Actor: p.Actor.Chosen, User: p.Person.Chosen, Type: p.Type.Chosen}
	in.From = p.day(&p.From, 0)
	in.To = p.day(&p.To, 1) // the day itself belongs to it
	if in.From != nil && in.To != nil && !in.To.After(*in.From) {
		in.From, in.To, p.From, p.To, p.Unknown = nil, nil, "", "", true
	}
	return in
}

// day reads a day, and returns the start of it or of one some days later.
func (p *logView) day(said *string, later int) *time.Time {
	if *said == "" {
		return nil
	}
	start, err := time.Parse(dayFormat, *said)
	if err != nil || start.Unix() < 0 {
		*said, p.Unknown = "", true
		return nil
	}
	start = start.AddDate(0, 0, later)
	return &start
}

// fill puts the entries onto the page, and the people in them into the filters.
func (p *logView) fill(log page.List[audit.Listed]) {
	if own, in := p.membershipIn(p.Scope); in {
		if p.Parent = own.ScopeName; p.Scope.Kind() == access.KindOrganization {
			p.Place, p.Parent = own.ScopeName, ""
		}
	}
	p.Title = "Audit log · " + p.Place
	actors, people := map[string]string{}, map[string]string{}
	for _, l := range log.Items {
		row := logRowOf(l, p.Scope, p.Now)
		row.WhoURL = p.with("actor", l.Actor.ID)
		actors[l.Actor.ID] = row.Who
		if l.User != nil && isID(l.User.ID, "usr_") {
			row.WhomURL = p.with("user", l.User.ID)
			people[l.User.ID] = l.User.Name
		}
		p.Rows = append(p.Rows, row)
	}
	p.Actor.Options, p.Person.Options = byName(actors), byName(people)
	if log.NextCursor != "" {
		p.Next = p.with("cursor", log.NextCursor)
	}
}

// name gives those who are looked for a name also where nothing of them is found.
func (p *logView) name(v *visit, in audit.ListInput) {
	for _, f := range []*filter{&p.Actor, &p.Person} {
		if f.Chosen == "" || f.ChosenText() != "" {
			continue
		}
		name := actorNames[f.Chosen]
		if name == "" {
			name = "Somebody who is not here"
			if m, err := v.GetMember.Do(v.r.Context(), v.caller, member.GetInput{Scope: in.Scope, User: f.Chosen}); err == nil {
				name = m.User.Name
			}
		}
		f.Options = append(f.Options, option{Value: f.Chosen, Text: name})
	}
}

// byName lists people to choose from, by name.
func byName(names map[string]string) []option {
	var options []option
	for id, name := range names {
		if id != "" && name != "" {
			options = append(options, option{Value: id, Text: name})
		}
	}
	slices.SortFunc(options, func(a, b option) int { return compareText(a.Text+a.Value, b.Text+b.Value) })
	return options
}

// view is what is looked for, as an address says it.
func (p *logView) view() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"actor": p.Actor.Chosen, "user": p.Person.Chosen, "type": p.Type.Chosen, "from": p.From, "to": p.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// with is the address of the view with one thing more or other in it.
func (p *logView) with(name, value string) string {
	query := p.view()
	query.Set(name, value)
	return p.Base + "?" + query.Encode()
}

// Filtered reports whether anything narrows the log.
func (p *logView) Filtered() bool { return len(p.view()) > 0 }

// Default is the whole log.
func (p *logView) Default() string { return p.Base }

// Export is where what is looked for can be had as a file.
func (p *logView) Export() string { return p.Base + "/export?" + p.view().Encode() }

// Shown is how much stands on the page.
func (p *logView) Shown() string { return count(len(p.Rows), "entry", "entries") }

// Looked says in words what was looked for.
func (p *logView) Looked() string {
	said := "Nothing"
	if p.Type.Chosen != "" {
		said = "No “" + p.Type.ChosenText() + "”"
	}
	if p.Actor.Chosen != "" {
		said += " by " + p.Actor.ChosenText()
	}
	if p.Person.Chosen != "" {
		said += " about " + p.Person.ChosenText()
	}
	if p.From != "" {
		said += " from " + p.From
	}
	if p.To != "" {
		said += " to " + p.To
	}
	return said + " is in the log."
}

// exportAuditLog answers with the log as a file.
func exportAuditLog(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	limit := page.MaxLimit
	in := (&logView{Scope: scope}).asked(v.r.URL.Query())
	in.Query = page.Query{Limit: &limit}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	return sendSheet(v, audit.Sheet, "entries. Choose a shorter time, and export each part.", func(cursor string) (page.List[audit.Listed], error) {
		in.Cursor = cursor
		return v.ListAuditLog.Do(v.r.Context(), v.caller, in)
	})
}

// typeOptions are the kinds of changes that a log of such a scope can have, in words.
func typeOptions(kind access.Kind) []option {
	var options []option
	for _, name := range event.Types() {
		said, known := logged[name]
		if known && (kind == access.KindOrganization || said.inBrands) {
			options = append(options, option{Value: name, Text: said.choice})
		}
	}
	slices.SortFunc(options, func(a, b option) int { return compareText(a.Text, b.Text) })
	return options
}
