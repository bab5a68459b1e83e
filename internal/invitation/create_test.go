package invitation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	message, days, off := "  Welcome\naboard ", 30, false
	for _, c := range []struct {
		name    string
		who     testbed.Someone
		in      invitation.CreateInput
		want    invitation.Invitation
		touches []access.Scope
	}{
		{
			name: "as Member", who: s.Ada,
			in: invitation.CreateInput{Scope: s.Org, Terms: invitation.Terms{
				Role: access.Member, Brands: []string{s.Brands[1].ID, s.Brands[0].ID}, BrandRole: access.Viewer, Message: &message,
			}},
			want: invitation.Invitation{
				Scope: s.Org, ScopeName: "Acme", Role: access.Member, Message: "Welcome\naboard", ExpiresAt: testbed.Start.Add(week),
				Brands: []access.BrandRole{inBrand(s, 1, access.Viewer), inBrand(s, 0, access.Viewer)},
			},
			touches: []access.Scope{s.Globex, s.Initech},
		},
		{
			name: "as Organization Admin", who: s.Ada,
			in:   invitation.CreateInput{Scope: s.Org, Terms: invitation.Terms{Role: access.Admin, Confirm: " ADMIN\n", ExpiresInDays: &days}},
			want: invitation.Invitation{Scope: s.Org, ScopeName: "Acme", Role: access.Admin, ExpiresAt: testbed.Start.Add(30 * 24 * time.Hour)},
		},
		{
			name: "to a brand", who: s.Bob,
			in:      invitation.CreateInput{Scope: s.Globex, Terms: invitation.Terms{Role: access.Admin, Notify: &off}},
			want:    invitation.Invitation{Scope: s.Globex, ScopeName: "Globex", OrganizationName: "Acme", Role: access.Admin, Unmailed: true, ExpiresAt: testbed.Start.Add(week)},
			touches: []access.Scope{s.Org},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			email := s.Address("Grace")
			c.in.Invitees = []invitation.Invitee{{Email: email}}
			var got invitation.Invitation
			log := s.Appended(s.Org, func() { got = invite(t, s.Bed, c.who, c.in) })

			want := c.want
			want.ID, want.AcceptURL, want.Invitee, want.InviteeKey = got.ID, got.AcceptURL, access.Person{Email: email}, strings.ToLower(email)
			want.Status, want.InvitedBy, want.CreatedAt, want.SentAt, want.Version, want.Generation = invitation.Pending, by(c.who), testbed.Start, testbed.Start, 1, 1
			want.Actions = access.Actions{"resend": {Allowed: true}, "delete": {Allowed: true}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, stored(t, s, got.ID)); diff != "" {
				t.Errorf("stored: %s", diff)
			}
			wantLog := []testbed.Logged{{
				Type: "InvitationCreated", Actor: c.who.User.ID, Scope: c.in.Scope, Touches: c.touches, User: strings.ToLower(email), Sequence: "1",
				Fact: event.InvitationCreated{Invitation: fact(got, invitation.Pending, 1), Notify: c.in.Notify == nil},
			}}
			byName := cmpopts.SortSlices(func(a, b access.Scope) bool { return a.String() < b.String() })
			if diff := cmp.Diff(wantLog, log, byName); diff != "" {
				t.Error(diff)
			}
			if id := s.Guarded(c.in.Scope, strings.ToLower(email)); id != got.ID {
				t.Errorf("the guard names %q", id)
			}
		})
	}
}

func TestInviteRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	email := s.Address("grace")
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		in := testbed.MemberOffer(s.ID, email, s.Brands[0])
		in.Scope = scope
		_, err := s.Create().Do(ctx, caller, in)
		return err
	}}.Refusals(t)
	testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		in := brandOffer(s, access.Viewer, email)
		in.Scope = scope
		_, err := s.Create().Do(ctx, caller, in)
		return err
	}}.Refusals(t)
}

// TestInviteEscalation has those who may invite somewhere reach for more.
func TestInviteEscalation(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	email := s.Address("mallory")
	initech := brandOffer(s, access.Viewer, email)
	initech.Scope = s.Initech
	for _, c := range []struct {
		name string
		who  testbed.Someone
		in   invitation.CreateInput
		want *fault.Error
	}{
		{"a Brand Admin makes an Organization Admin", s.Bob, testbed.AdminOffer(s.ID, email), access.MissingPermissions(access.ManageUsers)},
		{"a Brand Admin reaches for another brand", s.Bob, testbed.MemberOffer(s.ID, email, s.Brands[1]), access.MissingPermissions(access.ManageUsers)},
		{"a Brand Admin invites to another brand", s.Bob, initech, fault.Unknown()},
		{"a Publisher makes a Brand Admin", s.Cleo, brandOffer(s, access.Admin, email), access.MissingPermissions(access.ManageUsers)},
		{"a Viewer of another brand", s.Dan, brandOffer(s, access.Viewer, email), fault.Unknown()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := s.Create().Do(t.Context(), c.who.Caller, c.in)
				testbed.CheckFault(t, err, c.want)
			})
		})
	}
}

