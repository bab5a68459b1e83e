package console

import (
	"context"
	"net/http"
	"slices"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/role"
)

// customRolePages names the pages about the roles of a workspace.
func customRolePages(page func(string, handler)) {
	const base = "/workspaces/{w}/roles"
	page("GET "+base, rolesPage)
	page("GET "+base+"/new", newRolePage)
	page("POST "+base+"/new", createRole)
	page("GET "+base+"/{r}", aboutRolePage)
	page("GET "+base+"/{r}/edit", editRolePage)
	page("POST "+base+"/{r}/edit", editRole)
	page("GET "+base+"/{r}/delete", deleteRolePage)
	page("POST "+base+"/{r}/delete", deleteRole)
}

// rolesView is the list of a workspace's roles.
type rolesView struct {
	frame
	Place, Base string
	Create      access.Action
	Roles       []roleCard
	Leaving     []leavingRole
	Open        bool // there are so few that all their permissions stand there
}

// roleCard is a role of a workspace.
type roleCard struct {
	ID, Name, Description, URL string
	BuiltIn, Own, Fresh        bool
	Count                      string
	Groups                     []permissionGroup // of what counts
	Update, Delete, Duplicate  access.Action
	Copy                       string // where it is duplicated
}

// leavingRole is a deleted role whose members are being given another one (R18).
type leavingRole struct {
	Name, URL     string
	Left          string // how many there are, for those who may see it
	Turn          string // whose turn it is, when there are more than are counted
	Next, NextURL string
}

// manyRoles are more than have their permissions unfolded in a list.
const manyRoles = 8

// maxLeaving is of how many roles a list says how far the moving is.
const maxLeaving = 10

func rolesPage(v *visit) error {
	scope, err := v.scope()
	if err != nil {
		return err
	}
	p := &rolesView{Base: scopePath(scope) + "/roles"}
	var roles []role.Role
	p.frame, err = v.load("Roles", scope, atRoles, func(ctx context.Context) (err error) {
		if roles, err = v.allRoles(ctx, scope, true); err == nil {
			p.Leaving, err = v.leaving(ctx, scope, roles)
		}
		return err
	})
	if err != nil {
		return err
	}
	own, standing := p.ownIn(scope)
	p.Place, p.Create = own.ScopeName, access.ActionFrom(standing.Require(access.ManageRole))
	p.Title = "Roles · " + p.Place
	fresh := v.r.URL.Query().Get("fresh")
	for _, r := range live(roles) {
		card := roleCardOf(r, scope)
		card.Own, card.Fresh = r.ID == own.Role, string(r.ID) == fresh
		if p.Roles = append(p.Roles, card); card.Fresh {
			p.Notice = p.done(v.done(), card)
		}
	}
	if v.done() == "deleted" {
		p.Notice = &notice{Text: "The role is deleted."}
	}
	p.Open = len(p.Roles) <= manyRoles
	return v.show(http.StatusOK, "roles", p)
}

func (p *rolesView) done(what string, of roleCard) *notice {
	if what != "created" {
		return nil
	}
	return &notice{Text: of.Name + " is created, and can be given to people.", Link: link{URL: of.URL, Text: "Open the role"}}
}

// live returns the roles that exist.
func live(roles []role.Role) []role.Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r role.Role) bool { return r.ReassignedTo != nil })
}

// leaving says of deleted roles how far the moving of their members is.
func (v *visit) leaving(ctx context.Context, scope access.Scope, roles []role.Role) ([]leavingRole, error) {
	gone := roles[len(live(roles)):]
	left := make([]leavingRole, len(gone))
	var parts []func(context.Context) error
	for i, r := range gone {
		left[i] = leavingOf(r, scope)
		if i >= maxLeaving {
			continue
		}
		parts = append(parts, func(ctx context.Context) error {
			now, err := v.GetRole.Do(ctx, v.caller, role.GetInput{Scope: scope, ID: r.ID})
			if fault.HasCode(err, fault.Unknown().Code) { // the last one was just moved
				return nil
			}
			left[i] = leavingOf(now, scope)
			return err
		})
	}
	return left, together(ctx, parts...)
}

func leavingOf(r role.Role, scope access.Scope) leavingRole {
	if r.ReassignedTo == nil {
		return leavingRole{}
	}
	l := leavingRole{
		Name: r.Name, URL: rolePath(scope, r.ID), Turn: r.Next, Next: r.ReassignedTo.Name, NextURL: rolePath(scope, r.ReassignedTo.ID),
	}
	if r.Members != nil {
		l.Left = capped(*r.Members) + either(*r.Members, " member", " members")
	}
	return l
}

