package console

import (
	"net/http"

	"prism-access/internal/access"
	"prism-access/internal/audit"
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
	Sentence          string // what the role may do
	Brands            []brandCard
	List              string // of the users, empty for those who may not see it
	Remove            string // where one removes the member, or leaves
	History           []pastRow
	Older             bool   // there is more of it
	Log               string // where all of it is
}

func profilePage(v *visit) error {
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
	if p.frame, p.subject, m, err = v.subject("User", newForm(""), v.history(scope, user, &log), v.roles(scope, &has)); err != nil {
		return err
	}
	p.fill(m, v.caller.User, log)
	if scope.Kind() == access.KindWorkspace {
		p.Row.Roles, p.Sentence = has.inRow(m), has.sentence(scope.Kind(), m.Role)
	}
	p.Notice = p.done(v.done())
	return v.show(http.StatusOK, "profile", p)
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
	for _, b := range m.Brands {
		card := brandCard{
			Name: b.Name, Role: roleNames[b.Role], GrantedBy: b.GrantedBy.Name, Via: viaIn(access.KindBrand, b.Via, b.JoinedAt, b.GrantedAt), Granted: p.At(b.GrantedAt), Joined: p.At(b.JoinedAt),
			Users: scopePath(access.Brand(m.Scope.Organization, b.ID)) + "/users",
		}
		if p.Row.Update.Allowed {
			card.Change = &link{URL: p.Base + "/role?from=" + fromProfile + "&brand=" + b.ID, Text: b.Name}
		}
		p.Brands = append(p.Brands, card)
	}
	for _, l := range log.Items {
		p.History = append(p.History, pastOf(l, m.Scope, p.Now))
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
	if what == "changed" {
		return &notice{Text: p.Name + " is now " + p.Holds.Text + "."}
	}
	return nil
}
