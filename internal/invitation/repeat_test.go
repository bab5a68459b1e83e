package invitation_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func TestInviteOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	otto := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, otto)
	in := testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])
	testbed.Repeats(t, testbed.Repeatable{
		Bed: s.Bed, Caller: s.Ada.Caller, Other: otto.Caller,
		Do: func(caller request.Caller) (string, error) {
			out, err := s.Create().Do(t.Context(), caller, in)
			if err != nil {
				return "", err
			}
			if out.Results[0].Invitation.AcceptURL == "" {
				t.Error("the answer has no link")
			}
			return out.Results[0].Invitation.ID, nil
		},
		Log:      func(string) []testbed.Logged { return s.Log(s.Org) },
		DayLater: func() { s.Advance(week) }, // the first one is not in the way any more
	})
}

// TestInviteOnceAfterwards repeats a request when what it made has moved on.
func TestInviteOnceAfterwards(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, c := range map[string]struct {
		then func(invitation.Invitation, testbed.Someone) error
		want string // the code, or the status answered
	}{
		"accepted": {func(i invitation.Invitation, who testbed.Someone) error {
			_, err := accept(t, s.Bed, who, i)
			return err
		}, "accepted"},
		"declined": {func(i invitation.Invitation, who testbed.Someone) error { return decline(t, s.Bed, who, i) }, "declined"},
		"deleted":  {func(i invitation.Invitation, _ testbed.Someone) error { return remove(t, s.Bed, s.Ada, i) }, "unavailable"},
	} {
		caller := testbed.WithKey(s.Ada.Caller, "click-"+name, "invite")
		in := testbed.MemberOffer(s.ID, s.Address(name), s.Brands[0])
		out, err := s.Create().Do(t.Context(), caller, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.then(*out.Results[0].Invitation, s.SomeoneWith("Grace", in.Invitees[0].Email)); err != nil {
			t.Fatal(err)
		}
		s.Unchanged(t, s.ID, func() {
			out, err = s.Create().Do(t.Context(), caller, in)
			if err != nil {
				failsWith(t, err, c.want)
			} else if made := out.Results[0].Invitation; made == nil || string(made.Status) != c.want || made.AcceptURL != "" {
				t.Errorf("%s: %+v", name, out.Results[0])
			}
		})
	}
}

// TestJoinOnce repeats a request that let somebody join.
func TestJoinOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	caller := testbed.WithKey(s.Ada.Caller, "click", "invite")
	in := testbed.MemberOffer(s.ID, s.Someone("Grace").User.Email, s.Brands[0])
	first, err := s.Create().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		again, err := s.Create().Do(t.Context(), caller, in)
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// crowd is the input that invites many new addresses.
func crowd(s *testbed.Scene, many int) invitation.CreateInput {
	in := testbed.MemberOffer(s.ID, "", s.Brands[0])
	in.Invitees = nil
	for i := range many {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: fmt.Sprintf("person-%d-%s@example.com", i, s.ID)})
	}
	return in
}

// TestInviteAHundred holds the figure for packed transactions, and repeats the call.
func TestInviteAHundred(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	in := crowd(s, invitation.MaxInvitees)
	caller := testbed.WithKey(s.Ada.Caller, "click", "invite a hundred")
	ctx, meter := telemetry.WithMeter(t.Context())
	first, err := s.Create().Do(ctx, caller, in)
	if err != nil || first.Failed() {
		t.Fatalf("%+v, %v", first, err)
	}
	requests, writes := meter.Requests()
	if writes > 8 || meter.Rounds()-writes > 4 {
		t.Errorf("%d requests, %d of them writes, %d rounds", requests, writes, meter.Rounds())
	}
	if n := count(s.Log(s.Org), "InvitationCreated"); n != invitation.MaxInvitees {
		t.Errorf("%d entries", n)
	}
	s.Unchanged(t, s.ID, func() {
		again, err := s.Create().Do(t.Context(), caller, in)
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
		_, err = s.Create().Do(t.Context(), testbed.WithKey(caller, "click", "something else"), in)
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
		fresh := crowd(s, 2)
		fresh.Invitees[0].Email, fresh.Invitees[1].Email = s.Address("a"), s.Address("b")
		_, err = s.Create().Do(t.Context(), testbed.WithKey(caller, "click", "something else"), fresh)
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
	})
}

// TestInviteManyAfterACrash has the table die after the first of several transactions. The repeated call makes the rest, once.
func TestInviteManyAfterACrash(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	in := crowd(s, 60)
	caller := testbed.WithKey(s.Ada.Caller, "click", "invite sixty")
	proxy.Inject("TransactWriteItems", 2, func(http.ResponseWriter, *http.Request, http.Handler) {
		proxy.SetDown(true)
		panic(http.ErrAbortHandler)
	})
	broken, err := s.Create().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, result := range broken.Results {
		switch {
		case result.Outcome == invitation.Invited:
			made[result.Invitation.ID] = true
		case !errors.Is(result.Error, fault.Unavailable):
			t.Errorf("%+v", result)
		}
	}
	if len(made) == 0 || len(made) == len(in.Invitees) {
		t.Fatalf("%d were made, so nothing was broken off", len(made))
	}
	proxy.SetDown(false)
	whole, err := s.Create().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range whole.Results {
		if result.Outcome != invitation.Invited {
			t.Fatalf("number %d: %v", i, result.Error)
		}
		if before := broken.Results[i].Invitation; before != nil && result.Invitation.ID != before.ID {
			t.Errorf("%s: %s, before the crash %s", in.Invitees[i].Email, result.Invitation.ID, before.ID)
		}
	}
	if n := count(s.Log(s.Org), "InvitationCreated"); n != len(in.Invitees) {
		t.Errorf("%d entries, want %d", n, len(in.Invitees))
	}
}

