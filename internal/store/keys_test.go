package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
)

var (
	at      = time.Date(2026, time.November, 22, 9, 5, 0, 123456789, time.UTC)
	acme    = access.Organization("org_1")
	globex  = access.Brand("org_1", "brd_2")
	planetx = access.Scope{Workspace: "wsp_3"}
)

// TestKeys is the data model in its text form. What stands here is in tables: it cannot change.
func TestKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		got      key
		pk, sort string
	}{
		{"user", userKey("usr_ada"), "USER#usr_ada", "USER"},
		{"e-mail", emailKey("ada#1@example.com"), "EMAIL#ada#1@example.com", "EMAIL"},
		{"username", usernameKey("ada.l"), "USERNAMES#ada", "ada.l"},
		{"short username", usernameKey("al"), "USERNAMES#al", "al"},
		{"organization", organizationKey("org_1"), "ORG#org_1", "ORG"},
		{"brand", brandKey("org_1", "brd_2"), "ORG#org_1", "BRAND#brd_2"},
		{"member", memberKey(acme, "usr_ada"), "ORG#org_1", "MEMBER#usr_ada"},
		{"brand member", memberKey(globex, "usr_ada"), "ORG#org_1#BRAND#brd_2", "MEMBER#usr_ada"},
		{"workspace member", memberKey(planetx, "usr_ada"), "WORKSPACE#wsp_3", "MEMBER#usr_ada"},
		{"invitation", invitationKey(acme, "inv_4"), "ORG#org_1", "INVITATION#inv_4"},
		{"guard", guardKey(acme, "grace@example.com"), "INVITED#ORG#org_1", "grace@example.com"},
		{"brand guard", guardKey(globex, "grace@example.com"), "INVITED#ORG#org_1#BRAND#brd_2", "grace@example.com"},
		{"log entry", entryKey(acme, "01M8180TK0XYYK596NGYA1DQ91"), "ORG#org_1#LOG", "01M8180TK0XYYK596NGYA1DQ91"},
		{"log entry of a user", entryKey(access.User("usr_ada"), "01M8180TK0XYYK596NGYA1DQ91"), "USER#usr_ada#LOG", "01M8180TK0XYYK596NGYA1DQ91"},
		{"awaited confirmation", awaitedKey("01M8180TK0XYYK596NGYA1DQ91", "clean-up"), "AWAITED#1", "01M8180TK0XYYK596NGYA1DQ91#clean-up"},
		{"request", requestKey("usr_ada", "k-1"), "IDEMPOTENCY#usr_ada#k-1", "IDEMPOTENCY"},
		{"item of a request", itemKey("usr_ada", "k-1", "17"), "IDEMPOTENCY#usr_ada#k-1", "ITEM#17"},
		{"mail claim", mailClaimKey("01M8180TK0XYYK596NGYA1DQ91", "F1NGERPR1NT"), "MAIL#01M8180TK0XYYK596NGYA1DQ91#F1NGERPR1NT", "MAIL"},
		{"address that gets no mails", mailStopKey(acme, "F1NGERPR1NT"), "SUPPRESSED#ORG#org_1", "F1NGERPR1NT"},
		{"address that gets no mails from a workspace", mailStopKey(planetx, "F1NGERPR1NT"), "SUPPRESSED#WORKSPACE#wsp_3", "F1NGERPR1NT"},
		{"mails of an hour", mailRateKey(acme, at.Truncate(time.Hour)), "RATE#ORG#org_1#INVITATION-MAILS#2026-11-22T09:00:00Z", "RATE"},
		{"addresses asked about in an hour", lookupRateKey("usr_ada", at.Truncate(time.Hour)), "RATE#USER#usr_ada#LOOKUPS#2026-11-22T09:00:00Z", "RATE"},
		{"usernames of nobody in an hour", unknownRateKey("usr_ada", at.Truncate(time.Hour)), "RATE#USER#usr_ada#UNKNOWN#2026-11-22T09:00:00Z", "RATE"},
		{"session", sessionKey("h4sh"), "SESSION#h4sh", "SESSION"},
		{"word", wordKey(acme, "", "ada#1", "usr_ada"), "ORG#org_1#SEARCH", "#ada#1#usr_ada"},
		{"word with a role", wordKey(globex, access.Viewer, "ada", "usr_ada"), "ORG#org_1#BRAND#brd_2#SEARCH", "viewer#ada#usr_ada"},
		{"without a brand", markKey(acme, member.MarkNoBrand, "usr_ada"), "ORG#org_1#SEARCH", "!nobrand#usr_ada"},
		{"granted by somebody", markKey(acme, member.MarkGrantedBy("usr_bob"), "usr_ada"), "ORG#org_1#SEARCH", "!grantedby#usr_bob#usr_ada"},
		{"granted by who left", markKey(acme, member.MarkGranterLeft, "usr_ada"), "ORG#org_1#SEARCH", "!granterleft#usr_ada"},
		{"card", cardKey(acme, "usr_ada"), "ORG#org_1#SEARCH", "@usr_ada"},
		{"pointer of a brand", pointerKey(globex, "01M8180TK0XYYK596NGYA1DQ91"), "ORG#org_1#BRAND#brd_2#LOG", "01M8180TK0XYYK596NGYA1DQ91"},
		{"pointer of all brands", sharedPointerKey(acme, "01M8180TK0XYYK596NGYA1DQ91"), "ORG#org_1#BRAND#*#LOG", "01M8180TK0XYYK596NGYA1DQ91"},
	} {
		if diff := cmp.Diff(key{c.pk, c.sort}, c.got); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

func TestIndexKeys(t *testing.T) {
	t.Parallel()
	const entry = "01M8180TK0XYYK596NGYA1DQ91"
	for _, c := range []struct {
		what     string
		got      indexKey
		pk, sort string
	}{
		{"what somebody is in", membershipsOf("usr_ada", acme), "USER#usr_ada", "ORG#org_1"},
		{"members of an organization", membersOf(acme, access.Admin, "Ada Lovelace", "usr_ada"), "ORG#org_1#MEMBERS", "admin#ada lovelace#usr_ada"},
		{"members of a brand", membersOf(globex, access.Viewer, "Ada", "usr_ada"), "ORG#org_1#BRAND#brd_2#MEMBERS", "viewer#ada#usr_ada"},
		{"open invitations of an address", invitedTo("g@example.com", at, "inv_4"), "INVITEE#g@example.com", "2026-11-22T09:05:00Z#inv_4"},
		{"entries about somebody", entriesAbout(acme, "usr_ada", entry), "ORG#org_1#LOG#USER#usr_ada", entry},
		{"entries about nobody", entriesAbout(acme, "", entry), "", ""},
		{"entries by somebody", entriesBy(acme, "usr_ada", entry), "ORG#org_1#LOG#ACTOR#usr_ada", entry},
		{"entries to publish", unpublished(entry), "UNPUBLISHED#1", entry},
	} {
		if diff := cmp.Diff(indexKey{c.pk, c.sort}, c.got); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
	if got := allInvitationsOf(acme); got != "ORG#org_1#ALL-INVITATIONS" {
		t.Errorf("all invitations: got %s", got)
	}
	if got := invitationsOf(globex); got != "ORG#org_1#BRAND#brd_2#INVITATIONS" {
		t.Errorf("a brand's invitations: got %s", got)
	}
}

// TestShardsAreFound holds that every entry to publish stands where the sweep looks.
func TestShardsAreFound(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" { // what a ULID is made of
		used[strings.TrimPrefix(unpublished("01M8180TK0XYYK596NGYA1DQ9"+string(c)).PK, UnpublishedPrefix)] = true
	}
	for shard := range used {
		if !slices.Contains(shardNames[:], shard) {
			t.Errorf("shard %q is none of %v", shard, shardNames)
		}
	}
	if len(used) != unpublishedShards {
		t.Errorf("entries go to %d shards of %d", len(used), unpublishedShards)
	}
}

// hostile are texts that people write where a name is expected.
var hostile = []string{
	"#", "##", "a#b", "admin#", "#usr_1", "😀", "👩‍👩‍👧 family", "\U0010ffff", "~", "\x7f", "Zoë", "Zoe\u0308", "ﷺ", strings.Repeat("#", 100),
	strings.Repeat("😀", 100), "\u202egnirts", " ", "İstanbul", "ADMIN#ADA#usr_0",
}

// TestNamesCannotBreakKeys shows that a name stays inside its part of a sort key, whatever is in it.
func TestNamesCannotBreakKeys(t *testing.T) {
	t.Parallel()
	for _, name := range hostile {
		for _, role := range access.Roles(access.KindBrand) {
			got := membersOf(globex, role, name, "usr_ada")
			if parts := strings.Split(got.SK, "#"); len(parts) != 3 || parts[0] != string(role) || parts[2] != "usr_ada" {
				t.Errorf("%q stands at %q", name, got.SK)
			}
			if len(got.SK) > maxSortKey/2 {
				t.Errorf("%.20q makes a key of %d bytes", name, len(got.SK))
			}
			if s := prefixed("GSI2", got.PK, membersPrefix(role)); !s.holds(got.SK) {
				t.Errorf("%q stands at %q, out of its role's range %q to %q", name, got.SK, s.from, s.to)
			}
			if s := prefixed("GSI2", got.PK, ""); !s.holds(got.SK) {
				t.Errorf("%q stands at %q, out of the whole list", name, got.SK)
			}
		}
	}
	if membersOf(acme, "member", "Zoë", "u") != membersOf(acme, "member", "Zoe\u0308", "u") {
		t.Error("the same name written in two ways sorts in two places")
	}
}

func (s segment) holds(sortKey string) bool { return s.from <= sortKey && sortKey <= s.to }

// TestOddIdsLeadNowhere holds that an id of a request cannot name another partition than its own.
func TestOddIdsLeadNowhere(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "*", "org_1#LOG", "org_1#BRAND#brd_2", "1 OR 1", "org_ä", "😀", "a\x00", "../org_1", strings.Repeat("a", 3000)} {
		for _, scope := range []access.Scope{access.Organization(id), access.Brand("org_1", id), access.Brand(id, "brd_2"), {Workspace: id}, access.User(id)} {
			if scope == acme { // a brand without an id
				continue
			}
			for _, pk := range []string{
				memberKey(scope, "u").PK, invitationKey(scope, "i").PK, guardKey(scope, "e").PK, entryKey(scope, "l").PK,
				membersPartition(scope), allInvitationsOf(scope), invitationsOf(scope), organizationKey(scope.Organization).PK,
			} {
				if strings.Contains(pk, "org_1#") && !strings.HasPrefix(scope.Organization, "org_1") || strings.Contains(pk, "#LOG#") || len(pk) > 200 {
					t.Errorf("%.40q reaches %.80q", id, pk)
				}
			}
			want := "ORG#"
			if scope.Kind() == access.KindWorkspace { // whose functions may ask for workspaces alone
				want = "WORKSPACE#"
			}
			if got := partition(scope); got != want {
				t.Errorf("%.40q has the partition %.60q", id, got)
			}
		}
	}
}