// rolePath is where the page of a role is.
func rolePath(scope access.Scope, id access.Role) string {
	return scopePath(scope) + "/roles/" + string(id)
}

func roleCardOf(r role.Role, scope access.Scope) roleCard {
	groups := held(permissionGroups(r.Permissions, nil))
	return roleCard{
		ID: string(r.ID), Name: r.Name, Description: r.Description, URL: rolePath(scope, r.ID), BuiltIn: r.BuiltIn,
		Count: count(len(r.Effective), "permission", "permissions"), Groups: groups,
		Update: r.Actions["update"], Delete: r.Actions["delete"], Duplicate: r.Actions["duplicate"],
		Copy: scopePath(scope) + "/roles/new?like=" + string(r.ID),
	}
}

// ownIn returns what the reader is in the workspace of a page, and may do there.
func (f frame) ownIn(scope access.Scope) (member.Membership, access.Standing) {
	own, in := f.membershipIn(scope)
	if !in {
		return own, access.Standing{Scope: scope}
	}
	return own, own.Standing(scope, true)
}

// aboutRole is the page of one role.
type aboutRole struct {
	frame
	Place, List, Users string
	roleCard
	Leaving *leavingRole // of a deleted one
	Whole   []permissionGroup
	// The first of its members and of what offers it, with how many there are. No number: one may not see them, for Why.
	Members     []member.Membership
	MemberCount string
	WhyMembers  string
	AllMembers  string
	Offers      []invitation.Invitation
	OfferCount  string
	WhyOffers   string
	AllOffers   string
	Invite      string
	Moving      string // of which deleted roles members are still being moved to it
}

// fewHolders is how many members and invitations stand on the page of a role.
const fewHolders = 10

func aboutRolePage(v *visit) error {
	scope, id, err := v.roleOf()
	if err != nil {
		return err
	}
	p := &aboutRole{List: scopePath(scope) + "/roles"}
	var found role.Role
	limit := fewHolders
	p.frame, err = v.load("Role", scope, atRoles,
		func(ctx context.Context) (err error) {
			found, err = v.GetRole.Do(ctx, v.caller, role.GetInput{Scope: scope, ID: id})
			return err
		},
		func(ctx context.Context) error {
			in := member.ListInput{Scope: scope, Role: id, Query: page.Query{Limit: &limit}}
			members, err := v.ListMembers.Do(ctx, v.caller, in)
			p.Members, p.WhyMembers = members.Items, access.ActionFrom(err).Reason
			return nil
		},
		func(ctx context.Context) (err error) {
			p.Offers, err = v.Offering.Do(ctx, v.caller, invitation.OfferingInput{Scope: scope, Role: id, Query: page.Query{Limit: &limit}})
			p.WhyOffers = access.ActionFrom(err).Reason
			return nil
		},
	)
	if err != nil {
		return err
	}
	p.fill(found, scope, v.done())
	return v.show(http.StatusOK, "about-role", p)
}

func (p *aboutRole) fill(r role.Role, scope access.Scope, done string) {
	own, _ := p.ownIn(scope)
	p.Place, p.roleCard, p.Title = own.ScopeName, roleCardOf(r, scope), r.Name+" · "+own.ScopeName
	p.Own = r.ID == own.Role
	if r.ReassignedTo != nil {
		left := leavingOf(r, scope)
		p.Leaving = &left
		return
	}
	p.Whole, p.Moving = p.roleCard.Groups, movingWords(own.Workspace.Roles.MovingTo(r.ID))
	users := scopePath(scope) + "/users"
	p.Users = users
	if r.Members != nil {
		p.MemberCount, p.AllMembers = capped(*r.Members), users+"?role="+string(r.ID)
	}
	if r.OpenInvitations != nil {
		p.OfferCount, p.AllOffers = capped(*r.OpenInvitations), users+"?tab="+tabInvited+"&status=pending"
	}
	if r.Actions["create_invitation"].Allowed {
		p.Invite = users + "/invite?role=" + string(r.ID)
	}
	if done == "saved" {
		p.Notice = &notice{Text: "The role is saved. Whoever has it has it as it is now."}
	}
}

// roleOf returns the workspace and the role that the address names.
func (v *visit) roleOf() (access.Scope, access.Role, error) {
	scope, err := v.scope()
	if err != nil {
		return scope, "", err
	}
	id := v.r.PathValue("r")
	if id != string(access.Admin) && !isID(id, "rol_") {
		return scope, "", fault.Unknown()
	}
	return scope, access.Role(id), nil
}
