package invitation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestAcceptMeanwhile changes what an accept has read just before it writes. It decides again from what is true then.
func TestAcceptMeanwhile(t *testing.T) {
	t.Parallel()
	accepted := []string{"InvitationAccepted", "MemberAdded"}
	for name, c := range map[string]struct {
		change func(t *testing.T, s *testbed.Scene, i invitation.Invitation, otto testbed.Someone)
		code   string
		log    []string
	}{
		"nothing": {func(*testing.T, *testbed.Scene, invitation.Invitation, testbed.Someone) {}, "", accepted},
		"the inviter touched": {func(_ *testing.T, s *testbed.Scene, _ invitation.Invitation, otto testbed.Someone) {
			s.Touch(s.ID, otto.User.ID)
		}, "", accepted},
		"the inviter demoted": {func(_ *testing.T, s *testbed.Scene, _ invitation.Invitation, otto testbed.Someone) {
			s.SetRole(s.ID, otto.User.ID, access.Member)
		}, "invalid_grant", []string{"InvitationInvalidated"}},
		"the inviter removed": {func(_ *testing.T, s *testbed.Scene, _ invitation.Invitation, otto testbed.Someone) {
			s.EraseMember(s.ID, otto.User.ID)
		}, "invalid_grant", []string{"InvitationInvalidated"}},
		"sent again": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation, _ testbed.Someone) {
			resend(t, s.Bed, s.Ada, i)
		}, "invitation_superseded", []string{"InvitationResent"}},
		"deleted": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation, _ testbed.Someone) {
			must(t, remove(t, s.Bed, s.Ada, i))
		}, "invitation_deleted", []string{"InvitationDeleted"}},
		"expired": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation, _ testbed.Someone) {
			s.Advance(week)
			expired(t, s.Bed, i, 1)
		}, "invitation_expired", []string{"InvitationExpired"}},
		"closed": {func(_ *testing.T, s *testbed.Scene, i invitation.Invitation, _ testbed.Someone) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "closed")
		}, "invitation_closed", nil},
		"joined in another way": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation, _ testbed.Someone) {
			grace := brandOffer(s, access.Viewer, i.Invitee.Email)
			grace.Scope = s.Initech
			_, err := s.Create().Do(t.Context(), s.Ada.Caller, grace)
			must(t, err)
		}, "", []string{"MemberAdded", "InvitationAccepted", "MemberRoleChanged"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			otto := s.Someone("Otto")
			s.Promote(s.Ada, s.ID, otto)
			i := invite(t, s.Bed, otto, testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0]))
			grace := s.SomeoneWith("Grace", i.Invitee.Email)
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { c.change(t, s, i, otto) }))
			log := s.Appended(s.Org, func() {
				_, err := accept(t, s.Bed, grace, i)
				if c.code == "" {
					must(t, err)
				} else {
					failsWith(t, err, c.code)
				}
			})
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" && len(c.log)+len(log) > 0 {
				t.Error(diff)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// TestAcceptNothingMoreMeanwhile takes the membership away that made the offer add nothing, just before the accept is written.
func TestAcceptNothingMoreMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	s.Join(s.Ada, s.Brands[0], access.Admin, grace)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { s.EraseMember(s.ID, grace.User.ID) }))
	joined, err := accept(t, s.Bed, grace, i)
	if err != nil || joined.Brands[0].Role != access.Publisher {
		t.Errorf("%+v, %v", joined, err)
	}
	if items := s.Items(s.ID); items["ORG#"+s.ID+" MEMBER#"+grace.User.ID] == nil {
		t.Error("accepted, and not in")
	}
}

// TestAcceptAsAdminMeanwhile takes the whole organization away just before somebody becomes its Admin: their count does not bring it back.
func TestAcceptAsAdminMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	i := invite(t, s.Bed, s.Ada, testbed.AdminOffer(s.ID, s.Address("grace")))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { s.EraseOrganization(s.ID) }))
	_, err := accept(t, s.Bed, grace, i)
	failsWith(t, err, "scope_deleted")
	if items := s.Items(s.ID); items["ORG#"+s.ID+" ORG"] != nil || items["ORG#"+s.ID+" MEMBER#"+grace.User.ID] != nil {
		t.Error("something came back")
	}
}

// TestAcceptAsMemberMeanwhile gives the invitee another brand just before their accept is written: nothing of it is lost.
func TestAcceptAsMemberMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	umbrella, err := s.CreateBrand().Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: "Umbrella"})
	must(t, err)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { s.Join(s.Ada, umbrella, access.Admin, grace) }))
	joined, err := accept(t, s.Bed, grace, i)
	if err != nil || len(joined.Brands) != 3 || joined.Version != 3 {
		t.Errorf("%+v, %v", joined, err)
	}
	consistent(t, s.Bed, s.ID)
}

