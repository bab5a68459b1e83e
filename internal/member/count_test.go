package member_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestCount(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.Pending(s.Address("one"))
	s.Pending(s.Address("two"))
	s.Asks(s.Someone("Grace"))
	if _, err := s.Reject().Do(t.Context(), s.Ada.Caller, accessrequest.RejectInput{Scope: s.Org, ID: s.Asks(s.Someone("Heidi")).ID}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who   testbed.Someone
		scope access.Scope
		want  member.Counts
	}{
		{s.Ada, s.Org, member.Counts{Members: 4, Invitations: 2, Requests: 1}},
		{s.Ada, s.Globex, member.Counts{Members: 3}},
		{s.Bob, s.Globex, member.Counts{Members: 3}},
		{s.Ada, s.Initech, member.Counts{Members: 2}},
	} {
		got, err := s.Count().Do(t.Context(), c.who.Caller, c.scope)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s of %s: %v %s", c.who.User.Name, c.scope, err, diff)
		}
	}
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.Count().Do(ctx, caller, scope)
		return err
	}}.Refusals(t)
}

// TestCountIsCapped shows R30: counts are exact to 99, however large the items are.
func TestCountIsCapped(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	seed := func(many int) {
		original := s.Item("ORG#"+s.ID, "MEMBER#"+s.Dan.User.ID)
		original["padding"] = map[string]any{"S": strings.Repeat("x", 20_000)}
		s.Copies(original, many, []string{s.Dan.User.ID}, func(int) []string { return []string{"usr_" + s.NewID()} })
	}
	for _, step := range []struct{ seed, want int }{{95, 99}, {1, 100}, {50, 100}} {
		seed(step.seed)
		if got, err := s.Count().Do(t.Context(), s.Ada.Caller, s.Org); err != nil || got.Members != step.want {
			t.Errorf("got %+v, %v, want %d", got, err, step.want)
		}
	}
}

// TestCountInAWorkspace shows each who sees but one of the lists its count alone.
func TestCountInAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	sees, manages := l.Role(l.Ada, l.Workspace, "Sees", access.ViewRoleUsers), l.Role(l.Ada, l.Workspace, "Manages", access.ManageInvitations)
	watcher, clerk := l.Newcomer(sees.ID), l.Newcomer(manages.ID)
	in := invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: l.Someone("Kim").User.Username}}, Terms: invitation.Terms{Role: l.Viewer.ID},
	}
	if _, err := l.Create().Do(t.Context(), l.Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  testbed.Someone
		want member.Counts
	}{{l.Ada, member.Counts{Members: 6, Invitations: 1}}, {watcher, member.Counts{Members: 6}}, {clerk, member.Counts{Invitations: 1}}} {
		if got, err := l.Count().Do(t.Context(), c.who.Caller, l.Scope); err != nil || got != c.want {
			t.Errorf("got %+v, %v, want %+v", got, err, c.want)
		}
	}
	_, err := l.Count().Do(t.Context(), l.Vic.Caller, l.Scope)
	testbed.CheckCode(t, err, fault.Forbidden, "permission_missing")
}
