package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/role"
)

// TestAdminTakesNoPlaceUnasked: where nothing but Admin is left for those who have a deleted role, it has to be chosen, and what it means is said.
func TestAdminTakesNoPlaceUnasked(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada := l.as(t, l.Ada)
	at, all := l.of(l.analyst)+"/delete", l.Role(l.Ada, l.in, "All", access.All(access.KindWorkspace).Sorted()...)
	preselects := func(want access.Role) answer {
		t.Helper()
		page := ada.open(at)
		if got := fieldsOf(page.one(t, "form[action="+at+"]")).Get("reassign_to"); got != string(want) {
			t.Errorf("preselected is %q, want %q", got, want)
		}
		return page
	}
	for _, least := range []role.Role{l.keeper, all} {
		preselects(least.ID)
		if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.in.Scope(), ID: least.ID, ReassignTo: l.analyst.ID}); err != nil {
			t.Fatal(err)
		}
	}
	page := preselects("")
	if got, want := page.texts("option"), []string{"Choose a role", "Admin (25 permissions)"}; !slices.Equal(got, want) {
		t.Errorf("offered: %q, want %q", got, want)
	}
	unchosen := ada.submit(page, at, url.Values{"step": {stepCheck}}).expect(t, http.StatusUnprocessableEntity)
	if got := unchosen.one(t, "p#reassign_to-error").text(); got != "Choose a role." {
		t.Errorf("without a role it says %q", got)
	}
	check := ada.submit(unchosen, at, url.Values{"step": {stepCheck}, "reassign_to": {string(access.Admin)}}).expect(t, http.StatusOK)
	check.says(t, "they have Admin instead.", "They get every permission in Genomics, present and future: its members, their roles, its settings, and the right to delete it.")
	ada.follow(ada.submit(check, at, url.Values{"step": {stepSave}})).says(t, "The role is deleted.")
}

// TestNoMoreRolesCanBeDeleted: why stands where other refusals do, whether it was so from the beginning or has come to be.
func TestNoMoreRolesCanBeDeleted(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada, spare := l.as(t, l.Ada), l.Role(l.Ada, l.in, "Spare", access.Read)
	at := l.of(spare) + "/delete"
	before := ada.open(at)
	l.AddTraces(l.in.ID, role.MaxDeleted, l.Now(), "")
	const why = "You may not delete it: At most 200 roles of a workspace can be deleted in a month."
	for status, page := range map[int]answer{
		http.StatusOK:                  ada.get(at),
		http.StatusUnprocessableEntity: ada.submit(before, at, url.Values{"step": {stepSave}}),
	} {
		page.expect(t, status)
		if got := page.one(t, "section#panel").text(); strings.Count(got, why) != 1 || strings.Count(got, "At most") != 1 {
			t.Errorf("%d: the dialog says %s", status, got)
		}
		if page.has("section#panel form") {
			t.Errorf("%d: there is a form", status)
		}
	}
}

// TestEverythingNowIsNotAdmin: a role of all the permissions there are does not hold those that are yet to come, and its description does not say so.
func TestEverythingNowIsNotAdmin(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada := l.as(t, l.Ada)
	copying := l.base + "/new?like=" + string(access.Admin)
	form := fieldsOf(ada.open(copying).one(t, "form.role-editor"))
	if got := form.Get("description"); got != "" || len(form["permissions"]) != len(access.All(access.KindWorkspace)) {
		t.Errorf("a copy of Admin has %d permissions and says %q", len(form["permissions"]), got)
	}
	ada.follow(ada.submit(ada.open(copying), l.base+"/new", nil)).says(t, "Copy of Admin is created")
	held := access.All(access.KindWorkspace)
	admins, others := abilityWords(access.Admin, held), abilityWords("rol_1", held)
	if !strings.Contains(admins, "one day") || strings.Contains(others, "one day") || others == admins {
		t.Errorf("of Admin %q, of another one %q", admins, others)
	}
	said := map[string]string{}
	for _, choice := range ada.open(scopePath(l.in.Scope()) + "/users/invite").all("div.choice") {
		said[strings.TrimSpace(choice.one(t, "label").text())] = choice.text()
	}
	if !strings.Contains(said["Admin"], admins) || !strings.Contains(said["Copy of Admin"], others) {
		t.Errorf("the roles to offer: %q", said)
	}
}

// TestNumbersBeforeAllAreMoved: as long as members of a deleted role are still being moved, no page takes those counted with the other one for all.
func TestNumbersBeforeAllAreMoved(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada, spare := l.as(t, l.Ada), l.Role(l.Ada, l.in, "Spare", access.SendInvitations)
	plain := ada.open(l.of(spare) + "/delete")
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, role.DeleteInput{Scope: l.in.Scope(), ID: l.analyst.ID, ReassignTo: spare.ID}); err != nil {
		t.Fatal(err)
	}
	const moving = "Members of the deleted role Analyst are still being moved to it."
	edit, users := l.of(spare)+"/edit", scopePath(l.in.Scope())+"/users?role="+string(spare.ID)
	review := func() answer {
		t.Helper()
		return ada.submit(ada.open(edit), edit, url.Values{"step": {stepCheck}, "permissions": {"view_assets"}}).expect(t, http.StatusOK)
	}
	review().says(t, "Nobody is counted with Spare yet. "+moving, "It counts from their next request on.", "Open invitations from members with Spare cannot be accepted")
	ada.open(l.of(spare)+"/delete").says(t, "Nobody is counted with Spare yet. "+moving+" Choose the role that takes its place")
	ada.submit(plain, l.of(spare)+"/delete", url.Values{"step": {stepSave}}).expect(t, http.StatusConflict).
		says(t, "This role is in use by 0 members and 0 open invitations, and members of deleted roles are still being moved to it (Analyst).")
	ada.open(l.of(spare)).says(t, "Nobody is counted with this role yet. "+moving)
	ada.open(users).says(t, "Nobody here is listed with the role Spare yet. "+moving)

	l.Seat(l.Ada, l.in, spare.ID, l.Someone("Sue"))
	review().says(t, "1 member has Spare. "+moving)
	l.settle(t)
	for _, page := range []answer{review(), ada.open(l.of(spare) + "/delete"), ada.open(l.of(spare)), ada.open(users)} {
		if strings.Contains(page.text(), "being moved") {
			t.Errorf("after all are moved %s says %s", page.path, page.text())
		}
	}
}
