package invitation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/member"
)

// Terms are what an invitation offers and how it is sent. Create takes them, and resend takes those that change (R7).
type Terms struct {
	Role          access.Role `json:"role"`
	Brands        []string    `json:"brands"`
	BrandRole     access.Role `json:"brand_role"`
	Confirm       string      `json:"confirm"`
	Message       *string     `json:"message"`
	ExpiresInDays *int        `json:"expires_in_days"`
	Notify        *bool       `json:"notify"`
}

// validate returns all that is wrong with terms that must be complete for the kind of scope.
func (t Terms) validate(kind access.Kind) []fault.Field {
	var fields []fault.Field
	bad := func(pointer, code, detail string) {
		fields = append(fields, fault.Field{Pointer: pointer, Code: code, Detail: detail})
	}
	switch {
	case t.Role == "":
		bad("/role", "required", "Choose a role.")
	case !access.IsRole(kind, t.Role):
		bad("/role", "unknown_role", "There is no such role here.")
	}
	switch {
	case kind == access.KindOrganization && t.Role == access.Member:
		fields = append(fields, t.validateBrands()...)
	case access.IsRole(kind, t.Role) && (len(t.Brands) > 0 || t.BrandRole != ""):
		bad("/brands", "not_allowed", "Only an organization's Member gets brands here.")
	}
	if kind == access.KindOrganization && t.Role == access.Admin && !strings.EqualFold(strings.TrimSpace(t.Confirm), "admin") {
		bad("/confirm", fault.ConfirmationRequired, `An Admin can do everything in the organization. Type "admin" to confirm.`)
	}
	if t.Message != nil {
		fields = append(fields, account.CheckLength("/message", *t.Message, account.MaxMessage)...)
	}
	if t.ExpiresInDays != nil && (*t.ExpiresInDays < 1 || *t.ExpiresInDays > MaxDays) {
		bad("/expires_in_days", "out_of_range", "An invitation lasts 1 to 30 days.")
	}
	return fields
}

func (t Terms) validateBrands() []fault.Field {
	var fields []fault.Field
	bad := func(pointer, code, detail string) {
		fields = append(fields, fault.Field{Pointer: pointer, Code: code, Detail: detail})
	}
	switch n := len(t.Brands); {
	case n == 0:
		bad("/brands", "required", "A Member needs at least one brand.")
	case n > member.MaxBrands:
		bad("/brands", "too_many_brands", "A member has at most 90 brands.")
	}
	for i, id := range t.Brands {
		if slices.Contains(t.Brands[:i], id) {
			bad("/brands/"+strconv.Itoa(i), "duplicate", "This brand is named twice.")
		}
	}
	const roles = "Choose the role in the brands: admin, publisher or viewer."
	switch {
	case t.BrandRole == "":
		bad("/brand_role", "required", roles)
	case !access.IsRole(access.KindBrand, t.BrandRole):
		bad("/brand_role", "unknown_role", roles)
	}
	return fields
}

// offered returns the brands of the terms with their names, and a field for each that the organization does not have.
func (t Terms) offered(existing map[string]string) ([]access.BrandRole, []fault.Field) {
	var brands []access.BrandRole
	var fields []fault.Field
	for i, id := range t.Brands {
		name, found := existing[id]
		if !found {
			fields = append(fields, fault.Field{Pointer: "/brands/" + strconv.Itoa(i), Code: "unknown_brand", Detail: "The organization has no such brand."})
			continue
		}
		brands = append(brands, access.BrandRole{ID: id, Name: name, Role: t.BrandRole})
	}
	return brands, fields
}

func (t Terms) expiry(now time.Time) time.Time {
	days := DefaultDays
	if t.ExpiresInDays != nil {
		days = *t.ExpiresInDays
	}
	// Whole seconds, because TTL counts in them.
	return now.Truncate(time.Second).Add(time.Duration(days) * 24 * time.Hour)
}

func (t Terms) notify() bool { return t.Notify == nil || *t.Notify }

func (t Terms) message() string {
	if t.Message == nil {
		return ""
	}
	return strings.TrimSpace(*t.Message)
}
