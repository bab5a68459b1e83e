package testbed

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"prism-access/infra/local/awsjson"
	"prism-access/internal/access"
	"prism-access/internal/event"
)

// This file looks at the items themselves, past the store, and changes them as operations do that are yet to come.

// Item is an item as the table holds it: attribute -> {"S": "text"}.
type Item = map[string]any

// rootOf begins the partitions of an organization, or of a workspace.
func rootOf(id string) string {
	if strings.HasPrefix(id, "wsp_") {
		return "WORKSPACE#" + id
	}
	return "ORG#" + id
}

// Items returns all that belongs to an organization or a workspace, by key: itself, its brands or roles, members, invitations with their guards,
// its log, the addresses that get no mails, and the count of its mails.
func (b *Bed) Items(id string) map[string]Item {
	b.T.Helper()
	root := rootOf(id)
	items := b.Partitions(root)
	partitions := []string{root + "#LOG", "INVITED#" + root, "SUPPRESSED#" + root}
	for _, hour := range b.hours() {
		partitions = append(partitions, "RATE#"+root+"#INVITATION-MAILS#"+hour)
	}
	for name := range items {
		if _, brand, isBrand := strings.Cut(name, " BRAND#"); isBrand {
			partitions = append(partitions, root+"#BRAND#"+brand, "INVITED#"+root+"#BRAND#"+brand)
		}
	}
	maps.Copy(items, b.Partitions(partitions...))
	return items
}

