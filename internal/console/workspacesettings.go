package console

import (
	"net/http"

	"prism-access/internal/access"
	"prism-access/internal/workspace"
)

// workspaceSettingsPages names the pages that rename, disable, enable and delete a workspace.
func workspaceSettingsPages(page func(string, handler)) {
	const base = workspacesPath + "/{w}"
	page("GET "+base+"/settings", workspaceSettingsPage)
	page("POST "+base+"/settings", renameWorkspace)
	page("GET "+base+"/disable", disablePage)
	page("POST "+base+"/disable", disableWorkspace)
	page("GET "+base+"/enable", enablePage)
	page("POST "+base+"/enable", enableWorkspace)
	page("GET "+base+"/delete", deleteWorkspacePage)
	page("POST "+base+"/delete", deleteWorkspace)
}

// workspaceSettingsView is a workspace's settings: each part is there for those who may change it.
type workspaceSettingsView struct {
	frame
	Form                            form
	Place, Base                     string
	Version                         int
	Disabled                        bool
	Status                          status
	Update, Enable, Disable, Delete access.Action
}

// May reports whether there is anything in the settings for the reader.
func (p workspaceSettingsView) May() bool {
	return p.Update.Allowed || p.Enable.Allowed || p.Disable.Allowed || p.Delete.Allowed
}

func workspaceSettingsPage(v *visit) error { return v.workspaceSettings(form{}, http.StatusOK) }

// settle reads the workspace whose settings a page is about.
func (v *visit) settle(title string, into *workspace.Workspace) (frame, error) {
	scope, err := v.scope()
	if err != nil {
		return frame{}, err
	}
	framed, err := v.load(title, scope, atSettings, v.workspace(into))
	framed.Title = title + " · " + into.Name
	return framed, err
}

func (v *visit) workspaceSettings(f form, status int) error {
	var found workspace.Workspace
	framed, err := v.settle("Settings", &found)
	if err != nil {
		return err
	}
	if f.Values == nil {
		f = newForm(v.r.URL.Path)
		f.Values.Set("name", found.Name)
		framed.Notice = workspaceNotice(v.done(), found)
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedWorkspace(found) + " Below is what you were about to save. Saving it now replaces theirs."
	}
	own, _ := framed.membershipIn(found.Scope())
	return v.show(status, "workspace-settings", &workspaceSettingsView{
		frame: framed, Form: f, Place: found.Name, Base: scopePath(found.Scope()), Version: found.Version, Disabled: found.Status == workspace.Disabled,
		Status: statusIn(own), Update: found.Actions["update"], Enable: found.Actions["enable"], Disable: found.Actions["disable"], Delete: found.Actions["delete"],
	})
}

func workspaceNotice(done string, found workspace.Workspace) *notice {
	switch done {
	case "saved":
		return &notice{Text: "The workspace is now called " + found.Name + "."}
	case "disabled":
		return &notice{Text: found.Name + " is disabled. Nobody can work in it until it is enabled."}
	case "enabled":
		return &notice{Text: found.Name + " is enabled. Everybody in it has their role again."}
	}
	return nil
}

// changedWorkspace says what somebody else has done to a workspace since a form was made.
func (v *visit) changedWorkspace(found workspace.Workspace) string {
	who, when := v.latest(found.Scope(), found.Version, "WorkspaceUpdated", "WorkspaceEnabled", "WorkspaceDisabled")
	return who + " changed this workspace " + when + ": its name is now " + found.Name + ", and it is " + string(found.Status) + "."
}

func renameWorkspace(v *visit) error {
	return rename(v, v.workspaceSettings, "saved", func(scope access.Scope, version int, name string) workspace.UpdateInput {
		return workspace.UpdateInput{Scope: scope, IfMatch: version, Name: name}
	}, v.UpdateWorkspace.Do)
}

// switchView is the page and dialog that disables or enables a workspace.
type switchView struct {
	frame
	Form    form
	Place   string
	Version int
	Enable  bool // to enable, not to disable
	Already bool // it is so
	Effects []string
	Action  access.Action
	Back    string
}

func disablePage(v *visit) error {
	return v.switching(newForm(v.r.URL.Path), workspace.Disabled, http.StatusOK)
}

func enablePage(v *visit) error {
	return v.switching(newForm(v.r.URL.Path), workspace.Enabled, http.StatusOK)
}

var switchTitles = map[workspace.Status]string{workspace.Disabled: "Disable workspace", workspace.Enabled: "Enable workspace"}

func (v *visit) switching(f form, to workspace.Status, status int) error {
	var found workspace.Workspace
	framed, err := v.settle(switchTitles[to], &found)
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedWorkspace(found)
	}
	p := &switchView{
		frame: framed, Form: f, Place: found.Name, Version: found.Version, Enable: to == workspace.Enabled, Already: found.Status == to,
		Back: scopePath(found.Scope()) + "/settings",
	}
	p.Form.Unmailed = true
	if p.Enable {
		p.Action, p.Effects = found.Actions["enable"], []string{
			"Everybody in " + p.Place + " can work in it again, with the role that they have.",
			"Its open invitations can be accepted again, if they have not expired meanwhile.",
		}
	} else {
		p.Action, p.Effects = found.Actions["disable"], []string{
			"Nobody can work in " + p.Place + " until it is enabled: not its members, and not you.",
			"Everybody keeps their role. Those whose role allows it can still see the workspace, enable it and delete it.",
			"Its invitations stay and go on to expire. Nobody can accept one meanwhile; declining works.",
		}
	}
	return v.show(status, "switch", p)
}

func disableWorkspace(v *visit) error { return v.switchTo(workspace.Disabled, v.DisableWorkspace) }

func enableWorkspace(v *visit) error { return v.switchTo(workspace.Enabled, v.EnableWorkspace) }

func (v *visit) switchTo(to workspace.Status, op workspace.Switch) error {
	again := func(f form, status int) error { return v.switching(f, to, status) }
	return v.changeScope(again, string(to), "reason", func(scope access.Scope, sent form) error {
		in := workspace.SwitchInput{Scope: scope, IfMatch: sent.version(), Reason: sent.Value("reason")}
		_, err := perform(v, v.asks(sent), in, op.Do)
		return err
	})
}

func deleteWorkspacePage(v *visit) error {
	return v.deletingWorkspace(newForm(v.r.URL.Path), http.StatusOK)
}

func (v *visit) deletingWorkspace(f form, status int) error {
	var found workspace.Workspace
	framed, err := v.settle("Delete workspace", &found)
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedWorkspace(found)
	}
	return v.show(status, "deletion", &deletionView{
		frame: framed, Form: f, Kind: access.KindWorkspace, Place: found.Name, Version: found.Version, Action: found.Actions["delete"],
		Back: scopePath(found.Scope()) + "/settings",
		Effects: []string{
			"Everybody in " + found.Name + " loses their role in it at once, you too. Its roles go with it.",
			"Its open invitations are closed, and its links stop working.",
			"Nobody gets a mail about it, and it cannot be undone.",
		},
	})
}

func deleteWorkspace(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := workspace.DeleteInput{Scope: scope, IfMatch: sent.version(), Confirm: sent.Value("confirm")}
	if _, err := perform(v, v.caller, in, v.DeleteWorkspace.Do); err != nil {
		return v.again(err, sent, v.deletingWorkspace, "confirm")
	}
	return v.redirect(workspacesPath + "?done=deleted&fresh=" + scope.Workspace)
}