// TestMailsOfAnHour shows the limit of R6: it is counted per item, in the real hour, and only what is mailed counts.
func TestMailsOfAnHour(t *testing.T) {
	t.Parallel()
	bed := testbed.NewWith(t, testbed.Options{MailsPerHour: 5})
	if rest := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); rest < time.Minute {
		bed.AdvanceReal(2 * time.Minute) // into the next hour, so that it does not end in between
	}
	s := bed.Scene()
	outcomes := func(in invitation.CreateInput) (n int, refused []invitation.Result) {
		t.Helper()
		out, err := s.Create().Do(t.Context(), s.Ada.Caller, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range out.Results {
			if result.Error == nil {
				n++
				continue
			}
			refused = append(refused, result)
			testbed.CheckCode(t, result.Error, fault.TooMany, "too_many_mails")
			if wait := result.Error.RetryAfter; wait <= 0 || wait > time.Hour {
				t.Errorf("try again after %s", wait)
			}
		}
		return n, refused
	}
	many := crowd(s, 8)
	made, refused := outcomes(many)
	if made != 5 || len(refused) != 3 || refused[0].Invitee != many.Invitees[5] {
		t.Errorf("%d were invited, refused: %+v", made, refused)
	}
	single := testbed.MemberOffer(s.ID, s.Address("one"), s.Brands[0])
	s.Unchanged(t, s.ID, func() {
		_, err := s.Create().Do(t.Context(), s.Ada.Caller, single)
		testbed.CheckCode(t, err, fault.TooMany, "too_many_mails")
	})
	quiet := single
	quiet.Notify = new(false)
	silent := invite(t, s.Bed, s.Ada, quiet)

	s.Advance(time.Minute)
	s.Unchanged(t, s.ID, func() {
		_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: silent.ID})
		testbed.CheckCode(t, err, fault.TooMany, "too_many_mails")
		if wait := testbed.FaultOf(err).RetryAfter; wait <= 0 || wait > time.Hour {
			t.Errorf("try again after %s", wait)
		}
	})
	if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: silent.ID, Terms: invitation.Terms{Notify: new(false)}}); err != nil {
		t.Errorf("resend without a mail: %v", err)
	}
	elsewhere, err := s.Create().Do(t.Context(), s.Eve.Caller, testbed.AdminOffer(s.Elsewhere.Organization, s.Address("hooli")))
	if err != nil || elsewhere.Failed() {
		t.Errorf("another organization has its own mails: %v", err)
	}
	s.AdvanceReal(time.Hour)
	if made, _ := outcomes(crowdOf(refused, many)); made != 3 {
		t.Errorf("%d were invited in the next hour", made)
	}
}

// crowdOf is the input that invites those who were refused.
func crowdOf(refused []invitation.Result, in invitation.CreateInput) invitation.CreateInput {
	in.Invitees = nil
	for _, result := range refused {
		in.Invitees = append(in.Invitees, result.Invitee)
	}
	return in
}

// TestMoreMailsThanAnHourHas asks for more than a whole hour's mails at once.
func TestMoreMailsThanAnHourHas(t *testing.T) {
	t.Parallel()
	bed := testbed.NewWith(t, testbed.Options{MailsPerHour: 2})
	s := bed.Scene()
	in := crowd(s, 40)
	in.Scope, in.Role, in.Brands, in.BrandRole = s.Globex, access.Viewer, nil, ""
	out, err := s.Create().Do(t.Context(), s.Bob.Caller, in)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range out.Results {
		if (result.Outcome == invitation.Invited) != (i < 2) {
			t.Errorf("number %d: %+v", i, result)
		}
	}
}

// TestInviteManyOnce repeats a call in which some could not be invited: each invitee gets their own answer again.
func TestInviteManyOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace := s.Someone("Grace")
	in := testbed.MemberOffer(s.ID, "nobody", s.Brands[0])
	for _, email := range []string{s.Address("one"), s.Dan.User.Email, grace.User.Email, s.Address("two")} {
		in.Invitees = append(in.Invitees, invitation.Invitee{Email: email})
	}
	caller := testbed.WithKey(s.Ada.Caller, "click", "invite")
	first, err := s.Create().Do(t.Context(), caller, in)
	if err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		again, err := s.Create().Do(t.Context(), caller, in)
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// TestInviteWithAUsedKey uses the key of one invitation for a call with more people. None of them is invited.
func TestInviteWithAUsedKey(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	if _, err := s.Create().Do(t.Context(), testbed.WithKey(s.Ada.Caller, "click", "one"), testbed.MemberOffer(s.ID, s.Address("grace"), s.Brands[0])); err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		_, err := s.Create().Do(t.Context(), testbed.WithKey(s.Ada.Caller, "click", "many"), crowd(s, 3))
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
	})
}
