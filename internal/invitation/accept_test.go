package invitation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// given is a role in a brand of the scene that somebody got by an invitation.
func given(s *testbed.Scene, n int, role access.Role, from testbed.Someone) member.BrandGrant {
	return member.BrandGrant{BrandRole: inBrand(s, n, role), GrantedBy: by(from), GrantedAt: s.Now(), JoinedAt: s.Now(), Via: member.ViaInvitation, Version: 1}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Advance(1500 * time.Millisecond)
	for _, c := range []struct {
		name    string
		who     testbed.Someone
		in      invitation.CreateInput
		locate  func(invitation.Invitation) invitation.Locator
		role    access.Role
		brands  []member.BrandGrant
		touches []access.Scope
		admins  string
	}{
		{
			"as Member", s.Ada, testbed.MemberOffer(s.ID, "", s.Brands...), byLink, access.Member,
			[]member.BrandGrant{given(s, 0, access.Publisher, s.Ada), given(s, 1, access.Publisher, s.Ada)},
			[]access.Scope{s.Globex, s.Initech},
			"1",
		},
		{"as Organization Admin", s.Ada, testbed.AdminOffer(s.ID, ""), byID, access.Admin, nil, nil, "2"},
		{"a brand", s.Bob, brandOffer(s, access.Admin), byLink, access.Member, []member.BrandGrant{given(s, 0, access.Admin, s.Bob)}, []access.Scope{s.Globex}, "2"},
		{"a brand by id", s.Bob, brandOffer(s, access.Viewer), byID, access.Member, []member.BrandGrant{given(s, 0, access.Viewer, s.Bob)}, []access.Scope{s.Globex}, "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := s.Address("Grace")
			c.in.Invitees = []invitation.Invitee{{Email: address}}
			i := invite(t, s.Bed, c.who, c.in)
			grace := s.SomeoneWith("Grace", strings.ToUpper(address))
			var got member.Membership
			log := s.Appended(s.Org, func() {
				var err error
				if got, err = s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: c.locate(i)}); err != nil {
					t.Fatal(err)
				}
			})
			want := member.Membership{
				User: grace.User.Person(), Scope: s.Org, ScopeName: "Acme", Role: c.role, Brands: c.brands, GrantedBy: by(c.who), GrantedAt: s.Now(),
				JoinedAt: s.Now(), Via: member.ViaInvitation, Version: 1, Actions: testbed.Edits("permission_missing", ""),
			}
			if c.role == access.Admin {
				want.Actions = testbed.Edits("own_role", "")
			}
			if c.brands == nil {
				want.Brands = []member.BrandGrant{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			after := stored(t, s, i.ID)
			if after.Status != invitation.Accepted || after.RespondedAt == nil || !after.RespondedAt.Equal(s.Now()) || after.AcceptedBy != grace.User.ID || after.Version != 2 {
				t.Errorf("the invitation is %+v", after)
			}
			if guard := s.Guarded(c.in.Scope, i.InviteeKey); guard != "" {
				t.Errorf("the guard of %s is left", guard)
			}
			var offered []access.Scope
			for _, scope := range append([]access.Scope{s.Org}, c.touches...) {
				if scope != c.in.Scope {
					offered = append(offered, scope)
				}
			}
			wantLog := []testbed.Logged{
				{
					Type: "InvitationAccepted", Actor: grace.User.ID, Scope: c.in.Scope, Touches: offered, User: grace.User.ID, Sequence: "2",
					Fact: event.InvitationAccepted{Invitation: fact(i, invitation.Accepted, 1), User: grace.User.Person()},
				},
				{
					Type: "MemberAdded", Actor: grace.User.ID, Scope: s.Org, Touches: c.touches, User: grace.User.ID, Sequence: "1",
					Fact: event.MemberAdded{User: grace.User.Person(), Via: "invitation", GrantedBy: by(c.who), Invitation: i.ID, After: want.Grant()},
				},
			}
			if diff := cmp.Diff(wantLog, log); diff != "" {
				t.Error(diff)
			}
			if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != c.admins {
				t.Errorf("%s Admins, want %s", got, c.admins)
			}
			// A second click changes nothing and answers the same.
			s.Unchanged(t, s.ID, func() {
				for _, locator := range []invitation.Locator{byLink(i), byID(i)} {
					again, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: locator})
					want := got
					if want.Brands = nil; len(c.brands) > 0 {
						want.Brands = c.brands
					}
					if diff := cmp.Diff(want, again); err != nil || diff != "" {
						t.Error(err, diff)
					}
				}
			})
		})
	}
}

