package invitation

import (
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
	fields := t.offer().Validate(kind)
	if t.Message != nil {
		fields = append(fields, account.CheckLength("/message", *t.Message, account.MaxMessage)...)
	}
	if t.ExpiresInDays != nil && (*t.ExpiresInDays < 1 || *t.ExpiresInDays > MaxDays) {
		fields = append(fields, fault.Field{Pointer: "/expires_in_days", Code: "out_of_range", Detail: "An invitation lasts 1 to 30 days."})
	}
	return fields
}

func (t Terms) offer() member.Offer {
	return member.Offer{Role: t.Role, Brands: t.Brands, BrandRole: t.BrandRole, Confirm: t.Confirm}
}

// offered returns the brands of the terms with their names, and a field for each that the organization does not have.
func (t Terms) offered(existing map[string]string) ([]access.BrandRole, []fault.Field) {
	return t.offer().BrandRoles(existing)
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
