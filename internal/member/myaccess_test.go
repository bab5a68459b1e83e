package member_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestMyAccess(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	second, brands := s.Organization(s.Eve.Caller, "Second", "Sales")
	s.Join(s.Eve, brands[0], access.Admin, s.Dan)
	third, _ := s.Organization(s.Dan.Caller, "Third")

	got, err := s.MyAccess().Do(t.Context(), s.Dan.Caller, member.MyAccessInput{})
	if err != nil {
		t.Fatal(err)
	}
	var want []member.Membership
	for _, id := range []string{s.ID, second.ID, third.ID} {
		one, err := s.GetMember().Do(t.Context(), s.Dan.Caller, member.GetInput{Scope: access.Organization(id), User: "me"})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, one)
	}
	if diff := cmp.Diff(page.List[member.Membership]{Items: want}, got); diff != "" {
		t.Error(diff)
	}

	one := 1
	list := func(caller request.Caller, cursor string) (page.List[member.Membership], error) {
		return s.MyAccess().Do(t.Context(), caller, member.MyAccessInput{Query: page.Query{Limit: &one, Cursor: cursor}})
	}
	pages := testbed.Pages(t, func(cursor string) (page.List[member.Membership], error) { return list(s.Dan.Caller, cursor) })
	if diff := cmp.Diff(want, testbed.Flat(t, pages, one)); diff != "" {
		t.Error(diff)
	}
	first, err := list(s.Dan.Caller, "")
	if err != nil {
		t.Fatal(err)
	}
	testbed.CheckCursors(t, first.NextCursor, []string{"list-my-access", s.Dan.User.ID}, func(cursor string) error {
		_, err := list(s.Dan.Caller, cursor)
		return err
	}, map[string]func(string) error{"somebody else's list": func(cursor string) error {
		_, err := list(s.Ada.Caller, cursor)
		return err
	}})

	// What was deleted is not shown, and what one has left is not either.
	s.DeleteScope(access.Organization(second.ID))
	s.EraseMember(third.ID, s.Dan.User.ID)
	got, err = s.MyAccess().Do(t.Context(), s.Dan.Caller, member.MyAccessInput{Fresh: []access.Scope{
		access.Organization(second.ID), access.Organization(third.ID), s.Elsewhere, access.Organization("org_unknown"), access.Organization("#"), access.Workspace("wsp_unknown"),
	}})
	if diff := cmp.Diff(want[:1], got.Items); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestMyAccessOfNobody(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	_, err := bed.MyAccess().Do(t.Context(), request.Caller{}, member.MyAccessInput{})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
	got, err := bed.MyAccess().Do(t.Context(), bed.Someone("Ada").Caller, member.MyAccessInput{})
	if err != nil || got.Items == nil || len(got.Items) != 0 {
		t.Errorf("of somebody new: %+v, %v", got, err)
	}
}
