package member_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestRemove takes people out, and looks at all that is left of them.
func TestRemove(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	initech := access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(s, 1, access.Viewer)}}
	for _, c := range []struct {
		name    string
		isAdmin bool
		who     *testbed.Someone // nil: by themselves
		scope   access.Scope
		after   access.Grant
		touches []access.Scope
		copies  []string
	}{
		{"from the organization", false, &s.Ada, s.Org, access.Grant{}, []access.Scope{s.Globex, s.Initech}, nil},
		{"by leaving the organization", false, nil, s.Org, access.Grant{}, []access.Scope{s.Globex, s.Initech}, nil},
		{"from a brand by its Admin", false, &s.Bob, s.Globex, initech, []access.Scope{s.Org}, []string{"viewer Initech"}},
		{"from a brand by an Organization Admin", false, &s.Ada, s.Globex, initech, []access.Scope{s.Org}, []string{"viewer Initech"}},
		{"by leaving a brand", false, nil, s.Globex, initech, []access.Scope{s.Org}, []string{"viewer Initech"}},
		{"an Admin by another", true, &s.Ada, s.Org, access.Grant{}, nil, nil},
		{"an Admin by leaving", true, nil, s.Org, access.Grant{}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			grace := s.Someone("Grace")
			if c.isAdmin {
				s.Promote(s.Ada, s.ID, grace)
			} else {
				s.Join(s.Ada, s.Brands[0], access.Publisher, grace)
				s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
			}
			who, user := grace, "me"
			if c.who != nil {
				who, user = *c.who, grace.User.ID
			}
			before, was := get(t, s, s.Ada, s.Org, grace.User.ID), admins(s)
			in := member.RemoveInput{Scope: c.scope, User: user, IfMatch: get(t, s, s.Ada, c.scope, grace.User.ID).Version, Reason: "\tHas moved. "}
			log := s.Appended(s.Org, func() {
				if _, err := s.RemoveMember().Do(t.Context(), who.Caller, in); err != nil {
					t.Fatal(err)
				}
			})
			want := []testbed.Logged{{
				Type: "MemberRemoved", Actor: who.User.ID, Scope: c.scope, Touches: c.touches, User: grace.User.ID, Sequence: strconv.Itoa(before.Version + 1),
				Fact: event.MemberRemoved{
					User: grace.User.Person(), Before: before.Grant(), After: c.after, Left: c.who == nil, Notify: c.who != nil, Reason: "Has moved.",
				},
			}}
			if diff := cmp.Diff(want, log, cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b access.Scope) bool { return a.String() < b.String() })); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.copies, copies(s, grace.User.ID)); diff != "" {
				t.Errorf("in brands: %s", diff)
			}
			checkOut(t, s, grace, c.scope, c.after)
			if n, _ := strconv.Atoi(was); c.isAdmin && admins(s) != strconv.Itoa(n-1) || !c.isAdmin && admins(s) != was {
				t.Errorf("%s Admins, before %s", admins(s), was)
			}
		})
	}
}

// checkOut holds that somebody is nothing any more in the scope, and what is left to them in the organization.
func checkOut(t *testing.T, s *testbed.Scene, who testbed.Someone, scope access.Scope, left access.Grant) {
	t.Helper()
	_, err := s.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: scope, User: "me"})
	testbed.CheckFault(t, err, fault.Unknown())
	_, err = s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: scope, User: who.User.ID})
	testbed.CheckFault(t, err, fault.Unknown())
	page, err := s.ListMembers().Do(t.Context(), s.Ada.Caller, member.ListInput{Scope: scope})
	for _, m := range page.Items {
		if err != nil || m.User.ID == who.User.ID {
			t.Errorf("listed: %+v, %v", m, err)
		}
	}
	check, err := s.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: scope, Permission: access.Read}})
	if err != nil || check.Allowed {
		t.Errorf("may read: %+v, %v", check, err)
	}
	if left.Role != "" {
		if diff := cmp.Diff(left, get(t, s, who, s.Org, "me").Grant()); diff != "" {
			t.Error(diff)
		}
	}
}

