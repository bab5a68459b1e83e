package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/page"
	"prism-access/internal/telemetry"
	"prism-access/internal/testbed"
)

// told returns the log of a scope as its types and whom they are about, whole, and page by page in the sizes given.
func (a archive) told(in audit.ListInput, sizes ...int) []string {
	a.t.Helper()
	var whole []string
	for _, size := range append([]int{page.MaxLimit}, sizes...) {
		var all []string
		for _, entry := range slices.Concat(a.pages(in, size)...) {
			who := ""
			if entry.User != nil {
				who = " " + entry.User.Name
			}
			all = append(all, entry.Type+who)
		}
		if whole == nil {
			whole = all
		}
		if diff := cmp.Diff(whole, all); diff != "" {
			a.t.Errorf("%+v by %d (-whole +page by page):\n%s", in, size, diff)
		}
	}
	return whole
}

func (a archive) pages(in audit.ListInput, size int) [][]audit.Listed {
	a.t.Helper()
	return testbed.Pages(a.t, func(cursor string) (page.List[audit.Listed], error) {
		in.Query = page.Query{Limit: &size, Cursor: cursor}
		return a.ListAuditLog().Do(a.t.Context(), a.Ada.Caller, in)
	})
}

func (a archive) must(_ any, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// change gives somebody another role in the organization.
func (a archive) change(who testbed.Someone, wish member.Wish) {
	a.t.Helper()
	a.must(a.UpdateMember().Do(a.t.Context(), a.Ada.Caller, member.UpdateInput{Scope: a.Org, User: who.User.ID, Wish: wish}))
}

var asAdmin = member.Wish{Role: access.Admin, Confirm: "admin"}

// admins has people become and stop being Organization Admins in every way there is, and returns what Globex's log tells of it, the newest first.
func (a archive) admins() []string {
	a.t.Helper()
	ctx := a.t.Context()
	a.Promote(a.Ada, a.ID, a.Someone("Direct"))
	address := a.Address("invited")
	out, err := a.Create().Do(ctx, a.Ada.Caller, testbed.AdminOffer(a.ID, address))
	a.must(out, err)
	invited := a.SomeoneWith("Invited", address)
	a.must(a.Accept().Do(ctx, invited.Caller, invitation.AcceptInput{Locator: invitation.Locator{Token: testbed.Token(out.Results[0].Invitation.AcceptURL)}}))
	asked := a.Asks(a.Someone("Asking"))
	a.must(a.Approve().Do(ctx, a.Ada.Caller, accessrequest.ApproveInput{Scope: a.Org, ID: asked.ID, Offer: member.Offer{Role: access.Admin, Confirm: "admin"}}))
	_, client := a.Client("reports")
	a.must(a.AddClient().Do(ctx, a.Ada.Caller, member.AddClientInput{
		Scope: a.Org, ClientID: client, Name: "Reports", Offer: member.Offer{Role: access.Admin, Confirm: "admin"},
	}))
	a.change(a.Dan, asAdmin) // who had Initech alone
	a.change(a.Dan, member.Wish{Role: access.Member, Brands: map[string]*access.Role{a.Initech.Brand: new(access.Viewer)}})
	a.change(a.Dan, member.Wish{Brands: map[string]*access.Role{a.Initech.Brand: new(access.Publisher)}})
	a.change(a.Cleo, asAdmin) // who had Globex
	a.must(a.RemoveMember().Do(ctx, a.Ada.Caller, member.RemoveInput{Scope: a.Org, User: invited.User.ID}))
	return []string{
		"MemberRemoved Invited", "MemberRoleChanged Cleo", "MemberRoleChanged Dan", "MemberRoleChanged Dan", "MemberAdded Reports", "MemberAdded Asking",
		"MemberAdded Invited", "MemberAdded Direct",
	}
}

// TestAdminsInABrand: whoever becomes or stops being Organization Admin gets or loses every brand, and is in the log of each, once; so it is also where the log is
// filtered. Brands made later know nothing of it.
func TestAdminsInABrand(t *testing.T) {
	t.Parallel()
	a := archive{Scene: testbed.NewScene(t), t: t}
	want := append(a.admins(), "MemberAdded Cleo", "MemberAdded Bob", "BrandCreated")
	late, between := a.NewBrand("Umbrella").Scope(), time.Now()
	a.Promote(a.Ada, a.ID, a.Someone("Zoe"))
	want = slices.Insert(want, 0, "MemberAdded Zoe")
	a.settle()
	for name, c := range map[string]struct {
		in   audit.ListInput
		want []string
	}{
		"all":               {audit.ListInput{Scope: a.Globex}, want},
		"before a time":     {audit.ListInput{Scope: a.Globex, To: &between}, want[1:]},
		"since a time":      {audit.ListInput{Scope: a.Globex, From: &between}, want[:1]},
		"of a type":         {audit.ListInput{Scope: a.Globex, Type: "MemberRoleChanged"}, want[2:5]},
		"about a person":    {audit.ListInput{Scope: a.Globex, User: a.Dan.User.ID}, want[3:5]},
		"about an address":  {audit.ListInput{Scope: a.Globex, User: a.Cleo.User.Email}, []string{"MemberRoleChanged Cleo", "MemberAdded Cleo"}},
		"about the founder": {audit.ListInput{Scope: a.Globex, User: a.Ada.User.ID}, nil},
		"by an actor":       {audit.ListInput{Scope: a.Globex, Actor: a.Ada.User.ID}, slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "MemberAdded Invited" })},
		"later brand":       {audit.ListInput{Scope: late}, []string{"MemberAdded Zoe", "BrandCreated"}},
		"later, by Ada":     {audit.ListInput{Scope: late, Actor: a.Ada.User.ID}, []string{"MemberAdded Zoe", "BrandCreated"}},
		"later, of a type":  {audit.ListInput{Scope: late, Type: "MemberRoleChanged"}, nil},
		"later, about Dan":  {audit.ListInput{Scope: late, User: a.Dan.User.ID}, nil},
		"before the brand":  {audit.ListInput{Scope: late, To: new(between.Add(-time.Hour))}, nil},
	} {
		if diff := cmp.Diff(c.want, a.told(c.in, 2)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if pages := a.pages(audit.ListInput{Scope: late}, 2); len(pages) != 1 {
		t.Errorf("the later brand has pages of %v", pages)
	}
	ctx, meter := telemetry.WithMeter(t.Context())
	if _, err := a.ListAuditLog().Do(ctx, a.Ada.Caller, audit.ListInput{Scope: a.Globex, Query: page.Query{Limit: new(2)}}); err != nil {
		t.Fatal(err)
	}
	requests, _ := meter.Requests()
	read, _ := meter.ItemsRead()
	const most = "2 rounds, 4 requests, 12 items read" // the organization, the brand and the caller, two times three pointers, three entries
	if got := fmt.Sprint(meter.Rounds(), " rounds, ", requests, " requests, ", read, " items read"); got != most {
		t.Errorf("two of a brand's log cost %s, want %s", got, most)
	}
	changed := a.list(audit.ListInput{Scope: a.Globex, Type: "MemberRoleChanged"})[1]
	if named, _ := changed.After["brands"].([]any); len(named) != 0 || !slices.Equal(changed.Scopes, []access.Scope{a.Org}) {
		t.Errorf("Globex's log names other brands: %+v, %v", changed.After, changed.Scopes)
	}
}

// TestABrandsLogOfTwoClocks: what touches a brand by name is in its log also when its id, made by a clock that is late, is older than the brand's.
func TestABrandsLogOfTwoClocks(t *testing.T) {
	t.Parallel()
	a := archive{Scene: testbed.NewScene(t), t: t}
	a.Promote(a.Ada, a.ID, a.Someone("Otto"))
	a.settle()
	all := a.list(audit.ListInput{Scope: a.Globex})
	created := all[len(all)-1].ID
	for _, partition := range []string{"ORG#" + a.ID + "#LOG", "ORG#" + a.ID + "#BRAND#" + a.Globex.Brand + "#LOG"} {
		a.Copies(a.Item(partition, created), 2, []string{created}, func(n int) []string { return []string{fmt.Sprintf("%026d", n)} })
	}
	want := []string{"MemberAdded Otto", "MemberAdded Cleo", "MemberAdded Bob", "BrandCreated", "BrandCreated", "BrandCreated"}
	if diff := cmp.Diff(want, a.told(audit.ListInput{Scope: a.Globex}, 1)); diff != "" {
		t.Error(diff)
	}
}

// TestAdminsInADeletedBrand: it knows nothing of what came after it, however much that was, and goes on at its end.
func TestAdminsInADeletedBrand(t *testing.T) {
	t.Parallel()
	a := archive{Scene: testbed.NewScene(t), t: t}
	newID := clocked(a.Bed) // as deleted_at tells the time
	promote := func(name string) testbed.Someone {
		a.Advance(time.Second)
		who := a.Someone(name)
		op := a.Create()
		op.NewID = newID
		a.must(op.Do(t.Context(), a.Ada.Caller, testbed.AdminOffer(a.ID, who.User.Email)))
		return who
	}
	promote("Before")
	a.Advance(time.Second)
	remove := a.DeleteBrand()
	remove.NewID = newID
	a.must(remove.Do(t.Context(), a.Ada.Caller, brand.DeleteInput{Scope: a.Globex, Confirm: "Globex"}))
	var later testbed.Someone
	for n := range 5 {
		later = promote(fmt.Sprint("Later ", n))
	}
	a.settle()
	want := []string{"BrandDeleted", "MemberAdded Before", "MemberAdded Cleo", "MemberAdded Bob", "BrandCreated"}
	for name, in := range map[string]audit.ListInput{"all": {Scope: a.Globex}, "by an actor": {Scope: a.Globex, Actor: a.Ada.User.ID}} {
		if diff := cmp.Diff(want, a.told(in, 1, 3)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := a.told(audit.ListInput{Scope: a.Globex, User: later.User.ID}); len(got) != 0 {
		t.Errorf("about who came later: %v", got)
	}
	// What came later fills a page by itself: the first ends where the brand did.
	if pages := a.pages(audit.ListInput{Scope: a.Globex}, 4); len(pages) != 2 || len(pages[0]) != 1 {
		t.Errorf("pages of %v", pages)
	}
	if got := a.told(audit.ListInput{Scope: a.Initech}); len(got) != 8 || got[0] != "MemberAdded Later 4" {
		t.Errorf("the brand that is left has %v", got)
	}
}
