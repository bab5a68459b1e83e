package console

import (
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/role"
)

// begin puts the template that is asked for into the form, in place of what the one before it has put there: what was typed or chosen by hand stays.
func (p *editorView) begin(f form, roles []role.Role, own access.Set) {
	p.Begun = f.Value("begun")
	if f.Values.Has("template") {
		before, after := templateWithin(p.Begun, own), templateWithin(f.Value("template"), own)
		p.Begun = after.Key
		if f.Value("name") == freeName(before.Name, roles) {
			f.Values.Set("name", freeName(after.Name, roles))
		}
		if strings.TrimSpace(f.Value("description")) == before.Description {
			f.Values.Set("description", after.Description)
		}
		f.choose("permissions", merged(f.chosen("permissions"), before.Permissions, after.Permissions))
	}
	begun, _ := access.TemplateOf(p.Begun)
	beyond := own.Missing(access.Effective(access.KindWorkspace, begun.Permissions...))
	p.Beyond = list(permissionNamesOf(inCatalogue(beyond)))
	p.Templates = []option{{Text: "Nothing", Chosen: p.Begun == ""}}
	for _, whole := range access.Templates() {
		if t := templateWithin(whole.Key, own); t.Key != "" {
			p.Templates = append(p.Templates, option{Value: t.Key, Text: t.Name, Note: t.Description, Chosen: t.Key == p.Begun})
		}
	}
}

// templateWithin is what somebody who holds these permissions can give of a template: without its description, which would say more, where it is not
// all, and no template where it is nothing.
func templateWithin(key string, own access.Set) access.Template {
	t, _ := access.TemplateOf(key)
	all := len(t.Permissions)
	t.Permissions = slices.DeleteFunc(slices.Clone(t.Permissions), func(k access.Permission) bool { return !own[k] })
	switch len(t.Permissions) {
	case 0:
		return access.Template{}
	case all:
	default:
		t.Description = ""
	}
	return t
}

// merged returns what is chosen where both somebody, who began with had, and others have changed something: whatever was changed by hand stays so.
func merged(mine, had, now []access.Permission) []access.Permission {
	var both []access.Permission
	for _, d := range access.Catalogue(access.KindWorkspace) {
		is := slices.Contains(mine, d.Key)
		if is == slices.Contains(had, d.Key) {
			is = slices.Contains(now, d.Key)
		}
		if is {
			both = append(both, d.Key)
		}
	}
	return both
}

// freeName returns a name that no role has: the name itself, or with a number.
func freeName(name string, roles []role.Role) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(roles, func(r role.Role) bool { return strings.EqualFold(r.Name, name) })
	}
	free := name
	for n := 2; name != "" && taken(free); n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free
}
