package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/organization"
	"prism-access/internal/page"
)

// settingsPages names the pages about an organization's settings.
func settingsPages(page func(string, handler)) {
	const base = "/organizations/{o}"
	page("GET "+base+"/settings", settingsPage)
	page("POST "+base+"/settings", saveSettings)
	page("GET "+base+"/settings/connections/new", connectionPage)
	page("POST "+base+"/settings/connections/new", saveConnection)
	page("GET "+base+"/settings/connections/{c}", connectionPage)
	page("POST "+base+"/settings/connections/{c}", saveConnection)
	page("GET "+base+"/settings/connections/{c}/remove", removeConnectionPage)
	page("POST "+base+"/settings/connections/{c}/remove", removeConnection)
	page("GET "+base+"/delete", deleteOrganizationPage)
	page("POST "+base+"/delete", deleteOrganization)
}

// settingsView is the organization's settings.
type settingsView struct {
	frame
	Form        form
	Place       string
	Base        string
	Version     int
	Had         []option // what the fields were as the form was made
	Conflict    bool     // somebody else has saved meanwhile
	Accounts    []option
	Listing     []option // whether requesters see the brands
	Connections []connectionRow
	Add         bool // there is room for another connection
	Update      access.Action
	Delete      access.Action
}

// connectionRow is a platform through which people ask for access.
type connectionRow struct {
	ID, Name, Link, URL string // Link is what people follow, URL where it is changed
	Enabled, Fresh      bool
	Last                bool // one stays always
}

func (v *visit) organization(into *organization.Organization) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*into, err = v.GetOrganization.Do(ctx, v.caller, organization.GetInput{Scope: access.Organization(v.r.PathValue("o"))})
		return err
	}
}

func settingsPage(v *visit) error { return v.settings(form{}, http.StatusOK) }

// The values of a choice between yes and no.
const (
	yes = "yes"
	no  = "no"
)

func yesNo(is bool) string {
	if is {
		return yes
	}
	return no
}

// settings shows the settings, or, when something was typed, that.
func (v *visit) settings(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found organization.Organization
	p := &settingsView{Base: scopePath(scope)}
	if p.frame, err = v.load("Settings", scope, atSettings, v.organization(&found)); err != nil {
		return err
	}
	typed := f.Values != nil
	if !typed {
		f = newForm(v.r.URL.Path)
		p.Notice = settingsNotice(v.done())
	}
	if p.Conflict = status == http.StatusPreconditionFailed; p.Conflict {
		f.Problem = v.changedSettings(found) + " Below is that with what you were about to change."
	}
	if p.Version = f.version(); !typed || p.Conflict {
		p.Version = found.Version
		f.onTop(map[string]string{
			"name": found.Name, "existing_accounts": string(found.ExistingAccounts), "list_brands": yesNo(found.ListBrandsToRequesters),
		})
	}
	for _, name := range []string{"name", "existing_accounts", "list_brands"} {
		p.Had = append(p.Had, option{Value: had + name, Text: f.Value(had + name)})
	}
	p.fill(f, found, v.r.URL.Query().Get("fresh"))
	return v.show(status, "settings", p)
}

// had begins the names of the fields that say what the others were as the form was made.
const had = "had-"

// onTop makes the form one of what a thing is now: what was changed in it stays changed, everything else is as somebody else has made it.
func (f form) onTop(now map[string]string) {
	for name, value := range now {
		if strings.TrimSpace(f.Value(name)) == f.Value(had+name) {
			f.Values.Set(name, value)
		}
		f.Values.Set(had+name, value)
	}
}

func settingsNotice(done string) *notice {
	switch done {
	case "saved":
		return &notice{Text: "The settings are saved."}
	case "connected":
		return &notice{Text: "The connection is saved."}
	case "disconnected":
		return &notice{Text: "The connection is removed. Its link does not work any more."}
	}
	return nil
}

func (p *settingsView) fill(f form, found organization.Organization, fresh string) {
	p.Form, p.Place, p.Title = f, found.Name, "Settings · "+found.Name
	p.Update, p.Delete, p.Add = found.Actions["update"], found.Actions["delete"], len(found.Connections) < organization.MaxConnections
	p.Accounts = []option{
		{
			Value: string(organization.Join), Text: "They join at once", Chosen: f.Has("existing_accounts", string(organization.Join)),
			Note: "Somebody who has a Prism account already is in as soon as you invite them, and is told by mail. Whoever had left is asked.",
		},
		{
			Value: string(organization.Ask), Text: "They are asked", Chosen: f.Has("existing_accounts", string(organization.Ask)),
			Note: "They get an invitation like everybody else, and are in when they accept it. Members get another brand at once.",
		},
	}
	p.Listing = []option{
		{Value: yes, Text: "The organization's name and its brands", Chosen: f.Has("list_brands", yes), Note: "Whoever asks for access can name the brands they need."},
		{Value: no, Text: "The organization's name alone", Chosen: f.Has("list_brands", no), Note: "Whoever asks can say in a message what they need."},
	}
	for _, c := range found.Connections {
		p.Connections = append(p.Connections, connectionRow{
			ID: c.ID, Name: c.Name, Link: c.URL, URL: p.Base + "/settings/connections/" + c.ID, Enabled: c.Enabled, Fresh: c.ID == fresh,
			Last: len(found.Connections) == 1,
		})
	}
}

