package invitation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestAcceptFromAnInviterWithoutRights shows R16: who may no longer give it gives nothing, everybody sees it, and sending it again mends it.
func TestAcceptFromAnInviterWithoutRights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		who  func(s *testbed.Scene, otto testbed.Someone) testbed.Someone
		in   func(s *testbed.Scene) invitation.CreateInput
		lose func(s *testbed.Scene, inviter string)
	}{
		{"an Admin demoted", isOtto, toOrg, demote},
		{"an Admin removed", isOtto, toOrg, drop},
		{"an Admin demoted, to Admin", isOtto, func(s *testbed.Scene) invitation.CreateInput { return testbed.AdminOffer(s.ID, "") }, demote},
		{"an Admin demoted, to a brand", isOtto, toGlobex, demote},
		{"a Brand Admin demoted", isBob, toGlobex, demote},
		{"a Brand Admin removed", isBob, toGlobex, drop},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			otto := s.Someone("Otto")
			s.Promote(s.Ada, s.ID, otto)
			inviter := c.who(s, otto)
			in := c.in(s)
			in.Invitees = []invitation.Invitee{{Email: s.Address("grace")}}
			i := invite(t, s.Bed, inviter, in)
			grace := s.SomeoneWith("Grace", i.Invitee.Email)
			c.lose(s, inviter.User.ID)

			log := s.Appended(s.Org, func() {
				for _, locator := range []invitation.Locator{byLink(i), byID(i), byLink(i)} { // the second time nothing happens any more
					_, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: locator})
					testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
				}
				testbed.CheckCode(t, decline(t, s.Bed, grace, i), fault.Conflict, "invalid_grant")
			})
			want := event.InvitationInvalidated{Invitation: fact(i, invitation.InvalidGrant, 1), Reason: "inviter_lost_rights"}
			if len(log) != 1 || cmp.Diff(event.Fact(want), log[0].Fact) != "" || log[0].Actor != "system" || log[0].Sequence != "2" || log[0].Scope != i.Scope {
				t.Errorf("log %+v", log)
			}
			statusIs(t, s, i, invitation.InvalidGrant)
			if guard := s.Guarded(i.Scope, i.InviteeKey); guard != "" {
				t.Errorf("the guard of %s is left", guard)
			}
			if items := s.Items(s.ID); items["ORG#"+s.ID+" MEMBER#"+grace.User.ID] != nil {
				t.Error("Grace is in")
			}
			again := resend(t, s.Bed, s.Ada, i)
			if joined, err := accept(t, s.Bed, grace, again); err != nil || joined.GrantedBy.ID != s.Ada.User.ID {
				t.Errorf("sent again by Ada: %+v, %v", joined, err)
			}
		})
	}
}

func isOtto(_ *testbed.Scene, otto testbed.Someone) testbed.Someone { return otto }
func isBob(s *testbed.Scene, _ testbed.Someone) testbed.Someone     { return s.Bob }
func toOrg(s *testbed.Scene) invitation.CreateInput {
	return testbed.MemberOffer(s.ID, "", s.Brands...)
}

func toGlobex(s *testbed.Scene) invitation.CreateInput { return brandOffer(s, access.Viewer) }

func demote(s *testbed.Scene, user string) { s.SetRole(s.ID, user, access.Member) }
func drop(s *testbed.Scene, user string)   { s.EraseMember(s.ID, user) }

// TestAcceptFromAnInviterWithEnoughRights shows that what counts is what the inviter may give now, not what they were.
func TestAcceptFromAnInviterWithEnoughRights(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	i := invite(t, s.Bed, otto, brandOffer(s, access.Admin, s.Address("grace")))
	item := s.Item("ORG#"+s.ID, "MEMBER#"+s.Bob.User.ID) // Otto becomes what Bob is: Admin of this brand
	s.Copies(item, 1, []string{s.Bob.User.ID, "Bob"}, func(int) []string { return []string{otto.User.ID, "Otto"} })
	if joined, err := accept(t, s.Bed, s.SomeoneWith("Grace", i.Invitee.Email), i); err != nil || joined.Brands[0].Role != access.Admin {
		t.Errorf("%+v, %v", joined, err)
	}
}

