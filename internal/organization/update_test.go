package organization_test

import (
	"context"
	"slices"
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
	created, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
	if err != nil {
		t.Fatal(err)
	}
	page := created.Connections[0]
	settings := func(name, accounts string) event.Settings {
		return event.Settings{
			Name: name, ExistingAccounts: accounts, ListBrandsToRequesters: new(true),
			Connections: []event.ConnectionSetting{{ID: page.ID, Name: "Join page", Enabled: true}},
		}
	}
	before := settings("Acme", "join")
	for _, step := range []struct {
		name string
		in   organization.UpdateInput
		want event.Settings
	}{
		{"the name", organization.UpdateInput{Name: new(" Acme  Ltd. ")}, settings("Acme Ltd.", "join")},
		{"the setting", organization.UpdateInput{ExistingAccounts: new(organization.Ask)}, settings("Acme Ltd.", "ask")},
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

// TestUpdateConnections renames the join page and turns it off, adds a platform, and takes one away: who stays keeps its id and so its link.
func TestUpdateConnections(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	update := func(in organization.UpdateInput) organization.Organization {
		t.Helper()
		in.Scope = s.Org
		after, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, in)
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.GetOrganization().Do(t.Context(), s.Ada.Caller, organization.GetInput{Scope: s.Org})
		if diff := cmp.Diff(after, read); err != nil || diff != "" {
			t.Error(err, diff)
		}
		return after
	}
	first := update(organization.UpdateInput{ListBrandsToRequesters: new(false)})
	if first.ListBrandsToRequesters || len(first.Connections) != 1 {
		t.Fatalf("got %+v", first)
	}
	page := first.Connections[0]
	log := s.Appended(s.Org, func() {
		first = update(organization.UpdateInput{Connections: []organization.ConnectionChange{
			{ID: page.ID, Name: " Careers  page "}, {Name: "Partner portal", Enabled: true},
		}})
	})
	portal := first.Connections[1]
	want := []organization.Connection{
		{ID: page.ID, Name: "Careers page", URL: page.URL},
		{ID: portal.ID, Name: "Partner portal", Enabled: true, URL: testbed.BaseURL + "/join/" + s.ID + "?via=" + portal.ID},
	}
	if diff := cmp.Diff(want, first.Connections); diff != "" {
		t.Error(diff)
	}
	fact, _ := log[0].Fact.(event.OrganizationUpdated)
	if diff := cmp.Diff([]event.ConnectionSetting{{ID: page.ID, Name: "Careers page"}, {ID: portal.ID, Name: "Partner portal", Enabled: true}}, fact.After.Connections); len(log) != 1 || diff != "" {
		t.Error(log, diff)
	}
	again := update(organization.UpdateInput{Connections: []organization.ConnectionChange{{ID: page.ID, Name: "Careers page"}, {ID: portal.ID, Name: "Partner portal", Enabled: true}}})
	if again.Version != first.Version {
		t.Errorf("nothing changed, and the version went from %d to %d", first.Version, again.Version)
	}
	if last := update(organization.UpdateInput{Connections: []organization.ConnectionChange{{ID: portal.ID, Name: "Partner portal", Enabled: true}}}); len(last.Connections) != 1 {
		t.Errorf("left %+v", last.Connections)
	}
	s.Unchanged(t, s.ID, func() {
		for _, id := range []string{page.ID, "con_" + s.NewID(), "x"} { // the page is gone
			_, err := s.UpdateOrganization().Do(t.Context(), s.Ada.Caller, organization.UpdateInput{
				Scope: s.Org, Connections: []organization.ConnectionChange{{Name: "New"}, {ID: id, Name: "Old"}},
			})
			testbed.CheckCode(t, err, fault.Invalid, "invalid_input")
			if fields := testbed.FaultOf(err).Fields; len(fields) != 1 || fields[0].Pointer != "/connections/1/id" || fields[0].Code != "unknown_connection" {
				t.Errorf("%s: got %+v", id, fields)
			}
		}
	})
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
		{"connections", organization.UpdateInput{Connections: make([]organization.ConnectionChange, 0)}, []string{"/connections out_of_range"}},
		{"too many connections", organization.UpdateInput{Connections: slices.Repeat([]organization.ConnectionChange{{Name: "Portal"}}, 21)}, []string{"/connections out_of_range"}},
		{"twenty connections", organization.UpdateInput{Connections: slices.Repeat([]organization.ConnectionChange{{Name: "Portal"}}, 20)}, nil},
		{
			"bad connections",
			organization.UpdateInput{Connections: []organization.ConnectionChange{{ID: "con_1", Name: "a"}, {ID: "con_1", Name: "\u200b"}, {Name: long}}},
			[]string{"/connections/1/name required", "/connections/1/id duplicate", "/connections/2/name too_long"},
		},
		{"get", organization.GetInput{}, nil},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
