package console

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// memberPages names the pages about the members of an organization or a brand.
func memberPages(scope string, page func(string, handler)) {
	page("GET "+scope+"/users/export", exportMembers)
	page("GET "+scope+"/users/remove", selectedPage)
	page("POST "+scope+"/users/remove", changeSelected)
	page("GET "+scope+"/users/{u}", profilePage)
	page("GET "+scope+"/users/{u}/role", rolePage)
	page("POST "+scope+"/users/{u}/role", changeRole)
	page("GET "+scope+"/users/{u}/remove", removePage)
	page("POST "+scope+"/users/{u}/remove", removeMember)
	page("GET "+scope+"/leave", removePage)
	page("POST "+scope+"/leave", removeMember)
}

// memberRow is somebody who is in.
type memberRow struct {
	ID, Name, Contact, Initials string // Contact is the address, the username or the client id
	Version                     int
	Me, Fresh                   bool
	Client                      bool   // another system
	Role, Holds                 string // what they hold, in words
	RoleURL                     string // of the page about the role, in a workspace
	All                         bool   // has all brands
	OrganizationAdmin           bool   // in a brand: as an Admin of its organization
	Brands                      []option
	GrantedBy, Via              string
	Others                      []string // who gave the roles in single brands, where that is somebody else: "Grace on Acme"
	Joined                      moment
	Granted                     moment // of another time than they joined; else empty
	URL                         string // of the page about them
	Update, Remove              access.Action
	Roles                       []option // to choose from in the row
	Leave                       string   // where one leaves, in one's own row
	Admins                      string   // where those stand who can change one's own row
	From                        string   // where a change comes back to
}

// giverWords says who gave the roles in single brands.
func giverWords(g member.Giver) string {
	return g.By.Name + " on " + few(g.Brands)
}

func rowOf(m member.Membership, me string, now time.Time, fresh bool) memberRow {
	users := scopePath(m.Scope) + "/users"
	row := memberRow{
		Holds: holding(m).Text,
		ID:    m.User.ID, Name: m.User.Name, Contact: contact(m.User), Initials: initials(m.User.Name), Me: m.User.ID == me, Fresh: fresh, Version: m.Version, Client: m.User.ClientID != "",
		Role: roleName(m.Role, m.RoleName), All: m.Role == access.Admin, OrganizationAdmin: m.OrganizationAdmin, GrantedBy: m.GrantedBy.Name, Via: viaIn(m.Scope.Kind(), m.Via, m.JoinedAt, m.GrantedAt),
		Joined: at(now, m.JoinedAt), URL: users + "/" + m.User.ID, Update: m.Actions["update"], Remove: m.Actions["remove"],
	}
	if m.GrantedAt.After(m.JoinedAt) {
		row.Granted = at(now, m.GrantedAt)
	}
	if row.Me {
		row.Leave = scopePath(m.Scope) + "/leave"
		if row.Update.Code == "permission_missing" { // that alone would sound as if a stronger role helped
			row.Update.Reason = "Nobody changes their own role. An Organization Admin can."
			if m.Scope.Kind() == access.KindWorkspace {
				row.Update.Reason = "Nobody changes their own role. An Admin can."
			}
		}
		if row.Update.Code == "own_role" {
			row.Admins = users + "?role=" + string(access.Admin)
		}
	}
	for _, g := range m.Givers()[1:] {
		row.Others = append(row.Others, giverWords(g))
	}
	for _, brand := range m.Brands {
		row.Brands = append(row.Brands, option{Value: brand.ID, Text: brand.Name, Note: roleNames[brand.Role]})
	}
	if m.Scope.Kind() == access.KindWorkspace {
		row.RoleURL = scopePath(m.Scope) + "/roles/" + string(m.Role)
	}
	row.Roles = stock{}.inRow(m)
	return row
}

// Selectable reports whether the member can be chosen together with others.
func (r memberRow) Selectable() bool { return r.Update.Allowed || r.Remove.Allowed && !r.Me }

// Selected is how the row says whom it is about when several are chosen: the id and the version that stands on the page.
func (r memberRow) Selected() string { return r.ID + "." + strconv.Itoa(r.Version) }

// memberSearch is what narrows the list of those who are in, besides the role.
type memberSearch struct {
	Q                string
	Brand, GrantedBy filter // without options where they are not asked for
}

// The choices of the filters that are no ids.
const (
	chosenNone = "none"
	chosenLeft = "left"
)

// someGranter is a granter whose name is not known.
const someGranter = "Somebody else"

// into adds what is looked for to an address.
func (s memberSearch) into(query url.Values) {
	for name, value := range map[string]string{"q": s.Q, s.Brand.Name: s.Brand.Chosen, s.GrantedBy.Name: s.GrantedBy.Chosen} {
		if value != "" {
			query.Set(name, value)
		}
	}
}

// Filtered reports whether anything narrows the list.
func (p *listPage) Filtered() bool {
	return p.Filter.Chosen != "" || p.Q != "" || p.Brand.Chosen != "" || p.GrantedBy.Chosen != ""
}

