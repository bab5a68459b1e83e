package invitation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestDelete removes invitations in each status (R2): the link is dead, the trace stays, the person can be invited again.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, bring := range map[string]func(i invitation.Invitation, who testbed.Someone) error{
		"pending":  func(invitation.Invitation, testbed.Someone) error { return nil },
		"declined": func(i invitation.Invitation, who testbed.Someone) error { return decline(t, s.Bed, who, i) },
		"accepted": func(i invitation.Invitation, who testbed.Someone) error {
			_, err := accept(t, s.Bed, who, i)
			return err
		},
		"closed": func(i invitation.Invitation, _ testbed.Someone) error {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "closed")
			return nil
		},
		"expired": func(i invitation.Invitation, _ testbed.Someone) error {
			s.Advance(week)
			s.RemoveGuard(s.Org, i.InviteeKey)
			expired(t, s.Bed, i, 1)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := s.Address(name)
			i := s.Pending(address)
			grace := s.SomeoneWith("Grace", address)
			if err := bring(i, grace); err != nil {
				t.Fatal(err)
			}
			before := stored(t, s, i.ID)
			log := s.Appended(s.Org, func() {
				in := invitation.DeleteInput{Scope: s.Org, ID: i.ID, IfMatch: before.Version}
				if _, err := s.Delete().Do(t.Context(), s.Ada.Caller, in); err != nil {
					t.Fatal(err)
				}
			})
			if diff := cmp.Diff([]string{"InvitationDeleted"}, testbed.Types(log)); diff != "" {
				t.Fatal(diff)
			}
			wantFact := event.InvitationDeleted{Invitation: fact(before, before.Status, 1)}
			if diff := cmp.Diff(event.Fact(wantFact), log[0].Fact); diff != "" || log[0].Actor != s.Ada.User.ID || log[0].Sequence != next(before) {
				t.Errorf("%+v %s", log[0], diff)
			}
			items := s.Items(s.ID)
			if items["ORG#"+s.ID+" INVITATION#"+i.ID] != nil || items["INVITED#ORG#"+s.ID+" "+i.InviteeKey] != nil {
				t.Error("something of it is left")
			}
			_, err := accept(t, s.Bed, grace, i)
			testbed.CheckCode(t, err, fault.Gone, "invitation_deleted")
			testbed.CheckFault(t, remove(t, s.Bed, s.Ada, i), fault.Unknown())
			if name != "accepted" {
				in := testbed.MemberOffer(s.ID, s.Address("x"), s.Brands[0])
				in.Invitees[0].Email = address
				if out, err := s.Create().Do(t.Context(), s.Ada.Caller, in); err != nil || out.Failed() {
					t.Errorf("invited again: %+v, %v", out, err)
				}
			}
		})
	}
}

func next(i invitation.Invitation) string { return []string{"1", "2", "3", "4"}[i.Version] }

// TestDeleteLeavesTheGuardOfAnother removes a declined invitation while a newer one is open.
func TestDeleteLeavesTheGuardOfAnother(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	first := s.Pending(s.Address("grace"))
	if _, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: byLink(first), Email: first.Invitee.Email}); err != nil {
		t.Fatal(err)
	}
	second := s.Pending(first.Invitee.Email)
	if err := remove(t, s.Bed, s.Ada, first); err != nil {
		t.Fatal(err)
	}
	if guard := s.Guarded(s.Org, second.InviteeKey); guard != second.ID {
		t.Errorf("the guard is of %q", guard)
	}
	if _, err := accept(t, s.Bed, s.SomeoneWith("Grace", second.Invitee.Email), second); err != nil {
		t.Error(err)
	}
}

func TestDeleteAnotherVersion(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	for _, version := range []int{-1, 2} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: s.Org, ID: i.ID, IfMatch: version})
			testbed.CheckCode(t, err, fault.Stale, "stale_version")
		})
	}
}
