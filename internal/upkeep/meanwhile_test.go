package upkeep_test

import (
	"slices"
	"strings"
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// accepts has somebody accept by link.
func accepts(t *testing.T, s *testbed.Scene, who testbed.Someone, i invitation.Invitation) error {
	t.Helper()
	_, err := s.Accept().Do(t.Context(), who.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(i.AcceptURL)}})
	return err
}

// loses deletes Globex, whoever else is busy with it.
func loses(t *testing.T, s *testbed.Scene) {
	t.Helper()
	if _, err := s.DeleteBrand().Do(t.Context(), s.Ada.Caller, brand.DeleteInput{Scope: s.Globex, Confirm: "Globex"}); err != nil {
		t.Error(err)
	}
}

// opensNothing reports what the deleted Globex still is to people, and what is left of them there when all events were handled.
func opensNothing(t *testing.T, s *testbed.Scene, events []event.Envelope, people ...testbed.Someone) {
	t.Helper()
	for _, one := range people {
		got, err := s.CheckAccess().Do(t.Context(), one.Caller, member.CheckInput{Check: member.Check{Scope: s.Globex, Permission: access.Read}})
		if err != nil || got.Allowed {
			t.Errorf("in the deleted brand: %+v, %v", got, err)
		}
		_, err = s.GetBrand().Do(t.Context(), one.Caller, brand.GetInput{Scope: s.Globex})
		testbed.CheckFault(t, err, fault.Unknown())
	}
	clean(t, s, events...)
	left := remains(s, "ORG#"+s.ID+"#BRAND#"+s.Globex.Brand, "ORG#"+s.ID+"#BRAND#"+s.Globex.Brand+"#SEARCH")
	for _, one := range people {
		if own := s.Item("ORG#"+s.ID, "MEMBER#"+one.User.ID); own["brands"] != nil {
			t.Errorf("after the clean-up they still have %v", own["brands"])
		}
		if slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, one.User.ID) }) {
			t.Errorf("after the clean-up there is still %v", left)
		}
	}
}

// TestBrandDeletedDuringAccept deletes the brand that an accept has read just before it is written, by both kinds of invitation. Whether it commits
// or not, the brand opens to nobody, and nothing of it stays (R26).
func TestBrandDeletedDuringAccept(t *testing.T) {
	t.Parallel()
	for name, invited := range map[string]func(s *testbed.Scene) invitation.Invitation{
		"to the organization": func(s *testbed.Scene) invitation.Invitation { return s.Pending(s.Address("grace")) },
		"to the brand": func(s *testbed.Scene) invitation.Invitation {
			return invite(t, s, s.Globex, s.Address("grace"), inBrand(access.Viewer))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			i := invited(s)
			grace := s.SomeoneWith("Grace", i.Invitee.Email)
			before := len(s.Envelopes(s.ID))
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { loses(t, s) }))
			if err := accepts(t, s, grace, i); err != nil {
				t.Errorf("accept: %v", err)
			}
			events := s.Envelopes(s.ID)[before:]
			if got := types(events); !slices.Equal(got, []string{"BrandDeleted", "InvitationAccepted", "MemberAdded"}) {
				t.Errorf("published %v", got)
			}
			opensNothing(t, s, events, grace)
		})
	}
}

// TestAcceptAgainstDeletedBrand has many people accept while the brand is deleted: some get in before it, some with it, some not at all, and in the
// end none of them has it.
func TestAcceptAgainstDeletedBrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	const many = 12
	people, offers := make([]testbed.Someone, many), make([]invitation.Invitation, many)
	for n := range many {
		offers[n] = invite(t, s, s.Globex, s.Address("grace"), inBrand(access.Viewer))
		people[n] = s.SomeoneWith("Grace", offers[n].Invitee.Email)
	}
	before := len(s.Envelopes(s.ID))
	testbed.AtOnce(many+1, func(n int) {
		if n == many {
			loses(t, s)
			return
		}
		if err := accepts(t, s, people[n], offers[n]); err != nil && !fault.HasCode(err, "scope_deleted") {
			t.Errorf("number %d: %v", n, err)
		}
	})
	events := s.Envelopes(s.ID)[before:]
	opensNothing(t, s, events, people...)
	for n := range people {
		if got := status(t, s, offers[n]); got != "accepted" && got != "closed" {
			t.Errorf("the invitation of number %d is %s", n, got)
		}
	}
}

func types(events []event.Envelope) []string {
	all := make([]string, len(events))
	for i, one := range events {
		all[i] = one.DetailType
	}
	slices.Sort(all)
	return all
}
