package brand_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestListShowsWhatOneMayRead(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	globex, initech := s.Globex.Brand, s.Initech.Brand
	no, yes := access.ActionFrom(access.MissingPermissions(access.ManageUsers)), access.Action{Allowed: true}
	noAudit, notOwn := access.ActionFrom(access.MissingPermissions(access.ViewAudit)), access.ActionFrom(access.MissingPermissions(access.ManageBrands))
	for _, c := range []struct {
		who    testbed.Someone
		want   []string
		manage access.Action
		audit  access.Action
		own    access.Action
	}{
		{s.Ada, []string{globex, initech}, yes, yes, yes},
		{s.Bob, []string{globex}, yes, yes, notOwn},
		{s.Cleo, []string{globex}, no, noAudit, notOwn},
		{s.Dan, []string{initech}, no, noAudit, notOwn},
	} {
		got, err := s.ListBrands().Do(t.Context(), c.who.Caller, brand.ListInput{Scope: s.Org})
		if err != nil || !cmp.Equal(c.want, ids(got.Items)) || got.NextCursor != "" {
			t.Errorf("%s: %+v, %v", c.who.User.Name, got, err)
			continue
		}
		want := access.Actions{
			"create_invitation": c.manage, "list_members": c.manage, "list_invitations": c.manage, "list_audit_log": c.audit, "update": c.own, "delete": c.own,
		}
		if diff := cmp.Diff(want, got.Items[0].Actions); diff != "" {
			t.Errorf("%s: %s", c.who.User.Name, diff)
		}
	}

	s.DeleteScope(s.Globex)
	for _, c := range []struct {
		who  testbed.Someone
		want []string
	}{{s.Ada, []string{initech}}, {s.Bob, nil}, {s.Cleo, nil}, {s.Dan, []string{initech}}} {
		got, err := s.ListBrands().Do(t.Context(), c.who.Caller, brand.ListInput{Scope: s.Org})
		if err != nil || !cmp.Equal(c.want, ids(got.Items)) || got.Items == nil {
			t.Errorf("after Globex was deleted %s: %+v, %v", c.who.User.Name, got, err)
		}
	}
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.Read, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.ListBrands().Do(ctx, caller, brand.ListInput{Scope: scope})
		return err
	}}.Refusals(t)
}

func TestListPages(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, otto := bed.Someone("Ada"), bed.Someone("Otto")
	org, made := bed.Organization(ada.Caller, "Acme", "zebra", "😀", "Alpha", "alpha", "#")
	bed.Promote(ada, org.ID, otto)
	other, _ := bed.Organization(ada.Caller, "Other", "One", "Two")
	one := 1
	list := func(caller request.Caller, organization, cursor string) (page.List[brand.Brand], error) {
		return bed.ListBrands().Do(t.Context(), caller, brand.ListInput{
			Scope: access.Organization(organization), Query: page.Query{Limit: &one, Cursor: cursor},
		})
	}
	pages := testbed.Pages(t, func(cursor string) (page.List[brand.Brand], error) { return list(ada.Caller, org.ID, cursor) })
	if diff := cmp.Diff(ids(made), ids(testbed.Flat(t, pages, one))); diff != "" {
		t.Errorf("not the oldest first: %s", diff)
	}
	first, err := list(ada.Caller, org.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	binding := []string{"list-brands", ada.User.ID, "organizations/" + org.ID}
	testbed.CheckCursors(t, first.NextCursor, binding, func(cursor string) error {
		_, err := list(ada.Caller, org.ID, cursor)
		return err
	}, map[string]func(string) error{
		"the list of another Admin": func(cursor string) error {
			_, err := list(otto.Caller, org.ID, cursor)
			return err
		},
		"another organization": func(cursor string) error {
			_, err := list(ada.Caller, other.ID, cursor)
			return err
		},
	})
}
