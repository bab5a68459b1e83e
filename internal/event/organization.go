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
}

// BrandCreated says that an organization has a new brand.
type BrandCreated struct {
	Brand string `json:"brand"`
	After Named  `json:"after"`
}

// Named is what can be set on a brand.
type Named struct {
	Name string `json:"name"`
}

func (OrganizationCreated) fact() {}
func (OrganizationUpdated) fact() {}
func (BrandCreated) fact()        {}
