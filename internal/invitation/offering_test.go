package invitation_test

import (
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
)

// TestOffering: what offers a role is what is open and offers that role, for those who may see invitations.
func TestOffering(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	vic := l.Someone("Vic")
	l.Seat(l.Ada, l.In, l.Analyst, vic)
	soon, later, never := l.Someone("Sue"), l.Someone("Lea"), l.Someone("Ned")
	days := func(n int, role access.Role, username string) invitation.Invitation {
		in := l.asks(role, username)
		in.ExpiresInDays = &n
		return invite(t, l.Bed, l.Bob, in)
	}
	second := days(5, l.Analyst, later.User.Username)
	first := days(2, l.Analyst, soon.User.Username)
	days(1, l.Analyst, never.User.Username)
	days(7, l.Sender, l.Grace.User.Username)
	in := invitation.OfferingInput{Scope: l.Scope, Role: l.Analyst}
	l.Advance(24 * time.Hour)
	got, err := l.Offering().Do(t.Context(), l.Bob.Caller, in)
	if err != nil || len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID || got[0].Invitee != first.Invitee || !got[0].SentAt.Equal(first.SentAt) {
		t.Errorf("got %+v, %v", got, err)
	}
	in.Limit = new(1)
	if got, err := l.Offering().Do(t.Context(), l.Bob.Caller, in); err != nil || len(got) != 1 || got[0].ID != first.ID {
		t.Errorf("one of them: %+v, %v", got, err)
	}
	_, err = l.Offering().Do(t.Context(), vic.Caller, in)
	if want := access.MissingPermissions(access.ManageInvitations); !fault.HasCode(err, want.Code) {
		t.Errorf("Vic: %v", err)
	}
}