// attempt is an operation to be tried in scopes.
func attempt[In, Out any](do func(context.Context, request.Caller, In) (Out, error), in func(access.Scope) In) func(context.Context, request.Caller, access.Scope) error {
	return func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := do(ctx, caller, in(scope))
		return err
	}
}

func TestRemoveRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	removal := func(user string) func(context.Context, request.Caller, access.Scope) error {
		return attempt(s.RemoveMember().Do, func(scope access.Scope) member.RemoveInput { return member.RemoveInput{Scope: scope, User: user} })
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: removal(s.Ada.User.ID)}.Refusals(t)
	testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageUsers, Do: removal(s.Bob.User.ID)}.Refusals(t)

	theirs := fault.New(fault.Conflict, "organization_admin", "An Organization Admin has every brand. That is changed in the organization, by its Admins.")
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		scope access.Scope
		user  string
		match int
		want  *fault.Error
	}{
		{"the last Admin leaves", s.Ada, s.Org, "me", 0, member.LastAdmin(access.KindOrganization)},
		{"the last Admin leaves by id", s.Ada, s.Org, s.Ada.User.ID, 0, member.LastAdmin(access.KindOrganization)},
		{"an Organization Admin leaves a brand", s.Ada, s.Globex, "me", 0, theirs},
		{"an Organization Admin from a brand", s.Bob, s.Globex, s.Ada.User.ID, 0, theirs},
		{"a Brand Admin somebody from the organization", s.Bob, s.Org, s.Cleo.User.ID, 0, access.MissingPermissions(access.ManageUsers)},
		{"somebody of another brand", s.Bob, s.Globex, s.Dan.User.ID, 0, fault.Unknown()},
		{"from a brand one is not in", s.Dan, s.Globex, "me", 0, fault.Unknown()},
		{"somebody who is not in", s.Ada, s.Org, s.Eve.User.ID, 0, fault.Unknown()},
		{"from where one is not in", s.Eve, s.Org, "me", 0, fault.Unknown()},
		{"of an earlier version", s.Ada, s.Org, s.Cleo.User.ID, 7, member.Stale()},
		{"of an earlier version of oneself", s.Cleo, s.Org, "me", 7, member.Stale()},
	} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.RemoveMember().Do(t.Context(), c.who.Caller, member.RemoveInput{Scope: c.scope, User: c.user, IfMatch: c.match})
			if testbed.CheckFault(t, err, c.want); t.Failed() {
				t.Fatal(c.name)
			}
		})
	}
	if diff := cmp.Diff([]string{"?reason too_long"}, testbed.Bad(member.RemoveInput{Scope: s.Org, Reason: strings.Repeat("é", 501)})); diff != "" {
		t.Error(diff)
	}
	if bad := testbed.Bad(member.RemoveInput{Scope: s.Org, Reason: strings.Repeat("é", 500)}); bad != nil {
		t.Error(bad)
	}
}

// TestRemoveTwice removes somebody who is out: there is nothing any more. With an Idempotency-Key it is the same request, and done.
func TestRemoveTwice(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	again := func(caller request.Caller, user string) error {
		_, err := s.RemoveMember().Do(t.Context(), caller, member.RemoveInput{Scope: s.Org, User: user})
		return err
	}
	caller := testbed.WithKey(s.Ada.Caller, "key-"+s.NewID(), "a form")
	for range 3 {
		if err := again(caller, s.Cleo.User.ID); err != nil {
			t.Error(err)
		}
	}
	testbed.CheckFault(t, again(s.Ada.Caller, s.Cleo.User.ID), fault.Unknown())
	testbed.CheckFault(t, again(testbed.WithKey(caller, caller.Request.IdempotencyKey, "another form"), s.Dan.User.ID), request.KeyReused())
	caller = testbed.WithKey(s.Dan.Caller, "key-"+s.NewID(), "a form")
	for range 2 {
		if err := again(caller, "me"); err != nil {
			t.Error(err)
		}
	}
}