// invitations draws invitations of any status around the time at.
func invitations() *rapid.Generator[invitation.Invitation] {
	statuses := []invitation.Status{
		invitation.Pending, invitation.Accepted, invitation.Declined, invitation.Expired, invitation.InvalidGrant, invitation.Closed,
	}
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return at.Add(time.Duration(rapid.Int64Range(-3*int64(time.Second), 3*int64(time.Second)).Draw(t, "offset")))
	})
	return rapid.Custom(func(t *rapid.T) invitation.Invitation {
		i := invitation.Invitation{
			ID: "inv_" + rapid.StringMatching("[A-Z0-9]{4}").Draw(t, "id"), Scope: acme, Status: rapid.SampledFrom(statuses).Draw(t, "status"),
			SentAt: moment.Draw(t, "sent"), ExpiresAt: moment.Draw(t, "expires").Truncate(time.Second),
		}
		if rapid.Bool().Draw(t, "delivered") {
			i.Delivery = &invitation.Delivery{Status: rapid.SampledFrom([]string{"sent", "failed"}).Draw(t, "delivery"), At: at}
		}
		if i.Status == invitation.Accepted || i.Status == invitation.Declined {
			answered := moment.Draw(t, "answered")
			i.RespondedAt = &answered
		}
		return i
	})
}

