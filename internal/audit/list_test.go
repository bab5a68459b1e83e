package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// archive is a scene whose log has something to tell.
type archive struct {
	*testbed.Scene
	t       *testing.T
	invited invitation.Invitation
}

func newArchive(t *testing.T) archive {
	t.Helper()
	a := archive{Scene: testbed.NewScene(t), t: t}
	a.invited = a.Pending(a.Address("grace"))
	_, err := a.UpdateMember().Do(t.Context(), a.Ada.Caller, member.UpdateInput{Scope: a.Org, User: a.Cleo.User.ID, Wish: member.Wish{
		Brands: map[string]*access.Role{a.Globex.Brand: new(access.Viewer), a.Initech.Brand: new(access.Publisher)}, Reason: "=moved",
	}})
	if err != nil {
		t.Fatal(err)
	}
	accepted := a.Pending(a.Address("hugo"))
	hugo := a.SomeoneWith("Hugo", accepted.Invitee.Email)
	if _, err = a.Accept().Do(t.Context(), hugo.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(accepted.AcceptURL)}}); err != nil {
		t.Fatal(err)
	}
	if _, err = a.Delete().Do(t.Context(), a.Ada.Caller, invitation.DeleteInput{Scope: a.Org, ID: a.invited.ID}); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a archive) list(in audit.ListInput) []audit.Listed {
	a.t.Helper()
	list, err := a.ListAuditLog().Do(a.t.Context(), a.Ada.Caller, in)
	if err != nil {
		a.t.Fatalf("%+v: %v", in, err)
	}
	return list.Items
}

// settle does to all entries what the subscribers do in a moment: they are published, and brands' logs point to them.
func (a archive) settle() {
	a.t.Helper()
	var published []audit.Entry
	for _, entry := range a.list(audit.ListInput{Scope: a.Org, Query: page.Query{Limit: new(100)}}) {
		published = append(published, audit.Entry{ID: entry.ID, Scope: entry.Scope, Actor: entry.Actor})
	}
	a.Index(a.ID)
	if err := a.Table.MarkPublished(a.t.Context(), published); err != nil {
		a.t.Fatal(err)
	}
}

func types(entries []audit.Listed) []string {
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Type)
	}
	return all
}

