package store

import (
	"context"
	"strings"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// memberItem is a person's membership: in an organization the truth, with the roles per brand; in a workspace the truth; in a brand a copy for
// listing.
type memberItem struct {
	PK, SK         string
	GSI1PK, GSI1SK string `dynamo:",omitempty"`
	GSI2PK, GSI2SK string `dynamo:",omitempty"`
	memberFields
}

// memberFields is what is read of a memberItem. Nobody asks for its keys again, and a page of a list has up to a hundred of them to decode.
type memberFields struct {
	Scope      string               `dynamo:"scope"`
	User       string               `dynamo:"user"`
	Name       string               `dynamo:"name"`
	Email      string               `dynamo:"email"`
	Username   string               `dynamo:"username,omitempty"`
	ClientID   string               `dynamo:"client_id,omitempty"`
	Role       string               `dynamo:"role"`
	Brands     map[string]brandItem `dynamo:"brands,omitempty"`
	GrantedBy  personItem           `dynamo:"granted_by"`
	GrantedAt  time.Time            `dynamo:"granted_at"`
	JoinedAt   time.Time            `dynamo:"joined_at"`
	Via        string               `dynamo:"via"`
	LeftBrands []string             `dynamo:"left_brands,omitempty"`
	Version    int                  `dynamo:"version"`
}

// leftItem remembers somebody who was in an organization or workspace once.
type leftItem struct {
	PK, SK     string
	Themselves bool     `dynamo:"themselves"`
	Brands     []string `dynamo:"brands,omitempty"`
	Version    int      `dynamo:"version"`
}

func (i *leftItem) left() member.Left {
	if i == nil {
		return member.Left{}
	}
	return member.Left{Themselves: i.Themselves, Version: i.Version, Brands: i.Brands}
}

// brandItem is a role in a brand inside a member item.
type brandItem struct {
	Name      string     `dynamo:"name"`
	Role      string     `dynamo:"role"`
	GrantedBy personItem `dynamo:"granted_by"`
	GrantedAt time.Time  `dynamo:"granted_at"`
	JoinedAt  time.Time  `dynamo:"joined_at,omitempty"` // when that was not with this role; so it is in what was stored before grants had it
	Via       string     `dynamo:"via"`
	Version   int        `dynamo:"version,omitempty"`
}

func newBrandItem(b member.BrandGrant) brandItem {
	item := brandItem{Name: b.Name, Role: string(b.Role), GrantedBy: newPersonItem(b.GrantedBy), GrantedAt: b.GrantedAt, Via: string(b.Via), Version: b.Version}
	if !b.JoinedAt.Equal(b.GrantedAt) {
		item.JoinedAt = b.JoinedAt
	}
	return item
}

func (i brandItem) grant(id string) member.BrandGrant {
	grant := member.BrandGrant{
		BrandRole: access.BrandRole{ID: id, Name: i.Name, Role: access.Role(i.Role)},
		GrantedBy: i.GrantedBy.person(), GrantedAt: i.GrantedAt, JoinedAt: i.JoinedAt, Via: member.Via(i.Via), Version: i.Version,
	}
	if grant.JoinedAt.IsZero() {
		grant.JoinedAt = grant.GrantedAt
	}
	return grant
}

type personItem struct {
	ID   string `dynamo:"id"`
	Name string `dynamo:"name"`
}

func newPersonItem(p access.Person) personItem { return personItem{ID: p.ID, Name: p.Name} }

func (i personItem) person() access.Person { return access.Person{ID: i.ID, Name: i.Name} }

func newMemberItem(m member.Membership) memberItem {
	k, in, list := memberKey(m.Scope, m.User.ID), membershipsOf(m.User.ID, m.Scope), membersOf(m.Scope, m.StoredRole(), m.User.Name, m.User.ID)
	item := memberItem{
		PK: k.PK, SK: k.SK, GSI1PK: in.PK, GSI1SK: in.SK, GSI2PK: list.PK, GSI2SK: list.SK,
		memberFields: memberFields{
			Scope: m.Scope.String(), User: m.User.ID, Name: m.User.Name, Email: m.User.Email, Username: m.User.Username, ClientID: m.User.ClientID,
			Role: string(m.StoredRole()), GrantedBy: newPersonItem(m.GrantedBy), GrantedAt: m.GrantedAt, JoinedAt: m.JoinedAt, Via: string(m.Via),
			Version: m.Version, LeftBrands: m.LeftBrands,
		},
	}
	if len(m.Brands) > 0 {
		item.Brands = make(map[string]brandItem, len(m.Brands))
	}
	for _, b := range m.Brands {
		item.Brands[b.ID] = newBrandItem(b)
	}
	return item
}

// newBrandMemberItem returns the listing copy in a brand.
func newBrandMemberItem(m member.Membership, b member.BrandGrant) memberItem {
	scope := access.Brand(m.Scope.Organization, b.ID)
	if b.Version == 0 { // from before grants had one
		b.Version = m.Version
	}
	item := newMemberItem(member.Membership{
		User: m.User, Scope: scope, Role: b.Role, GrantedBy: b.GrantedBy, GrantedAt: b.GrantedAt, JoinedAt: b.JoinedAt, Via: b.Via, Version: b.Version,
	})
	item.GSI1PK, item.GSI1SK = "", "" // the organization's item stands there
	return item
}

func (i *memberFields) membership() *member.Membership {
	if i == nil {
		return nil
	}
	scope, _ := access.ParseScope(i.Scope) // we wrote it
	m := member.Membership{
		User: access.Person{ID: i.User, Name: i.Name, Email: i.Email, Username: i.Username, ClientID: i.ClientID}, Scope: scope, Role: access.Role(i.Role),
		GrantedBy: i.GrantedBy.person(), GrantedAt: i.GrantedAt, JoinedAt: i.JoinedAt, Via: member.Via(i.Via), Version: i.Version,
		LeftBrands: i.LeftBrands,
	}
	for id, b := range i.Brands {
		m.Brands = append(m.Brands, b.grant(id))
	}
	page.Sort(m.Brands, func(a, b member.BrandGrant) int {
		return strings.Compare(strings.ToLower(a.Name)+a.ID, strings.ToLower(b.Name)+b.ID)
	})
	return &m
}

// authority collects what authorizing somebody in a scope takes: one consistent round, never an index.
type authority struct {
	scope        access.Scope
	user         string
	organization *organizationItem
	brand        *brandRecord
	workspace    *workspaceItem
	read         *member.Workspace // what the workspace's item says, read once
	member       *memberFields
}

func (a *authority) collect(g *gets, scope access.Scope, user string) {
	a.collectScope(g, scope)
	a.user = user
	if scope.Kind() != access.KindUser { // nobody has a role in a person
		get(g, memberKey(scope.Root(), user), &a.member)
	}
}

// collectScope collects the items of the scope alone.
func (a *authority) collectScope(g *gets, scope access.Scope) {
	a.scope = scope
	switch scope.Kind() {
	case access.KindBrand:
		get(g, brandKey(scope.Organization, scope.Brand), &a.brand)
		fallthrough
	case access.KindOrganization:
		get(g, organizationKey(scope.Organization), &a.organization)
	case access.KindWorkspace:
		get(g, workspaceKey(scope.Workspace), &a.workspace)
	case access.KindUser: // has no item that says what may be done in it
	}
}

func (a *authority) exists() bool {
	switch a.scope.Kind() {
	case access.KindOrganization:
		return a.organization.exists()
	case access.KindBrand:
		return a.organization.exists() && a.brand.exists()
	case access.KindWorkspace:
		return a.workspace.exists()
	default:
		return false
	}
}

func (a *authority) standing() access.Standing {
	m := a.membership(a.member)
	if m == nil {
		m = &member.Membership{User: access.Person{ID: a.user}}
	}
	standing := m.Standing(a.scope, a.exists())
	switch {
	case !standing.Exists:
	case a.workspace != nil:
		standing.ScopeName, standing.RootName, standing.Admins = a.workspace.Name, a.workspace.Name, a.workspace.Admins
		standing.Roles, standing.Disabled, standing.RolesAt = a.around().Roles, a.around().Disabled, a.workspace.RolesAt
	default:
		standing.ScopeName, standing.RootName, standing.Admins = a.organization.Name, a.organization.Name, a.organization.Admins
		if a.brand != nil {
			standing.ScopeName = a.brand.Name
		}
	}
	return standing
}

// membership returns a member of the scope's organization or workspace, there with what the role is now.
func (a *authority) membership(item *memberFields) *member.Membership {
	m := item.membership()
	if m != nil && a.workspace != nil {
		*m = m.Of(a.around())
	}
	return m
}

// named returns a membership of the scope, which exists, with its name and its count of Admins.
func (a *authority) named(m member.Membership) member.Membership {
	if a.workspace == nil {
		m.ScopeName, m.Admins = a.organization.Name, a.organization.Admins
		return m
	}
	m = m.Of(a.around())
	m.ScopeName, m.Admins = a.workspace.Name, a.workspace.Admins
	return m
}

// around returns what the standing of everybody in the workspace depends on.
func (a *authority) around() member.Workspace {
	if a.read == nil {
		a.read = &member.Workspace{Roles: a.workspace.roles(), Disabled: a.workspace.Disabled}
	}
	return *a.read
}

// change returns the writes of a membership that changes: the truth, the copies in brands, the count of Admins.
func (t *Table) change(c member.Change) []write {
	writes := t.membership(c)
	if by := moreAdmins(c); by != 0 {
		writes = append(writes, t.countAdmins(c.After.Scope, by))
	}
	return writes
}

// moreAdmins returns by how many the Admins get more, or less.
func moreAdmins(c member.Change) int {
	wasAdmin, isAdmin := c.Before != nil && c.Before.CountsAsAdmin(), c.After.CountsAsAdmin()
	switch {
	case isAdmin && !wasAdmin:
		return 1
	case wasAdmin && !isAdmin:
		return -1
	}
	return 0
}

// membership returns the writes of a membership that changes, but for the count of Admins.
func (t *Table) membership(c member.Change) []write {
	var writes []write
	item := newMemberItem(c.After)
	left := leftKey(c.After.Scope, c.After.User.ID)
	switch {
	case c.Before == nil: // what is known of an earlier time must be what was read
		writes = append(writes, putNew(t, item, overtaken), remove(t, left, overtaken, "attribute_not_exists(PK) OR 'version' = ?", c.After.Version-1))
	case c.After.Role == "":
		writes = append(writes,
			remove(t, key{item.PK, item.SK}, overtaken, "'version' = ?", c.Before.Version),
			put(t, leftItem{PK: left.PK, SK: left.SK, Themselves: c.Themselves, Brands: c.After.LeftBrands, Version: c.After.Version}, overtaken, ""))
	default:
		writes = append(writes, put(t, item, overtaken, "'version' = ?", c.Before.Version))
	}
	return append(writes, t.brandCopies(c)...)
}

func (t *Table) brandCopies(c member.Change) []write {
	var writes []write
	held := map[string]member.BrandGrant{}
	if c.Before != nil {
		for _, b := range c.Before.Brands {
			held[b.ID] = b
		}
	}
	for _, b := range c.After.Brands {
		if held[b.ID] != b {
			writes = append(writes, put(t, newBrandMemberItem(c.After, b), overtaken, ""))
		}
		delete(held, b.ID)
	}
	for id := range held {
		writes = append(writes, remove(t, memberKey(access.Brand(c.After.Scope.Organization, id), c.After.User.ID), overtaken, ""))
	}
	return writes
}

// countAdmins moves the count of Admins by so many, up or down. There is always one (R20). A transaction moves it once: DynamoDB takes one write
// per item.
func (t *Table) countAdmins(root access.Scope, by int) write {
	refused := func(old dynamo.Item) error {
		if old == nil { // who reads again is told what belongs to that
			return request.Overtaken()
		}
		return member.LastAdmin(root.Kind())
	}
	return update(t, rootKey(root), refused, func(u *dynamo.Update) {
		u.Add("admins", by).If("'admins' > ?", max(0, -by))
	})
}

// Member implements member.GetStore.
func (t *Table) Member(ctx context.Context, caller string, scope access.Scope, user string) (member.Found, error) {
	var (
		a      authority
		item   *memberFields
		person *userItem
		g      gets
	)
	a.collect(&g, scope, caller)
	get(&g, memberKey(scope.Root(), user), &item)
	if scope.Kind() != access.KindBrand {
		get(&g, userKey(user), &person)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return member.Found{}, err
	}
	return member.Found{Standing: a.standing(), Member: a.membership(item).In(scope), Address: person.address()}, nil
}

// Subjects implements member.EditStore.
func (t *Table) Subjects(ctx context.Context, caller string, scope access.Scope, users, brands []string) (member.Subjects, error) {
	var (
		a        authority
		g        gets
		items    = map[string]memberFields{}
		existing = map[string]brandRecord{}
	)
	a.collect(&g, scope, caller)
	for _, user := range users {
		getInto(&g, memberKey(scope.Root(), user), items, user)
	}
	for _, id := range brands {
		getInto(&g, brandKey(scope.Organization, id), existing, id)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return member.Subjects{}, err
	}
	found := member.Subjects{Standing: a.standing(), Members: map[string]member.Membership{}, Brands: brandNames(existing)}
	for id, item := range items {
		found.Members[id] = *a.membership(&item)
	}
	return found, nil
}

// Candidate implements member.AddClientStore.
func (t *Table) Candidate(ctx context.Context, caller string, scope access.Scope, client string, brands []string) (member.Candidate, error) {
	var (
		a        authority
		g        gets
		item     *memberFields
		earlier  *leftItem
		person   *userItem
		existing = map[string]brandRecord{}
	)
	a.collect(&g, scope, caller)
	get(&g, memberKey(scope, client), &item)
	get(&g, leftKey(scope, client), &earlier)
	get(&g, userKey(client), &person)
	for _, id := range brands {
		getInto(&g, brandKey(scope.Organization, id), existing, id)
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return member.Candidate{}, err
	}
	return member.Candidate{
		Standing: a.standing(), Brands: brandNames(existing), Member: a.membership(item), Left: earlier.left(), IsPerson: person != nil,
	}, nil
}

// ChangeMember implements member.EditStore and member.AddClientStore.
func (t *Table) ChangeMember(ctx context.Context, change member.Change, trail audit.Trail) error {
	// The trail comes first: whoever has lost the right meanwhile is told so, not what else is in the way by now.
	return t.commit(ctx, append(t.trail(trail), t.change(change)...))
}

// Look implements member.CheckStore.
func (t *Table) Look(ctx context.Context, caller string, checks []member.Check) ([]member.Looked, error) {
	var g gets
	askers, subjects := make([]authority, len(checks)), make([]*memberFields, len(checks))
	for i, c := range checks {
		askers[i].collect(&g, c.Scope, caller)
		if c.Scope.Kind() != access.KindUser { // nobody is in a person
			get(&g, memberKey(c.Scope.Root(), c.User), &subjects[i])
		}
	}
	if err := t.round(ctx, t.load(&g)); err != nil {
		return nil, err
	}
	looked := make([]member.Looked, len(checks))
	for i := range checks {
		looked[i] = member.Looked{Asker: askers[i].standing(), Subject: askers[i].membership(subjects[i])}
	}
	return looked, nil
}
