package console

import (
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/page"
)

// brandChoice is a brand, and what somebody is to have there.
type brandChoice struct {
	ID, Name string
	Options  []option
	Asked    bool // the one that somebody came for
}

// The fields of a form that say, for each brand, what somebody is to have there, and what they had when the form was made.
const (
	brandField = "brand-"
	hadField   = "had-"
)

// What is chosen for a brand besides a role.
const (
	asItIs   = ""     // for several people, of whom each may have another role; for one: no access
	takeAway = "none" // of several people
)

const noAccess = "No access"

// brandChoices lists the brands, by name, with what the form says of each. The first option stands for those that it says nothing of.
func (f form) brandChoices(brands []brand.Brand, besides ...option) []brandChoice {
	var choices []brandChoice
	for _, b := range sorted(brands) {
		options := slices.Clone(besides)
		roles := access.Roles(access.KindBrand)
		slices.Reverse(roles) // the least first
		for _, role := range roles {
			options = append(options, option{Value: string(role), Text: roleNames[role]})
		}
		for i := range options {
			options[i].Chosen = options[i].Value == f.Value(brandField+b.ID)
		}
		choices = append(choices, brandChoice{ID: b.ID, Name: b.Name, Options: options})
	}
	return choices
}

func sorted(brands []brand.Brand) []brand.Brand {
	all := slices.Clone(brands)
	page.Sort(all, func(a, b brand.Brand) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all
}

// named returns the roles that the fields with a prefix say, in brands that there are.
func (f form) named(prefix string, brands []brand.Brand) []access.BrandRole {
	var roles []access.BrandRole
	for _, b := range sorted(brands) {
		if role := access.Role(f.Value(prefix + b.ID)); access.IsRole(access.KindBrand, role) {
			roles = append(roles, access.BrandRole{ID: b.ID, Name: b.Name, Role: role})
		}
	}
	return roles
}

// brandWish returns what the form wishes for brands: where it says something else than they had.
func (f form) brandWish() map[string]*access.Role {
	wish := map[string]*access.Role{}
	for name := range f.Values {
		id, is := strings.CutPrefix(name, brandField)
		chosen, had := f.Value(name), f.Value(hadField+id)
		switch {
		case !is || chosen == had:
		case chosen == asItIs, chosen == takeAway:
			wish[id] = nil
		default:
			wish[id] = new(access.Role(chosen))
		}
	}
	return wish
}

// difference is what changes in one brand.
type difference struct{ Name, Before, After string }

// differences lists the brands in which somebody's role changes, by name.
func differences(before, after []access.BrandRole) []difference {
	had, names := map[string]access.Role{}, map[string]string{}
	has := map[string]access.Role{}
	for _, b := range before {
		had[b.ID], names[b.ID] = b.Role, b.Name
	}
	for _, b := range after {
		has[b.ID], names[b.ID] = b.Role, b.Name
	}
	var all []difference
	for id, name := range names {
		if had[id] != has[id] {
			all = append(all, difference{name, inBrand(had[id]), inBrand(has[id])})
		}
	}
	page.Sort(all, func(a, b difference) int {
		return strings.Compare(strings.ToLower(a.Name)+a.Name+a.After, strings.ToLower(b.Name)+b.Name+b.After)
	})
	return all
}

func inBrand(role access.Role) string {
	if role == "" {
		return noAccess
	}
	return brandRoleName(role)
}

// grantWords says what somebody holds or is to hold, without the place, which is known.
func grantWords(kind access.Kind, g access.Grant) string {
	switch {
	case kind == access.KindBrand:
		return brandRoleName(g.Role)
	case kind == access.KindWorkspace:
		return roleName(g.Role, g.RoleName)
	case g.Role == access.Admin:
		return brandRoleName(organizationAdmin)
	case len(g.Brands) == 0:
		return memberWords(nil)
	}
	return roleNames[access.Member] + ", " + memberWords(g.Brands)
}
