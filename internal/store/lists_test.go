package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// walk reads a list page by page and returns all it has shown.
func walk[T any](t *testing.T, limit int, read func(page.Query) (page.List[T], error)) []T {
	t.Helper()
	var all []T
	query := page.Query{Limit: &limit}
	for range 100 {
		list, err := read(query)
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) > limit {
			t.Fatalf("a page of %d items, want %d at most", len(list.Items), limit)
		}
		all = append(all, list.Items...)
		if list.NextCursor == "" {
			return all
		}
		query.Cursor = list.NextCursor
	}
	t.Fatal("the list has no end")
	return nil
}

// join makes people with these names members of the organization at once, with Publisher on the brand.
func join(t *testing.T, bed *testbed.Bed, admin request.Caller, organization string, b brand.Brand, names ...string) []account.User {
	t.Helper()
	var users []account.User
	var in invitation.CreateInput
	for i, name := range names {
		_, user := bed.PersonWith(name, bed.Address(fmt.Sprint("p", i)))
		users = append(users, user)
		offer := testbed.MemberOffer(organization, user.Email, b)
		offer.Invitees = append(in.Invitees, offer.Invitees...)
		in = offer
	}
	out, err := bed.Create().Do(t.Context(), admin, in)
	if err != nil || out.Failed() {
		t.Fatalf("join: %+v, %v", out, err)
	}
	return users
}

