package console

import (
	"net/http"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/member"
)

// goneRole says of a deleted role who has deleted it, when, and what took its place, as far as that is known; nothing of any other. own is the reader's
// membership in the workspace.
func (v *visit) goneRole(own member.Membership, id access.Role) string {
	trace := own.Workspace.Roles[id]
	if !trace.Deleted {
		return ""
	}
	who, _ := v.latestOf(own.Scope, func(l audit.Listed) bool { return l.Role == id }, "RoleDeleted")
	said := who + " deleted the role " + trace.Name + " " + relative(trace.DeletedAt.Sub(v.Now())) + "."
	if next := own.Workspace.Roles.Resolve(id); next != id {
		said += " Whoever had it has " + own.Workspace.Roles.Name(next) + " since."
	}
	return said
}

// explainRole says at the role of a form that it was deleted, where the form was refused for it.
func (v *visit) explainRole(f form, own member.Membership) {
	if gone := v.goneRole(own, access.Role(f.Value("role"))); gone != "" && f.Error("role") != "" {
		f.Errors["role"] = gone + " Choose another one."
	}
}

// editingGone says that the role was deleted that somebody was about to save, and what they were about to.
func (v *visit) editingGone(p *editorView, f form, own member.Membership, id access.Role) error {
	gone := v.goneRole(own, id)
	if gone == "" || f.Values == nil { // of which the page that says that there is nothing tells as much
		return fault.Unknown()
	}
	seenOf(v.r).err = fault.Unknown()
	p.Place, p.Was, p.Back, p.Gone, p.Action.Reason = own.ScopeName, own.Workspace.Roles[id].Name, scopePath(own.Scope)+"/roles", true, gone
	p.Title = "Edit " + p.Was + " · " + p.Place
	p.Typed = []difference{
		{Name: "Name", After: f.Value("name")},
		{Name: "Description", After: orNone(strings.TrimSpace(f.Value("description")))},
		{Name: "Permissions", After: orNone(list(permissionNamesOf(inCatalogue(f.chosen("permissions")))))},
	}
	return v.show(http.StatusNotFound, "role-editor", p)
}