// TestDeleteMeanwhile accepts an invitation just before it is deleted: what is deleted then is the accepted one.
func TestDeleteMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	for version, code := range map[int]string{0: "", 1: "stale_version"} {
		i := s.Pending(s.Address("grace"))
		grace := s.SomeoneWith("Grace", i.Invitee.Email)
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			_, err := accept(t, s.Bed, grace, i)
			must(t, err)
		}))
		_, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: s.Org, ID: i.ID, IfMatch: version})
		if code != "" {
			failsWith(t, err, code)
		} else {
			must(t, err)
		}
	}
	consistent(t, s.Bed, s.ID)
}

// TestResendMeanwhile changes the invitation just before it is sent again.
func TestResendMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, s *testbed.Scene, i invitation.Invitation)
		code   string
		log    []string
	}{
		"declined": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(i), Email: i.Invitee.Email})
			must(t, err)
		}, "", []string{"InvitationDeclined", "InvitationResent"}},
		"deleted": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) { must(t, remove(t, s.Bed, s.Ada, i)) }, "not_found", []string{"InvitationDeleted"}},
		"closed": {func(_ *testing.T, s *testbed.Scene, i invitation.Invitation) {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "closed")
		}, "invitation_closed", nil},
		"sent again": {func(t *testing.T, s *testbed.Scene, i invitation.Invitation) {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
			must(t, err)
		}, "too_many_resends", []string{"InvitationResent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			i := s.Pending(s.Address("grace"))
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { c.change(t, s, i) }))
			log := s.Appended(s.Org, func() {
				_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: i.ID})
				if c.code == "" {
					must(t, err)
				} else {
					failsWith(t, err, c.code)
				}
			})
			if diff := cmp.Diff(c.log, testbed.Types(log)); diff != "" && len(c.log)+len(log) > 0 {
				t.Error(diff)
			}
		})
	}
}

// TestResendOverAnotherMeanwhile opens another invitation for the person just before a declined one is sent again.
func TestResendOverAnotherMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	declined := s.Pending(s.Address("grace"))
	_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(declined), Email: declined.Invitee.Email})
	must(t, err)
	var open invitation.Invitation
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { open = s.Pending(declined.Invitee.Email) }))
	_, err = s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: declined.ID})
	failsWith(t, err, "invitation_pending")
	if got := testbed.FaultOf(err).ExistingID; got == "" || got != open.ID {
		t.Errorf("names %q, want %q", got, open.ID)
	}
}

// TestInviteMeanwhile lets somebody else be faster just before an invitation, or a membership at once, is stored.
func TestInviteMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	address, grace := s.Address("new"), s.Someone("Grace")
	both := testbed.MemberOffer(s.ID, address, s.Brands[0])
	both.Invitees = append(both.Invitees, invitation.Invitee{Email: s.Address("another")}, invitation.Invitee{Email: grace.User.Email})
	var faster invitation.Invitation
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		faster = s.Pending(address)
		s.Join(s.Ada, s.Brands[1], access.Viewer, grace)
	}))
	out, err := s.Create().Do(t.Context(), s.Ada.Caller, both)
	if err != nil {
		t.Fatal(err)
	}
	if e := out.Results[0].Error; e == nil || e.Code != "invitation_pending" || e.ExistingID != faster.ID {
		t.Errorf("the invited one: %+v", out.Results[0])
	}
	if out.Results[1].Outcome != invitation.Invited {
		t.Errorf("the new one: %+v", out.Results[1])
	}
	if e := out.Results[2].Error; e == nil || e.Code != "already_member" || e.ExistingID != grace.User.ID {
		t.Errorf("the one who joined: %+v", out.Results[2])
	}
	consistent(t, s.Bed, s.ID)
}

// TestInviteManyWithARightLostMeanwhile takes the inviter's right away between the transactions of one call. Who is in the first is invited, nobody
// else, and they are told why.
func TestInviteManyWithARightLostMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose func(s *testbed.Scene, user string)
		code string
	}{
		"demoted": {func(s *testbed.Scene, user string) { s.SetRole(s.ID, user, access.Member) }, "permission_missing"},
		"removed": {func(s *testbed.Scene, user string) { s.EraseMember(s.ID, user) }, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			in := crowd(s, 40)
			var before map[string]testbed.Item
			proxy.Inject("TransactWriteItems", 2, tableproxy.Before(func() {
				c.lose(s, s.Ada.User.ID)
				before = s.Items(s.ID)
			}))
			out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
			if err != nil || len(out.Results) != len(in.Invitees) {
				t.Fatalf("%d results, %v", len(out.Results), err)
			}
			first := 0 // so many are in the first transaction
			for key := range before {
				if strings.Contains(key, " INVITATION#") {
					first++
				}
			}
			if first == 0 || first == len(in.Invitees) {
				t.Fatalf("the first transaction invited %d", first)
			}
			for i, result := range out.Results {
				isIn := result.Outcome == invitation.Invited && before["ORG#"+s.ID+" INVITATION#"+result.Invitation.ID] != nil
				isRefused := result.Outcome == invitation.Failed && result.Error.Code == c.code
				if i < first && !isIn || i >= first && !isRefused {
					t.Errorf("number %d of %d: %+v", i, first, result)
				}
			}
			if diff := cmp.Diff(before, s.Items(s.ID)); diff != "" {
				t.Errorf("something was written without the right (-before +after):\n%s", diff)
			}
		})
	}
}
