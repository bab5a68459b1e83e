package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/invitation"
	"prism-access/internal/member"
	"prism-access/internal/role"
	"prism-access/internal/testbed"
	"prism-access/internal/workspace"
)

// rolesLab is a workspace of Ada's with a Keeper of roles, Kim, an Analyst, Vic, and Eve, who is in nothing.
type rolesLab struct {
	*site
	in              workspace.Workspace
	base            string // of the pages of its roles
	kim, vic        testbed.Someone
	keeper, analyst role.Role
}

func newRolesLab(t *testing.T) *rolesLab {
	t.Helper()
	l := &rolesLab{site: newSite(t)}
	l.in = l.Workspace(l.Ada, "Genomics")
	l.base = "/workspaces/" + l.in.ID + "/roles"
	l.kim, l.vic = l.Someone("Kim"), l.Someone("Vic")
	l.keeper = l.Role(l.Ada, l.in, "Keeper", access.ManageRole, "run_computation", "view_assets", "upload_assets")
	l.analyst = l.Role(l.Ada, l.in, "Analyst", "run_computation")
	l.Seat(l.Ada, l.in, l.keeper.ID, l.kim)
	l.Seat(l.Ada, l.in, l.analyst.ID, l.vic)
	return l
}

func (l *rolesLab) of(r role.Role) string { return l.base + "/" + string(r.ID) }

// offers has Ada invite people with a role.
func (l *rolesLab) offers(t *testing.T, given access.Role, people ...testbed.Someone) {
	t.Helper()
	in := invitation.CreateInput{Scope: l.in.Scope(), Terms: invitation.Terms{Role: given}}
	for _, one := range people {
		in.Invitees = append(in.Invitees, invitation.Invitee{Username: one.User.Username})
	}
	if out, err := l.Create().Do(t.Context(), l.Ada.Caller, in); err != nil || out.Results[0].Error != nil {
		t.Fatalf("invite: %+v, %v", out, err)
	}
}

// settle has all that follows from what was done come to pass.
func (l *rolesLab) settle(t *testing.T) {
	t.Helper()
	settle(t, l.Bed, l.in.ID)
}

// settle has the background do all that has happened in an organization or a workspace calls for.
func settle(t *testing.T, b *testbed.Bed, id string) {
	t.Helper()
	for _, envelope := range b.Envelopes(id) {
		if err := b.Cleaner().Do(t.Context(), envelope); err != nil {
			t.Fatal(err)
		}
	}
}

