package store_test

import (
	"errors"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/testbed"
)

// odd are ids as requests can bring them.
func odd(org string) []string {
	return []string{
		"#", org + "#LOG", org + "#BRAND#x", org + "#MEMBERS", "org_😀", "\x00", "..", "%2e%2e", "*", "' OR 1=1", strings.Repeat("a", 1000), strings.Repeat("a", 3000), strings.Repeat("ä", 3000),
	}
}

// TestOddIdsReachNothing: an id that cannot be ours answers like one that does not exist, in each place of a request, and is no failure of the
// table.
func TestOddIdsReachNothing(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, adaUser := bed.Person("Ada")
	org, brands := bed.Organization(ada, "Acme", "Globex")
	own := access.Organization(org.ID)
	for _, id := range odd(org.ID) {
		for _, scope := range []access.Scope{access.Organization(id), access.Brand(org.ID, id), access.Brand(id, brands[0].ID)} {
			for name, do := range map[string]func() error{
				"get-organization": func() error {
					_, err := bed.GetOrganization().Do(t.Context(), ada, organization.GetInput{Scope: scope})
					return err
				},
				"list-brands": func() error {
					_, err := bed.ListBrands().Do(t.Context(), ada, brand.ListInput{Scope: scope})
					return err
				},
				"create-brand": func() error {
					_, err := bed.CreateBrand().Do(t.Context(), ada, brand.CreateInput{Scope: scope, Name: "x"})
					return err
				},
				"list-members": func() error {
					_, err := bed.ListMembers().Do(t.Context(), ada, member.ListInput{Scope: scope})
					return err
				},
				"add-client": func() error {
					in := member.AddClientInput{Scope: scope, ClientID: "reports", Name: "x", Offer: member.Offer{Role: access.Admin, Confirm: "admin"}}
					_, err := bed.AddClient().Do(t.Context(), ada, in)
					return err
				},
				"get-member": func() error {
					_, err := bed.GetMember().Do(t.Context(), ada, member.GetInput{Scope: scope, User: "me"})
					return err
				},
				"list-audit-log": func() error {
					_, err := bed.ListAuditLog().Do(t.Context(), ada, audit.ListInput{Scope: scope})
					return err
				},
				"count": func() error {
					_, err := bed.Count().Do(t.Context(), ada, scope)
					return err
				},
				"list-invitations": func() error {
					_, err := bed.List().Do(t.Context(), ada, invitation.ListInput{Scope: scope})
					return err
				},
				"create-invitations": func() error {
					in := testbed.MemberOffer(org.ID, bed.Address("g"), brands...)
					in.Scope = scope
					_, err := bed.Create().Do(t.Context(), ada, in)
					return err
				},
				"accept-invitation": func() error {
					in := invitation.AcceptInput{Locator: invitation.Locator{Scope: scope, ID: "inv_1"}}
					_, err := bed.Accept().Do(t.Context(), ada, in)
					return err
				},
			} {
				if scope.Kind() == access.KindBrand && scope.Organization == org.ID && (name == "get-organization" || strings.HasSuffix(name, "-brand") || name == "list-brands") {
					continue // these take organizations
				}
				if err := do(); !errors.Is(err, fault.NotFound) {
					t.Errorf("%s of %.60s: got %v, want not found", name, scope, err)
				}
			}
			out, err := bed.CheckAccess().Do(t.Context(), ada, member.CheckInput{Check: member.Check{Scope: scope, Permission: access.Read}})
			if err != nil || out.Allowed {
				t.Errorf("check of %.60s: got %+v, %v", scope, out, err)
			}
		}
		if _, err := bed.GetMember().Do(t.Context(), ada, member.GetInput{Scope: own, User: id}); !errors.Is(err, fault.NotFound) {
			t.Errorf("member %.60q: got %v", id, err)
		}
		if _, err := bed.Get().Do(t.Context(), ada, invitation.GetInput{Scope: own, ID: id}); !errors.Is(err, fault.NotFound) {
			t.Errorf("invitation %.60q: got %v", id, err)
		}
		in := testbed.MemberOffer(org.ID, bed.Address("g"))
		in.Brands = []string{id}
		if _, err := bed.Create().Do(t.Context(), ada, in); !errors.Is(err, fault.Invalid) {
			t.Errorf("an offer of brand %.60q: got %v", id, err)
		}
		out, err := bed.CheckAccess().Do(t.Context(), ada, member.CheckInput{Check: member.Check{User: id, Scope: own, Permission: access.Read}})
		if err != nil || out.Allowed {
			t.Errorf("check of user %.60q: got %+v, %v", id, out, err)
		}
	}
	if _, err := bed.GetMember().Do(t.Context(), ada, member.GetInput{Scope: own, User: adaUser.ID}); err != nil {
		t.Errorf("the right id: got %v", err)
	}
}
