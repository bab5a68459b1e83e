package member

import (
	"maps"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
)

// Wish is what members are to hold from now on. What is left out stays as it is.
type Wish struct {
	Role    access.Role             `json:"role"`
	Confirm string                  `json:"confirm"` // "admin", typed, to make somebody Organization Admin (R11)
	Brands  map[string]*access.Role `json:"brands"`  // brand id -> role there; nil takes the brand away. In an organization only
	Reason  string                  `json:"reason"`
}

// validate returns all that is wrong with the wish in that kind of scope.
func (w Wish) validate(kind access.Kind) []fault.Field {
	var fields []fault.Field
	bad := func(pointer, code, detail string) {
		fields = append(fields, fault.Field{Pointer: pointer, Code: code, Detail: detail})
	}
	switch {
	case w.Role == "" && (kind != access.KindOrganization || len(w.Brands) == 0):
		bad("/role", "required", "Choose a role.")
	case w.Role != "" && kind != access.KindWorkspace && !access.IsRole(kind, w.Role): // of a workspace's, revise knows
		bad("/role", "unknown_role", "There is no such role here.")
	case len(w.Brands) > 0 && (kind != access.KindOrganization || w.Role == access.Admin):
		bad("/brands", "not_allowed", "Only an organization's Member gets brands here.")
	}
	if len(w.Brands) > MaxBrands {
		bad("/brands", "too_many_brands", "A call changes at most 90 brands.")
	}
	for _, id := range slices.Sorted(maps.Keys(w.Brands)) {
		if role := w.Brands[id]; role != nil && !access.IsRole(access.KindBrand, *role) {
			bad(brandPointer(id), "unknown_role", "Choose the role in the brand: admin, publisher or viewer.")
		}
	}
	fields = append(fields, w.confirmed(kind)...)
	return append(fields, account.CheckLength("/reason", w.Reason, account.MaxReason)...)
}

// brandPointer points to what is wished for a brand (RFC 6901).
func brandPointer(id string) string {
	return "/brands/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(id)
}

// confirmed returns what is missing to make somebody Organization Admin, as zero or one field.
func (w Wish) confirmed(kind access.Kind) []fault.Field {
	if kind != access.KindOrganization || w.Role != access.Admin || strings.EqualFold(strings.TrimSpace(w.Confirm), "admin") {
		return nil
	}
	return []fault.Field{{
		Pointer: "/confirm", Code: fault.ConfirmationRequired, Detail: `An Admin can do everything in the organization. Type "admin" to confirm.`,
	}}
}

// brandIDs returns the brands that the wish names.
func (w Wish) brandIDs() []string { return slices.Sorted(maps.Keys(w.Brands)) }

// in returns the wish about one brand as a wish about the organization's membership.
func (w Wish) in(scope access.Scope) Wish {
	if scope.Kind() != access.KindBrand {
		return w
	}
	return Wish{Brands: map[string]*access.Role{scope.Brand: &w.Role}, Reason: w.Reason}
}

// mayChange returns why somebody of this standing may not do that to the member of the organization or workspace, or give them that as well, or
// nil (R5, R16).
func mayChange(standing access.Standing, m Membership, deed access.Deed, given ...access.Grant) error {
	if err := standing.May(deed); err != nil {
		return err
	}
	if m.User.ID == standing.Person.ID {
		return OwnRole(standing)
	}
	return mayTouch(standing, m, given...)
}

// mayTouch returns why what the member holds in the scope is not to be taken by somebody of this standing, or not for that, or nil.
func mayTouch(standing access.Standing, m Membership, given ...access.Grant) error {
	if standing.Scope.Kind() == access.KindBrand && m.Role == access.Admin {
		return fault.New(fault.Conflict, "organization_admin", "An Organization Admin has every brand. That is changed in the organization, by its Admins.")
	}
	return access.CheckCeiling(standing, append(given, m.grantIn(standing.Scope))...)
}

// grantIn returns what the member of an organization holds as far as a scope is concerned.
func (m Membership) grantIn(scope access.Scope) access.Grant {
	grant := m.Grant()
	if scope.Kind() == access.KindBrand {
		grant.Role = access.Member
		grant.Brands = slices.DeleteFunc(grant.Brands, func(b access.BrandRole) bool { return b.ID != scope.Brand })
	}
	return grant
}

