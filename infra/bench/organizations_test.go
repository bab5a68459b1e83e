package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

// The sizes that are compared. A page of any list is full in both.
const (
	fewMembers, manyMembers = 1_000, 20_000
	manyBrands              = 200
	sharedNames             = 5   // given names that all members share: more have each than a page reads
	inFirstBrand            = 100 // members
	slower                  = 1.3 // as many times as long, at most
)

// company is an organization with many brands and members, who are found by their words.
type company struct {
	*testbed.Bed
	id     string
	admin  request.Caller
	brands []string
	people []string // user ids
}

// newCompany returns an organization of so many members, each with a role in one of 200 brands. One of them has really got in and was
// indexed as everybody is; the others are copies under other ids and names.
func newCompany(b *testing.B, members int) company {
	b.Helper()
	c := company{Bed: testbed.New(b)}
	c.Table = store.New(testbed.Config(), testbed.TableName(), store.Options{
		RealNow: time.Now, MailsPerHour: 1e6, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"),
	})
	var ada testbed.Someone
	ada.Caller, ada.User = c.Person("Ada")
	c.admin = ada.Caller
	names := make([]string, manyBrands)
	for i := range names {
		names[i] = fmt.Sprintf("Brand %03d", i)
	}
	created, brands := c.Organization(c.admin, "Acme", names...)
	c.id = created.ID
	for _, made := range brands {
		c.brands = append(c.brands, made.ID)
	}
	model := c.SomeoneWith("Pattern Surname", c.Address("pattern"))
	c.Join(ada, brands[0], access.Viewer, model)
	c.Index(c.id)
	root := "ORG#" + c.id
	inBrand := root + "#BRAND#" + c.brands[0]
	var items []testbed.Item
	for _, item := range c.Partitions(root, root+"#SEARCH", inBrand, inBrand+"#SEARCH") {
		if testbed.Text(item, "user") == model.User.ID {
			items = append(items, item)
		}
	}
	c.addLonely(ada, members/sharedNames)
	for range members {
		c.people = append(c.people, "usr_"+c.NewID())
	}
	for start := 0; start < members; start += progressStep / 5 {
		count := min(progressStep/5, members-start)
		for _, item := range items {
			c.Copies(item, count, []string{model.User.ID, "pattern", "Pattern", "surname", "Surname", c.brands[0], names[0]}, func(i int) []string {
				n := start + i
				given, family, in := fmt.Sprintf("given%d", n%sharedNames), fmt.Sprintf("family%05d", n), brandOf(n)
				return []string{c.people[n], given, strings.ToUpper(given[:1]) + given[1:], family, strings.ToUpper(family[:1]) + family[1:], c.brands[in], names[in]}
			})
		}
		if done := start + count; done%progressStep == 0 {
			fmt.Fprintf(os.Stderr, "  %d of %d members, %d items each\n", done, members, len(items))
		}
	}
	return c
}

// addLonely adds so many members without a brand, who were let in by somebody that has left since.
func (c company) addLonely(ada testbed.Someone, many int) {
	gus := c.SomeoneWith("Gus", c.Address("gus"))
	c.Promote(ada, c.id, gus)
	model := c.SomeoneWith("Lonely Solo", c.Address("lonely"))
	c.Join(gus, brand.Brand{ID: c.brands[1], Organization: c.id}, access.Viewer, model)
	for _, out := range []struct {
		by testbed.Someone
		in member.RemoveInput
	}{
		{ada, member.RemoveInput{Scope: access.Brand(c.id, c.brands[1]), User: model.User.ID}},
		{gus, member.RemoveInput{Scope: access.Organization(c.id), User: "me"}},
	} {
		if _, err := c.RemoveMember().Do(c.T.Context(), out.by.Caller, out.in); err != nil {
			c.T.Fatal(err)
		}
	}
	c.Index(c.id)
	root := "ORG#" + c.id
	ids := make([]string, many)
	for i := range ids {
		ids[i] = "usr_" + c.NewID()
	}
	for _, item := range c.Partitions(root, root+"#SEARCH") {
		if testbed.Text(item, "user") == model.User.ID {
			c.Copies(item, many, []string{model.User.ID, "lonely", "solo"}, func(i int) []string {
				return []string{ids[i], "lonely", fmt.Sprintf("solo%05d", i)}
			})
		}
	}
}

// brandOf returns the brand of a member by number: the first brand has a full page in whatever organization.
func brandOf(n int) int {
	if n < inFirstBrand {
		return 0
	}
	return 1 + n%(manyBrands-1)
}

// sized is an operation that costs the same in whatever organization.
type sized struct {
	name   string
	rounds float64
	ready  func(company) func() run
}

