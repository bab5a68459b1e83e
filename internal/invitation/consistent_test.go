package invitation_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// follows says which entry can come after which in the life of an invitation.
var follows = map[string][]string{
	"":                      {"InvitationCreated"},
	"InvitationCreated":     {"InvitationResent", "InvitationAccepted", "InvitationDeclined", "InvitationExpired", "InvitationInvalidated", "InvitationDeleted"},
	"InvitationResent":      {"InvitationResent", "InvitationAccepted", "InvitationDeclined", "InvitationExpired", "InvitationInvalidated", "InvitationDeleted"},
	"InvitationAccepted":    {"InvitationDeleted"},
	"InvitationDeclined":    {"InvitationResent", "InvitationDeleted"},
	"InvitationExpired":     {"InvitationResent", "InvitationDeleted"},
	"InvitationInvalidated": {"InvitationResent", "InvitationDeleted"},
}

var statusAfter = map[string]invitation.Status{
	"InvitationCreated": invitation.Pending, "InvitationResent": invitation.Pending, "InvitationAccepted": invitation.Accepted,
	"InvitationDeclined": invitation.Declined, "InvitationExpired": invitation.Expired, "InvitationInvalidated": invitation.InvalidGrant,
}

// consistent holds the items of an organization or a workspace against its log: every state has come about step by step, each logged once, guards
// stand for open invitations, copies for roles, and the count for the Admins.
func consistent(t testing.TB, bed *testbed.Bed, id string) {
	t.Helper()
	scope, kind := access.Organization(id), "ORG"
	if strings.HasPrefix(id, "wsp_") {
		scope, kind = access.Workspace(id), "WORKSPACE"
	}
	root := kind + "#" + id
	items := bed.Items(id)
	log := bed.Log(scope)
	lives, members := map[string][]testbed.Logged{}, map[string][]testbed.Logged{}
	for _, entry := range log {
		switch id := invitationIn(t, entry.Fact); {
		case entry.Type == "InvitationDeliveryFailed": // is no step of its life
		case id != "":
			lives[id] = append(lives[id], entry)
		case strings.HasPrefix(entry.Type, "Member"):
			members[entry.User] = append(members[entry.User], entry)
		}
	}
	open := map[string]string{} // guard -> invitation
	for id, life := range lives {
		last := walk(t, id, life)
		item := items[root+" INVITATION#"+id]
		switch {
		case last == "InvitationDeleted" && item == nil:
			continue
		case item == nil || testbed.Text(item, "status") != string(statusAfter[last]) || testbed.Text(item, "version") != strconv.Itoa(len(life)):
			t.Errorf("invitation %s after %v: %v", id, testbed.Types(life), item)
		}
		if statusAfter[last] == invitation.Pending {
			scope, _ := access.ParseScope(testbed.Text(item, "scope"))
			open[guardName(scope)+" "+testbed.Text(item, "invitee")] = id
		}
	}
	admins := 0
	for name, item := range items {
		switch {
		case strings.HasPrefix(name, "INVITED#") && strings.Contains(name, " REMIND#"): // may outlive its invitation: TTL removes it
		case strings.HasPrefix(name, "INVITED#"):
			if open[name] != testbed.Text(item, "id") {
				t.Errorf("guard %s is of %s, open is %q", name, testbed.Text(item, "id"), open[name])
			}
			delete(open, name)
		case strings.HasPrefix(name, root+" INVITATION#") && lives[strings.TrimPrefix(name, root+" INVITATION#")] == nil:
			t.Errorf("%s came from nowhere", name)
		case strings.HasPrefix(name, root+" MEMBER#"):
			user := testbed.Text(item, "user")
			checkMember(t, items, item, members[user])
			if testbed.Text(item, "role") == "admin" {
				admins++
			}
		}
	}
	for name, id := range open {
		t.Errorf("invitation %s is open without its guard %s", id, name)
	}
	if got := testbed.Text(items[root+" "+kind], "admins"); got != strconv.Itoa(admins) {
		t.Errorf("it counts %s Admins and has %d", got, admins)
	}
}

// walk checks that each entry of a life may follow the one before, with the next sequence, and returns the last one's type.
func walk(t testing.TB, id string, life []testbed.Logged) string {
	t.Helper()
	slices.SortStableFunc(life, func(a, b testbed.Logged) int { return cmp.Compare(atoi(a.Sequence), atoi(b.Sequence)) })
	last := ""
	for n, entry := range life {
		if !slices.Contains(follows[last], entry.Type) || atoi(entry.Sequence) != n+1 {
			t.Errorf("invitation %s: entry %d is %s with sequence %s, after %q", id, n, entry.Type, entry.Sequence, last)
		}
		last = entry.Type
	}
	return last
}

// checkMember holds a member item against its entries and its copies in brands.
func checkMember(t testing.TB, items map[string]testbed.Item, item testbed.Item, entries []testbed.Logged) {
	t.Helper()
	user, organization := testbed.Text(item, "user"), strings.TrimPrefix(testbed.Text(item, "PK"), "ORG#")
	for n, entry := range entries {
		if want := map[bool]string{true: "MemberAdded", false: "MemberRoleChanged"}[n == 0]; entry.Type != want || atoi(entry.Sequence) != n+1 {
			t.Errorf("member %s: entry %d is %s with sequence %s", user, n, entry.Type, entry.Sequence)
		}
	}
	if testbed.Text(item, "version") != strconv.Itoa(len(entries)) {
		t.Errorf("member %s has version %s after %v", user, testbed.Text(item, "version"), testbed.Types(entries))
	}
	held, _ := item["brands"].(map[string]any)
	brands, _ := held["M"].(map[string]any)
	copies := map[string]bool{}
	for name := range items {
		if brand, found := strings.CutSuffix(name, " MEMBER#"+user); found && strings.Contains(brand, "#BRAND#") {
			copies[brand[strings.Index(brand, "#BRAND#")+len("#BRAND#"):]] = true
		}
	}
	if !maps.EqualFunc(brands, copies, func(any, bool) bool { return true }) {
		t.Errorf("member %s of %s has %d brands and is listed in %d", user, organization, len(brands), len(copies))
	}
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text) // texts of ours
	return n
}

func guardName(scope access.Scope) string {
	if scope.Kind() == access.KindWorkspace {
		return "INVITED#WORKSPACE#" + scope.Workspace
	}
	name := "INVITED#ORG#" + scope.Organization
	if scope.Brand != "" {
		name += "#BRAND#" + scope.Brand
	}
	return name
}

// invitationIn returns the id of the invitation that a fact is about, empty for others.
func invitationIn(t testing.TB, fact event.Fact) string {
	t.Helper()
	if !strings.HasPrefix(event.TypeOf(fact), "Invitation") {
		return ""
	}
	text, err := json.Marshal(fact)
	if err != nil {
		t.Fatal(err)
	}
	var with struct {
		Invitation struct {
			ID string `json:"id"`
		} `json:"invitation"`
	}
	if err := json.Unmarshal(text, &with); err != nil {
		t.Fatal(err)
	}
	return with.Invitation.ID
}
