package organization_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/organization"
	"prism-access/internal/request"
	"prism-access/internal/testbed"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada := bed.Someone("Ada")
	got, err := bed.CreateOrganization().Do(t.Context(), ada.Caller, organization.CreateInput{Name: "  Acme\tInc. "})
	if err != nil {
		t.Fatal(err)
	}
	scope, allowed := access.Organization(got.ID), access.Action{Allowed: true}
	want := organization.Organization{
		ID: got.ID, Name: "Acme Inc.", ExistingAccounts: organization.Join, ListBrandsToRequesters: true, Version: 1,
		Connections: []organization.Connection{{
			ID: got.Connections[0].ID, Name: "Join page", Enabled: true, URL: testbed.BaseURL + "/join/" + got.ID + "?via=" + got.Connections[0].ID,
		}},
		Actions: access.Actions{
			"update": allowed, "delete": allowed, "list_audit_log": allowed, "create_brand": allowed, "create_invitation": allowed, "list_members": allowed, "list_invitations": allowed, "list_access_requests": allowed,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	read, err := bed.GetOrganization().Do(t.Context(), ada.Caller, organization.GetInput{Scope: scope})
	if diff := cmp.Diff(want, read); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if admins := testbed.Text(bed.Item("ORG#"+got.ID, "ORG"), "admins"); admins != "1" {
		t.Errorf("%s Admins", admins)
	}

	person, by := ada.User.Person(), access.Person{ID: ada.User.ID, Name: ada.User.Name}
	wantLog := []testbed.Logged{
		{Type: "OrganizationCreated", Actor: ada.User.ID, Scope: scope, Sequence: "1", Fact: event.OrganizationCreated{
			Organization: got.ID, After: event.Settings{
				Name: "Acme Inc.", ExistingAccounts: "join", ListBrandsToRequesters: new(true),
				Connections: []event.ConnectionSetting{{ID: got.Connections[0].ID, Name: "Join page", Enabled: true}},
			},
		}},
		{Type: "MemberAdded", Actor: ada.User.ID, Scope: scope, User: ada.User.ID, Sequence: "1", Fact: event.MemberAdded{
			User: person, Via: "creator", GrantedBy: by, After: access.Grant{Role: access.Admin},
		}},
	}
	if diff := cmp.Diff(wantLog, bed.Log(scope)); diff != "" {
		t.Error(diff)
	}
	creator, err := bed.GetMember().Do(t.Context(), ada.Caller, member.GetInput{Scope: scope, User: "me"})
	wantMember := member.Membership{
		User: person, Scope: scope, ScopeName: "Acme Inc.", Role: access.Admin, GrantedBy: by, GrantedAt: testbed.Start, JoinedAt: testbed.Start,
		Via: member.ViaCreator, Version: 1, Actions: testbed.Edits("own_role", "last_admin"),
	}
	if diff := cmp.Diff(wantMember, creator); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	_, err := bed.CreateOrganization().Do(t.Context(), request.Caller{}, organization.CreateInput{Name: "Acme"})
	testbed.CheckCode(t, err, fault.Unauthenticated, "not_signed_in")
	nobody := testbed.Caller("usr_" + bed.NewID())
	_, err = bed.CreateOrganization().Do(t.Context(), nobody, organization.CreateInput{Name: "Acme"})
	testbed.CheckCode(t, err, fault.Forbidden, "not_registered")
	if mine, err := bed.MyAccess().Do(t.Context(), nobody, member.MyAccessInput{}); err != nil || len(mine.Items) != 0 {
		t.Errorf("left %+v, %v", mine, err)
	}
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada, eve := bed.Someone("Ada"), bed.Someone("Eve")
	testbed.Repeats(t, testbed.Repeatable{
		Bed: bed, Caller: ada.Caller, Other: eve.Caller,
		Do: func(caller request.Caller) (string, error) {
			made, err := bed.CreateOrganization().Do(t.Context(), caller, organization.CreateInput{Name: "Acme"})
			return made.ID, err
		},
		Log: func(id string) []testbed.Logged { return bed.Log(access.Organization(id)) },
	})
	mine, err := bed.MyAccess().Do(t.Context(), ada.Caller, member.MyAccessInput{})
	if err != nil || len(mine.Items) != 2 {
		t.Errorf("Ada is in %d organizations, %v", len(mine.Items), err)
	}
}

func TestCreateAtOnceWithOneKey(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	ada := bed.Someone("Ada")
	caller := testbed.WithKey(ada.Caller, "click", "create Acme")
	ids := make([]string, 8)
	testbed.AtOnce(len(ids), func(i int) {
		made, err := bed.CreateOrganization().Do(t.Context(), caller, organization.CreateInput{Name: "Acme"})
		if err != nil {
			t.Error(err)
		}
		ids[i] = made.ID
	})
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("one click has made %v", ids)
			break
		}
	}
}
