package member_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// roles are wished brands: "" takes a brand away.
func roles(pairs ...any) map[string]*access.Role {
	wished := map[string]*access.Role{}
	for i := 0; i < len(pairs); i += 2 {
		scope, _ := pairs[i].(access.Scope)
		role, _ := pairs[i+1].(access.Role)
		wished[scope.Brand] = nil
		if role != "" {
			wished[scope.Brand] = &role
		}
	}
	return wished
}

const none = access.Role("")

// wish is what Ada asks for Grace in the organization.
func wish(role access.Role, confirm string, brands map[string]*access.Role) member.Wish {
	return member.Wish{Role: role, Confirm: confirm, Brands: brands}
}

func inBrand(s *testbed.Scene, n int, role access.Role) access.BrandRole {
	return access.BrandRole{ID: s.Brands[n].ID, Name: s.Brands[n].Name, Role: role}
}

func get(t *testing.T, s *testbed.Scene, who testbed.Someone, scope access.Scope, user string) member.Membership {
	t.Helper()
	m, err := s.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: scope, User: user})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func admins(s *testbed.Scene) string { return testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins") }

// copies are the brands of the scene in whose partition somebody stands.
func copies(s *testbed.Scene, user string) []string {
	var in []string
	for _, brand := range s.Brands {
		if item := s.Item("ORG#"+s.ID+"#BRAND#"+brand.ID, "MEMBER#"+user); item != nil {
			in = append(in, testbed.Text(item, "role")+" "+brand.Name)
		}
	}
	return in
}

// TestUpdate goes through what a Publisher of Globex, or an Admin, can become, and looks at all that is left of it.
func TestUpdate(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	holds := func(globex, initech access.Role) access.Grant {
		grant := access.Grant{Role: access.Member}
		for n, role := range []access.Role{globex, initech} {
			if role != none {
				grant.Brands = append(grant.Brands, inBrand(s, n, role))
			}
		}
		return grant
	}
	for _, c := range []struct {
		name    string
		isAdmin bool
		who     testbed.Someone
		scope   access.Scope
		wish    member.Wish
		want    access.Grant
		touches []access.Scope
		copies  []string
	}{
		{
			"another role and a brand", false, s.Ada, s.Org, wish("", "", roles(s.Globex, access.Viewer, s.Initech, access.Admin)),
			holds(access.Viewer, access.Admin),
			[]access.Scope{s.Globex, s.Initech},
			[]string{"viewer Globex", "admin Initech"},
		},
		{
			"a brand for another", false, s.Ada, s.Org, wish(access.Member, "", roles(s.Globex, none, s.Initech, access.Viewer)),
			holds(none, access.Viewer),
			[]access.Scope{s.Globex, s.Initech},
			[]string{"viewer Initech"},
		},
		{
			"one changes, one is as it was", false, s.Ada, s.Org, wish("", "", roles(s.Globex, access.Publisher, s.Initech, access.Viewer)),
			holds(access.Publisher, access.Viewer),
			[]access.Scope{s.Initech},
			[]string{"publisher Globex", "viewer Initech"},
		},
		{
			"no brand is left", false, s.Ada, s.Org, wish("", "", roles(s.Globex, none)),
			holds(none, none),
			[]access.Scope{s.Globex},
			nil,
		},
		{
			"to Organization Admin", false, s.Ada, s.Org, wish(access.Admin, " ADMIN\n", nil),
			access.Grant{Role: access.Admin},
			[]access.Scope{s.Globex},
			nil,
		},
		{
			"to Member", true, s.Ada, s.Org, wish(access.Member, "", roles(s.Initech, access.Viewer)),
			holds(none, access.Viewer),
			[]access.Scope{s.Initech},
			[]string{"viewer Initech"},
		},
		{
			"in a brand by its Admin", false, s.Bob, s.Globex, wish(access.Viewer, "", nil),
			holds(access.Viewer, none),
			[]access.Scope{s.Globex},
			[]string{"viewer Globex"},
		},
		{
			"to Brand Admin by one", false, s.Bob, s.Globex, wish(access.Admin, "", nil),
			holds(access.Admin, none),
			[]access.Scope{s.Globex},
			[]string{"admin Globex"},
		},
		{
			"in a brand by an Organization Admin", false, s.Ada, s.Globex, wish(access.Admin, "", nil),
			holds(access.Admin, none),
			[]access.Scope{s.Globex},
			[]string{"admin Globex"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			grace := s.Someone("Grace")
			if s.Join(s.Ada, s.Brands[0], access.Publisher, grace); c.isAdmin {
				s.Advance(time.Minute)
				if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: grace.User.ID, Wish: wish(access.Admin, "admin", nil)}); err != nil {
					t.Fatal(err)
				}
			}
			before, count := get(t, s, s.Ada, s.Org, grace.User.ID), admins(s)
			s.Advance(time.Hour)
			c.wish.Reason = " because \u202eof this "
			var got member.Membership
			log := s.Appended(s.Org, func() {
				var err error
				in := member.UpdateInput{Scope: c.scope, User: grace.User.ID, Wish: c.wish, IfMatch: before.Version}
				if c.scope == s.Globex {
					in.IfMatch = get(t, s, c.who, s.Globex, grace.User.ID).Version
				}
				if got, err = s.UpdateMember().Do(t.Context(), c.who.Caller, in); err != nil {
					t.Fatal(err)
				}
			})
			if diff := cmp.Diff(get(t, s, c.who, c.scope, grace.User.ID), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("read (-read +answered): %s", diff)
			}
			after := get(t, s, s.Ada, s.Org, grace.User.ID)
			if diff := cmp.Diff(c.want, after.Grant(), cmpopts.EquateEmpty()); diff != "" || after.Version != before.Version+1 || !after.JoinedAt.Equal(before.JoinedAt) {
				t.Errorf("%+v: %s", after, diff)
			}
			if diff := cmp.Diff(c.copies, copies(s, grace.User.ID)); diff != "" {
				t.Errorf("in brands: %s", diff)
			}
			checkGiven(t, before, after, c.who, s.Now())
			want := []testbed.Logged{{
				Type: "MemberRoleChanged", Actor: c.who.User.ID, Scope: s.Org, Touches: slices.Clone(c.touches), User: grace.User.ID, Sequence: strconv.Itoa(after.Version),
				Fact: event.MemberRoleChanged{
					User: grace.User.Person(), Via: "direct", GrantedBy: by(c.who), Before: before.Grant(), After: after.Grant(), Notify: true, Reason: "because \u202eof this",
				},
			}}
			slices.SortFunc(want[0].Touches, func(a, b access.Scope) int { return strings.Compare(a.String(), b.String()) })
			if diff := cmp.Diff(want, log, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			wantCount := count
			if n, _ := strconv.Atoi(count); c.isAdmin {
				wantCount = strconv.Itoa(n - 1)
			} else if c.want.Role == access.Admin {
				wantCount = strconv.Itoa(n + 1)
			}
			if got := admins(s); got != wantCount {
				t.Errorf("%s Admins, before %s", got, count)
			}
		})
	}
}