// listed returns a run of list-members that brings so many people.
func listed(in member.ListInput, people int) func(company) func() run {
	return func(c company) func() run {
		in := in // of this company
		in.Scope = access.Organization(c.id)
		if in.Brand == "first" {
			in.Brand = c.brands[0]
		}
		return always(func(ctx context.Context) error {
			out, err := member.List{Store: c.Table}.Do(ctx, c.admin, in)
			return expect(err, len(out.Items) == people)
		})
	}
}

var sizedOperations = []sized{
	{"list-members", 1, listed(member.ListInput{}, page.DefaultLimit)},
	{"list-members by role", 1, listed(member.ListInput{Role: access.Member}, page.DefaultLimit)},
	{"search, one in all", 2, listed(member.ListInput{Q: "family00042"}, 1)},
	{"search, shared by a fifth", 2, listed(member.ListInput{Q: "given3"}, page.DefaultLimit)},
	{"search with a role", 2, listed(member.ListInput{Q: "given3", Role: access.Member}, page.DefaultLimit)},
	{"filter by brand", 2, listed(member.ListInput{Brand: "first"}, page.DefaultLimit)},
	{"filter by no brand access", 2, listed(member.ListInput{Brand: "none"}, page.DefaultLimit)},
	{"filter by granted by who left", 2, listed(member.ListInput{GrantedBy: "left"}, page.DefaultLimit)},
	{"search with a brand and a role", 2, listed(member.ListInput{Q: "given3", Brand: "first", Role: access.Member}, inFirstBrand/sharedNames)},
	{"filters combined", 2, listed(member.ListInput{Brand: "none", GrantedBy: "left", Role: access.Member}, page.DefaultLimit)},
	{"update-member", 2, func(c company) func() run {
		n := 0
		return func() run {
			n++
			in := member.UpdateInput{Scope: access.Organization(c.id), User: c.people[n]}
			in.Brands = map[string]*access.Role{c.brands[5]: new(access.Publisher)}
			return func(ctx context.Context) error {
				_, err := c.UpdateMember().Do(ctx, c.admin, in)
				return err
			}
		}
	}},
	{"remove-member", 2, func(c company) func() run {
		n := len(c.people)
		return func() run {
			n--
			in := member.RemoveInput{Scope: access.Organization(c.id), User: c.people[n]}
			return func(ctx context.Context) error {
				_, err := c.RemoveMember().Do(ctx, c.admin, in)
				return err
			}
		}
	}},
	{"check-access", 1, func(c company) func() run {
		in := member.CheckInput{Check: member.Check{User: c.people[0], Scope: access.Brand(c.id, c.brands[0]), Permission: access.Read}}
		return always(func(ctx context.Context) error {
			out, err := member.CheckAccess{Store: c.Table}.Do(ctx, c.admin, in)
			return expect(err, out.Verdict != nil && out.Allowed)
		})
	}},
	{"create-invitations", 2, func(c company) func() run {
		return func() run {
			in := invitation.CreateInput{Scope: access.Brand(c.id, c.brands[0]), Terms: invitation.Terms{Role: access.Viewer}}
			in.Invitees = []invitation.Invitee{{Email: c.Address("new")}}
			return func(ctx context.Context) error {
				out, err := c.Create().Do(ctx, c.admin, in)
				return expect(err, !out.Failed())
			}
		}
	}},
}

// BenchmarkOrganizations compares an organization of 1,000 members with one of 20,000: each operation sends the same requests, and takes about as long.
func BenchmarkOrganizations(b *testing.B) {
	few, many := newCompany(b, fewMembers), newCompany(b, manyMembers)
	for _, op := range sizedOperations {
		// Side by side, so that both are measured under the same conditions.
		small, large := measurePair(b, op.ready(few), op.ready(many))
		reportCost(b, fmt.Sprintf("%s/members=%d", op.name, fewMembers), small)
		reportCost(b, fmt.Sprintf("%s/members=%d", op.name, manyMembers), large)
		how := fmt.Sprintf("%.1f ms with %d members, %.1f ms with %d, medians of %d", small.median(), fewMembers, large.median(), manyMembers, operations)
		hold(b, figure{op.name, "rounds", how, float64(max(small.rounds, large.rounds)), op.rounds})
		hold(b, figure{op.name, "x 1,000 members", how, large.median() / small.median(), slower})
		if few, many := small.counted(), large.counted(); few != many || small.read == 0 {
			b.Errorf("%s: %+v with %d members, %+v with %d", op.name, few, fewMembers, many, manyMembers)
		}
	}
}

// counts are what runs need, whatever time they take.
type counts struct{ rounds, requests, read, returned int }

func (c cost) counted() counts { return counts{c.rounds, c.requests, c.read, c.returned} }

// measurePair measures two runs in turns.
func measurePair(b *testing.B, first, second func() run) (one, two cost) {
	b.Helper()
	for range warmUp {
		measureOnce(b, &cost{}, first())
		measureOnce(b, &cost{}, second())
	}
	for range operations {
		measureOnce(b, &one, first())
		measureOnce(b, &two, second())
	}
	return one, two
}