func TestList(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	all := a.list(audit.ListInput{Scope: a.Org})
	want := []string{
		"InvitationDeleted", "MemberAdded", "InvitationAccepted", "InvitationCreated", "MemberRoleChanged", "InvitationCreated", "MemberAdded", "MemberAdded",
		"MemberAdded", "BrandCreated", "BrandCreated",
		"MemberAdded", "OrganizationCreated",
	}
	if diff := cmp.Diff(want, types(all)); diff != "" {
		t.Fatal(diff)
	}
	brands := func(roles ...string) any {
		var list []any
		for n, role := range roles {
			if role != "" {
				list = append(list, map[string]any{"id": a.Brands[n].ID, "name": a.Brands[n].Name, "role": role})
			}
		}
		return list
	}
	got := all[4]
	wantChange := audit.Listed{
		ID: got.ID, Type: "MemberRoleChanged", OccurredAt: testbed.Start, Actor: access.Person{ID: a.Ada.User.ID, Name: "Ada"}, Scope: a.Org,
		Scopes: got.Scopes, User: &access.Person{ID: a.Cleo.User.ID, Name: "Cleo", Email: a.Cleo.User.Email, Username: a.Cleo.User.Username},
		Before: map[string]any{"role": "member", "brands": brands("publisher")}, After: map[string]any{"role": "member", "brands": brands("viewer", "publisher")},
		Via: "direct", GrantedBy: &access.Person{ID: a.Ada.User.ID, Name: "Ada"}, Reason: "=moved", Sequence: 2, RequestID: a.Ada.Caller.Request.ID,
	}
	if diff := cmp.Diff(wantChange, got); diff != "" {
		t.Error(diff)
	}
	if got := all[1]; got.Actor.Name != "Hugo" || cmp.Diff(wantChange.GrantedBy, got.GrantedBy) != "" {
		t.Errorf("who accepted was let in by %+v", got.GrantedBy)
	}
	if deleted := all[0]; deleted.After != nil || deleted.Before["id"] != a.invited.ID || deleted.User.Email != a.invited.Invitee.Email || deleted.Before["status"] != "pending" {
		t.Errorf("the deleted invitation: %+v", deleted)
	}
	if created := all[5]; created.Before != nil || created.After["id"] != a.invited.ID {
		t.Errorf("the created invitation: %+v", created)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.settle()
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	changed := []string{"MemberRoleChanged", "MemberAdded"}
	for name, c := range map[string]struct {
		in   audit.ListInput
		want []string
	}{
		"about a person":             {audit.ListInput{User: a.Cleo.User.ID}, changed},
		"about nobody":               {audit.ListInput{User: a.Eve.User.ID}, nil},
		"by an actor":                {audit.ListInput{Actor: a.Bob.User.ID}, nil},
		"by Ada, about a person":     {audit.ListInput{Actor: a.Ada.User.ID, User: a.Cleo.User.ID}, changed},
		"by Bob, about a person":     {audit.ListInput{Actor: a.Bob.User.ID, User: a.Cleo.User.ID}, nil},
		"of a type":                  {audit.ListInput{Type: "BrandCreated"}, []string{"BrandCreated", "BrandCreated"}},
		"of a type, by Ada":          {audit.ListInput{Type: "MemberRoleChanged", Actor: a.Ada.User.ID}, []string{"MemberRoleChanged"}},
		"of a type, about a person":  {audit.ListInput{Type: "MemberAdded", User: a.Cleo.User.ID}, []string{"MemberAdded"}},
		"to an address":              {audit.ListInput{User: a.invited.Invitee.Email}, []string{"InvitationDeleted", "InvitationCreated"}},
		"to nobody's address":        {audit.ListInput{User: "nobody@example.com"}, nil},
		"since an hour":              {audit.ListInput{Type: "BrandCreated", From: &past, To: &future}, []string{"BrandCreated", "BrandCreated"}},
		"before":                     {audit.ListInput{To: &past}, nil},
		"later":                      {audit.ListInput{From: &future}, nil},
		"of a brand":                 {audit.ListInput{Scope: a.Initech}, []string{"MemberRoleChanged", "MemberAdded", "BrandCreated"}},
		"of a brand, of a type":      {audit.ListInput{Scope: a.Initech, Type: "BrandCreated"}, []string{"BrandCreated"}},
		"of a brand, about a person": {audit.ListInput{Scope: a.Initech, User: a.Cleo.User.ID}, []string{"MemberRoleChanged"}},
		"of a brand, by an actor":    {audit.ListInput{Scope: a.Initech, Actor: a.Ada.User.ID}, []string{"MemberRoleChanged", "MemberAdded", "BrandCreated"}},
		"of a brand, lately":         {audit.ListInput{Scope: a.Initech, From: &future}, nil},
	} {
		if c.in.Scope == (access.Scope{}) {
			c.in.Scope = a.Org
		}
		if diff := cmp.Diff(c.want, types(a.list(c.in))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if all := a.list(audit.ListInput{Scope: a.Org, Actor: a.Ada.User.ID}); len(all) != 11 {
		t.Errorf("by Ada: %v", types(all))
	}
}

// TestListOfABrand: its Admin reads what touches it, and nothing about other brands.
func TestListOfABrand(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.settle()
	list, err := a.ListAuditLog().Do(t.Context(), a.Bob.Caller, audit.ListInput{Scope: a.Globex})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"InvitationDeleted", "MemberAdded", "InvitationAccepted", "InvitationCreated", "MemberRoleChanged", "InvitationCreated", "MemberAdded", "MemberAdded", "BrandCreated",
	}
	if diff := cmp.Diff(want, types(list.Items)); diff != "" {
		t.Fatal(diff)
	}
	changed := list.Items[4]
	if diff := cmp.Diff([]access.Scope{a.Org, a.Globex}, changed.Scopes); diff != "" {
		t.Error(diff)
	}
	for _, side := range []map[string]any{changed.Before, changed.After} {
		if named, _ := side["brands"].([]any); len(named) != 1 || named[0].(map[string]any)["id"] != a.Globex.Brand { //nolint:forcetypeassert // else it panics, and fails
			t.Errorf("Bob reads %+v", side)
		}
	}
	if _, err := a.DeleteBrand().Do(t.Context(), a.Ada.Caller, brand.DeleteInput{Scope: a.Globex, Confirm: "Globex"}); err != nil {
		t.Fatal(err)
	}
	a.settle()
	if got := a.list(audit.ListInput{Scope: a.Globex}); len(got) != 10 || got[0].Type != "BrandDeleted" || got[0].Before["name"] != "Globex" {
		t.Errorf("of the deleted brand Ada reads %v", types(got))
	}
	for _, who := range []testbed.Someone{a.Bob, a.Cleo, a.Eve} {
		_, err := a.ListAuditLog().Do(t.Context(), who.Caller, audit.ListInput{Scope: a.Globex})
		testbed.CheckFault(t, err, fault.Unknown())
	}
	a.DeleteScope(a.Org)
	_, err = a.ListAuditLog().Do(t.Context(), a.Ada.Caller, audit.ListInput{Scope: a.Globex})
	testbed.CheckFault(t, err, fault.Unknown())
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, scope := range map[string]access.Scope{"organization": s.Org, "brand": s.Globex} {
		t.Run(name, func(t *testing.T) {
			testbed.Exercise{Scene: s, Scope: scope, Needs: access.ViewAudit, Outlives: scope == s.Globex, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
				_, err := s.ListAuditLog().Do(ctx, caller, audit.ListInput{Scope: scope})
				return err
			}}.Refusals(t)
		})
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.settle()
	other := a.Someone("Otto")
	a.Promote(a.Ada, a.ID, other)
	for name, in := range map[string]audit.ListInput{
		"all": {Scope: a.Org}, "of a brand": {Scope: a.Globex}, "sifted": {Scope: a.Org, Type: "MemberAdded"}, "of a brand, sifted": {Scope: a.Globex, Type: "MemberAdded"},
		"about a person": {Scope: a.Org, User: a.Cleo.User.ID}, "by an actor": {Scope: a.Globex, Actor: a.Ada.User.ID},
		"to an address": {Scope: a.Org, User: a.invited.InviteeKey},
	} {
		t.Run(name, func(t *testing.T) {
			one := 1
			list := func(caller request.Caller, in audit.ListInput, cursor string) (page.List[audit.Listed], error) {
				in.Query = page.Query{Limit: &one, Cursor: cursor}
				return a.ListAuditLog().Do(t.Context(), caller, in)
			}
			want := a.list(in)
			pages := testbed.Pages(t, func(cursor string) (page.List[audit.Listed], error) { return list(a.Ada.Caller, in, cursor) })
			if diff := cmp.Diff(want, slices.Concat(pages...)); diff != "" {
				t.Errorf("page by page: %s", diff)
			}
			first, err := list(a.Ada.Caller, in, "")
			if err != nil {
				t.Fatal(err)
			}
			binding := []string{"list-audit-log", a.Ada.User.ID, in.Scope.String(), in.Actor, in.User, in.Type, "", ""}
			testbed.CheckCursors(t, first.NextCursor, binding, func(cursor string) error {
				_, err := list(a.Ada.Caller, in, cursor)
				return err
			}, map[string]func(string) error{
				"the list of another Admin": func(cursor string) error {
					_, err := list(other.Caller, in, cursor)
					return err
				},
				"another filter": func(cursor string) error {
					in := in
					in.Type = "InvitationCreated"
					_, err := list(a.Ada.Caller, in, cursor)
					return err
				},
				"another address": func(cursor string) error {
					in := in
					in.User = a.Ada.Key()
					_, err := list(a.Ada.Caller, in, cursor)
					return err
				},
			})
		})
	}
}

// TestOnePersonIsOneHistory: by id and by address, in and gone, page by page.
func TestOnePersonIsOneHistory(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	a := archive{Scene: s, t: t}
	invited := a.Pending(a.Address("Hedy"))
	a.Pending(a.Address("other"))
	hedy := a.SomeoneWith("Hedy", strings.ToUpper(invited.Invitee.Email))
	if _, err := a.Accept().Do(t.Context(), hedy.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(invited.AcceptURL)}}); err != nil {
		t.Fatal(err)
	}
	check := func(when string, want ...string) {
		t.Helper()
		for name, who := range map[string]string{"id": hedy.User.ID, "address": invited.Invitee.Email, "address in capitals": strings.ToUpper(invited.Invitee.Email)} {
			in := audit.ListInput{Scope: a.Org, User: who}
			if diff := cmp.Diff(want, types(a.list(in))); diff != "" {
				t.Errorf("%s, by %s: %s", when, name, diff)
			}
			one := 1
			pages := testbed.Pages(t, func(cursor string) (page.List[audit.Listed], error) {
				in.Query = page.Query{Limit: &one, Cursor: cursor}
				return a.ListAuditLog().Do(t.Context(), a.Ada.Caller, in)
			})
			if diff := cmp.Diff(want, types(slices.Concat(pages...))); diff != "" {
				t.Errorf("%s, by %s, page by page: %s", when, name, diff)
			}
		}
	}
	check("in", "MemberAdded", "InvitationAccepted", "InvitationCreated")
	if _, err := a.RemoveMember().Do(t.Context(), hedy.Caller, member.RemoveInput{Scope: a.Org, User: hedy.User.ID}); err != nil {
		t.Fatal(err)
	}
	a.Pending(hedy.User.Email)
	check("gone and invited again", "InvitationCreated", "MemberRemoved", "MemberAdded", "InvitationAccepted", "InvitationCreated")
	a.settle()
	for name, in := range map[string]audit.ListInput{"done by them": {Scope: a.Org, Actor: hedy.User.Email}, "done by them, in a brand": {Scope: a.Globex, Actor: hedy.User.Email}} {
		if got := types(a.list(in)); !slices.Equal(got, []string{"MemberRemoved", "MemberAdded", "InvitationAccepted"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := types(a.list(audit.ListInput{Scope: a.Org, Actor: a.Ada.User.Email, User: hedy.User.ID, Type: "InvitationCreated"})); len(got) != 2 {
		t.Errorf("invited by Ada: %q", got)
	}
	// Who claims an address without proof is not whom it was invited.
	claims := a.Unverified("Mallory", invited.Invitee.Email)
	if got := a.list(audit.ListInput{Scope: a.Org, User: claims.User.ID}); len(got) != 0 {
		t.Errorf("about whoever claims the address: %q", types(got))
	}
}

// TestListReadsNoMoreThanItMay: what is rare in a long log makes short pages, and is found all the same.
func TestListReadsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	ivy := a.Pending(a.Address("ivy")) // who has no account
	all := a.list(audit.ListInput{Scope: a.Org})
	original := a.Item("ORG#"+a.ID+"#LOG", all[1].ID)
	old := testbed.Text(original, "SK")
	a.Copies(original, 2*audit.MaxSifted, []string{old}, func(int) []string { return []string{a.NewID()} })
	for name, in := range map[string]audit.ListInput{"a type": {Type: "OrganizationCreated"}, "an address": {User: ivy.Invitee.Email}} {
		pages := testbed.Pages(t, func(cursor string) (page.List[audit.Listed], error) {
			in.Scope, in.Query = a.Org, page.Query{Cursor: cursor}
			return a.ListAuditLog().Do(t.Context(), a.Ada.Caller, in)
		})
		if len(pages) != 3 || len(pages[0]) != 0 || len(pages[1]) != 0 || len(pages[2]) == 0 {
			t.Errorf("%s: pages of %v", name, pages)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long := time.Date(1960, time.January, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		in   audit.ListInput
		want []string
	}{
		"nothing asked":      {audit.ListInput{}, nil},
		"known":              {audit.ListInput{Actor: "link-holder", User: "usr_1", Type: "BrandDeleted"}, nil},
		"ids that are none":  {audit.ListInput{Actor: "a b", User: "ORG#1"}, []string{"?actor malformed", "?user malformed"}},
		"addresses":          {audit.ListInput{Scope: access.Organization("org_1"), Actor: "ada@example.com", User: "bob@example.com"}, nil},
		"endless addresses":  {audit.ListInput{Scope: access.Organization("org_1"), User: strings.Repeat("a", 255) + "@example.com"}, []string{"?user malformed"}},
		"in a workspace":     {audit.ListInput{Scope: access.Workspace("wsp_1"), Actor: "ada@example.com", User: "bob@example.com"}, []string{"?actor malformed", "?user malformed"}},
		"an unknown type":    {audit.ListInput{Type: "BrandSold"}, []string{"?type unknown_type"}},
		"before all time":    {audit.ListInput{From: &long}, []string{"?from out_of_range"}},
		"nothing between":    {audit.ListInput{From: &at, To: &at}, []string{"?to out_of_range"}},
		"a page of too many": {audit.ListInput{Query: page.Query{Limit: new(101)}}, []string{"?limit out_of_range"}},
	} {
		got := testbed.Bad(c.in)
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestSheet: a line has a cell for each column, whatever the fact is.
func TestSheet(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	for _, entry := range a.list(audit.ListInput{Scope: a.Org}) {
		row := audit.Sheet.Row(entry)
		if by := strings.Join(row[15:17], ","); strings.HasPrefix(entry.Type, "Member") && by != "Ada,"+a.Ada.User.ID {
			t.Errorf("%s was granted by %s", entry.Type, by)
		}
		if len(row) != len(audit.Sheet.Header) || row[2] != entry.Type || row[8] != entry.Scope.String() {
			t.Errorf("%s: %q", entry.Type, row)
		}
	}
}
