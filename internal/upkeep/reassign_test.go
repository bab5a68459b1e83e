package upkeep_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/event"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
)

// TestReassigned: who has a deleted role has the other one from the commit on, and is rewritten in the background, each once with one event; only
// then what the workspace remembers of the role may go (R18).
func TestReassigned(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	bea := l.Newcomer(l.Analyst.ID)
	if err := l.Indexes().Person(t.Context(), l.Scope, l.Ann.User.ID); err != nil {
		t.Fatal(err)
	}
	in := role.DeleteInput{Scope: l.Scope, ID: l.Analyst.ID, ReassignTo: l.Viewer.ID, Reason: "One role for all."}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
	if got, err := l.GetMember().Do(t.Context(), l.Ada.Caller, member.GetInput{Scope: l.Scope, User: bea.User.ID}); err != nil || got.RoleName != "Viewer" || got.Version != 1 {
		t.Errorf("at once: %+v, %v", got, err)
	}
	found := func(in member.ListInput) string {
		in.Scope = l.Scope
		list, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, in)
		var names []string
		for _, m := range list.Items {
			names = append(names, m.User.Name)
		}
		return strings.Join(append(names, fmt.Sprint(err)), " ")
	}
	// Until they are rewritten they are found by the role that they had.
	for _, q := range []string{"", "ann"} {
		if got := found(member.ListInput{Q: q, Role: l.Analyst.ID}); !strings.HasPrefix(got, "Ann ") || !strings.HasSuffix(got, "<nil>") {
			t.Errorf("looking for %q of the deleted role: %s", q, got)
		}
	}
	all := l.Envelopes(l.ID)
	because := all[len(all)-1].Detail.Metadata.CorrelationID
	log := l.Appended(l.Scope, func() { cleans(t, l, 1) })
	for _, e := range l.Envelopes(l.ID)[len(all):] {
		if e.Detail.Metadata.CorrelationID != because {
			t.Errorf("%s is because of %q, want %q", e.DetailType, e.Detail.Metadata.CorrelationID, because)
		}
	}
	var facts []event.Fact
	for _, entry := range log {
		facts = append(facts, entry.Fact)
		if entry.Actor != l.Ada.User.ID || entry.Sequence != "2" {
			t.Errorf("logged %+v", entry)
		}
	}
	var want []event.Fact
	for _, who := range []testbed.Someone{l.Ann, bea} {
		want = append(want, event.MemberRoleChanged{
			User: access.Person{ID: who.User.ID, Name: who.User.Name, Username: who.User.Username}, Via: "direct",
			GrantedBy: access.Person{ID: l.Ada.User.ID, Name: "Ada"},
			Before:    access.Grant{Role: l.Analyst.ID, RoleName: "Analyst"}, After: access.Grant{Role: l.Viewer.ID, RoleName: "Viewer"},
			Notify: true, Reason: "One role for all.", RoleDeleted: true,
		})
	}
	byName := func(a, b event.Fact) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(want, byName)
	slices.SortFunc(facts, byName)
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Error(diff)
	}
	v := string(l.Viewer.ID)
	if diff := cmp.Diff(map[string]string{"Ada": "admin", "Mia": string(l.Manager.ID), "Ann": v, "Grace": v, "Vic": v}, storedRoles(l)); diff != "" {
		t.Error(diff)
	}
	if trace(l, l.Analyst.ID)["rewritten"] == nil {
		t.Errorf("what is remembered is %v", trace(l, l.Analyst.ID))
	}
	// Whoever got the role in the same moment is rewritten when their own event comes.
	late := l.Someone("Late")
	l.Seat(l.Ada, l.Workspace, l.Analyst.ID, late)
	e := l.Envelopes(l.ID)[0]
	e.DetailType = "MemberAdded"
	e.Detail.Data = fmt.Appendf(nil, `{"user":{"id":%q},"via":"invitation","after":{"role":%q}}`, late.User.ID, l.Analyst.ID)
	if log := l.Appended(l.Scope, func() {
		if err := l.Cleaner().Do(t.Context(), e); err != nil {
			t.Error(err)
		}
	}); len(log) != 1 || log[0].User != late.User.ID || storedRoles(l)["Late"] != v {
		t.Errorf("logged %+v, stored %v", log, storedRoles(l))
	}
}