// TestMembersArePagedWhateverTheirNames shows every member once, by role and then name, on pages of any size.
func TestMembersArePagedWhateverTheirNames(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, adaUser := bed.PersonWith("Zora #1", bed.Address("ada"))
	org, brands := bed.Organization(ada, "Acme", "Globex")
	users := join(t, bed, ada, org.ID, brands[0],
		"#", "a#b", "admin#", "😀", "👩‍👩‍👧 family", "\U0010ffff", "~", "Zoë", "Zoe", "zoe", "Zoe", "ﷺ", strings.Repeat("😀", 100), "İstanbul", "!", "0")
	byName := func(a, b account.User) int {
		place := func(u account.User) string {
			runes := []rune(strings.ToLower(u.Name))
			return strings.ReplaceAll(string(runes[:min(len(runes), 60)]), "#", " ") + "#" + u.ID
		}
		return strings.Compare(place(a), place(b))
	}
	slices.SortFunc(users, byName)
	var want []string
	for _, u := range append([]account.User{adaUser}, users...) {
		want = append(want, u.ID)
	}
	for _, scope := range []access.Scope{access.Organization(org.ID), brands[0].Scope()} {
		for _, limit := range []int{1, 2, 5, 17, 100} {
			var got []string
			for _, m := range walk(t, limit, func(q page.Query) (page.List[member.Membership], error) {
				return bed.ListMembers().Do(t.Context(), ada, member.ListInput{Scope: scope, Query: q})
			}) {
				got = append(got, m.User.ID)
				if m.Scope != scope {
					t.Errorf("in %s stands a membership of %s", scope, m.Scope)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s by %d: %s", scope.Kind(), limit, diff)
			}
		}
	}
	for scope, filter := range map[access.Scope]access.Role{access.Organization(org.ID): access.Member, brands[0].Scope(): access.Publisher} {
		found := walk(t, 3, func(q page.Query) (page.List[member.Membership], error) {
			return bed.ListMembers().Do(t.Context(), ada, member.ListInput{Scope: scope, Role: filter, Query: q})
		})
		if len(found) != len(users) {
			t.Errorf("%s with the role %s: got %d, want %d", scope.Kind(), filter, len(found), len(users))
		}
	}
	admins := walk(t, 3, func(q page.Query) (page.List[member.Membership], error) {
		return bed.ListMembers().Do(t.Context(), ada, member.ListInput{Scope: brands[0].Scope(), Role: access.Admin, Query: q})
	})
	if len(admins) != 1 || admins[0].User.ID != adaUser.ID {
		t.Errorf("Admins of the brand: got %+v", admins)
	}
}

// TestInvitationsArePagedAcrossRanges shows each invitation once under its status, on pages that end within and between the ranges that a
// filter reads.
func TestInvitationsArePagedAcrossRanges(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	scope := access.Organization(org.ID)
	day := 1
	invite := func(of access.Scope, days int) invitation.Invitation {
		t.Helper()
		in := testbed.MemberOffer(org.ID, bed.Address("g"), brands[0])
		if of.Kind() == access.KindBrand {
			in.Scope, in.Terms = of, invitation.Terms{Role: access.Viewer}
		}
		in.ExpiresInDays = &days
		out, err := bed.Create().Do(t.Context(), ada, in)
		if err != nil {
			t.Fatal(err)
		}
		return *out.Results[0].Invitation
	}
	fail := func(i invitation.Invitation) {
		t.Helper()
		ref := invitation.Reference{Root: scope, ID: i.ID, Generation: 1}
		if err := bed.Track().Do(t.Context(), testbed.Undelivered(ref, "no such mailbox")); err != nil {
			t.Fatal(err)
		}
	}
	want := map[invitation.Filter][]string{}
	note := func(i invitation.Invitation, filters ...invitation.Filter) {
		for _, f := range append(filters, invitation.FilterAll) {
			want[f] = append(want[f], i.ID)
		}
	}
	for n := range 3 {
		recorded, lapsed, undelivered := invite(scope, day), invite(brands[0].Scope(), day), invite(scope, day)
		fail(undelivered)
		open, openInBrand, failed := invite(scope, 2+n), invite(brands[0].Scope(), 2+n), invite(scope, 2+n)
		fail(failed)
		note(recorded, "expired")
		note(lapsed, "expired")
		note(undelivered, "expired")
		note(open, "pending")
		note(openInBrand, "pending")
		note(failed, "pending", invitation.FilterDeliveryFailed)
		bed.Advance(time.Second)
	}
	bed.Advance(24*time.Hour + time.Minute)
	for _, id := range want["expired"][:1] {
		if _, err := bed.Expire().Do(t.Context(), invitation.Reference{Root: scope, ID: id, Generation: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for filter, ids := range want {
		slices.Sort(ids)
		for _, limit := range []int{1, 2, 3, 100} {
			var got []string
			for _, i := range walk(t, limit, func(q page.Query) (page.List[invitation.Invitation], error) {
				return bed.List().Do(t.Context(), ada, invitation.ListInput{Scope: scope, Status: filter, Query: q})
			}) {
				got = append(got, i.ID)
			}
			slices.Sort(got)
			if diff := cmp.Diff(ids, got); diff != "" {
				t.Errorf("%q by %d: %s", filter, limit, diff)
			}
		}
	}
	inBrand := walk(t, 2, func(q page.Query) (page.List[invitation.Invitation], error) {
		return bed.List().Do(t.Context(), ada, invitation.ListInput{Scope: brands[0].Scope(), Query: q})
	})
	if len(inBrand) != 6 {
		t.Errorf("the brand lists %d invitations, want its 6", len(inBrand))
	}
	counts, err := bed.Count().Do(t.Context(), ada, scope)
	if err != nil || counts.Invitations != len(want["pending"]) || counts.Members != 1 {
		t.Errorf("got %+v, %v, want %d open invitations", counts, err, len(want["pending"]))
	}
}

// TestForgedCursors: a cursor proves nothing, so one of somebody's own making is refused or leads within the same list.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, _ := bed.Organization(ada, "Acme")
	_, strangers := bed.Organization(ada, "Other", "Secret")
	scope := access.Organization(org.ID).String()
	forge := func(list string, filter string, position string) string {
		return page.Seal(page.Position(position), list, ada.User, scope, filter)
	}
	for _, position := range []string{
		"{}", "null", "[]", "text", `{"s":-1,"p":"a","k":"b"}`, `{"s":1,"p":"a","k":"b","i":"c"}`, `{"s":99,"p":"a","k":"b"}`, `{"s":0,"p":"","k":"b"}`,
		`{"s":0,"p":"a"}`, `{"s":0,"p":"a","k":"b"}`, `{"s":"0"}`, `{"s":9223372036854775807,"p":"a","k":"b"}`,
	} {
		query := page.Query{Cursor: forge("list-members", "", position)}
		if _, err := bed.ListMembers().Do(t.Context(), ada, member.ListInput{Scope: access.Organization(org.ID), Query: query}); !isInvalidCursor(err) {
			t.Errorf("members from %.60s: got %v", position, err)
		}
		query.Cursor = forge("list-invitations", "pending", position)
		in := invitation.ListInput{Scope: access.Organization(org.ID), Status: "pending", Query: query}
		if _, err := bed.List().Do(t.Context(), ada, in); !isInvalidCursor(err) && !strings.HasPrefix(position, `{"s":1,`) {
			t.Errorf("invitations from %.60s: got %v", position, err)
		}
	}
	// What could be a place leads within the list of the authorized scope, wherever it says it is.
	for _, position := range []string{
		fmt.Sprintf(`{"s":0,"p":"ORG#%s","k":"BRAND#"}`, strangers[0].Organization), `{"s":0,"p":"ORG#` + org.ID + `","k":"` + strings.Repeat("B", 2000) + `"}`,
	} {
		query := page.Query{Cursor: page.Seal(page.Position(position), "list-brands", ada.User, scope)}
		list, err := bed.ListBrands().Do(t.Context(), ada, brand.ListInput{Scope: access.Organization(org.ID), Query: query})
		if err == nil && len(list.Items) > 0 || err != nil && !isInvalidCursor(err) {
			t.Errorf("brands from %.60s: got %+v, %v", position, list, err)
		}
	}
}

func isInvalidCursor(err error) bool {
	return errors.Is(err, fault.BadRequest) && fault.HasCode(err, "invalid_cursor")
}
