package organization_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	before := event.Settings{Name: "Acme", ExistingAccounts: "join"}
	for _, step := range []struct {
		name string
		in   organization.UpdateInput
		want event.Settings
	}{
		{"the name", organization.UpdateInput{Name: new(" Acme  Ltd. ")}, event.Settings{Name: "Acme Ltd.", ExistingAccounts: "join"}},
		{"the setting", organization.UpdateInput{ExistingAccounts: new(organization.Ask)}, event.Settings{Name: "Acme Ltd.", ExistingAccounts: "ask"}},
		{"both", organization.UpdateInput{Name: new("Acme"), ExistingAccounts: new(organization.Join)}, before},
	} {
		was, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
		if err != nil {
			t.Fatal(err)
		}
		step.in.Scope, step.in.IfMatch = s.Org, was.Version
		var got organization.Organization
		log := s.Appended(s.Org, func() {
			if got, err = s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, step.in); err != nil {
				t.Fatal(err)
			}
		})
		want := was
		want.Name, want.ExistingAccounts, want.Version = step.want.Name, organization.ExistingAccounts(step.want.ExistingAccounts), was.Version+1
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		read, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
		if diff := cmp.Diff(want, read); err != nil || diff != "" {
			t.Error(step.name, err, diff)
		}
		wantFact := event.OrganizationUpdated{Organization: s.ID, Before: before, After: step.want}
		if len(log) != 1 || log[0].Actor != s.Ada.User.ID || log[0].Scope != s.Org || cmp.Diff(event.Fact(wantFact), log[0].Fact) != "" {
			t.Errorf("%s: log %+v", step.name, log)
		}
		before = step.want
	}
}

func TestUpdateChangesNothing(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	for name, in := range map[string]organization.UpdateInput{
		"nothing said":      {},
		"what it is anyway": {Name: new("  Acme "), ExistingAccounts: new(organization.Join)},
	} {
		in.Scope = s.Org
		ctx, meter := telemetry.WithMeter(t.Context())
		got, err := s.UpdateOrganization().Do(ctx, s.Ada.Caller, in)
		if _, writes := meter.Requests(); err != nil || got.Version != 1 || writes != 0 {
			t.Errorf("%s: %+v, %v, %d writes", name, got, err, writes)
		}
	}
}

func TestUpdateRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageSettings, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.UpdateOrganization().Do(ctx, caller, organization.UpdateInput{Scope: scope, Name: new("Evil")})
		return err
	}}.Refusals(t)
	for _, version := range []int{-1, 2, 17} {
		s.Unchanged(t, s.ID, func() {
			_, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, IfMatch: version, Name: new("Evil")})
			testbed.CheckCode(t, err, fault.Stale, "stale_version")
		})
	}
}

// TestUpdateAtOnce shows that of many who changed the same version one wins, and that nobody else's change is lost silently.
func TestUpdateAtOnce(t *testing.T) {
	t.Parallel()
	const many = 10
	s := testbed.NewScene(t)
	won := make([]bool, many)
	testbed.AtOnce(many, func(i int) {
		_, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{
			Scope: s.Org, IfMatch: 1, Name: new(strings.Repeat("a", i+1)),
		})
		won[i] = err == nil
		if err != nil {
			testbed.CheckCode(t, err, fault.Stale, "stale_version")
		}
	})
	got, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
	if err != nil || got.Version != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, ok := range won {
		if ok != (len(got.Name) == i+1) {
			t.Errorf("caller %d: won %v, the name is %s", i, ok, got.Name)
		}
	}
}

// TestUpdateMeanwhile deletes the organization between reading and writing.
func TestUpdateMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	s := bed.Scene()
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() { s.DeleteScope(s.Org) }))
	log := s.Appended(s.Org, func() {
		_, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{Scope: s.Org, Name: new("Late")})
		testbed.CheckFault(t, err, fault.Unknown())
	})
	if len(log) != 0 {
		t.Errorf("logged %v", testbed.Types(log))
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("😀", 101)
	for _, c := range []struct {
		name string
		in   interface{ Validate() []fault.Field }
		want []string
	}{
		{"a name", organization.CreateInput{Name: strings.Repeat("😀", 100)}, nil},
		{"no name", organization.CreateInput{}, []string{"/name required"}},
		{"a long name", organization.CreateInput{Name: long}, []string{"/name too_long"}},
		{"nothing to update", organization.UpdateInput{}, []string{" nothing_to_change"}},
		{"one thing to update", organization.UpdateInput{ExistingAccounts: new(organization.Ask)}, nil},
		{"all wrong", organization.UpdateInput{Name: new(""), ExistingAccounts: new(organization.ExistingAccounts("maybe"))}, []string{"/name required", "/existing_accounts unknown_value"}},
		{"get", organization.GetInput{}, nil},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
