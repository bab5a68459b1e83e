package invitation_test

import (
	"fmt"
	"testing"
	"time"

	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/telemetry"
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

// TestUsernamesOfNobodyAreLimited shows the same of those who name usernames without end to invite them to a workspace: 1,000 an hour that nobody has.
// Beyond them the answer is the same for those that somebody has.
func TestUsernamesOfNobodyAreLimited(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	l.AdvanceReal(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)))
	hugo, ivy, silent := l.Someone("Hugo"), l.Someone("Ivy"), false
	names := func(nobody int, known ...testbed.Someone) invitation.CreateInput {
		in := invitation.CreateInput{Scope: l.Scope, Terms: invitation.Terms{Role: l.Viewer.ID, Notify: &silent}}
		for _, who := range known {
			in.Invitees = append(in.Invitees, invitation.Invitee{Username: who.User.Username})
		}
		for i := range nobody {
			in.Invitees = append(in.Invitees, invitation.Invitee{Username: fmt.Sprintf("nobody-%03d", i)})
		}
		return in
	}
	ctx, meter := telemetry.WithMeter(t.Context())
	out, err := l.Create().Do(ctx, l.Mia.Caller, names(99, hugo))
	if err != nil || out.Results[0].Outcome != invitation.Invited || out.Results[99].Error.Fields[0].Code != "unknown_username" || meter.Rounds() != 3 {
		t.Fatalf("the last is %+v, %v, %d rounds", out.Results[99], err, meter.Rounds())
	}
	for range 9 {
		if _, err := l.Create().Do(t.Context(), l.Mia.Caller, names(100)); err != nil {
			t.Fatal(err)
		}
	}
	l.Unchanged(t, l.ID, func() {
		for what, in := range map[string]invitation.CreateInput{"two of somebody": names(0, hugo, ivy), "two of nobody": names(2), "one of each": names(1, ivy)} {
			_, err := l.Create().Do(t.Context(), l.Mia.Caller, in)
			if !fault.HasCode(err, "too_many_lookups") || fault.Of(err).RetryAfter <= 0 {
				t.Errorf("%s, with one left: %v", what, err)
			}
		}
	})
	_, err = l.Create().Do(t.Context(), l.Mia.Caller, names(1))
	testbed.CheckCode(t, err, fault.Invalid, "invalid_input") // the thousandth
	for _, in := range []invitation.CreateInput{names(1), names(0, ivy)} {
		_, err = l.Create().Do(t.Context(), l.Mia.Caller, in)
		testbed.CheckCode(t, err, fault.TooMany, "too_many_lookups")
	}
	if _, err := l.Create().Do(t.Context(), l.Ada.Caller, names(0, ivy)); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	l.AdvanceReal(time.Hour)
	_, err = l.Create().Do(t.Context(), l.Mia.Caller, names(1))
	testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
}
