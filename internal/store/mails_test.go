package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/mail"
	"prism-access/internal/testbed"
)

// addressed returns somebody who is mailed about an organization that has no other mails.
func addressed(to string) invitation.Addressee {
	return invitation.Addressee{Root: access.Organization("org_claims"), Address: to}
}

// TestMailClaim walks a claim from taken over lapsed to settled. It lives by the real clock.
func TestMailClaim(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	event, grace := ulid.Make().String(), bed.Address("grace")
	claim := func(what string, wantClaimed, wantSent bool) {
		t.Helper()
		claimed, sent, err := bed.Table.ClaimMail(t.Context(), event, addressed(grace), mail.ClaimLapse)
		if err != nil || claimed != wantClaimed || sent != wantSent {
			t.Fatalf("%s: got claimed %v, sent %v, %v", what, claimed, sent, err)
		}
	}
	claim("nobody has it", true, false)
	claim("another attempt is under way", false, false)
	bed.Advance(24 * time.Hour)
	claim("the clock of the features does not count", false, false)
	bed.AdvanceReal(mail.ClaimLapse - 2*time.Second)
	claim("just before it lapses", false, false)
	bed.AdvanceReal(3 * time.Second)
	claim("it has lapsed", true, false)
	claim("it is taken again", false, false)
	if err := bed.Table.ReleaseMail(t.Context(), event, grace); err != nil {
		t.Fatal(err)
	}
	claim("it was given back", true, false)
	for range 2 { // settling twice is harmless
		if err := bed.Table.SettleMail(t.Context(), event, grace); err != nil {
			t.Fatal(err)
		}
	}
	claim("it is sent", false, true)
	if err := bed.Table.ReleaseMail(t.Context(), event, grace); err != nil {
		t.Errorf("what is sent is given back: %v", err)
	}
	bed.AdvanceReal(24 * time.Hour)
	claim("it is sent for good", false, true)
}

func TestMailClaimsAreApart(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	event, grace := ulid.Make().String(), bed.Address("grace")
	for _, c := range [][2]string{{event, grace}, {event, bed.Address("ada")}, {ulid.Make().String(), grace}, {event, "a#b@example.com"}} {
		if claimed, sent, err := bed.Table.ClaimMail(t.Context(), c[0], addressed(c[1]), mail.ClaimLapse); !claimed || sent || err != nil {
			t.Errorf("%v: got claimed %v, sent %v, %v", c, claimed, sent, err)
		}
	}
	if err := bed.Table.ReleaseMail(t.Context(), event, bed.Address("nobody")); err != nil {
		t.Errorf("giving back what nobody has: %v", err)
	}
	if err := bed.Table.SettleMail(t.Context(), event, bed.Address("nobody")); err == nil {
		t.Error("what nobody has is settled, and so made")
	}
}

func TestOneOfManyGetsTheClaim(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	event, grace := ulid.Make().String(), bed.Address("grace")
	var mu sync.Mutex
	var group sync.WaitGroup
	won := 0
	for range 20 {
		group.Go(func() {
			claimed, _, err := bed.Table.ClaimMail(t.Context(), event, addressed(grace), mail.ClaimLapse)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if claimed {
				won++
			}
		})
	}
	group.Wait()
	if won != 1 {
		t.Errorf("%d got the claim, want 1", won)
	}
}

// TestMailFailed: what became of the mail is noted on the invitation that it was about, and nothing else changes.
func TestMailFailed(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	scope := access.Organization(org.ID)
	invited := bed.Invite(ada, org.ID, bed.Address("grace"), brands[0])
	failed := invitation.Delivery{Status: "failed", Detail: "the mail service cannot send to this address", At: bed.Now()}
	note := func(generation int) {
		t.Helper()
		ref := invitation.Reference{Root: scope, ID: invited.ID, Generation: generation}
		if err := bed.Track().Do(t.Context(), testbed.Undelivered(ref, failed.Detail)); err != nil {
			t.Fatal(err)
		}
	}
	bed.Unchanged(t, org.ID, func() {
		note(2) // another link's mail
		if err := bed.Track().Do(t.Context(), testbed.Undelivered(invitation.Reference{Root: scope, ID: "inv_unknown", Generation: 1}, failed.Detail)); err != nil {
			t.Errorf("an invitation that was deleted: %v", err)
		}
	})
	before := bed.Item("ORG#"+org.ID, "INVITATION#"+invited.ID)
	log := bed.Appended(scope, func() {
		testbed.AtOnce(5, func(int) { note(1) })
		bed.Advance(time.Minute) // and said again later, in other words
		if err := bed.Track().Do(t.Context(), testbed.Undelivered(invited.Reference(), "mailbox is full")); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]string{"InvitationDeliveryFailed"}, testbed.Types(log)); diff != "" {
		t.Fatalf("in the log: %s", diff)
	}
	fact, _ := log[0].Fact.(event.InvitationDeliveryFailed)
	if diff := cmp.Diff(event.Delivery(failed), fact.Delivery); diff != "" || fact.Invitation.ID != invited.ID || log[0].Actor != "system" || log[0].Sequence != "1" {
		t.Errorf("the entry is %+v: %s", log[0], diff)
	}
	after := bed.Item("ORG#"+org.ID, "INVITATION#"+invited.ID)
	place := "undelivered#" + invited.ExpiresAt.Format("2006-01-02T15:04:05Z") + "#" + invited.ID
	if testbed.Text(after, "GSI1SK") != place || testbed.Text(after, "GSI2SK") != place {
		t.Errorf("got %s and %s, want %s", testbed.Text(after, "GSI1SK"), testbed.Text(after, "GSI2SK"), place)
	}
	for _, changed := range []string{"GSI1SK", "GSI2SK", "delivery"} {
		delete(before, changed)
		delete(after, changed)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("more than the delivery changed: %s", diff)
	}
	found, err := bed.Get().Do(t.Context(), ada, invitation.GetInput{Scope: scope, ID: invited.ID})
	if err != nil || cmp.Diff(&failed, found.Delivery) != "" || found.Version != invited.Version || found.Status != invitation.Pending {
		t.Errorf("got %+v, %v", found, err)
	}
}

