package upkeep_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// chained is a lab where Lee, who is no Admin, has Viewer take the place of Analyst, and Ada may have Admin take that of Viewer.
type chained struct {
	*testbed.Lab
	proxy *tableproxy.Proxy
	last  func() // Ada's deletion
}

func chain(t *testing.T) chained {
	t.Helper()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	lee := l.Someone("Lee")
	l.Seat(l.Ada, l.Workspace, l.Role(l.Ada, l.Workspace, "Lead", access.ManageRole, "run_computation", "view_assets").ID, lee)
	if _, err := l.DeleteRole().Do(t.Context(), lee.Caller, role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID, Reason: "Lee's."}); err != nil {
		t.Fatal(err)
	}
	return chained{Lab: l, proxy: proxy, last: func() {
		in := role.DeleteInput{Scope: l.Scope, ID: l.Viewer.ID, ReassignTo: access.Admin, Reason: "Ada's."}
		if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, in); err != nil {
			t.Error(err)
		}
	}}
}

// job has clean-up do what the deletion of a role calls for.
func (c chained) job(t *testing.T, of access.Role) error {
	t.Helper()
	all := c.Envelopes(c.ID)
	at := slices.IndexFunc(all, func(e event.Envelope) bool {
		fact, err := event.Decode(e.DetailType, e.Detail.Data)
		deleted, is := fact.(event.RoleDeleted)
		return err == nil && is && deleted.Role == of
	})
	return c.Cleaner().Do(t.Context(), all[at])
}

// granted returns who gave a member their role, as the answers have it: they must be Admin.
func (c chained) granted(t *testing.T, who testbed.Someone) (by string) {
	t.Helper()
	got, err := c.GetMember().Do(t.Context(), c.Ada.Caller, member.GetInput{Scope: c.Scope, User: who.User.ID})
	asked, checkErr := c.CheckAccess().Do(t.Context(), who.Caller, member.CheckInput{Check: member.Check{Scope: c.Scope, Permission: access.ManageRole}})
	if err != nil || checkErr != nil || got.Role != access.Admin || got.Via != member.ViaDirect || !asked.Allowed {
		t.Fatalf("%+v, %v; %+v, %v", got, err, asked, checkErr)
	}
	if because := asked.Because[0]; because.GrantedBy != got.GrantedBy || !because.GrantedAt.Equal(got.GrantedAt) || because.Via != got.Via {
		t.Errorf("check-access says %+v, get-member %+v", because, got)
	}
	return got.GrantedBy.Name
}

