package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
)

// The sizes of organizations that are compared. A page of any list is full in both.
const (
	fewMembers, manyMembers = 1_000, 20_000
	manyBrands              = 200
	inFirstBrand            = 100 // members
	slower                  = 1.3 // as many times as long, at most
)

// newCompany returns an organization of so many members, each with a role in one of 200 brands.
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

// brandOf returns the brand of a member by number: the first brand has a full page in whatever organization.
func brandOf(n int) int {
	if n < inFirstBrand {
		return 0
	}
	return 1 + n%(manyBrands-1)
}

// inOrganizations are what is measured in them alone.
var inOrganizations = []sized{
	{"filter by brand", 2, func(c crowd) func() run {
		return c.lists(member.ListInput{Brand: c.brands[0]}, page.DefaultLimit)
	}},
	{"update-member", 2, func(c crowd) func() run {
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
	{"remove-member", 2, func(c crowd) func() run {
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
	{"check-access", 1, func(c crowd) func() run {
		in := member.CheckInput{Check: member.Check{User: c.people[0], Scope: access.Brand(c.id, c.brands[0]), Permission: access.Read}}
		return always(func(ctx context.Context) error {
			out, err := member.CheckAccess{Store: c.Table}.Do(ctx, c.admin.Caller, in)
			return expect(err, out.Verdict != nil && out.Allowed)
		})
	}},
	{"create-invitations", 2, func(c crowd) func() run {
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

// BenchmarkOrganizations compares an organization of 1,000 members with one of 20,000: each operation sends the same requests, and takes about as long.
func BenchmarkOrganizations(b *testing.B) {
	compareSizes(b, newCompany(b, fewMembers), newCompany(b, manyMembers), slower, slices.Concat(everywhere, inOrganizations))
}