// TestAcceptOnesOwnInvitation has the inviter prove the invited address. They hold what they offered, so nothing is added.
func TestAcceptOnesOwnInvitation(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	in := registration(s, s.Address("first-address"))
	in.EmailVerified = true
	signIn := func() testbed.Someone {
		t.Helper()
		user, err := s.Register().Do(t.Context(), request.Request{}, in)
		if err != nil {
			t.Fatal(err)
		}
		return testbed.Someone{Caller: testbed.Caller(user.ID), User: user}
	}
	bea := signIn()
	s.Join(s.Ada, s.Brands[0], access.Admin, bea)
	in.Email = s.Address("second-address")
	i := invite(t, s.Bed, bea, brandOffer(s, access.Publisher, in.Email))
	bea = signIn()
	log := s.Appended(s.Org, func() {
		if joined, err := accept(t, s.Bed, bea, i); err != nil || joined.Version != 1 || joined.Brands[0].Role != access.Admin {
			t.Errorf("%+v, %v", joined, err)
		}
	})
	if diff := cmp.Diff([]string{"InvitationAccepted"}, testbed.Types(log)); diff != "" {
		t.Error(diff)
	}
}

// TestAcceptWhatIsLeft shows R26: of deleted brands the rest is granted, nothing when nothing is left.
func TestAcceptWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	both, one := s.Invite(s.Ada.Caller, s.ID, s.Address("both"), s.Brands...), s.Pending(s.Address("one"))
	inGlobex := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("brand")))
	people := map[string]testbed.Someone{}
	for _, i := range []invitation.Invitation{both, one, inGlobex} {
		people[i.ID] = s.SomeoneWith("Grace", i.Invitee.Email)
	}
	s.DeleteScope(s.Globex)
	var joined member.Membership
	var err error
	log := s.Appended(s.Org, func() { joined, err = accept(t, s.Bed, people[both.ID], both) })
	if err != nil || len(joined.Brands) != 1 || joined.Brands[0].ID != s.Initech.Brand {
		t.Fatalf("what is left: %+v, %v", joined, err)
	}
	got, err := s.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: s.Org, ID: both.ID})
	if diff := cmp.Diff(joined.Grant().Brands, got.Brands); diff != "" || err != nil {
		t.Errorf("the invitation (-granted +shown), %v: %s", err, diff)
	}
	accepted, isAccepted := log[0].Fact.(event.InvitationAccepted)
	added, isAdded := log[1].Fact.(event.MemberAdded)
	if !isAccepted || !isAdded || cmp.Diff(joined.Grant(), accepted.Invitation.Offer) != "" || cmp.Diff(joined.Grant(), added.After) != "" ||
		slices.Contains(append(log[0].Touches, log[1].Touches...), s.Globex) {
		t.Errorf("the log says %+v", log)
	}
	log = s.Appended(s.Org, func() {
		_, err = accept(t, s.Bed, people[one.ID], one)
		testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
		if text := fault.Of(err).Message; !strings.Contains(text, "deleted") {
			t.Errorf("it says %q", text)
		}
	})
	if preview, err := s.Preview().Do(t.Context(), request.Caller{}, invitation.PreviewInput{Token: testbed.Token(one.AcceptURL)}); err != nil ||
		preview.Status != invitation.InvalidGrant || preview.Reason != invitation.ReasonBrandsDeleted {
		t.Errorf("the link shows %+v, %v", preview, err)
	}
	want := event.InvitationInvalidated{Invitation: fact(one, invitation.InvalidGrant, 1), Reason: "brands_deleted"}
	if len(log) != 1 || cmp.Diff(event.Fact(want), log[0].Fact) != "" {
		t.Errorf("log %+v", log)
	}
	s.Unchanged(t, s.ID, func() {
		for _, locator := range []invitation.Locator{byLink(inGlobex), byID(inGlobex)} {
			_, err = s.Accept().Do(t.Context(), people[inGlobex.ID].Caller, invitation.AcceptInput{Locator: locator})
			testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
		}
		_, err = s.Accept().Do(t.Context(), s.Eve.Caller, invitation.AcceptInput{Locator: byID(inGlobex)})
		testbed.CheckFault(t, err, fault.Unknown())
	})
}

// TestAcceptInADeletedOrganization finds nothing to get into. By id, nobody but the invitee learns that there was something.
func TestAcceptInADeletedOrganization(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	s.DeleteScope(s.Org)
	s.Unchanged(t, s.ID, func() {
		for _, locator := range []invitation.Locator{byLink(i), byID(i)} {
			_, err := s.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: locator})
			testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
			_, err = s.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: locator})
			testbed.CheckCode(t, err, fault.Gone, "scope_deleted")
		}
		_, err := s.Accept().Do(t.Context(), s.Eve.Caller, invitation.AcceptInput{Locator: byID(i)})
		testbed.CheckFault(t, err, fault.Unknown())
		_, err = s.Decline().Do(t.Context(), s.Eve.Caller, invitation.DeclineInput{Locator: byID(i)})
		testbed.CheckFault(t, err, fault.Unknown())
	})
}