// invited says whether somebody who is invited is asked, or is in at once.
func invited(t *testing.T, s *testbed.Scene, by testbed.Someone, in invitation.CreateInput) invitation.Result {
	t.Helper()
	out, err := s.Create().Do(t.Context(), by.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	return out.Results[0]
}

func toBrand(in brand.Brand, email string) invitation.CreateInput {
	return invitation.CreateInput{Scope: in.Scope(), Invitees: []invitation.Invitee{{Email: email}}, Terms: invitation.Terms{Role: access.Viewer}}
}

// remove takes somebody out, or lets them leave.
func remove(t *testing.T, s *testbed.Scene, who testbed.Someone, scope access.Scope, user string) {
	t.Helper()
	if _, err := s.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: scope, User: user}); err != nil {
		t.Fatal(err)
	}
}

func accepts(t *testing.T, s *testbed.Scene, who testbed.Someone, i *invitation.Invitation) {
	t.Helper()
	if _, err := s.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: invitation.Locator{Scope: i.Scope, ID: i.ID}}); err != nil {
		t.Fatal(err)
	}
}

// TestAskedAgain is R4: whoever has left an organization by themselves is asked before they get in again, though accounts join there at
// once. Their membership goes on counting where it was. Whoever was removed joins at once.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	left := func() testbed.Item { return s.Item("ORG#"+s.ID, "LEFT#"+s.Cleo.User.ID) }
	for name, offer := range map[string]invitation.CreateInput{
		"as Member": testbed.MemberOffer(s.ID, s.Cleo.User.Email, s.Brands[0]), "as Admin": testbed.AdminOffer(s.ID, s.Cleo.User.Email),
		"to a brand": toBrand(s.Brands[1], s.Cleo.User.Email),
	} {
		before := get(t, s, s.Cleo, s.Org, "me")
		remove(t, s, s.Cleo, s.Org, "me")
		if left() == nil {
			t.Fatal("it is not remembered")
		}
		s.Advance(time.Minute)
		result := invited(t, s, s.Ada, offer)
		if result.Outcome != invitation.Invited {
			t.Fatalf("%s: %s", name, result.Outcome)
		}
		accepts(t, s, s.Cleo, result.Invitation)
		after := get(t, s, s.Cleo, s.Org, "me")
		if after.Version != before.Version+2 || !after.JoinedAt.Equal(s.Now()) || after.Via != member.ViaInvitation || left() != nil {
			t.Errorf("%s: %+v", name, after)
		}
	}
	before := get(t, s, s.Cleo, s.Org, "me")
	remove(t, s, s.Ada, s.Org, s.Cleo.User.ID)
	if result := invited(t, s, s.Ada, testbed.MemberOffer(s.ID, s.Cleo.User.Email, s.Brands[0])); result.Outcome != invitation.Joined || result.Membership.Version != before.Version+2 {
		t.Errorf("after a removal: %+v", result)
	}
	if left() != nil {
		t.Error("it is still remembered")
	}
}