// TestReassignedToAdmin counts each new Admin when they are rewritten, and none before: the last one that counts cannot go meanwhile.
func TestReassignedToAdmin(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	deletesRole(t, l, l.Analyst.ID, access.Admin)
	admins := func() string { return testbed.Text(l.Item("WORKSPACE#"+l.ID, "WORKSPACE"), "admins") }
	_, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: "me"})
	testbed.CheckFault(t, err, member.LastAdmin(access.KindWorkspace))
	bea := l.Newcomer(l.Viewer.ID)
	l.Seat(l.Ada, l.Workspace, l.Analyst.ID, l.Someone("Cy"))
	cyID := ""
	for key, item := range l.Partitions("WORKSPACE#" + l.ID) {
		if testbed.Text(item, "name") == "Cy" {
			cyID = strings.TrimPrefix(key, "WORKSPACE#"+l.ID+" MEMBER#")
		}
	}
	if _, err := l.RemoveMember().Do(t.Context(), l.Ann.Caller, member.RemoveInput{Scope: l.Scope, User: cyID}); err != nil || admins() != "1" {
		t.Errorf("one Admin to be takes out another: %v, %s Admins", err, admins())
	}
	for _, e := range l.Envelopes(l.ID) {
		if e.DetailType == "RoleDeleted" {
			if err := l.Cleaner().Do(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
	}
	if got := storedRoles(l); got["Ann"] != "admin" || admins() != "2" {
		t.Errorf("%v, %s Admins", got, admins())
	}
	if _, err := l.UpdateMember().Do(t.Context(), l.Ann.Caller, member.UpdateInput{Scope: l.Scope, User: bea.User.ID, Wish: member.Wish{Role: access.Admin}}); err != nil {
		t.Error(err)
	}
	if _, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: "me"}); err != nil || admins() != "2" {
		t.Errorf("%v, %s Admins", err, admins())
	}
}

// TestReassigningGoesOn: many are rewritten in several attempts, at the same moment and doubled, each exactly once.
func TestReassigningGoesOn(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	const many = 130
	for i := range many {
		user := account.User{ID: fmt.Sprintf("usr_%026d", i), Name: fmt.Sprintf("P%03d", i), Username: fmt.Sprintf("p%03d", i)}
		l.Seat(l.Ada, l.Workspace, l.Analyst.ID, testbed.Someone{User: user})
	}
	deletesRole(t, l, l.Analyst.ID, l.Viewer.ID)
	all := l.Envelopes(l.ID)
	deleted := all[len(all)-1]
	log := l.Appended(l.Scope, func() {
		proxy.Inject("TransactWriteItems", 10, dies(proxy))
		if err := l.Cleaner().Do(t.Context(), deleted); err == nil {
			t.Error("nothing has failed")
		}
		proxy.SetDown(false)
		if trace(l, l.Analyst.ID)["rewritten"] != nil {
			t.Error("marked as done before it is")
		}
		testbed.AtOnce(2, func(int) {
			if err := l.Cleaner().Do(t.Context(), deleted); err != nil {
				t.Error(err)
			}
		})
	})
	told := map[string]int{}
	for _, entry := range log {
		if _, is := entry.Fact.(event.MemberRoleChanged); is {
			told[entry.User]++
		}
	}
	if len(log) != many+1 || len(told) != many+1 {
		t.Errorf("%d entries about %d people", len(log), len(told))
	}
	for name, stored := range storedRoles(l) {
		if stored == string(l.Analyst.ID) {
			t.Errorf("%s still has it", name)
		}
	}
	if trace(l, l.Analyst.ID)["rewritten"] == nil {
		t.Error("not marked as done")
	}
}

// TestRoleDeletedMeanwhile deletes a role just before somebody is given it: it counts as what took its place, given by whoever deleted it, and
// their own event has them rewritten, though the events come in any order.
func TestRoleDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	spare := l.Role(l.Ada, l.Workspace, "Spare", "create_cvms")
	proxy.Inject("TransactWriteItems", 1, tableproxy.Before(func() {
		deletesRole(t, l, spare.ID, l.Analyst.ID)
		cleans(t, l, 1) // and is done before
	}))
	in := member.UpdateInput{Scope: l.Scope, User: l.Vic.User.ID, Wish: member.Wish{Role: spare.ID}}
	if _, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
	got, err := l.GetMember().Do(t.Context(), l.Ada.Caller, member.GetInput{Scope: l.Scope, User: l.Vic.User.ID})
	if err != nil || got.Role != l.Analyst.ID || got.GrantedBy.ID != l.Ada.User.ID || storedRoles(l)["Vic"] != string(spare.ID) {
		t.Errorf("%+v, %v, stored %v", got, err, storedRoles(l))
	}
	all := l.Envelopes(l.ID)
	given := all[slices.IndexFunc(all, func(e event.Envelope) bool { return e.DetailType == "MemberRoleChanged" })]
	log := l.Appended(l.Scope, func() {
		if err := l.Cleaner().Do(t.Context(), given); err != nil {
			t.Error(err)
		}
	})
	if len(log) != 1 || log[0].Actor != l.Ada.User.ID || storedRoles(l)["Vic"] != string(l.Analyst.ID) {
		t.Errorf("logged %+v, stored %v", log, storedRoles(l))
	}
}

// TestRewrittenIsSaidOfDeletedRolesOnce, so that nothing else is forgotten and no change of roles is refused for it.
func TestRewrittenIsSaidOfDeletedRolesOnce(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	deletesRole(t, l, l.Analyst.ID, l.Viewer.ID)
	all := l.Envelopes(l.ID)
	deleted := all[len(all)-1]
	cleans(t, l, 1)
	l.Unchanged(t, l.ID, func() {
		for _, id := range []access.Role{l.Analyst.ID, l.Viewer.ID, "rol_unknown"} {
			if err := l.Table.Rewritten(t.Context(), l.Scope, id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
	l.DeleteScope(l.Scope)
	l.Unchanged(t, l.ID, func() {
		if err := l.Cleaner().Do(t.Context(), deleted); err != nil {
			t.Error(err)
		}
	})
}
