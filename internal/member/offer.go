package member

import (
	"slices"
	"strconv"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/fault"
)

// Offer is what people are let in with, by an invitation or an approval: a role and, for an organization's Member, one role for the
// chosen brands (R9, R10).
type Offer struct {
	Role      access.Role `json:"role"`
	Brands    []string    `json:"brands"`
	BrandRole access.Role `json:"brand_role"`
	Confirm   string      `json:"confirm"` // "admin", typed, to make somebody Organization Admin (R11)
}

// Validate returns all that is wrong with an offer in that kind of scope.
func (o Offer) Validate(kind access.Kind) []fault.Field {
	var fields []fault.Field
	bad := func(pointer, code, detail string) {
		fields = append(fields, fault.Field{Pointer: pointer, Code: code, Detail: detail})
	}
	switch {
	case o.Role == "":
		bad("/role", "required", "Choose a role.")
	case kind != access.KindWorkspace && !access.IsRole(kind, o.Role): // of a workspace's, the workspace knows
		bad("/role", "unknown_role", "There is no such role here.")
	}
	switch {
	case kind == access.KindOrganization && o.Role == access.Member:
		fields = append(fields, o.validateBrands()...)
	case (kind == access.KindWorkspace || access.IsRole(kind, o.Role)) && (len(o.Brands) > 0 || o.BrandRole != ""):
		bad("/brands", "not_allowed", "Only an organization's Member gets brands here.")
	}
	if kind == access.KindOrganization && o.Role == access.Admin && !strings.EqualFold(strings.TrimSpace(o.Confirm), "admin") {
		bad("/confirm", fault.ConfirmationRequired, `An Admin can do everything in the organization. Type "admin" to confirm.`)
	}
	return fields
}

func (o Offer) validateBrands() []fault.Field {
	var fields []fault.Field
	if len(o.Brands) == 0 {
		fields = append(fields, fault.Field{Pointer: "/brands", Code: "required", Detail: "A Member needs at least one brand."})
	}
	fields = append(fields, CheckBrands("/brands", o.Brands)...)
	const roles = "Choose the role in the brands: admin, publisher or viewer."
	switch {
	case o.BrandRole == "":
		fields = append(fields, fault.Field{Pointer: "/brand_role", Code: "required", Detail: roles})
	case !access.IsRole(access.KindBrand, o.BrandRole):
		fields = append(fields, fault.Field{Pointer: "/brand_role", Code: "unknown_role", Detail: roles})
	}
	return fields
}

// CheckBrands returns what is wrong with a list of brands at the pointer, whichever exist.
func CheckBrands(pointer string, brands []string) []fault.Field {
	var fields []fault.Field
	if len(brands) > MaxBrands {
		fields = append(fields, fault.Field{Pointer: pointer, Code: "too_many_brands", Detail: "A member has at most 90 brands."})
	}
	for i, id := range brands {
		if slices.Contains(brands[:i], id) {
			fields = append(fields, fault.Field{Pointer: pointer + "/" + strconv.Itoa(i), Code: "duplicate", Detail: "This brand is named twice."})
		}
	}
	return fields
}

// BrandRoles returns the brands of the offer with their names, and a field for each that the organization does not have.
func (o Offer) BrandRoles(existing map[string]string) ([]access.BrandRole, []fault.Field) {
	fields := UnknownBrands("/brands", o.Brands, existing)
	var brands []access.BrandRole
	for _, id := range o.Brands {
		if name, found := existing[id]; found {
			brands = append(brands, access.BrandRole{ID: id, Name: name, Role: o.BrandRole})
		}
	}
	return brands, fields
}

// UnknownBrands returns a field for each brand of the list that does not exist; existing maps ids to names.
func UnknownBrands(pointer string, brands []string, existing map[string]string) []fault.Field {
	var fields []fault.Field
	for i, id := range brands {
		if _, found := existing[id]; !found {
			fields = append(fields, fault.Field{
				Pointer: pointer + "/" + strconv.Itoa(i), Code: "unknown_brand", Detail: "The organization has no such brand.",
			})
		}
	}
	return fields
}
