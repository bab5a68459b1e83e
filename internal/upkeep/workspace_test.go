package upkeep_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/infra/local/tableproxy"
	"prism-access/internal/access"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// cleans hands clean-up the newest events of the lab, each twice.
func cleans(t *testing.T, l *testbed.Lab, n int) {
	t.Helper()
	all := l.Envelopes(l.ID)
	for _, e := range all[len(all)-n:] {
		for range 2 {
			if err := l.Cleaner().Do(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
	}
}

// entries returns whom the search of the lab knows, each "sort key".
func entries(l *testbed.Lab) []string {
	return slices.Sorted(maps.Keys(l.Partitions("WORKSPACE#" + l.ID + "#SEARCH")))
}

func asks(t *testing.T, l *testbed.Lab, who testbed.Someone, given access.Role) invitation.Invitation {
	t.Helper()
	out, err := l.Create().Do(t.Context(), l.Ada.Caller, invitation.CreateInput{
		Scope: l.Scope, Invitees: []invitation.Invitee{{Username: who.User.Username}}, Terms: invitation.Terms{Role: given},
	})
	if err != nil || out.Results[0].Invitation == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	return *out.Results[0].Invitation
}

func deletesRole(t *testing.T, l *testbed.Lab, gone, instead access.Role) {
	t.Helper()
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.Scope, ID: gone, ReassignTo: instead}); err != nil {
		t.Fatal(err)
	}
}

// dies is the end of a function in the middle of its work: the table is out of its reach.
func dies(proxy *tableproxy.Proxy) tableproxy.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		proxy.SetDown(true)
		tableproxy.BreakOff()(w, r, next)
	}
}

// storedRoles returns the roles that the members of the lab are stored with, by name.
func storedRoles(l *testbed.Lab) map[string]string {
	roles := map[string]string{}
	for key, item := range l.Partitions("WORKSPACE#" + l.ID) {
		if strings.Contains(key, " MEMBER#") {
			roles[testbed.Text(item, "name")] = testbed.Text(item, "role")
		}
	}
	return roles
}

func trace(l *testbed.Lab, id access.Role) testbed.Item {
	roles, _ := l.Item("WORKSPACE#"+l.ID, "WORKSPACE")["roles"].(map[string]any)
	all, _ := roles["M"].(map[string]any)
	one, _ := all[string(id)].(map[string]any)
	fields, _ := one["M"].(map[string]any)
	return fields
}

// TestSearchOfAWorkspace: who comes is found, who goes is not, and a new name or username is followed into the workspace.
func TestSearchOfAWorkspace(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	l.Index(l.ID)
	found := func(q string) []string {
		t.Helper()
		got, err := l.ListMembers().Do(t.Context(), l.Ada.Caller, member.ListInput{Scope: l.Scope, Q: q})
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, m := range got.Items {
			names = append(names, m.User.Name)
		}
		return names
	}
	for _, entry := range entries(l) {
		if strings.Contains(entry, "example.com") || strings.Contains(entry, "!") {
			t.Errorf("people are known by %s", entry)
		}
	}
	l.Renamed(l.Vic, "Victoria Spark")
	for _, e := range l.EnvelopesOf(l.Vic.User.ID) {
		if err := l.Indexes().Do(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"Victoria Spark"}, found("spark")); diff != "" {
		t.Error(diff)
	}
	if item := l.Item("WORKSPACE#"+l.ID, "MEMBER#"+l.Vic.User.ID); testbed.Text(item, "name") != "Victoria Spark" || testbed.Text(item, "email") != "" || testbed.Text(item, "version") != "1" {
		t.Errorf("the membership is %v", item)
	}
	if _, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: l.Vic.User.ID}); err != nil {
		t.Fatal(err)
	}
	l.Index(l.ID)
	if diff := cmp.Diff([]string{}, found("spark")); diff != "" {
		t.Error(diff)
	}
	for _, entry := range entries(l) {
		if strings.Contains(entry, l.Vic.User.ID) {
			t.Errorf("left behind: %s", entry)
		}
	}
}

// TestRemovalFromAWorkspaceCloses: who is out has nothing open left there, but what was offered since.
func TestRemovalFromAWorkspaceCloses(t *testing.T) {
	t.Parallel()
	l := testbed.New(t).NewLab()
	grace := l.Someone("Grace")
	before := asks(t, l, grace, l.Viewer.ID)
	l.Seat(l.Ada, l.Workspace, l.Viewer.ID, grace) // in meanwhile, as by another way in
	remove := func() {
		t.Helper()
		if _, err := l.RemoveMember().Do(t.Context(), l.Ada.Caller, member.RemoveInput{Scope: l.Scope, User: grace.User.ID}); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	if diff := cmp.Diff([]string{before.ID + " removed closed"}, closings(l.Appended(l.Scope, func() { cleans(t, l, 1) }))); diff != "" {
		t.Error(diff)
	}
	l.Enlist(l.Viewer.ID, grace)
	remove()
	removal := l.Envelopes(l.ID)
	l.Advance(1)
	asks(t, l, grace, l.Viewer.ID)
	if log := l.Appended(l.Scope, func() {
		if err := l.Cleaner().Do(t.Context(), removal[len(removal)-1]); err != nil {
			t.Error(err)
		}
	}); len(log) != 0 {
		t.Errorf("a later invitation is closed: %+v", log)
	}
}

// TestDeletedWorkspaceIsCleanedUp, also when it takes several attempts: nothing of its people is left, and no event tells of each (R26).
func TestDeletedWorkspaceIsCleanedUp(t *testing.T) {
	t.Parallel()
	bed, proxy := testbed.Proxied(t)
	l := bed.NewLab()
	l.Index(l.ID)
	open := asks(t, l, l.Someone("Grace"), l.Viewer.ID)
	if _, err := l.DeleteWorkspace().Do(t.Context(), l.Ada.Caller, workspace.DeleteInput{Scope: l.Scope, Confirm: "Genomics"}); err != nil {
		t.Fatal(err)
	}
	all := l.Envelopes(l.ID)
	log := l.Appended(l.Scope, func() {
		proxy.Inject("TransactWriteItems", 3, dies(proxy))
		if err := l.Cleaner().Do(t.Context(), all[len(all)-1]); err == nil {
			t.Error("nothing has failed")
		}
		proxy.SetDown(false)
		cleans(t, l, 1)
	})
	if diff := cmp.Diff([]string{open.ID + " deleted closed"}, closings(log)); diff != "" {
		t.Error(diff)
	}
	if got := storedRoles(l); len(got) != 0 {
		t.Errorf("left are %v", got)
	}
	if got := entries(l); len(got) != 0 {
		t.Errorf("left are %v", got)
	}
	for key := range l.Partitions("WORKSPACE#" + l.ID) {
		if strings.Contains(key, " ROLE#") {
			t.Errorf("left is %s", key)
		}
	}
	late := l.Someone("Late")
	l.Seat(l.Ada, l.Workspace, l.Viewer.ID, late) // committed after the deletion: goes when its event comes
	e := all[len(all)-1]
	e.DetailType, e.Detail.Metadata.Type = "MemberAdded", "MemberAdded"
	e.Detail.Data = fmt.Appendf(nil, `{"user":{"id":%q},"via":"invitation","after":{"role":%q}}`, late.User.ID, l.Viewer.ID)
	if err := l.Cleaner().Do(t.Context(), e); err != nil || len(storedRoles(l)) != 0 {
		t.Errorf("%v, left are %v", err, storedRoles(l))
	}
}
