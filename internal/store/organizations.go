package store

import (
	"context"
	"slices"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/page"
)

type organizationItem struct {
	PK, SK                 string
	ID                     string           `dynamo:"id"`
	Name                   string           `dynamo:"name"`
	ExistingAccounts       string           `dynamo:"existing_accounts"`
	Connections            []connectionItem `dynamo:"connections,omitempty"`
	ListBrandsToRequesters bool             `dynamo:"list_brands_to_requesters"`
	Admins                 int              `dynamo:"admins"` // the only counter: an organization always keeps one Admin
	Version                int              `dynamo:"version"`
	DeletedAt              *time.Time       `dynamo:"deleted_at,omitempty"`
}

type connectionItem struct {
	ID      string `dynamo:"id"`
	Name    string `dynamo:"name"`
	Enabled bool   `dynamo:"enabled"`
}

// brandRecord is a brand of an organization.
type brandRecord struct {
	PK, SK    string
	ID        string     `dynamo:"id"`
	Name      string     `dynamo:"name"`
	Version   int        `dynamo:"version"`
	DeletedAt *time.Time `dynamo:"deleted_at,omitempty"`
}

// newOrganizationItem returns a new organization, with its first Admin counted.
func newOrganizationItem(o organization.Organization) organizationItem {
	k := organizationKey(o.ID)
	item := organizationItem{
		PK: k.PK, SK: k.SK, ID: o.ID, Name: o.Name, ExistingAccounts: string(o.ExistingAccounts),
		ListBrandsToRequesters: o.ListBrandsToRequesters, Admins: 1, Version: o.Version,
	}
	item.Connections = newConnectionItems(o.Connections)
	return item
}

func newConnectionItems(connections []organization.Connection) []connectionItem {
	var items []connectionItem
	for _, c := range connections {
		items = append(items, connectionItem{ID: c.ID, Name: c.Name, Enabled: c.Enabled})
	}
	return items
}

func newBrandRecord(b brand.Brand) brandRecord {
	k := brandKey(b.Organization, b.ID)
	return brandRecord{PK: k.PK, SK: k.SK, ID: b.ID, Name: b.Name, Version: b.Version}
}

func (i *organizationItem) exists() bool { return i != nil && i.DeletedAt == nil }

func (i *brandRecord) exists() bool { return i != nil && i.DeletedAt == nil }

func (i *organizationItem) name() string {
	if !i.exists() {
		return ""
	}
	return i.Name
}

func (i *organizationItem) organization() organization.Organization {
	if i == nil {
		return organization.Organization{}
	}
	o := organization.Organization{
		ID: i.ID, Name: i.Name, ExistingAccounts: organization.ExistingAccounts(i.ExistingAccounts),
		ListBrandsToRequesters: i.ListBrandsToRequesters, Version: i.Version, Connections: []organization.Connection{},
	}
	for _, c := range i.Connections {
		o.Connections = append(o.Connections, organization.Connection{ID: c.ID, Name: c.Name, Enabled: c.Enabled})
	}
	return o
}

func (i brandRecord) brand(organization string) brand.Brand {
	return brand.Brand{ID: i.ID, Organization: organization, Name: i.Name, Version: i.Version}
}

// CreateOrganization implements organization.CreateStore.
func (t *Table) CreateOrganization(ctx context.Context, created organization.Organization, first member.Membership, trail audit.Trail) error {
	return t.create(ctx, newOrganizationItem(created), first, trail)
}

// create stores a new organization or workspace with its first Admin.
func (t *Table) create(ctx context.Context, root any, first member.Membership, trail audit.Trail) error {
	writes := []write{putNew(t, root, overtaken), putNew(t, newMemberItem(first), overtaken)}
	return t.commit(ctx, append(writes, t.trail(trail)...))
}

// Organization implements organization.GetStore.
func (t *Table) Organization(ctx context.Context, caller string, scope access.Scope) (access.Standing, organization.Organization, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	if err := t.round(ctx, t.load(&g)); err != nil {
		return access.Standing{}, organization.Organization{}, err
	}
	return a.standing(), a.organization.organization(), nil
}

// UpdateOrganization implements organization.UpdateStore.
func (t *Table) UpdateOrganization(ctx context.Context, before, after organization.Organization, trail audit.Trail) error {
	settings := t.revise(organizationKey(after.ID), before.Version, func(u *dynamo.Update) {
		u.Set("name", after.Name).Set("existing_accounts", string(after.ExistingAccounts)).
			Set("connections", newConnectionItems(after.Connections)).Set("list_brands_to_requesters", after.ListBrandsToRequesters)
	})
	return t.commit(ctx, append([]write{settings}, t.trail(trail)...))
}

