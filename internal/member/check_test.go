package member_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

func TestCheckAccess(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	yes := func(scope access.Scope, role access.Role, permission access.Permission, via member.Via) member.CheckResult {
		return member.CheckResult{Verdict: &member.Verdict{Allowed: true, Because: []member.Because{{
			Scope: scope, Role: access.NamedRole{ID: role}, Permission: permission, GrantedBy: by(s.Ada), GrantedAt: testbed.Start, Via: via,
		}}}}
	}
	no := func(permission access.Permission) member.CheckResult {
		return member.CheckResult{Verdict: &member.Verdict{Because: []member.Because{}, Missing: permission}}
	}
	refused := member.CheckResult{Error: access.MissingPermissions(access.ManageUsers)}
	unknown, unknownBrand := access.Organization("org_"+s.NewID()), access.Brand(s.ID, "brd_"+s.NewID())
	workspace := access.Scope{Workspace: "wsp_" + s.NewID()}
	var client, other testbed.Someone // neither has an account
	client.Caller = request.Caller{User: "usr_" + s.NewID(), Scopes: "openid access.check"}
	other.Caller = request.Caller{User: "usr_" + s.NewID(), Scopes: "openid"}
	for _, c := range []struct {
		name  string
		who   testbed.Someone
		check member.Check
		want  member.CheckResult
	}{
		{"an Organization Admin", s.Ada, member.Check{Scope: s.Org, Permission: access.ManageUsers}, yes(s.Org, access.Admin, access.ManageUsers, member.ViaCreator)},
		{"an Organization Admin in a brand", s.Ada, member.Check{Scope: s.Globex, Permission: access.Publish}, yes(s.Org, access.Admin, access.Publish, member.ViaCreator)},
		{"as me", s.Cleo, member.Check{User: "me", Scope: s.Globex, Permission: access.Publish}, yes(s.Globex, access.Publisher, access.Publish, member.ViaDirect)},
		{"by one's own id", s.Cleo, member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.Read}, yes(s.Globex, access.Publisher, access.Read, member.ViaDirect)},
		{"a Member in the organization", s.Cleo, member.Check{Scope: s.Org, Permission: access.Read}, yes(s.Org, access.Member, access.Read, member.ViaDirect)},
		{"a Member lacks", s.Cleo, member.Check{Scope: s.Org, Permission: access.ManageUsers}, no(access.ManageUsers)},
		{"a Publisher lacks", s.Cleo, member.Check{Scope: s.Globex, Permission: access.ManageUsers}, no(access.ManageUsers)},
		{"a Viewer lacks", s.Dan, member.Check{Scope: s.Initech, Permission: access.Publish}, no(access.Publish)},
		{"another brand", s.Cleo, member.Check{Scope: s.Initech, Permission: access.Read}, no(access.Read)},
		{"another tenant", s.Eve, member.Check{Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"an unknown organization", s.Ada, member.Check{Scope: unknown, Permission: access.Read}, no(access.Read)},
		{"an unknown brand", s.Ada, member.Check{Scope: unknownBrand, Permission: access.Read}, no(access.Read)},
		{"a brand of another tenant under the own organization", s.Ada, member.Check{Scope: access.Brand(s.ID, s.Hooli.Brand), Permission: access.Read}, no(access.Read)},
		{"somebody, by an Admin", s.Ada, member.Check{User: s.Dan.User.ID, Scope: s.Initech, Permission: access.Read}, yes(s.Initech, access.Viewer, access.Read, member.ViaDirect)},
		{"somebody, by a Brand Admin", s.Bob, member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.Publish}, yes(s.Globex, access.Publisher, access.Publish, member.ViaDirect)},
		{"somebody who is not in", s.Ada, member.Check{User: s.Eve.User.ID, Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"nobody", s.Ada, member.Check{User: "usr_" + s.NewID(), Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"an odd user", s.Ada, member.Check{User: "\x00😀", Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"somebody, without the right to ask", s.Cleo, member.Check{User: s.Bob.User.ID, Scope: s.Globex, Permission: access.Read}, refused},
		{"somebody, by a Brand Admin in the organization", s.Bob, member.Check{User: s.Cleo.User.ID, Scope: s.Org, Permission: access.Read}, refused},
		{"somebody, in a brand one cannot read", s.Bob, member.Check{User: s.Dan.User.ID, Scope: s.Initech, Permission: access.Read}, no(access.Read)},
		{"somebody, in another tenant", s.Eve, member.Check{User: s.Ada.User.ID, Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"somebody, by a client", client, member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.Publish}, yes(s.Globex, access.Publisher, access.Publish, member.ViaDirect)},
		{"an Organization Admin in a brand, by a client", client, member.Check{User: s.Ada.User.ID, Scope: s.Initech, Permission: access.ManageUsers}, yes(s.Org, access.Admin, access.ManageUsers, member.ViaCreator)},
		{"somebody who lacks, by a client", client, member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.ManageUsers}, no(access.ManageUsers)},
		{"somebody who is not in, by a client", client, member.Check{User: s.Eve.User.ID, Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"an Organization Admin in an unknown brand, by a client", client, member.Check{User: s.Ada.User.ID, Scope: unknownBrand, Permission: access.Read}, no(access.Read)},
		{"somebody in an unknown organization, by a client", client, member.Check{User: s.Ada.User.ID, Scope: unknown, Permission: access.Read}, no(access.Read)},
		{"a client itself", client, member.Check{Scope: s.Org, Permission: access.Read}, no(access.Read)},
		{"somebody, by a client without the scope", other, member.Check{User: s.Cleo.User.ID, Scope: s.Globex, Permission: access.Publish}, no(access.Publish)},
		{"a workspace", s.Ada, member.Check{Scope: workspace, Permission: "run_computation"}, no("run_computation")},
		{"somebody, in a workspace", s.Ada, member.Check{User: s.Dan.User.ID, Scope: workspace, Permission: "view_audit"}, no("view_audit")},
		{"somebody in a workspace, by a client", client, member.Check{User: s.Ada.User.ID, Scope: workspace, Permission: access.Read}, no(access.Read)},
		{"a workspace that cannot be", s.Ada, member.Check{Scope: access.Scope{Workspace: "w 1"}, Permission: access.Read}, no(access.Read)},
		{"somebody, in an unknown organization", s.Ada, member.Check{User: s.Dan.User.ID, Scope: unknown, Permission: access.Read}, no(access.Read)},
	} {
		got, err := s.CheckAccess().Do(t.Context(), c.who.Caller, member.CheckInput{Checks: []member.Check{c.check}})
		if diff := cmp.Diff(member.CheckOutput{Results: []member.CheckResult{c.want}}, got); err != nil || diff != "" {
			t.Error(c.name, err, diff)
		}
		// Asked alone, the refusal is the answer.
		alone, err := s.CheckAccess().Do(t.Context(), c.who.Caller, member.CheckInput{Check: c.check})
		if c.want.Error != nil {
			testbed.CheckFault(t, err, c.want.Error)
			continue
		}
		if diff := cmp.Diff(member.CheckOutput{Verdict: c.want.Verdict}, alone); err != nil || diff != "" {
			t.Error(c.name, err, diff)
		}
	}
	_, err := s.CheckAccess().Do(t.Context(), request.Caller{}, member.CheckInput{Check: member.Check{Scope: s.Org, Permission: access.Read}})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
}

// TestCheckAccessByAClientInDeletedScopes: what is deleted gives nobody anything, whoever asks.
func TestCheckAccessByAClientInDeletedScopes(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	client := request.Caller{User: "usr_" + s.NewID(), Scopes: request.ScopeCheck}
	allowed := func(scope access.Scope) bool {
		t.Helper()
		got, err := s.CheckAccess().Do(t.Context(), client, member.CheckInput{Check: member.Check{User: s.Ada.User.ID, Scope: scope, Permission: access.Read}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Allowed
	}
	s.DeleteScope(s.Globex)
	if allowed(s.Globex) || !allowed(s.Initech) {
		t.Error("after the brand was deleted")
	}
	s.DeleteScope(s.Org)
	if allowed(s.Org) || allowed(s.Initech) {
		t.Error("after the organization was deleted")
	}
}

func TestCheckAccessInDeletedScopes(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	allowed := func(who testbed.Someone, scope access.Scope) bool {
		t.Helper()
		got, err := s.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: scope, Permission: access.Read}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Allowed
	}
	s.DeleteScope(s.Globex)
	for who, want := range map[*testbed.Someone]bool{&s.Ada: false, &s.Bob: false} {
		if allowed(*who, s.Globex) != want || !allowed(*who, s.Org) {
			t.Errorf("%s after the brand was deleted", who.User.Name)
		}
	}
	s.DeleteScope(s.Org)
	for _, scope := range []access.Scope{s.Org, s.Initech, s.Globex} {
		if allowed(s.Ada, scope) || allowed(s.Dan, scope) {
			t.Errorf("%s works in a deleted organization", scope)
		}
	}
}

// TestCheckAccessTakesEffectAtOnce shows that a right is gone with the next question.
func TestCheckAccessTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	check := member.CheckInput{Check: member.Check{Scope: s.Globex, Permission: access.Publish}}
	s.SetRole(s.ID, s.Cleo.User.ID, access.Member)
	if got, err := s.CheckAccess().Do(t.Context(), s.Cleo.Caller, check); err != nil || got.Allowed {
		t.Errorf("without her brands Cleo may: %+v, %v", got, err)
	}
	s.EraseMember(s.ID, s.Ada.User.ID)
	if got, err := s.CheckAccess().Do(t.Context(), s.Ada.Caller, check); err != nil || got.Allowed {
		t.Errorf("removed, Ada may: %+v, %v", got, err)
	}
}

func TestCheckAccessManyAtOnce(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	people := []testbed.Someone{s.Ada, s.Bob, s.Cleo, s.Dan}
	scopes := []access.Scope{s.Org, s.Globex, s.Initech, access.Brand(s.ID, "brd_unknown"), s.Elsewhere}
	var in member.CheckInput
	for i := range member.MaxChecks {
		in.Checks = append(in.Checks, member.Check{User: people[i%len(people)].User.ID, Scope: scopes[i/len(people)%len(scopes)], Permission: access.Read})
	}
	ctx, meter := telemetry.WithMeter(t.Context())
	got, err := s.CheckAccess().Do(ctx, s.Ada.Caller, in)
	if err != nil || meter.Rounds() != 1 || len(got.Results) != len(in.Checks) {
		t.Fatalf("%d results in %d rounds, %v", len(got.Results), meter.Rounds(), err)
	}
	for i, result := range got.Results {
		alone, err := s.CheckAccess().Do(t.Context(), s.Ada.Caller, member.CheckInput{Check: in.Checks[i]})
		if diff := cmp.Diff(alone.Verdict, result.Verdict); err != nil || diff != "" {
			t.Errorf("question %d: %v %s", i, err, diff)
		}
	}
	// So many different scopes that the keys fill several requests still take one round.
	for i := range in.Checks {
		in.Checks[i].Scope = access.Brand(fmt.Sprintf("org_%d", i), "brd_1")
	}
	ctx, meter = telemetry.WithMeter(t.Context())
	if _, err := s.CheckAccess().Do(ctx, s.Ada.Caller, in); err != nil || meter.Rounds() != 1 {
		t.Errorf("%d rounds, %v", meter.Rounds(), err)
	}
}

func TestCheckInputValidate(t *testing.T) {
	t.Parallel()
	ok := member.Check{Scope: access.Organization("org_1"), Permission: access.Read}
	var many []member.Check
	for range member.MaxChecks + 1 {
		many = append(many, ok)
	}
	for _, c := range []struct {
		name string
		in   member.CheckInput
		want []string
	}{
		{"one", member.CheckInput{Check: ok}, nil},
		{"a hundred", member.CheckInput{Checks: many[:100]}, nil},
		{"101", member.CheckInput{Checks: many}, []string{"/checks out_of_range"}},
		{"none", member.CheckInput{Checks: []member.Check{}}, []string{"/checks out_of_range"}},
		{"nothing", member.CheckInput{}, []string{"/scope required"}},
		{"both", member.CheckInput{Check: ok, Checks: many[:1]}, []string{"/checks ambiguous"}},
		{"unknown permission", member.CheckInput{Check: member.Check{Scope: access.Organization("org_1"), Permission: "fly"}}, []string{"/permission unknown_permission"}},
		{"no permission", member.CheckInput{Check: member.Check{Scope: access.Organization("org_1")}}, []string{"/permission unknown_permission"}},
		{"a permission of another kind", member.CheckInput{Check: member.Check{Scope: access.Organization("org_1"), Permission: access.Publish}}, []string{"/permission unknown_permission"}},
		{"a workspace", member.CheckInput{Check: member.Check{Scope: access.Scope{Workspace: "wsp_1"}, Permission: "manage_computations"}}, nil},
		{"a brand's permission in a workspace", member.CheckInput{Check: member.Check{Scope: access.Scope{Workspace: "wsp_1"}, Permission: access.Publish}}, []string{"/permission unknown_permission"}},
		{"a workspace's permission in an organization", member.CheckInput{Check: member.Check{Scope: access.Organization("org_1"), Permission: "run_computation"}}, []string{"/permission unknown_permission"}},
		{"a user's scope", member.CheckInput{Check: member.Check{Scope: access.User("usr_1"), Permission: access.Read}}, []string{"/permission unknown_permission"}},
		{"me", member.CheckInput{Check: member.Check{User: "me", Scope: ok.Scope, Permission: ok.Permission}}, nil},
		{"somebody", member.CheckInput{Check: member.Check{User: "usr_5V0C8RZQ2NXWJ4TEKHB71GMSDP", Scope: ok.Scope, Permission: ok.Permission}}, nil},
		{"an address", member.CheckInput{Check: member.Check{User: "ada@example.com", Scope: ok.Scope, Permission: ok.Permission}}, []string{"/user malformed"}},
		{"addresses among many", member.CheckInput{Checks: []member.Check{ok, {User: "ada@example.com", Scope: ok.Scope, Permission: ok.Permission}, {User: "ada"}}}, []string{
			"/checks/1/user malformed", "/checks/2/user malformed", "/checks/2/scope required",
		}},
		{"bad ones among many", member.CheckInput{Checks: []member.Check{ok, {}, {Scope: access.Brand("org_1", "brd_1"), Permission: access.ManageBrands}}}, []string{
			"/checks/1/scope required", "/checks/2/permission unknown_permission",
		}},
	} {
		if diff := cmp.Diff(c.want, testbed.Bad(c.in)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