// View is what is looked for, as forms carry it to come back to it.
func (p *listPage) View() string {
	query := url.Values{}
	if p.Filter.Chosen != "" {
		query.Set(p.Filter.Name, p.Filter.Chosen)
	}
	p.into(query)
	return query.Encode()
}

// Export is where the list can be had as a file.
func (p *listPage) Export() string {
	if view := p.View(); view != "" {
		return p.Base + "/export?" + view
	}
	return p.Base + "/export"
}

// membersShown says how many people, and how many other systems, stand on the page.
func membersShown(rows []memberRow) string {
	clients := 0
	for _, row := range rows {
		if row.Client {
			clients++
		}
	}
	people := count(len(rows)-clients, "person", "people")
	switch clients {
	case 0:
		return people
	case len(rows):
		return count(clients, "client", "clients")
	}
	return people + ", " + count(clients, "client", "clients")
}

// Looked says in words what was looked for and not found.
func (p *listPage) Looked() string {
	var parts []string
	own, _ := p.ownIn(p.Scope)
	moving := own.Workspace.Roles.MovingTo(access.Role(p.Filter.Chosen))
	switch {
	case len(moving) > 0:
		parts = append(parts, "is listed with the role "+p.Filter.ChosenText()+" yet")
	case p.Filter.Chosen != "":
		parts = append(parts, "has the role "+p.Filter.ChosenText())
	}
	switch {
	case p.Brand.Chosen == chosenNone:
		parts = append(parts, "is without a brand")
	case p.Brand.Chosen != "":
		parts = append(parts, "has access to "+p.Brand.ChosenText())
	}
	switch p.GrantedBy.Chosen {
	case "":
	case chosenLeft:
		parts = append(parts, "has something from someone who left")
	default:
		parts = append(parts, "has something from "+p.GrantedBy.ChosenText())
	}
	if p.Q != "" {
		parts = append(parts, "is found by “"+p.Q+"”")
	}
	return "Nobody here " + list(parts) + "." + movingWords(moving)
}

// MayBeInvited reports whether somebody was looked for who may be found among the invited, by a reader who sees those.
func (p *listPage) MayBeInvited() bool { return p.Tab == tabCurrent && p.Q != "" && p.Manages }

// membersAsked reads what the address asks for: what there is no filter of is left out, and said.
func (p *listPage) membersAsked(query url.Values, has stock) member.ListInput {
	in := member.ListInput{
		Scope: p.Scope, Q: strings.TrimSpace(query.Get("q")), Role: access.Role(query.Get("role")), Query: page.Query{Cursor: query.Get("cursor")},
	}
	p.Q = in.Q
	p.Filter = filter{Name: "role", Label: "Role", Any: "All roles", Chosen: string(in.Role)}
	in.Role = access.Role(p.known(string(in.Role), has.has(p.Scope.Kind(), in.Role)))
	for _, role := range access.Roles(p.Scope.Kind()) {
		p.Filter.Options = append(p.Filter.Options, option{Value: string(role), Text: roleNames[role]})
	}
	for _, role := range slices.Backward(has.Roles) {
		if !role.BuiltIn {
			p.Filter.Options = append(p.Filter.Options, option{Value: string(role.ID), Text: role.Name})
		}
	}
	if p.Scope.Kind() != access.KindOrganization {
		return in
	}
	p.Brand = filter{Name: "brand", Label: "Brand", Any: "All brands", Options: []option{{Value: chosenNone, Text: "No brand access"}}}
	for _, b := range sorted(has.Brands) {
		p.Brand.Options = append(p.Brand.Options, option{Value: b.ID, Text: b.Name})
	}
	p.GrantedBy = filter{Name: "granted_by", Label: "Granted by", Any: "Anybody", Options: []option{{Value: chosenLeft, Text: "Someone who left"}}}
	if who := query.Get("granted_by"); isID(who, "usr_") {
		p.GrantedBy.Options = append(p.GrantedBy.Options, option{Value: who, Text: someGranter}) // by name as soon as that is known
	}
	for _, f := range []*filter{&p.Brand, &p.GrantedBy} {
		f.Chosen = query.Get(f.Name)
		if f.Chosen != "" && f.ChosenText() == "" {
			f.Chosen, p.Unknown = "", true
		}
	}
	in.Brand, in.GrantedBy = p.Brand.Chosen, p.GrantedBy.Chosen
	return in
}

