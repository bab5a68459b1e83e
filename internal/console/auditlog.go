package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// logView is the audit log of an organization, a brand or a workspace.
type logView struct {
	frame
	Scope         access.Scope
	Place, Parent string
	Base          string
	logFilters
	Rows   []logRow
	Next   string
	Later  bool
	looked page.Looked
}

// logRow is one change.
type logRow struct {
	Type        string
	What        string // what was done; whom it was done to follows
	Whom        string
	WhomURL     string // the log of that person alone
	WhomClient  string // the client id of another system
	Who, WhoURL string
	WhoClient   string
	Changes     []difference
	How         string
	InvitedBy   string // follows how somebody got in by an invitation
	Reason      string
	When        moment
}

func auditLogPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	p := &logView{
		Scope: scope, Base: scopePath(scope) + "/audit-log", Later: query.Get("cursor") != "", logFilters: readLogFilters(scope.Kind(), query),
	}
	var log page.List[audit.Listed]
	p.frame, err = v.load("Audit log", scope, atLog,
		func(ctx context.Context) error {
			if err := p.find(ctx, v, scope); err != nil {
				return err
			}
			in := p.asked(scope)
			in.Cursor = query.Get("cursor")
			if p.problem() != nil { // whoever may not read the log is told so, and nothing more
				in = audit.ListInput{Scope: scope}
			}
			if err := fault.Fields(in.Validate()); err != nil {
				return err
			}
			var err error
			log, err = v.ListAuditLog.Do(ctx, v.caller, in)
			return err
		},
		func(ctx context.Context) error { return v.placeOfLog(ctx, p) },
	)
	if err != nil {
		return err
	}
	status, problem := http.StatusOK, p.problem()
	if problem != nil { // what was not understood is not left out: that would show something else than was asked for
		status, log = httpapi.Status(problem), page.List[audit.Listed]{}
		seenOf(v.r).err = problem
	}
	p.fill(log)
	p.name(v)
	return v.show(status, "audit-log", p)
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

// fill puts the entries onto the page.
func (p *logView) fill(log page.List[audit.Listed]) {
	if own, in := p.membershipIn(p.Scope); in {
		if p.Parent = own.ScopeName; p.Scope.Kind() != access.KindBrand {
			p.Place, p.Parent = own.ScopeName, ""
		}
	}
	p.Title = "Audit log · " + p.Place
	for _, l := range log.Items {
		row := logRowOf(l, p.Scope, p.Now)
		row.WhoURL = p.with("actor", l.Actor.ID)
		p.Actor.learn(l.Actor.ID, row.Who)
		switch {
		case l.User == nil:
		case isID(l.User.ID, "usr_"):
			row.WhomURL = p.with("user", l.User.ID)
			p.Person.learn(l.User.ID, l.User.Name)
		case l.User.Email != "":
			row.WhomURL = p.with("user", l.User.Email)
		}
		p.Rows = append(p.Rows, row)
	}
	if p.looked = log.Looked; log.NextCursor != "" {
		p.Next = p.with("cursor", log.NextCursor)
	}
	for _, f := range []*personFilter{&p.Actor, &p.Person} {
		f.Without = p.with(f.Name, "")
		for i := range f.Found {
			f.Found[i].URL = p.with(f.Name, f.Found[i].Value)
		}
	}
}

// name gives those who are looked for a name also where nothing of them is found.
func (p *logView) name(v *visit) {
	for _, f := range []*personFilter{&p.Actor, &p.Person} {
		if f.Chosen == "" || f.Who != "" {
			continue
		}
		f.Who = "Somebody who is not here"
		if m, err := v.GetMember.Do(v.r.Context(), v.caller, member.GetInput{Scope: p.Scope, User: f.Chosen}); err == nil {
			f.Who = m.User.Name
		}
	}
}

// with is the address of the view with one thing more or other in it, or with one thing less.
func (p *logView) with(name, value string) string {
	query := p.view()
	if query.Set(name, value); value == "" {
		query.Del(name)
	}
	if len(query) == 0 {
		return p.Base
	}
	return p.Base + "?" + query.Encode()
}

// Filtered reports whether anything narrows the log.
func (p *logView) Filtered() bool { return len(p.view()) > 0 }

// Default is the whole log.
func (p *logView) Default() string { return p.Base }

// Export is where what is looked for can be had as a file.
func (p *logView) Export() string { return p.Base + "/export?" + p.view().Encode() }

// Looked says in words what was looked for and not found: in the whole log, or as far as it was read.
func (p *logView) Looked() string {
	switch {
	case p.Next == "" && p.Later:
		return p.wanted() + " is further back in the log."
	case p.Next == "":
		return p.wanted() + " is in the log."
	case p.looked.Back.IsZero(): // all that was read is nothing that the log has
		return p.wanted() + " is found so far."
	}
	which := "the newest"
	if p.Later || p.To.Said != "" {
		which = "these"
	}
	return p.wanted() + " is among " + which + " " + count(p.looked.Items, "entry", "entries") + ", back to " + p.At(p.looked.Back).Absolute + "."
}

// Shown is how much stands on the page.
func (p *logView) Shown() string { return count(len(p.Rows), "entry", "entries") }

// exportAuditLog answers with the log as a file.
func exportAuditLog(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	filters := readLogFilters(scope.Kind(), v.r.URL.Query())
	if err := filters.find(v.r.Context(), v, scope); err != nil {
		return err
	}
	in := filters.asked(scope)
	if err := filters.problem(); err != nil {
		return err
	}
	return sendSheet(v, scope, atLog, audit.Sheet, func(limit int, cursor string) (page.List[audit.Listed], error) {
		in.Query = page.Query{Limit: &limit, Cursor: cursor}
		return v.ListAuditLog.Do(v.r.Context(), v.caller, in)
	})
}
