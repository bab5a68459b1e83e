package invitation_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// roles are those in Globex and Initech, empty for none.
type roles [2]access.Role

// grant returns what a Member with these roles holds.
func (r roles) grant(s *testbed.Scene) access.Grant {
	grant := access.Grant{Role: access.Member}
	for n, role := range r {
		if role != "" {
			grant.Brands = append(grant.Brands, inBrand(s, n, role))
		}
	}
	return grant
}

// TestAcceptAdds shows R17 and R24: accepting adds what is offered and never lowers, and an Admin has all brands by the role alone.
func TestAcceptAdds(t *testing.T) {
	t.Parallel()
	const viewer, publisher, admin = access.Viewer, access.Publisher, access.Admin
	for _, c := range []struct {
		name    string
		held    roles
		isAdmin bool
		offer   access.Grant // the roles of brands by their number
		want    roles
		touched []int // brands; nil: nothing is added
		toAdmin bool
	}{
		{name: "another brand", held: roles{viewer, ""}, offer: offered(publisher, 1), want: roles{viewer, publisher}, touched: []int{1}},
		{name: "a higher role", held: roles{viewer, ""}, offer: offered(publisher, 0), want: roles{publisher, ""}, touched: []int{0}},
		{name: "a lower role", held: roles{admin, ""}, offer: offered(viewer, 0), want: roles{admin, ""}},
		{name: "the same role", held: roles{publisher, ""}, offer: offered(publisher, 0), want: roles{publisher, ""}},
		{name: "higher here and lower there", held: roles{viewer, admin}, offer: offered(publisher, 0, 1), want: roles{publisher, admin}, touched: []int{0}},
		{name: "Organization Admin", held: roles{viewer, admin}, offer: access.Grant{Role: admin}, touched: []int{0, 1}, toAdmin: true},
		{name: "Member to an Organization Admin", held: roles{viewer, ""}, isAdmin: true, offer: offered(publisher, 0), toAdmin: true},
		{name: "Organization Admin to one", held: roles{viewer, ""}, isAdmin: true, offer: access.Grant{Role: admin}, toAdmin: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			in := testbed.AdminOffer(s.ID, s.Address("grace"))
			if c.offer.Role != admin {
				in = testbed.MemberOffer(s.ID, in.Invitees[0].Email)
				in.BrandRole = c.offer.Brands[0].Role
				for _, brand := range c.offer.Brands {
					n, _ := strconv.Atoi(brand.ID)
					in.Brands = append(in.Brands, s.Brands[n].ID)
				}
			}
			i := invite(t, s.Bed, s.Ada, in)
			grace := s.SomeoneWith("Grace", i.Invitee.Email)
			for n, role := range c.held { // she got in another way meanwhile
				if role != "" {
					s.Join(s.Ada, s.Brands[n], role, grace)
				}
			}
			if c.isAdmin {
				s.SetRole(s.ID, grace.User.ID, admin)
			}
			get := func() member.Membership {
				t.Helper()
				m, err := s.GetMember().Do(t.Context(), grace.Caller, member.GetInput{Scope: s.Org, User: "me"})
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			before := get()
			s.Advance(time.Hour)
			var got member.Membership
			log := s.Appended(s.Org, func() {
				var err error
				if got, err = accept(t, s.Bed, grace, i); err != nil {
					t.Fatal(err)
				}
			})
			if diff := cmp.Diff(get(), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("stored %s", diff)
			}
			want := c.want.grant(s)
			if c.toAdmin {
				want = access.Grant{Role: admin}
			}
			if diff := cmp.Diff(want, got.Grant(), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if !got.JoinedAt.Equal(before.JoinedAt) {
				t.Errorf("joined at %s, before %s", got.JoinedAt, before.JoinedAt)
			}
			for _, b := range got.Brands { // another role begins no other stay
				want := s.Now()
				if at := slices.IndexFunc(before.Brands, func(was member.BrandGrant) bool { return was.ID == b.ID }); at >= 0 {
					want = before.Brands[at].JoinedAt
				}
				if !b.JoinedAt.Equal(want) {
					t.Errorf("joined %s at %s, want %s", b.Name, b.JoinedAt, want)
				}
			}
			statusIs(t, s, i, invitation.Accepted)
			if len(c.touched) == 0 {
				if diff := cmp.Diff(before, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("nothing is added, but %s", diff)
				}
				if diff := cmp.Diff([]string{"InvitationAccepted"}, testbed.Types(log)); diff != "" {
					t.Error(diff)
				}
				return
			}
			var touches []access.Scope
			for _, n := range c.touched {
				touches = append(touches, s.Brands[n].Scope())
			}
			wantEntry := testbed.Logged{
				Type: "MemberRoleChanged", Actor: grace.User.ID, Scope: s.Org, Touches: touches, User: grace.User.ID, Sequence: strconv.Itoa(before.Version + 1),
				Fact: event.MemberRoleChanged{
					User: grace.User.Person(), Via: "invitation", GrantedBy: by(s.Ada), Invitation: i.ID, Before: before.Grant(), After: got.Grant(),
				},
			}
			if diff := cmp.Diff(wantEntry, log[1], cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			for n, brand := range got.Brands { // who gave what
				if isNew := slices.Contains(touches, access.Brand(s.ID, brand.ID)); isNew != (brand.Via == member.ViaInvitation) || isNew != brand.GrantedAt.Equal(s.Now()) {
					t.Errorf("brand %d: %+v", n, brand)
				}
			}
			copies(t, s, grace, c.want)
			admins := map[bool]string{true: "2", false: "1"}[c.toAdmin]
			if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != admins {
				t.Errorf("%s Admins, want %s", got, admins)
			}
		})
	}
}

func offered(role access.Role, brands ...int) access.Grant {
	grant := access.Grant{Role: access.Member}
	for _, n := range brands {
		grant.Brands = append(grant.Brands, access.BrandRole{ID: strconv.Itoa(n), Role: role})
	}
	return grant
}

// copies checks the listing copies in the brands.
func copies(t *testing.T, s *testbed.Scene, of testbed.Someone, want roles) {
	t.Helper()
	for n, role := range want {
		got := testbed.Text(s.Item("ORG#"+s.ID+"#BRAND#"+s.Brands[n].ID, "MEMBER#"+of.User.ID), "role")
		if got != string(role) {
			t.Errorf("listed in brand %d as %q, want %q", n, got, role)
		}
	}
}

// TestAcceptWithManyBrands holds the limit of R27 and the size of a transaction.
func TestAcceptWithManyBrands(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	ids := s.Ninety()
	address := s.Address("grace")
	all := testbed.MemberOffer(s.ID, address)
	all.Brands = ids
	i := invite(t, s.Bed, s.Ada, all)
	oneMore := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, address))
	grace := s.SomeoneWith("Grace", address)
	joined, err := s.Accept().Do(t.Context(), testbed.WithKey(grace.Caller, "click", "accept"), invitation.AcceptInput{Locator: byLink(i)})
	if err != nil || len(joined.Brands) != member.MaxBrands {
		t.Fatalf("in %d brands, %v", len(joined.Brands), err)
	}
	s.Unchanged(t, s.ID, func() {
		_, err := accept(t, s.Bed, grace, oneMore)
		testbed.CheckCode(t, err, fault.Conflict, "too_many_brands")
		initech := brandOffer(s, access.Viewer, address)
		initech.Scope = s.Initech
		_, err = s.Create().Do(t.Context(), s.Ada.Caller, initech)
		testbed.CheckCode(t, err, fault.Conflict, "too_many_brands")
	})
	statusIs(t, s, oneMore, invitation.Pending)

	// As an Admin they have all brands, and the map is empty: that takes as many writes.
	toAdmin := invite(t, s.Bed, s.Ada, testbed.AdminOffer(s.ID, s.Address("bea")))
	bea := s.SomeoneWith("Bea", toAdmin.Invitee.Email)
	item := s.Item("ORG#"+s.ID, "MEMBER#"+grace.User.ID)
	s.Copies(item, 1, []string{grace.User.ID, "Grace"}, func(int) []string { return []string{bea.User.ID, "Bea"} })
	joined, err = s.Accept().Do(t.Context(), testbed.WithKey(bea.Caller, "click", "accept"), invitation.AcceptInput{Locator: byLink(toAdmin)})
	if err != nil || joined.Role != access.Admin || len(joined.Brands) != 0 {
		t.Errorf("%+v, %v", joined, err)
	}
}

// TestJoinWithManyBrands lets an account join ninety brands at once over its lapsed invitation: the fullest transaction there is.
func TestJoinWithManyBrands(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	ids := s.Ninety()
	lapsed := s.Pending(s.Address("grace"))
	s.Advance(week)
	grace := s.SomeoneWith("Grace", lapsed.Invitee.Email)
	in := testbed.MemberOffer(s.ID, grace.User.Email)
	in.Brands = ids
	out, err := s.Create().Do(t.Context(), testbed.WithKey(s.Ada.Caller, "click", "invite"), in)
	if err != nil || out.Results[0].Outcome != invitation.Joined || len(out.Results[0].Membership.Brands) != member.MaxBrands {
		t.Errorf("%+v, %v", out, err)
	}
	statusIs(t, s, lapsed, invitation.Expired)
}
