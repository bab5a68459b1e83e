package invitation_test

import (
	"fmt"
	"testing"
	"time"

	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/testbed"
)

// TestDryRunsAreLimited shows that nobody can find out who has an account by asking without end (R32).
func TestDryRunsAreLimited(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	now := bed.RealNow()
	bed.AdvanceReal(now.Truncate(time.Hour).Add(time.Hour).Sub(now)) // well inside an hour
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	ask := testbed.MemberOffer(org.ID, "", brands[0])
	ask.DryRun = true
	ask.Invitees = nil
	for i := range invitation.MaxInvitees {
		ask.Invitees = append(ask.Invitees, invitation.Invitee{Email: fmt.Sprintf("person-%d@example.com", i)})
	}
	for i := range 10 {
		if _, err := bed.Create().Do(t.Context(), ada, ask); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	ask.Invitees = ask.Invitees[:1]
	_, err := bed.Create().Do(t.Context(), ada, ask)
	testbed.CheckCode(t, err, fault.TooMany, "too_many_lookups") // about the address 1,001
	if wait := testbed.FaultOf(err).RetryAfter; wait <= 0 || wait > time.Hour {
		t.Errorf("try again in %s", wait)
	}
	grace, _ := bed.Person("Grace")
	theirs, brands := bed.Organization(grace, "Other", "Brand")
	ask = testbed.MemberOffer(theirs.ID, "somebody@example.com", brands[0])
	ask.DryRun = true
	if _, err := bed.Create().Do(t.Context(), grace, ask); err != nil {
		t.Errorf("somebody else asks: %v", err)
	}
}
