package event

// OrganizationCreated says that there is a new organization. Its creator's MemberAdded follows.
type OrganizationCreated struct {
	Organization string   `json:"organization"`
	After        Settings `json:"after"`
}

// OrganizationUpdated says that an organization's settings changed.
type OrganizationUpdated struct {
	Organization string   `json:"organization"`
	Before       Settings `json:"before"`
	After        Settings `json:"after"`
}

// Settings are what an Organization Admin can set.
type Settings struct {
	Name             string `json:"name"`
	ExistingAccounts string `json:"existing_accounts"` // "join" or "ask" (R4)
	// Not said by events of the first days, when neither could be set.
	Connections            []ConnectionSetting `json:"connections,omitempty"`
	ListBrandsToRequesters *bool               `json:"list_brands_to_requesters,omitempty"`
}

// ConnectionSetting is a platform through which people ask for access, and whether they can.
type ConnectionSetting struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// OrganizationDeleted says that an organization is gone with its brands, and so all that anybody held in them: no MemberRemoved follows (R26).
type OrganizationDeleted struct {
	Organization string   `json:"organization"`
	Before       Settings `json:"before"`
}

// BrandCreated says that an organization has a new brand.
type BrandCreated struct {
	Brand string `json:"brand"`
	After Named  `json:"after"`
}

// BrandUpdated says that a brand has another name.
type BrandUpdated struct {
	Brand  string `json:"brand"`
	Before Named  `json:"before"`
	After  Named  `json:"after"`
}

// BrandDeleted says that a brand is gone, and so all that anybody held in it: no MemberRemoved follows (R26).
type BrandDeleted struct {
	Brand  string `json:"brand"`
	Before Named  `json:"before"`
}

// Named is what can be set on a brand or a workspace.
type Named struct {
	Name string `json:"name"`
}

func (OrganizationCreated) fact() {}
func (OrganizationUpdated) fact() {}
func (OrganizationDeleted) fact() {}
func (BrandCreated) fact()        {}
func (BrandUpdated) fact()        {}
func (BrandDeleted) fact()        {}
