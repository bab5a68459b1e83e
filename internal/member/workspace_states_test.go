package member_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// TestDeletedWorkspace: nobody is in it any more.
func TestDeletedWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	l.DeleteScope(l.Scope)
	for name, do := range map[string]func() error{
		"list": func() error {
			_, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope})
			return err
		},
		"search": func() error {
			_, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope, Q: "vic"})
			return err
		},
		"get": func() error {
			_, err := l.GetMember().Do(t.Context(), l.Ada.Caller, member.GetInput{Scope: l.Scope, User: "me"})
			return err
		},
		"leave": func() error {
			_, err := l.RemoveMember().Do(t.Context(), l.Vic.Caller, member.RemoveInput{Scope: l.Scope, User: "me"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { testbed.CheckFault(t, do(), fault.Unknown()) })
	}
}

// TestMyWorkspaces lists what somebody is in: with the names of roles and whether it is disabled, of one kind or of both.
func TestMyWorkspaces(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	org, _ := l.Organization(l.Vic.Caller, "Acme")
	mine := func(in member.MyAccessInput) []string {
		t.Helper()
		got, err := l.MyAccess().Do(t.Context(), l.Vic.Caller, in)
		if err != nil {
			t.Fatal(err)
		}
		all := []string{}
		for _, m := range got.Items {
			all = append(all, m.ScopeName+" "+string(m.Role)+" "+m.RoleName+" "+m.ScopeStatus)
		}
		slices.Sort(all)
		return all
	}
	ours, theirs := "Acme admin  ", "Genomics "+string(l.Viewer.ID)+" Viewer enabled"
	both := []access.Scope{access.Organization(org.ID), l.Scope, l.Elsewhere}
	for _, c := range []struct {
		in   member.MyAccessInput
		want []string
	}{
		{member.MyAccessInput{}, []string{ours, theirs}},
		{member.MyAccessInput{Kind: "workspace"}, []string{theirs}},
		{member.MyAccessInput{Kind: "organization"}, []string{ours}},
		{member.MyAccessInput{Fresh: both}, []string{ours, theirs}},
		{member.MyAccessInput{Kind: "workspace", Fresh: both}, []string{theirs}},
	} {
		if diff := cmp.Diff(c.want, mine(c.in)); diff != "" {
			t.Errorf("%+v: %s", c.in, diff)
		}
	}
	if diff := cmp.Diff([]string{"?kind unknown_kind"}, testbed.Bad(member.MyAccessInput{Kind: "brand"})); diff != "" {
		t.Error(diff)
	}
	one := 1
	first, err := l.MyAccess().Do(t.Context(), l.Vic.Caller, member.MyAccessInput{Query: page.Query{Limit: &one}})
	if err != nil || first.NextCursor == "" {
		t.Fatal(first, err)
	}
	_, err = l.MyAccess().Do(t.Context(), l.Vic.Caller, member.MyAccessInput{Kind: "workspace", Query: page.Query{Cursor: first.NextCursor}})
	testbed.CheckFault(t, err, page.InvalidCursor())
	l.DeleteScope(l.Scope)
	if diff := cmp.Diff([]string{ours}, mine(member.MyAccessInput{})); diff != "" {
		t.Error(diff)
	}
	_, err = l.MyAccess().Do(t.Context(), request.Caller{}, member.MyAccessInput{Kind: "workspace"})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
}

// TestDisabledWorkspace: what is not reading, enabling or deleting is refused to everybody, and said by check-access as well (R29).
func TestDisabledWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	if _, err := l.DisableWorkspace().Do(t.Context(), l.Ada.Caller, workspace.SwitchInput{Scope: l.Scope}); err != nil {
		t.Fatal(err)
	}
	disabled := access.Standing{Exists: true, Disabled: true}.Enabled()
	l.Unchanged(t, l.ID, func() {
		for name, do := range map[string]func() error{
			"list": func() error {
				_, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope})
				return err
			},
			"update": func() error {
				_, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, member.UpdateInput{Scope: l.Scope, User: l.Vic.User.ID, Wish: member.Wish{Role: l.Analyst.ID}})
				return err
			},
			"remove": func() error {
				_, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: l.Vic.User.ID})
				return err
			},
			"leave": func() error {
				_, err := l.RemoveMember().Do(t.Context(), l.Vic.Caller, member.RemoveInput{Scope: l.Scope, User: "me"})
				return err
			},
			"bulk": func() error {
				_, err := l.BulkRemove().Do(t.Context(), l.Ada.Caller, member.BulkRemoveInput{Scope: l.Scope, Members: selected(l.Vic)})
				return err
			},
			"somebody's access": func() error {
				_, err := l.CheckAccess().Do(t.Context(), l.Mia.Caller, member.CheckInput{Check: member.Check{User: l.Ann.User.ID, Scope: l.Scope, Permission: access.Read}})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) { testbed.CheckFault(t, do(), testbed.FaultOf(disabled)) })
		}
	})
	for permission, want := range map[access.Permission]bool{access.Read: true, access.Enable: true, access.Delete: true, access.Update: false, access.Disable: false, "create_cvms": false} {
		got, err := l.CheckAccess().Do(t.Context(), l.Ada.Caller, member.CheckInput{Check: member.Check{Scope: l.Scope, Permission: permission}})
		if err != nil || got.Allowed != want {
			t.Errorf("%s: %+v, %v", permission, got, err)
		}
	}
	if got, err := l.GetMember().Do(t.Context(), l.Vic.Caller, member.GetInput{Scope: l.Scope, User: "me"}); err != nil || got.Actions["remove"].Code != "scope_disabled" {
		t.Errorf("%+v, %v", got, err)
	}
	mine, err := l.MyAccess().Do(t.Context(), l.Vic.Caller, member.MyAccessInput{})
	if err != nil || len(mine.Items) != 1 || mine.Items[0].ScopeStatus != "disabled" || mine.Items[0].Actions["remove"].Code != "scope_disabled" {
		t.Errorf("%+v, %v", mine, err)
	}
}
