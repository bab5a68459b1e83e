package console

import (
	"net/http"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// profileView is the page of one member of an organization, a brand or a workspace.
type profileView struct {
	frame
	subject
	Parent, ParentURL string // the organization, on a brand's page
	Row               memberRow
	Granted           moment
	Granter           string // the client id of another system that has granted the role, as far back as History goes
	Sentence          string // what the role may do
	Brands            []brandCard
	List              string    // of the users, empty for those who may not see it
	Remove            string    // where one removes the member, or leaves
	Form              form      // by which mails go to the member again
	Stopped           *mailStop // nil: they do
	History           []pastRow
	Older             bool   // there is more of it
	Log               string // where all of it is
}

// mailStop is why and since when no mails go to the member.
type mailStop struct {
	Why   string
	Since moment
}

func profilePage(v *visit) error { return v.profile(newForm(""), http.StatusOK) }

func (v *visit) profile(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	user, err := v.user()
	if err != nil {
		return err
	}
	p := &profileView{}
	var m member.Membership
	var log page.List[audit.Listed]
	var has stock
	if p.frame, p.subject, m, err = v.subjectAs(member.GetInput{}, "User", newForm(""), v.history(scope, user, &log), v.roles(scope, &has)); err != nil {
		return err
	}
	p.fill(m, v.caller.User, log)
	if scope.Kind() == access.KindWorkspace {
		p.Row.Roles, p.Sentence = has.inRow(m), has.sentence(scope.Kind(), m.Role)
	}
	if p.Client {
		p.Sentence = clientSentence
	}
	p.Form = f
	if p.Notice = p.done(v.done()); f.Problem != "" {
		p.Notice = nil
	}
	return v.show(status, "profile", p)
}

// resumeMails lets mails go to the member again, if nothing else has stopped them than what the page has said.
func resumeMails(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	user, err := v.user()
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, sent.Value("stopped_at"))
	if err != nil {
		return fault.New(fault.BadRequest, "invalid_form", "This form could not be read.")
	}
	if _, err := perform(v, v.asks(sent), member.ResumeInput{Scope: scope, User: user, StoppedAt: at}, v.ResumeMails.Do); err != nil {
		return v.again(err, sent, v.profile)
	}
	return v.redirect(scopePath(scope) + "/users/" + user + "?done=resumed")
}

func (p *profileView) fill(m member.Membership, me string, log page.List[audit.Listed]) {
	p.Title = p.Name + " · " + p.Place
	p.Row = rowOf(m, me, p.Now, false)
	p.Row.From = fromProfile
	p.Granted = p.At(m.GrantedAt)
	if p.Sentence = roleSentences[m.Scope.Kind()][m.Role]; m.Role == access.Member {
		p.Sentence = "Sees the organization, and has a role in single brands of it."
	}
	p.Remove = p.Base + "/remove?from=" + fromProfile
	if p.Self {
		p.Remove = scopePath(m.Scope) + "/leave?from=" + fromProfile
	}
	clients := map[string]string{}
	for _, l := range log.Items {
		p.History = append(p.History, pastOf(l, m.Scope, p.Now))
		clients[l.Actor.ID] = l.Actor.ClientID
	}
	p.Granter = clients[m.GrantedBy.ID]
	for _, b := range m.Brands {
		card := brandCard{
			Name: b.Name, Role: roleNames[b.Role], GrantedBy: b.GrantedBy.Name, Granter: clients[b.GrantedBy.ID], Via: viaIn(access.KindBrand, b.Via, b.JoinedAt, b.GrantedAt), Granted: p.At(b.GrantedAt), Joined: p.At(b.JoinedAt),
			Users: scopePath(access.Brand(m.Scope.Organization, b.ID)) + "/users",
		}
		if p.Row.Update.Allowed {
			card.Change = &link{URL: p.Base + "/role?from=" + fromProfile + "&brand=" + b.ID, Text: b.Name}
		}
		p.Brands = append(p.Brands, card)
	}
	if stop := m.MailsStopped; stop != nil {
		p.Stopped = &mailStop{Why: stop.Why, Since: p.At(stop.At)}
	}
	p.Older, p.Log = log.NextCursor != "", logOf(m.Scope, m.User.ID)
	own, found := p.membershipIn(m.Scope)
	if !p.Self || own.Standing(m.Scope, true).May(access.ToViewUsers) == nil {
		p.List = scopePath(m.Scope) + "/users"
	}
	if found && p.Kind == access.KindBrand {
		p.Parent, p.ParentURL = own.ScopeName, organizationPath(m.Scope)
	}
}

func (p *profileView) done(what string) *notice {
	switch what {
	case "changed":
		return &notice{Text: p.Name + " is now " + p.Holds.Text + "."}
	case "resumed":
		if p.Stopped == nil {
			return &notice{Text: "Mails about " + p.Place + " go to " + p.Name + " again."}
		}
	}
	return nil
}
