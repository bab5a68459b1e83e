package invitation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// TestMine lists somebody's own open invitations, across organizations, those that end first in front.
func TestMine(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("Grace")
	message := "Join us"
	later := testbed.MemberOffer(s.ID, address, s.Brands[0])
	later.ExpiresInDays, later.Message = new(20), &message
	org := invite(t, s.Bed, s.Ada, later)
	inGlobex := invite(t, s.Bed, s.Bob, brandOffer(s, access.Viewer, address))
	hooli := brandOffer(s, access.Admin, address)
	hooli.Scope, hooli.ExpiresInDays = s.Hooli, new(10)
	elsewhere := invite(t, s.Bed, s.Eve, hooli)
	initech := brandOffer(s, access.Viewer, address)
	initech.Scope = s.Initech
	deleted := invite(t, s.Bed, s.Ada, initech)
	if err := remove(t, s.Bed, s.Ada, deleted); err != nil {
		t.Fatal(err)
	}
	s.Pending(s.Address("somebody-else"))
	grace := s.SomeoneWith("Grace", address)
	mine := func(caller request.Caller, query page.Query) page.List[invitation.Invitation] {
		t.Helper()
		got, err := s.Mine().Do(t.Context(), caller, invitation.MineInput{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	var want []invitation.Invitation
	for _, i := range []invitation.Invitation{inGlobex, elsewhere, org} {
		i.AcceptURL, i.Actions = "", access.Actions{"accept": {Allowed: true}, "decline": {Allowed: true}}
		want = append(want, i)
	}
	if diff := cmp.Diff(page.List[invitation.Invitation]{Items: want}, mine(grace.Caller, page.Query{})); diff != "" {
		t.Error(diff)
	}
	pages := testbed.Pages(t, func(cursor string) (page.List[invitation.Invitation], error) {
		return mine(grace.Caller, page.Query{Limit: new(1), Cursor: cursor}), nil
	})
	if diff := cmp.Diff(want, testbed.Flat(t, pages, 1)); diff != "" {
		t.Error(diff)
	}
	first := mine(grace.Caller, page.Query{Limit: new(1)})
	list := func(who testbed.Someone) func(string) error {
		return func(cursor string) error {
			_, err := s.Mine().Do(t.Context(), who.Caller, invitation.MineInput{Query: page.Query{Cursor: cursor}})
			return err
		}
	}
	testbed.CheckCursors(t, first.NextCursor, []string{"list-my-invitations", grace.User.ID}, list(grace), map[string]func(string) error{"somebody else's list": list(s.Dan)})

	s.Advance(week) // the first one has ended, whether or not its guard is there
	if diff := cmp.Diff(want[1:], mine(grace.Caller, page.Query{Cursor: first.NextCursor}).Items); diff != "" {
		t.Errorf("the next page: %s", diff)
	}
	if diff := cmp.Diff(want[1:], mine(grace.Caller, page.Query{}).Items); diff != "" {
		t.Error(diff)
	}
	again := resend(t, s.Bed, s.Ada, inGlobex)
	if got := mine(grace.Caller, page.Query{}).Items; len(got) != 3 || got[1].ID != again.ID || !got[1].ExpiresAt.Equal(again.ExpiresAt) {
		t.Errorf("after it was sent again: %+v", got)
	}
	if _, err := accept(t, s.Bed, grace, org); err != nil {
		t.Fatal(err)
	}
	if err := decline(t, s.Bed, grace, elsewhere); err != nil {
		t.Fatal(err)
	}
	if got := mine(grace.Caller, page.Query{}).Items; len(got) != 1 || got[0].ID != again.ID {
		t.Errorf("after answering: %+v", got)
	}
	s.Advance(30 * 24 * time.Hour)
	if got := mine(grace.Caller, page.Query{}); got.Items == nil || len(got.Items) != 0 {
		t.Errorf("in the end: %+v", got)
	}
}

func TestMineOfOthers(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	i := s.Pending(s.Address("grace"))
	unproven, err := s.Register().Do(t.Context(), request.Request{}, registration(s, i.Invitee.Email))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Mine().Do(t.Context(), testbed.Caller(unproven.ID), invitation.MineInput{})
	if err != nil || got.Items == nil || len(got.Items) != 0 {
		t.Errorf("without proof of the address: %+v, %v", got, err)
	}
	_, err = s.Mine().Do(t.Context(), request.Caller{}, invitation.MineInput{})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
	_, err = s.Mine().Do(t.Context(), testbed.Caller("usr_"+s.NewID()), invitation.MineInput{})
	testbed.CheckCode(t, err, fault.Forbidden, "not_registered")
}