// TestAcceptByOthers shows R15: only who has proved the invited address may answer, whatever link they hold.
func TestAcceptByOthers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	i := s.Pending(address)
	unproven, err := s.Register().Do(t.Context(), request.Request{}, registration(s, address))
	if err != nil {
		t.Fatal(err)
	}
	wrong := fault.New(fault.Forbidden, "wrong_account", "This invitation is for another e-mail address than the one you are signed in with.")
	unverified := fault.New(fault.Forbidden, "email_not_verified", "Verify your e-mail address first, then answer the invitation.")
	newcomer := fault.New(fault.Forbidden, "not_registered", "You have no Prism account yet. Sign in to the console once to create it.")
	anonymous := fault.New(fault.Unauthenticated, "not_signed_in", "Sign in first.")
	elsewhere := byID(i)
	elsewhere.Scope = s.Globex
	foreign := byID(i)
	foreign.Scope = s.Elsewhere
	for _, c := range []struct {
		name    string
		caller  request.Caller
		locator invitation.Locator
		want    *fault.Error
	}{
		{"signed out", request.Caller{}, byLink(i), anonymous},
		{"signed out by id", request.Caller{}, byID(i), anonymous},
		{"somebody else", s.Eve.Caller, byLink(i), wrong},
		{"somebody else by id", s.Eve.Caller, byID(i), fault.Unknown()},
		{"the inviter", s.Ada.Caller, byLink(i), wrong},
		{"the inviter by id", s.Ada.Caller, byID(i), fault.Unknown()},
		{"the address, not proven", testbed.Caller(unproven.ID), byLink(i), unverified},
		{"the address, not proven, by id", testbed.Caller(unproven.ID), byID(i), unverified},
		{"not registered", testbed.Caller("usr_" + s.NewID()), byLink(i), newcomer},
		{"the right one in another scope", testbed.Caller(unproven.ID), elsewhere, fault.Unknown()},
		{"the right one in another tenant", testbed.Caller(unproven.ID), foreign, fault.Unknown()},
		{"an unknown id", testbed.Caller(unproven.ID), invitation.Locator{Scope: s.Org, ID: "inv_" + s.NewID()}, fault.Unknown()},
		{"no id", testbed.Caller(unproven.ID), invitation.Locator{Scope: s.Org}, fault.Unknown()},
		{"an odd id", testbed.Caller(unproven.ID), invitation.Locator{Scope: access.Organization("#"), ID: strings.Repeat("i", 3000)}, fault.Unknown()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() {
				_, err := s.Accept().Do(t.Context(), c.caller, invitation.AcceptInput{Locator: c.locator})
				testbed.CheckFault(t, err, c.want)
				_, err = s.Decline().Do(t.Context(), c.caller, invitation.DeclineInput{Locator: c.locator})
				if c.caller.User == "" && c.locator.Token != "" { // who holds the link has to type the address instead
					testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
					return
				}
				testbed.CheckFault(t, err, c.want)
			})
		})
	}

	// Used by the right one, it is used for all others.
	grace := s.SomeoneWith("Grace", address)
	if _, err := accept(t, s.Bed, grace, i); err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		_, err := accept(t, s.Bed, s.Eve, i)
		testbed.CheckCode(t, err, fault.Conflict, "invitation_accepted")
		_, err = s.Accept().Do(t.Context(), s.Eve.Caller, invitation.AcceptInput{Locator: byID(i)})
		testbed.CheckFault(t, err, fault.Unknown())
	})
	// Removed since, the old link leads nowhere.
	s.EraseMember(s.ID, grace.User.ID)
	_, err = accept(t, s.Bed, grace, i)
	testbed.CheckCode(t, err, fault.Conflict, "invitation_accepted")
}

// TestAcceptAfterTheAddressMoved shows that the invitation follows the address, not the account (R31).
func TestAcceptAfterTheAddressMoved(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	former := s.SomeoneWith("Former", i.Invitee.Email)
	heir := s.SomeoneWith("Heir", i.Invitee.Email)
	_, err := accept(t, s.Bed, former, i)
	testbed.CheckCode(t, err, fault.Forbidden, "email_not_verified")
	if joined, err := accept(t, s.Bed, heir, i); err != nil || joined.User.ID != heir.User.ID {
		t.Errorf("%+v, %v", joined, err)
	}
}