// TestInviteUnknownBrands shows that brands that are not the organization's are refused all at once, by their place.
func TestInviteUnknownBrands(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.DeleteScope(s.Initech)
	in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0], s.Brands[1])
	in.Brands = append(in.Brands, s.Hooli.Brand, "brd_unknown", "", "#", strings.Repeat("b", 3000))
	s.Unchanged(t, s.ID, func() {
		_, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
		var got []string
		for _, field := range testbed.FaultOf(err).Fields {
			got = append(got, field.Pointer+" "+field.Code)
		}
		want := []string{
			"/brands/1 unknown_brand", "/brands/2 unknown_brand", "/brands/3 unknown_brand", "/brands/4 unknown_brand", "/brands/5 unknown_brand", "/brands/6 unknown_brand",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(err, diff)
		}
	})
}

// TestJoinAtOnce shows R4: an account joins an organization without an invitation.
func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	off := false
	for _, c := range []struct {
		name    string
		in      invitation.CreateInput
		role    access.Role
		brands  []member.BrandGrant
		touches []access.Scope
		admins  string
	}{
		{
			"as Member", testbed.MemberOffer(s.ID, "", s.Brands[0]), access.Member,
			[]member.BrandGrant{{BrandRole: inBrand(s, 0, access.Publisher), GrantedBy: by(s.Ada), GrantedAt: testbed.Start, JoinedAt: testbed.Start, Via: member.ViaDirect, Version: 1}},
			[]access.Scope{s.Globex},
			"1",
		},
		{"as Organization Admin", testbed.AdminOffer(s.ID, ""), access.Admin, nil, nil, "2"},
		{
			"a brand", brandOffer(s, access.Viewer, ""), access.Member,
			[]member.BrandGrant{{BrandRole: inBrand(s, 0, access.Viewer), GrantedBy: by(s.Ada), GrantedAt: testbed.Start, JoinedAt: testbed.Start, Via: member.ViaDirect, Version: 1}},
			[]access.Scope{s.Globex},
			"2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			grace := s.Someone("Grace")
			c.in.Invitees = []invitation.Invitee{{Email: " " + strings.ToUpper(grace.User.Email)}}
			c.in.Notify = &off
			var out invitation.CreateOutput
			log := s.Appended(s.Org, func() {
				var err error
				if out, err = s.Create().Do(t.Context(), s.Ada.Caller, c.in); err != nil {
					t.Fatal(err)
				}
			})
			want := member.Membership{
				User: grace.User.Person(), Scope: s.Org, ScopeName: "Acme", Role: c.role, Brands: c.brands, GrantedBy: by(s.Ada), GrantedAt: testbed.Start,
				JoinedAt: testbed.Start, Via: member.ViaDirect, Version: 1, Actions: testbed.Edits("permission_missing", ""),
			}
			if c.role == access.Admin {
				want.Actions = testbed.Edits("own_role", "")
			}
			shown := want // to whoever invites, in the scope invited to
			shown.Actions = testbed.Edits("", "")
			if c.in.Scope == s.Globex {
				shown.Scope, shown.ScopeName, shown.Role, shown.Brands = s.Globex, "Globex", access.Viewer, nil
			}
			result := invitation.Result{Invitee: c.in.Invitees[0], Outcome: invitation.Joined, Membership: &shown}
			if diff := cmp.Diff([]invitation.Result{result}, out.Results, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			got, err := s.GetMember().Do(t.Context(), grace.Caller, member.GetInput{Scope: s.Org, User: "me"})
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
			wantLog := []testbed.Logged{{
				Type: "MemberAdded", Actor: s.Ada.User.ID, Scope: s.Org, Touches: c.touches, User: grace.User.ID, Sequence: "1",
				Fact: event.MemberAdded{User: grace.User.Person(), Via: "direct", GrantedBy: by(s.Ada), After: want.Grant()},
			}}
			if diff := cmp.Diff(wantLog, log); diff != "" {
				t.Error(diff)
			}
			if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != c.admins {
				t.Errorf("%s Admins, want %s", got, c.admins)
			}
		})
	}
}