// TestAskedAgainForABrand is R23: whoever has left a brand by themselves is asked before they get into it again, and just into it, also
// when they were removed from the organization in between.
func TestAskedAgainForABrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	globex, initech := toBrand(s.Brands[0], s.Cleo.User.Email), toBrand(s.Brands[1], s.Cleo.User.Email)
	is := func(step string, want invitation.Outcome, by testbed.Someone, in invitation.CreateInput) *invitation.Invitation {
		t.Helper()
		result := invited(t, s, by, in)
		if result.Outcome != want {
			t.Fatalf("%s: %+v", step, result)
		}
		return result.Invitation
	}
	remove(t, s, s.Bob, s.Globex, s.Cleo.User.ID)
	is("after a removal", invitation.Joined, s.Bob, globex)
	remove(t, s, s.Cleo, s.Globex, "me")
	is("after leaving another", invitation.Joined, s.Ada, initech)
	remove(t, s, s.Ada, s.Initech, s.Cleo.User.ID)
	asked := is("after leaving", invitation.Invited, s.Bob, globex)
	accepts(t, s, s.Cleo, asked)
	remove(t, s, s.Bob, s.Globex, s.Cleo.User.ID)
	is("after having been in again", invitation.Joined, s.Bob, globex)

	remove(t, s, s.Cleo, s.Globex, "me")
	remove(t, s, s.Ada, s.Org, s.Cleo.User.ID)
	asked = is("after leaving, and a removal from the organization", invitation.Invited, s.Bob, globex)
	if _, err := s.Delete().Do(t.Context(), s.Bob.Caller, invitation.DeleteInput{Scope: s.Globex, ID: asked.ID}); err != nil {
		t.Fatal(err)
	}
	is("of another one then", invitation.Joined, s.Ada, initech)
	asked = is("and of that one, when in again", invitation.Invited, s.Bob, globex)
	accepts(t, s, s.Cleo, asked)
	if got := get(t, s, s.Cleo, s.Org, "me"); len(got.Brands) != 2 {
		t.Errorf("%+v", got)
	}

	remove(t, s, s.Cleo, s.Globex, "me")
	for _, w := range []member.Wish{wish(access.Admin, "admin", nil), wish(access.Member, "", roles(s.Initech, access.Viewer))} { // had all, and so this one
		if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: w}); err != nil {
			t.Fatal(err)
		}
	}
	is("after having been an Admin", invitation.Joined, s.Bob, globex)

	// Whoever is in the organization is given brands without being asked; then they have not left the brand any more.
	remove(t, s, s.Cleo, s.Globex, "me")
	if got, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Cleo.User.ID, Wish: wish("", "", roles(s.Globex, access.Viewer))}); err != nil || len(got.LeftBrands) > 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	remove(t, s, s.Bob, s.Globex, s.Cleo.User.ID)
	is("after a role change by an Admin", invitation.Joined, s.Bob, globex)
}

// TestCameAndWentMeanwhile has somebody get in and leave between the reading and the writing of who invites them. They are asked, then, and
// their membership goes on counting where it was.
func TestCameAndWentMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	grace := s.Someone("Grace")
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		s.Join(s.Bob, s.Brands[0], access.Viewer, grace)
		remove(t, s, grace, s.Org, "me")
	}))
	result := invited(t, s, s.Ada, testbed.MemberOffer(s.ID, grace.User.Email, s.Brands[1]))
	if result.Outcome != invitation.Invited {
		t.Fatalf("%+v", result)
	}
	accepts(t, s, grace, result.Invitation)
	if got := get(t, s, grace, s.Org, "me"); got.Version != 3 {
		t.Errorf("%+v", got)
	}
}

// TestOneLeavesWhileAnotherInvites lets the two commit in either order: what was known of the person is what decides.
func TestOneLeavesWhileAnotherInvites(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for range 5 {
		grace := s.Someone("Grace")
		s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
		var leaves, invites error
		var result invitation.CreateOutput
		testbed.AtOnce(2, func(i int) {
			if i == 0 {
				_, leaves = s.RemoveMember().Do(t.Context(), grace.Caller, member.RemoveInput{Scope: s.Org, User: "me"})
				return
			}
			result, invites = s.Create().Do(t.Context(), s.Ada.Caller, toBrand(s.Brands[1], grace.User.Email))
		})
		_, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: grace.User.ID})
		if leaves != nil || invites != nil || !errors.Is(err, fault.NotFound) {
			t.Errorf("%v, %v, and then %v", leaves, invites, err)
		} else if outcome := result.Results[0].Outcome; outcome != invitation.Invited && outcome != invitation.Joined {
			t.Errorf("%+v", result)
		}
		if left := copies(s, grace.User.ID); left != nil {
			t.Errorf("left in %v", left)
		}
	}
}

// TestAskStaysAsk: the setting asks all accounts, and so those who were removed.
func TestAskStaysAsk(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		t.Fatal(err)
	}
	remove(t, s, s.Ada, s.Org, s.Cleo.User.ID)
	if result := invited(t, s, s.Ada, testbed.MemberOffer(s.ID, s.Cleo.User.Email, s.Brands[0])); result.Outcome != invitation.Invited {
		t.Errorf("%+v", result)
	}
}
