package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/store"
	"prism-access/internal/testbed"
)

const sharedNames = 5 // given names that all members share: in an organization more have each than a page reads

// crowd is an organization or a workspace with many members, who are found by their words.
type crowd struct {
	*testbed.Bed
	id     string
	scope  access.Scope
	admin  testbed.Someone
	brands []string      // of an organization
	roles  []access.Role // of a workspace
	people []string      // user ids
	role   access.Role   // that they have
}

func newCrowd(b *testing.B) crowd {
	b.Helper()
	c := crowd{Bed: testbed.New(b)}
	c.Table = store.New(testbed.Config(), testbed.TableName(), store.Options{
		RealNow: time.Now, MailsPerHour: 1e6, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"),
	})
	c.admin = c.Someone("Ada")
	return c
}

// model is the one of whom the others are copies.
func (c *crowd) model() testbed.Someone {
	return c.SomeoneWith("Pattern Surname", c.Address("pattern"))
}

// grow adds so many members: their items in the partitions are those of one who has really got in and was indexed as everybody is, under other ids and
// names. as returns what stands in place of the further texts, by the number of the member.
func (c *crowd) grow(members int, model testbed.Someone, partitions, further []string, as func(n int) []string) {
	c.T.Helper()
	c.Index(c.id)
	var items []testbed.Item
	for _, item := range c.Partitions(partitions...) {
		if testbed.Text(item, "user") == model.User.ID {
			items = append(items, item)
		}
	}
	for range members {
		c.people = append(c.people, "usr_"+c.NewID())
	}
	old := append([]string{model.User.ID, "pattern", "Pattern", "surname", "Surname"}, further...)
	for start := 0; start < members; start += progressStep / 5 {
		count := min(progressStep/5, members-start)
		for _, item := range items {
			c.Copies(item, count, old, func(i int) []string {
				n := start + i
				given, family := fmt.Sprintf("given%d", n%sharedNames), fmt.Sprintf("family%05d", n)
				return append([]string{c.people[n], given, strings.ToUpper(given[:1]) + given[1:], family, strings.ToUpper(family[:1]) + family[1:]}, as(n)...)
			})
		}
		if done := start + count; done%progressStep == 0 {
			fmt.Fprintf(os.Stderr, "  %d of %d members, %d items each\n", done, members, len(items))
		}
	}
}

// sized is an operation that costs the same however large the organization or workspace is.
type sized struct {
	name   string
	rounds float64
	reads  extent
	ready  func(crowd) func() run
}

// extent says which items an operation reads.
type extent int

const (
	fixed    extent = iota // the same, however many members there are
	upToFull               // members, as many as there are until a page or a count is full
)

// lists returns a run of list-members that brings so many people, or all there are.
func (c crowd) lists(in member.ListInput, people int) func() run {
	in.Scope = c.scope
	return always(func(ctx context.Context) error {
		out, err := member.List{Store: c.Table}.Do(ctx, c.admin.Caller, in)
		return expect(err, len(out.Items) >= people)
	})
}

// listed returns such a run for one in every so many members; with is what else is asked for, role whether that is the role that all have.
func listed(with member.ListInput, role bool, every int) func(crowd) func() run {
	return func(c crowd) func() run {
		in := with // of this crowd
		if role {
			in.Role = c.role
		}
		return c.lists(in, min(page.DefaultLimit, len(c.people)/every))
	}
}

// everywhere are what is measured in whatever organization or workspace.
var everywhere = []sized{
	{"list-members", 1, upToFull, listed(member.ListInput{}, false, 1)},
	{"list-members by role", 1, upToFull, listed(member.ListInput{}, true, 1)},
	{"search, one in all", 2, fixed, func(c crowd) func() run { return c.lists(member.ListInput{Q: "family00007"}, 1) }},
	{"search, shared by a fifth", 2, upToFull, listed(member.ListInput{Q: "given3"}, false, sharedNames)},
	{"search with a role", 2, upToFull, listed(member.ListInput{Q: "given3"}, true, sharedNames)},
}

// The sizes of organizations and workspaces that are compared. A page of any list is full in all but the smallest.
const (
	tenMembers, fewMembers, manyMembers = 10, 1_000, 20_000
	slower                              = 1.3 // as many times as long, at most
)

// compareSizes runs operations in organizations or workspaces of three sizes: each sends the same requests, reads and returns the same items, and in the
// largest takes at most slower times as long as with 1,000 members. Of ten, what fills no page brings fewer, and reads no more than it brings.
func compareSizes(b *testing.B, ten, few, many crowd, operationsOf []sized) {
	b.Helper()
	var differ []string
	for _, op := range operationsOf {
		least := measure1(b, op.ready(ten)()) // once: ten are soon used up
		// Side by side, so that both are measured under the same conditions.
		small, large := measurePair(b, op.ready(few), op.ready(many))
		report(b, fmt.Sprintf("%s/members=%d", op.name, tenMembers), least.counts()...)
		reportCost(b, fmt.Sprintf("%s/members=%d", op.name, fewMembers), small)
		reportCost(b, fmt.Sprintf("%s/members=%d", op.name, manyMembers), large)
		how := fmt.Sprintf("%.1f ms with %d members, %.1f ms with %d, medians of %d", small.median(), fewMembers, large.median(), manyMembers, operations)
		hold(b, figure{op.name, "rounds", how, float64(max(least.rounds, small.rounds, large.rounds)), op.rounds})
		hold(b, figure{op.name, "x a small one", how, large.median() / small.median(), slower})
		if small.needs() != large.needs() || !op.sameOfTen(least, small) || small.read == 0 {
			differ = append(differ, fmt.Sprintf("%s: %+v with %d members, %+v with %d, %+v with %d", op.name,
				least.needs(), tenMembers, small.needs(), fewMembers, large.needs(), manyMembers))
		}
	}
	holdSame(b, "operations by size", differ)
}

// sameOfTen says whether an operation needs with ten members what it needs with more, but for the items that there are not.
func (op sized) sameOfTen(least, more cost) bool {
	want := more.needs()
	if op.reads == upToFull && least.read == least.returned && least.read < more.read {
		want.read, want.returned = least.read, least.returned
	}
	return least.needs() == want
}

// needs is what runs take of the table, whatever time they take.
type needs struct{ rounds, requests, read, returned int }

func (c cost) needs() needs { return needs{c.rounds, c.requests, c.read, c.returned} }

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