func (p *listPage) members(ctx context.Context, v *visit, query url.Values) error {
	var has stock
	if read := v.stock(p.Scope, &has); read != nil {
		if err := read(ctx); err != nil {
			return err
		}
	}
	in := p.membersAsked(query, has)
	in.Fresh = v.fresh("usr_")
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	found, err := v.ListMembers.Do(ctx, v.caller, in)
	if err != nil {
		return err
	}
	now := v.Now()
	for _, m := range found.Items {
		row := rowOf(m, v.caller.User, now, slices.Contains(in.Fresh, m.User.ID))
		row.From, row.Roles = p.View(), has.inRow(m)
		for i, b := range row.Brands { // whoever reads this list has all brands
			row.Brands[i].URL = scopePath(access.Brand(p.Scope.Organization, b.Value)) + "/users"
		}
		p.People = append(p.People, row)
	}
	p.Next = p.next(found.NextCursor)
	if p.Scope.Kind() == access.KindOrganization { // where one filters by who granted something
		p.offerGranters(found.Items)
	}
	return p.nameGranter(ctx, v)
}

// offerGranters offers those who granted something to somebody on the page.
func (p *listPage) offerGranters(found []member.Membership) {
	fixed := len(p.GrantedBy.Options)
	for _, m := range found {
		for _, g := range m.Givers() {
			at := slices.IndexFunc(p.GrantedBy.Options, func(o option) bool { return o.Value == g.By.ID })
			switch {
			case !isID(g.By.ID, "usr_"):
			case at < 0:
				p.GrantedBy.Options = append(p.GrantedBy.Options, option{Value: g.By.ID, Text: g.By.Name})
			case at < fixed:
				p.GrantedBy.Options[at].Text = g.By.Name
			}
		}
	}
	page.Sort(p.GrantedBy.Options[fixed:], func(a, b option) int { return compareText(a.Text, b.Text) })
}

// nameGranter names who is looked for as a granter and gave nothing to anybody on the page, if they are in.
func (p *listPage) nameGranter(ctx context.Context, v *visit) error {
	at := slices.IndexFunc(p.GrantedBy.Options, func(o option) bool { return o.Value == p.GrantedBy.Chosen && o.Text == someGranter })
	if at < 0 {
		return nil
	}
	m, err := v.GetMember.Do(ctx, v.caller, member.GetInput{Scope: p.Scope, User: p.GrantedBy.Chosen})
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	p.GrantedBy.Options[at].Text = m.User.Name
	return err
}

// Clear is the link to the whole list.
func (p *listPage) Clear() string {
	if strings.Contains(p.View(), "&") {
		return "Clear the filters"
	}
	if p.Q != "" {
		return "Clear the search"
	}
	return "Clear the filter"
}

// Selectable reports whether anybody on the page can be chosen together with others.
func (p *listPage) Selectable() bool {
	return slices.ContainsFunc(p.People, memberRow.Selectable)
}

// Changeable and Removable report whether any of them can be changed, or removed.
func (p *listPage) Changeable() bool {
	return slices.ContainsFunc(p.People, func(row memberRow) bool { return row.Update.Allowed })
}

func (p *listPage) Removable() bool {
	return slices.ContainsFunc(p.People, func(row memberRow) bool { return row.Remove.Allowed && !row.Me })
}

// changedNotice says what has become of those who were just changed.
func (p *listPage) changedNotice(n int) *notice {
	if n > 1 {
		return &notice{Text: count(n, "person is", "people are") + " changed."}
	}
	at := slices.IndexFunc(p.People, func(row memberRow) bool { return row.Fresh })
	if at < 0 {
		return &notice{Text: "The role is changed."}
	}
	return &notice{Text: p.People[at].Name + " is now " + p.People[at].Holds + "."}
}

func (p *listPage) removedNotice(n int, gone string) *notice {
	who := count(max(n, 1), "person is", "people are")
	if n <= 1 && gone != "" {
		who = gone + " is"
	}
	return &notice{Text: who + " removed. What they had in " + p.Place + " ended at once."}
}

// goneName is the name of who was just removed, which the log knows, to those who may read it.
func (v *visit) goneName(scope access.Scope) string {
	fresh := v.fresh("usr_")
	if v.done() != "removed" || len(fresh) != 1 {
		return ""
	}
	last, found := v.lastOf(scope, fresh[0])
	if !found || last.User == nil || last.Type != "MemberRemoved" && scope.Kind() != access.KindBrand {
		return ""
	}
	return last.User.Name
}

// exportMembers answers with the list as a file, for reviews of who has access.
func exportMembers(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	p := &listPage{Scope: scope}
	var has stock
	if read := v.stock(scope, &has); read != nil {
		if err := read(v.r.Context()); err != nil {
			return err
		}
	}
	in := p.membersAsked(v.r.URL.Query(), has)
	in.Query = page.Query{}
	if p.Unknown { // a file does not say that it has everybody
		return fault.New(fault.Invalid, "unknown_filter", "There is no such role, brand or person to filter by, or not any more. Choose again on the list.")
	}
	if err := fault.Fields(in.Validate()); err != nil {
		return err
	}
	return sendSheet(v, scope, atUsers, member.SheetOf(scope.Kind()), func(limit int, cursor string) (page.List[member.Membership], error) {
		in.Query = page.Query{Limit: &limit, Cursor: cursor}
		return v.ListMembers.Do(v.r.Context(), v.caller, in)
	})
}
