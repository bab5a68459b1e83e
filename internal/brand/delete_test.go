package brand_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/brand"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestGet(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for _, who := range []testbed.Someone{s.Ada, s.Bob, s.Cleo} {
		got, err := s.GetBrand().Do(t.Context(), who.Caller, brand.GetInput{Scope: s.Globex})
		if err != nil || got.Name != "Globex" || got.ID != s.Globex.Brand || got.Actions["update"].Allowed != (who.User.ID == s.Ada.User.ID) {
			t.Errorf("%s: %+v, %v", who.User.Name, got, err)
		}
	}
	testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.Read, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.GetBrand().Do(ctx, caller, brand.GetInput{Scope: scope})
		return err
	}}.Refusals(t)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	rename := func(caller request.Caller, in brand.UpdateInput) (brand.Brand, error) {
		in.Scope = s.Globex
		return s.UpdateBrand().Do(t.Context(), caller, in)
	}
	var got brand.Brand
	log := s.Appended(s.Org, func() {
		var err error
		if got, err = rename(s.Ada.Caller, brand.UpdateInput{Name: " Globex\tLtd. ", IfMatch: 1}); err != nil {
			t.Fatal(err)
		}
	})
	if got.Name != "Globex Ltd." || got.Version != 2 || !got.Actions["delete"].Allowed {
		t.Errorf("got %+v", got)
	}
	want := []testbed.Logged{{
		Type: "BrandUpdated", Actor: s.Ada.User.ID, Scope: s.Org, Touches: []access.Scope{s.Globex}, Sequence: "2",
		Fact: event.BrandUpdated{Brand: s.Globex.Brand, Before: event.Named{Name: "Globex"}, After: event.Named{Name: "Globex Ltd."}},
	}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	s.Unchanged(t, s.ID, func() {
		if same, err := rename(s.Ada.Caller, brand.UpdateInput{Name: "Globex Ltd."}); err != nil || same.Version != 2 {
			t.Errorf("the same name: %+v, %v", same, err)
		}
		_, err := rename(s.Ada.Caller, brand.UpdateInput{Name: "Another", IfMatch: 1})
		testbed.CheckFault(t, err, brand.Stale())
		_, err = rename(s.Bob.Caller, brand.UpdateInput{Name: "Bob's"}) // a Brand Admin, who may not
		testbed.CheckFault(t, err, access.MissingPermissions(access.ManageBrands))
	})
	if diff := cmp.Diff([]string{"/name required"}, testbed.Bad(brand.UpdateInput{})); diff != "" {
		t.Error(diff)
	}
}

// TestDelete shows R26: what people held in the brand ends in the same transaction, and what they hold elsewhere stays.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	open := s.Pending(s.Address("grace"))
	s.Join(s.Ada, s.Brands[1], access.Viewer, s.Cleo)
	remove := func(in brand.DeleteInput) error {
		in.Scope = s.Globex
		_, err := s.DeleteBrand().Do(t.Context(), s.Ada.Caller, in)
		return err
	}
	s.Unchanged(t, s.ID, func() {
		for _, typed := range []string{"", "globex", "Initech", "Globex!"} {
			testbed.CheckCode(t, remove(brand.DeleteInput{Confirm: typed}), fault.Invalid, fault.ConfirmationRequired)
		}
		testbed.CheckFault(t, remove(brand.DeleteInput{Confirm: "Globex", IfMatch: 2}), brand.Stale())
	})
	log := s.Appended(s.Org, func() {
		if err := remove(brand.DeleteInput{Confirm: " Globex ", IfMatch: 1}); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{
		Type: "BrandDeleted", Actor: s.Ada.User.ID, Scope: s.Org, Touches: []access.Scope{s.Globex}, Sequence: "2",
		Fact: event.BrandDeleted{Brand: s.Globex.Brand, Before: event.Named{Name: "Globex"}},
	}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	testbed.CheckFault(t, remove(brand.DeleteInput{Confirm: "Globex"}), fault.Unknown())
	for _, who := range []testbed.Someone{s.Ada, s.Bob, s.Cleo} {
		_, err := s.GetBrand().Do(t.Context(), who.Caller, brand.GetInput{Scope: s.Globex})
		testbed.CheckFault(t, err, fault.Unknown())
		can, err := s.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: s.Globex, Permission: access.Read}})
		if err != nil || can.Verdict.Allowed {
			t.Errorf("%s reads the brand: %+v, %v", who.User.Name, can, err)
		}
	}
	if can, err := s.CheckAccess().Do(t.Context(), s.Cleo.Caller, member.CheckInput{Check: member.Check{Scope: s.Initech, Permission: access.Read}}); err != nil || !can.Verdict.Allowed {
		t.Errorf("Cleo in the other brand: %+v, %v", can, err)
	}
	_, err := s.Accept().Do(t.Context(), s.SomeoneWith("Grace", open.Invitee.Email).Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(open.AcceptURL)}})
	testbed.CheckCode(t, err, fault.Conflict, "invalid_grant") // nothing of the offer is left
}

func TestManageRefusals(t *testing.T) {
	t.Parallel()
	type do func(ctx context.Context, s *testbed.Scene, caller request.Caller, scope access.Scope) error
	for name, act := range map[string]do{
		"update": func(ctx context.Context, s *testbed.Scene, caller request.Caller, scope access.Scope) error {
			_, err := s.UpdateBrand().Do(ctx, caller, brand.UpdateInput{Scope: scope, Name: "Evil"})
			return err
		},
		"delete": func(ctx context.Context, s *testbed.Scene, caller request.Caller, scope access.Scope) error {
			_, err := s.DeleteBrand().Do(ctx, caller, brand.DeleteInput{Scope: scope, Confirm: "Globex"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := testbed.NewScene(t)
			testbed.Exercise{Scene: s, Scope: s.Globex, Needs: access.ManageBrands, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
				return act(ctx, s, caller, scope)
			}}.Refusals(t)
		})
	}
}
