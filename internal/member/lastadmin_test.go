package member_test

import (
	"errors"
	"testing"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/testbed"
)

// TestDowngradeEachOther has two Admins make each other Members, one between the reading and the writing of the other. Just the first
// downgrade commits, also when a third Admin would stay.
func TestDowngradeEachOther(t *testing.T) {
	t.Parallel()
	for name, third := range map[string]bool{"no third": false, "a third": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			s := bed.Scene()
			abe := s.Someone("Abe")
			s.Promote(s.Ada, s.ID, abe)
			want := "1"
			if third {
				s.Promote(s.Ada, s.ID, s.Someone("Tess"))
				want = "2"
			}
			downgrade := func(who, whom testbed.Someone) error {
				_, err := s.UpdateMember().Do(t.Context(), who.Caller, member.UpdateInput{Scope: s.Org, User: whom.User.ID, Wish: wish(access.Member, "", roles(s.Globex, access.Viewer))})
				return err
			}
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
				if err := downgrade(abe, s.Ada); err != nil {
					t.Error(err)
				}
			}))
			log := s.Appended(s.Org, func() { testbed.CheckFault(t, downgrade(s.Ada, abe), access.MissingPermissions(access.ManageUsers)) })
			if len(log) != 1 || log[0].User != s.Ada.User.ID || admins(s) != want {
				t.Errorf("logged %+v, %s Admins", log, admins(s))
			}
			if got := get(t, s, abe, s.Org, "me"); got.Role != access.Admin {
				t.Errorf("Abe is %s", got.Role)
			}
		})
	}
	for name, third := range map[string]bool{"at once, no third": false, "at once, a third": true} {
		t.Run(name, func(t *testing.T) { downgradeAtOnce(t, third) })
	}
}

// downgradeAtOnce is the same without knowing who is first, several times over.
func downgradeAtOnce(t *testing.T, third bool) {
	t.Helper()
	t.Parallel()
	for range 5 {
		s := testbed.NewScene(t)
		abe, want := s.Someone("Abe"), "1"
		s.Promote(s.Ada, s.ID, abe)
		if third {
			s.Promote(s.Ada, s.ID, s.Someone("Tess"))
			want = "2"
		}
		two, errs := []testbed.Someone{s.Ada, abe}, [2]error{}
		log := s.Appended(s.Org, func() {
			testbed.AtOnce(2, func(i int) {
				_, errs[i] = s.UpdateMember().Do(t.Context(), two[i].Caller, member.UpdateInput{Scope: s.Org, User: two[1-i].User.ID, Wish: wish(access.Member, "", roles(s.Globex, access.Viewer))})
			})
		})
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), fault.Forbidden) || admins(s) != want || len(log) != 1 {
			t.Errorf("%v, %s Admins, logged %v", errs, admins(s), testbed.Types(log))
		}
	}
}

// TestLastAdminIsCounted shows what holds when a rule has decided otherwise: the count of Admins in the organization.
func TestLastAdminIsCounted(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	s.SetRole(s.ID, s.Dan.User.ID, access.Admin) // and the count does not know
	s.Unchanged(t, s.ID, func() {
		_, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: s.Dan.User.ID, Wish: wish(access.Member, "", roles(s.Globex, access.Viewer))})
		testbed.CheckFault(t, err, member.LastAdmin(access.KindOrganization))
		_, err = s.RemoveMember().Do(t.Context(), s.Ada.Caller, member.RemoveInput{Scope: s.Org, User: s.Dan.User.ID})
		testbed.CheckFault(t, err, member.LastAdmin(access.KindOrganization))
	})
}

// TestLastTwoLeave has the two Admins of an organization leave at the same moment: one of them stays.
func TestLastTwoLeave(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := testbed.NewScene(t)
		abe := s.Someone("Abe")
		s.Promote(s.Ada, s.ID, abe)
		two, errs := []testbed.Someone{s.Ada, abe}, [2]error{}
		testbed.AtOnce(2, func(i int) {
			_, errs[i] = s.RemoveMember().Do(t.Context(), two[i].Caller, member.RemoveInput{Scope: s.Org, User: "me"})
		})
		if (errs[0] == nil) == (errs[1] == nil) || !fault.HasCode(errors.Join(errs[:]...), "last_admin") || admins(s) != "1" {
			t.Errorf("%v, %s Admins", errs, admins(s))
		}
	}
}
