package invitation_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestAnswersAreConditioned writes answers that somebody decided about another state than the table's. Each part of the condition stands
// by itself: the status, the generation of the link, the version.
func TestAnswersAreConditioned(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	answered := func(i invitation.Invitation, generation, version int) invitation.Invitation {
		i.Status, i.Generation, i.Version = invitation.Accepted, generation, version
		return i
	}
	declined, resent, pending := s.Pending(s.Address("declined")), s.Pending(s.Address("resent")), s.Pending(s.Address("pending"))
	if err := decline(t, s.Bed, s.SomeoneWith("Grace", declined.Invitee.Email), declined); err != nil {
		t.Fatal(err)
	}
	resend(t, s.Bed, s.Ada, resent)
	asking := s.Pending(s.Address("asking"))
	resend(t, s.Bed, s.Ada, asking)
	if _, err := requestLink(t, s, s.SomeoneWith("Ida", asking.Invitee.Email), asking); err != nil {
		t.Fatal(err)
	}
	waiting := pending
	waiting.LinkRequestedAt = new(s.Now())
	for name, after := range map[string]invitation.Invitation{
		"it was declined":                answered(declined, 1, 3),
		"it was sent again":              answered(resent, 1, 3),
		"another version":                answered(pending, 1, 3),
		"a new link is asked for":        answered(asking, 2, 3),
		"nobody asks for a new link":     answered(waiting, 1, 2),
		"another generation":             answered(pending, 2, 2),
		"it was deleted, or never there": answered(invitation.Invitation{ID: "inv_" + s.NewID(), Scope: s.Org, InviteeKey: "x@example.com", ExpiresAt: pending.ExpiresAt}, 1, 2),
	} {
		t.Run(name, func(t *testing.T) {
			change, _ := member.Add(nil, member.Left{}, access.Person{ID: "usr_" + s.NewID(), Name: "Grace"}, s.Org, "Acme", pending.Offer(), member.Given{})
			s.Unchanged(t, s.ID, func() {
				for operation, err := range map[string]error{
					"accept":     s.Table.AcceptInvitation(t.Context(), after, change, s.Now(), audit.Trail{}),
					"decline":    s.Table.DeclineInvitation(t.Context(), after, s.Now(), audit.Trail{}),
					"invalidate": s.Table.InvalidateInvitation(t.Context(), after, s.Now(), audit.Trail{}),
					"expire":     s.Table.ExpireInvitation(t.Context(), after, audit.Trail{}),
				} {
					if !request.IsOvertaken(err) {
						t.Errorf("%s: %v", operation, err)
					}
				}
			})
		})
	}
}

// TestOneAdminStays lowers Organization Admins in the table. The last one stays (R20), whatever an operation has decided.
func TestOneAdminStays(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	lower := func(who testbed.Someone) error {
		before, err := s.GetMember().Do(t.Context(), who.Caller, member.GetInput{Scope: s.Org, User: "me"})
		if err != nil {
			t.Fatal(err)
		}
		after := before
		after.Role, after.Version = access.Member, before.Version+1
		i := s.Pending(s.Address("grace")) // any answer can carry the change
		i.Status, i.Version = invitation.Accepted, 2
		return s.Table.AcceptInvitation(t.Context(), i, member.Change{Before: &before, After: after}, s.Now(), audit.Trail{})
	}
	if err := lower(otto); err != nil {
		t.Fatal(err)
	}
	if got := testbed.Text(s.Item("ORG#"+s.ID, "ORG"), "admins"); got != "1" {
		t.Errorf("%s Admins", got)
	}
	testbed.CheckCode(t, lower(s.Ada), fault.Conflict, "last_admin")
	if got, err := s.GetMember().Do(t.Context(), s.Ada.Caller, member.GetInput{Scope: s.Org, User: "me"}); err != nil || got.Role != access.Admin {
		t.Errorf("Ada is %+v, %v", got, err)
	}
}