// TestAskExistingAccounts shows the setting of R4, and that it does not count for a brand and those who are in the organization (R23).
func TestAskExistingAccounts(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	if _, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, ExistingAccounts: new(organization.Ask)}); err != nil {
		t.Fatal(err)
	}
	grace := s.Someone("Grace")
	invited := invite(t, s.Bed, s.Ada, testbed.MemberOffer(s.ID, grace.User.Email, s.Brands[0]))
	if items := s.Items(s.ID); items["ORG#"+s.ID+" MEMBER#"+grace.User.ID] != nil {
		t.Error("Grace is in without having been asked")
	}
	invite(t, s.Bed, s.Bob, brandOffer(s, access.Viewer, grace.User.Email))
	if _, err := accept(t, s.Bed, grace, invited); err != nil {
		t.Error(err)
	}

	var out invitation.CreateOutput
	log := s.Appended(s.Org, func() {
		var err error
		if out, err = s.Create().Do(t.Context(), s.Bob.Caller, brandOffer(s, access.Publisher, s.Dan.User.Email)); err != nil {
			t.Fatal(err)
		}
	})
	if out.Results[0].Outcome != invitation.Joined {
		t.Fatalf("Dan is in the organization: %+v", out.Results[0])
	}
	wantDan := member.Membership{ // as a Brand Admin sees him: nothing of other brands (R25)
		User: s.Dan.User.Person(), Scope: s.Globex, ScopeName: "Globex", Role: access.Publisher, GrantedBy: by(s.Bob), GrantedAt: testbed.Start,
		JoinedAt: testbed.Start, Via: member.ViaDirect, Version: 2, Actions: testbed.Edits("", ""),
	}
	if diff := cmp.Diff(wantDan, *out.Results[0].Membership); diff != "" {
		t.Error(diff)
	}
	wantGrant := access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(s, 0, access.Publisher), inBrand(s, 1, access.Viewer)}}
	dan, err := s.GetMember().Do(t.Context(), s.Dan.Caller, member.GetInput{Scope: s.Org, User: "me"})
	if diff := cmp.Diff(wantGrant, dan.Grant()); err != nil || diff != "" || dan.ScopeName != "Acme" || dan.Version != 2 {
		t.Errorf("%+v, %v %s", dan, err, diff)
	}
	wantLog := []testbed.Logged{{
		Type: "MemberRoleChanged", Actor: s.Bob.User.ID, Scope: s.Org, Touches: []access.Scope{s.Globex}, User: s.Dan.User.ID, Sequence: "2",
		Fact: event.MemberRoleChanged{
			User: s.Dan.User.Person(), Via: "direct", GrantedBy: by(s.Bob), Notify: true, After: wantGrant,
			Before: access.Grant{Role: access.Member, Brands: wantGrant.Brands[1:]},
		},
	}}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
}

// TestInviteMembers shows R14 and R23: who is in already is named.
func TestInviteMembers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, c := range []struct {
		name string
		in   invitation.CreateInput
		code string
		id   string
	}{
		{"a Member", testbed.MemberOffer(s.ID, s.Dan.User.Email, s.Brands[0]), "already_member", s.Dan.User.ID},
		{"a Member as Admin", testbed.AdminOffer(s.ID, s.Dan.User.Email), "already_member", s.Dan.User.ID},
		{"an Admin", testbed.AdminOffer(s.ID, strings.ToUpper(s.Ada.User.Email)), "already_member", s.Ada.User.ID},
		{"in the brand", brandOffer(s, access.Viewer, s.Cleo.User.Email), "already_member", s.Cleo.User.ID},
		{"with a higher role in the brand", brandOffer(s, access.Admin, s.Cleo.User.Email), "already_member", s.Cleo.User.ID},
		{"an Organization Admin to a brand", brandOffer(s, access.Viewer, s.Ada.User.Email), "already_organization_admin", s.Ada.User.ID},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := s.Create().Do(t.Context(), s.Ada.Caller, c.in)
				testbed.CheckCode(t, err, fault.Conflict, c.code)
				if got := testbed.FaultOf(err).ExistingID; got != c.id {
					t.Errorf("names %q, want %q", got, c.id)
				}
			})
		})
	}
}

// TestInviteUnprovenAccount shows that an address somebody merely claims is that of nobody: it gets an invitation.
func TestInviteUnprovenAccount(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	email := s.Address("claimed")
	if _, err := s.Register().Do(t.Context(), request.Request{}, registration(s, email)); err != nil {
		t.Fatal(err)
	}
	invite(t, s.Bed, s.Ada, testbed.MemberOffer(s.ID, email, s.Brands[0]))
}

// registration is a sign-up whose address is not verified.
func registration(s *testbed.Scene, email string) account.RegisterInput {
	return account.RegisterInput{Issuer: "https://issuer.test", Subject: s.NewID(), Email: email, Name: "Unproven"}
}
