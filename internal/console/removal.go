package console

import (
	"net/http"

	"prism-access/internal/access"
	"prism-access/internal/member"
)

// removeView is the page and dialog that takes somebody out of an organization, a brand or a workspace, or by which one leaves.
type removeView struct {
	frame
	subject
	Form     form
	Action   access.Action
	Conflict string
	Leaves   bool   // it is the reader who goes
	Parent   string // name of the organization, on a brand's page
}

func removePage(v *visit) error { return v.removing(v.asked("from"), http.StatusOK) }

func (v *visit) removing(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	framed, about, m, err := v.subject("Remove", f)
	if err != nil {
		return err
	}
	p := &removeView{frame: framed, subject: about, Action: m.Actions["remove"]}
	if f.Values.Has("version") && f.version() != m.Version {
		p.Conflict, status = v.whatChanged(m), http.StatusPreconditionFailed
		f = f.onTopOf(m)
		f.Problem = ""
	}
	p.Form = f
	p.Form.Unmailed = p.Self || p.Client
	p.Leaves = v.r.PathValue("u") == ""
	p.Title = "Remove " + p.Name
	if p.Leaves {
		p.Title = "Leave " + p.Place
	}
	if own, found := p.membershipIn(scope); found && p.Kind == access.KindBrand {
		p.Parent = own.ScopeName
	}
	return v.show(status, "remove", p)
}

func removeMember(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	user, err := v.user()
	if err != nil {
		return err
	}
	sent, err := v.read()
	if err != nil {
		return err
	}
	in := member.RemoveInput{Scope: scope, User: user, IfMatch: sent.version(), Reason: sent.Value("reason")}
	if _, err := perform(v, v.asks(sent), in, v.RemoveMember.Do); err != nil {
		return v.again(err, sent, v.removing, "reason")
	}
	list := scopePath(scope) + "/users"
	switch {
	case user != v.caller.User:
		back := wayFrom(sent.Value("from"), list, list)
		return v.redirect(back.after("removed", user))
	case scope.Kind() == access.KindBrand:
		return v.redirect(organizationPath(scope) + "/brands?done=left&fresh=" + scope.Organization)
	case scope.Kind() == access.KindWorkspace:
		return v.redirect(workspacesPath + "?done=left&fresh=" + scope.Workspace)
	default:
		return v.redirect("/?done=left&fresh=" + scope.Organization)
	}
}
