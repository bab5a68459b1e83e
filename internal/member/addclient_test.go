package member_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

// adds has somebody add a client to a scope.
func adds(t *testing.T, b *testbed.Bed, who testbed.Someone, scope access.Scope, id string, offer member.Offer) (member.Membership, error) {
	t.Helper()
	return b.AddClient().Do(t.Context(), who.Caller, member.AddClientInput{Scope: scope, ClientID: id, Name: "Reports", Offer: offer})
}

func asAdmin() member.Offer { return member.Offer{Role: access.Admin, Confirm: "admin"} }

func TestAddClient(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	client, id := s.Client("Reports", "members.read")
	who := access.Person{ID: client.User.ID, Name: "Reports", ClientID: id}
	offer := member.Offer{Role: access.Member, Brands: []string{s.Globex.Brand}, BrandRole: access.Viewer}
	grant := access.Grant{Role: access.Member, Brands: []access.BrandRole{inBrand(s, 0, access.Viewer)}}
	var added member.Membership
	log := s.Appended(s.Org, func() {
		var err error
		if added, err = adds(t, s.Bed, s.Ada, s.Org, id, offer); err != nil {
			t.Fatal(err)
		}
	})
	want := []testbed.Logged{{
		Type: "MemberAdded", Actor: s.Ada.User.ID, Scope: s.Org, Touches: []access.Scope{s.Globex}, User: client.User.ID, Sequence: "1",
		Fact: event.MemberAdded{User: who, Via: "direct", GrantedBy: by(s.Ada), After: grant, Notify: true},
	}}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(get(t, s, s.Ada, s.Org, client.User.ID), added); diff != "" || added.User != who || added.Via != member.ViaDirect {
		t.Errorf("added %+v: %s", added, diff)
	}
	if in := get(t, s, s.Bob, s.Globex, client.User.ID); in.User != who || in.Role != access.Viewer {
		t.Errorf("in the brand it is %+v", in)
	}
	s.Index(s.ID)
	for _, q := range []string{"rep", id} {
		if got := found(t, s.Bed, s.Ada, member.ListInput{Scope: s.Org, Q: q}); !cmp.Equal(got, []string{"member Reports"}) {
			t.Errorf("%q finds %q", q, got)
		}
	}
	// A name that its brand gets is followed into what it holds, and it stays a client.
	s.RenameBrand(s.Globex, "Globex Corporation")
	s.Index(s.ID)
	if now := get(t, s, s.Ada, s.Org, client.User.ID); now.User != who || now.Brands[0].Name != "Globex Corporation" {
		t.Errorf("after its brand was renamed: %+v", now)
	}
	if _, err := s.MyAccess().Do(t.Context(), client.Caller, member.MyAccessInput{}); !fault.HasCode(err, "scope_missing") {
		t.Errorf("what is for people: %v", err)
	}
}

func TestAddClientRefusals(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	_, id := s.Client("Reports")
	testbed.Exercise{Scene: s, Scope: s.Org, Needs: access.ManageUsers, Do: func(ctx context.Context, caller request.Caller, scope access.Scope) error {
		_, err := s.AddClient().Do(ctx, caller, member.AddClientInput{Scope: scope, ClientID: id, Name: "Reports", Offer: asAdmin()})
		return err
	}}.Refusals(t)
	l := s.Lab()
	stronger := s.Role(l.Ada, l.Workspace, "Stronger", access.ManageRole)
	s.Unchanged(t, l.ID, func() {
		for role, missing := range map[access.Role]access.Permission{access.Admin: "update", stronger.ID: access.ManageRole} { // R16
			_, err := adds(t, s.Bed, l.Mia, l.Scope, id, member.Offer{Role: role})
			if !fault.HasCode(err, "permission_missing") || !slices.Contains(fault.Of(err).Missing, string(missing)) {
				t.Errorf("as %s: %v", role, err)
			}
		}
		for pointer, in := range map[string]member.AddClientInput{
			"/client_id not_allowed": {ClientID: s.Subject(l.Vic), Offer: member.Offer{Role: l.Viewer.ID}},
			"/role unknown_role":     {ClientID: id, Offer: member.Offer{Role: "rol_1"}},
		} {
			in.Scope, in.Name = l.Scope, "Reports"
			_, err := s.AddClient().Do(t.Context(), l.Ada.Caller, in)
			if fields := fault.Of(err).Fields; len(fields) != 1 || fields[0].Pointer+" "+fields[0].Code != pointer {
				t.Errorf("want %s, got %v", pointer, err)
			}
		}
	})
	_, err := adds(t, s.Bed, s.Ada, s.Org, id, member.Offer{Role: access.Member, Brands: []string{s.Hooli.Brand}, BrandRole: access.Viewer})
	if fields := fault.Of(err).Fields; len(fields) != 1 || fields[0].Code != "unknown_brand" {
		t.Errorf("with a brand of others: %v", err)
	}
}

