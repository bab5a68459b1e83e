package access

import (
	"slices"

	"prism-access/internal/fault"
)

// CheckCeiling is the grant ceiling (R16): nobody grants permissions they do not hold in that scope. It returns nil, or the
// fault.Forbidden that names all that the grantor lacks. A role that does not exist grants nothing and passes.
func CheckCeiling(grantor Standing, grants ...Grant) error {
	var lacking []Permission
	root := grantor.Scope.Root()
	for _, grant := range grants {
		lacking = append(lacking, grantor.PermissionsIn(root).Missing(grantor.PermissionsOf(grant.Role))...)
		for _, brand := range grant.Brands {
			held := grantor.PermissionsIn(Brand(root.Organization, brand.ID))
			lacking = append(lacking, held.Missing(PermissionsOf(KindBrand, brand.Role))...)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	return Exceeding(slices.Compact(lacking)...)
}

// Exceeding is the 403 of the grant ceiling, which names what the caller does not hold and somebody's role does.
func Exceeding(missing ...Permission) *fault.Error {
	err := MissingPermissions(missing...)
	err.Message = "This role holds permissions that you do not."
	return err
}

// Merge returns what somebody holds after accepting an offer: what is offered is added, and in each scope the higher role
// stays (R17). An Organization Admin has every brand by the role alone, so the result then names none (R24). Of two roles of a workspace,
// where nobody who is in is invited again, the one that is held stays unless the other is Admin.
func Merge(held, offered Grant) Grant {
	merged := Grant{Role: held.Role, RoleName: held.RoleName}
	if held.Role == "" || Higher(KindOrganization, held.Role, offered.Role) != held.Role {
		merged = Grant{Role: offered.Role, RoleName: offered.RoleName}
	}
	if merged.Role == Admin {
		return merged
	}
	merged.Brands = slices.Clone(held.Brands)
	for _, offer := range offered.Brands {
		at := slices.IndexFunc(merged.Brands, func(b BrandRole) bool { return b.ID == offer.ID })
		if at < 0 {
			merged.Brands = append(merged.Brands, offer)
			continue
		}
		merged.Brands[at].Role = Higher(KindBrand, merged.Brands[at].Role, offer.Role)
	}
	return merged
}

// Adds reports whether accepting an offer would add anything to what somebody holds (R17).
func Adds(held, offered Grant) bool {
	merged := Merge(held, offered)
	return merged.Role != held.Role || !slices.EqualFunc(merged.Brands, held.Brands, func(a, b BrandRole) bool { return a.ID == b.ID && a.Role == b.Role })
}
