package invitation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// managing is an operation on one invitation by those who manage a scope.
type managing func(ctx context.Context, caller request.Caller, scope access.Scope, id string) error

// exercise tries the operation as everybody who may not, in the organization and in a brand, and with ids that lead to nothing there.
func (do managing) exercise(t *testing.T, s *testbed.Scene) {
	t.Helper()
	inOrg := s.Pending(s.Address("one"))
	inGlobex := invite(t, s.Bed, s.Ada, brandOffer(s, access.Viewer, s.Address("two")))
	initech := brandOffer(s, access.Viewer, s.Address("three"))
	initech.Scope = s.Initech
	inInitech := invite(t, s.Bed, s.Ada, initech)
	hooli := initech
	hooli.Scope = s.Hooli
	elsewhere := invite(t, s.Bed, s.Eve, hooli)

	for _, i := range []invitation.Invitation{inOrg, inGlobex} {
		testbed.Exercise{Scene: s, Scope: i.Scope, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
			return do(ctx, caller, scope, i.ID)
		}}.Refusals(t)
	}
	for name, c := range map[string]struct {
		who   testbed.Someone
		scope access.Scope
		id    string
	}{
		"unknown":                        {s.Ada, s.Org, "inv_" + s.NewID()},
		"of another tenant":              {s.Ada, s.Org, elsewhere.ID},
		"of the organization in a brand": {s.Bob, s.Globex, inOrg.ID},
		"of another brand":               {s.Bob, s.Globex, inInitech.ID},
		"of another brand, by an Admin":  {s.Ada, s.Globex, inInitech.ID},
		"no id":                          {s.Ada, s.Org, ""},
		"a key":                          {s.Ada, s.Org, "x#y"},
		"long":                           {s.Ada, s.Org, strings.Repeat("i", 3000)},
	} {
		t.Run(name, func(t *testing.T) {
			s.Unchanged(t, s.ID, func() { testbed.CheckFault(t, do(t.Context(), c.who.Caller, c.scope, c.id), fault.Unknown()) })
		})
	}
}

func TestManagingRefusals(t *testing.T) {
	t.Parallel()
	for name, operation := range map[string]func(s *testbed.Scene) managing{
		"get": func(s *testbed.Scene) managing {
			return func(ctx context.Context, caller request.Caller, scope access.Scope, id string) error {
				_, err := s.Get().Do(ctx, caller, invitation.GetInput{Scope: scope, ID: id})
				return err
			}
		},
		"resend": func(s *testbed.Scene) managing {
			return func(ctx context.Context, caller request.Caller, scope access.Scope, id string) error {
				_, err := s.Resend().Do(ctx, caller, invitation.ResendInput{Scope: scope, ID: id})
				return err
			}
		},
		"delete": func(s *testbed.Scene) managing {
			return func(ctx context.Context, caller request.Caller, scope access.Scope, id string) error {
				_, err := s.Delete().Do(ctx, caller, invitation.DeleteInput{Scope: scope, ID: id})
				return err
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testbed.NewScene(t)
			operation(s).exercise(t, s)
		})
	}
}

// TestGet shows an invitation from its own scope and from the organization's, and its link only while that works.
func TestGet(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	address := s.Address("grace")
	i := invite(t, s.Bed, s.Bob, brandOffer(s, access.Viewer, address))
	for _, c := range []struct {
		who   testbed.Someone
		scope access.Scope
	}{{s.Bob, s.Globex}, {s.Ada, s.Globex}, {s.Ada, s.Org}} {
		got, err := s.Get().Do(t.Context(), c.who.Caller, invitation.GetInput{Scope: c.scope, ID: i.ID})
		want := i
		want.Actions = access.Actions{"resend": {Allowed: true}, "delete": {Allowed: true}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s from %s: %v %s", c.who.User.Name, c.scope, err, diff)
		}
	}
	s.Advance(week)
	if got := stored(t, s, i.ID); got.Status != invitation.Expired || got.AcceptURL != "" || !got.Actions["resend"].Allowed {
		t.Errorf("expired: %+v", got)
	}
	again := resend(t, s.Bed, s.Bob, i)
	if _, err := accept(t, s.Bed, s.SomeoneWith("Grace", address), again); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, s, i.ID); got.Status != invitation.Accepted || got.AcceptURL != "" || got.Actions["resend"].Code != "invitation_accepted" || !got.Actions["delete"].Allowed {
		t.Errorf("accepted: %+v", got)
	}
}
