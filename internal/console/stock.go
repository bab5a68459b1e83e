package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
)

// stock is what can be given in a scope besides the roles that are built in: the brands of an organization, or the roles of a workspace.
type stock struct {
	Brands []brand.Brand
	Roles  []role.Role // the least first, Admin last
}

// What a role of a workspace can be asked for: the verbs of its actions.
const (
	toAssign = "assign"
	toOffer  = "create_invitation"
)

// stock reads what can be given in the scope, for those pages that need it.
func (v *visit) stock(scope access.Scope, into *stock) func(context.Context) error {
	switch scope.Kind() {
	case access.KindOrganization:
		return func(ctx context.Context) (err error) {
			into.Brands, err = v.allBrands(ctx, scope)
			return err
		}
	case access.KindWorkspace:
		return func(ctx context.Context) (err error) {
			into.Roles, err = v.allRoles(ctx, scope, false)
			page.Sort(into.Roles, byRights)
			return err
		}
	default:
		return nil
	}
}

// allRoles returns all roles of a workspace: the built-in one, then the others by name, and last, if asked for, what is left of deleted ones.
func (v *visit) allRoles(ctx context.Context, workspace access.Scope, leaving bool) ([]role.Role, error) {
	limit := page.MaxLimit
	in := role.ListInput{Scope: workspace, Leaving: leaving, Query: page.Query{Limit: &limit}}
	var all []role.Role
	for {
		found, err := v.ListRoles.Do(ctx, v.caller, in)
		if err != nil {
			return nil, err
		}
		all = append(all, found.Items...)
		if in.Cursor = found.NextCursor; in.Cursor == "" {
			return all, nil
		}
	}
}

