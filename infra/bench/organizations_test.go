package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/testbed"
)

const (
	manyBrands   = 200
	inFirstBrand = 100 // members
	lonely       = 5   // one without a brand comes on top of so many members
)

// newCompany returns an organization of so many members, each with a role in one of 200 brands, and of some without a brand.
func newCompany(b *testing.B, members int) crowd {
	b.Helper()
	c := newCrowd(b)
	names := make([]string, manyBrands)
	for i := range names {
		names[i] = fmt.Sprintf("Brand %03d", i)
	}
	created, brands := c.Organization(c.admin.Caller, "Acme", names...)
	c.id, c.scope, c.role = created.ID, access.Organization(created.ID), access.Member
	for _, made := range brands {
		c.brands = append(c.brands, made.ID)
	}
	c.addLonely(brands[1], members/lonely)
	model := c.model()
	c.Join(c.admin, brands[0], access.Viewer, model)
	root := "ORG#" + c.id
	inBrand := root + "#BRAND#" + c.brands[0]
	c.grow(members, model, []string{root, root + "#SEARCH", inBrand, inBrand + "#SEARCH"}, []string{c.brands[0], names[0]}, func(n int) []string {
		in := brandOf(n)
		return []string{c.brands[in], names[in]}
	})
	return c
}

// addLonely adds so many members who have lost their brand, and who were let in by somebody that has left since. They are not among the people of the crowd.
func (c crowd) addLonely(lost brand.Brand, many int) {
	c.T.Helper()
	gus, model := c.SomeoneWith("Gus", c.Address("gus")), c.SomeoneWith("Lonely Solo", c.Address("lonely"))
	c.Promote(c.admin, c.id, gus)
	c.Join(gus, lost, access.Viewer, model)
	c.remove(c.admin, lost.Scope(), model.User.ID)
	c.remove(gus, c.scope, "me")
	root := "ORG#" + c.id
	c.grow(many, model, []string{root, root + "#SEARCH"}, []string{"solo", "Solo"}, func(n int) []string {
		return []string{fmt.Sprintf("solo%05d", n), fmt.Sprintf("Solo%05d", n)}
	})
}

// remove takes somebody out of the organization or out of a brand.
func (c crowd) remove(by testbed.Someone, from access.Scope, user string) {
	c.T.Helper()
	if _, err := c.RemoveMember().Do(c.T.Context(), by.Caller, member.RemoveInput{Scope: from, User: user}); err != nil {
		c.T.Fatal(err)
	}
}

// brandOf returns the brand of a member by number: the first brand has a full page in whatever organization.
func brandOf(n int) int {
	if n < inFirstBrand {
		return 0
	}
	return 1 + n%(manyBrands-1)
}

// inOrganizations are what is measured in them alone.
var inOrganizations = []sized{
	{"filter by brand", 2, upToFull, func(c crowd) func() run {
		return c.lists(member.ListInput{Brand: c.brands[0]}, min(page.DefaultLimit, len(c.people)))
	}},
	{"filter by no brand access", 2, upToFull, listed(member.ListInput{Brand: "none"}, false, lonely)},
	{"filter by granted by who left", 2, upToFull, listed(member.ListInput{GrantedBy: "left"}, false, lonely)},
	{"search with a brand and a role", 2, upToFull, func(c crowd) func() run {
		return c.lists(member.ListInput{Q: "given3", Brand: c.brands[0], Role: c.role}, min(inFirstBrand, len(c.people))/sharedNames)
	}},
	{"filters combined", 2, upToFull, listed(member.ListInput{Brand: "none", GrantedBy: "left"}, true, lonely)},
	{"update-member", 2, fixed, func(c crowd) func() run {
		n := 0
		return func() run {
			n++
			in := member.UpdateInput{Scope: c.scope, User: c.people[n]}
			in.Brands = map[string]*access.Role{c.brands[5]: new(access.Publisher)}
			return func(ctx context.Context) error {
				_, err := c.UpdateMember().Do(ctx, c.admin.Caller, in)
				return err
			}
		}
	}},
	{"remove-member", 2, fixed, func(c crowd) func() run {
		n := len(c.people)
		return func() run {
			n--
			in := member.RemoveInput{Scope: c.scope, User: c.people[n]}
			return func(ctx context.Context) error {
				_, err := c.RemoveMember().Do(ctx, c.admin.Caller, in)
				return err
			}
		}
	}},
	{"check-access", 1, fixed, func(c crowd) func() run {
		in := member.CheckInput{Check: member.Check{User: c.people[0], Scope: access.Brand(c.id, c.brands[0]), Permission: access.Read}}
		return always(func(ctx context.Context) error {
			out, err := member.CheckAccess{Store: c.Table}.Do(ctx, c.admin.Caller, in)
			return expect(err, out.Verdict != nil && out.Allowed)
		})
	}},
	{"create-invitations", 2, fixed, func(c crowd) func() run {
		return func() run {
			in := invitation.CreateInput{Scope: access.Brand(c.id, c.brands[0]), Terms: invitation.Terms{Role: access.Viewer}}
			in.Invitees = []invitation.Invitee{{Email: c.Address("new")}}
			return func(ctx context.Context) error {
				out, err := c.Create().Do(ctx, c.admin.Caller, in)
				return expect(err, !out.Failed())
			}
		}
	}},
}

// BenchmarkOrganizations compares organizations by their sizes.
func BenchmarkOrganizations(b *testing.B) {
	compareSizes(b, newCompany(b, tenMembers), newCompany(b, fewMembers), newCompany(b, manyMembers), slices.Concat(everywhere, inOrganizations))
}
