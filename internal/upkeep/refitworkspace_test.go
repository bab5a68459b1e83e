package upkeep_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/invitation"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// offers returns what is stored of somebody's open invitation there: the scope, the role, and its id. What people are shown follows at once, whether that is
// kept true or not.
func offers(l *testbed.Lab, who testbed.Someone) [][3]string {
	item := l.Item("INVITED#WORKSPACE#"+l.ID, who.User.ID)
	if item == nil {
		return nil
	}
	return [][3]string{{testbed.Text(item, "scope_name"), testbed.Text(item, "role_name"), testbed.Text(item, "role")}}
}

// openFor returns how many open invitations offer a role, as its page counts them.
func openFor(t *testing.T, l *testbed.Lab, id access.Role) int {
	t.Helper()
	got, err := l.GetRole().Do(t.Context(), l.Ada.Caller, role.GetInput{Scope: l.Scope, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return *got.OpenInvitations
}

func resends(t *testing.T, l *testbed.Lab, i invitation.Invitation) error {
	t.Helper()
	_, err := l.Resend().Do(t.Context(), l.Ada.Caller, invitation.ResendInput{Scope: l.Scope, ID: i.ID, IfMatch: i.Version})
	return err
}

// TestOffersFollowRoles: open invitations to a workspace call it and their role by the present names, and stay the same offer until the role is
// another one.
func TestOffersFollowRoles(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	grace, hal := l.Someone("Grace"), l.Someone("Hal")
	as, other := asks(t, l, grace, l.Analyst.ID), asks(t, l, hal, l.Viewer.ID)
	if _, err := l.UpdateRole().Do(t.Context(), l.Ada.Caller, role.UpdateInput{Scope: l.Scope, ID: l.Analyst.ID, Name: new("Data Analyst")}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.UpdateWorkspace().Do(t.Context(), l.Ada.Caller, workspace.UpdateInput{Scope: l.Scope, Name: "Genome Lab"}); err != nil {
		t.Fatal(err)
	}
	if log := l.Appended(l.Scope, func() { cleans(t, l, 2) }); len(log) != 0 {
		t.Errorf("logged %+v", log)
	}
	analyst, viewer := string(l.Analyst.ID), string(l.Viewer.ID)
	if diff := cmp.Diff([][3]string{{"Genome Lab", "Data Analyst", analyst}}, offers(l, grace)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][3]string{{"Genome Lab", "Viewer", viewer}}, offers(l, hal)); diff != "" {
		t.Error(diff)
	}
	if err := resends(t, l, other); err != nil {
		t.Errorf("it is another version: %v", err)
	}

	deletesRole(t, l, l.Analyst.ID, l.Viewer.ID)
	cleans(t, l, 1)
	if diff := cmp.Diff([][3]string{{"Genome Lab", "Viewer", viewer}}, offers(l, grace)); diff != "" {
		t.Error(diff)
	}
	if got := openFor(t, l, l.Viewer.ID); got != 2 {
		t.Errorf("%d open invitations offer the role", got)
	}
	testbed.CheckCode(t, resends(t, l, as), fault.Stale, "stale_version")
	if _, err := l.Accept().Do(t.Context(), grace.Caller, invitation.AcceptInput{Locator: invitation.Locator{Scope: l.Scope, ID: as.ID}}); err != nil {
		t.Error(err)
	}
	if storedRoles(l)["Grace"] != viewer {
		t.Errorf("stored are %v", storedRoles(l))
	}
}

// TestOfferOfARoleDeletedMeanwhile: an invitation that commits while its role is being deleted offers what took the role's place by its own event, or
// is not valid any more when nothing did (R18).
func TestOfferOfARoleDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, instead := range map[string]bool{"another one": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, proxy := testbed.Proxied(t)
			l := bed.NewLab()
			grace, spare, successor := l.Someone("Grace"), l.Role(l.Ada, l.Workspace, "Spare", access.Read), access.Role("")
			if instead {
				successor = l.Viewer.ID
			}
			proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
				deletesRole(t, l, spare.ID, successor)
				cleans(t, l, 1) // and is done before
			}))
			made := asks(t, l, grace, spare.ID)
			log := l.Appended(l.Scope, func() { cleans(t, l, 1) })
			if instead {
				if diff := cmp.Diff([][3]string{{"Genomics", "Viewer", string(l.Viewer.ID)}}, offers(l, grace)); diff != "" || len(log) != 0 {
					t.Errorf("%s, logged %+v", diff, log)
				}
				return
			}
			if len(log) != 1 || len(offers(l, grace)) != 0 {
				t.Fatalf("logged %+v, open are %v", log, offers(l, grace))
			}
			if fact, is := log[0].Fact.(event.InvitationInvalidated); !is || fact.Reason != invitation.ReasonRoleDeleted || fact.Invitation.Offer.RoleName != "Spare" {
				t.Errorf("logged %+v", log[0].Fact)
			}
			got, err := l.Get().Do(t.Context(), l.Ada.Caller, invitation.GetInput{Scope: l.Scope, ID: made.ID})
			if err != nil || got.Status != invitation.InvalidGrant || got.Reason != invitation.ReasonRoleDeleted || got.RoleName != "Spare" {
				t.Errorf("%+v, %v", got, err)
			}
			again, err := l.Resend().Do(t.Context(), l.Ada.Caller, invitation.ResendInput{Scope: l.Scope, ID: made.ID, Terms: invitation.Terms{Role: l.Viewer.ID}})
			if err != nil || again.Status != invitation.Pending || again.Reason != "" {
				t.Errorf("%+v, %v", again, err)
			}
		})
	}
}
