package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/organization"
)

// connectionView is the page and dialog that adds or changes a connection.
type connectionView struct {
	frame
	Form    form
	Place   string
	New     bool
	Was     string // the name that it has
	Version int
	States  []option
	Back    string
}

func connectionPage(v *visit) error { return v.connecting(form{}, http.StatusOK) }

func (v *visit) connecting(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found organization.Organization
	p := &connectionView{Back: scopePath(scope) + "/settings", New: v.r.PathValue("c") == ""}
	if p.frame, err = v.load("Connection", scope, atSettings, v.organization(&found)); err != nil {
		return err
	}
	now, err := connectionOf(found, v.r.PathValue("c"))
	if err != nil {
		return err
	}
	if f.Values == nil {
		f = newForm(v.r.URL.Path)
		f.Values.Set("name", now.Name)
		f.Values.Set("enabled", yesNo(now.Enabled))
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedSettings(found) + " Below is what you were about to save. Saving it now changes this connection alone."
	}
	p.Form, p.Place, p.Version, p.Was = f, found.Name, found.Version, now.Name
	if p.Title = "Add connection"; !p.New {
		p.Title = "Change " + now.Name
	}
	p.States = []option{
		{Value: yes, Text: "On", Note: "Its link lets people ask for access.", Chosen: f.Has("enabled", yes)},
		{Value: no, Text: "Off", Note: "Its link answers that there is nothing here. Requests that came by it stay.", Chosen: f.Has("enabled", no)},
	}
	return v.show(status, "connection", p)
}

// connectionOf returns the connection of an id for somebody who may change it: a new one where there is no id.
func connectionOf(o organization.Organization, id string) (organization.Connection, error) {
	if !o.Actions["update"].Allowed {
		return organization.Connection{}, access.MissingPermissions(access.ManageSettings)
	}
	if id == "" {
		return organization.Connection{Enabled: true}, nil
	}
	at := slices.IndexFunc(o.Connections, func(c organization.Connection) bool { return c.ID == id })
	if at < 0 {
		return organization.Connection{}, fault.Unknown()
	}
	return o.Connections[at], nil
}

func saveConnection(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	var saved string
	err = func() error {
		var found organization.Organization
		if err := v.organization(&found)(v.r.Context()); err != nil {
			return err
		}
		version := sent.version()
		if version != 0 && version != found.Version {
			return organization.Stale()
		}
		in := organization.UpdateInput{Scope: scope, IfMatch: found.Version}
		var at int
		in.Connections, at = withConnection(found.Connections, organization.ConnectionChange{
			ID: v.r.PathValue("c"), Name: sent.Value("name"), Enabled: sent.Value("enabled") == yes,
		})
		if at < 0 {
			return fault.Unknown()
		}
		if err := fault.Fields(ofConnection(in.Validate(), at)); err != nil {
			return err
		}
		after, err := v.UpdateOrganization.Do(v.r.Context(), v.caller, in)
		if err == nil {
			saved = after.Connections[at].ID
		}
		return err
	}()
	if err != nil {
		return v.again(err, sent, v.connecting, "name")
	}
	return v.redirect(scopePath(scope) + "/settings?done=connected&fresh=" + saved)
}

// withConnection returns the connections with one of them as it is to be, and where that stands: at the end when it is new, -1 when there
// is none of that id.
func withConnection(connections []organization.Connection, changed organization.ConnectionChange) ([]organization.ConnectionChange, int) {
	at := -1
	var all []organization.ConnectionChange
	for i, c := range connections {
		one := organization.ConnectionChange{ID: c.ID, Name: c.Name, Enabled: c.Enabled}
		if c.ID == changed.ID {
			one, at = changed, i
		}
		all = append(all, one)
	}
	if changed.ID == "" {
		return append(all, changed), len(all)
	}
	return all, at
}

// ofConnection points what is wrong with one of the connections at the fields of its form.
func ofConnection(fields []fault.Field, at int) []fault.Field {
	for i := range fields {
		fields[i].Pointer = strings.TrimPrefix(fields[i].Pointer, "/connections/"+strconv.Itoa(at))
	}
	return fields
}

// disconnectView is the page and dialog that removes a connection.
type disconnectView struct {
	frame
	Form    form
	Place   string
	Name    string
	Version int
	Last    bool // one stays always
	Back    string
}

func removeConnectionPage(v *visit) error {
	return v.disconnecting(newForm(v.r.URL.Path), http.StatusOK)
}

func (v *visit) disconnecting(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found organization.Organization
	p := &disconnectView{Form: f, Back: scopePath(scope) + "/settings"}
	if p.frame, err = v.load("Remove connection", scope, atSettings, v.organization(&found)); err != nil {
		return err
	}
	now, err := connectionOf(found, v.r.PathValue("c"))
	if err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		p.Form.Problem = v.changedSettings(found)
	}
	p.Place, p.Name, p.Version, p.Last, p.Title = found.Name, now.Name, found.Version, len(found.Connections) == 1, "Remove "+now.Name
	return v.show(status, "disconnect", p)
}

func removeConnection(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	var found organization.Organization
	if err := v.organization(&found)(v.r.Context()); err != nil {
		return err
	}
	gone, err := connectionOf(found, v.r.PathValue("c"))
	if err != nil {
		return err
	}
	in := organization.UpdateInput{Scope: scope, IfMatch: sent.version(), Connections: []organization.ConnectionChange{}}
	for _, c := range found.Connections {
		if c.ID != gone.ID {
			in.Connections = append(in.Connections, organization.ConnectionChange{ID: c.ID, Name: c.Name, Enabled: c.Enabled})
		}
	}
	if in.IfMatch == 0 { // what is left is what was read
		in.IfMatch = found.Version
	}
	if _, err := perform(v, v.caller, in, v.UpdateOrganization.Do); err != nil { // the version keeps it from being done twice
		return v.again(err, sent, v.disconnecting)
	}
	return v.redirect(scopePath(scope) + "/settings?done=disconnected")
}
