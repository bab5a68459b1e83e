package invitation_test

import (
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

const week = 7 * 24 * time.Hour

// by returns a person as who invited.
func by(one testbed.Someone) access.Person {
	return access.Person{ID: one.User.ID, Name: one.User.Name}
}

// inBrand is a role in a brand of the scene.
func inBrand(s *testbed.Scene, n int, role access.Role) access.BrandRole {
	return access.BrandRole{ID: s.Brands[n].ID, Name: s.Brands[n].Name, Role: role}
}

// brandOffer is the input that invites addresses to a scene's Globex.
func brandOffer(s *testbed.Scene, role access.Role, emails ...string) invitation.CreateInput {
	in := invitation.CreateInput{Scope: s.Globex, Terms: invitation.Terms{Role: role}}
	for _, email := range emails {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: email})
	}
	return in
}

// invite invites and returns the one invitation that comes of it.
func invite(t *testing.T, bed *testbed.Bed, who testbed.Someone, in invitation.CreateInput) invitation.Invitation {
	t.Helper()
	out, err := bed.Create().Do(t.Context(), who.Caller, in)
	if err != nil || len(out.Results) != 1 || out.Results[0].Outcome != invitation.Invited {
		t.Fatalf("invite: %+v, %v", out, err)
	}
	return *out.Results[0].Invitation
}

// accept answers by the link.
func accept(t *testing.T, bed *testbed.Bed, who testbed.Someone, i invitation.Invitation) (member.Membership, error) {
	t.Helper()
	return bed.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: byLink(i)})
}

// decline answers by the link.
func decline(t *testing.T, bed *testbed.Bed, who testbed.Someone, i invitation.Invitation) error {
	t.Helper()
	_, err := bed.Decline().Do(t.Context(), who.Caller, invitation.DeclineInput{Locator: byLink(i)})
	return err
}

func byLink(i invitation.Invitation) invitation.Locator {
	return invitation.Locator{Token: testbed.Token(i.AcceptURL)}
}

func byID(i invitation.Invitation) invitation.Locator {
	return invitation.Locator{Scope: i.Scope, ID: i.ID}
}

// resend sends an invitation again, from its own scope and after the minute that is due.
func resend(t *testing.T, bed *testbed.Bed, who testbed.Someone, i invitation.Invitation) invitation.Invitation {
	t.Helper()
	bed.Advance(invitation.ResendInterval)
	again, err := bed.Resend().Do(t.Context(), who.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID, Terms: again(i)})
	if err != nil {
		t.Fatalf("resend: %v", err)
	}
	return again
}

// again are the terms that change nothing.
func again(i invitation.Invitation) invitation.Terms {
	if i.Scope.Kind() == access.KindOrganization && i.Role == access.Admin {
		return invitation.Terms{Confirm: "admin"}
	}
	return invitation.Terms{}
}

func remove(t *testing.T, bed *testbed.Bed, who testbed.Someone, i invitation.Invitation) error {
	t.Helper()
	_, err := bed.Delete().Do(t.Context(), who.Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID})
	return err
}

// stored reads an invitation as Ada sees it in the organization.
func stored(t *testing.T, s *testbed.Scene, id string) invitation.Invitation {
	t.Helper()
	found, err := s.Get().Do(t.Context(), s.Ada.Caller, invitation.GetInput{Scope: s.Org, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// expired is what the stream brings when TTL has removed the guard of an invitation.
func expired(t *testing.T, bed *testbed.Bed, i invitation.Invitation, generation int) {
	t.Helper()
	if _, err := bed.Expire().Do(t.Context(), invitation.Reference{Root: i.Scope.Root(), ID: i.ID, Generation: generation}); err != nil {
		t.Errorf("expire: %v", err)
	}
}

// fact returns an invitation as events carry it.
func fact(i invitation.Invitation, status invitation.Status, generation int) event.Invitation {
	return event.Invitation{
		ID: i.ID, Invitee: i.Invitee, Offer: i.Offer(), Status: string(status), InvitedBy: i.InvitedBy, ExpiresAt: i.ExpiresAt, Generation: generation,
	}
}

// statusIs checks what an invitation is after all.
func statusIs(t *testing.T, s *testbed.Scene, i invitation.Invitation, want invitation.Status) {
	t.Helper()
	if got := stored(t, s, i.ID).Status; got != want {
		t.Errorf("the invitation is %s, want %s", got, want)
	}
}

// failsWith checks the code of a refusal.
func failsWith(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.HasCode(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

// count counts the entries of a type.
func count(log []testbed.Logged, kind string) int {
	n := 0
	for _, entry := range log {
		if entry.Type == kind {
			n++
		}
	}
	return n
}
