package console

import (
	"slices"
	"strings"

	"prism-access/internal/access"
)

// permissionGroup is one of the groups in which the permissions of workspaces are shown.
type permissionGroup struct {
	ID, Name    string
	Permissions []permissionRow
}

// permissionRow is a permission as a role has it, or may have.
type permissionRow struct {
	Key, Name, Sentence string
	Implies             string // the keys of all that it brings with it, for the script
	Brings              string // these by name, without what every permission brings
	Chosen              bool
	Implied             string // what of the chosen brings it, where it is not chosen itself
	Refused             string // why it cannot be chosen
}

// initialisms are the words of permissions that are written in another way.
var initialisms = map[string]string{"cvms": "CVMs"}

// permissionName is what a permission is called: "Run computation".
func permissionName(key access.Permission) string {
	words := strings.Split(string(key), "_")
	for i, word := range words {
		if written, is := initialisms[word]; is {
			words[i] = written
		}
	}
	return capital(strings.Join(words, " "))
}

// capital returns a text with a capital letter at its beginning.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func permissionNamesOf(keys []access.Permission) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = permissionName(key)
	}
	return names
}

// permissionGroups returns the whole catalogue with what is chosen, and with what somebody who holds own may choose.
func permissionGroups(chosen []access.Permission, own access.Set) []permissionGroup {
	var groups []permissionGroup
	for _, d := range access.Catalogue(access.KindWorkspace) {
		if n := len(groups); n == 0 || groups[n-1].Name != capital(d.Group) {
			groups = append(groups, permissionGroup{ID: strings.ReplaceAll(strings.ToLower(d.Group), " ", "-"), Name: capital(d.Group)})
		}
		row := permissionRow{Key: string(d.Key), Name: permissionName(d.Key), Sentence: d.Description, Chosen: slices.Contains(chosen, d.Key)}
		row.bring(d.Key)
		if !row.Chosen {
			row.Implied = broughtBy(d.Key, chosen)
		}
		if !own[d.Key] {
			row.Refused = "You do not hold this yourself, so you cannot give it to others."
		}
		last := &groups[len(groups)-1]
		last.Permissions = append(last.Permissions, row)
	}
	return groups
}

// bring says what a permission brings with it.
func (r *permissionRow) bring(key access.Permission) {
	var all, names []string
	with := access.Effective(access.KindWorkspace, key)
	for _, d := range access.Catalogue(access.KindWorkspace) {
		if !with[d.Key] || d.Key == key {
			continue
		}
		all = append(all, string(d.Key))
		if d.Key != access.Read {
			names = append(names, permissionName(d.Key))
		}
	}
	r.Implies, r.Brings = strings.Join(all, " "), list(names)
}

// broughtBy says which of the chosen permissions bring this one, or nothing.
func broughtBy(key access.Permission, chosen []access.Permission) string {
	var names []string
	for _, c := range chosen {
		if access.Effective(access.KindWorkspace, c)[key] {
			names = append(names, permissionName(c))
		}
	}
	if key == access.Read && len(names) > 0 {
		return "every permission"
	}
	return list(names)
}

// held returns of the groups what counts, without the groups of which nothing does.
func held(groups []permissionGroup) []permissionGroup {
	var kept []permissionGroup
	for _, g := range groups {
		g.Permissions = slices.DeleteFunc(slices.Clone(g.Permissions), func(r permissionRow) bool { return !r.Chosen && r.Implied == "" })
		if len(g.Permissions) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

// Names says by name what there is in the group.
func (g permissionGroup) Names() string {
	var names []string
	for _, r := range g.Permissions {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}