// TestEachInvitationIsFoundByItsStatus holds sort places, the ranges of lists and the clock together: at any time, a filter's ranges hold
// exactly the invitations that pass it, once each.
func TestEachInvitationIsFoundByItsStatus(t *testing.T) {
	t.Parallel()
	filters := []invitation.Filter{invitation.FilterAll, "pending", "accepted", "declined", "expired", "invalid_grant", "closed", invitation.FilterDeliveryFailed}
	rapid.Check(t, func(t *rapid.T) {
		i := invitations().Draw(t, "invitation")
		now := at.Add(time.Duration(rapid.Int64Range(-3*int64(time.Second), 3*int64(time.Second)).Draw(t, "now")))
		for _, filter := range filters {
			found := 0
			for _, s := range invitationSegments(acme, filter, now) {
				if s.holds(invitationPlace(i)) {
					found++
				}
			}
			want := 0
			if belongs(i, invitation.ListRead{Scope: acme, Filter: filter, Now: now}) {
				want = 1
			}
			if found != want {
				t.Fatalf("%s at %s, now %s: found %d times by %q, want %d", i.StatusAt(now), invitationPlace(i), now, found, filter, want)
			}
		}
	})
}

// TestOrderOfInvitations shows what the one descending range of all invitations begins with: open ones whose mail failed, other open ones,
// then those that the clock has expired.
func TestOrderOfInvitations(t *testing.T) {
	t.Parallel()
	answered := at.Add(time.Hour)
	failed := &invitation.Delivery{Status: "failed", At: at}
	in := func(days int) time.Time { return at.Truncate(time.Second).AddDate(0, 0, days) }
	want := []string{
		"undelivered#2026-11-25T09:05:00Z#inv_undelivered", "pending#2026-11-29T09:05:00Z#inv_new", "pending#2026-11-23T09:05:00Z#inv_old",
		"pending#2026-11-21T09:05:00Z#inv_lapsed", "invalid_grant#2026-11-22T09:05:00Z#inv_void", "expired#2026-11-20T09:05:00Z#inv_expired",
		"declined#2026-11-22T10:05:00Z#inv_declined", "closed#2026-11-22T09:05:00Z#inv_closed", "accepted#2026-11-22T10:05:00Z#inv_accepted",
	}
	var got []string
	for _, i := range []invitation.Invitation{
		{ID: "inv_accepted", Status: invitation.Accepted, RespondedAt: &answered, Delivery: failed},
		{ID: "inv_new", Status: invitation.Pending, ExpiresAt: in(7)},
		{ID: "inv_old", Status: invitation.Pending, ExpiresAt: in(1), Delivery: &invitation.Delivery{Status: "sent", At: at}},
		{ID: "inv_lapsed", Status: invitation.Pending, ExpiresAt: in(-1)},
		{ID: "inv_undelivered", Status: invitation.Pending, ExpiresAt: in(3), Delivery: failed},
		{ID: "inv_expired", Status: invitation.Expired, ExpiresAt: in(-2)},
		{ID: "inv_declined", Status: invitation.Declined, RespondedAt: &answered},
		{ID: "inv_void", Status: invitation.InvalidGrant, SentAt: at},
		{ID: "inv_closed", Status: invitation.Closed, SentAt: at},
	} {
		got = append(got, invitationPlace(i))
	}
	slices.Sort(got)
	slices.Reverse(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTimesSortAsText holds the layout of times in keys: text order is time order, in any time zone.
func TestTimesSortAsText(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 14*3600)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Time {
			return time.Unix(rapid.Int64Range(0, 250_000_000_000).Draw(t, name), 0)
		}
		a, b := draw("a"), draw("b")
		if got, want := strings.Compare(keyTime(a.In(east)), keyTime(b)), a.Compare(b); got != want {
			t.Fatalf("%s and %s: got %d, want %d", a, b, got, want)
		}
	})
	if got := fmt.Sprint(keyTime(at.In(east))); got != "2026-11-22T09:05:00Z" {
		t.Errorf("got %s", got)
	}
}