// revise returns the change that a wish means for a member of an organization, and whether anything changes. names are those of the
// wish's brands that exist. The wish is about standing.Scope: the organization, or one brand of it.
func (w Wish) revise(standing access.Standing, before Membership, names map[string]string, given Given) (change Change, changed bool, err error) {
	if before.In(standing.Scope) == nil {
		return Change{}, false, fault.Unknown()
	}
	wish := w.in(standing.Scope)
	if err := mayChange(standing, before, access.ToChangeUsers, access.Grant{Role: wish.Role}); err != nil {
		return Change{}, false, err
	}
	held, after := before.Grant(), before
	by := access.Person{ID: given.By.ID, Name: given.By.Name}
	if standing.Scope.Kind() == access.KindWorkspace && !standing.Roles.Has(wish.Role) {
		return Change{}, false, fault.Fields([]fault.Field{access.UnknownRole()})
	}
	if wish.Role != "" && wish.Role != before.Role {
		after.give(wish.Role, standing.RoleName(wish.Role), given)
	}
	switch {
	case after.Role == access.Admin && len(wish.Brands) > 0:
		return Change{}, false, fault.Fields([]fault.Field{{Pointer: "/brands", Code: "not_allowed", Detail: "An Organization Admin has every brand."}})
	case after.Role == access.Admin:
		after.setBrands(nil)
	default:
		brands, fields := wish.brands(before.Brands, names, BrandGrant{GrantedBy: by, GrantedAt: given.At, JoinedAt: given.At, Via: given.Via, Version: before.Version + 1})
		if before.Role == access.Admin && len(brands) == 0 && before.Scope.Kind() == access.KindOrganization { // R9
			fields = append(fields, fault.Field{Pointer: "/brands", Code: "required", Detail: "A Member needs at least one brand."})
		}
		if err := fault.Fields(fields); err != nil {
			return Change{}, false, err
		}
		if len(brands) > MaxBrands {
			return Change{}, false, TooManyBrands()
		}
		after.setBrands(brands)
	}
	change = Change{Before: &before, After: after}
	if after.Role == held.Role && len(change.Touched()) == 0 {
		return Change{Before: &before, After: before}, false, nil
	}
	if err := access.CheckCeiling(standing, after.grantIn(standing.Scope)); err != nil {
		return Change{}, false, err
	}
	change.After.Version++
	return change, true, nil
}

// brands returns the brands after the wish, and what is wrong with it.
func (w Wish) brands(held []BrandGrant, names map[string]string, given BrandGrant) ([]BrandGrant, []fault.Field) {
	var fields []fault.Field
	brands := slices.Clone(held)
	for _, id := range w.brandIDs() {
		at := slices.IndexFunc(brands, func(b BrandGrant) bool { return b.ID == id })
		role, name := w.Brands[id], names[id]
		switch {
		case role == nil && at >= 0:
			brands = slices.Delete(brands, at, at+1)
		case role == nil: // is not in it anyway
		case name == "":
			fields = append(fields, fault.Field{Pointer: brandPointer(id), Code: "unknown_brand", Detail: "The organization has no such brand."})
		case at >= 0 && brands[at].Role == *role:
		default:
			grant := given
			grant.BrandRole = access.BrandRole{ID: id, Name: name, Role: *role}
			if at < 0 {
				brands = append(brands, grant)
				continue
			}
			grant.JoinedAt = brands[at].JoinedAt // another role, in the same stay
			brands[at] = grant
		}
	}
	return brands, fields
}

// TooManyBrands says that a member would get beyond 90 brands (R27).
func TooManyBrands() *fault.Error {
	return fault.New(fault.Conflict, "too_many_brands", "A member has at most 90 brands.")
}

// out returns the change of somebody who is taken out of a scope or leaves it by themselves: out of a brand they stay in the organization,
// out of the organization they leave all its brands (R24). The last Admin is held by the count of Admins (R20).
func (m Membership) out(scope access.Scope, themselves bool) Change {
	after := m
	after.Version++
	if scope.Kind() != access.KindBrand {
		after.Role, after.Alias, after.Brands = "", "", nil
		return Change{Before: &m, After: after, Themselves: themselves}
	}
	after.setBrands(slices.DeleteFunc(slices.Clone(m.Brands), func(b BrandGrant) bool { return b.ID == scope.Brand }))
	if themselves {
		after.LeftBrands = append(after.LeftBrands, scope.Brand)
	}
	return Change{Before: &m, After: after, Themselves: themselves}
}

// OwnRole says that it would be the caller's own role that changes (R5).
func OwnRole(standing access.Standing) *fault.Error {
	ask := "Ask another Admin."
	if standing.Scope.Kind() == access.KindWorkspace && standing.Role != access.Admin {
		ask = "Ask an Admin."
	}
	return fault.New(fault.Conflict, "own_role", "Nobody changes their own role. "+ask)
}

// leaveInstead says that it would be the caller who is taken out together with others.
func leaveInstead() *fault.Error {
	return fault.New(fault.Conflict, "own_role", "Nobody removes themselves this way. Leave instead.")
}