// TestMailFailedMeanwhile: what the mail was about has moved on just before that is noted. It stays as it is then.
func TestMailFailedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *testbed.Scene, i invitation.Invitation) error{
		"declined": func(s *testbed.Scene, i invitation.Invitation) error {
			locator := invitation.Locator{Token: testbed.Token(i.AcceptURL)}
			_, err := s.Decline().Do(t.Context(), s.Ada.Caller, invitation.DeclineInput{Locator: locator, Email: i.Invitee.Email})
			return err
		},
		"sent again": func(s *testbed.Scene, i invitation.Invitation) error {
			_, err := s.Resend().Do(t.Context(), s.Ada.Caller, invitation.ResendInput{Scope: i.Scope, ID: i.ID})
			return err
		},
		"deleted": func(s *testbed.Scene, i invitation.Invitation) error {
			_, err := s.Delete().Do(t.Context(), s.Ada.Caller, invitation.DeleteInput{Scope: i.Scope, ID: i.ID})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			i := s.Pending(s.Address("grace"))
			var then testbed.Item
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
				if err := change(s, i); err != nil {
					t.Error(err)
				}
				then = s.Item("ORG#"+s.ID, "INVITATION#"+i.ID)
			}))
			if err := s.Track().Do(t.Context(), testbed.Undelivered(i.Reference(), "mailbox does not exist")); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(then, s.Item("ORG#"+s.ID, "INVITATION#"+i.ID)); diff != "" {
				t.Error(diff)
			}
			if all := s.Envelopes(s.ID); slices.ContainsFunc(all, func(e event.Envelope) bool { return e.DetailType == "InvitationDeliveryFailed" }) {
				t.Error("the log says that it failed")
			}
		})
	}
}

// TestMailOfAFinishedInvitation: nobody can do anything about it any more.
func TestMailOfAFinishedInvitation(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, _ := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	address := bed.Address("grace")
	invited := bed.Invite(ada, org.ID, address, brands[0])
	grace, _ := bed.PersonWith("Grace", address)
	if _, err := bed.Accept().Do(t.Context(), grace, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(invited.AcceptURL)}}); err != nil {
		t.Fatal(err)
	}
	bed.Unchanged(t, org.ID, func() {
		ref := invitation.Reference{Root: access.Organization(org.ID), ID: invited.ID, Generation: 1}
		if err := bed.Track().Do(t.Context(), testbed.Undelivered(ref, "mailbox does not exist")); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatMailsAreAbout(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, user := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	invited := bed.Invite(ada, org.ID, bed.Address("grace"), brands[0])
	scope := access.Organization(org.ID)

	if root, err := bed.Table.Root(t.Context(), scope); err != nil || root.Name != "Acme" {
		t.Errorf("got %+v, %v", root, err)
	}
	if root, err := bed.Table.Root(t.Context(), access.Organization("org_unknown")); !errors.Is(err, fault.NotFound) {
		t.Errorf("an unknown organization: got %+v, %v", root, err)
	}
	if found, err := bed.Table.InvitationByID(t.Context(), scope, invited.ID); err != nil || found.ID != invited.ID || found.Generation != 1 {
		t.Errorf("got %+v, %v", found, err)
	}
	for _, wrong := range []access.Scope{access.Organization("org_unknown"), access.Organization(org.ID + "#BRAND#" + brands[0].ID)} {
		if found, err := bed.Table.InvitationByID(t.Context(), wrong, invited.ID); !errors.Is(err, fault.NotFound) {
			t.Errorf("in %s: got %+v, %v", wrong, found, err)
		}
	}
	for address, want := range map[string]bool{account.EmailKey(user.Email): true, bed.Address("nobody"): false, "": false} {
		if has, err := bed.Table.HasAccount(t.Context(), address); err != nil || has != want {
			t.Errorf("%q has an account: got %v, %v", address, has, err)
		}
	}
	bed.DeleteScope(scope)
	if root, err := bed.Table.Root(t.Context(), scope); !errors.Is(err, fault.NotFound) {
		t.Errorf("a deleted organization: got %+v, %v", root, err)
	}
}