// TestReassignedInAChain: who has a role that means one that is deleted in turn has the last one, given by whoever deleted the last one on the way,
// from that commit on; they are rewritten once, whichever of the events comes first.
func TestReassignedInAChain(t *testing.T) {
	t.Parallel()
	// must has the job done; dying has it break off at the first write, and go on in another attempt.
	must := func(t *testing.T, c chained, of access.Role) {
		t.Helper()
		if err := c.job(t, of); err != nil {
			t.Error(err)
		}
	}
	dying := func(t *testing.T, c chained, of access.Role) {
		t.Helper()
		c.proxy.Inject("TransactWriteItems", 1, dies(c.proxy))
		if err := c.job(t, of); err == nil {
			t.Error("nothing has failed")
		}
		c.proxy.SetDown(false)
		must(t, c, of)
	}
	for name, work := range map[string]func(t *testing.T, c chained){
		"in the order of the deletions": func(t *testing.T, c chained) {
			c.last()
			must(t, c, c.Analyst.ID)
			must(t, c, c.Viewer.ID)
		},
		"in the other order, doubled": func(t *testing.T, c chained) {
			c.last()
			for range 2 {
				must(t, c, c.Viewer.ID)
				must(t, c, c.Analyst.ID)
			}
		},
		"deleted while the first ones are looked for": func(t *testing.T, c chained) {
			c.proxy.Inject("Query", 2, tableproxy.Before(c.last)) // the first one is for the open invitations
			must(t, c, c.Analyst.ID)
			must(t, c, c.Viewer.ID)
		},
		"breaking off": func(t *testing.T, c chained) {
			c.last()
			dying(t, c, c.Analyst.ID)
			dying(t, c, c.Viewer.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chain(t)
			log := c.Appended(c.Scope, func() { work(t, c) })
			log = slices.DeleteFunc(log, func(l testbed.Logged) bool { return l.Type == "RoleDeleted" })
			want := map[string]event.MemberRoleChanged{}
			for gone, who := range map[*role.Role]testbed.Someone{&c.Analyst: c.Ann, &c.Viewer: c.Vic} {
				want[who.User.ID] = event.MemberRoleChanged{
					User: access.Person{ID: who.User.ID, Name: who.User.Name, Username: who.User.Username}, Via: "direct",
					GrantedBy: access.Person{ID: c.Ada.User.ID, Name: "Ada"},
					Before:    access.Grant{Role: gone.ID, RoleName: gone.Name}, After: access.Grant{Role: access.Admin, RoleName: "Admin"},
					Notify: true, RoleDeleted: true,
				}
			}
			vics := want[c.Vic.User.ID]
			vics.Reason = "Ada's." // Ann has it by the same deletion, but by the event of another
			want[c.Vic.User.ID] = vics
			got := map[string]event.MemberRoleChanged{}
			for _, entry := range log {
				if got[entry.User], _ = entry.Fact.(event.MemberRoleChanged); entry.Actor != c.Ada.User.ID {
					t.Errorf("done by %s: %+v", entry.Actor, entry)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || len(log) != len(want) {
				t.Errorf("%d entries: %s", len(log), diff)
			}
			for _, who := range []testbed.Someone{c.Ann, c.Vic} {
				by, _ := c.Item("WORKSPACE#"+c.ID, "MEMBER#"+who.User.ID)["granted_by"].(map[string]any)["M"].(map[string]any)
				if testbed.Text(by, "name") != "Ada" || c.granted(t, who) != "Ada" {
					t.Errorf("stored is that %s has it from %v", who.User.Name, by)
				}
			}
		})
	}
}

// TestGrantedBeforeRewritten: what is said of those whose role was deleted does not wait for the background; in a deleted workspace nobody is rewritten.
func TestGrantedBeforeRewritten(t *testing.T) {
	t.Parallel()
	c := chain(t)
	got, err := c.GetMember().Do(t.Context(), c.Ada.Caller, member.GetInput{Scope: c.Scope, User: c.Ann.User.ID})
	if err != nil || got.Role != c.Viewer.ID || got.GrantedBy.Name != "Lee" || !got.GrantedAt.Equal(c.Now()) {
		t.Errorf("after the first deletion: %+v, %v", got, err)
	}
	c.last()
	old := c.Someone("Old") // with a role that was deleted before it was stored by whom
	c.Seat(c.Ada, c.Workspace, c.AddTraces(c.ID, 1, c.Now(), access.Admin)[0], old)
	if by := []string{c.granted(t, c.Ann), c.granted(t, c.Vic), c.granted(t, old)}; !slices.Equal(by, []string{"Ada", "Ada", access.System.Name}) {
		t.Errorf("granted by %s", by)
	}
	if _, err := c.DeleteWorkspace().Do(t.Context(), c.Ada.Caller, workspace.DeleteInput{Scope: c.Scope, Confirm: "Genomics"}); err != nil {
		t.Fatal(err)
	}
	if log := c.Appended(c.Scope, func() { cleans(t, c.Lab, 3) }); len(log) != 0 { // events of roles that come late
		t.Errorf("logged %+v", log)
	}
}

// TestRewrittenWhileTheNextIsDeleted: whoever is given a role in the moment in which it is deleted in turn has what took its place from whoever
// deleted it, as with any other role: their own event has them rewritten.
func TestRewrittenWhileTheNextIsDeleted(t *testing.T) {
	t.Parallel()
	c := chain(t)
	c.proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		c.last()
		if err := c.job(t, c.Viewer.ID); err != nil { // and is done before
			t.Error(err)
		}
	}))
	if err := c.job(t, c.Analyst.ID); err != nil {
		t.Error(err)
	}
	if by := c.granted(t, c.Ann); by != "Ada" || storedRoles(c.Lab)["Ann"] != string(c.Viewer.ID) {
		t.Errorf("granted by %s, stored %v", by, storedRoles(c.Lab))
	}
	all := c.Envelopes(c.ID)
	own := all[slices.IndexFunc(all, func(e event.Envelope) bool {
		return e.DetailType == "MemberRoleChanged" && strings.Contains(string(e.Detail.Data), c.Ann.User.ID)
	})]
	log := c.Appended(c.Scope, func() {
		if err := c.Cleaner().Do(t.Context(), own); err != nil {
			t.Error(err)
		}
	})
	if len(log) != 1 || log[0].Actor != c.Ada.User.ID || log[0].User != c.Ann.User.ID || storedRoles(c.Lab)["Ann"] != "admin" {
		t.Errorf("logged %+v, stored %v", log, storedRoles(c.Lab))
	}
}
