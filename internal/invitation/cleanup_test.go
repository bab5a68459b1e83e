package invitation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// finished makes a declined, a lapsed, an expired and an open invitation to the scene's organization and one that has lapsed beside a newer
// one, and returns the ids of those that came to nothing.
func finished(t *testing.T, s *testbed.Scene) (ids []string, open invitation.Invitation) {
	t.Helper()
	declined, lapsed, expiredOne := s.Pending(s.Address("grace")), s.Pending(s.Address("hugo")), s.Pending(s.Address("ida"))
	replaced := s.Pending(s.Address("jan"))
	grace := s.SomeoneWith("Grace", declined.Invitee.Email)
	if _, err := s.Decline().Do(t.Context(), grace.Caller, invitation.DeclineInput{Locator: byID(declined)}); err != nil {
		t.Fatal(err)
	}
	s.Advance(8 * 24 * time.Hour)
	s.RemoveGuard(s.Org, expiredOne.InviteeKey)
	expired(t, s.Bed, expiredOne, 1)
	open = s.Pending(replaced.Invitee.Email)
	return []string{declined.ID, lapsed.ID, expiredOne.ID, replaced.ID}, open
}

func results(out invitation.CleanUpOutput) (ids []string) {
	for _, r := range out.Results {
		if r.Outcome == invitation.CleanedDeleted && r.Error == nil {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestCleanUp(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	want, open := finished(t, s)
	slices.Sort(want)
	s.Unchanged(t, s.ID, func() {
		out, err := s.CleanUpInvitations().Do(t.Context(), s.Ada.Caller, invitation.CleanUpInput{Scope: s.Org, DryRun: true})
		if err != nil || out.Remaining != 4 || out.Results == nil || len(out.Results) != 0 {
			t.Errorf("a dry run: %+v, %v", out, err)
		}
	})
	log := s.Appended(s.Org, func() {
		out, err := s.CleanUpInvitations().Do(t.Context(), s.Ada.Caller, invitation.CleanUpInput{Scope: s.Org})
		if err != nil || out.Failed() || out.Remaining != 0 {
			t.Errorf("got %+v, %v", out, err)
		}
		if diff := cmp.Diff(want, results(out)); diff != "" {
			t.Error(diff)
		}
	})
	types := testbed.Types(log)
	slices.Sort(types)
	wantTypes := []string{"InvitationDeleted", "InvitationDeleted", "InvitationDeleted", "InvitationDeleted", "InvitationExpired"}
	if diff := cmp.Diff(wantTypes, types); diff != "" { // one had lapsed without the log saying so
		t.Error(diff)
	}
	left, err := s.List().Do(t.Context(), s.Ada.Caller, invitation.ListInput{Scope: s.Org})
	if err != nil || len(left.Items) != 1 || left.Items[0].ID != open.ID {
		t.Errorf("left: %+v, %v", left, err)
	}
	if guard := s.Guarded(s.Org, account.EmailKey(open.Invitee.Email)); guard != open.ID {
		t.Errorf("the guard of the open one is %q's", guard)
	}
}

func TestCleanUpOfABrandIsItsOwn(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	finished(t, s)
	s.Unchanged(t, s.ID, func() {
		out, err := s.CleanUpInvitations().Do(t.Context(), s.Bob.Caller, invitation.CleanUpInput{Scope: s.Globex})
		if err != nil || len(out.Results) != 0 || out.Remaining != 0 {
			t.Errorf("got %+v, %v", out, err)
		}
	})
}

// TestCleanUpInPages deletes a hundred at once in few transactions, and says how many are left.
func TestCleanUpInPages(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	one := s.Pending(s.Address("grace"))
	s.SetStatus(s.Org, one.ID, one.InviteeKey, "declined")
	s.Copies(s.Item("ORG#"+s.ID, "INVITATION#"+one.ID), 249, []string{one.ID}, func(int) []string { return []string{"inv_" + s.NewID()} })
	for _, want := range []struct{ deleted, left int }{{100, 100}, {100, 50}, {50, 0}, {0, 0}} {
		ctx, meter := telemetry.WithMeter(t.Context())
		out, err := s.CleanUpInvitations().Do(ctx, s.Ada.Caller, invitation.CleanUpInput{Scope: s.Org})
		if err != nil || len(results(out)) != want.deleted || out.Remaining != want.left {
			t.Errorf("want %+v, got %d results, %d left, %v", want, len(out.Results), out.Remaining, err)
		}
		if _, writes := meter.Requests(); writes > 5 {
			t.Errorf("%d transactions for %d", writes, want.deleted)
		}
	}
}

func TestCleanUpOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	want, _ := finished(t, s)
	slices.Sort(want)
	caller := testbed.WithKey(s.Ada.Caller, "clean-"+s.NewID(), "what is asked")
	for range 2 {
		out, err := s.CleanUpInvitations().Do(t.Context(), caller, invitation.CleanUpInput{Scope: s.Org})
		if diff := cmp.Diff(want, results(out)); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	}
	late := s.Pending(s.Address("late"))
	s.SetStatus(s.Org, late.ID, late.InviteeKey, "declined")
	s.Unchanged(t, s.ID, func() { // the same request does not do more, and another one needs its own key
		out, err := s.CleanUpInvitations().Do(t.Context(), caller, invitation.CleanUpInput{Scope: s.Org})
		if diff := cmp.Diff(want, results(out)); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
		other := testbed.WithKey(caller, caller.Request.IdempotencyKey, "something else")
		_, err = s.CleanUpInvitations().Do(t.Context(), other, invitation.CleanUpInput{Scope: s.Org})
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
	})
}

// TestCleanUpWithAnothersKey has another request with the same key be first, at the same moment: whichever of the two invitations was sent again
// meanwhile, the call says that the key was used, and deletes nothing.
func TestCleanUpWithAnothersKey(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		bed, proxy := testbed.Proxied(t)
		s := bed.Scene()
		both := []invitation.Invitation{s.Pending(s.Address("grace")), s.Pending(s.Address("hugo"))}
		for _, i := range both {
			s.SetStatus(s.Org, i.ID, i.InviteeKey, "declined")
		}
		caller := testbed.WithKey(s.Ada.Caller, "clean-"+s.NewID(), "what is asked")
		proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
			if _, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: s.Org, ID: both[n].ID}); err != nil {
				t.Error(err)
			}
		}))
		proxy.Inject("TransactWriteItems", 3, tableproxy.Before(func() { // when they are deleted one by one
			other := testbed.WithKey(s.Ada.Caller, caller.Request.IdempotencyKey, "something else")
			if _, err := s.CreateBrand().Do(t.Context(), other, brand.CreateInput{Scope: s.Org, Name: "Umbrella"}); err != nil {
				t.Error(err)
			}
		}))
		out, err := s.CleanUpInvitations().Do(t.Context(), caller, invitation.CleanUpInput{Scope: s.Org})
		testbed.CheckCode(t, err, fault.Invalid, "idempotency_key_reused")
		if s.Item("ORG#"+s.ID, "INVITATION#"+both[1-n].ID) == nil {
			t.Errorf("deleted one: %+v", out)
		}
	}
}

func TestCleanUpRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	finished(t, s)
	for name, scope := range map[string]access.Scope{"organization": s.Org, "brand": s.Globex} {
		t.Run(name, func(t *testing.T) {
			testbed.Exercise{Scene: s, Scope: scope, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
				_, err := s.CleanUpInvitations().Do(ctx, caller, invitation.CleanUpInput{Scope: scope})
				return err
			}}.Refusals(t)
		})
	}
}
