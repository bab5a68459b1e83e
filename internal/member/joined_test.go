package member_test

import (
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// TestJoinedABrand: somebody joins a brand when they get into it, whatever role they get there later, and anew when they are removed and come again.
func TestJoinedABrand(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	grace := s.Someone("Grace")
	joined := s.Now()
	s.Join(s.Ada, s.Brands[0], access.Viewer, grace)
	is := func(step string, want time.Time) {
		t.Helper()
		m := get(t, s, s.Ada, s.Org, grace.User.ID)
		if len(m.Brands) != 1 || !m.Brands[0].JoinedAt.Equal(want) || !m.Brands[0].GrantedAt.Equal(s.Now()) {
			t.Errorf("%s: the organization says %+v, want %s", step, m.Brands, want)
		}
		row := in(t, s, grace.User.ID)
		if !row.JoinedAt.Equal(want) || !row.GrantedAt.Equal(s.Now()) || !get(t, s, s.Bob, s.Globex, grace.User.ID).JoinedAt.Equal(want) {
			t.Errorf("%s: the brand says %+v, want %s", step, row, want)
		}
		if line := strings.Join(member.SheetOf(row.Scope.Kind()).Row(row), ","); !strings.Contains(line, s.Now().Format(time.RFC3339)+","+want.Format(time.RFC3339)) {
			t.Errorf("%s: the file says %s", step, line)
		}
	}
	change := func(who testbed.Someone, scope access.Scope, w member.Wish) {
		t.Helper()
		s.Advance(time.Hour)
		if _, err := s.UpdateMember().Do(t.Context(), who.Caller, member.UpdateInput{Scope: scope, User: grace.User.ID, Wish: w}); err != nil {
			t.Fatal(err)
		}
	}
	is("at first", joined)
	change(s.Bob, s.Globex, wish(access.Publisher, "", nil))
	is("another role in the brand", joined)
	change(s.Ada, s.Org, wish("", "", roles(s.Globex, access.Admin)))
	is("another one in the organization", joined)
	remove(t, s, s.Bob, s.Globex, grace.User.ID)
	change(s.Ada, s.Org, wish("", "", roles(s.Globex, access.Viewer)))
	is("in again", s.Now())
	change(s.Ada, s.Org, wish(access.Admin, "admin", nil))
	change(s.Ada, s.Org, wish(access.Member, "", roles(s.Globex, access.Viewer)))
	is("after all brands were theirs", s.Now())
}

// in is how a brand's list has one of its users.
func in(t *testing.T, s *testbed.Scene, user string) member.Membership {
	t.Helper()
	found, err := s.ListMembers().Do(t.Context(), s.Bob.Caller, member.ListInput{Scope: s.Globex})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found.Items {
		if m.User.ID == user {
			return m
		}
	}
	t.Fatalf("%s is not in the list", user)
	return member.Membership{}
}
