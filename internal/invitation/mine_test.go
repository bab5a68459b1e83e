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
	"prism-access/internal/role"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
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

// TestMineAsWorkspacesAre shows invitations to workspaces as they would be answered now: by name and role, in two rounds.
func TestMineAsWorkspacesAre(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pending := invite(t, l.Bed, l.Bob, l.asks(l.Analyst, l.Grace.User.Username))
	answers := func() (accept, decline access.Action) {
		t.Helper()
		ctx, meter := telemetry.WithMeter(t.Context())
		list, err := l.Mine().Do(ctx, l.Grace.Caller, invitation.MineInput{})
		if err != nil || len(list.Items) != 1 || meter.Rounds() != 2 {
			t.Fatalf("%+v, %v, %d rounds", list, err, meter.Rounds())
		}
		pending = list.Items[0]
		return pending.Actions["accept"], pending.Actions["decline"]
	}
	yes := access.Action{Allowed: true}
	if accept, decline := answers(); accept != yes || decline != yes {
		t.Errorf("open: %+v, %+v", accept, decline)
	}

	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst, ReassignTo: l.Sender}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.UpdateWorkspace().Do(t.Context(), l.Ada.Caller, workspace.UpdateInput{Scope: l.Scope, Name: "Laboratory"}); err != nil {
		t.Fatal(err)
	}
	if answers(); pending.ScopeName != "Laboratory" || pending.Role != l.Sender || pending.RoleName != "Sender" {
		t.Errorf("renamed and reassigned: %+v", pending)
	}

	if _, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	accept, decline := answers()
	_, err := l.Accept().Do(t.Context(), l.Grace.Caller, invitation.AcceptInput{Locator: byID(pending)})
	if accept.Code != "scope_disabled" || accept != access.ActionFrom(err) || decline != yes {
		t.Errorf("disabled: %+v, %+v, and accepting says %v", accept, decline, err)
	}

	if _, err := l.DeleteWorkspace().Do(t.Context(), l.Ada.Caller, workspace.DeleteInput{Scope: l.Scope, Confirm: "Laboratory"}); err != nil {
		t.Fatal(err)
	}
	accept, decline = answers()
	_, err = l.Decline().Do(t.Context(), l.Grace.Caller, invitation.DeclineInput{Locator: byID(pending)})
	if accept.Code != "scope_deleted" || accept != access.ActionFrom(err) || decline != accept {
		t.Errorf("deleted: %+v, %+v, and declining says %v", accept, decline, err)
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
