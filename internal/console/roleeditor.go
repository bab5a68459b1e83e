package console

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/httpapi"
	"prism-access/internal/member"
	"prism-access/internal/role"
)

// editorView is the page that makes a role, or makes another one of it.
type editorView struct {
	frame
	Form        form
	Place, Back string
	New         bool
	Was         string // the name that it has; of a new one, of that which it is a copy of
	Like        string // what it is a copy of
	Version     int
	Action      access.Action // whether it can be done now
	Templates   []option
	Begun       string // the template that the form has begun with
	Beyond      string // what of its permissions the reader may not give
	Groups      []permissionGroup
	Conflict    string
	Gone        bool         // it was deleted, which Action says
	Typed       []difference // and that was about to be saved
	// What saving it brings.
	Review      bool
	Same        bool
	Changes     []difference
	Gains, Lost []string
	Effects     []string
	Kept        []option
}

// roleFormFields are the fields of the editor that errors can stand at.
var roleFormFields = []string{"name", "description", "permissions"}

// The fields that say what a role was as the form was made.
const (
	hadName        = "had-name"
	hadDescription = "had-description"
	hadPermissions = "had-permissions"
)

// chosen returns what is chosen in the form.
func (f form) chosen(field string) []access.Permission {
	all := []access.Permission{}
	for _, key := range f.Values[field] {
		all = append(all, access.Permission(key))
	}
	return all
}

func (f form) choose(field string, permissions []access.Permission) {
	f.Values.Del(field)
	for _, permission := range permissions {
		f.Values.Add(field, string(permission))
	}
}

func newRolePage(v *visit) error { return v.newRole(form{}, http.StatusOK) }

func (v *visit) newRole(f form, status int) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	p := &editorView{New: true, Back: scopePath(scope) + "/roles"}
	var roles []role.Role
	p.frame, err = v.load("Create role", scope, atRoles, func(ctx context.Context) (err error) {
		roles, err = v.allRoles(ctx, scope, false)
		return err
	})
	if err != nil {
		return err
	}
	own, standing := p.ownIn(scope)
	p.Action = access.ActionFrom(standing.Require(access.ManageRole))
	begun := f.Values == nil
	if begun {
		f = v.asked("like", "template")
	}
	if like := f.Value("like"); like != "" {
		copied, exists := roleIn(roles, access.Role(like))
		if !exists {
			return fault.Unknown()
		}
		p.Like, p.Was, p.Action = like, copied.Name, copied.Actions["duplicate"]
		if begun {
			if copied.BuiltIn { // what it says of itself is not true of a copy
				copied.Description = ""
			}
			f.start(freeName("Copy of "+copied.Name, roles), copied.Description, copied.Permissions)
		}
	} else {
		p.begin(f, roles, standing.Permissions())
	}
	p.Form, p.Place, p.Groups = f, own.ScopeName, permissionGroups(f.chosen("permissions"), standing.Permissions())
	if p.Title = "Create role · " + p.Place; p.Like != "" {
		p.Title = "Duplicate " + p.Was + " · " + p.Place
	}
	return v.show(status, "role-editor", p)
}

// start puts a role into the form.
func (f form) start(name, description string, permissions []access.Permission) {
	f.Values.Set("name", name)
	f.Values.Set("description", description)
	f.choose("permissions", permissions)
}

func roleIn(roles []role.Role, id access.Role) (role.Role, bool) {
	at := slices.IndexFunc(roles, func(r role.Role) bool { return r.ID == id })
	if at < 0 {
		return role.Role{}, false
	}
	return roles[at], true
}

func createRole(v *visit) error {
	scope, sent, err := v.submitted()
	if err != nil {
		return err
	}
	if sent.Values.Has("template") {
		return v.newRole(sent, http.StatusOK)
	}
	in := role.CreateInput{Scope: scope, Name: sent.Value("name"), Description: sent.Value("description"), Permissions: sent.chosen("permissions")}
	made, err := perform(v, v.asks(sent), in, v.CreateRole.Do)
	if err != nil {
		return v.again(err, sent, v.newRole, roleFormFields...)
	}
	return v.redirect(scopePath(scope) + "/roles?done=created&fresh=" + string(made.ID))
}

func editRolePage(v *visit) error { return v.editingRole(form{}, http.StatusOK) }

