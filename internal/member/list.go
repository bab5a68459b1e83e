package member

import (
	"context"
	"slices"
	"strings"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
)

// ListInput asks for the users of an organization, a brand or a workspace.
type ListInput struct {
	Scope access.Scope `path:"scope"`
	Role  access.Role  `query:"role"`
	// Q searches: each of its words begins a word of the name, the address or its domain; in a workspace, of the name or the username.
	Q string `query:"q"`
	// Brand is the id of a brand, for those who have access to it, or "none". In an organization only.
	Brand string `query:"brand"`
	// GrantedBy is the id of a user who granted something, or "left" for what was granted by people who are not in the organization any
	// more. In an organization only.
	GrantedBy string `query:"granted_by"`
	page.Query
	// Fresh are user ids to be shown from the table itself even when the index lags: what the caller just changed.
	Fresh []string
}

// The words of the filters that are no ids.
const (
	noBrand     = "none"
	granterLeft = "left"
)

// maxQuery is longer than any name or address.
const maxQuery = 300

// Validate returns all bad fields.
func (in ListInput) Validate() []fault.Field {
	fields := in.Query.Validate()
	if in.Role != "" && in.Scope.Kind() != access.KindWorkspace && !access.IsRole(in.Scope.Kind(), in.Role) {
		fields = append(fields, unknownRoleParameter)
	}
	fields = append(fields, account.CheckLength("?q", in.Q, maxQuery)...)
	for _, filter := range []struct{ pointer, value string }{{"?brand", in.Brand}, {"?granted_by", in.GrantedBy}} {
		if in.Scope.Kind() != access.KindOrganization && filter.value != "" {
			fields = append(fields, fault.Field{Pointer: filter.pointer, Code: "unknown_parameter", Detail: "Only an organization's users are filtered by this."})
		}
	}
	if in.Brand != "" && in.Brand != noBrand && !access.Brand(in.Scope.Organization, in.Brand).Valid() && in.Scope.Valid() {
		fields = append(fields, fault.Field{Pointer: "?brand", Code: "malformed", Detail: `This is neither the id of a brand nor "none".`})
	}
	if in.GrantedBy != "" && in.GrantedBy != granterLeft && !account.IsUserID(in.GrantedBy) {
		fields = append(fields, fault.Field{Pointer: "?granted_by", Code: "malformed", Detail: `This is neither the id of a user nor "left".`})
	}
	return fields
}

// Filter is what a list of members is narrowed down to, besides the role.
type Filter struct {
	Beginnings []string     // of words, the longest first
	Marks      []string     // of filter entries
	Brand      access.Scope // only those who have access to it; zero: whatever they have
}

func (in ListInput) filter() Filter {
	f := Filter{Beginnings: QueryWords(in.Q)}
	switch in.Brand {
	case "":
	case noBrand:
		f.Marks = append(f.Marks, MarkNoBrand)
	default:
		f.Brand = access.Brand(in.Scope.Organization, in.Brand)
	}
	switch in.GrantedBy {
	case "":
	case granterLeft:
		f.Marks = append(f.Marks, MarkGranterLeft)
	default:
		f.Marks = append(f.Marks, MarkGrantedBy(in.GrantedBy))
	}
	return f
}

// IsZero reports whether nothing is filtered.
func (f Filter) IsZero() bool {
	return len(f.Beginnings) == 0 && len(f.Marks) == 0 && f.Brand == access.Scope{}
}

// passes reports whether a member of the organization or workspace, as the table has them, is one of those looked for.
func (f Filter) passes(m Membership) bool {
	if f.Brand.Brand != "" && m.In(f.Brand) == nil || !Matches(m.words(), f.Beginnings) {
		return false
	}
	return !slices.ContainsFunc(f.Marks, func(mark string) bool { return !m.hasMark(mark) })
}

// ListRead is what the store reads for a list.
type ListRead struct {
	Caller string
	Scope  access.Scope
	Role   access.Role
	Filter Filter
	Limit  int
	After  page.Position
	Fresh  []string
}