// revise changes what is said of a scope that is there and still of a version. It is of the next one then.
func (t *Table) revise(k key, version int, change func(*dynamo.Update)) write {
	return update(t, k, overtaken, func(u *dynamo.Update) {
		change(u)
		u.Set("version", version+1).If("attribute_exists(PK) AND 'version' = ? AND attribute_not_exists('deleted_at')", version)
	})
}

// CountBrands implements brand.CreateStore.
func (t *Table) CountBrands(ctx context.Context, caller string, scope access.Scope) (access.Standing, int, error) {
	var a authority
	var g gets
	count := 0
	a.collect(&g, scope, caller)
	err := t.round(ctx, t.load(&g), func(ctx context.Context) error {
		var err error
		count, err = t.table.Get("PK", partition(scope)).Range("SK", dynamo.BeginsWith, brandPrefix).
			Filter("attribute_not_exists('deleted_at')").Count(ctx) // it reads all anyway
		return err
	})
	return a.standing(), count, err
}

// Brands implements brand.CreateStore.
func (t *Table) Brands(ctx context.Context, caller string, scope access.Scope, ids []string) (access.Standing, []brand.Brand, error) {
	var a authority
	var g gets
	found := map[string]brandRecord{}
	a.collect(&g, scope, caller)
	for _, id := range ids {
		getInto(&g, brandKey(scope.Organization, id), found, id)
	}
	err := t.round(ctx, t.load(&g))
	brands := []brand.Brand{}
	for _, id := range ids {
		if b, ok := found[id]; ok && b.exists() {
			brands = append(brands, b.brand(scope.Organization))
		}
	}
	return a.standing(), brands, err
}

// CreateBrand implements brand.CreateStore.
func (t *Table) CreateBrand(ctx context.Context, created brand.Brand, trail audit.Trail) error {
	return t.commit(ctx, append([]write{putNew(t, newBrandRecord(created), overtaken)}, t.trail(trail)...))
}

// Brand implements brand.GetStore.
func (t *Table) Brand(ctx context.Context, caller string, scope access.Scope) (access.Standing, brand.Brand, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	if err := t.round(ctx, t.load(&g)); err != nil || !a.exists() || a.brand == nil {
		return a.standing(), brand.Brand{}, err
	}
	return a.standing(), a.brand.brand(scope.Organization), nil
}

// UpdateBrand implements brand.UpdateStore.
func (t *Table) UpdateBrand(ctx context.Context, before, after brand.Brand, trail audit.Trail) error {
	renamed := t.revise(brandKey(after.Organization, after.ID), before.Version, func(u *dynamo.Update) { u.Set("name", after.Name) })
	return t.commit(ctx, append([]write{renamed}, t.trail(trail)...))
}

// DeleteBrand implements brand.DeleteStore.
func (t *Table) DeleteBrand(ctx context.Context, deleted brand.Brand, at time.Time, trail audit.Trail) error {
	return t.commit(ctx, append([]write{t.revise(brandKey(deleted.Organization, deleted.ID), deleted.Version-1, deletedAt(at))}, t.trail(trail)...))
}

// DeleteOrganization implements organization.DeleteStore.
func (t *Table) DeleteOrganization(ctx context.Context, deleted organization.Organization, at time.Time, trail audit.Trail) error {
	return t.commit(ctx, append([]write{t.revise(organizationKey(deleted.ID), deleted.Version-1, deletedAt(at))}, t.trail(trail)...))
}

// deletedAt marks a scope as deleted: whoever is authorised from now on has nothing in it.
func deletedAt(at time.Time) func(*dynamo.Update) {
	return func(u *dynamo.Update) { u.Set("deleted_at", at) }
}

// ListBrands implements brand.ListStore.
func (t *Table) ListBrands(ctx context.Context, caller string, scope access.Scope, limit int, after page.Position) (access.Standing, []brand.Brand, page.Position, error) {
	var a authority
	var g gets
	a.collect(&g, scope, caller)
	listing, err := newListing[brandRecord](t, []segment{prefixed("", partition(scope), brandPrefix)}, limit, after)
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if err := t.round(ctx, t.load(&g), listing.read); err != nil {
		return access.Standing{}, nil, "", err
	}
	standing := a.standing()
	if standing.Role != access.Admin {
		brands, err := t.brandsOf(ctx, standing)
		return standing, brands, "", err
	}
	records, next := listing.page()
	brands := []brand.Brand{}
	for _, record := range records {
		if record.exists() {
			brands = append(brands, record.brand(scope.Organization))
		}
	}
	return standing, brands, next, nil
}

// brandsOf reads the brands that somebody has a role in.
func (t *Table) brandsOf(ctx context.Context, standing access.Standing) ([]brand.Brand, error) {
	if len(standing.Brands) == 0 || !standing.Exists {
		return []brand.Brand{}, nil
	}
	ids := make([]string, 0, len(standing.Brands))
	for id := range standing.Brands {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	_, brands, err := t.Brands(ctx, standing.Person.ID, standing.Scope, ids)
	return brands, err
}