// TestAcceptByTheClock shows the second in which an invitation ends, with its guard still in the table (pitfall 1).
func TestAcceptByTheClock(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Advance(700 * time.Millisecond)
	first, second := s.Pending(s.Address("grace")), s.Pending(s.Address("bea"))
	if want := testbed.Start.Add(week); !first.ExpiresAt.Equal(want) {
		t.Fatalf("expires %s, want %s", first.ExpiresAt, want)
	}
	grace, bea := s.SomeoneWith("Grace", first.Invitee.Email), s.SomeoneWith("Bea", second.Invitee.Email)
	s.Advance(week - 701*time.Millisecond)
	if _, err := accept(t, s.Bed, grace, first); err != nil {
		t.Errorf("a millisecond before: %v", err)
	}
	for range 3 {
		s.Advance(time.Millisecond)
		s.Unchanged(t, s.ID, func() {
			_, err := accept(t, s.Bed, bea, second)
			testbed.CheckCode(t, err, fault.Gone, "invitation_expired")
			testbed.CheckCode(t, decline(t, s.Bed, bea, second), fault.Gone, "invitation_expired")
		})
	}
	// Expiry stands in the write itself, not only in what was decided before it.
	late := second
	late.Status, late.Version, late.AcceptedBy = invitation.Accepted, 2, bea.User.ID
	change, _ := member.Add(nil, member.Left{}, bea.User.Person(), s.Org, "Acme", second.Offer(), member.Given{By: by(s.Ada), At: s.Now(), Via: member.ViaInvitation})
	s.Unchanged(t, s.ID, func() {
		for _, now := range []time.Time{second.ExpiresAt, second.ExpiresAt.Add(time.Millisecond), second.ExpiresAt.In(time.FixedZone("behind", -3600))} {
			for _, err := range []error{
				s.Table.AcceptInvitation(t.Context(), late, change, now, audit.Trail{}),
				s.Table.DeclineInvitation(t.Context(), late, now, audit.Trail{}),
				s.Table.InvalidateInvitation(t.Context(), late, now, audit.Trail{}),
			} {
				if !request.IsOvertaken(err) {
					t.Errorf("written at %s: %v", now, err)
				}
			}
		}
	})
	if err := s.Table.AcceptInvitation(t.Context(), late, change, second.ExpiresAt.Add(-time.Millisecond), audit.Trail{}); err != nil {
		t.Errorf("a millisecond before: %v", err)
	}
}

// TestAcceptFinished answers what is not open any more.
func TestAcceptFinished(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	i := s.Pending(address)
	grace := s.SomeoneWith("Grace", address)
	if err := decline(t, s.Bed, grace, i); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status string
		kind   fault.Kind
		code   string
	}{
		{"declined", fault.Conflict, "invitation_declined"},
		{"invalid_grant", fault.Conflict, "invalid_grant"},
		{"closed", fault.Gone, "invitation_closed"},
		{"expired", fault.Gone, "invitation_expired"},
	} {
		s.SetStatus(s.Org, i.ID, i.InviteeKey, c.status)
		s.Unchanged(t, s.ID, func() {
			_, err := accept(t, s.Bed, grace, i)
			testbed.CheckCode(t, err, c.kind, c.code)
			_, err = accept(t, s.Bed, s.Eve, i) // whoever holds the link learns the same
			testbed.CheckCode(t, err, c.kind, c.code)
			if c.status != "declined" {
				testbed.CheckCode(t, decline(t, s.Bed, grace, i), c.kind, c.code)
			}
		})
	}
}

func TestAcceptOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i, other := s.Pending(s.Address("grace")), invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("x")))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	caller := testbed.WithKey(grace.Caller, "click", "accept")
	first, err := s.Accept().Do(t.Context(), caller, invitation.AcceptInput{Locator: byLink(i)})
	if err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		again, err := s.Accept().Do(t.Context(), caller, invitation.AcceptInput{Locator: byLink(i)})
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	// The key of this request does not do for another one.
	moved := s.SomeoneWith("Grace", other.Invitee.Email)
	reused := testbed.WithKey(moved.Caller, "click", "accept")
	if _, err := s.Accept().Do(t.Context(), reused, invitation.AcceptInput{Locator: byLink(other)}); err != nil {
		t.Errorf("another person's key: %v", err)
	}
	third := s.Pending(s.Address("third"))
	again := s.SomeoneWith("Grace", third.Invitee.Email)
	used := testbed.WithKey(again.Caller, "click", "something else")
	if _, err := s.Decline().Do(t.Context(), testbed.WithKey(again.Caller, "click", "decline"), invitation.DeclineInput{Locator: byLink(third)}); err != nil {
		t.Fatal(err)
	}
	resent := resend(t, s.Bed, s.Ada, third)
	s.Unchanged(t, s.ID, func() {
		_, err = s.Accept().Do(t.Context(), used, invitation.AcceptInput{Locator: byLink(resent)})
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
	})
}
