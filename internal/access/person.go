package access

// Person is somebody as others see them; what the reader may not see is empty.
type Person struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Username string `json:"username,omitempty"`
}

// System acts when nobody does: an invitation expires by itself.
var System = Person{ID: "system", Name: "Prism Access"}

// BrandRole is a role in one brand of an organization.
type BrandRole struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Grant is what a membership holds or an invitation offers: a role, and a role per brand for an organization's Member.
type Grant struct {
	Role   Role        `json:"role,omitempty"`
	Brands []BrandRole `json:"brands,omitempty"`
}
