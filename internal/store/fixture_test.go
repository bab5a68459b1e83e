package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
	"github.com/guregu/dynamo/v2"

	"prism-access/events"
	"prism-access/infra/local/testtable"
	"prism-access/internal/access"
	"prism-access/internal/event"
)

// fixture is the table after a flow: all items, all events, and the links that were mailed. Code of any later day must read it. What earlier code has
// left is never written again; the newest flow is, when something is added.
type fixture struct {
	Start  time.Time         `json:"start"`
	End    time.Time         `json:"end"`
	Links  map[string]string `json:"links"`
	Items  []stored          `json:"items"`
	Events []event.Envelope  `json:"events"`
}

const (
	firstFlow    = "first-flow.json"    // before there were members that change
	firstRelease = "first-release.json" // with what its subscribers do, a session's cookie among the rest (81f703c); internal/testbed goes on with it
	newestFlow   = "second-flow.json"
)

func loadFixture(t *testing.T, name string) fixture {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("no fixture (make it with -update): %v", err)
	}
	var f fixture
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// loadFixtures returns all of them.
func loadFixtures(t *testing.T) map[string]fixture {
	t.Helper()
	all := map[string]fixture{}
	for _, name := range []string{firstFlow, firstRelease, newestFlow} {
		all[name] = loadFixture(t, name)
	}
	return all
}

// TestWriteFixture goes through the newest flow on a table of its own, and writes the fixture when asked to by -update.
func TestWriteFixture(t *testing.T) {
	if !*rewrite {
		for name, f := range loadFixtures(t) {
			if len(f.Items) == 0 || len(f.Events) == 0 {
				t.Errorf("%s is empty", name)
			}
		}
		return
	}
	table := testtable.Own(t)
	start := time.Date(2046, time.November, 22, 9, 30, 0, 0, time.UTC) // TTL, which lives by the real clock, leaves it alone
	flow := newFlow(t, table, start)
	flow.second()
	out := fixture{Start: start, End: flow.now, Links: flow.accept}
	found, err := testtable.Client(table.Endpoint).Scan(t.Context(), &dynamodb.ScanInput{TableName: &table.Name})
	if err != nil || len(found.LastEvaluatedKey) > 0 {
		t.Fatalf("scan: %v, goes on at %v", err, found.LastEvaluatedKey)
	}
	for _, item := range found.Items {
		out.Items = append(out.Items, stored{item})
	}
	slices.SortFunc(out.Items, func(a, b stored) int { return strings.Compare(a.name(), b.name()) })
	for _, item := range out.Items {
		if strings.HasSuffix(item.text("PK"), "#LOG") {
			entry, err := entryOf(item.item)
			if err != nil {
				t.Fatal(err)
			}
			out.Events = append(out.Events, entry.Event())
		}
	}
	slices.SortFunc(out.Events, func(a, b event.Envelope) int { return strings.Compare(a.Detail.Metadata.ID, b.Detail.Metadata.ID) })
	golden(t, newestFlow, out)
}

// TestTodayReadsAllItems decodes each item of the fixtures into its type of today and back: nothing of it is lost or has another meaning.
func TestTodayReadsAllItems(t *testing.T) {
	t.Parallel()
	kinds := map[string]int{}
	for name, f := range loadFixtures(t) {
		for _, item := range f.Items {
			kind, again := today(t, item)
			kinds[kind]++
			want, got := written(item.item), written(again)
			for attribute, value := range want {
				if diff := cmp.Diff(value, got[attribute]); diff != "" {
					t.Errorf("%s: %s %s, %s: %s", name, kind, item.name(), attribute, diff)
				}
			}
		}
	}
	for _, kind := range []string{
		"user", "guard of an address", "guard of a username", "organization", "brand", "member", "brand member", "left", "invitation", "guard", "reminder", "link request", "log entry",
		"published log entry", "workspace", "role", "access request", "guard of an access request", "request", "mail claim", "stop of mails", "session", "rate",
		"pointer", "search entry", "card",
	} {
		if kinds[kind] == 0 {
			t.Errorf("the fixture has no %s: %v", kind, kinds)
		}
	}
}

