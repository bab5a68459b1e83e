package invitation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestDecline(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, c := range []struct {
		name   string
		scope  access.Scope
		locate func(invitation.Invitation) invitation.Locator
		typed  bool // the address, without signing in
	}{
		{"by the link", s.Org, byLink, false},
		{"by id", s.Org, byID, false},
		{"by typing the address", s.Org, byLink, true},
		{"a brand by the link", s.Globex, byLink, false},
		{"a brand by id", s.Globex, byID, false},
		{"a brand by typing", s.Globex, byLink, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := s.Address("Grace")
			in := testbed.MemberOffer(s.ID, address, s.Brands[0])
			if c.scope == s.Globex {
				in = brandOffer(s, access.Publisher, address)
			}
			i := invite(t, s.Bed, s.Ada, in)
			caller, actor, input := request.Caller{}, "link-holder", invitation.DeclineInput{Locator: c.locate(i), Email: " " + strings.ToUpper(address)}
			if !c.typed {
				grace := s.SomeoneWith("Grace", address)
				caller, actor, input.Email = grace.Caller, grace.User.ID, ""
			}
			want := invitation.DeclineOutput{Scope: i.Scope, ScopeName: i.ScopeName, Status: invitation.Declined}
			log := s.Appended(s.Org, func() {
				for range 2 { // the second time nothing happens any more (R15)
					got, err := s.Decline().Do(t.Context(), caller, input)
					if diff := cmp.Diff(want, got); err != nil || diff != "" {
						t.Error(err, diff)
					}
				}
			})
			touches := []access.Scope{s.Org}
			if c.scope == s.Org {
				touches = []access.Scope{s.Globex}
			}
			wantLog := []testbed.Logged{{
				Type: "InvitationDeclined", Actor: actor, Scope: i.Scope, Touches: touches, User: i.InviteeKey, Sequence: "2",
				Fact: event.InvitationDeclined{Invitation: fact(i, invitation.Declined, 1)},
			}}
			if diff := cmp.Diff(wantLog, log); diff != "" {
				t.Error(diff)
			}
			after := stored(t, s, i.ID)
			if after.Status != invitation.Declined || after.RespondedAt == nil || !after.RespondedAt.Equal(s.Now()) || after.AcceptedBy != "" || after.AcceptURL != "" {
				t.Errorf("the invitation is %+v", after)
			}
			if guard := s.Guarded(i.Scope, i.InviteeKey); guard != "" {
				t.Errorf("the guard of %s is left", guard)
			}
		})
	}
}

func TestDeclineRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	typed := func(address string) func() error {
		return func() error {
			_, err := s.Decline().Do(t.Context(), request.Caller{}, invitation.DeclineInput{Locator: byLink(i), Email: address})
			return err
		}
	}
	wrongAddress := &fault.Error{Kind: fault.Invalid, Code: "invalid_input", Message: "Some fields are not valid.", Fields: []fault.Field{{
		Pointer: "/email", Code: "wrong_address", Detail: "This is not the address that the invitation was sent to.",
	}}}
	for name, c := range map[string]struct {
		do   func() error
		want *fault.Error
	}{
		"another address":     {typed(s.Dan.User.Email), wrongAddress},
		"no address":          {typed("grace"), wrongAddress},
		"a list of addresses": {typed(i.Invitee.Email + "," + i.Invitee.Email), wrongAddress},
		"nothing": {typed(""), &fault.Error{Kind: fault.Invalid, Code: "invalid_input", Message: "Some fields are not valid.", Fields: []fault.Field{{
			Pointer: "/email", Code: "required", Detail: "Type the address that the invitation was sent to.",
		}}}},
		"signed out by id, with the address": {func() error {
			_, err := s.Decline().Do(t.Context(), request.Caller{}, invitation.DeclineInput{Locator: byID(i), Email: i.Invitee.Email})
			return err
		}, fault.New(fault.Unauthenticated, "not_signed_in", "Sign in first.")},
		"somebody else by id, with the address": {func() error {
			_, err := s.Decline().Do(t.Context(), s.Eve.Caller, invitation.DeclineInput{Locator: byID(i), Email: i.Invitee.Email})
			return err
		}, fault.Unknown()},
	} {
		t.Run(name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() { testbed.CheckFault(t, c.do(), c.want) })
		})
	}
	// Once it is accepted, it is too late for everybody.
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	if _, err := accept(t, s.Bed, grace, i); err != nil {
		t.Fatal(err)
	}
	s.Unchanged(t, s.ID, func() {
		testbed.CheckCode(t, decline(t, s.Bed, grace, i), fault.Conflict, "invitation_accepted")
		testbed.CheckCode(t, decline(t, s.Bed, s.Eve, i), fault.Conflict, "invitation_accepted")
		testbed.CheckCode(t, typed(i.Invitee.Email)(), fault.Conflict, "invitation_accepted")
	})
}

// TestDeclineSignedOutTwice: people who are not signed in have no keys of their own, so that nobody's request is taken for another's.
func TestDeclineSignedOutTwice(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for range 2 {
		i := s.Pending(s.Address("grace"))
		caller := testbed.WithKey(request.Caller{}, "click", "decline "+i.ID)
		for range 2 {
			if _, err := s.Decline().Do(t.Context(), caller, invitation.DeclineInput{Locator: byLink(i), Email: i.Invitee.Email}); err != nil {
				t.Fatal(err)
			}
		}
		statusIs(t, s, i, invitation.Declined)
	}
}

func TestDeclineOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	grace := s.SomeoneWith("Grace", i.Invitee.Email)
	caller := testbed.WithKey(grace.Caller, "click", "decline")
	if _, err := s.Decline().Do(t.Context(), caller, invitation.DeclineInput{Locator: byLink(i)}); err != nil {
		t.Fatal(err)
	}
	again := resend(t, s.Bed, s.Ada, i)
	s.Unchanged(t, s.ID, func() { // the repeated request comes late: it does not decline what was sent since
		_, err := s.Decline().Do(t.Context(), caller, invitation.DeclineInput{Locator: byLink(i)})
		testbed.CheckCode(t, err, fault.Gone, "invitation_superseded")
	})
	if _, err := accept(t, s.Bed, grace, again); err != nil {
		t.Error(err)
	}
}