// byRights orders roles by how much they allow, Admin last.
func byRights(a, b role.Role) int {
	switch {
	case a.BuiltIn:
		return 1
	case b.BuiltIn:
		return -1
	}
	return cmp.Or(cmp.Compare(len(a.Effective), len(b.Effective)), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
}

// role returns the workspace's role of an id.
func (s stock) role(id access.Role) (role.Role, bool) {
	at := slices.IndexFunc(s.Roles, func(r role.Role) bool { return r.ID == id })
	if at < 0 {
		return role.Role{}, false
	}
	return s.Roles[at], true
}

// has reports whether there is such a role in that kind of scope.
func (s stock) has(kind access.Kind, id access.Role) bool {
	if kind != access.KindWorkspace {
		return access.IsRole(kind, id)
	}
	_, found := s.role(id)
	return found
}

// grant returns what a role gives, with the name that a workspace has for it.
func (s stock) grant(id access.Role, brands ...access.BrandRole) access.Grant {
	r, _ := s.role(id)
	return access.Grant{Role: id, RoleName: r.Name, Brands: brands}
}

// choices lists the roles that the reader may give in that kind of scope, the least first, with the chosen one. Where nothing is chosen it is the
// least; never Admin, whatever else there is.
func (s stock) choices(kind access.Kind, verb, chosen string) []option {
	if kind != access.KindWorkspace {
		return rolesOf(kind, chosen)
	}
	var options []option
	for _, r := range s.Roles {
		if r.Actions[verb].Allowed {
			options = append(options, option{Value: string(r.ID), Text: r.Name, Note: rights(r), Chosen: string(r.ID) == chosen})
		}
	}
	if len(options) > 0 && !slices.ContainsFunc(options, func(o option) bool { return o.Chosen }) {
		options[0].Chosen = options[0].Value != string(access.Admin)
	}
	return options
}

// rights says in one sentence what a role of a workspace allows.
func rights(r role.Role) string {
	return abilityWords(r.ID, access.Effective(access.KindWorkspace, r.Permissions...))
}

// inRow lists the roles that a member can be given where the list stands, with the one that they have.
func (s stock) inRow(m member.Membership) []option {
	if m.Scope.Kind() != access.KindWorkspace {
		var options []option
		for _, r := range access.Roles(m.Scope.Kind()) {
			options = append(options, option{Value: string(r), Text: roleNames[r], Chosen: r == m.Role})
		}
		return options
	}
	options := s.choices(access.KindWorkspace, toAssign, string(m.Role))
	if !slices.ContainsFunc(options, func(o option) bool { return o.Value == string(m.Role) }) { // one that was deleted
		for i := range options {
			options[i].Chosen = false
		}
		options = append([]option{{Value: string(m.Role), Text: m.RoleName, Chosen: true}}, options...)
	}
	return options
}

// sentence says what a role allows in that kind of scope.
func (s stock) sentence(kind access.Kind, id access.Role) string {
	if r, found := s.role(id); found {
		return rights(r)
	}
	return roleSentences[kind][id]
}

// brings says what it means to somebody when one role of a workspace takes the place of another.
func (s stock) brings(name, place string, before, after access.Role) []string {
	if after == access.Admin {
		return []string{name + " gets " + everything(place)}
	}
	var said []string
	had, has := s.held(before), s.held(after)
	if gained := abilities(without(has, had)); len(gained) > 0 {
		said = append(said, "From now on: "+abbreviated(gained))
	}
	if lost := abilities(without(had, has)); len(lost) > 0 {
		said = append(said, "No longer: "+abbreviated(lost))
	}
	if len(said) == 0 {
		said = append(said, "Both roles allow the same.")
	}
	return said
}

// offersLostBy returns which of the open invitations from a member nobody can accept any more once they are given something else, or are taken out where
// that is nil; and whether there can be any.
func (s stock) offersLostBy(before member.Membership, after *member.Membership) (which string, die bool) {
	kind := before.Scope.Kind()
	switch {
	case after == nil:
		return "", true
	case kind == access.KindWorkspace:
		return offersLost(s.held(before.Role), s.held(after.Role))
	case kind == access.KindBrand:
		return " to " + before.ScopeName, before.Role == access.Admin && after.Role != access.Admin
	case after.Role == access.Admin:
		return "", false
	}
	var manages, lost []string
	for _, b := range after.Brands {
		if b.Role == access.Admin {
			manages = append(manages, b.ID)
		}
	}
	for _, b := range before.Brands {
		if b.Role == access.Admin && !slices.Contains(manages, b.ID) {
			lost = append(lost, b.Name)
		}
	}
	switch {
	case before.Role != access.Admin:
		return " to " + few(lost), len(lost) > 0
	case len(manages) > 0:
		return " that offer more than that", true
	default:
		return "", true
	}
}

// offersLost is offersLostBy of whoever holds other permissions in a workspace.
func offersLost(had, has access.Set) (which string, die bool) {
	switch {
	case !had[access.SendInvitations] && !had[access.ManageInvitations], len(has.Missing(had)) == 0:
		return "", false
	case has[access.ManageInvitations] && had[access.SendInvitations] && !has[access.SendInvitations]:
		return " that offer more than that, or were never sent again,", true
	case has[access.SendInvitations], has[access.ManageInvitations]:
		return " that offer more than that", true
	default:
		return "", true
	}
}

// everything is what Admins of a workspace have.
func everything(place string) string {
	return "every permission in " + place + ", present and future: its members, their roles, its settings, and the right to delete it."
}

// deadOffers says what becomes of the open invitations of somebody who may no longer give what they offer (R16).
func deadOffers(name, which string) string {
	return "Open invitations from " + name + which + " cannot be accepted until somebody else sends them again."
}

// held is what a role of the workspace allows.
func (s stock) held(id access.Role) access.Set {
	r, _ := s.role(id)
	return access.Effective(access.KindWorkspace, r.Permissions...)
}

// without returns what is in one set and not in the other.
func without(all, other access.Set) access.Set {
	rest := access.Set{}
	for _, p := range other.Missing(all) {
		rest[p] = true
	}
	return rest
}

// roles reads the roles of a workspace, for those pages that need nothing else of what can be given.
func (v *visit) roles(scope access.Scope, into *stock) func(context.Context) error {
	if scope.Kind() != access.KindWorkspace {
		return nil
	}
	return v.stock(scope, into)
}