// editingRole shows the editor in the step that the form asks for: first what the role is to be, then what that brings.
func (v *visit) editingRole(f form, status int) error {
	scope, id, err := v.roleOf()
	if err != nil {
		return err
	}
	p := &editorView{Back: rolePath(scope, id)}
	var roles []role.Role
	p.frame, err = v.load("Edit role", scope, atRoles, func(ctx context.Context) (err error) {
		roles, err = v.allRoles(ctx, scope, false)
		return err
	})
	if err != nil {
		return err
	}
	own, standing := p.ownIn(scope)
	found, exists := roleIn(roles, id)
	if !exists {
		return v.editingGone(p, f, own, id)
	}
	p.Place, p.Was, p.Version, p.Action, p.Title = own.ScopeName, found.Name, found.Version, found.Actions["update"], "Edit "+found.Name+" · "+own.ScopeName
	switch {
	case f.Values == nil:
		f = newForm(v.r.URL.Path)
		f.start(found.Name, found.Description, found.Permissions)
		f.hadRole(found)
	case f.Values.Has("version") && f.version() != found.Version:
		p.Conflict = v.roleConflict(scope, found, f)
		f, status = f.onTopOfRole(found), http.StatusPreconditionFailed
	}
	if step := f.Value("step"); p.Action.Allowed && (step == stepCheck || step == stepSave) && len(f.Errors) == 0 {
		out, err := perform(v, v.caller, sentRole(scope, id, f, true), v.UpdateRole.Do)
		if err != nil {
			rejected, can := f.reject(err, roleFormFields...)
			if !can {
				return err
			}
			seenOf(v.r).err = err
			f, status = rejected, httpapi.Status(err)
		} else {
			p.review(found, f, *out.Effect, own)
		}
	}
	if p.Conflict != "" { // which says it better
		f.Problem = ""
	}
	p.Form, p.Kept, p.Groups = f, f.keptRole(), permissionGroups(f.chosen("permissions"), standing.Permissions())
	return v.show(status, "role-editor", p)
}

// sentRole is what the form asks for.
func sentRole(scope access.Scope, id access.Role, f form, dry bool) role.UpdateInput {
	name, description := f.Value("name"), f.Value("description")
	return role.UpdateInput{Scope: scope, ID: id, DryRun: dry, Name: &name, Description: &description, Permissions: f.chosen("permissions")}
}

// hadRole notes in the form what the role is now.
func (f form) hadRole(r role.Role) {
	f.Values.Set(hadName, r.Name)
	f.Values.Set(hadDescription, r.Description)
	f.choose(hadPermissions, r.Permissions)
}

// onTopOfRole returns the form as one that is made from what the role is now: what was changed in it stays changed, everything else is as
// somebody else has made it.
func (f form) onTopOfRole(now role.Role) form {
	again := newForm(f.Action)
	maps.Copy(again.Values, f.Values)
	again.Problem, again.Errors = f.Problem, f.Errors
	if f.Value("name") == f.Value(hadName) {
		again.Values.Set("name", now.Name)
	}
	if strings.TrimSpace(f.Value("description")) == f.Value(hadDescription) {
		again.Values.Set("description", now.Description)
	}
	again.choose("permissions", merged(f.chosen("permissions"), f.chosen(hadPermissions), now.Permissions))
	again.hadRole(now)
	return again
}

// keptRole are the fields that both steps of the form carry.
func (f form) keptRole() []option {
	kept := []option{{Value: hadName, Text: f.Value(hadName)}, {Value: hadDescription, Text: f.Value(hadDescription)}}
	for _, key := range f.Values[hadPermissions] {
		kept = append(kept, option{Value: hadPermissions, Text: key})
	}
	return kept
}

// Carried are the fields that the page which says what the change brings hands on.
func (p *editorView) Carried() []option {
	carried := append(slices.Clone(p.Kept), option{Value: "name", Text: p.Form.Value("name")}, option{Value: "description", Text: p.Form.Value("description")})
	for _, key := range p.Form.Values["permissions"] {
		carried = append(carried, option{Value: "permissions", Text: key})
	}
	return carried
}