// checkGiven holds that what has changed says who gave it when, and what has not still says what it said.
func checkGiven(t *testing.T, before, after member.Membership, by testbed.Someone, now time.Time) {
	t.Helper()
	if changed := before.Role != after.Role; changed != after.GrantedAt.Equal(now) || changed && after.GrantedBy.ID != by.User.ID {
		t.Errorf("the role was granted at %s by %s", after.GrantedAt, after.GrantedBy.Name)
	}
	for _, b := range after.Brands {
		if i := slices.IndexFunc(before.Brands, func(h member.BrandGrant) bool { return h.ID == b.ID && h.Role == b.Role }); i >= 0 {
			if diff := cmp.Diff(before.Brands[i], b); diff != "" {
				t.Errorf("%s has changed: %s", b.Name, diff)
			}
		} else if !b.GrantedAt.Equal(now) || b.GrantedBy != (access.Person{ID: by.User.ID, Name: by.User.Name}) || b.Via != member.ViaDirect || b.Version != after.Version {
			t.Errorf("%s: %+v", b.Name, b)
		}
	}
}

// TestNothingComesBack promotes somebody who has a brand, and makes them a Member of another one.
func TestNothingComesBack(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	update := func(w member.Wish) member.Membership {
		t.Helper()
		m, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: w})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	may := func(scope access.Scope) bool {
		t.Helper()
		out, err := s.CheckAccess().Do(t.Context(), s.Cleo.Caller, member.CheckInput{Check: member.Check{Scope: scope, Permission: access.Publish}})
		return err == nil && out.Allowed
	}
	if got := update(wish(access.Admin, "admin", nil)); len(got.Brands) != 0 || !may(s.Globex) || !may(s.Initech) {
		t.Errorf("as Admin: %+v", got)
	}
	got := update(wish(access.Member, "", roles(s.Initech, access.Viewer)))
	if diff := cmp.Diff([]access.BrandRole{inBrand(s, 1, access.Viewer)}, got.Grant().Brands); diff != "" || may(s.Globex) || may(s.Initech) {
		t.Error(diff)
	}
}