// ListStore reads lists of members.
type ListStore interface {
	// Members returns, in one round, the caller's standing in the scope and a page of its members: by role (most powerful
	// first), then name. A brand's members are its organization's Admins, with role admin, and then its own.
	// The list may lag behind by seconds, what is in Fresh does not. It knows no Filter.
	Members(ctx context.Context, read ListRead) (access.Standing, []Membership, page.Position, error)
	// Candidates returns, usually in one round, the caller's standing in the scope and the ids of those who, by the entries, are a page of the
	// members that the filter looks for; by the word that was found. Without words: by role, then name. The page may be short, even empty,
	// before the last one when there are several words or filters.
	Candidates(ctx context.Context, read ListRead) (access.Standing, []string, page.Position, error)
	// MembersNow returns, in one consistent round, those of the users who are in the organization or workspace, by id.
	MembersNow(ctx context.Context, root access.Scope, users []string) (map[string]Membership, error)
}

// List is the operation list-members.
type List struct {
	Store ListStore
}

// Do returns a page of the members.
func (op List) Do(ctx context.Context, caller request.Caller, in ListInput) (page.List[Membership], error) {
	var none page.List[Membership]
	if err := caller.SignedIn(request.ScopeReadMembers); err != nil {
		return none, err
	}
	filter := in.filter()
	binding := []string{"list-members", caller.User, in.Scope.String(), string(in.Role)}
	if !filter.IsZero() {
		binding = append(binding, strings.Join(filter.Beginnings, " "), in.Brand, in.GrantedBy)
	}
	after, err := page.Open(in.Cursor, binding...)
	if err != nil {
		return none, err
	}
	read := ListRead{
		Caller: caller.User, Scope: in.Scope, Role: in.Role, Filter: filter, Limit: in.Size(), After: after, Fresh: slices.Clone(in.Fresh),
	}
	list := op.Store.Members
	if !filter.IsZero() {
		list = op.search
	}
	standing, members, next, err := list(ctx, read)
	if err != nil {
		return none, err
	}
	if err := mayList(standing, in.Role); err != nil {
		return none, err
	}
	for i := range members {
		members[i] = members[i].Seen(caller, standing)
	}
	return page.List[Membership]{Items: members, NextCursor: page.Seal(next, binding...)}, nil
}

// mayList returns why somebody of this standing does not get the list of those with a role, or nil. Of a workspace's roles, a deleted one lists
// who still has it.
func mayList(standing access.Standing, role access.Role) error {
	if err := standing.May(access.ToViewUsers); err != nil {
		return err
	}
	if _, was := standing.Roles[role]; role != "" && standing.Scope.Kind() == access.KindWorkspace && !was && !standing.Roles.Has(role) {
		return fault.Fields([]fault.Field{unknownRoleParameter})
	}
	return nil
}

var unknownRoleParameter = fault.Field{Pointer: "?role", Code: "unknown_role", Detail: "There is no such role here."}

// search returns a page of those looked for. Entries may lag behind: what is shown is what the table has, and nobody who is not looked for.
func (op List) search(ctx context.Context, read ListRead) (access.Standing, []Membership, page.Position, error) {
	standing, users, next, err := op.Store.Candidates(ctx, read)
	if err == nil {
		err = mayList(standing, read.Role)
	}
	if err != nil {
		return access.Standing{}, nil, "", err
	}
	if !slices.Contains(read.Filter.Marks, MarkGranterLeft) { // which is not to be seen from the member
		users = slices.DeleteFunc(users, func(id string) bool { return slices.Contains(read.Fresh, id) })
		if read.After == "" {
			users = append(slices.Clone(read.Fresh), users...)
		}
	}
	members := []Membership{}
	if len(users) == 0 {
		return standing, members, next, nil
	}
	now, err := op.Store.MembersNow(ctx, read.Scope.Root(), users)
	for _, id := range users {
		m, isMember := now[id]
		if !isMember || !read.Filter.passes(m) {
			continue
		}
		if in := m.In(read.Scope); in != nil && (read.Role == "" || in.HasRole(read.Role)) {
			members = append(members, *in)
		}
	}
	return standing, members, next, err
}