// Partitions returns the items of partitions of the table, by "PK SK".
func (b *Bed) Partitions(names ...string) map[string]Item {
	b.T.Helper()
	var mu sync.Mutex
	items := map[string]Item{}
	group, ctx := errgroup.WithContext(context.WithoutCancel(b.T.Context()))
	for _, name := range names {
		group.Go(func() error {
			found, err := b.query(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			for _, item := range found {
				if strings.HasSuffix(name, "#LOG") {
					// Whoever publishes the log moves its entries in this index: other tests of the same table do.
					delete(item, "GSI2PK")
					delete(item, "GSI2SK")
				}
				items[Text(item, "PK")+" "+Text(item, "SK")] = item
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.T.Fatal(err)
	}
	return items
}

func (b *Bed) query(ctx context.Context, partition string) ([]Item, error) {
	var all []Item
	request := map[string]any{
		"TableName": TableName(), "ConsistentRead": true, "KeyConditionExpression": "PK = :pk",
		"ExpressionAttributeValues": Item{":pk": map[string]any{"S": partition}},
	}
	for {
		var page struct {
			Items            []Item
			LastEvaluatedKey Item
		}
		if err := b.raw().Table(ctx, "Query", request, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if len(page.LastEvaluatedKey) == 0 {
			return all, nil
		}
		request["ExclusiveStartKey"] = page.LastEvaluatedKey
	}
}

// raw talks to the table itself, whatever stands before the bed's.
func (b *Bed) raw() awsjson.Client { return awsjson.Client{Endpoint: b.endpoint} }

// Text returns a text or number of an item, empty when it has none of that name.
func Text(item Item, name string) string {
	typed, _ := item[name].(map[string]any)
	for _, kind := range []string{"S", "N"} {
		if text, ok := typed[kind].(string); ok {
			return text
		}
	}
	return ""
}

// kept returns what is kept of organizations, workspaces and people: what belongs to them, what they are found by, and what is counted of them.
func (b *Bed) kept(roots []string, people []Someone) map[string]Item {
	b.T.Helper()
	items, partitions := map[string]Item{}, []string{}
	for _, id := range roots {
		maps.Copy(items, b.Items(id))
		partitions = append(partitions, rootOf(id)+"#SEARCH", rootOf(id)+"#BRAND#*#LOG")
	}
	for name, item := range items {
		pk, sk := Text(item, "PK"), Text(item, "SK")
		if strings.HasPrefix(sk, "BRAND#") {
			partitions = append(partitions, pk+"#"+sk+"#SEARCH", pk+"#"+sk+"#LOG")
		}
		if _, id, isInvitation := strings.Cut(name, " INVITATION#"); isInvitation {
			partitions = append(partitions, "RATE#"+pk+"#LINK-REQUESTS#"+id)
		}
	}
	for _, one := range people {
		user := "USER#" + one.User.ID
		partitions = append(partitions, user, user+"#LOG", "EMAIL#"+one.Key(), "IDEMPOTENCY#"+one.User.ID+"#"+RefusedKey)
		for _, hour := range b.hours() {
			partitions = append(partitions, "RATE#"+user+"#LOOKUPS#"+hour, "RATE#"+user+"#ACCESS-REQUESTS#"+hour)
		}
	}
	maps.Copy(items, b.Partitions(partitions...))
	return items
}

// RefusedKey is the Idempotency-Key of requests that are to be refused: nothing is recorded under it.
const RefusedKey = "refused"

// hours returns the rate windows of now: the present hour and the one before, which may just have ended.
func (b *Bed) hours() []string {
	now := b.RealNow().UTC().Truncate(time.Hour)
	return []string{now.Format("2006-01-02T15:04:05Z"), now.Add(-time.Hour).Format("2006-01-02T15:04:05Z")}
}

// Unchanged runs do and reports what it has changed in the organization or workspace, which should be nothing.
func (b *Bed) Unchanged(t testing.TB, id string, do func()) {
	t.Helper()
	b.Untouched(t, []string{id}, nil, do)
}

// Untouched runs do and reports what it has changed in the organizations and workspaces, and what of the people: nothing should be, neither what they have nor
// their log, what is counted of them, or a record under RefusedKey.
func (b *Bed) Untouched(t testing.TB, organizations []string, people []Someone, do func()) {
	t.Helper()
	before := b.kept(organizations, people)
	do()
	after := b.kept(organizations, people)
	for name := range before {
		if _, left := after[name]; !left {
			after[name] = nil
		}
	}
	for name, item := range after {
		if diff := cmp.Diff(before[name], item); diff != "" {
			t.Errorf("a refused call has changed %s (-before +after):\n%s", name, diff)
		}
	}
}

// Logged is a log entry as tests look at it.
type Logged struct {
	Type     string
	Actor    string // id
	Scope    access.Scope
	Touches  []access.Scope // the further scopes, sorted
	User     string
	Sequence string
	Fact     event.Fact
}

// Log returns the log of an organization, a workspace or a person, oldest entry first.
func (b *Bed) Log(root access.Scope) []Logged {
	b.T.Helper()
	partition := "USER#" + root.User + "#LOG"
	if root.User == "" {
		partition = rootOf(root.Organization+root.Workspace) + "#LOG"
	}
	items := b.Partitions(partition)
	var log []Logged
	for _, key := range slices.Sorted(maps.Keys(items)) {
		log = append(log, b.logged(items[key]))
	}
	return log
}

func (b *Bed) logged(item Item) Logged {
	b.T.Helper()
	parse := func(path string) access.Scope {
		scope, err := access.ParseScope(path)
		if err != nil {
			b.T.Fatal(err)
		}
		return scope
	}
	fact, err := event.Decode(Text(item, "type"), []byte(Text(item, "data")))
	if err != nil {
		b.T.Fatal(err)
	}
	entry := Logged{
		Type: Text(item, "type"), Actor: Text(item, "actor_id"), Scope: parse(Text(item, "scope")), User: Text(item, "user"),
		Sequence: Text(item, "sequence"), Fact: fact,
	}
	list, _ := item["scopes"].(map[string]any)
	touched, _ := list["L"].([]any)
	for n, one := range touched {
		path, _ := one.(map[string]any)["S"].(string)
		if n == 0 && path != entry.Scope.String() {
			b.T.Fatalf("the scopes of entry %s begin with %s", Text(item, "SK"), path)
		}
		if n > 0 {
			entry.Touches = append(entry.Touches, parse(path))
		}
	}
	slices.SortFunc(entry.Touches, func(x, y access.Scope) int { return strings.Compare(x.String(), y.String()) })
	return entry
}

// Appended runs do and returns the entries that came to the log meanwhile.
func (b *Bed) Appended(root access.Scope, do func()) []Logged {
	b.T.Helper()
	before := len(b.Log(root))
	do()
	return b.Log(root)[before:]
}

// Types returns the types of log entries in their order.
func Types(log []Logged) []string {
	types := make([]string, len(log))
	for i, entry := range log {
		types[i] = entry.Type
	}
	return types
}