// TestBrandsHaveAVersionOfTheirOwn changes somebody elsewhere: whoever looks at one brand sees nothing of it, and is not stale.
func TestBrandsHaveAVersionOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	listed := func() member.Membership {
		t.Helper()
		page, err := s.ListMembers().Do(t.Context(), s.Bob.Caller, member.ListInput{Scope: s.Globex})
		i := slices.IndexFunc(page.Items, func(m member.Membership) bool { return m.User.ID == s.Cleo.User.ID })
		if err != nil || i < 0 {
			t.Fatalf("%v, %v", page.Items, err)
		}
		return page.Items[i]
	}
	before := listed()
	if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: wish("", "", roles(s.Initech, access.Viewer))}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, listed()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, get(t, s, s.Bob, s.Globex, s.Cleo.User.ID)); diff != "" {
		t.Error(diff)
	}
	in := member.UpdateInput{Scope: s.Globex, User: s.Cleo.User.ID, IfMatch: before.Version, Wish: wish(access.Viewer, "", nil)}
	changed, err := s.UpdateMember().Do(t.Context(), s.Bob.Caller, in)
	if err != nil || changed.Version <= before.Version || listed().Version != changed.Version {
		t.Errorf("%+v, %v", changed, err)
	}
	// What they have in the other brand is as it was.
	both := access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(s, 0, access.Viewer), inBrand(s, 1, access.Viewer)}}
	if diff := cmp.Diff(both, get(t, s, s.Ada, s.Org, s.Cleo.User.ID).Grant()); diff != "" {
		t.Error(diff)
	}
	in.Role = access.Admin
	_, err = s.UpdateMember().Do(t.Context(), s.Bob.Caller, in)
	testbed.CheckFault(t, err, member.Stale())
}

// TestNinetyBrands is the limit: given at once, exchanged at once, taken by a promotion and by a removal.
func TestNinetyBrands(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	first, second := map[string]*access.Role{}, map[string]*access.Role{}
	for i := range 90 {
		made := s.NewBrand("Brand " + strconv.Itoa(i))
		first[made.ID], second[made.ID] = new(access.Viewer), new(access.Publisher)
	}
	update := func(user testbed.Someone, w member.Wish) (member.Membership, error) {
		return s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: user.User.ID, Wish: w})
	}
	_, err := update(s.Dan, wish("", "", first)) // has Initech already
	testbed.CheckFault(t, err, member.TooManyBrands())
	abe := s.Someone("Abe")
	s.Promote(s.Ada, s.ID, abe)
	for _, brands := range []map[string]*access.Role{first, second} {
		if got, err := update(abe, wish(access.Member, "", brands)); err != nil || len(got.Brands) != 90 {
			t.Fatalf("%d brands, %v", len(got.Brands), err)
		}
	}
	_, err = update(abe, wish("", "", roles(s.Globex, access.Viewer)))
	testbed.CheckFault(t, err, member.TooManyBrands())
	for id := range first {
		if got, err := update(abe, wish("", "", map[string]*access.Role{id: nil, s.Globex.Brand: new(access.Viewer)})); err != nil || len(got.Brands) != 90 {
			t.Errorf("one for another: %d brands, %v", len(got.Brands), err)
		}
		break
	}
	if got, err := update(abe, wish(access.Admin, "admin", nil)); err != nil || len(got.Brands) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := update(abe, wish(access.Member, "", first)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: abe.User.ID}); err != nil {
		t.Fatal(err)
	}
	for name := range s.Items(s.ID) {
		if strings.HasSuffix(name, " MEMBER#"+abe.User.ID) {
			t.Errorf("%s is left", name)
		}
	}
}

// TestUpdateRepeated sends a request with an Idempotency-Key again, as a form that is sent twice.
func TestUpdateRepeated(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	in := member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, IfMatch: 1, Wish: wish("", "", roles(s.Globex, access.Viewer))}
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "a form")
	log := s.Appended(s.Org, func() {
		first, err := s.UpdateMember().Do(t.Context(), caller, in)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if again, err := s.UpdateMember().Do(t.Context(), caller, in); err != nil || cmp.Diff(first, again) != "" {
				t.Errorf("%+v, %v, want %+v", again, err, first)
			}
		}
		in.Brands = roles(s.Globex, access.Admin)
		_, err = s.UpdateMember().Do(t.Context(), testbed.WithKey(caller, caller.Request.IdempotencyKey, "another form"), in)
		testbed.CheckFault(t, err, request.KeyReused())
	})
	if len(log) != 1 {
		t.Errorf("logged %v", testbed.Types(log))
	}
}