// review says what saving the role brings.
func (p *editorView) review(now role.Role, f form, effect role.Effect, own member.Membership) {
	p.Review = true
	p.Gains, p.Lost = permissionNamesOf(effect.Gained), permissionNamesOf(effect.Lost)
	p.Changes = roleChanges(now.Name, now.Description, f.Value("name"), f.Value("description"))
	chosen := slices.Equal(inCatalogue(now.Permissions), inCatalogue(f.chosen("permissions")))
	if p.Same = chosen && len(p.Changes) == 0; p.Same {
		return
	}
	moving := own.Workspace.Roles.MovingTo(now.ID)
	p.Effects = append(p.Effects, holdersWords(effect.InUse, moving, now.Name))
	switch {
	case len(p.Gains)+len(p.Lost) == 0:
		p.Effects = append(p.Effects, "Nobody gains or loses anything by it.")
	case effect.Members+len(moving) > 0:
		p.Effects = append(p.Effects, "It counts from their next request on.")
	}
	if own.Role == now.ID && len(p.Lost) > 0 {
		p.Effects = append(p.Effects, "This is your own role: you lose this yourself, and cannot give it back to yourself.")
	}
	has := access.Effective(access.KindWorkspace, f.chosen("permissions")...)
	p.Effects = append(p.Effects, offersAfter(effect, moving, now.Name, "what the role gains", access.Effective(access.KindWorkspace, now.Permissions...), has)...)
}

// roleChanges are the changes of a role besides its permissions.
func roleChanges(name, description, newName, newDescription string) []difference {
	var changes []difference
	if after := strings.TrimSpace(newName); after != name {
		changes = append(changes, difference{"Name", name, after})
	}
	if after := strings.TrimSpace(newDescription); after != description {
		changes = append(changes, difference{"Description", orNone(description), orNone(after)})
	}
	return changes
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// inCatalogue returns permissions in the order of the catalogue, each once.
func inCatalogue(permissions []access.Permission) []access.Permission {
	var ordered []access.Permission
	for _, d := range access.Catalogue(access.KindWorkspace) {
		if slices.Contains(permissions, d.Key) {
			ordered = append(ordered, d.Key)
		}
	}
	return ordered
}

// roleConflict says what somebody else has done to a role since the form was made, and what the form was about to do.
func (v *visit) roleConflict(scope access.Scope, now role.Role, f form) string {
	theirs := changeWords(f.Value(hadName), f.Value(hadDescription), f.chosen(hadPermissions), now.Name, now.Description, now.Permissions)
	mine := changeWords(f.Value(hadName), f.Value(hadDescription), f.chosen(hadPermissions), f.Value("name"), f.Value("description"), f.chosen("permissions"))
	said := v.changedRole(scope, now)
	if theirs != "" {
		said += ": " + theirs
	}
	if mine == "" {
		return said + "."
	}
	return said + ". You were about to: " + mine + ". Below is the role with both."
}

// changedRole says who has changed a role last, and when.
func (v *visit) changedRole(scope access.Scope, now role.Role) string {
	who, when := v.latestOf(scope, func(l audit.Listed) bool {
		return l.Sequence == now.Version && l.After["name"] == now.Name // of which there is one at a time
	}, "RoleUpdated")
	return who + " changed " + now.Name + " " + when
}

// changeWords says in words what becomes of a role: "renamed to Analyst, with Run computation, without View billing".
func changeWords(name, description string, permissions []access.Permission, newName, newDescription string, newPermissions []access.Permission) string {
	var words []string
	for _, change := range roleChanges(name, description, newName, newDescription) {
		if change.Name == "Name" {
			words = append(words, "renamed to "+change.After)
		} else {
			words = append(words, "another description")
		}
	}
	minus := func(all, others []access.Permission) []access.Permission {
		return slices.DeleteFunc(inCatalogue(all), func(k access.Permission) bool { return slices.Contains(others, k) })
	}
	if added := minus(newPermissions, permissions); len(added) > 0 {
		words = append(words, "with "+list(permissionNamesOf(added)))
	}
	if removed := minus(permissions, newPermissions); len(removed) > 0 {
		words = append(words, "without "+list(permissionNamesOf(removed)))
	}
	return strings.Join(words, ", ")
}

// SaveText is what the button does.
func (p *editorView) SaveText() string {
	if p.Conflict != "" {
		return "Apply mine"
	}
	return "Save role"
}

func editRole(v *visit) error {
	scope, id, err := v.roleOf()
	if err != nil {
		return err
	}
	sent, err := v.read()
	if err != nil {
		return err
	}
	if sent.Value("step") != stepSave {
		return v.editingRole(sent, http.StatusOK)
	}
	in := sentRole(scope, id, sent, false)
	in.IfMatch = sent.version()
	switch _, err := perform(v, v.caller, in, v.UpdateRole.Do); { // the version keeps it from being done twice
	case errors.Is(err, fault.NotFound): // it was deleted meanwhile
		return v.editingRole(sent, http.StatusNotFound)
	case err != nil:
		return v.again(err, sent, v.editingRole, roleFormFields...)
	}
	return v.redirect(rolePath(scope, id) + "?done=saved")
}
