package brand_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/page"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func ids(brands []brand.Brand) []string {
	var list []string
	for _, b := range brands {
		list = append(list, b.ID)
	}
	return list
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	var got brand.Brand
	var err error
	log := s.Appended(s.Org, func() {
		got, err = s.CreateBrand().Do(t.Context(), s.Ada.Caller, brand.CreateInput{Scope: s.Org, Name: " Umbrella\u202e  Corp "})
	})
	if err != nil {
		t.Fatal(err)
	}
	allowed := access.Action{Allowed: true}
	want := brand.Brand{
		ID: got.ID, Organization: s.ID, Name: "Umbrella Corp", Version: 1,
		Actions: access.Actions{"update": allowed, "delete": allowed, "list_audit_log": allowed, "create_invitation": allowed, "list_members": allowed, "list_invitations": allowed},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantLog := []testbed.Logged{{
		Type: "BrandCreated", Actor: s.Ada.User.ID, Scope: s.Org, Touches: []access.Scope{got.Scope()}, Sequence: "1",
		Fact: event.BrandCreated{Brand: got.ID, After: event.Named{Name: "Umbrella Corp"}},
	}}
	if diff := cmp.Diff(wantLog, log); diff != "" {
		t.Error(diff)
	}
	list, err := s.ListBrands().Do(t.Context(), s.Ada.Caller, brand.ListInput{Scope: s.Org})
	if err != nil || len(list.Items) != 3 || !cmp.Equal(want, list.Items[2]) {
		t.Errorf("listed %+v, %v", list.Items, err)
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageBrands, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.CreateBrand().Do(ctx, caller, brand.CreateInput{Scope: scope, Name: "Evil"})
		return err
	}}.Refusals(t)
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	other := s.Someone("Otto")
	s.Promote(s.Ada, s.ID, other)
	testbed.Repeats(t, testbed.Repeatable{
		Bed: s.Bed, Caller: s.Ada.Caller, Other: other.Caller,
		Do: func(caller request.Caller) (string, error) {
			made, err := s.CreateBrand().Do(t.Context(), caller, brand.CreateInput{Scope: s.Org, Name: "Umbrella"})
			if err == nil && (made.Name != "Umbrella" || made.Organization != s.ID || len(made.Actions) == 0) {
				t.Errorf("made %+v", made)
			}
			return made.ID, err
		},
		Log: func(string) []testbed.Logged { return s.Log(s.Org) },
	})
	// Who has lost the right meanwhile does not get the brand by repeating the request.
	caller := testbed.WithKey(other.Caller, "again", "what is asked")
	if _, err := s.CreateBrand().Do(t.Context(), caller, brand.CreateInput{Scope: s.Org, Name: "Umbrella"}); err != nil {
		t.Fatal(err)
	}
	s.EraseMember(s.ID, other.User.ID)
	_, err := s.CreateBrand().Do(t.Context(), caller, brand.CreateInput{Scope: s.Org, Name: "Umbrella"})
	testbed.CheckFault(t, err, fault.Unknown())
}

// TestCreateLimit shows R27: an organization has at most 1,000 brands.
func TestCreateLimit(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada := bed.Someone("Ada")
	org, made := bed.Organization(ada.Caller, "Acme", "Globex")
	create := func() error {
		_, err := bed.CreateBrand().Do(t.Context(), ada.Caller, brand.CreateInput{Scope: access.Organization(org.ID), Name: "One more"})
		return err
	}
	original := bed.Item("ORG#"+org.ID, "BRAND#"+made[0].ID)
	bed.Copies(original, brand.MaxBrands-2, []string{made[0].ID, "Globex"}, func(i int) []string {
		n := strconv.Itoa(i)
		return []string{"brd_" + strings.Repeat("0", 26-len(n)) + n, "Brand " + n}
	})
	if err := create(); err != nil {
		t.Errorf("the thousandth: %v", err)
	}
	bed.Unchanged(t, org.ID, func() {
		err := create()
		testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
		if fields := testbed.FaultOf(err).Fields; len(fields) != 1 || fields[0].Code != "too_many_brands" || !strings.Contains(fields[0].Detail, "1,000") {
			t.Errorf("fields %+v", fields)
		}
	})

	// All of them can be listed.
	limit := page.MaxLimit
	pages := testbed.Pages(t, func(cursor string) (page.List[brand.Brand], error) {
		return bed.ListBrands().Do(t.Context(), ada.Caller, brand.ListInput{Scope: access.Organization(org.ID), Query: page.Query{Limit: &limit, Cursor: cursor}})
	})
	if all := testbed.Flat(t, pages, limit); len(all) != brand.MaxBrands {
		t.Errorf("listed %d brands", len(all))
	}

	// One that was deleted does not count.
	if _, err := bed.DeleteBrand().Do(t.Context(), ada.Caller, brand.DeleteInput{Scope: made[0].Scope(), Confirm: "Globex"}); err != nil {
		t.Fatal(err)
	}
	if err := create(); err != nil {
		t.Errorf("one more after one was deleted: %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	zero, many := 0, 101
	for _, c := range []struct {
		name string
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		{"a name", brand.CreateInput{Name: strings.Repeat("😀", 100)}, nil},
		{"no name", brand.CreateInput{Name: " "}, []string{"/name required"}},
		{"a long name", brand.CreateInput{Name: strings.Repeat("😀", 101)}, []string{"/name too_long"}},
		{"a list", brand.ListInput{}, nil},
		{"a page of none", brand.ListInput{Query: page.Query{Limit: &zero}}, []string{"?limit out_of_range"}},
		{"a page of 101", brand.ListInput{Query: page.Query{Limit: &many}}, []string{"?limit out_of_range"}},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