// today returns what kind of item it is, and the item as today's code would store it after having read it.
func today(t *testing.T, s stored) (kind string, again dynamo.Item) {
	t.Helper()
	pk, sk := s.text("PK"), s.text("SK")
	switch {
	case sk == "USER":
		return "user", marshal(t, newUserItem(*decoded[userItem](t, s).user()))
	case sk == "EMAIL":
		return "guard of an address", marshal(t, decoded[guardItem](t, s))
	case strings.HasPrefix(pk, "USERNAMES#"):
		return "guard of a username", marshal(t, decoded[guardItem](t, s))
	case sk == "ORG":
		o := decoded[organizationItem](t, s)
		item := newOrganizationItem(o.organization())
		item.Admins, item.DeletedAt = o.Admins, o.DeletedAt
		return "organization", marshal(t, item)
	case strings.HasPrefix(sk, "BRAND#"):
		b := decoded[brandRecord](t, s)
		item := newBrandRecord(b.brand(strings.TrimPrefix(pk, "ORG#")))
		item.DeletedAt = b.DeletedAt
		return "brand", marshal(t, item)
	case sk == "WORKSPACE":
		w := decoded[workspaceItem](t, s)
		item := newWorkspaceItem(w.value())
		item.Roles, item.RolesAt, item.Admins, item.DeletedAt = w.Roles, w.RolesAt, w.Admins, w.DeletedAt
		return "workspace", marshal(t, item)
	case strings.HasPrefix(sk, rolePrefix):
		item := decoded[roleItem](t, s)
		return "role", marshal(t, newRoleItem(access.Workspace(strings.TrimPrefix(pk, "WORKSPACE#")), *item.role()))
	case strings.HasPrefix(sk, "MEMBER#"):
		m := decoded[memberFields](t, s).membership()
		item := newMemberItem(*m)
		if m.Scope.Brand != "" {
			item.GSI1PK, item.GSI1SK = "", ""
			return "brand member", marshal(t, item)
		}
		return "member", marshal(t, item)
	case strings.HasPrefix(sk, "LEFT#"):
		item := *decoded[leftItem](t, s)
		left := item.left()
		return "left", marshal(t, leftItem{PK: item.PK, SK: item.SK, Themselves: left.Themselves, Brands: left.Brands, Version: left.Version})
	case strings.HasPrefix(sk, "INVITATION#"):
		item := marshal(t, newInvitationItem(*decoded[invitationItem](t, s).value()))
		if reminded, was := s.item["reminded"]; was { // is the table's alone
			item["reminded"] = reminded
		}
		return "invitation", item
	case strings.HasPrefix(sk, "REQUEST#"):
		return "access request", marshal(t, newAccessRequestItem(*decoded[accessRequestItem](t, s).value()))
	case strings.HasPrefix(sk, "REQUESTED#"):
		return "guard of an access request", marshal(t, decoded[requestedItem](t, s))
	case strings.HasPrefix(sk, reminderPrefix):
		return "reminder", marshal(t, decoded[reminderItem](t, s))
	case strings.HasPrefix(pk, guardPrefix):
		open := decoded[openItem](t, s)
		i := open.invitation()
		i.SentAt, i.Version = open.SentAt, open.Version
		return "guard", marshal(t, newOpenItem(i))
	case strings.HasSuffix(pk, "#SEARCH") && strings.HasPrefix(sk, "@"):
		return "card", marshal(t, decoded[cardItem](t, s))
	case strings.HasSuffix(pk, "#SEARCH"):
		return "search entry", marshal(t, decoded[searchEntry](t, s))
	case strings.HasSuffix(pk, "#LOG") && strings.Contains(pk, "#"+brandPrefix):
		return "pointer", marshal(t, decoded[pointerItem](t, s))
	case strings.HasSuffix(pk, "#LOG"):
		entry, err := entryOf(s.item)
		if err != nil {
			t.Fatal(err)
		}
		item := newEntryItem(entry)
		if strings.HasPrefix(s.text("GSI2PK"), UnpublishedPrefix) {
			return "log entry", marshal(t, item)
		}
		by := entriesBy(entry.Scope.Root(), entry.Actor.ID, entry.ID)
		item.GSI2PK, item.GSI2SK = by.PK, by.SK
		return "published log entry", marshal(t, item)
	case strings.HasPrefix(pk, "IDEMPOTENCY#"):
		return "request", marshal(t, decoded[recordItem](t, s))
	case sk == "MAIL":
		return "mail claim", marshal(t, decoded[claimItem](t, s))
	case strings.HasPrefix(pk, "SUPPRESSED#"):
		stop := marshal(t, newMailStopItem(key{pk, sk}, *decoded[mailStopItem](t, s).value()))
		if ends, did := s.item["expires"]; did { // read by TTL alone
			stop["expires"] = ends
		}
		return "stop of mails", stop
	case sk == "SESSION":
		return "session", marshal(t, decoded[sessionItem](t, s))
	case strings.Contains(pk, "#LINK-REQUESTS#"):
		return "link request", marshal(t, decoded[linkRequestItem](t, s))
	case sk == "RATE": // is counted in the table
		if decoded[rateItem](t, s).Used == 0 {
			t.Errorf("%s counts nothing", s.name())
		}
		return "rate", s.item
	}
	t.Errorf("%s is of no kind that today's code knows", s.name())
	return "", nil
}

func decoded[T any](t *testing.T, s stored) *T {
	t.Helper()
	var out T
	if err := dynamo.UnmarshalItem(s.item, &out); err != nil {
		t.Fatalf("%s: %v", s.name(), err)
	}
	return &out
}

// TestTodayReadsAllEvents decodes each published event into its type of today and back, and holds it against its schema.
func TestTodayReadsAllEvents(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var all []event.Envelope
	for _, f := range loadFixtures(t) {
		all = append(all, f.Events...)
	}
	for _, envelope := range all {
		id := envelope.DetailType + " " + envelope.Detail.Metadata.ID
		seen[envelope.DetailType] = true
		fact, err := event.Decode(envelope.DetailType, envelope.Detail.Data)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		again, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(envelope.Detail.Data, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatal(err)
		}
		for field, value := range want {
			if diff := cmp.Diff(value, got[field]); diff != "" {
				t.Errorf("%s, %s: %s", id, field, diff)
			}
		}
		text, err := json.Marshal(envelope)
		if err != nil {
			t.Fatal(err)
		}
		if err := events.Validate(envelope.DetailType, text); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, name := range event.Types() {
		if !seen[name] {
			t.Errorf("no flow has %s", name)
		}
	}
}
