package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/workspace"
)

// Where the pages about one's own workspaces are.
const (
	workspacesPath = "/workspaces"
	newPath        = workspacesPath + "/new"
	invitedPath    = workspacesPath + "/invitations"
	badgePath      = workspacesPath + "/badge"
)

// workspacePages names the pages of workspaces that have no like in organizations.
func workspacePages(page func(string, handler)) {
	page("GET "+workspacesPath, workspacesPage)
	page("GET "+newPath, newWorkspacePage)
	page("POST "+newPath, createWorkspace)
	page("GET "+invitedPath, invitedToPage)
	page("GET "+workspacesPath+"/{w}", workspacePage)
	workspaceSettingsPages(page)
}

// workspacesView is the workspaces that somebody is in.
type workspacesView struct {
	frame
	Workspaces []workspaceCard
	Next       string
	Later      bool
	Default    string
}

// workspaceCard is a workspace that somebody is in.
type workspaceCard struct {
	Name, Role, URL string // no URL: the role was deleted, so nothing can be seen
	Status          status
	GrantedBy, Via  string
	Created         bool // by the one who reads it
	Granted         moment
	Leave           access.Action
	LeaveAt         string
}

func workspacesPage(v *visit) error {
	p := &workspacesView{Default: workspacesPath, Later: v.r.URL.Query().Get("cursor") != ""}
	in := member.MyAccessInput{Kind: string(access.KindWorkspace), Query: page.Query{Cursor: v.r.URL.Query().Get("cursor")}}
	if !p.Later {
		for _, id := range v.fresh("wsp_") {
			in.Fresh = append(in.Fresh, access.Workspace(id))
		}
	}
	var found page.List[member.Membership]
	var err error
	p.frame, err = v.load("Workspaces", access.Scope{}, atWorkspaces, func(ctx context.Context) (err error) {
		found, err = v.MyAccess.Do(ctx, v.caller, in)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range found.Items {
		p.Workspaces = append(p.Workspaces, workspaceCardOf(m, p.Now))
	}
	if found.NextCursor != "" {
		p.Next = workspacesPath + "?" + url.Values{"cursor": {found.NextCursor}}.Encode()
	}
	switch v.done() {
	case "deleted":
		p.Notice = &notice{Text: "The workspace is deleted. Nobody has access to it any more."}
	case "left":
		p.Notice = homeNotice("left")
	case "declined":
		p.Notice = &notice{Text: "The invitation is declined. Whoever sent it is told."}
	}
	return v.show(http.StatusOK, "workspaces", p)
}

func workspaceCardOf(m member.Membership, now time.Time) workspaceCard {
	card := workspaceCard{
		Name: m.ScopeName, Role: m.RoleName, Status: statusIn(m), GrantedBy: m.GrantedBy.Name, Via: viaIn(access.KindWorkspace, m.Via, m.JoinedAt, m.GrantedAt), Created: m.Via == member.ViaCreator,
		Granted: at(now, m.GrantedAt), Leave: m.Actions["remove"], LeaveAt: scopePath(m.Scope) + "/leave?from=" + fromHome,
	}
	if m.Standing(m.Scope, true).Holds(access.Read) {
		card.URL = scopePath(m.Scope)
	}
	return card
}

// statusIn says whether people can work in the workspace of a membership.
func statusIn(m member.Membership) status {
	if m.Workspace.Disabled {
		return status{Text: "Disabled", Icon: "cross", Tone: "off"}
	}
	return status{Text: "Enabled", Icon: "check", Tone: "good"}
}

func newWorkspacePage(v *visit) error { return v.newWorkspace(newForm(newPath), http.StatusOK) }

func (v *visit) newWorkspace(f form, status int) error {
	framed, err := v.load("Create workspace", access.Scope{}, atWorkspaces)
	if err != nil {
		return err
	}
	return v.show(status, "create", &createView{
		frame: framed, Form: f, Heading: "Create workspace", Label: "Name of the workspace", Button: "Create workspace", Back: workspacesPath,
		Hint: "You become its Admin. Roles and people come next.",
	})
}

func createWorkspace(v *visit) error {
	sent, err := v.read()
	if err != nil {
		return err
	}
	made, err := perform(v, v.asks(sent), workspace.CreateInput{Name: sent.Value("name")}, v.CreateWorkspace.Do)
	if err != nil {
		return v.again(err, sent, v.newWorkspace, "name")
	}
	return v.redirect(scopePath(made.Scope()) + "?done=created&fresh=" + v.caller.User + "," + made.ID)
}

// workspaceView is where somebody comes into a workspace: what they may do in it.
type workspaceView struct {
	frame
	Place     string
	Base      string
	Card      workspaceCard
	Abilities []string
	Invite    bool
	Disabled  bool
	Enable    bool // it is disabled, and the reader may change that
}

func workspacePage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found workspace.Workspace
	p := &workspaceView{Base: scopePath(scope)}
	if p.frame, err = v.load("Workspace", scope, atOverview, v.workspace(&found)); err != nil {
		return err
	}
	own, in := p.membershipIn(scope)
	if !in { // removed since the workspace was read
		return fault.Unknown()
	}
	p.Place, p.Title, p.Card = found.Name, found.Name, workspaceCardOf(own, p.Now)
	p.Disabled, p.Invite = found.Status == workspace.Disabled, found.Actions["create_invitation"].Allowed
	if p.Enable = p.Disabled && found.Actions["enable"].Allowed; p.Disabled && p.Card.Leave.Code == stateDisabled { // which stands above
		p.Card.Leave.Reason = "it is disabled."
	}
	p.Abilities = abilities(own.Workspace.Roles.Permissions(own.Role))
	switch v.done() {
	case "created":
		p.Notice = &notice{Text: p.Place + " is created, and you are its Admin. Create its roles, then invite people.", Link: link{URL: p.Base + "/roles", Text: "Create roles"}}
	case "joined":
		p.Notice = &notice{Text: "You are in. Welcome to " + p.Place + "."}
	}
	return v.show(http.StatusOK, "workspace", p)
}

// workspace reads the workspace that the path names.
func (v *visit) workspace(into *workspace.Workspace) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*into, err = v.GetWorkspace.Do(ctx, v.caller, workspace.GetInput{Scope: access.Workspace(v.r.PathValue("w"))})
		return err
	}
}