// TestClientsAreNotTheAdminWhoStays: however it comes to it, a client that is Admin does not count as one (R20).
func TestClientsAreNotTheAdminWhoStays(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	client, id := s.Client("Reports", "members.read", "members.write")
	if _, err := adds(t, s.Bed, s.Ada, s.Org, id, asAdmin()); err != nil {
		t.Fatal(err)
	}
	counted := func(what string) {
		t.Helper()
		if got := admins(s); got != "1" {
			t.Errorf("%s: %s Admins are counted, want 1", what, got)
		}
	}
	counted("added as Admin")
	for _, who := range []testbed.Someone{s.Ada, client} {
		if _, err := s.RemoveMember().Do(t.Context(), who.Caller, member.RemoveInput{Scope: s.Org, User: s.Ada.User.ID}); !fault.HasCode(err, "last_admin") {
			t.Errorf("the last person goes: %v", err)
		}
	}
	downgrade := member.UpdateInput{Scope: s.Org, User: s.Ada.User.ID, Wish: member.Wish{Role: access.Member, Brands: map[string]*access.Role{s.Globex.Brand: new(access.Viewer)}}}
	if _, err := s.UpdateMember().Do(t.Context(), client.Caller, downgrade); !fault.HasCode(err, "last_admin") {
		t.Errorf("the last person gets another role: %v", err)
	}
	listed, err := s.ListMembers().Do(t.Context(), client.Caller, member.ListInput{Scope: s.Org, Role: access.Admin})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(listed.Items, func(m member.Membership) bool { return m.User.ID == s.Ada.User.ID })
	if diff := cmp.Diff(testbed.Edits("last_admin", "last_admin"), listed.Items[at].Actions); diff != "" {
		t.Errorf("what the client may do with the last person: %s", diff)
	}
	for _, wish := range []member.Wish{{Role: access.Member, Brands: map[string]*access.Role{s.Globex.Brand: new(access.Viewer)}}, {Role: access.Admin, Confirm: "admin"}} {
		if _, err := s.UpdateMember().Do(t.Context(), s.Ada.Caller, member.UpdateInput{Scope: s.Org, User: client.User.ID, Wish: wish}); err != nil {
			t.Fatal(err)
		}
		counted("changed to " + string(wish.Role))
	}
	if _, err := s.RemoveMember().Do(t.Context(), client.Caller, member.RemoveInput{Scope: s.Org, User: "me"}); err != nil {
		t.Errorf("it leaves: %v", err)
	}
	counted("left")
	again, err := adds(t, s.Bed, s.Ada, s.Org, id, asAdmin()) // there is nobody to ask
	if err != nil || again.Version != 5 {
		t.Errorf("it comes back: %+v, %v", again, err)
	}
	counted("came back")
}

// TestAddClientRepeated: the same request again answers what the first one made, and nothing once that is gone.
func TestAddClientRepeated(t *testing.T) {
	t.Parallel()
	s := testbed.NewScene(t)
	client, id := s.Client("Reports")
	who := s.Ada
	who.Caller = testbed.WithKey(who.Caller, "add-"+id, "reports")
	first, err := adds(t, s.Bed, who, s.Org, id, asAdmin())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"add-" + id, ""} {
		who.Caller = testbed.WithKey(who.Caller, key, "reports")
		again, err := adds(t, s.Bed, who, s.Org, id, asAdmin())
		if key == "" {
			if !fault.HasCode(err, "already_member") || fault.Of(err).ExistingID != client.User.ID {
				t.Errorf("without the key: %v", err)
			}
			continue
		}
		if diff := cmp.Diff(first, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("again: %v, %s", err, diff)
		}
	}
	s.EraseMember(s.ID, client.User.ID)
	who.Caller = testbed.WithKey(who.Caller, "add-"+id, "reports")
	s.Touch(s.ID, s.Ada.User.ID)
	if _, err := adds(t, s.Bed, who, s.Org, id, asAdmin()); !fault.HasCode(err, "not_found") {
		t.Errorf("again when it is gone: %v", err)
	}
}
