package invitation_test

import (
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// TestAnsweredInvitationsKeepTheirRole: what is not open any more says what it offered, whatever its role means by now. Sent again it offers that.
func TestAnsweredInvitationsKeepTheirRole(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	made := map[invitation.Status]invitation.Invitation{}
	for _, status := range []invitation.Status{invitation.Pending, invitation.Accepted, invitation.Declined, invitation.InvalidGrant} {
		grace := l.Someone("Grace")
		in := l.asks(l.Analyst, grace.User.Username)
		inviter := l.Ada
		if status == invitation.InvalidGrant {
			inviter = l.Someone("Leo")
			l.Seat(l.Ada, l.In, l.Sender, inviter)
		}
		i := invite(t, l.Bed, inviter, in)
		switch made[status] = i; status {
		case invitation.Accepted:
			if _, err := accept(t, l.Bed, grace, i); err != nil {
				t.Fatal(err)
			}
		case invitation.Declined:
			if err := decline(t, l.Bed, grace, i); err != nil {
				t.Fatal(err)
			}
		case invitation.InvalidGrant:
			if _, err := l.RemoveMember().Do(t.Context(), inviter.Caller, member.RemoveInput{Scope: l.Scope, User: "me"}); err != nil {
				t.Fatal(err)
			}
			_, err := accept(t, l.Bed, grace, i)
			testbed.CheckCode(t, err, fault.Conflict, "invalid_grant")
		case invitation.Pending, invitation.Expired, invitation.Closed:
		}
	}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst, ReassignTo: l.Sender}); err != nil {
		t.Fatal(err)
	}
	listed, err := l.List().Do(t.Context(), l.Ada.Caller, invitation.ListInput{Scope: l.Scope})
	if err != nil || len(listed.Items) != len(made) {
		t.Fatalf("%+v, %v", listed, err)
	}
	for _, i := range listed.Items {
		want := access.NamedRole{ID: l.Analyst, Name: "Data Analyst"}
		if i.Status == invitation.Pending {
			want = access.NamedRole{ID: l.Sender, Name: "Sender"}
		}
		if got := (access.NamedRole{ID: i.Role, Name: i.RoleName}); i.ID != made[i.Status].ID || got != want || l.stored(t, i.ID).RoleName != want.Name {
			t.Errorf("%s: %+v, want %+v", i.Status, got, want)
		}
	}
	for _, status := range []invitation.Status{invitation.Declined, invitation.InvalidGrant} {
		if again := resend(t, l.Bed, l.Ada, made[status]); again.Role != l.Sender || again.RoleName != "Sender" || again.Status != invitation.Pending {
			t.Errorf("%s, sent again: %+v", status, again)
		}
	}
}

// TestAcceptAsShown: nobody who was shown one offer is given another.
func TestAcceptAsShown(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	i := invite(t, l.Bed, l.Ada, l.asks(l.Analyst, l.Grace.User.Username))
	shown := func() string {
		t.Helper()
		preview, err := l.Preview().Do(t.Context(), l.Grace.Caller, invitation.PreviewInput{Token: byLink(i).Token})
		if err != nil {
			t.Fatal(err)
		}
		if mine := l.mine(t, l.Grace); len(mine) != 1 || mine[0].Meaning() != preview.Meaning {
			t.Errorf("the list shows %+v, the link %s", mine, preview.Meaning)
		}
		return preview.Meaning
	}
	refused := func(before string) {
		t.Helper()
		l.Unchanged(t, l.Scope.Workspace, func() {
			for _, locator := range []invitation.Locator{byLink(i), byID(i)} {
				_, err := l.Accept().Do(t.Context(), l.Grace.Caller, invitation.AcceptInput{Locator: locator, Shown: before})
				testbed.CheckCode(t, err, fault.Stale, "stale_version")
			}
		})
	}
	before := shown()
	more := []access.Permission{"run_computation", "upload_assets"}
	if _, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst, Permissions: more}); err != nil {
		t.Fatal(err)
	}
	refused(before)
	before = shown()
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst, ReassignTo: l.Sender}); err != nil {
		t.Fatal(err)
	}
	refused(before)
	got, err := l.Accept().Do(t.Context(), l.Grace.Caller, invitation.AcceptInput{Locator: byLink(i), Shown: shown()})
	if err != nil || got.Role != l.Sender {
		t.Errorf("as it was shown: %+v, %v", got, err)
	}
}