// invitedView is the page and dialog of the invitations to workspaces.
type invitedView struct {
	frame
	Offers []offerCard
	Next   string
}

func invitedToPage(v *visit) error {
	p := &invitedView{}
	var mine page.List[invitation.Invitation]
	var err error
	p.frame, err = v.load("Invitations to workspaces", access.Scope{}, atWorkspaces, func(ctx context.Context) (err error) {
		in := invitation.MineInput{Kind: access.KindWorkspace, Query: page.Query{Cursor: v.r.URL.Query().Get("cursor")}}
		mine, err = v.Mine.Do(ctx, v.caller, in)
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range slices.DeleteFunc(mine.Items, func(i invitation.Invitation) bool { return v.answered(p.frame, i) }) {
		p.Offers = append(p.Offers, cardOf(i, p.Now))
	}
	if mine.NextCursor != "" {
		p.Next = invitedPath + "?" + url.Values{"cursor": {mine.NextCursor}}.Encode()
	}
	return v.show(http.StatusOK, "invited", p)
}

// badge answers how many workspaces invite the reader, in words: all that an open page asks for again and again.
func badge(v *visit) error {
	if v.caller.User == "" { // there is nothing to ask for any more
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	n, err := v.CountInvited.Do(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = v.w.Write([]byte(invitedWords(n))) // whoever asked is gone when this fails
	return nil
}

// invitedWords is what stands beside Workspaces; nothing for nothing.
func invitedWords(n int) string {
	if n == 0 {
		return ""
	}
	return capped(n) + " " + either(n, "invitation", "invitations")
}

// Badge is what stands beside Workspaces.
func (f frame) Badge() string { return invitedWords(f.Invited) }