var accountWords = map[organization.ExistingAccounts]string{organization.Join: "join at once", organization.Ask: "are asked"}

// changedSettings says what somebody else has done to the settings since a form was made.
func (v *visit) changedSettings(found organization.Organization) string {
	who, when := v.latest(access.Organization(found.ID), found.Version, "OrganizationUpdated")
	said := who + " changed these settings " + when + ": the name is now " + found.Name + ", and existing accounts " + accountWords[found.ExistingAccounts] +
		". Whoever asks for access " + map[bool]string{true: "sees", false: "does not see"}[found.ListBrandsToRequesters] + " the brands."
	var parts []string
	for _, c := range found.Connections {
		parts = append(parts, c.Name+" ("+onOff(c.Enabled)+")")
	}
	return said + " " + either(len(parts), "The connection is ", "The connections are ") + list(parts) + "."
}

// latest returns who has made the latest change of one of these types to an organization, brand or workspace, and when, in words. The log may
// not know it yet: then it was somebody.
func (v *visit) latest(scope access.Scope, version int, types ...string) (who, when string) {
	return v.latestOf(scope, func(l audit.Listed) bool { return l.Sequence == version && slices.Contains(l.Scopes, scope) }, types...)
}

func (v *visit) latestOf(scope access.Scope, is func(audit.Listed) bool, types ...string) (who, when string) {
	limit := 20 // of the organization's brands any can have been changed since
	for _, what := range types {
		log, err := v.ListAuditLog.Do(v.r.Context(), v.caller, audit.ListInput{Scope: scope.Root(), Type: what, Query: page.Query{Limit: &limit}})
		if err != nil { // those who may not read the log are not told
			break
		}
		for _, l := range log.Items {
			switch {
			case !is(l):
			case l.Actor.ID == v.caller.User:
				return "You", relative(l.OccurredAt.Sub(v.Now()))
			default:
				return l.Actor.Name, relative(l.OccurredAt.Sub(v.Now()))
			}
		}
	}
	return "Somebody", "meanwhile"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func saveSettings(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	name, accounts := sent.Value("name"), organization.ExistingAccounts(sent.Value("existing_accounts"))
	in := organization.UpdateInput{Scope: scope, IfMatch: sent.version(), Name: &name, ExistingAccounts: &accounts}
	if listed := sent.Value("list_brands"); listed != "" {
		shown := listed == yes
		in.ListBrandsToRequesters = &shown
	}
	if _, err := perform(v, v.caller, in, v.UpdateOrganization.Do); err != nil { // the version keeps it from being done twice
		return v.again(err, sent, v.settings, "name", "existing_accounts")
	}
	return v.redirect(scopePath(scope) + "/settings?done=saved")
}

// deletionView is the page and dialog that deletes an organization, a brand or a workspace: its name has to be typed (R26).
type deletionView struct {
	frame
	Form    form
	Place   string
	Kind    access.Kind
	Parent  string
	Version int
	Effects []string
	Action  access.Action
	Back    string
}

func deleteOrganizationPage(v *visit) error {
	return v.deletingOrganization(newForm(v.r.URL.Path), http.StatusOK)
}

func (v *visit) deletingOrganization(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	var found organization.Organization
	p := &deletionView{Kind: access.KindOrganization, Back: scopePath(scope) + "/settings"}
	if p.frame, err = v.load("Delete organization", scope, atSettings, v.organization(&found)); err != nil {
		return err
	}
	if status == http.StatusPreconditionFailed {
		f.Problem = v.changedSettings(found)
	}
	p.Form, p.Place, p.Version, p.Action, p.Title = f, found.Name, found.Version, found.Actions["delete"], "Delete "+found.Name
	p.Effects = []string{
		"Everybody in " + p.Place + " loses what they have in it and in all its brands at once, you too.",
		"Its open invitations and access requests are closed, and its links stop working.",
		"Nobody gets a mail about it, and it cannot be undone.",
	}
	return v.show(status, "deletion", p)
}

func deleteOrganization(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	in := organization.DeleteInput{Scope: scope, IfMatch: sent.version(), Confirm: sent.Value("confirm")}
	if _, err := perform(v, v.caller, in, v.DeleteOrganization.Do); err != nil {
		return v.again(err, sent, v.deletingOrganization, "confirm")
	}
	return v.redirect("/?done=deleted&fresh=" + scope.Organization)
}