// now is a role as it is.
func (l *rolesLab) now(t *testing.T, id access.Role) role.Role {
	t.Helper()
	found, err := l.GetRole().Do(t.Context(), l.Ada.Caller, role.GetInput{Scope: l.in.Scope(), ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// says checks that a page says these things.
func (a answer) says(t *testing.T, things ...string) answer {
	t.Helper()
	for _, thing := range things {
		if !strings.Contains(a.text(), thing) {
			t.Errorf("%s does not say %q but %s", a.path, thing, a.text())
		}
	}
	return a
}

// TestRoles: each role stands there with what it may do; what one may not do with it is absent, with the reason.
func TestRoles(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	power := l.Role(l.Ada, l.in, "Power", "manage_billing")
	page := l.as(t, l.Ada).open(l.base)
	page.says(t, "Admin Built in Your role", "it holds every permission, present and future, and cannot be changed or deleted", "25 permissions", "Create role")
	card := page.one(t, "li#role-"+string(l.analyst.ID))
	if got, want := card.texts("dt"), []string{"Workspace management", "Computation access"}; !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
	if got, want := card.texts("dd"), []string{"Read", "View computations, Run computation"}; !slices.Equal(got, want) {
		t.Errorf("permissions %v, want %v", got, want)
	}
	if got, want := card.texts("a"), []string{"Analyst", "Edit Analyst", "Duplicate Analyst", "Delete Analyst"}; !slices.Equal(got, want) {
		t.Errorf("Ada: %v, want %v", got, want)
	}
	if got := page.one(t, "li#role-admin").texts("a"); !slices.Equal(got, []string{"Admin", "Duplicate Admin"}) {
		t.Errorf("Admin: %v", got)
	}
	page = l.as(t, l.kim).open(l.base)
	if got := page.one(t, "li#role-"+string(power.ID)).texts("a"); !slices.Equal(got, []string{"Power"}) {
		t.Errorf("Kim, of what exceeds her rights: %v", got)
	}
	if got, want := page.one(t, "li#role-"+string(l.keeper.ID)).texts("a"), []string{"Keeper", "Edit Keeper", "Duplicate Keeper"}; !slices.Equal(got, want) {
		t.Errorf("Kim, of her own: %v, want %v", got, want)
	}
	page = l.as(t, l.vic).open(l.base).says(t, "You may not create roles: Your role does not allow this.")
	if page.has("a[href=" + l.base + "/new]") {
		t.Error("Vic is offered to create roles")
	}
	l.as(t, l.Eve).get(l.base).expect(t, http.StatusNotFound)
}

// TestAboutRole: a role's page shows what was chosen and what comes with it, its members and what offers it.
func TestAboutRole(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	grace := l.Someone("Grace")
	l.offers(t, l.analyst.ID, grace)
	page := l.as(t, l.Ada).open(l.of(l.analyst)).says(t, "3 permissions", "Members 1", "Vic @"+l.vic.User.Username, "Open invitations 1", "Grace @"+grace.User.Username, "All pending invitations, of every role")
	if got := page.texts("li.implied"); len(got) != 2 || !strings.HasPrefix(got[0], "Read read") || !strings.Contains(got[1], "Not chosen: comes with Run computation.") {
		t.Errorf("implied: %v", got)
	}
	l.as(t, l.kim).open(l.of(l.analyst)).says(t, "You may not see who has this role: Your role does not allow this.", "You may not see what offers this role")
	l.as(t, l.vic).open(l.of(l.analyst)).says(t, "Your role", "You may not change it")
	for _, path := range []string{l.base + "/rol_1", l.base + "/" + string(access.Role("rol_"+l.NewID())), l.base + "/member"} {
		l.as(t, l.Ada).get(path).expect(t, http.StatusNotFound)
	}
}

// TestDeletedRoleIsLeaving: until all its members are moved it says how many are left, and to what.
func TestDeletedRoleIsLeaving(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	viewer := l.Role(l.Ada, l.in, "Viewer", "view_computations")
	in := role.DeleteInput{Scope: l.in.Scope(), ID: l.analyst.ID, ReassignTo: viewer.ID}
	if _, err := l.DeleteRole().Do(t.Context(), l.Ada.Caller, in); err != nil {
		t.Fatal(err)
	}
	ada := l.as(t, l.Ada)
	ada.open(l.base).says(t, "1 member still to move from Analyst , which was deleted, to Viewer . They have the new role already")
	l.as(t, l.kim).open(l.base).says(t, "Members are still moving from Analyst")
	ada.open(l.of(l.analyst)).says(t, "This role was deleted.", "1 member still to move")
	if ada.open(l.base).has("li#role-" + string(l.analyst.ID)) {
		t.Error("it stands among the roles")
	}
	l.settle(t)
	if page := ada.open(l.base); page.has("div#moving") {
		t.Errorf("after all are moved: %s", page.text())
	}
	gone := ada.get(l.of(l.analyst)).expect(t, http.StatusNotFound).says(t, "This role was deleted", "You deleted the role Analyst just now. Whoever had it has Viewer since.")
	gone.one(t, "#failure").one(t, "a[href="+l.base+"]")
	l.as(t, l.kim).get(l.of(l.analyst)).expect(t, http.StatusNotFound).says(t, "Somebody deleted the role Analyst just now.") // who may not read the log
}

// TestManyAreLeaving: where more are left than are counted, the number stands still, and it says whose turn it is.
func TestManyAreLeaving(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	gone := l.AddTraces(l.in.ID, 1, l.Now(), l.analyst.ID)[0]
	people := make([]testbed.Someone, member.CountCap+1)
	for n := range people {
		people[n] = testbed.Someone{User: account.User{ID: fmt.Sprintf("usr_%026d", n), Name: fmt.Sprintf("Person %03d", n), Username: fmt.Sprintf("person%03d", n)}}
		l.Seat(l.Ada, l.in, gone, people[n])
	}
	ada, kim := l.as(t, l.Ada), l.as(t, l.kim)
	is := func(said, saidOfItself string) {
		t.Helper()
		part := ada.open(l.base).one(t, "div#moving")
		if got := part.text(); !strings.HasPrefix(got, said+" from Gone , which was deleted, to Analyst .") || !part.carries("data-renew") {
			t.Errorf("the list says %q", got)
		}
		if part = ada.open(l.base+"/"+string(gone)).one(t, "span#moving"); part.text() != saidOfItself || !part.carries("data-renew") {
			t.Errorf("its own page says %q", part.text())
		}
	}
	moved := func(n int) {
		t.Helper()
		in := member.UpdateInput{Scope: l.in.Scope(), User: people[n].User.ID, Wish: member.Wish{Role: l.keeper.ID}}
		if _, err := l.UpdateMember().Do(t.Context(), l.Ada.Caller, in); err != nil {
			t.Fatal(err)
		}
	}
	is("99+ members still to move, Person 000 next", "99+ members still to move in the lists, Person 000 next.")
	moved(0)
	is("99+ members still to move, Person 001 next", "99+ members still to move in the lists, Person 001 next.")
	moved(1)
	is("99 members still to move", "99 members still to move in the lists.")
	if got := kim.open(l.base).one(t, "div#moving").text(); !strings.HasPrefix(got, "Members are still moving from Gone") {
		t.Errorf("who may not see members sees %q", got)
	}
}

func TestCreateRole(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada := l.as(t, l.Ada)
	page := ada.open(l.base + "/new")
	if got, want := page.one(t, "div.templates").texts("button"), []string{"Nothing", "Member", "Viewer", "Computation Manager", "Data Analyst", "ML Engineer", "Auditor"}; !slices.Equal(got, want) {
		t.Errorf("templates %v, want %v", got, want)
	}
	if got, want := page.texts("legend"), []string{
		"Workspace management", "Computation access", "Asset management", "Invitation controls", "Role administration", "Billing access", "CVM management",
	}; !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
	if n := len(page.all("input[name=permissions]")); n != len(access.Catalogue(access.KindWorkspace)) {
		t.Errorf("%d permissions can be chosen", n)
	}
	page = ada.open(l.base + "/new?template=data_analyst")
	if got := fieldsOf(page.one(t, "form.role-editor")); got.Get("name") != "Data Analyst" || !slices.Equal(got["permissions"], []string{"run_computation", "view_assets", "upload_assets"}) {
		t.Errorf("prefilled with %v", got)
	}
	page.says(t, "Brings View computations with it.", "Comes with Run computation.")

	wrong := ada.submit(page, l.base+"/new", url.Values{"name": {"analyst"}, "description": {"What I typed"}}).expect(t, http.StatusUnprocessableEntity)
	wrong.says(t, "The workspace has a role of this name.", "What I typed")
	if got := fieldsOf(wrong.one(t, "form.role-editor")); got.Get("name") != "analyst" || len(got["permissions"]) != 3 {
		t.Errorf("what was typed is lost: %v", got)
	}
	ada.submit(wrong, l.base+"/new", url.Values{"name": {"Data Analyst"}, "permissions": nil}).expect(t, http.StatusUnprocessableEntity).says(t, "Choose at least one permission.")
	list := ada.follow(ada.submit(wrong, l.base+"/new", url.Values{"name": {"Data Analyst"}}))
	list.says(t, "Data Analyst is created, and can be given to people.", "What I typed")
}

// TestPermissionsBeyondOnesOwnCannotBeChosen is R16 in the editor.
func TestPermissionsBeyondOnesOwnCannotBeChosen(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	kim := l.as(t, l.kim)
	page := kim.open(l.base + "/new?template=ml_engineer")
	if page.one(t, "input[value=link_assets]").carries("checked") || !page.one(t, "input[value=link_assets]").carries("disabled") || page.one(t, "input[value=upload_assets]").carries("disabled") {
		t.Error("what can be chosen is not what Kim holds")
	}
	page.one(t, "div#about-link_assets")
	if got := page.one(t, "div#about-link_assets").text(); !strings.Contains(got, "You do not hold this yourself, so you cannot give it to others.") {
		t.Errorf("the reason: %s", got)
	}
	refused := kim.submit(page, l.base+"/new", url.Values{"permissions": {"upload_assets", "link_assets"}}).expect(t, http.StatusForbidden)
	refused.says(t, "This role holds permissions that you do not.")
	if box := refused.one(t, "input[value=link_assets]"); !box.carries("checked") || box.carries("disabled") {
		t.Error("what was chosen is lost")
	}
	power := l.Role(l.Ada, l.in, "Power", "manage_billing")
	for _, path := range []string{l.base + "/new?like=" + string(power.ID), l.of(power) + "/edit", l.of(power) + "/delete"} {
		if page := kim.open(path); page.has("form[method=post][action=" + strings.Split(path, "?")[0] + "]") {
			t.Errorf("%s has a form", path)
		}
	}
	if page := l.as(t, l.vic).open(l.base + "/new"); page.has("input") && page.has("form.role-editor") {
		t.Error("Vic is offered to create a role")
	}
	kim.open(l.of(l.keeper)+"/delete").says(t, "You may not delete it")
}

func TestDuplicateRole(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada := l.as(t, l.Ada)
	page := ada.open(l.base+"/new?like="+string(l.analyst.ID)).says(t, "Duplicate Analyst")
	wrong := ada.submit(page, l.base+"/new", url.Values{"name": {""}}).expect(t, http.StatusUnprocessableEntity).says(t, "Duplicate Analyst")
	ada.follow(ada.submit(wrong, l.base+"/new", url.Values{"name": {"Copy of Analyst"}})).says(t, "Copy of Analyst is created")
	ada.get(l.base+"/new?like=rol_"+l.NewID()).expect(t, http.StatusNotFound)
}

// TestEditRole: saving says before what those who have it gain and lose, and how many they are.
func TestEditRole(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada, edit := l.as(t, l.Ada), l.of(l.analyst)+"/edit"
	typed := url.Values{"step": {stepCheck}, "name": {"Scientist"}, "permissions": {"view_computations", "upload_assets"}}
	check := ada.submit(ada.open(edit), edit, typed).expect(t, http.StatusOK)
	check.says(t, "Save Analyst as it is now?", "Name Analyst → becomes Scientist", "Gain View assets Upload assets", "Lose Run computation", "1 member has Analyst.", "from their next request on")
	if now := l.now(t, l.analyst.ID); now.Version != 1 {
		t.Errorf("checking has changed it: %+v", now)
	}
	back := ada.submit(check, edit, url.Values{"step": {stepEdit}}).expect(t, http.StatusOK)
	if got := fieldsOf(back.one(t, "form.role-editor")); got.Get("name") != "Scientist" || !slices.Equal(got["permissions"], typed["permissions"]) {
		t.Errorf("back, what was typed is lost: %v", got)
	}
	ada.follow(ada.submit(check, edit, url.Values{"step": {stepSave}})).says(t, "The role is saved.", "Scientist")
	if now := l.now(t, l.analyst.ID); now.Name != "Scientist" || now.Version != 2 {
		t.Errorf("saved: %+v", now)
	}
	ada.submit(ada.open(edit), edit, url.Values{"step": {stepCheck}}).expect(t, http.StatusOK).says(t, "Nothing would change.")
	ada.submit(ada.open(edit), edit, url.Values{"step": {stepCheck}, "name": {"keeper"}}).expect(t, http.StatusUnprocessableEntity).says(t, "has a role of this name")
	kim := l.as(t, l.kim)
	own := l.of(l.keeper) + "/edit"
	kim.submit(kim.open(own), own, url.Values{"step": {stepCheck}, "permissions": {"manage_role"}}).expect(t, http.StatusOK).says(t, "This is your own role: you lose this yourself")
}

// TestEditRoleTooLate: a conflict names who was faster and what they did; what was typed is put on top of it.
func TestEditRoleTooLate(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada, edit := l.as(t, l.Ada), l.of(l.analyst)+"/edit"
	check := ada.submit(ada.open(edit), edit, url.Values{"step": {stepCheck}, "description": {"Mine"}, "permissions": {"run_computation", "view_assets"}})
	in := role.UpdateInput{Scope: l.in.Scope(), ID: l.analyst.ID, Name: new("Scientist"), Permissions: []access.Permission{"view_computations", "upload_assets"}}
	if _, err := l.UpdateRole().Do(t.Context(), l.kim.Caller, in); err != nil {
		t.Fatal(err)
	}
	late := ada.submit(check, edit, url.Values{"step": {stepSave}}).expect(t, http.StatusPreconditionFailed)
	late.says(t, "Kim changed Scientist just now: renamed to Scientist, with View computations and Upload assets, without Run computation.",
		"You were about to: another description, with View assets.", "Apply mine", "Keep theirs")
	ada.follow(ada.submit(late, edit, url.Values{"step": {stepSave}}))
	now := l.now(t, l.analyst.ID)
	if now.Name != "Scientist" || now.Description != "Mine" || !slices.Equal(now.Permissions, []access.Permission{"view_computations", "view_assets", "upload_assets"}) {
		t.Errorf("both: %+v", now)
	}
}

// TestDeleteRole: where somebody has it, another role takes its place, and the page says what that brings (R18).
func TestDeleteRole(t *testing.T) {
	t.Parallel()
	l := newRolesLab(t)
	ada, gone := l.as(t, l.Ada), l.of(l.analyst)+"/delete"
	viewer := l.Role(l.Ada, l.in, "Viewer", "view_assets")
	page := ada.open(gone).says(t, "1 member has Analyst. Choose the role that takes its place")
	if got := fieldsOf(page.one(t, "form[action="+gone+"]")).Get("reassign_to"); got != string(viewer.ID) {
		t.Errorf("%s is preselected, and not the least role", got)
	}
	if got, want := page.texts("option"), []string{"Admin (25 permissions)", "Keeper (6 permissions)", "Viewer (2 permissions)"}; !slices.Equal(got, want) {
		t.Errorf("offered: %v, want %v", got, want)
	}
	check := ada.submit(page, gone, url.Values{"step": {stepCheck}}).expect(t, http.StatusOK)
	check.says(t, "From the moment you delete it they have Viewer instead.", "Gain View assets", "Lose View computations Run computation", "Whoever has it gets a mail about it.")
	admin := ada.submit(page, gone, url.Values{"step": {stepCheck}, "reassign_to": {"admin"}}).expect(t, http.StatusOK)
	admin.says(t, "they have Admin instead.", "They and all other Admins get a mail about it.", "It stands in the audit log, and in the mail about it.")
	long := ada.submit(check, gone, url.Values{"step": {stepSave}, "reason": {strings.Repeat("x", 501)}}).expect(t, http.StatusUnprocessableEntity)
	if !strings.Contains(long.one(t, "#reason-error").text(), "500") {
		t.Errorf("too long a reason: %s", long.text())
	}
	back := ada.submit(check, gone, url.Values{"step": {stepEdit}, "reason": {"One role for all"}}).expect(t, http.StatusOK)
	check = ada.submit(back, gone, url.Values{"step": {stepCheck}}).expect(t, http.StatusOK)
	ada.follow(ada.submit(check, gone, url.Values{"step": {stepSave}})).says(t, "The role is deleted.", "1 member still to move")
	ada.get(gone).expect(t, http.StatusNotFound)
	ada.open(l.base[:strings.LastIndex(l.base, "/")]+"/audit-log").says(t, "One role for all")

	spare := l.Role(l.Ada, l.in, "Spare", access.Read)
	simple := ada.open(l.of(spare)+"/delete").says(t, "Nobody has Spare.", "It stands in the audit log.")
	if simple.has("select") {
		t.Error("nobody has it, and yet it asks for another one")
	}
	ada.follow(ada.submit(simple, l.of(spare)+"/delete", url.Values{"step": {stepSave}})).says(t, "The role is deleted.")
	// Somebody gets it between the question and the answer.
	spare = l.Role(l.Ada, l.in, "Spare", access.Read)
	simple = ada.open(l.of(spare) + "/delete")
	l.Seat(l.Ada, l.in, spare.ID, l.Someone("Sue"))
	ada.submit(simple, l.of(spare)+"/delete", url.Values{"step": {stepSave}}).expect(t, http.StatusConflict).says(t, "Choose the role that takes its place")
	l.as(t, l.kim).open(l.of(spare)+"/delete").says(t, "Not offered, for you cannot give what you do not hold: Admin.")
}
